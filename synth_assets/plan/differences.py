"""What differs between two plans of one schema, and which rows that changes: directly, and in whatever is computed from them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from synth_assets.plan.cells import Cell, RelationsOf, aggregates_of, cells_read, follow, leaves, references_of
from synth_assets.plan.combinations import COUNTS_SIBLINGS
from synth_assets.plan.explain import ExplainedColumn, describe_strategy, explain_table
from synth_assets.plan.fingerprint import fingerprint_table_plans
from synth_assets.plan.matching import requirements_of
from synth_assets.plan.model import ColumnPlan, Matching, Plan, Relation, Stride, TablePlan
from synth_assets.plan.strategies import Filled, Reference

_LONG_WORDS = 600


@dataclass(frozen=True)
class ColumnChange:
    """What becomes of one column: its plan in words, before and after (see `ExplainedColumn`)."""

    before: ExplainedColumn
    after: ExplainedColumn

    @property
    def table(self) -> str:
        return self.after.table

    @property
    def column(self) -> str:
        return self.after.column


@dataclass(frozen=True)
class TableChange:
    """What becomes of one table.

    Attributes:
        rows_before, rows_after: Its row counts.
        columns: Columns with another plan.
        followers: Columns with the same plan whose values may change because they are computed from what does.
    """

    table: str
    rows_before: int
    rows_after: int
    columns: tuple[ColumnChange, ...] = ()
    followers: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanDiff:
    """What differs: the tables that get other rows, in plan order; all others keep every byte."""

    tables: tuple[TableChange, ...]

    @property
    def affected(self) -> frozenset[str]:
        return frozenset(t.table for t in self.tables)

    @property
    def touched(self) -> tuple[TableChange, ...]:
        """The tables whose own plan differs."""
        return tuple(t for t in self.tables if t.columns or t.rows_before != t.rows_after)

    @property
    def columns(self) -> tuple[ColumnChange, ...]:
        return tuple(c for t in self.tables for c in t.columns)


def diff_plans(before: Plan, after: Plan) -> PlanDiff:
    """Return what differs between two plans of one schema: tables and columns in words, and what follows from them."""
    cells = affected_cells(before, after)
    old, new = (fingerprint_table_plans(p, (t.table for t in before.tables)) for p in (before, after))
    changes = []
    for table in after.tables:
        former = before.table(table.table)
        mine = {column for name, column in cells if name == table.table}
        if (mine or former.row_count != table.row_count) and old[table.table] != new[table.table]:
            changes.append(_table_change(former, table, mine))
    return PlanDiff(tuple(changes))


def _table_change(before: TablePlan, after: TablePlan, cells: set[str]) -> TableChange:
    changed = {c.column for c in after.columns if _bare(c) != _bare(before.columns_by_name.get(c.column))}
    changed |= {name for r in _changed_relations(before, after) for name in r.columns}
    words = zip(explain_table(before), explain_table(after), strict=True)
    columns = tuple(_column_change(before, after, b, a) for b, a in words if a.column in changed)
    followers = tuple(c.column for c in after.columns if c.column in cells and c.column not in changed)
    return TableChange(after.table, before.row_count, after.row_count, columns, followers if before.row_count == after.row_count else ())


def _column_change(before: TablePlan, after: TablePlan, old: ExplainedColumn, new: ExplainedColumn) -> ColumnChange:
    """Return a column's change; where the short words of both are alike, longer ones."""
    strategies = before.column(old.column).strategy, after.column(new.column).strategy
    if strategies[0] == strategies[1] or old.strategy != new.strategy:
        return ColumnChange(old, new)
    longer = [describe_strategy(s, _LONG_WORDS) for s in strategies]
    return ColumnChange(replace(old, strategy=longer[0]), replace(new, strategy=longer[1]))


def affected_cells(before: Plan, after: Plan) -> frozenset[Cell]:
    """Return every (table, column) of which some cell may differ between the datasets of two plans of one schema.

    Never too few: where a row count, a relation or a redraw differs, all columns it decides about count, and so does all that
    is computed from a column that counts, over keys, windows and sums. Sometimes too many.
    """
    if _common(before) != _common(after):
        return frozenset((t.table, c.column) for t in after.tables for c in t.columns)
    readers: dict[Cell, set[Cell]] = {}
    for plan in (before, after):
        for reader, cell in _reads(plan):
            readers.setdefault(cell, set()).add(reader)
    found, waiting = set[Cell](), [c for t in after.tables for c in _changed_cells(before.table(t.table), t)]
    while waiting:
        cell = waiting.pop()
        if cell not in found:
            found.add(cell)
            waiting += readers.get(cell, ())
            waiting += readers.get((cell[0], _ANY), ())
    return frozenset(found)


_ANY = "\0any"
"""Stands for every planned column of a table: what is read of a row as a whole."""


