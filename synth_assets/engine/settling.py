"""Drawing rows again until they meet the CHECKs that no strategy meets by construction.

CHECKs that share a column are met together, others by themselves: a row that is right in one thing is not drawn again for
another. A row of which so many draws fail takes the draw of a row of nobody, found once for the table, that is known to do.
Every step depends on the row's number alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from synth_assets.engine.failures import failure
from synth_assets.engine.judging import Judge, find_violations, judge_of
from synth_assets.engine.rows import RowSet
from synth_assets.engine.streams import ATTEMPT_SHIFT, Rows
from synth_assets.plan.cells import references_of
from synth_assets.plan.model import Redraw, TablePlan
from synth_assets.schema.expressions import Expression, columns_of
from synth_assets.schema.model import CheckConstraint, Table

if TYPE_CHECKING:
    from synth_assets.engine.program import Program

MAX_REDRAWS = 64
"""How often a row is drawn again by itself."""
MAX_LATE_REDRAWS = 1024
"""How often a row is drawn again where nobody's draw would do, for its CHECKs read keys or parents."""
_POOL_SIZE = 1024
_POOL_BATCH = 16_384
_POOL_BATCHES = 32
_POOL_START = 1 << 62
"""Numbers of rows of nobody: beyond every attempt of every row."""


@dataclass(frozen=True)
class Group:
    """CHECKs that share columns, and the columns drawn again for them.

    Attributes:
        is_closed: The CHECKs read nothing but those columns, so that a draw that suits one row suits any.
    """

    demands: tuple["Demand", ...]
    columns: frozenset[str]
    is_closed: bool


@dataclass(frozen=True)
class Demand:
    """A CHECK that rows have to meet, and who judges them by it; `check` is the schema's, which a redraw of a plan need not have."""

    label: str
    expression: Expression
    check: CheckConstraint | None
    judge: Judge | None


