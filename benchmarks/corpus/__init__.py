"""Real DDL before real servers: `make corpus`.

Here: going over the shared corpus, one process a file, and writing what came of it to docs/corpus.md. It uses the
product as a user's script would (read_schema_file, plan_dataset, generate_directory) and asks a database for the verdict.
Not here: any judgement of our own about rows, and anything the product imports.
"""
