"""Rows of a CSV file, with NULL (an unquoted empty field) told apart from an empty string."""

import re
from pathlib import Path

_FIELD = re.compile(r'"((?:[^"]|"")*)"(,|\n|\Z)|([^,\n]*)(,|\n|\Z)')


def read_rows(path: Path) -> tuple[list[str], list[list[str | None]]]:
    """Return the header and the rows of a CSV file as the product writes it."""
    lines = parse_rows(path.read_bytes().decode("utf-8"))
    return [name or "" for name in lines[0]], lines[1:]


def parse_rows(text: str) -> list[list[str | None]]:
    """Return the rows of RFC 4180 text; None is an unquoted empty field."""
    rows: list[list[str | None]] = []
    row: list[str | None] = []
    at = 0
    while at < len(text):
        found = _FIELD.match(text, at)
        if found is None:
            raise ValueError(f"no CSV at character {at}")
        quoted, quoted_end, plain, plain_end = found.groups()
        row.append(plain or None if quoted is None else quoted.replace('""', '"'))
        at = found.end()
        if (quoted_end if quoted is not None else plain_end) == "\n" or at >= len(text):
            if at >= len(text) and text.endswith(","):
                row.append(None)
            rows.append(row)
            row = []
    return rows
