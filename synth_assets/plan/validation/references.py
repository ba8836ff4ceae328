"""Do references lead somewhere and end: columns and relations exist, nothing is computed from itself."""

from collections.abc import Iterator

from synth_assets.errors import Diagnostic, closest_name
from synth_assets.plan.model import ColumnPlan, Plan, TablePlan
from synth_assets.plan.strategies import Copy, Email, ForeignKeyValue, Fraction, Offset, Ordinal, Product, Reference, Strategy, Template
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
            case _:
                pass
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
    relations = scope.table_plan.relations_by_name
    own = scope.table_plan.columns_by_name
    for reference in references_of(column_plan.strategy):
        if reference.relation is None:
            if reference.column not in own:
                yield problem(
                    "PLAN117",
                    where,
                    "refers to a column that the table's rows do not have",
                    reference.column,
                    closest_name(reference.column, own),
                )
        elif reference.relation not in relations:
            yield problem(
                "PLAN117",
                where,
                "refers to a relation that the table does not have",
                reference.relation,
                closest_name(reference.relation, relations),
            )
        else:
            parent = scope.plan.tables_by_key.get(relations[reference.relation].parent_table)
            if parent is not None and reference.column not in parent.columns_by_name:
                yield problem(
                    "PLAN117",
                    where,
                    f"refers to a column that '{parent.table}' does not have",
                    reference.column,
                    closest_name(reference.column, parent.columns_by_name),
                )
    for condition in column_plan.null_when:
        if condition.column not in own:
            yield problem(
                "PLAN117",
                where,
                "null_when names a column that the table's rows do not have",
                condition.column,
                closest_name(condition.column, own),
            )
    for leaf in leaves(column_plan.strategy):
        if isinstance(leaf, Ordinal) and (leaf.relation not in relations or relations[leaf.relation].fan_out.kind != "layout"):
            yield problem(
                "PLAN134",
                where,
                "an ordinal counts within a relation that is laid out in runs",
                leaf.relation,
                "give that relation a `layout` fan-out",
            )
        if isinstance(leaf, ForeignKeyValue) and leaf.relation in relations and column_plan.column not in relations[leaf.relation].columns:
            yield problem("PLAN117", where, "takes its value from a relation that it is no column of", leaf.relation)


def edges_of(table: TablePlan, column: ColumnPlan) -> set[Cell]:
    """Return the cells that one column's cells are computed from."""
    found: set[Cell] = {(table.table, n.column) for n in column.null_when}
    for reference in references_of(column.strategy):
        if reference.relation is None:
            found.add((table.table, reference.column))
        elif reference.relation in table.relations_by_name:
            relation = table.relations_by_name[reference.relation]
            if relation.parent_table != table.table or relation.fan_out.kind != "earlier" or reference.column != column.column:
                found.add((relation.parent_table, reference.column))
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
