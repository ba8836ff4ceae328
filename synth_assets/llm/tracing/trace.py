"""The trace of an asset or of a command: it looks on at every question, takes scores, and is told to its end within a moment.

A gateway that is opened inside `traced` or `traced_command` finds its observer there, so nobody in between has to hand it on.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

from synth_assets.llm.calls import CallRecord, CallTally, Observer
from synth_assets.llm.tracing.address import Address, address_of, known_project
from synth_assets.llm.tracing.masks import Mask, secrets_of
from synth_assets.llm.tracing.outage import Outage
from synth_assets.llm.tracing.subject import TRACING_OFF, Score, Span, TraceOutcome, TraceState, TraceSubject, span_id_of
from synth_assets.settings import LlmSettings, load_settings

if TYPE_CHECKING:
    from synth_assets.llm.tracing.sender import Sender

ScoreDetails = Mapping[str, str | int | float]


class Trace:
    """One trace. It does nothing, and loads nothing, until `begin` finds keys. Safe over threads."""

    def __init__(self, subject: TraceSubject) -> None:
        self.subject = subject
        self._started_at = time.time()
        self._tally = CallTally()
        self._marked: list[str] = []
        self._mask: Mask | None = None
        self._address: Address | None = None
        self._sender: Sender | None = None
        self._outage: Outage | None = None
        self._reason = ""
        self._lost = 0
        self._lock = threading.Lock()

    def begin(self, settings: LlmSettings) -> bool:
        """Take up tracing where there are keys, and tell whether there are; called again it changes nothing."""
        with self._lock:
            if self._address is not None:
                return True
            self._address = address_of(settings)
            if self._address is None:
                return False
            self._outage = Outage(settings.folder / "langfuse", self._address.host, self.subject.scope or self.subject.session)
            self._reason = self._outage.reason()
            if not self._reason:
                from synth_assets.llm.tracing.sender import Sender

                self._mask = Mask(secrets_of(settings, load_settings()))
                self._mask.conceal(self._marked)
                self._sender = Sender(self._address, self.subject, self._mask)
            return True

    @property
    def url(self) -> str:
        """Where it can be looked at; empty where it is not sent, or the server does not answer."""
        if self._sender is None or self._address is None or not self._sender.answers():
            return ""
        project = known_project(self._address)
        host, trace_id = self._address.host, self.subject.trace_id
        # Without the project, Langfuse finds it by itself.
        return f"{host}/project/{project}/traces/{trace_id}" if project else f"{host}/trace/{trace_id}"

    def conceal(self, values: Iterable[object]) -> None:
        """Mark values that must not leave, such as those of somebody's real rows; holds for what is observed from now on."""
        texts = [str(value) for value in values]
        with self._lock:
            self._marked += texts
            if self._mask is not None:
                self._mask.conceal(texts)

    def observe(self, record: CallRecord) -> None:
        """Take up what happened with a question."""
        self._tally(record)
        self._put(_generation(self.subject, record))

    def score(self, name: str, value: bool | float | str, comment: str = "", details: ScoreDetails | None = None) -> None:
        """Give a verdict; under the same name it replaces an earlier one of the trace, whichever process gave that."""
        self._put(Score(name, value, comment, details or {}))

    def finish(self, *, root: bool = True, error: str = "") -> TraceOutcome:
        """Have everything sent, and return what became of it; waits for a moment at most (see `sender`).

        Args:
            root: Send the observation of the asset itself; a process that only gives scores has none.
            error: A code, where the asset failed.
        """
        if self._address is None:
            return TRACING_OFF
        if root:
            self._put(self._root(error))
        sender, url = self._sender, self.url
        if sender is None or self._outage is None:
            problem = f"Langfuse is out of reach: {self._reason}"
            return TraceOutcome("failed", dropped=self._lost, problem=problem) if self._lost else TRACING_OFF
        delivery = sender.close()
        self._sender, self._reason = None, delivery.problem or "the trace has ended"
        self._outage.add(delivery.waited, delivery.problem)
        problem = f"Langfuse is out of reach: {delivery.problem}" if delivery.problem else ""
        state: TraceState = "failed" if delivery.dropped else "sent"
        return TraceOutcome(state, url if delivery.sent else "", delivery.sent, delivery.dropped, problem)

    def _put(self, item: Span | Score) -> None:
        sender = self._sender
        if sender is not None:
            sender.put(item)
        elif self._address is not None:
            with self._lock:
                self._lost += 1

    def _root(self, error: str) -> Span:
        took = self._tally.sum_of()
        told = {"questions": took.questions, "cached": took.cached, "failed": took.failed, "requests": took.calls, "tokens": took.tokens}
        subject, ended = self.subject, time.time()
        return Span(subject.root_id, "", subject.name, "span", self._started_at, ended, metadata={**subject.metadata, **told}, error=error)


