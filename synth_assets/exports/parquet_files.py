"""Parquet, by the store's own writer: an exported file has the bytes of a stored one."""

from collections.abc import Iterable
from typing import Any

from synth_assets.schema.arrow import arrow_schema
from synth_assets.schema.model import Table
from synth_assets.storage import write_parquet_stream


def write_parquet(sink: Any, table: Table, chunks: Iterable[Any]) -> int:
    """Write the rows of a table; return their number. Raises StorageError when a chunk does not fit the table."""
    return write_parquet_stream(sink, arrow_schema(table), chunks, table.key)
