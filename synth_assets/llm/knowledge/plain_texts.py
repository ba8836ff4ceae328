"""Readers of .txt and .md: the text as it is, with its lines; Markdown by its headings."""

import re
from collections.abc import Callable, Iterable, Iterator

from synth_assets.errors import Diagnostic, Severity
from synth_assets.llm.knowledge.cleaning import one_line
from synth_assets.llm.knowledge.limits import ReadingLimits
from synth_assets.llm.knowledge.model import Reading, Section, warn

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_HEADING = re.compile(r"(#{1,6})[ \t]+([^\n]{1,400})")
_FENCE = re.compile(r"[ ]{0,3}(```|~~~)")


def read_text(name: str, data: bytes, limits: ReadingLimits) -> Reading:
    """Return a text as one section. Never raises: what is no text is a diagnostic."""
    return _read(name, data, limits, lambda text: [Section(place="", text=text, line=1)])


def read_markdown(name: str, data: bytes, limits: ReadingLimits) -> Reading:
    """Return a Markdown text cut at its headings, each section placed under the headings it stands below."""
    return _read(name, data, limits, _under_headings)


def _read(name: str, data: bytes, limits: ReadingLimits, cut: Callable[[str], Iterable[Section]]) -> Reading:
    text, encoding = _decode(data)
    if text is None:
        hint = "save it as UTF-8 text"
        return Reading(diagnostics=(warn("LLM153", name, "the file's content is not text", encoding, hint),))
    told = []
    if encoding == "cp1252":
        message, hint = "the file is not UTF-8; it was read as Windows-1252", "save it as UTF-8 where letters look wrong"
        told.append(Diagnostic(code="LLM157", severity=Severity.INFO, where=name, message=message, hint=hint))
    if len(text) > limits.file_characters:
        found, hint = f"{len(text):,} characters", "split the file"
        told.append(warn("LLM157", name, f"only the first {limits.file_characters:,} characters were read", found, hint))
    return Reading(sections=tuple(cut(text[: limits.file_characters])), diagnostics=tuple(told))


def _decode(data: bytes) -> tuple[str | None, str]:
    """Return the text and its encoding; None where the bytes are no text."""
    encodings = [encoding for mark, encoding in _MARKS if data.startswith(mark)] or ["utf-8"]
    try:
        text = data.decode(encodings[0])
    except UnicodeDecodeError:
        if encodings != ["utf-8"] or _looks_binary(data):
            return None, "neither UTF-8 nor another encoding of text"
        return data.decode("cp1252", "replace"), "cp1252"
    return (None, "control characters") if _looks_binary(text.encode("utf-8", "replace")) else (text, encodings[0])


def _looks_binary(data: bytes) -> bool:
    """Tell whether there is a zero byte, or more than one byte in a hundred is a control character."""
    sample = data[:100_000]
    controls = sum(1 for byte in sample if byte < 32 and byte not in b"\t\n\r\f\x1a")
    return b"\0" in sample or controls * 100 > len(sample)


def _under_headings(text: str) -> Iterator[Section]:
    path: list[tuple[int, str]] = []
    body: list[str] = []
    first, fence = 1, ""
    for number, line in enumerate(text.split("\n"), start=1):
        heading = None if fence else _HEADING.match(line)
        fence = _fence_after(line, fence)
        if heading is None:
            body.append(line)
            continue
        yield from _section(path, body, first)
        level = len(heading[1])
        path = [entry for entry in path if entry[0] < level] + [(level, one_line(heading[2]).rstrip("# "))]
        body, first = [], number + 1
    yield from _section(path, body, first)


def _fence_after(line: str, fence: str) -> str:
    """Return the fence that is open after a line: a `#` inside code is no heading."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    return found[1] if not fence else "" if found[1] == fence else fence


def _section(path: list[tuple[int, str]], body: list[str], first: int) -> Iterator[Section]:
    text = "\n".join(body)
    if text.strip():
        yield Section(place=" > ".join(title for _, title in path)[:300], text=text, line=first)
