"""What people take away: CSV, JSON, JSON lines, Parquet, SQL scripts and ZIP archives, written as streams.

Here: the text form of every type, the writers (each takes chunks of rows and a binary sink, and holds
one chunk in memory), how a SQL script names things and loads tables that refer to one another in a
cycle. Not here: where rows come from (storage, engine), which files a command makes (pipeline), plots.
"""

from synth_assets.exports.csv_files import write_csv
from synth_assets.exports.formats import write_table_file
from synth_assets.exports.json_files import write_json, write_jsonl
from synth_assets.exports.parquet_files import write_parquet
from synth_assets.exports.readers import iter_csv_text, read_table_file
from synth_assets.exports.sql_script import write_sql
from synth_assets.exports.zip_archive import zip_dataset

__all__ = [
    "iter_csv_text",
    "read_table_file",
    "write_csv",
    "write_json",
    "write_jsonl",
    "write_parquet",
    "write_sql",
    "write_table_file",
    "zip_dataset",
]
