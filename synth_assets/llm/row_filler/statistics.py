"""Level two: all rows side by side. Placeholders, texts taken from the prompt, texts that repeat, another alphabet than the locale's.

Judged in the order of row numbers, so that the same answers have the same outcome whoever answered first.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from synth_assets.llm.row_filler.placeholders import essence_of, is_placeholder
from synth_assets.llm.row_filler.task import FillTask, SkeletonRow
from synth_assets.plan.filled_texts import MOST_SLOTS, split_text, with_slots

_LATIN_LOCALES = frozenset(
    {"ca", "cs", "da", "de", "en", "es", "et", "fi", "fr", "hr", "hu", "id", "is", "it", "lt", "lv"}
    | {"ms", "nb", "nl", "nn", "no", "pl", "pt", "ro", "sk", "sl", "sq", "sv", "tr", "vi"}
)
_SHARE_OF_LETTERS = 0.5
_PROSE = 25
_SAME_NAME = 0.04
_LEAST_SAME = 2
_LEAST_COPIED = 30
_MOST_COPIED = 0.6


class Comparison:
    """Judges rows one after another against all that were accepted before."""

    def __init__(self, task: FillTask) -> None:
        self._task = task
        self._seen: Counter[tuple[str, str]] = Counter()
        self._most_alike = max(_LEAST_SAME, int(len(task.rows) * _SAME_NAME))
        self._is_latin = task.locale.split("_")[0].lower() in _LATIN_LOCALES

    def judge(self, row: SkeletonRow, texts: Mapping[str, str], scenario: str) -> str:
        """Return what is wrong with a row's texts; an empty text accepts it, and later rows may not repeat it."""
        for column, text in texts.items():
            problem = self._problem(row, column, text, scenario)
            if problem:
                return f"{column} {problem}"
        said = [essence_of(text) for text in texts.values() if len(text) >= _PROSE]
        if len(set(said)) < len(said):
            return "two of its columns say the same"
        self._seen.update((column, self._kept(row, text)) for column, text in texts.items())
        return ""

    def _problem(self, row: SkeletonRow, column: str, text: str, scenario: str) -> str:
        if is_placeholder(column, text):
            return "is a placeholder"
        if _is_copy(text, [scenario]):
            return "copies the scenario"
        if _is_copy(text, [value for _, value in row.shown]):
            return "copies what the row holds already"
        if len(split_text(with_slots(text, row.names))[1]) > MOST_SLOTS:
            return "names what it refers to over and over"
        if self._is_latin and not _is_mostly_latin(text):
            return f"is not in the language of {self._task.locale}"
        most = 1 if len(text) >= _PROSE else self._most_alike
        return "repeats what another row says" if self._seen[(column, self._kept(row, text))] >= most else ""

    def _kept(self, row: SkeletonRow, text: str) -> str:
        """Return what a text says apart from the names of its parents, by which rows would differ and borrowers not."""
        return essence_of(with_slots(text, row.names))


def distinct_share(texts: Iterable[str]) -> float:
    """Return how many of the texts differ, in [0, 1]; 1 for none."""
    every = [essence_of(t) for t in texts]
    return len(set(every)) / len(every) if every else 1.0


def _is_copy(text: str, sources: Sequence[str]) -> bool:
    said = essence_of(text)
    if len(said) < _LEAST_COPIED:
        return False
    return any(said in whole or (whole in said and len(whole) > _MOST_COPIED * len(said)) for whole in map(essence_of, sources))


def _is_mostly_latin(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    latin = sum(c.isascii() or unicodedata.name(c, "").startswith("LATIN") for c in letters)
    return latin >= _SHARE_OF_LETTERS * len(letters)
