"""Level one of what a model wrote: row numbers, columns, types, lengths, letters. What fails it never gets further.

An answer with some usable rows is kept for those, and the others are asked for again; one without any is of no use at all.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from synth_assets.llm.row_filler.placeholders import is_placeholder
from synth_assets.llm.row_filler.task import FillColumn
from synth_assets.schema.collations import holds
from synth_assets.schema.types import head_of, length_of

Texts = Mapping[str, str]
"""The texts of one row, by column."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ONE_LINE = 300
_LONGEST = 20_000
_LEAST_KEPT = 0.5


@dataclass
class ReadRows:
    """The rows of an answer that can be used, and what is wrong with the others, by row number."""

    texts: dict[int, dict[str, str]] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)


def field_names(columns: Sequence[FillColumn]) -> dict[str, str]:
    """Return the name that each column has in an answer: its own where that is a plain identifier."""
    plain = {c.name for c in columns if _IDENTIFIER.fullmatch(c.name) and c.name != "row"}
    return {c.name if c.name in plain else f"column_{place}__": c.name for place, c in enumerate(columns, 1)}


def response_schema(columns: Sequence[FillColumn], count: int) -> dict[str, Any]:
    """Return the JSON schema of an answer: a flat object a row. What others wrote of a column stands in the prompt alone, in its fence."""
    texts = {name: {"type": "string"} for name in field_names(columns)}
    row = {"type": "object", "properties": {"row": {"type": "integer"}, **texts}, "required": ["row", *texts]}
    rows = {"type": "array", "items": row, "minItems": count, "maxItems": count}
    return {"type": "object", "properties": {"rows": rows}, "required": ["rows"]}


def reader_of(columns: Sequence[FillColumn], numbers: Sequence[int]) -> Callable[[Any], ReadRows]:
    """Return the reader of one chunk's answers; it raises ValueError for an answer without a single usable row.

    Rows of placeholders alone are none: such an answer would be kept, and a run that is repeated would meet it again.
    """

    def read(answer: Any) -> ReadRows:
        found = read_rows(answer, columns, numbers)
        if not found.texts:
            why = next(iter(found.problems.values()), "it holds no rows of those asked for")
            raise ValueError(f"no row of it can be used: {why}")
        if all(is_placeholder(column, text) for texts in found.texts.values() for column, text in texts.items()):
            raise ValueError("no row of it can be used: all texts are placeholders")
        return found

    return read


def read_partial(text: str, columns: Sequence[FillColumn], numbers: Sequence[int]) -> ReadRows:
    """Return the rows of an answer that was cut off; the last one, which may be cut, is not among them."""
    try:
        answer = from_json(text, allow_partial=True)
    except ValueError:
        return ReadRows()
    if isinstance(answer, dict) and isinstance(answer.get("rows"), list):
        answer = {"rows": answer["rows"][:-1]}
    return read_rows(answer, columns, numbers)


def read_rows(answer: Any, columns: Sequence[FillColumn], numbers: Sequence[int]) -> ReadRows:
    """Return what of an answer can be used. Rows nobody asked for are passed over; of two with one number the first counts."""
    rows = answer.get("rows") if isinstance(answer, dict) else answer
    if not isinstance(rows, list):
        return ReadRows()
    wanted, found, names = set(numbers), ReadRows(), field_names(columns)
    for row in rows:
        number = row.get("row") if isinstance(row, dict) else None
        if isinstance(number, bool) or not isinstance(number, int) or number not in wanted or number in found.texts:
            continue
        texts, problem = _read_row(row, columns, names)
        if problem:
            found.problems.setdefault(number, problem)
        else:
            found.texts[number] = texts
            found.problems.pop(number, None)
    return found


def _read_row(row: dict[str, Any], columns: Sequence[FillColumn], names: Mapping[str, str]) -> tuple[dict[str, str], str]:
    said = {column: row.get(name) for name, column in names.items()}
    texts: dict[str, str] = {}
    for column in columns:
        value = said[column.name]
        if not isinstance(value, str):
            return {}, f"{column.name} is missing" if value is None else f"{column.name} is no text"
        text = clean(value, column)
        problem = _misfit(text, column)
        if problem:
            return {}, f"{column.name} {problem}"
        texts[column.name] = shorten(text, column.limit, in_bytes=column.in_bytes)
    return texts, ""


def clean(text: str, column: FillColumn) -> str:
    """Return a text in one Unicode form with plain line ends; in a short column, in one line."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return " ".join(text.split()) if column.limit is not None and column.limit <= _ONE_LINE and not _FORBIDDEN.search(text) else text


def _misfit(text: str, column: FillColumn) -> str:
    if not text:
        return "is empty"
    if _FORBIDDEN.search(text):
        return "holds characters that are no text"
    if not holds(text, column.charset):
        return "holds letters that the column's character set has not"
    most = _LONGEST if column.limit is None else min(_LONGEST, 2 * column.limit)
    length, kept = (length_of(t, in_bytes=column.in_bytes) for t in (text, shorten(text, column.limit, in_bytes=column.in_bytes)))
    if length > most or kept < _LEAST_KEPT * min(length, column.limit or length):
        return f"is longer than {column.limit or _LONGEST:,} {column.unit}"
    return ""


def shorten(text: str, limit: int | None, *, in_bytes: bool = False) -> str:
    """Return a text of at most `limit` characters, or bytes: whole sentences where at least half of it is left, else whole words."""
    if limit is None or length_of(text, in_bytes=in_bytes) <= limit:
        return text
    limit = len(head_of(text, limit, in_bytes=in_bytes))
    head = text[: limit + 1]
    sentence = max(head.rfind(mark) for mark in (". ", "! ", "? ", ".\n"))
    if sentence + 1 >= limit * _LEAST_KEPT:
        return head[: sentence + 1]
    space = head.rfind(" ")
    return head[: max(space, 0)].rstrip(" ,;:-\n")
