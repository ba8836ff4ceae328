"""Phrases of a category that fit `I am writing about ...`: from its description, else from its name."""

import re

from synth_assets.labelled_text.specification import CategoryRequest

_MOST_WORDS = 9
_NO_SUBJECT = re.compile(
    r"^(?:(?:the )?(?:customers?|users?|members?|clients?|people|person|sender|writer|someone|somebody|messages?)\b"
    r"|(?:asks?|asking|wants?|reports?|says?|they|he|she|it|this|that|when|if|how|why|what|where|whether|not)\b)",
    re.IGNORECASE,
)
_LEADING = re.compile(r"^(?:and|or|also|any|other|such as|for example|e\.g\.|including)\s+", re.IGNORECASE)


def phrases_of(category: CategoryRequest) -> tuple[str, ...]:
    """Return what the category is about as short phrases, its name last; never empty.

    A description is cut at stops, commas, semicolons and `or`; what is a sentence about somebody, or long, is no subject.
    """
    pieces = re.split(r"[.;:,\n()]|\bor\b", category.description)
    found = [_as_subject(piece) for piece in pieces]
    name = re.sub(r"[_\-/]+", " ", category.name).strip()
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return tuple(dict.fromkeys([*(p for p in found if p), lowered(name)]))


def _as_subject(piece: str) -> str:
    text = _LEADING.sub("", " ".join(piece.split()))
    words = text.split()
    if not 2 <= len(words) <= _MOST_WORDS or _NO_SUBJECT.match(text):
        return ""
    return lowered(text)


def lowered(text: str) -> str:
    """Return the text with a small first letter, unless its first word is `I`, or written in capitals throughout."""
    return text if re.match(r"I\b|.[A-Z]", text) else text[:1].lower() + text[1:]
