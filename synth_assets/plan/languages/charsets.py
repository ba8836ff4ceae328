"""Sets of characters as sorted ranges of code points."""

from collections.abc import Iterable
from functools import lru_cache

CharSet = tuple[tuple[int, int], ...]
"""Closed ranges, ascending, none touching the next."""

LAST = 0x10FFFF
ANY: CharSet = ((0, LAST),)
PRINTABLE: CharSet = ((32, 126),)
_CASED = 0x3000
"""Below this, letter case is looked up character by character; above it every character counts as having none."""


def charset(ranges: Iterable[tuple[int, int]]) -> CharSet:
    """Return ranges in any order as a set."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


@lru_cache(maxsize=20_000)
def of_text(characters: str) -> CharSet:
    return charset((ord(c), ord(c)) for c in set(characters))


def union(*sets: CharSet) -> CharSet:
    return charset(r for s in sets for r in s)


def intersect(one: CharSet, other: CharSet) -> CharSet:
    found = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return tuple(sorted((low, high) for low, high in found if low <= high))


def complement(chars: CharSet) -> CharSet:
    gaps, after = [], 0
    for low, high in chars:
        if low > after:
            gaps.append((after, low - 1))
        after = high + 1
    return (*gaps, (after, LAST)) if after <= LAST else tuple(gaps)


def size(chars: CharSet) -> int:
    return sum(high - low + 1 for low, high in chars)


def members(chars: CharSet) -> str:
    """Return the characters of a set in order; for small sets."""
    return "".join(chr(c) for low, high in chars for c in range(low, high + 1))


@lru_cache(maxsize=8)
def _folded(case: str) -> tuple[int, ...]:
    """Return what each of the first characters becomes in lower or upper case (itself, where that is several characters)."""
    changed = [getattr(chr(c), case)() for c in range(_CASED)]
    return tuple(ord(t) if len(t) == 1 else c for c, t in enumerate(changed))


@lru_cache(maxsize=2)
def unchanged(case: str) -> CharSet:
    """Return the characters that `lower` or `upper` leaves as they are."""
    folded = _folded(case)
    kept = ((c, c) for c in range(_CASED) if folded[c] == c and getattr(chr(c), case)() == chr(c))
    return charset([*kept, (_CASED, LAST)])


@lru_cache(maxsize=512)
def written_as(chars: CharSet, case: str) -> CharSet:
    """Return the characters that are in the set once they are in lower or upper case."""
    folded = _folded(case)
    inside = ((c, c) for c in range(_CASED) if _contains(chars, folded[c]))
    return charset([*inside, *intersect(chars, ((_CASED, LAST),))])


@lru_cache(maxsize=512)
def in_any_case(chars: CharSet) -> CharSet:
    """Return the set with both cases of each of its letters."""
    others = _other_cases()
    if size(chars) < len(others):
        found = [c for code in members(chars) for c in others.get(ord(code), ())]
    else:
        found = [c for code, written in others.items() if _contains(chars, code) for c in written]
    return charset([*chars, *((c, c) for c in found)])


@lru_cache(maxsize=1)
def _other_cases() -> dict[int, list[int]]:
    """Return, by a letter, the characters that become it in lower or upper case."""
    others: dict[int, list[int]] = {}
    for case in ("lower", "upper"):
        for code, changed in enumerate(_folded(case)):
            if code != changed:
                others.setdefault(changed, []).append(code)
    return others


def _contains(chars: CharSet, code: int) -> bool:
    return any(low <= code <= high for low, high in chars)
