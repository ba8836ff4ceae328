"""What came of one file of the corpus."""

from dataclasses import asdict, dataclass, field
from typing import Any

ACCEPTED = "accepted"
REJECTED = "rejected"
DDL_REFUSED = "DDL refused"
NOT_PLANNED = "not planned"
NOT_GENERATED = "not generated"
NOT_READ = "not read"
TIMEOUT = "timed out"
ERROR = "error"
NOT_JUDGED = "not judged"

MAX_REASON = 160


@dataclass(frozen=True)
class Verdict:
    """What a server said.

    Attributes:
        kind: ACCEPTED, REJECTED, DDL_REFUSED or NOT_JUDGED.
        judged_tables: Tables the server created out of the file.
        reasons: By rejected table, the first reason.
        refused_statements: Statements of the file that the server itself refused; what they create is not judged.
        note: Why nothing was judged, or the first refusal.
    """

    kind: str
    judged_tables: int = 0
    reasons: dict[str, str] = field(default_factory=dict)
    refused_statements: int = 0
    note: str = ""


@dataclass
class FileResult:
    """One row of the report, filled in stage by stage so that a killed process leaves what it had.

    Attributes:
        group: `postgres (canonical)`, `postgres`, `mysql`, ...
        stage: What was being done: read, plan, generate, judge; `done` at the end.
        outcome: One of the constants above.
        tables: Tables read; judged_tables: those the server created; rejected: the first reason by table.
        fitted: Tables that cannot hold the rows asked for: how many they hold, and why.
        differences: Named differences from the database's own catalog; None where there is no account of it.
        seconds: Wall time from reading to verdict.
    """

    group: str
    family: str
    stage: str = "read"
    outcome: str = ERROR
    tables: int = 0
    rows: int = 0
    fitted: dict[str, str] = field(default_factory=dict)
    read_errors: int = 0
    first_read_error: str = ""
    compared: dict[str, int] = field(default_factory=dict)
    differences: list[str] | None = None
    judged_tables: int = 0
    rejected: dict[str, str] = field(default_factory=dict)
    refused_statements: int = 0
    reason: str = ""
    seconds: float = 0.0

    def take(self, verdict: Verdict) -> None:
        """Note what the server said."""
        self.outcome, self.judged_tables, self.rejected = verdict.kind, verdict.judged_tables, verdict.reasons
        self.refused_statements, self.reason = verdict.refused_statements, verdict.note
        if verdict.reasons:
            table, why = next(iter(verdict.reasons.items()))
            self.reason = f"{table}: {why}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def verdict_of(judged_tables: int, reasons: dict[str, str], refusals: list[str]) -> Verdict:
    """Return the verdict of a server that created `judged_tables`, rejected the tables of `reasons` and refused statements."""
    first = refusals[0] if refusals else ""
    if judged_tables == 0:
        return Verdict(DDL_REFUSED, 0, {}, len(refusals), first or "the server created no table")
    return Verdict(REJECTED if reasons else ACCEPTED, judged_tables, reasons, len(refusals), first)
