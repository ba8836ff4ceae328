"""The writer of each format that makes one file a table."""

from collections.abc import Iterable
from typing import Any

from synth_assets.exports.csv_files import write_csv
from synth_assets.exports.json_files import write_json, write_jsonl
from synth_assets.exports.parquet_files import write_parquet
from synth_assets.schema.model import Table


def write_table_file(sink: Any, format_name: str, table: Table, chunks: Iterable[Any], dialect: str) -> int:
    """Write one table in one of `TABLE_FORMATS`; return the number of rows. Raises StorageError."""
    match format_name:
        case "csv":
            return write_csv(sink, table, chunks, dialect)
        case "jsonl":
            return write_jsonl(sink, table, chunks)
        case "json":
            return write_json(sink, table, chunks)
        case "parquet":
            return write_parquet(sink, table, chunks)
        case _:
            raise ValueError(f"no such table format: {format_name}")
