"""All Dagster machinery: how uploaded schemas become assets, partitions, checks, jobs, sensors and runs.

Here: names (`translator`), factories (`plan_asset`, `table_assets`, `check_assets`, `export_asset`,
`upload_assets`, `jobs`), their metadata, the component that loads uploads (`component`, `uploads`),
the sensors (`upload_sensor`, `reaper`), instance storage and executor. Not here: anything that reads
DDL, plans, generates, checks or writes rows: bodies call `pipeline` and report. Nothing outside
this package imports dagster.

Loading this package imports none of great_expectations, pandas, pyarrow, google.genai or langfuse.
"""
