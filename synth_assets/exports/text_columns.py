"""The text form of Arrow columns, a whole column at a time.

Numbers are plain (no exponent for decimals), dates ISO 8601, timestamps `2024-05-01 08:30:00` with a
fraction only where there is one, bytes hexadecimal. What differs between dialects is a `TextStyle`.
"""

import binascii
from dataclasses import dataclass
from typing import Any

BLOCK_ROWS = 8192
"""Rows turned into text at once: small enough for the processor's cache and for 32-bit string offsets."""


@dataclass(frozen=True)
class TextStyle:
    """How one dialect spells what dialects spell differently.

    Attributes:
        true, false: Boolean values.
        zone: What follows a timestamp in UTC of a type with a time zone.
        bytes_prefix: What precedes hexadecimal bytes.
    """

    true: str
    false: str
    zone: str
    bytes_prefix: str


STYLES = {
    "postgres": TextStyle("true", "false", "+00", "\\x"),
    "mysql": TextStyle("1", "0", "", "0x"),
    "sqlite": TextStyle("1", "0", "+00:00", "0x"),
    "tsql": TextStyle("1", "0", "+00:00", "0x"),
    "oracle": TextStyle("1", "0", "+00:00", "0x"),
}
"""By dialect; see `style_of`."""

ISO_STYLE = TextStyle("true", "false", "Z", "")
"""For JSON."""


def style_of(dialect: str) -> TextStyle:
    """Return the style of a dialect; an unknown dialect is written as PostgreSQL reads it."""
    return STYLES.get(dialect, STYLES["postgres"])


def text_of(values: Any, style: TextStyle) -> Any:
    """Return a pa.Array as string array of the same length; NULL stays NULL."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_string(kind):
        return values
    if pa.types.is_boolean(kind):
        return pc.if_else(values, style.true, style.false)
    if pa.types.is_decimal(kind):
        return _decimal_text(values)
    if pa.types.is_timestamp(kind):
        wall = values.cast(pa.timestamp("us"))
        text = _without_idle_fraction(wall, wall.cast(pa.timestamp("s"), safe=False))
        return join_text(text, style.zone) if kind.tz else text
    if pa.types.is_time64(kind):
        return _without_idle_fraction(values, values.cast(pa.time32("s"), safe=False))
    if pa.types.is_binary(kind):
        return join_text(style.bytes_prefix, _hexadecimal(values))
    return values.cast(pa.string())


def join_text(*parts: Any, null: str | None = None) -> Any:
    """Return the parts (string arrays or str) put together row by row.

    A row with a NULL part is NULL, unless `null` says what to write for it.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    operands = [pa.scalar(p, pa.string()) if isinstance(p, str) else p for p in (*parts, "")]
    if null is None:
        return pc.binary_join_element_wise(*operands, null_handling="emit_null")
    return pc.binary_join_element_wise(*operands, null_handling="replace", null_replacement=null)


def bytes_of(lines: Any) -> memoryview:
    """Return the characters of a string array without NULLs as one run of UTF-8 bytes, not copied."""
    start, end = int(line_ends(lines, 0)), int(line_ends(lines, len(lines)))
    data = lines.buffers()[2]
    return memoryview(data)[start:end] if data is not None else memoryview(b"")


def line_ends(lines: Any, row: int | None = None) -> Any:
    """Return where rows end in the string array's own buffer: all of them (int32 array), or before row `row`."""
    import numpy as np

    if len(lines) == 0:
        return 0 if row is not None else np.zeros(0, np.int32)
    offsets = np.frombuffer(lines.buffers()[1], np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return offsets[1:] if row is None else offsets[row]


def _decimal_text(values: Any) -> Any:
    """Arrow writes small decimals as `1E-7`; those few are written again in full."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = values.cast(pa.string())
    exponents = pc.match_substring(text, "E")
    if not pc.any(exponents).as_py():
        return text
    plain = [format(value, "f") for value in values.filter(exponents).to_pylist()]
    return pc.replace_with_mask(text, pc.fill_null(exponents, fill_value=False), pa.array(plain, pa.string()))


def _without_idle_fraction(exact: Any, seconds: Any) -> Any:
    """Text of the times, `.ffffff` only where it is not zero."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_whole = pc.equal(seconds.cast(exact.type), exact)
    text = seconds.cast(pa.string())
    return text if pc.all(is_whole).as_py() is not False else pc.if_else(is_whole, text, exact.cast(pa.string()))


def _hexadecimal(values: Any) -> Any:
    """Two lower-case digits a byte: the whole data buffer at once, with offsets twice as far."""
    import numpy as np
    import pyarrow as pa

    compact = pa.concat_arrays([values])
    if len(compact) == 0 or compact.buffers()[2] is None:
        return compact.cast(pa.string())
    offsets = np.frombuffer(compact.buffers()[1], np.int32)[compact.offset : compact.offset + len(compact) + 1]
    digits = binascii.hexlify(memoryview(compact.buffers()[2])[int(offsets[0]) : int(offsets[-1])])
    doubled = ((offsets - offsets[0]) * 2).astype(np.int32)
    valid = None if compact.null_count == 0 else compact.is_valid().buffers()[1]
    return pa.StringArray.from_buffers(len(compact), pa.py_buffer(doubled.tobytes()), pa.py_buffer(digits), valid)
