"""The browser edge beyond the Dagster UI: pages that show plans, rows and reports and call the api.

Reserved; nothing is built here yet. Here: pages and their assets. Not here: any decision (pipeline),
direct access to storage or to Dagster, what the Dagster UI already shows.
"""