class Settler:
    """Finds, for rows of one table, the numbers that their redrawn columns are drawn with."""

    def __init__(self, program: "Program", table: str) -> None:
        self.program = program
        self.table: Table = program.schema.table(table)
        self.plan: TablePlan = program.plan.table(table)
        self._checks = {(c.label, c.expression): c for c in self.table.checks}

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The groups, in the order of the plan."""
        reach = [_reach(self.plan, r) for r in self.plan.redraws]
        merged: list[list[int]] = []
        for at, redraw in enumerate(self.plan.redraws):
            together = [at]
            for group in [g for g in merged if any(self._meet(redraw, reach[at], i, reach[i]) for i in g)]:
                merged.remove(group)
                together += group
            merged.append(together)
        return tuple(self._group(sorted(g), reach) for g in sorted(merged, key=min))

    def _meet(self, redraw: Redraw, read: frozenset[str], at: int, other: frozenset[str]) -> bool:
        return bool(set(redraw.columns) & other or set(self.plan.redraws[at].columns) & read)

    def _group(self, places: list[int], reach: list[frozenset[str]]) -> Group:
        redraws = tuple(self.plan.redraws[i] for i in places)
        columns = frozenset(c for r in redraws for c in r.columns)
        demands = tuple(self._demand(r.check, r.expression) for r in redraws)
        return Group(demands, columns, all(reach[i] <= columns for i in places) and not columns & set(self.plan.relations_by_name))

    @cached_property
    def group_of(self) -> dict[str, int]:
        """The group of each redrawn column."""
        return {c: i for i, g in enumerate(self.groups) for c in g.columns}

    def settle(self, rows: RowSet) -> NDArray[np.int64]:
        """Return the numbers to draw with: int64, one line a group, one column a row.

        Raises:
            GenerationError: If a row meets a group's CHECKs in no attempt; names them.
        """
        drawn = np.tile(rows.numbers, (len(self.groups), 1))
        for at, group in enumerate(self.groups):
            open_rows = np.arange(len(rows), dtype=np.int64)
            for attempt in range(MAX_LATE_REDRAWS):
                if attempt == MAX_REDRAWS and group.is_closed:
                    drawn[at, open_rows] = self._take_from_pool(at, group, rows.numbers[open_rows])
                    open_rows = open_rows[:0]
                if open_rows.size == 0:
                    break
                drawn[at, open_rows] = rows.numbers[open_rows] + (np.int64(attempt) << ATTEMPT_SHIFT)
                open_rows = open_rows[self._wrong(group, rows.numbers[open_rows], drawn[:, open_rows])]
            if open_rows.size:
                raise self._give_up(group, int(rows.numbers[open_rows[0]]))
        return drawn

    def _wrong(self, group: Group, numbers: Rows, drawn: NDArray[np.int64]) -> NDArray[np.bool_]:
        trial = RowSet(self.program, self.table.key, numbers, drawn)
        wrong = np.zeros(numbers.size, dtype=np.bool_)
        for demand in group.demands:
            wrong |= self._violates(demand, trial)
        return wrong

    def _violates(self, demand: Demand, rows: RowSet) -> NDArray[np.bool_]:
        """Return which rows break a CHECK; what nobody can judge is left to the checks, as the plan's diagnostics said."""
        if demand.judge is None and demand.check is None:
            raise self._not_evaluated(demand, rows)
        if demand.judge is None:
            return np.zeros(len(rows), dtype=np.bool_)
        return find_violations(demand.judge, demand.expression, demand.check, rows)

    def _demand(self, label: str, expression: Expression) -> Demand:
        check = self._checks.get((label, expression))
        return Demand(label, expression, check, judge_of(self.table, expression, check, self.program.plan.as_of))

    def _not_evaluated(self, demand: Demand, rows: RowSet) -> Exception:
        first, why = rows.numbers[0] if len(rows) else 0, demand.expression.model_dump_json()
        return failure("GEN103", self.table.key, f"{_said(demand)} cannot be evaluated on the rows from {first} on", why)

    def _take_from_pool(self, at: int, group: Group, numbers: Rows) -> Rows:
        pool = self.program.alone(("pool", self.table.key, at), lambda: self._find_pool(at, group))
        if pool.size == 0:
            raise self._give_up(group, int(numbers[0]))
        key = self.program.key(self.table.key, ",".join(sorted(group.columns)), "pool")
        chosen: Rows = pool[(key.draw(numbers) % np.uint64(pool.size)).astype(np.int64)]
        return chosen

    def _find_pool(self, at: int, group: Group) -> Rows:
        """Return numbers that are no row's and whose draws meet the group's CHECKs; none when a long search finds none."""
        found: list[Rows] = []
        for batch in range(_POOL_BATCHES):
            numbers = np.arange(_POOL_BATCH, dtype=np.int64) + _POOL_START + batch * _POOL_BATCH
            drawn = np.zeros((len(self.groups), _POOL_BATCH), dtype=np.int64)
            drawn[at] = numbers
            found.append(numbers[~self._wrong(group, np.zeros(_POOL_BATCH, dtype=np.int64), drawn)])
            if sum(f.size for f in found) >= _POOL_SIZE:
                break
        return np.concatenate(found)[:_POOL_SIZE]

    def _give_up(self, group: Group, row: int) -> Exception:
        others = f" and {_POOL_BATCH * _POOL_BATCHES:,} draws of rows that do not exist"
        tries = f"{MAX_REDRAWS} attempts{others}" if group.is_closed else f"{MAX_LATE_REDRAWS} attempts"
        names = ", ".join(map(_said, group.demands))
        message = f"row {row}, counted from 0, does not meet {names} after {tries}"
        columns = ", ".join(sorted(group.columns))
        return failure("GEN102", self.table.key, message, hint=f"narrow the columns it reads with an override: {columns}")


def _said(demand: Demand) -> str:
    """Return a CHECK by its name, or by what it says: the label of one without a name begins with CHECK already."""
    return demand.label if demand.label.startswith("CHECK (") else f"CHECK {demand.label}"


def _reach(plan: TablePlan, redraw: Redraw) -> frozenset[str]:
    """Return the columns that decide about a CHECK, through whatever they are computed from in the row."""
    seen, waiting = set[str](), [*columns_of(redraw.expression), *redraw.columns]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            column = plan.columns_by_name.get(name)
            waiting += _read_by(plan, column.column) if column else []
    return frozenset(seen)


def _read_by(plan: TablePlan, name: str) -> Iterable[str]:
    column = plan.columns_by_name[name]
    for reference in references_of(column.strategy):
        relation = plan.relations_by_name.get((reference.relation or "").split("/")[0])
        yield from relation.columns if relation else (reference.column,)
    yield from (n.column for n in column.null_when)
