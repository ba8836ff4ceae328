"""Columns as the values SQLite is given.

For SQLite's own DDL they are what a driver would bind: numbers as numbers, all else as text. For a rendered schema,
decimals, dates and the like have the one spelling that `sqlite_functions` compares. A text that is no value of its
column's type stays as it is: the database is there to reject it.
"""

import math
from collections.abc import Callable
from typing import Any

from synth_assets.databases.sqlite_expressions import family_of
from synth_assets.databases.sqlite_functions import canonical_decimal, canonical_instant, canonical_time
from synth_assets.exports.text_columns import TextStyle, text_of
from synth_assets.schema.model import Column, Table

_TRUTHS = {"true": 1, "t": 1, "1": 1, "false": 0, "f": 0, "0": 0}
_NUMBERS = frozenset({"integer", "float", "boolean"})


def bound_rows(batch: Any, table: Table, style: TextStyle, *, rendered: bool) -> list[tuple[object, ...]]:
    """Return a pa.Table's rows as tuples to bind, in the order of the table's stored columns."""
    columns = [_bound(batch.column(i), column, style, rendered=rendered) for i, column in enumerate(table.stored_columns)]
    return list(zip(*columns, strict=True))


def _bound(values: Any, column: Column, style: TextStyle, *, rendered: bool) -> list[object]:
    import pyarrow as pa

    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    is_text = pa.types.is_string(whole.type)
    kind = family_of(column) if rendered else column.type.kind
    if not is_text and (pa.types.is_binary(whole.type) or kind in _NUMBERS):
        return [_number(v) if isinstance(v, bool | float) else v for v in whole.to_pylist()]
    read = _READERS.get(kind or "") if is_text or rendered else None
    if column.type.kind == "uuid" and rendered:
        read = str.lower
    texts = text_of(whole, style).to_pylist()
    return [None if v is None else _tried(read, v) for v in texts] if read and (rendered or kind in _NATIVE) else texts


def _number(value: bool | float) -> object:
    return int(value) if isinstance(value, bool) else ("NaN" if math.isnan(value) else value)


def _tried(read: Callable[[str], object], text: str) -> object:
    try:
        return read(text)
    except ValueError:
        return text


def _truth(text: str) -> object:
    return _TRUTHS.get(text.lower(), text)


def _bytes(text: str) -> object:
    return bytes.fromhex(text[2:]) if text[:2] in {"\\x", "0x"} else text


_READERS: dict[str, Callable[[str], object]] = {
    "integer": int,
    "float": float,
    "boolean": _truth,
    "binary": _bytes,
    "decimal": canonical_decimal,
    "timestamp": canonical_instant,
    "time": canonical_time,
}
_NATIVE = frozenset({"integer", "float", "boolean", "binary"})
