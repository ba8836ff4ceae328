"""Exported files read back exactly as they were: what `synth check` judges."""

import base64
import json
from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from synth_assets.errors import Diagnostic, StorageError
from synth_assets.exports.text_columns import style_of
from synth_assets.formats import TABLE_FORMATS
from synth_assets.schema.arrow import arrow_schema
from synth_assets.schema.model import Table
from synth_assets.storage import storage_errors

_CSV_BLOCK_BYTES = 8 << 20
"""Read at once from a CSV file; a longer row cannot be read."""


def read_table_file(path: Path, format_name: str, table: Table, dialect: str) -> Any:
    """Return a file written by `write_table_file` as pa.Table of the table's stored columns and types.

    Raises:
        StorageError: The file is missing or damaged, or has other columns; or no table is read from this format.
    """
    import pyarrow.parquet as pq

    wanted = arrow_schema(table)
    try:
        with storage_errors("read", path, "STO101"):
            match format_name:
                case "csv":
                    rows = _read_csv(path, wanted, dialect)
                case "jsonl" | "json":
                    rows = _read_json(path, wanted, lines=format_name == "jsonl")
                case "parquet":
                    rows = pq.read_table(path, partitioning=None)
                case _:
                    hint = f"the formats that hold one table a file: {', '.join(TABLE_FORMATS)}"
                    raise _damaged(path, "is in a format that no table is read from", format_name, hint)
    except (ValueError, TypeError) as error:
        raise _damaged(path, "cannot be read as rows of its table", str(error).partition("\n")[0][:200]) from error
    if rows.schema.names != wanted.names:
        raise _damaged(path, "has other columns than the table", ", ".join(rows.schema.names)[:200])
    return rows.cast(wanted) if not _has_nulls_against(rows, wanted) else rows


def iter_csv_text(path: Path, table: Table) -> Iterator[Any]:
    """Yield a CSV file of a table as pa.Tables of text, as it is written; NULL is an empty field without quotes.

    For a database, which is to judge itself whether a text is a value.

    Raises:
        StorageError: The file is missing, is no CSV, or has other columns.
    """
    import pyarrow as pa
    from pyarrow import csv

    names = [column.name for column in table.stored_columns]
    read = csv.ReadOptions(block_size=_CSV_BLOCK_BYTES)
    parse = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    try:
        with storage_errors("read", path, "STO101"), csv.open_csv(path, read, parse, convert) as reader:
            if reader.schema.names != names:
                raise _damaged(path, "has other columns than the table", ", ".join(reader.schema.names)[:200])
            for batch in reader:
                yield pa.Table.from_batches([batch])
    except ValueError as error:
        raise _damaged(path, "cannot be read as rows of its table", str(error).partition("\n")[0][:200]) from error


def _has_nulls_against(rows: Any, wanted: Any) -> bool:
    """Whether NOT NULL is broken: such rows stay castless, so that a check can say so instead of a crash."""
    return any(not field.nullable and rows.column(i).null_count for i, field in enumerate(wanted))


def _read_csv(path: Path, wanted: Any, dialect: str) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    read_as = {field.name: _csv_type(field.type, dialect) for field in wanted}
    rows = csv.read_csv(
        path,
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=read_as, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    if rows.schema.names != wanted.names:
        return rows
    columns = [_csv_column(rows.column(i), field.type, dialect) for i, field in enumerate(wanted)]
    return pa.table(columns, names=wanted.names)


def _csv_column(values: Any, kind: Any, dialect: str) -> Any:
    import pyarrow as pa

    return _bytes_from_hex(values, style_of(dialect).bytes_prefix) if pa.types.is_binary(kind) else values.cast(kind)


def _csv_type(kind: Any, dialect: str) -> Any:
    """The type to parse a column as: bytes are text at first, and MySQL timestamps carry no zone."""
    import pyarrow as pa

    if pa.types.is_binary(kind):
        return pa.string()
    if pa.types.is_timestamp(kind) and not style_of(dialect).zone:
        return pa.timestamp("us")
    return kind


def _bytes_from_hex(text: Any, prefix: str) -> Any:
    import pyarrow as pa

    return pa.array([None if v is None else bytes.fromhex(v.removeprefix(prefix)) for v in text.to_pylist()], pa.binary())


def _read_json(path: Path, wanted: Any, *, lines: bool) -> Any:
    import pyarrow as pa

    text = path.read_text(encoding="utf-8")
    documents = text.split("\n")[:-1] if lines else [text]
    parsed = [json.loads(document, parse_float=Decimal) for document in documents]
    objects = parsed if lines else parsed[0]
    names = list(objects[0]) if objects else wanted.names
    if names != wanted.names:
        raise _damaged(path, "has other columns than the table", ", ".join(names)[:200])
    columns = [_from_json([row[field.name] for row in objects], field.type) for field in wanted]
    return pa.table(columns, names=wanted.names)


def _from_json(values: list[Any], kind: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_binary(kind):
        return pa.array([None if v is None else base64.b64decode(v) for v in values], kind)
    if pa.types.is_decimal(kind):
        return pa.array([None if v is None else Decimal(v) for v in values], kind)
    if pa.types.is_floating(kind):
        return pa.array([None if v is None else float(v) for v in values], kind)
    if pa.types.is_time(kind):
        return pa.array([None if v is None else time.fromisoformat(v) for v in values], kind)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return pc.cast(pa.array(values, pa.string()), kind)
    return pa.array(values, kind)


def _damaged(path: Path, message: str, found: str, hint: str = "make the folder again with `synth generate`") -> StorageError:
    return StorageError(f"cannot read {path.name}", [Diagnostic(code="STO106", where=str(path), message=message, found=found, hint=hint)])
