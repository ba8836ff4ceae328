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


def ask_side_by_side(asks: Asks, askings: Sequence[Asking[T]], workers: int) -> list[Answer[T] | LlmError]:
    """Return the outcome of each question, in order. What is no LlmError is raised once all have ended.

    Args:
        workers: Questions under way at once.
    """

    def ask(asking: Asking[T]) -> Answer[T] | LlmError:
        try:
            return asks.ask(asking.question, asking.parse)
        except LlmError as error:
            return error

    if not askings:
        return []
    with ThreadPoolExecutor(max_workers=min(workers, len(askings)), thread_name_prefix="gemini") as pool:
        futures = [pool.submit(copy_context().run, ask, asking) for asking in askings]
        return [future.result() for future in futures]
