"""Which columns somebody may decide without touching what holds the dataset together, and what was decided for them.

A column is free when no key, foreign key, unique or exclusion constraint holds it, nothing computes it from other cells, and no CHECK
hangs on it that the plan does not prove already. Here: finding free columns, and putting decisions into a plan. Not here: who decides
(a model, in `llm`), and whether the whole still fits (`validate_plan`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from synth_assets.plan.cells import Cell, aggregates_of, cases, cells_read, leaves, read_by_pick
from synth_assets.plan.model import ColumnPlan, Plan, Relation, TablePlan
from synth_assets.plan.proofs import proves
from synth_assets.plan.redraws import tables_of, with_redraws
from synth_assets.plan.strategies import Categorical, Filled, Number, Pattern, Strategy, Template, Temporal, Text, Vocabulary
from synth_assets.plan.templates import slots_of
from synth_assets.schema.expressions import Expression, columns_of
from synth_assets.schema.model import Column, Schema, Table

FREE_TYPES = frozenset({"integer", "decimal", "float", "text", "enum", "boolean", "date", "timestamp"})
"""Kinds of columns whose values have one spelling everywhere, so that what is decided can be judged before a row is written."""

_DRAWN = (Number, Categorical, Vocabulary, Template, Text, Pattern, Temporal)
"""Strategies that draw a column by itself; every other one follows from keys, from other cells, or is there for a constraint."""


@dataclass(frozen=True)
class FreeColumn:
    """A column that may be decided.

    Attributes:
        column, plan: As the schema and the plan have it.
        is_read: Other cells are computed from it: its range may narrow, its share of NULL stays.
        is_condition: Other cells depend on which value it holds: it keeps its values, only their weights may change.
        has_own_nulls: Its share of NULL may change: it is nullable, nothing reads it, no other column says when it is NULL.
    """

    column: Column
    plan: ColumnPlan
    is_read: bool
    is_condition: bool

    @property
    def has_own_nulls(self) -> bool:
        return self.column.nullable and not (self.is_read or self.is_condition or self.plan.null_when or self.plan.null_from is not None)


@dataclass(frozen=True)
class Decision:
    """What becomes of one free column: None leaves what the rules wrote. `reason` is one sentence."""

    strategy: Strategy | None
    null_fraction: float | None
    reason: str


Decisions = Mapping[Cell, Decision]
"""By (table key, column)."""


def free_columns(schema: Schema, plan: Plan) -> dict[str, dict[str, FreeColumn]]:
    """Return the free columns of every table that has rows, by table key and column name, in schema order."""
    relations = {t.table: t.relations_by_name for t in plan.tables}
    readers = _Readers(plan, relations)
    # What parents are picked by, and what CHECKs that rows are redrawn for are made of, stay as the rules have weighed them.
    risky = readers.behind((*_unproved(schema, plan), *readers.picked))
    free: dict[str, dict[str, FreeColumn]] = {}
    for table_plan in plan.tables:
        table = schema.table(table_plan.table)
        held = _held(table, table_plan)
        for column_plan in table_plan.columns if table_plan.row_count else ():
            cell = (table.key, column_plan.column)
            if column_plan.column in held or cell in risky or not _is_drawn(table, column_plan):
                continue
            found = FreeColumn(table.column(column_plan.column), column_plan, cell in readers.read, cell in readers.conditions)
            free.setdefault(table.key, {})[column_plan.column] = found
    return free


def with_decisions(schema: Schema, plan: Plan, decisions: Decisions, origin: str = "gemini") -> Plan:
    """Return the plan with decisions for free columns in it; what other columns say about their NULLs stays."""
    if not decisions:
        return plan
    tables = tuple(
        t.model_copy(update={"columns": tuple(_decided(c, decisions.get((t.table, c.column)), origin) for c in t.columns)})
        for t in plan.tables
    )
    return with_redraws(schema, plan.model_copy(update={"tables": tables}))


def _decided(column: ColumnPlan, decision: Decision | None, origin: str) -> ColumnPlan:
    if decision is None:
        return column
    update: dict[str, object] = {"origin": origin, "reason": decision.reason}
    if decision.strategy is not None:
        update["strategy"] = decision.strategy
    if decision.null_fraction is not None:
        update["null_fraction"] = decision.null_fraction
    return column.model_copy(update=update)


def _is_drawn(table: Table, plan: ColumnPlan) -> bool:
    """Tell whether the column is drawn by itself: not by the user's word, not unique, not from other columns of its row."""
    strategy = plan.strategy
    if plan.origin in {"user", "feedback"} or plan.unique or not isinstance(strategy, _DRAWN):
        return False
    if isinstance(strategy, Template) and any(slot.kind == "column" for t in strategy.templates for slot in slots_of(t)):
        return False
    return table.column(plan.column).type.kind in FREE_TYPES


