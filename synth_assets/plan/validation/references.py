"""Do references lead somewhere and end: columns and relations exist, nothing is computed from itself."""

from collections.abc import Collection, Iterator
from typing import assert_never

from synth_assets.errors import Diagnostic, closest_name
from synth_assets.plan.model import ColumnPlan, Plan, TablePlan
from synth_assets.plan.strategies import (
    Bytes,
    Case,
    Categorical,
    Constant,
    Copy,
    Email,
    ForeignKeyValue,
    Fraction,
    Number,
    Offset,
    Ordinal,
    Pattern,
    Product,
    Record,
    Reference,
    Sequence,
    Strategy,
    Template,
    Temporal,
    Text,
    Uuid,
    Vocabulary,
)
from synth_assets.plan.templates import Slot, slots_of
from synth_assets.plan.validation.scope import TableScope, cases, leaves, problem, scopes
from synth_assets.schema.model import Schema

Cell = tuple[str, str]
"""(table key, column)."""


def references_of(strategy: Strategy) -> list[Reference]:
    """Return every column, of the row or of a parent, that a strategy reads directly; branches of cases included."""
    found = [Reference(column=case.column) for case in cases(strategy)]
    for leaf in leaves(strategy):
        match leaf:
            case Offset(base=base) | Fraction(base=base) | Copy(base=base):
                found.append(base)
            case Product(left=left, right=right):
                found += [left, right]
            case ForeignKeyValue(relation=relation, parent_column=column):
                found.append(Reference(column=column, relation=relation))
            case Email(given_name=given, family_name=family):
                found += [Reference(column=n) for n in (given, family) if n]
            case Template(templates=templates):
                found += [Reference(column=s.argument) for t in templates for s in _slots(t) if s.kind == "column"]
            case Sequence() | Number() | Categorical() | Vocabulary() | Record() | Pattern() | Text() | Temporal():
                pass
            case Ordinal() | Constant() | Uuid() | Bytes() | Case():
                pass  # an ordinal reads where its row lies, not a cell; a case has been opened by `leaves`
            case _:
                assert_never(leaf)
    return found


def _slots(template: str) -> tuple[Slot, ...]:
    try:
        return slots_of(template)
    except ValueError:
        return ()  # reported by validate_values


def validate_references(schema: Schema, plan: Plan) -> Iterator[Diagnostic]:
    """Yield references to nothing, and cycles of columns that are computed from one another."""
    for scope in scopes(schema, plan):
        for column, column_plan in scope.columns:
            where = f"{scope.table.key}.{column.name}"
            yield from _targets(scope, column_plan, where)
    yield from _cycles(plan)


def _targets(scope: TableScope, column_plan: ColumnPlan, where: str) -> Iterator[Diagnostic]:
    """Yield what one column plan refers to and is not there."""
    for reference in references_of(column_plan.strategy):
        yield from _reference(scope, reference, where)
    for condition in column_plan.null_when:
        message = "null_when names a column that the table's rows do not have"
        yield from _unknown(condition.column, scope.table_plan.columns_by_name, message, where)
    for leaf in leaves(column_plan.strategy):
        yield from _relation_use(scope, column_plan, leaf, where)


def _reference(scope: TableScope, reference: Reference, where: str) -> Iterator[Diagnostic]:
    """Yield a column or a relation that is not there; an unknown parent table is reported by validate_names."""
    relations = scope.table_plan.relations_by_name
    if reference.relation is None:
        message = "refers to a column that the table's rows do not have"
        yield from _unknown(reference.column, scope.table_plan.columns_by_name, message, where)
    elif reference.relation not in relations:
        yield from _unknown(reference.relation, relations, "refers to a relation that the table does not have", where)
    else:
        parent = scope.plan.tables_by_key.get(relations[reference.relation].parent_table)
        if parent is not None:
            message = f"refers to a column that '{parent.table}' does not have"
            yield from _unknown(reference.column, parent.columns_by_name, message, where)


def _unknown(name: str, known: Collection[str], message: str, where: str) -> Iterator[Diagnostic]:
    if name not in known:
        yield problem("PLAN117", where, message, name, closest_name(name, known))


def _relation_use(scope: TableScope, column_plan: ColumnPlan, leaf: Strategy, where: str) -> Iterator[Diagnostic]:
    """Yield relations that are there and do not suit the strategy that reads them."""
    relations = scope.table_plan.relations_by_name
    if isinstance(leaf, Ordinal) and (leaf.relation not in relations or relations[leaf.relation].fan_out.kind != "layout"):
        message = "an ordinal counts within a relation that is laid out in runs"
        yield problem("PLAN134", where, message, leaf.relation, "give that relation a `layout` fan-out")
    if isinstance(leaf, ForeignKeyValue) and leaf.relation in relations and column_plan.column not in relations[leaf.relation].columns:
        yield problem("PLAN117", where, "takes its value from a relation that it is no column of", leaf.relation)


def edges_of(table: TablePlan, column: ColumnPlan) -> set[Cell]:
    """Return the cells that one column's cells are computed from."""
    found: set[Cell] = {(table.table, n.column) for n in column.null_when}
    for reference in references_of(column.strategy):
        if reference.relation is None:
            found.add((table.table, reference.column))
        elif reference.relation in table.relations_by_name:
            found.add((table.relations_by_name[reference.relation].parent_table, reference.column))
    return found


def _cycles(plan: Plan) -> Iterator[Diagnostic]:
    """Yield one diagnostic per cycle (depth first, without recursion)."""
    graph = {(t.table, c.column): sorted(edges_of(t, c)) for t in plan.tables for c in t.columns}
    state: dict[Cell, int] = {}
    for root in graph:
        path: list[Cell] = []
        work: list[tuple[Cell, Iterator[Cell]]] = []
        if state.get(root):
            continue
        work, path, state[root] = [(root, iter(graph[root]))], [root], 1
        while work:
            cell, pending = work[-1]
            following = next((n for n in pending if n in graph), None)
            if following is None:
                state[cell] = 2
                work.pop()
                path.pop()
            elif state.get(following) == 1:
                loop = [*path[path.index(following) :], following]
                shown = " <- ".join(".".join(c) for c in loop)
                yield problem(
                    "PLAN123",
                    ".".join(following),
                    "is computed from itself",
                    shown[:200],
                    "let one of these columns have a strategy of its own",
                )
            elif not state.get(following):
                state[following] = 1
                work.append((following, iter(graph[following])))
                path.append(following)
