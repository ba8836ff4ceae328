"""Text of foreign documents made harmless to show: one form of every letter, nothing invisible."""

import re
import unicodedata

_JOINERS = frozenset("\u200c\u200d")  # Persian and the Indic scripts need them.
_KEPT = frozenset("\n\t") | _JOINERS
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_text(text: str) -> str:
    """Return the text in NFC without control, format, private and surrogate characters, its spaces and blank lines collapsed.

    Invisible characters carry no meaning for a reader, and can carry words that only a model sees.
    """
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    seen = "".join(c for c in lines if c in _KEPT or unicodedata.category(c)[0] != "C")
    trimmed = "\n".join(line.strip() for line in _SPACES.sub(" ", seen).split("\n"))
    return _BLANK_LINES.sub("\n\n", trimmed).strip("\n")


def one_line(text: str) -> str:
    """Return the text as one line, as a heading or a cell is shown."""
    return " ".join(clean_text(text).split())
