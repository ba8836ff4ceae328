"""Questions about chunks of rows, side by side: what is refused is asked in halves, and what fails is told of its rows.

Here: which failures concern one question, and which all that follow. Not here: what is asked, and what becomes of rows without an answer.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Generic, TypeVar

from synth_assets.errors import LlmError
from synth_assets.llm.failures import REFUSED, UNUSABLE, NotAskedError
from synth_assets.llm.row_filler.task import SkeletonRow

T = TypeVar("T")
Chunk = Sequence[SkeletonRow]

MOST_REFUSED_ALONE = 4
"""Rows that are refused one by one, nothing answered in between: then it is the table that is refused, and halves only cost."""
_OF_THE_CHUNK = frozenset({REFUSED, UNUSABLE, "LLM105"})
"""Failures of one question that say nothing about the next, and that asking again another day hardly mends."""
_OVER_BUDGET = "LLM102"


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What came of the question about some rows: an answer, or its error."""

    rows: Chunk
    answer: T | None
    error: LlmError | None = None


class ChunkAsker:
    """Asks about chunks of one table's rows.

    Args:
        tolerant: A question without an answer is an outcome, whatever the reason; else it raises, and only a refusal is an outcome.
            Once a question failed for a reason that holds for all, such as a service that is down, no other is asked. A budget that
            is spent is no such reason: smaller questions may fit, and kept answers cost nothing.
        workers: Questions side by side.
    """

    def __init__(self, *, tolerant: bool, workers: int) -> None:
        self._tolerant = tolerant
        self._workers = workers
        self._lock = threading.Lock()
        self._refused_alone = 0
        self._stopped: LlmError | None = None

    def ask(self, ask: Callable[[Chunk], T], chunks: Sequence[Chunk]) -> list[Outcome[T]]:
        """Return what came of all chunks, or their halves, in the order of the rows.

        Raises:
            LlmError: Of the first chunk whose failure is no outcome; what is not yet under way is not asked.
        """
        if not chunks:
            return []
        with ThreadPoolExecutor(max_workers=min(self._workers, len(chunks)), thread_name_prefix="fill") as pool:
            pending = [pool.submit(copy_context().run, self._pieces, ask, chunk) for chunk in chunks]
            try:
                return [piece for future in pending for piece in future.result()]
            finally:
                for future in pending:
                    future.cancel()

    def _pieces(self, ask: Callable[[Chunk], T], chunk: Chunk) -> list[Outcome[T]]:
        if self._stopped is not None:
            return [Outcome(chunk, None, self._stopped)]
        try:
            answer = ask(chunk)
        except LlmError as error:
            if error.code != REFUSED and not self._tolerant:
                raise
            if error.code not in _OF_THE_CHUNK | {_OVER_BUDGET}:
                self._stopped = error
            if error.code == REFUSED and self._goes_on(chunk):
                middle = (len(chunk) + 1) // 2
                return [*self._pieces(ask, chunk[:middle]), *self._pieces(ask, chunk[middle:])]
            return [Outcome(chunk, None, error)]
        with self._lock:
            self._refused_alone = 0
        return [Outcome(chunk, answer)]

    def _goes_on(self, refused: Chunk) -> bool:
        """Count a row that is refused alone; tell whether halves of a refused chunk are worth asking."""
        with self._lock:
            self._refused_alone += len(refused) == 1
            return len(refused) > 1 and self._refused_alone < MOST_REFUSED_ALONE


def may_come_later(error: LlmError) -> bool:
    """Tell whether a question that failed so may have an answer in another run: one that was sent and found wanting hardly has."""
    return isinstance(error, NotAskedError) or error.code not in _OF_THE_CHUNK


def spans(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the runs of numbers that follow one another, as (first, last)."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
