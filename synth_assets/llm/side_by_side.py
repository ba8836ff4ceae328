"""Several questions at once: threads that share one gateway; each outcome is an answer or its error, in the order asked."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from synth_assets.errors import LlmError
from synth_assets.llm.questions import Answer, Asks, Question

T = TypeVar("T")


@dataclass(frozen=True)
class Asking(Generic[T]):
    """A question and the function that parses its answer."""

    question: Question
    parse: Callable[[Any], T]


def ask_side_by_side(
    asks: Asks, askings: Sequence[Asking[T]], workers: int, on_outcome: Callable[[int], None] | None = None
) -> list[Answer[T] | LlmError]:
    """Return the outcome of each question, in order. What is no LlmError is raised at once.

    Args:
        asks: A `CircuitBreaker`, where what fails in a row shall end the asking.
        workers: Questions under way at once.
        on_outcome: Called with the number of outcomes so far, in the thread that called this.
    """
    if not askings:
        return []
    pool = ThreadPoolExecutor(max_workers=min(workers, len(askings)), thread_name_prefix="gemini")
    try:
        futures = [pool.submit(copy_context().run, _ask, asks, asking) for asking in askings]
        outcomes = []
        for future in futures:
            outcomes.append(future.result())
            if on_outcome is not None:
                on_outcome(len(outcomes))
        return outcomes
    finally:
        # Whoever interrupts waits for the requests that are under way, not for all that were meant.
        pool.shutdown(cancel_futures=True)


def _ask(asks: Asks, asking: Asking[T]) -> Answer[T] | LlmError:
    try:
        return asks.ask(asking.question, asking.parse)
    except LlmError as error:
        return error