def _generation(subject: TraceSubject, record: CallRecord) -> Span:
    usage = record.usage
    asked = "\n\n".join(filter(None, (record.system, *record.parts)))
    told: dict[str, str | int | float | bool] = {
        "prompt": record.prompt,
        "purpose": record.purpose,
        "label": record.label,
        "cached": record.cached,
        "attempts": record.attempts,
        "error_code": record.error_code,
        "key": record.key[:16],
        "notes": " ".join(record.notes),
    }
    return Span(
        span_id=span_id_of(subject.trace_id, f"{record.key}:{record.started_at!r}"),
        parent_id=subject.root_id,
        name=f"gemini.{record.purpose}",
        kind="generation",
        started_at=record.started_at,
        ended_at=record.ended_at,
        input=asked,
        output=record.output,
        metadata={name: value for name, value in told.items() if value != ""},
        model=record.model,
        # Langfuse adds up what begins with `input` and `output`: so each token is in one of them.
        usage={
            "input": usage.input_tokens - usage.cached_input_tokens,
            "input_cached_tokens": usage.cached_input_tokens,
            "output": usage.output_tokens,
            "output_reasoning_tokens": usage.thought_tokens,
            "total": usage.total,
        },
        dollars=record.dollars,
        parameters=record.settings,
        error=record.error_code,
    )


class _Watching(Protocol):
    def trace_of(self, settings: LlmSettings, account: str) -> Trace | None: ...
    def current(self) -> Trace | None: ...


class _OneTrace:
    """Everything that is asked belongs to one asset."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def trace_of(self, settings: LlmSettings, account: str) -> Trace | None:  # noqa: ARG002
        return self._trace if self._trace.begin(settings) else None

    def current(self) -> Trace | None:
        return self._trace


class CommandTraces:
    """The traces of a command: one for each dataset it asks for."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._scope = f"{command} {time.time_ns()}"
        self._traces: dict[str, Trace] = {}

    def trace_of(self, settings: LlmSettings, account: str) -> Trace | None:
        if account not in self._traces:
            name = f"{self._command} {account}"
            about = {"command": self._command, **dict(zip(("schema", "dataset"), account.split("/", 1), strict=False))}
            trace = Trace(TraceSubject(name, session=f"synth {name}", metadata=about, scope=self._scope))
            if not trace.begin(settings):
                return None
            self._traces[account] = trace
        return self._traces[account]

    def current(self) -> Trace | None:
        return next(reversed(self._traces.values()), None)

    def finish(self, error: str = "") -> Sequence[TraceOutcome]:
        """Have everything sent; return what became of it."""
        traces, self._traces = self._traces, {}
        return [trace.finish(error=error) for trace in traces.values()]


_watching: ContextVar[_Watching | None] = ContextVar("watching", default=None)


@contextmanager
def traced(subject: TraceSubject) -> Iterator[Trace]:
    """Have every gateway that is opened inside observed by one trace; whoever opens it finishes it."""
    trace = Trace(subject)
    token = _watching.set(_OneTrace(trace))
    try:
        yield trace
    finally:
        _watching.reset(token)


@contextmanager
def traced_command(command: str) -> Iterator[CommandTraces]:
    """Have every gateway that is opened inside observed, by one trace a dataset; whoever opens it finishes it."""
    traces = CommandTraces(command)
    token = _watching.set(traces)
    try:
        yield traces
    finally:
        _watching.reset(token)


def observers_of(settings: LlmSettings, account: str) -> tuple[Observer, ...]:
    """Return who looks on at a gateway that is opened now; nobody without keys, and outside of a trace."""
    watching = _watching.get()
    trace = None if watching is None else watching.trace_of(settings, account)
    return () if trace is None else (trace.observe,)


def current_trace_url() -> str:
    """Return where what is asked now can be looked at; empty outside of a trace, and where it is not sent."""
    watching = _watching.get()
    trace = None if watching is None else watching.current()
    return "" if trace is None else trace.url
