"""Near-duplicates: messages whose character shingles overlap by more than a threshold, found exactly.

Similarity is the Jaccard index of sets of five-character shingles, over text without case, accents, punctuation and
digits (every number counts as the same). At most one message of a family is kept, so none has a twin anywhere: not in
its category, not in another, not in another split.
"""

import re
import unicodedata
from array import array
from collections.abc import Iterable

SHINGLE = 5
NEAR_DUPLICATE = 0.6
"""Similarity from which two messages are near-duplicates: of two messages of ten words, some seven in a row are the same."""

Shingles = frozenset[str]


def shingles_of(text: str) -> Shingles:
    """Return the shingles of a text; one shorter than a shingle is a shingle itself."""
    plain = normalised(text)
    return frozenset(plain[i : i + SHINGLE] for i in range(max(1, len(plain) - SHINGLE + 1)))


def normalised(text: str) -> str:
    """Return a text as near-duplicates are compared: folded, without marks and accents, numbers as 0, single blanks."""
    decomposed = unicodedata.normalize("NFKD", text.casefold()).encode("utf-8", "replace").decode()
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    words = re.sub(r"\d+(?:[.,:]\d+)*", "0", kept)
    return " ".join(re.sub(r"[^\w\s]|_", " ", words).split())


def similarity(one: str, other: str) -> float:
    """Return the Jaccard index of two texts' shingles, from 0 to 1."""
    return jaccard(shingles_of(one), shingles_of(other))


def jaccard(one: Shingles, other: Shingles) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


class NearDuplicates:
    """The messages seen so far, and whether another is a near-duplicate of one of them.

    Exact: an index from every shingle to its messages gives the overlap with all of them in one count. Time for a message:
    what its shingles' lists hold, some ten numbers a message seen; memory: four bytes a shingle.
    """

    def __init__(self, threshold: float = NEAR_DUPLICATE) -> None:
        self._threshold = threshold
        self._sizes = array("i")
        self._messages_of: dict[str, array[int]] = {}

    def nearest(self, text: str) -> tuple[int, float] | None:
        """Return position and similarity of the first message seen that is a near-duplicate of this one, or None."""
        return self._nearest(shingles_of(text))

    def add(self, text: str) -> bool:
        """Take a message in, unless it is a near-duplicate; tell whether it was taken."""
        shingles = shingles_of(text)
        if self._nearest(shingles) is not None:
            return False
        for shingle in shingles:
            self._messages_of.setdefault(shingle, array("i")).append(len(self._sizes))
        self._sizes.append(len(shingles))
        return True

    def _nearest(self, shingles: Shingles) -> tuple[int, float] | None:
        import numpy as np

        lists = [np.frombuffer(found, np.int32) for s in shingles if (found := self._messages_of.get(s)) is not None]
        if not lists:
            return None
        overlaps = np.bincount(np.concatenate(lists), minlength=len(self._sizes))
        alike = overlaps / (np.frombuffer(self._sizes, np.int32) + len(shingles) - overlaps)
        near = np.flatnonzero(alike >= self._threshold)
        return (int(near[0]), float(alike[near[0]])) if near.size else None


def find_near_duplicates(texts: Iterable[str], threshold: float = NEAR_DUPLICATE) -> list[tuple[int, int]]:
    """Return the pairs (earlier, later) of positions of every text that has an earlier near-duplicate, by its first one."""
    seen = NearDuplicates(threshold)
    positions: list[int] = []
    pairs = []
    for position, text in enumerate(texts):
        near = seen.nearest(text)
        if near is not None:
            pairs.append((positions[near[0]], position))
        elif seen.add(text):
            positions.append(position)
    return pairs
