"""Several questions at once: threads that share one gateway; each outcome is an answer or its error, in the order asked."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from synth_assets.errors import LlmError
from synth_assets.llm.questions import Answer, Asks, Question

T = TypeVar("T")

_UNREACHABLE = "LLM107"
_ENOUGH = 3
"""Questions in a row that the service itself fails; after them the rest is not asked: each would wait in vain for as long."""


@dataclass(frozen=True)
class Asking(Generic[T]):
    """A question and the function that parses its answer."""

    question: Question
    parse: Callable[[Any], T]


def ask_side_by_side(asks: Asks, askings: Sequence[Asking[T]], workers: int) -> list[Answer[T] | LlmError]:
    """Return the outcome of each question, in order. What is no LlmError is raised at once.

    Args:
        workers: Questions under way at once.
    """
    if not askings:
        return []
    service = _Service[T](asks)
    pool = ThreadPoolExecutor(max_workers=min(workers, len(askings)), thread_name_prefix="gemini")
    try:
        futures = [pool.submit(copy_context().run, service.ask, asking) for asking in askings]
        return [future.result() for future in futures]
    finally:
        # Whoever interrupts waits for the requests that are under way, not for all that were meant.
        pool.shutdown(cancel_futures=True)


class _Service(Generic[T]):
    """Asks until the service has failed often enough in a row; then its last error is every outcome."""

    def __init__(self, asks: Asks) -> None:
        self._asks = asks
        self._lock = threading.Lock()
        self._failures: list[LlmError] = []

    def ask(self, asking: Asking[T]) -> Answer[T] | LlmError:
        with self._lock:
            if len(self._failures) >= _ENOUGH:
                return self._failures[-1]
        outcome = self._ask(asking)
        with self._lock:
            failed = isinstance(outcome, LlmError) and outcome.code == _UNREACHABLE
            self._failures = [*self._failures, outcome] if failed and isinstance(outcome, LlmError) else []
        return outcome

    def _ask(self, asking: Asking[T]) -> Answer[T] | LlmError:
        try:
            return self._asks.ask(asking.question, asking.parse)
        except LlmError as error:
            return error
