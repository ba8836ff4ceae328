"""Some rows of one table, by number, and the columns computed for them so far.

Every value is a pure function of the row number, so a set of rows may be a range, the parents of
other rows in any order, or the subset that took one branch of a case. Columns are computed when asked
for; a column that depends on others, of this row or of its parent, asks for them here.
"""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synth_assets.engine.casting import as_text, with_nulls
from synth_assets.engine.streams import Draws, Rows, StreamKey, threshold_of
from synth_assets.plan.cells import follow
from synth_assets.plan.model import ColumnPlan, NullWhen, Relation, TablePlan
from synth_assets.plan.strategies import Reference, Where
from synth_assets.schema.model import Column, Table

if TYPE_CHECKING:
    from synth_assets.engine.program import Program

Mask = NDArray[np.bool_]


class RowSet:
    """Rows of one table.

    Attributes:
        program: The resolved plan they belong to.
        table: The schema's table; `plan` is its plan.
        numbers: Row numbers, int64, in any order, repeats allowed.
        drawn: The numbers that redrawn columns are drawn with, one line for each group of them (see `settling`); None before they
            are settled.
    """

    def __init__(self, program: "Program", table: str, numbers: Rows, drawn: NDArray[np.int64] | None = None) -> None:
        self.program = program
        self.table: Table = program.schema.table(table)
        self.plan: TablePlan = program.plan.table(table)
        self.numbers = numbers
        self.drawn = drawn
        self._columns: dict[str, pa.Array] = {}
        self._parents: dict[str, tuple[Rows, Mask]] = {}
        self._ordinals: dict[str, Rows] = {}
        self._parent_sets: dict[str, RowSet] = {}

    def __len__(self) -> int:
        return int(self.numbers.size)

    @property
    def today(self) -> date:
        """What now() is to a CHECK."""
        return self.program.plan.as_of

    @property
    def everything(self) -> Mask:
        return np.ones(len(self), dtype=np.bool_)

    def column(self, name: str) -> pa.Array:
        """Return the final values of a column, NULLs included."""
        if name not in self._columns:
            if self.plan.redraws and self.drawn is None and name in self.program.redrawn_columns(self.table.key):
                self._settle()
            known = name in self.plan.columns_by_name
            self._columns[name] = self._compute(self.plan.column(name)) if known else self.program.compute_generated(self, name)
        return self._columns[name]

    def reference(self, reference: Reference) -> pa.Array:
        """Return the values a reference means; NULL where the row has no parent."""
        if reference.relation is None:
            return self.column(reference.column)
        first, onward = self._first_step(reference)
        _, missing = self.parent_rows(first)
        return with_nulls(self.parent(first).reference(onward), missing)

    def referred_type(self, reference: Reference) -> Column:
        """Return the schema's column that a reference means."""
        if reference.relation is None:
            return self.table.column(reference.column)
        first, onward = self._first_step(reference)
        return self.parent(first).referred_type(onward)

    def _first_step(self, reference: Reference) -> tuple[str, Reference]:
        """Return the first relation of a reference, and what it means to the row that this leads to."""
        path = follow(self.table.key, reference.relation or "", lambda table: self.program.plan.table(table).relations_by_name)
        onward = (reference.relation or "")[len(path[0].name) + 1 :]
        return path[0].name, Reference(column=reference.column, relation=onward or None)

    def parent_rows(self, relation: str) -> tuple[Rows, Mask]:
        """Return (parent row numbers, mask of rows without a parent); the number means nothing where there is none."""
        if relation not in self._parents:
            if self.plan.redraws and self.drawn is None and relation in self.program.redrawn_columns(self.table.key):
                self._settle()
            numbers, missing = self.program.find_parents(self, self.plan.relations_by_name[relation])
            self._parents[relation] = numbers, missing | self._is_remedied(relation)
        return self._parents[relation]

    def ordinals(self, relation: str) -> Rows:
        """Return each row's place among its siblings, from 0; the relation's fan-out must be a layout."""
        if relation not in self._ordinals:
            self._ordinals[relation] = self.program.find_ordinals(self, self.plan.relations_by_name[relation])
        return self._ordinals[relation]

    def parent(self, relation: str) -> "RowSet":
        """Return the parent rows, one for each row."""
        if relation not in self._parent_sets:
            numbers, _ = self.parent_rows(relation)
            self._parent_sets[relation] = RowSet(self.program, self.plan.relations_by_name[relation].parent_table, numbers)
        return self._parent_sets[relation]

    def draws(self, column: str, purpose: str = "value") -> Draws:
        """Return this column's draws for a purpose: one 64-bit number a row."""
        return self.key(column, purpose).draw(self.drawn_numbers(column))

    def table_draws(self, purpose: str, column: str | None = None) -> Draws:
        """Return draws that several columns of the row share; for a column, as that one is drawn again, with those beside it."""
        return self.key("", purpose).draw(self.numbers if column is None else self.drawn_numbers(column))

    def redraw_group(self, column: str) -> int | None:
        """Return which columns a column is drawn again with, or None where it keeps its first draw."""
        return None if self.drawn is None else self.program.redrawn_columns(self.table.key).get(column)

    def key(self, column: str, purpose: str) -> StreamKey:
        return self.program.key(self.table.key, column, purpose)

    def null_mask(self, owner: str, fraction: float) -> Mask | None:
        """Return which rows are NULL by a share, or None when none can be. `owner` names the column or relation."""
        if fraction <= 0:
            return None
        if fraction >= 1:
            return self.everything
        numbers = self.drawn_numbers(owner)
        # Row 0 never lacks a value by chance: whatever refers to a row that has one finds it.
        missing: Mask = (self.key(owner, "null").draw(numbers) < threshold_of(fraction)) & (numbers != 0)
        return missing

    def take(self, positions: NDArray[np.int64]) -> "RowSet":
        """Return the rows at these positions, sharing what is already computed."""
        return _Subset(self, positions)

    def memoize(self, name: str, compute: Callable[[], pa.Array]) -> pa.Array:
        """Return `compute()` of the first call with this name."""
        if name not in self._columns:
            self._columns[name] = compute()
        return self._columns[name]

    def drawn_numbers(self, column: str) -> Rows:
        """Return the numbers that a column's or relation's draws are made of: the row's own, or others where it is drawn again."""
        numbers = self._settled_numbers(column)
        return numbers if numbers is self.numbers or not (numbers < 0).any() else np.where(numbers < 0, self.numbers, numbers)

    def _settled_numbers(self, column: str) -> Rows:
        """Return the numbers that a column or relation is drawn with; below zero where the row has a remedy (see `remedies`)."""
        group = self.redraw_group(column)
        return self.numbers if self.drawn is None or group is None else self.drawn[group]

    def _is_remedied(self, relation: str) -> Mask:
        """Return which rows have a remedy that takes their parent away: a foreign key takes no value but NULL from one."""
        numbers = self._settled_numbers(relation)
        if numbers is self.numbers:
            return ~self.everything
        return self.program.remedies_of(self.table.key, relation).names(relation, numbers)

    def _compute(self, plan: ColumnPlan) -> pa.Array:
        rows = self if plan.null_from is None else RowSet(self.program, self.table.key, np.minimum(self.numbers, plan.null_from - 1))
        values = self.program.draw_strategy(rows, plan, plan.strategy)
        missing = self.null_mask(plan.column, plan.null_fraction)
        if plan.null_from is not None:
            beyond = self.numbers >= plan.null_from
            missing = beyond if missing is None else missing | beyond
        for rule in plan.null_when:
            hit = self.matches(rule)
            missing = hit if missing is None else missing | hit
        values = values if missing is None else with_nulls(values, missing)
        numbers = self._settled_numbers(plan.column)
        return (
            values if numbers is self.numbers else self.program.remedies_of(self.table.key, plan.column).apply(plan.column, values, numbers)
        )

    def matches(self, rule: NullWhen | Where) -> Mask:
        """Return the rows that a condition means."""
        hit = matches(self.column(rule.column), rule.values)
        return ~hit if rule.negated else hit

    def _settle(self) -> None:
        self.drawn = self.program.settle(self)


