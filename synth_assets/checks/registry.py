"""What an expectation needs and its arguments must not hold: parent keys, rules, reference distributions.

Great Expectations writes arguments into results, and identifies metrics by them; a million parent
keys have no place there. Arguments carry a short token instead, good for the length of one run.
"""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_held: dict[str, Any] = {}
_lock = threading.Lock()
_numbers = itertools.count()


class Registration:
    """The objects of one run; `hold` gives the token by which `held` finds an object again."""

    def __init__(self, run: int) -> None:
        self._run = run
        self.tokens: list[str] = []

    def hold(self, value: Any) -> str:
        """Keep an object until the run ends, and return its token."""
        token = f"run{self._run}_{len(self.tokens)}"
        with _lock:
            _held[token] = value
        self.tokens.append(token)
        return token


@contextmanager
def registration() -> Iterator[Registration]:
    """Open a run's registration; everything held in it is let go on leaving, however the run ends."""
    with _lock:
        run = next(_numbers)
    opened = Registration(run)
    try:
        yield opened
    finally:
        with _lock:
            for token in opened.tokens:
                del _held[token]


def held(token: str) -> Any:
    """Return the object of a token. Raises KeyError after its run."""
    with _lock:
        return _held[token]


def held_count() -> int:
    """Return how many objects are held by all runs together."""
    with _lock:
        return len(_held)
