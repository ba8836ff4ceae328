"""What a trace is about and what goes into it, as plain data; ids follow from names, so that any process finds the same trace."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

TraceState = Literal["off", "sent", "failed"]


@dataclass(frozen=True)
class TraceSubject:
    """An asset and partition of a Dagster run, or a command about a dataset.

    Attributes:
        name: Path of the asset, or the command with its dataset.
        session: Id of the Dagster run; for a command the command and its dataset.
        partition: Key of the dataset; empty where there is none.
        metadata: Shown with the trace: dataset, schema, table.
        scope: How far an outage reaches: what has the same scope does not try again. Empty takes the session.
    """

    name: str
    session: str
    partition: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    scope: str = ""

    @property
    def trace_id(self) -> str:
        """32 hex digits."""
        return hashlib.sha256(f"{self.session}:{self.name}:{self.partition}".encode()).hexdigest()[:32]

    @property
    def root_id(self) -> str:
        """Id of the observation that all others of the trace stand below; 16 hex digits."""
        return span_id_of(self.trace_id, "root")


def span_id_of(trace_id: str, what: str) -> str:
    """Return the id of an observation: 16 hex digits."""
    return hashlib.sha256(f"{trace_id}:{what}".encode()).hexdigest()[:16]


def score_id_of(trace_id: str, name: str) -> str:
    """Return the id of a score: given again, it replaces itself."""
    return hashlib.sha256(f"{trace_id}:score:{name}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Span:
    """One observation: the asset itself (`kind` span), or one question (generation).

    Attributes:
        started_at, ended_at: Seconds since 1970.
        model, usage, dollars, parameters: Of a generation.
        error: A code; empty where all went well.
    """

    span_id: str
    parent_id: str
    name: str
    kind: Literal["span", "generation"]
    started_at: float
    ended_at: float
    input: str = ""
    output: str = ""
    metadata: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)
    dollars: float | None = None
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True)
class Score:
    """A verdict on a trace; bool passes or fails, a number measures, text names."""

    name: str
    value: bool | float | str
    comment: str = ""
    metadata: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True)
class TraceOutcome:
    """What became of a trace.

    Attributes:
        state: `off` without keys, or with nothing to tell; `sent`; `failed` where anything of it was lost.
        url: Where it can be looked at; empty unless something was sent.
        sent, dropped: Observations and scores.
        problem: Why something was lost.
    """

    state: TraceState
    url: str = ""
    sent: int = 0
    dropped: int = 0
    problem: str = ""

    def in_words(self) -> str:
        """Return a sentence for people."""
        if self.state == "off":
            return "off"
        if self.state == "sent":
            return f"{self.sent:,} sent"
        return f"failed: {self.problem}; {self.sent:,} sent, {self.dropped:,} dropped"


TRACING_OFF = TraceOutcome("off")
