"""The template language of the plan: text with slots, parsed once into pieces.

`{column:first_name}`, `{vocabulary:noun}`, `{number:1-9999}`, `{pattern:[A-Z]{2}}`, `{subject}`, each
with filters `|lower`, `|upper`, `|title`, `|slug`; `{{` and `}}` stand for braces.
"""

from dataclasses import dataclass
from functools import lru_cache

FILTERS = ("lower", "upper", "title", "slug")
KINDS = ("column", "vocabulary", "number", "pattern", "subject")


@dataclass(frozen=True)
class Slot:
    """One slot: its kind, its argument (empty for `subject`) and its filters in order."""

    kind: str
    argument: str
    filters: tuple[str, ...] = ()


@lru_cache(maxsize=65_536)
def parse_template(template: str) -> tuple[str | Slot, ...]:
    """Return the literals and slots of a template, left to right, no literal empty.

    Raises:
        ValueError: If a brace is not closed or a slot is unknown.
    """
    parts: list[str | Slot] = []
    literal: list[str] = []
    at = 0
    while at < len(template):
        character = template[at]
        if template[at : at + 2] in ("{{", "}}"):
            literal.append(character)
            at += 2
        elif character == "{":
            end = _closing_brace(template, at)
            if literal:
                parts.append("".join(literal))
                literal = []
            parts.append(_parse_slot(template[at + 1 : end]))
            at = end + 1
        elif character == "}":
            raise ValueError(f"'}}' at character {at + 1} of the template closes nothing; write '}}}}' for a brace")
        else:
            literal.append(character)
            at += 1
    if literal:
        parts.append("".join(literal))
    return tuple(parts)


def slots_of(template: str) -> tuple[Slot, ...]:
    """Return the slots of a template, left to right."""
    return tuple(part for part in parse_template(template) if isinstance(part, Slot))


def parse_number_range(argument: str) -> tuple[int, int]:
    """Return (low, high) of `1-9999`. Raises ValueError when it is not such a range."""
    low, separator, high = argument.partition("-")
    if not (separator and low.isdecimal() and high.isdecimal() and int(low) <= int(high)):
        raise ValueError(f"'{argument}' is not a range such as 1-9999")
    return int(low), int(high)


def _closing_brace(template: str, at: int) -> int:
    depth = 0
    for i in range(at, len(template)):
        depth += {"{": 1, "}": -1}.get(template[i], 0)
        if depth == 0:
            return i
    raise ValueError(f"'{{' at character {at + 1} of the template is not closed")


def _parse_slot(text: str) -> Slot:
    body, *filters = text.split("|") if not text.startswith("pattern:") else [text]
    kind, _, argument = body.partition(":")
    if kind not in KINDS:
        raise ValueError(f"'{{{text}}}' is no slot; known: {', '.join(KINDS)}")
    unknown = [f for f in filters if f not in FILTERS]
    if unknown:
        raise ValueError(f"'{unknown[0]}' is no filter; known: {', '.join(FILTERS)}")
    if kind == "number":
        parse_number_range(argument)
    return Slot(kind, argument, tuple(filters))
