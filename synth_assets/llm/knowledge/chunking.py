"""Sections to chunks: cut between paragraphs, else sentences, else words; never across two places."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from synth_assets.llm.knowledge.cleaning import clean_text
from synth_assets.llm.knowledge.model import Chunk, Section

CHUNK_CHARACTERS = 1_000
"""The most a chunk holds: a few paragraphs, so that five or six of them fit into a prompt beside a table."""

# From the cut that hurts least to the one that always works.
_CUTS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])"), re.compile(r"\s+"))


def cut_sections(source: str, sections: Iterable[Section]) -> tuple[Chunk, ...]:
    """Return the chunks of a file, in its order; sections without a letter or digit give none."""
    seen: Counter[str] = Counter()
    chunks = []
    for section in sections:
        for offset, piece in cut_text(section.text, CHUNK_CHARACTERS):
            text = clean_text(piece)
            if not any(c.isalnum() for c in text):
                continue
            place = _place(section, offset)
            identity = hashlib.sha256(f"{source}\0{section.place}\0{text}".encode()).hexdigest()
            chunks.append(Chunk(id=f"{identity[:16]}-{seen[identity]}", source=source, place=place, text=text))
            seen[identity] += 1
    return tuple(chunks)


def cut_text(text: str, most: int) -> Iterator[tuple[int, str]]:
    """Yield (offset, piece): all of the text but white space between pieces, each piece at most `most` characters."""
    start = 0
    while len(text) - start > most:
        window = text[start : start + most + 1]
        end, resume = _best_cut(window, most)
        if window[:end].strip():
            yield start, window[:end]
        start += resume
    if text[start:].strip():
        yield start, text[start:]


def _best_cut(window: str, most: int) -> tuple[int, int]:
    """Return where a piece ends and where the next begins: the last cut of the best kind in the window's second half."""
    for cut in _CUTS:
        ends = [m.span() for m in cut.finditer(window) if m.start() <= most and m.end() > most // 2]
        if ends:
            return ends[-1]
    return most, most


def _place(section: Section, offset: int) -> str:
    if section.line is None:
        return section.place
    line = section.line + section.text.count("\n", 0, offset + _leading(section.text, offset))
    return ", ".join(filter(None, (section.place, f"line {line}")))


def _leading(text: str, offset: int) -> int:
    """White space before the first word at an offset: its line is the place."""
    rest = text[offset : offset + CHUNK_CHARACTERS]
    return len(rest) - len(rest.lstrip())
