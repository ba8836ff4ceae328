"""When asking on would be in vain: the service fails, or its answers to one kind of question are of no use, several times in a row."""

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from synth_assets.errors import LlmError
from synth_assets.llm.failures import UNREACHABLE, UNUSABLE, NotAskedError, not_asked
from synth_assets.llm.questions import Answer, Asks, Question

T = TypeVar("T")

MOST_UNREACHABLE = 3
"""Questions in a row that the service itself fails; each of the others would wait in vain for as long."""
MOST_UNUSABLE = 4
"""Questions of one prompt in a row without a usable answer, each after all its attempts; the others would be paid for nothing."""


class CircuitBreaker:
    """Asks like the gateway behind it, until that is plainly in vain; then every further question is refused unsent.

    One for each piece of work: the tables of a plan, the rows of a table, a labelled text. Safe over threads; questions that are under
    way when it opens are answered. Answers from the cache say nothing of the service and count as neither. See `questions.Asks`.
    """

    def __init__(self, asks: Asks) -> None:
        self._asks = asks
        self._lock = threading.Lock()
        self._unreachable = 0
        self._unusable: defaultdict[str, int] = defaultdict(int)
        self._last: dict[str, LlmError] = {}

    def ask(self, question: Question, parse: Callable[[Any], T], *, on_text: Callable[[str], None] | None = None) -> Answer[T]:
        """Return the answer to a question.

        Raises:
            NotAskedError: With the code of the failures in a row, LLM104 or LLM107.
            LlmError, StorageError: As `Asks.ask`.
        """
        self._refuse(question)
        try:
            answer = self._asks.ask(question, parse, on_text=on_text)
        except LlmError as error:
            self._failed(question, error)
            raise
        if not answer.cached:
            self._answered(question)
        return answer

    def _refuse(self, question: Question) -> None:
        with self._lock:
            if self._unreachable >= MOST_UNREACHABLE:
                raise not_asked(self._last[UNREACHABLE], MOST_UNREACHABLE)
            if self._unusable[question.prompt] >= MOST_UNUSABLE:
                raise not_asked(self._last[question.prompt], MOST_UNUSABLE)

    def _failed(self, question: Question, error: LlmError) -> None:
        if isinstance(error, NotAskedError):
            return
        with self._lock:
            self._unreachable = self._unreachable + 1 if error.code == UNREACHABLE else 0
            if error.code == UNREACHABLE:
                self._last[UNREACHABLE] = error
            elif error.code == UNUSABLE:
                self._unusable[question.prompt] += 1
                self._last[question.prompt] = error

    def _answered(self, question: Question) -> None:
        with self._lock:
            self._unreachable = 0
            self._unusable[question.prompt] = 0
