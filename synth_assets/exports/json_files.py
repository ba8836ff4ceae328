"""JSON lines and JSON arrays: exact numbers, ISO dates, bytes in base64, names as the DDL spells them."""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

from synth_assets.errors import Diagnostic, StorageError
from synth_assets.exports.text_columns import BLOCK_ROWS, ISO_STYLE, bytes_of, join_text, text_of
from synth_assets.schema.model import Table


def write_jsonl(sink: Any, table: Table, chunks: Iterable[Any]) -> int:
    """Write one JSON object a line; return the number of rows. Raises StorageError for numbers that JSON cannot hold."""
    rows = 0
    for count, block in _objects(table, chunks, before="", after="\n"):
        sink.write(block)
        rows += count
    return rows


def write_json(sink: Any, table: Table, chunks: Iterable[Any]) -> int:
    """Write one JSON array of objects, a line each; return the number of rows. Raises as `write_jsonl`."""
    rows = 0
    sink.write(b"[")
    for count, block in _objects(table, chunks, before=",\n", after=""):
        sink.write(block if rows else block[1:])
        rows += count
    sink.write(b"\n]\n")
    return rows


def _objects(table: Table, chunks: Iterable[Any], before: str, after: str) -> Iterator[tuple[int, memoryview]]:
    keys = [json.dumps(column.name, ensure_ascii=False) for column in table.stored_columns]
    for chunk in chunks:
        for batch in chunk.to_batches(max_chunksize=BLOCK_ROWS):
            parts: list[Any] = []
            for position, (key, column) in enumerate(zip(keys, batch.columns, strict=True)):
                parts += [f"{',' if position else before + '{'}{key}:", _value(column, f"{table.key}.{key}")]
            if batch.num_rows:
                yield batch.num_rows, bytes_of(join_text(*parts, "}" + after, null="null"))


def _value(values: Any, where: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_floating(kind) and not pc.all(pc.is_finite(values)).as_py() and values.null_count < len(values):
        raise StorageError("cannot write JSON", [Diagnostic(code="EXP102", where=where, message="holds a number that JSON cannot hold")])
    if pa.types.is_binary(kind):
        encoded = [None if v is None else base64.b64encode(v).decode("ascii") for v in values.to_pylist()]
        return join_text('"', pa.array(encoded, pa.string()), '"')
    if pa.types.is_timestamp(kind):
        return join_text('"', pc.replace_substring(text_of(values, ISO_STYLE), " ", "T"), '"')
    if pa.types.is_string(kind):
        return join_text('"', _escape(values), '"')
    text = text_of(values, ISO_STYLE)
    return text if pa.types.is_boolean(kind) or _is_number(kind) else join_text('"', text, '"')


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _escape(text: Any) -> Any:
    """Escape quotes, backslashes and control characters; the rare ones of the latter one value at a time."""
    import pyarrow as pa
    import pyarrow.compute as pc

    special = pc.match_substring_regex(text, r'["\\\x00-\x1f\x7f]')
    if not pc.any(special).as_py():
        return text
    escaped = text
    for character, replacement in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        escaped = pc.replace_substring(escaped, character, replacement)
    rare = pc.fill_null(pc.match_substring_regex(escaped, r"[\x00-\x1f]"), fill_value=False)
    if not pc.any(rare).as_py():
        return escaped
    rewritten = [json.dumps(v, ensure_ascii=False)[1:-1] for v in text.filter(rare).to_pylist()]
    return pc.replace_with_mask(escaped, rare, pa.array(rewritten, pa.string()))
