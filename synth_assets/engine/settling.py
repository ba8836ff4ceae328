"""Drawing rows again until they meet the CHECKs that no strategy meets by construction.

CHECKs that share a column are met together, others by themselves: a row that is right in one thing is not drawn again for
another. A row of which so many draws fail takes the draw of a row of nobody, found once for the table, that is known to do;
where there is none, it is given values that the DDL names (see `remedies`). Every step depends on the row's number alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from synth_assets.engine.failures import failure
from synth_assets.engine.judging import Judge, find_violations, judge_of
from synth_assets.engine.remedies import Remedies, find_remedies
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
_REMEDY_BATCH = 4_096
_KNOWN_TURNS = 16
_SAMPLE_ROWS = 64
_POOL_START = 1 << 62
"""Numbers of rows of nobody: beyond every attempt of every row."""


@dataclass(frozen=True)
class Group:
    """CHECKs that share columns, and the columns drawn again for them.

    Attributes:
        is_closed: The CHECKs read nothing but those columns, so that a draw that suits one row suits any.
        bystanders: Other CHECKs that read those columns: any draw meets them, a remedy might not.
    """

    demands: tuple["Demand", ...]
    columns: frozenset[str]
    is_closed: bool
    bystanders: tuple["Demand", ...]


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
        is_closed = all(reach[i] <= columns for i in places) and not columns & set(self.plan.relations_by_name)
        asked = {(r.check, r.expression) for r in redraws}
        others = [
            Redraw(check=c.label, expression=c.expression, columns=()) for c in self.table.checks if (c.label, c.expression) not in asked
        ]
        bystanders = tuple(self._demand(r.check, r.expression) for r in others if _reach(self.plan, r) & columns)
        return Group(demands, columns, is_closed, bystanders)

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
                    break
                if open_rows.size == 0:
                    break
                drawn[at, open_rows] = rows.numbers[open_rows] + (np.int64(attempt) << ATTEMPT_SHIFT)
                open_rows = open_rows[self._wrong(group, rows.numbers[open_rows], drawn[:, open_rows])]
            if open_rows.size:
                drawn[at, open_rows] = self._settle_late(at, rows.numbers[open_rows], drawn[:, open_rows])
        return drawn

    def _settle_late(self, at: int, numbers: Rows, drawn: NDArray[np.int64]) -> Rows:
        """Return what rows that no draw of theirs suits are drawn with: what is known to suit any row, else a remedy."""
        pool = self._pool(at)
        if pool.size:
            key = self.program.key(self.table.key, ",".join(sorted(self.groups[at].columns)), "pool")
            chosen: Rows = pool[(key.draw(numbers) % np.uint64(pool.size)).astype(np.int64)]
            return chosen
        parts = [slice(i, i + _REMEDY_BATCH) for i in range(0, numbers.size, _REMEDY_BATCH)]
        return np.concatenate([self._remedy(at, numbers[p], drawn[:, p]) for p in parts])

    def _remedy(self, at: int, numbers: Rows, drawn: NDArray[np.int64]) -> Rows:
        """Return the number of a remedy for each row: one of those known to do, in turn by the row's number, else the first that does."""
        group, known = self.groups[at], self._known_remedies(at)
        drawn, open_rows = drawn.copy(), np.arange(numbers.size)
        turns = [-1 - known[(numbers + i) % known.size] for i in range(min(known.size, _KNOWN_TURNS))]
        for given in (*turns, *(np.full(numbers.size, -1 - i) for i in range(len(self.remedies(at).listed)))):
            drawn[at, open_rows] = given[open_rows]
            open_rows = open_rows[self._wrong(group, numbers[open_rows], drawn[:, open_rows], group.bystanders)]
            if open_rows.size == 0:
                found: Rows = drawn[at]
                return found
        raise self._give_up(group, int(numbers[open_rows[0]]))

    def _known_remedies(self, at: int) -> NDArray[np.int64]:
        """Return the remedies that suit one of the table's first rows at least, by their places in the list."""
        return self.program.alone(("remedies known", self.table.key, at), lambda: self._try_remedies(at))

    def _try_remedies(self, at: int) -> NDArray[np.int64]:
        numbers = np.arange(min(_SAMPLE_ROWS, self.plan.row_count), dtype=np.int64)
        suits = []
        for i in range(len(self.remedies(at).listed)):
            drawn = np.tile(numbers, (len(self.groups), 1))
            drawn[at] = -1 - i
            suits.append(not self._wrong(self.groups[at], numbers, drawn, self.groups[at].bystanders).all())
        return np.flatnonzero(suits)

    def remedies(self, at: int) -> Remedies:
        """Return what rows may be given outright in a group."""
        return self.program.once(("remedies", self.table.key, at), lambda: self._find_remedies(self.groups[at]))

    def _find_remedies(self, group: Group) -> Remedies:
        keys = frozenset(c for r in self.plan.relations for c in r.columns)
        alone = frozenset(r.name for r in self.plan.relations if r.columns == (r.name,))
        return find_remedies(self.table, group.columns - (keys - alone), keys, [d.expression for d in group.demands])

    def _wrong(self, group: Group, numbers: Rows, drawn: NDArray[np.int64], besides: tuple["Demand", ...] = ()) -> NDArray[np.bool_]:
        trial = RowSet(self.program, self.table.key, numbers, drawn)
        wrong = np.zeros(numbers.size, dtype=np.bool_)
        for demand in (*group.demands, *besides):
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

    def _pool(self, at: int) -> Rows:
        if not self.groups[at].is_closed:
            return np.empty(0, dtype=np.int64)
        return self.program.alone(("pool", self.table.key, at), lambda: self._find_pool(at, self.groups[at]))

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
        others = f", {_POOL_BATCH * _POOL_BATCHES:,} draws of rows that do not exist"
        tries = f"{MAX_REDRAWS} attempts{others}" if group.is_closed else f"{MAX_LATE_REDRAWS} attempts"
        tries += ", and NULLs, DEFAULTs and what the CHECK names itself"
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
