"""Columns as SQL literals of a dialect, a whole column at a time."""

from typing import Any

from synth_assets.exports.text_columns import STYLES, join_text, style_of, text_of
from synth_assets.schema.types import LogicalType


def literals_of(values: Any, logical: LogicalType, dialect: str) -> Any:
    """Return a pa.Array as string array of literals; NULL stays NULL (the statement writes it as such)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = text_of(values, style_of(dialect))
    kind = values.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return text
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_finite(values), text, join_text("'", text, "'"))
    if pa.types.is_binary(kind):
        return _bytes_literal(text, dialect)
    if pa.types.is_string(kind):
        return _string_literal(text, dialect)
    if dialect == "oracle" and logical.kind in {"date", "timestamp"}:
        return join_text("DATE '" if logical.kind == "date" else "TIMESTAMP '", text, "'")
    return join_text("'", text, "'")


_REPLACED = {
    # The clients of MySQL and SQLite drop a carriage return before a line feed, even inside a literal.
    "mysql": (("\\", "\\\\"), ("'", "''"), ("\r", "\\r"), ("\n", "\\n"), ("\x1a", "\\Z")),
    "sqlite": (("'", "''"), ("\r", "'||char(13)||'")),
}


def _string_literal(text: Any, dialect: str) -> Any:
    import pyarrow.compute as pc

    for character, replacement in _REPLACED.get(dialect, (("'", "''"),)):
        text = pc.replace_substring(text, character, replacement)
    return join_text("N'" if dialect == "tsql" else "'", text, "'")


def _bytes_literal(text: Any, dialect: str) -> Any:
    """`text` still has the prefix that CSV files carry."""
    import pyarrow.compute as pc

    if dialect == "tsql":
        return text
    if dialect not in STYLES or dialect == "postgres":
        return join_text("'", text, "'")
    digits = pc.utf8_slice_codeunits(text, len(STYLES[dialect].bytes_prefix))
    return join_text("HEXTORAW('" if dialect == "oracle" else "X'", digits, "'" + (")" if dialect == "oracle" else ""))
