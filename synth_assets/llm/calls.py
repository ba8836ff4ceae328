"""What happened with each question, for those who look on: traces, reports, metadata.

Here: the record of one question and the sum of many. Not here: the budget (`ledger` decides it before a request; this tells after).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from synth_assets.llm.questions import Usage


@dataclass(frozen=True)
class CallRecord:
    """One question that was asked, answered or not.

    Attributes:
        purpose, prompt, label: Of the question.
        model: The version that answered; the name that was asked where none did.
        key: Its cache key.
        cached: The answer was there already: no request, no cost.
        attempts: Requests it took.
        usage, dollars: The cost of all attempts; nothing for a cached answer.
        started_at, ended_at: Seconds since 1970.
        error_code: `LLM1xx` where there is no answer, else empty.
        system, parts: What was asked; files by type and size.
        output: The text that was accepted; empty without an answer.
        notes: What was left out or changed.
        settings: The optional settings of the question: temperature, top_p, max_output_tokens, thinking, seed.
    """

    purpose: str
    prompt: str
    label: str
    model: str
    key: str
    cached: bool
    attempts: int
    usage: Usage
    dollars: float
    started_at: float
    ended_at: float
    error_code: str = ""
    system: str = field(default="", repr=False)
    parts: tuple[str, ...] = field(default=(), repr=False)
    output: str = field(default="", repr=False)
    notes: tuple[str, ...] = ()
    settings: dict[str, str | int | float] = field(default_factory=dict)


Observer = Callable[[CallRecord], None]
"""Gets one record after each question, in the thread that asked; what it raises reaches whoever asked."""


@dataclass(frozen=True)
class CallSum:
    """What several questions took.

    Attributes:
        questions: Asked in all.
        cached: Of those, answered from the cache.
        failed: Of those, without an answer.
        calls: Requests sent, further attempts included.
        retries: Requests beyond the first of a question.
        input_tokens, output_tokens, thought_tokens, dollars: Of what was sent.
        models: Versions that answered, sorted.
        notes: What was left out or changed, each once.
    """

    questions: int = 0
    cached: int = 0
    failed: int = 0
    calls: int = 0
    retries: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    thought_tokens: int = 0
    dollars: float = 0.0
    models: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens + self.thought_tokens


class CallTally:
    """An observer that remembers; safe over threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[CallRecord] = []

    def __call__(self, record: CallRecord) -> None:
        with self._lock:
            self._records.append(record)

    def records(self, label: str | None = None) -> tuple[CallRecord, ...]:
        """Return the records of a label, or all, in the order they came."""
        with self._lock:
            return tuple(r for r in self._records if label is None or r.label == label)

    def labels(self) -> tuple[str, ...]:
        return tuple(sorted({r.label for r in self.records()}))

    def sum_of(self, label: str | None = None) -> CallSum:
        """Return what a label, or everything, took."""
        return add_calls(self.records(label))


def add_calls(records: tuple[CallRecord, ...]) -> CallSum:
    """Return the sum of records."""
    return CallSum(
        questions=len(records),
        cached=sum(r.cached for r in records),
        failed=sum(bool(r.error_code) for r in records),
        calls=sum(r.attempts for r in records),
        retries=sum(max(0, r.attempts - 1) for r in records),
        input_tokens=sum(r.usage.input_tokens for r in records),
        output_tokens=sum(r.usage.output_tokens for r in records),
        thought_tokens=sum(r.usage.thought_tokens for r in records),
        dollars=sum(r.dollars for r in records),
        models=tuple(sorted({r.model for r in records if not r.error_code})),
        notes=tuple(dict.fromkeys(note for r in records for note in r.notes)),
    )
