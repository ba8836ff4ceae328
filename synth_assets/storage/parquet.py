"""Parquet as a stream of chunks: the same bytes however the rows were cut into chunks."""

from collections.abc import Iterable, Iterator
from typing import Any

from synth_assets.errors import Diagnostic, StorageError

ROW_GROUP_ROWS = 131_072


def write_parquet_stream(sink: Any, arrow_schema: Any, chunks: Iterable[Any], label: str) -> int:
    """Write chunks (pa.Table) of one table to a binary sink as Parquet; return the number of rows.

    Row groups hold 131,072 rows, compressed with zstd. Rows are put together to whole row groups
    first, so that page boundaries, too, do not depend on the chunks. Holds one row group in memory.

    Args:
        sink: A file open for binary writing, or anything like one.
        arrow_schema: pa.Schema; each chunk must have these columns and types in this order.
        chunks: The rows, in order.
        label: What to call the table in errors.

    Raises:
        StorageError: A chunk does not fit the schema. What `chunks` raises passes through.
    """
    import pyarrow.parquet as pq

    rows = 0
    with pq.ParquetWriter(sink, arrow_schema, compression="zstd", version="2.6", write_statistics=True) as writer:
        for group in _row_groups(arrow_schema, chunks, label):
            writer.write_table(group, row_group_size=ROW_GROUP_ROWS)
            rows += group.num_rows
    return rows


def _row_groups(arrow_schema: Any, chunks: Iterable[Any], label: str) -> Iterator[Any]:
    import pyarrow as pa

    waiting: list[Any] = []
    count = 0
    for chunk in chunks:
        fitted = fit_to_schema(chunk, arrow_schema, label)
        while count + fitted.num_rows >= ROW_GROUP_ROWS:
            room = ROW_GROUP_ROWS - count
            yield pa.concat_tables([*waiting, fitted.slice(0, room)]).combine_chunks()
            fitted, waiting, count = fitted.slice(room), [], 0
        if fitted.num_rows:
            waiting.append(fitted)
            count += fitted.num_rows
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def fit_to_schema(chunk: Any, arrow_schema: Any, label: str) -> Any:
    """Return the chunk under exactly this schema. Raises StorageError for other columns, other types, NULL in NOT NULL."""
    import pyarrow as pa

    if chunk.schema.names != arrow_schema.names:
        raise _misfit(label, "the rows have other columns than the table", ", ".join(chunk.schema.names))
    for field, column in zip(arrow_schema, chunk.columns, strict=True):
        if column.type != field.type:
            raise _misfit(f"{label}.{field.name}", "the rows hold another type than the column", f"{column.type} for {field.type}")
        if not field.nullable and column.null_count:
            raise _misfit(f"{label}.{field.name}", "the rows hold NULL in a NOT NULL column", f"{column.null_count} rows")
    return pa.Table.from_arrays(chunk.columns, schema=arrow_schema)


def _misfit(where: str, message: str, found: str) -> StorageError:
    diagnostic = Diagnostic(code="STO107", where=where, message=message, found=found, hint="this is a bug in the generator; report it")
    return StorageError("rows do not fit their table", [diagnostic])
