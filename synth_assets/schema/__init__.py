"""What the database is: tables, keys, checks, comments, and the graph its foreign keys draw.

Here: frozen models with no behaviour beyond looking things up, logical types, the CHECK expression
tree, the key graph and fingerprints. Not here: SQL text handling (ddl), anything about values to
generate (plan), any data.
"""
