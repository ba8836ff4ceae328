"""A limit: how many rows a table can have at most, which constraint says so, and on which line of the DDL."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from synth_assets.errors import Diagnostic, SourcePosition
from synth_assets.formats import count_of
from synth_assets.schema.model import CheckConstraint

LimitKind = Literal["primary key", "unique", "check", "foreign key", "plan"]


_LONGEST_CONDITION = 100


def name_of(check: CheckConstraint) -> str:
    """Return a CHECK by its name, where it has one, and what it says."""
    sql = " ".join(check.sql.split())
    short = sql if len(sql) <= _LONGEST_CONDITION else sql[: _LONGEST_CONDITION - 1] + "…"
    return f"CHECK {check.name} ({short})" if check.name else f"CHECK ({short})"


@dataclass(frozen=True)
class Limit:
    """One thing that bounds the rows of a table.

    Attributes:
        code: Of the diagnostic that refuses more rows: PLAN131, PLAN132, PLAN133, PLAN135 or PLAN401.
        kind: The sort of constraint; `plan` where the DDL allows more than the plan's strategies reach.
        label: The constraint as people know it: `PRIMARY KEY (student_id, course_id)`, `UNIQUE (code)`, `CHECK (a > 5)`.
        where: Where it is declared.
        capacity: The most rows it allows; 0 when it can never be met.
        reason: What the number is made of.
        suggestion: What to do to have more rows than that.
        about: The column or the columns in question, `code` or `(student_id, course_id)`.
    """

    code: str
    kind: LimitKind
    label: str
    where: SourcePosition
    capacity: int
    reason: str
    suggestion: str
    about: str = ""


@dataclass(frozen=True)
class TableVerdict:
    """What a table can hold, and what it was asked for.

    Attributes:
        table: Its key.
        requested: Rows asked for.
        limits: All that bounds it, the tightest first; empty when nothing known does.
    """

    table: str
    requested: int
    limits: tuple[Limit, ...] = ()

    @property
    def limit(self) -> Limit | None:
        """The tightest limit, or None."""
        return self.limits[0] if self.limits else None

    @property
    def capacity(self) -> int | None:
        """The most rows the table can hold; None for no bound."""
        return self.limits[0].capacity if self.limits else None

    @property
    def is_feasible(self) -> bool:
        return self.capacity is None or self.requested <= self.capacity

    @property
    def rows(self) -> int:
        """The most rows up to those requested."""
        return self.requested if self.capacity is None else min(self.requested, self.capacity)

    @property
    def refusals(self) -> tuple[Diagnostic, ...]:
        """One error for each limit below the request; a constraint that can never be met hides the rest."""
        short = [limit for limit in self.limits if limit.capacity < self.requested]
        if short and short[0].capacity == 0:
            short = [limit for limit in short if limit.capacity == 0]
        return tuple(self._refuse(limit) for limit in short)

    def _refuse(self, limit: Limit) -> Diagnostic:
        where = self.table if not limit.about else f"{self.table}{'' if limit.about.startswith('(') else '.'}{limit.about}"
        verb = "is" if self.requested == 1 else "are"
        message = f"{self.holds(limit)}, and {self.requested:,} {verb} asked for: {limit.label} ({limit.where}): {limit.reason}"
        most = f"at most {count_of(limit.capacity, 'row')}" if limit.capacity else "0 rows"
        hint = f"ask for {most} of '{self.table}', or {limit.suggestion}"
        return Diagnostic(code=limit.code, where=where, message=message, found=count_of(self.requested, "row"), hint=hint)

    def holds(self, limit: Limit) -> str:
        """Return `can hold 10 rows`, as far as one limit goes."""
        return f"can hold {count_of(limit.capacity, 'row')}" if limit.capacity else "cannot hold a row"


def verdict(table: str, requested: int, limits: Iterable[Limit]) -> TableVerdict:
    """Return the verdict on a table with its limits in order, tightest first; equal ones in the order given."""
    return TableVerdict(table, requested, tuple(sorted(limits, key=lambda limit: limit.capacity)))