def _common(plan: Plan) -> tuple[object, ...]:
    return (plan.schema_name, plan.schema_fingerprint, plan.seed, plan.locale, plan.as_of)


def _changed_cells(before: TablePlan, after: TablePlan) -> set[Cell]:
    """Return the cells whose own plan differs."""
    every = {(after.table, c.column) for c in after.columns}
    if before.row_count != after.row_count or [c.column for c in before.columns] != [c.column for c in after.columns]:
        return every
    names = {c.column for c in after.columns if _bare(c) != _bare(before.column(c.column))}
    names |= {name for r in _changed_relations(before, after) for name in r.columns}
    if before.redraws != after.redraws:
        names |= {name for r in (*before.redraws, *after.redraws) for name in r.columns}
    return {(after.table, name) for name in names}


def _changed_relations(before: TablePlan, after: TablePlan) -> list[Relation]:
    """Return the relations, old and new, that are not in both plans as they are."""
    old, new = ({r.name: r.model_copy(update={"origin": "rule", "reason": ""}) for r in t.relations} for t in (before, after))
    return [r for here, there in ((old, new), (new, old)) for name, r in here.items() if there.get(name) != r]


def _bare(column: ColumnPlan | None) -> ColumnPlan | None:
    """Return a column's plan without what is only said of it."""
    return None if column is None else column.model_copy(update={"origin": "rule", "reason": ""})


def _reads(plan: Plan) -> Iterator[tuple[Cell, Cell]]:
    """Yield (reader, cell) for every cell that a column's values follow from; `_ANY` stands for all of a table's."""
    relations = {t.table: t.relations_by_name for t in plan.tables}

    def relations_of(table: str) -> Mapping[str, Relation]:
        return relations.get(table, {})

    for table in plan.tables:
        redrawn = {c for r in table.redraws for c in r.columns}
        for column in table.columns:
            reader = (table.table, column.column)
            if column.column in redrawn or any(isinstance(leaf, Filled) for leaf in leaves(column.strategy)):
                yield reader, (table.table, _ANY)  # A text is written for the row as a whole.
            for name, read in cells_read(table.table, column, relations_of) | _picked_by(table, column, relations_of):
                # What is read and not planned is a column that the database computes: of any others of its row.
                planned = name in plan.tables_by_key and read in plan.table(name).columns_by_name
                yield reader, (name, read if planned else _ANY)


def _picked_by(table: TablePlan, column: ColumnPlan, relations_of: RelationsOf) -> set[Cell]:
    """Return the key columns of every pick on the way to what a column reads: where one changes, so does the row it leads to."""
    found = set[Cell]()
    steps = [step for reference in references_of(column.strategy) for step in _steps(table.table, reference, relations_of)]
    steps += [(table.table, r) for name in _siblings_counted(column) if (r := relations_of(table.table).get(name)) is not None]
    for aggregate in aggregates_of(column.strategy):
        relation = relations_of(aggregate.table).get(aggregate.relation)
        steps += [(aggregate.table, relation)] if relation is not None else []
    seen = set[tuple[str, str]]()
    while steps:
        child, relation = steps.pop()
        if (child, relation.name) in seen:
            continue
        seen.add((child, relation.name))
        found |= {(child, name) for name in relation.columns}
        steps += _further_picks(child, relation, relations_of)
    return found


def _siblings_counted(column: ColumnPlan) -> set[str]:
    return {leaf.relation for leaf in leaves(column.strategy) if isinstance(leaf, COUNTS_SIBLINGS) and leaf.relation is not None}


def _steps(table: str, reference: Reference, relations_of: RelationsOf) -> list[tuple[str, Relation]]:
    """Return the picks that a reference takes one after another, each with the table whose row picks; none where it leads nowhere."""
    try:
        path = follow(table, reference.relation, relations_of) if reference.relation is not None else ()
    except KeyError:
        return []
    return list(zip((table, *(step.parent_table for step in path)), path, strict=False))


def _further_picks(child: str, relation: Relation, relations_of: RelationsOf) -> list[tuple[str, Relation]]:
    """Return the picks that another one looks at: a stride's owner, a sibling to differ from, what a match compares or requires."""
    own, names, matching = relations_of(child), {relation.differs_from or ""}, relation.fan_out
    further: list[tuple[str, Relation]] = []
    if isinstance(matching, Stride):
        names.add(matching.owner)
    elif isinstance(matching, Matching):
        names.add(matching.distinct_within or "")
        further += [step for c in matching.conditions for step in _steps(child, c.value, relations_of)]
    further += [(child, own[name]) for name in sorted(names) if name in own]
    for _, requirement in requirements_of((relation,)):
        further += [step for v in requirement.values for step in _steps(relation.parent_table, v, relations_of)]
        required = relations_of(requirement.table).get(requirement.relation)
        further += [(requirement.table, required)] if required is not None else []
    return further
