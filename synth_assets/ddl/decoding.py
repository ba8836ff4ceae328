"""Bytes to text: UTF-8, UTF-16 with a mark, Windows-1252 when it looks like text; anything else is no DDL."""

import codecs

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13, 26}


def decode_ddl(data: bytes) -> tuple[str | None, str]:
    """Return the text and the encoding it was read in; the text is None when the bytes are not text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError:
                return None, encoding
    if b"\0" in data:
        return None, "binary"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_legacy(data)
    return (None, "binary") if _looks_binary(data) else (text, "utf-8")


def _decode_legacy(data: bytes) -> tuple[str | None, str]:
    if _looks_binary(data):
        return None, "binary"
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _looks_binary(data: bytes) -> bool:
    """Tell whether more than one byte in a hundred is a control character, or most bytes are above ASCII."""
    sample = data[:100_000]
    controls = sum(sample.count(bytes([c])) for c in _CONTROLS)
    legible = sum(1 for b in sample if b < 128)
    return controls * 100 > len(sample) or (legible * 2 < len(sample) and not _is_utf8(sample))


def _is_utf8(sample: bytes) -> bool:
    try:
        sample[: len(sample) - 4].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(sample) - 8
    return True
