"""CSV (RFC 4180, UTF-8, LF) that `COPY t FROM f CSV HEADER` loads: NULL is an empty field, `""` an empty string."""

from collections.abc import Iterable
from typing import Any

from synth_assets.exports.text_columns import BLOCK_ROWS, bytes_of, join_text, style_of, text_of
from synth_assets.schema.model import Table


def write_csv(sink: Any, table: Table, chunks: Iterable[Any], dialect: str) -> int:
    """Write a header and the rows of a table; return the number of rows.

    Args:
        sink: Anything with `write(bytes)`.
        table: Gives the column names.
        chunks: pa.Table chunks of its stored columns, in order.
        dialect: Decides how booleans, bytes and time zones are spelled.
    """
    style = style_of(dialect)
    names = [column.name for column in table.stored_columns]
    sink.write((",".join(_quote_name(name) for name in names) + "\n").encode())
    rows = 0
    for chunk in chunks:
        for batch in chunk.to_batches(max_chunksize=BLOCK_ROWS):
            fields = [_quote(text_of(column, style)) for column in batch.columns]
            parts = [part for field in fields for part in (field, ",")]
            sink.write(bytes_of(join_text(*parts[:-1], "\n", null="")))
            rows += batch.num_rows
    return rows


def _quote(text: Any) -> Any:
    """Quote the values that need it: separators, quotes, line ends, empty strings, and PostgreSQL's end mark `\\.`."""
    import pyarrow.compute as pc

    needs = pc.match_substring_regex(text, r'[",\r\n]|^$|^\\\.$')
    if not pc.any(needs).as_py():
        return text
    return pc.if_else(needs, join_text('"', pc.replace_substring(text, '"', '""'), '"'), text)


def _quote_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if set(name) & set('",\r\n') else name