def _held(table: Table, plan: TablePlan) -> set[str]:
    """Return the columns of a table that keys, indexes and exclusions hold, and those the database computes others from."""
    held = {c for key in table.unique_keys for c in key}
    held |= {c for key in table.foreign_keys for c in key.columns}
    held |= {c for missing in table.missing_parents for c in missing.columns}
    held |= {c for relation in plan.relations for c in relation.columns}
    for unique in table.unique_constraints:
        held |= {*unique.columns, *_read_by(*unique.expression_trees, unique.predicate_tree)}
    for exclusion in table.exclusions:
        held |= {*exclusion.columns, exclusion.interval.start, exclusion.interval.end, *_read_by(exclusion.predicate_tree)}
    # What an expression reads may be hidden from its tree; then a name in its text is enough.
    texts = [c.generated for c in table.columns if c.generated]
    texts += [t for u in table.unique_constraints for t in (*u.expressions, u.predicate or "")]
    texts += [t for e in table.exclusions for t in (*e.expressions, e.predicate or "")]
    folded = "\n".join(texts).casefold()
    return held | {c.name for c in table.columns if c.name.casefold() in folded}


def _read_by(*trees: Expression | None) -> set[str]:
    return {c for tree in trees if tree is not None for c in columns_of(tree)}


def _unproved(schema: Schema, plan: Plan) -> Iterator[Cell]:
    """Yield the columns of every CHECK that the plan does not meet by construction."""
    around = tables_of(schema, plan)
    for table, table_plan in around.values():
        for check in table.checks:
            if table_plan.row_count and not proves(table, table_plan, check, plan.locale, plan.as_of, around):
                yield from ((table.key, c) for c in check.columns)


class _Readers:
    """Who reads which cell of a plan, and in what way.

    Attributes:
        read: Cells that others are computed from.
        conditions: Cells whose value decides how others are drawn.
        picked: Cells by which parents are picked.
    """

    def __init__(self, plan: Plan, relations: Mapping[str, Mapping[str, Relation]]) -> None:
        def relations_of(table: str) -> Mapping[str, Relation]:
            return relations.get(table, {})

        self._reads: dict[Cell, set[Cell]] = {}
        self.conditions: set[Cell] = set()
        self.picked: set[Cell] = set()
        for table in plan.tables:
            for relation in table.relations:
                self.picked |= read_by_pick(table.table, relation, relations_of)
            for column in table.columns:
                self._reads[(table.table, column.column)] = cells_read(table.table, column, relations_of)
                self.conditions |= set(_conditions(table.table, column))
        self.read = {cell for cells in self._reads.values() for cell in cells}

    def behind(self, cells: Iterable[Cell]) -> set[Cell]:
        """Return the cells and all that they are computed from."""
        reached, waiting = set[Cell](), list(cells)
        while waiting:
            cell = waiting.pop()
            if cell not in reached:
                reached.add(cell)
                waiting += self._reads.get(cell, ())
        return reached


def _conditions(table: str, column: ColumnPlan) -> Iterator[Cell]:
    """Yield the cells whose value decides how a column is drawn."""
    yield from ((table, condition.column) for condition in column.null_when)
    yield from ((table, case.column) for case in cases(column.strategy))
    for aggregate in aggregates_of(column.strategy):
        yield from ((aggregate.table, where.column) for where in aggregate.where)
    for leaf in leaves(column.strategy):
        if isinstance(leaf, Filled):
            yield from ((table, name) for name in leaf.match)
