"""Readers of .docx and .xlsx: text under its headings, rows under their header. Formulas and macros are never run.

Both formats are ZIP archives: what they unpack to is added up before anything is unpacked. Run in a
process of their own (`reader_process`).
"""

import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from synth_assets.errors import Diagnostic
from synth_assets.llm.knowledge.cleaning import one_line
from synth_assets.llm.knowledge.limits import ReadingLimits
from synth_assets.llm.knowledge.model import Reading, Section, warn

MAX_PARTS = 20_000
ROWS_CHARACTERS = 900
"""Rows of a sheet that make one section: they are cited by their numbers, so none of them is cut where it can be helped."""

_CELL_CHARACTERS = 2_000
_OLE = b"\xd0\xcf\x11\xe0"
"""What an encrypted .docx or .xlsx begins with, as an old .doc or .xls does."""


def judge_archive(name: str, data: bytes, limits: ReadingLimits) -> Diagnostic | None:
    """Return why an archive must not be unpacked, or None. Raises zipfile.BadZipFile for a damaged one.

    A part cannot give more bytes than it declares: Python's zipfile stops there.
    """
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits.unpacked_bytes or len(parts) > MAX_PARTS:
        found = f"{len(parts):,} parts, {unpacked:,} bytes unpacked of {len(data):,}"
        message, hint = f"the file unpacks to more than {limits.unpacked_bytes:,} bytes", "leave out its images, or split it"
        return warn("LLM155", name, message, found, hint)
    if any(part.flag_bits & 1 for part in parts):
        return warn("LLM154", name, "the file needs a password", "", "save it without a password")
    return None


def is_old_or_encrypted(data: bytes) -> bool:
    """Tell whether bytes are Microsoft's older container: an encrypted document, or one of before 2007."""
    return data.startswith(_OLE)


def read_docx(name: str, data: bytes, limits: ReadingLimits) -> Reading:
    """Return one section a heading; tables row by row. Raises what python-docx raises for a damaged file."""
    from docx import Document

    if problem := judge_archive(name, data, limits):
        return Reading(diagnostics=(problem,))
    return _bounded(name, _docx_sections(Document(BytesIO(data))), limits)


def read_xlsx(name: str, data: bytes, limits: ReadingLimits) -> Reading:
    """Return the rows of every sheet, some a section, each as `header: value`. Raises what openpyxl raises for a damaged file."""
    import openpyxl

    if problem := judge_archive(name, data, limits):
        return Reading(diagnostics=(problem,))
    book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        return _bounded(name, (section for sheet in book.worksheets for section in _sheet_sections(sheet)), limits)
    finally:
        book.close()


def _bounded(name: str, sections: Iterable[Section], limits: ReadingLimits) -> Reading:
    kept: list[Section] = []
    room = limits.file_characters
    for section in sections:
        if room <= 0:
            found = f"to {section.place}"
            told = warn("LLM157", name, f"only the first {limits.file_characters:,} characters were read", found, "split the file")
            return Reading(sections=tuple(kept), diagnostics=(told,))
        kept.append(section.model_copy(update={"text": section.text[:room]}))
        room -= len(section.text)
    return Reading(sections=tuple(kept))


def _docx_sections(document: Any) -> Iterator[Section]:
    from docx.table import Table

    path: list[tuple[int, str]] = []
    body: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            body += _rows_as_text([one_line(cell.text) for cell in row.cells] for row in block.rows)
            continue
        level = _heading_level(block)
        if level is None:
            body.append(block.text)
            continue
        yield from _section(path, body)
        path = [entry for entry in path if entry[0] < level] + [(level, one_line(block.text))]
        body = []
    yield from _section(path, body)


def _heading_level(paragraph: Any) -> int | None:
    style = paragraph.style.name or "" if paragraph.style is not None else ""
    if style == "Title":
        return 0
    head, _, number = style.partition(" ")
    return int(number) if head == "Heading" and number.isdigit() and paragraph.text.strip() else None


def _section(path: list[tuple[int, str]], body: list[str]) -> Iterator[Section]:
    text = "\n".join(body)
    if text.strip():
        yield Section(place=" > ".join(title for _, title in path)[:300], text=text)


def _rows_as_text(rows: Iterable[list[str]]) -> Iterator[str]:
    """Yield each row but the first as `header: value; header: value`; a table of one row as it is."""
    header: list[str] | None = None
    told = False
    for row in rows:
        if header is None:
            header = row
            continue
        told = True
        yield _row_text(header, row)
    if header is not None and not told:
        yield "; ".join(filter(None, header))


def _row_text(header: list[str], row: list[str]) -> str:
    names = [*header, *[""] * (len(row) - len(header))]
    return "; ".join(f"{name}: {value}" if name else value for name, value in zip(names, row, strict=False) if value)


def _sheet_sections(sheet: Any) -> Iterator[Section]:
    """Yield the rows of a sheet; its first row with text names the columns."""
    sheet.reset_dimensions()  # The size a file declares for a sheet need not be its size.
    header: list[str] | None = None
    lines: list[str] = []
    first = last = 0
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        row = [_cell_text(value) for value in cells]
        if not any(row):
            continue
        if header is None:
            header, first, last = row, number, number
            continue
        line = _row_text(header, row)
        if lines and sum(map(len, lines)) + len(line) > ROWS_CHARACTERS:
            yield _rows_section(sheet.title, first, last, lines)
            lines = []
        first, last = (first if lines else number), number
        lines.append(line)
    if header is not None:
        yield _rows_section(sheet.title, first, last, lines or ["; ".join(filter(None, header))])


def _rows_section(title: str, first: int, last: int, lines: list[str]) -> Section:
    rows = f"row {first}" if first == last else f"rows {first}-{last}"
    return Section(place=f"sheet {one_line(title)}, {rows}", text="\n".join(lines))


def _cell_text(value: object) -> str:
    return "" if value is None else one_line(str(value)[:_CELL_CHARACTERS])