class _Subset(RowSet):
    """Some rows of a row set: columns are taken from the whole, which keeps what it computed."""

    def __init__(self, whole: RowSet, positions: NDArray[np.int64]) -> None:
        drawn = None if whole.drawn is None else whole.drawn[:, positions]
        super().__init__(whole.program, whole.table.key, whole.numbers[positions], drawn)
        self._whole = whole
        self._positions = positions

    def column(self, name: str) -> pa.Array:
        if name not in self._columns:
            self._columns[name] = self._whole.column(name).take(pa.array(self._positions))
        return self._columns[name]

    def parent_rows(self, relation: str) -> tuple[Rows, Mask]:
        numbers, missing = self._whole.parent_rows(relation)
        return numbers[self._positions], missing[self._positions]

    def ordinals(self, relation: str) -> Rows:
        return self._whole.ordinals(relation)[self._positions]


def matches(values: pa.Array, wanted: tuple[str | None, ...]) -> Mask:
    """Return which rows hold one of the canonical texts; a None among them matches NULL."""
    texts = [w for w in wanted if w is not None]
    hit = pc.is_in(as_text(values), value_set=pa.array(texts, type=pa.string())).to_numpy(zero_copy_only=False).astype(np.bool_)
    missing = values.is_null().to_numpy(zero_copy_only=False)
    result: Mask = hit & ~missing
    if None in wanted:
        result |= missing
    return result


def relation_is_open(relation: Relation) -> bool:
    """Tell whether some rows may have no parent in this relation."""
    return relation.null_fraction > 0
