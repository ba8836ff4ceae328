"""The form in which filled texts are kept: plain text whose `{relation.column}` slots stand for the row's own parents.

A text that names its row's parent would speak of another one in the rows that borrow it; so the name is taken out before it
is kept, and the engine puts in the name of whoever is the parent of the row.
"""

import re
from collections.abc import Iterable, Sequence

from synth_assets.plan.strategies import Reference

MOST_SLOTS = 8
"""Slots of one text at most; one that names its parents more often than that is no natural text."""

_LEAST_NAME = 3
_PIECES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


def slot_of(reference: Reference) -> str:
    """Return what stands between the braces: `product_id.name`."""
    return f"{reference.relation}.{reference.column}"


def may_be_slot(reference: Reference) -> bool:
    """Tell whether a reference leads to a parent and its names hold no braces."""
    return reference.relation is not None and not set("{}") & set(slot_of(reference))


def with_slots(text: str, names: Iterable[tuple[Reference, str | None]]) -> str:
    """Return a text as it is kept: names of parents become slots, longer names first; other braces are doubled.

    Args:
        names: What the row's own parents are called. NULL, and names of fewer than three characters, are passed over.
    """
    known = {name: slot_of(reference) for reference, name in names if name is not None and len(name.strip()) >= _LEAST_NAME}
    if not known:
        return _escape(text)
    longest_first = sorted(known, key=lambda name: (-len(name), name))
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in longest_first))
    pieces, at = [], 0
    for found in pattern.finditer(text):
        pieces += [_escape(text[at : found.start()]), f"{{{known[found.group()]}}}"]
        at = found.end()
    return "".join((*pieces, _escape(text[at:])))


def split_text(kept: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (literals, slots) of a kept text: one literal more than slots, literals may be empty."""
    literals, slots, at = [""], [], 0
    for found in _PIECES.finditer(kept):
        literals[-1] += kept[at : found.start()]
        at = found.end()
        if found.group(1) is None:
            literals[-1] += found.group()[0]
        else:
            slots.append(found.group(1))
            literals.append("")
    literals[-1] += kept[at:]
    return tuple(literals), tuple(slots)


def without_slots(kept: str, names: Sequence[tuple[Reference, str | None]]) -> str:
    """Return a kept text with every slot filled in; an empty text where a parent has no name."""
    known = {slot_of(reference): name or "" for reference, name in names}
    literals, slots = split_text(kept)
    return literals[0] + "".join(known.get(slot, "") + literal for slot, literal in zip(slots, literals[1:], strict=True))


def _escape(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
