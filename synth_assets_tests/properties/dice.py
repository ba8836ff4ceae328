"""The few kinds of choice the strategy makes, each a small drawn integer: cheap to draw, and shrinking to the first answer."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from hypothesis import strategies as st

_T = TypeVar("_T")


@lru_cache(maxsize=1024)
def _below(number: int) -> st.SearchStrategy[int]:
    return st.integers(0, number - 1)


class Dice:
    """Choices drawn from hypothesis."""

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self._draw = draw

    def below(self, number: int) -> int:
        """An integer in [0, number)."""
        return int(self._draw(_below(number))) if number > 1 else 0

    def between(self, low: int, high: int) -> int:
        """An integer in [low, high]."""
        return low + self.below(high - low + 1)

    def pick(self, choices: Sequence[_T]) -> _T:
        """One of the choices; shrinks to the first."""
        return choices[self.below(len(choices))]

    def chance(self, percent: int) -> bool:
        """Whether something that happens in so many of a hundred cases happens; shrinks to no."""
        return self.below(100) >= 100 - percent
