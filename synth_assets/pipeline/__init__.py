"""What this program does, one use case a module: what the command line and Dagster call.

Here: read, plan, create, check, export, generate, verify, upload: each puts packages below together and
returns a frozen result. Not here: any rule of its own about SQL, values or formats (the packages below
have those), parsing of arguments and printing (cli), Dagster (orchestration).
"""
