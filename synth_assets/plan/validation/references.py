"""Do references lead somewhere and end: columns and relations exist, nothing is computed from itself."""

from collections.abc import Collection, Iterator

from synth_assets.errors import Diagnostic, closest_name
from synth_assets.plan.cells import (
    Cell,
    RelationsOf,
    aggregates_of,
    columns_read,
    follow,
    graph_of,
    leaves,
    references_of,
    shown_name,
)
from synth_assets.plan.model import ColumnPlan, Plan
from synth_assets.plan.strategies import Aggregate, AnyRow, Combination, ForeignKeyValue, Leading, Ordinal, Reference, Span, Strategy
from synth_assets.plan.validation.scope import TableScope, problem, scopes
from synth_assets.schema.generated import is_computable
from synth_assets.schema.model import Schema


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
    for aggregate in aggregates_of(column_plan.strategy):
        yield from _aggregate(scope, aggregate, where)
    for condition in column_plan.null_when:
        message = "null_when names a column that the table's rows do not have"
        yield from _unknown(condition.column, scope.table_plan.columns_by_name, message, where)
    for leaf in leaves(column_plan.strategy):
        if isinstance(leaf, AnyRow):
            yield from _any_row(scope, leaf, where)
        yield from _relation_use(scope, column_plan, leaf, where)


def _reference(scope: TableScope, reference: Reference, where: str) -> Iterator[Diagnostic]:
    """Yield a column or a relation that is not there; an unknown parent table is reported by validate_names."""
    if reference.relation is None:
        message = "refers to a column that the table's rows do not have"
        yield from _unknown(reference.column, scope.table_plan.columns_by_name, message, where)
        return
    try:
        path = follow(scope.table.key, reference.relation, _relations_of(scope.plan))
    except KeyError as error:
        relations = scope.table_plan.relations_by_name
        yield from _unknown(str(error.args[0]), relations, "refers to a relation that the table does not have", where)
        return
    parent = scope.plan.tables_by_key.get(path[-1].parent_table)
    if parent is not None:
        table = scope.schema.tables_by_key.get(parent.table)
        if table is None or not is_computable(table, reference.column):
            message = f"refers to a column that '{parent.table}' does not have"
            yield from _unknown(reference.column, parent.columns_by_name, message, where)


def _relations_of(plan: Plan) -> RelationsOf:
    return lambda table: plan.tables_by_key[table].relations_by_name if table in plan.tables_by_key else {}


def _aggregate(scope: TableScope, aggregate: Aggregate, where: str) -> Iterator[Diagnostic]:
    """Yield children that are not there, or that belong to another table."""
    children = scope.plan.tables_by_key.get(aggregate.table)
    if children is None:
        yield from _unknown(aggregate.table, scope.plan.tables_by_key, "adds up rows of a table that the plan does not have", where)
        return
    relation = children.relations_by_name.get(aggregate.relation)
    if relation is None:
        message = f"adds up by a relation that '{aggregate.table}' does not have"
        yield from _unknown(aggregate.relation, children.relations_by_name, message, where)
    elif relation.parent_table != scope.table.key:
        message = f"adds up rows of '{aggregate.table}' that belong to '{relation.parent_table}'"
        yield problem("PLAN117", where, message, aggregate.relation)
    for name in columns_read(aggregate):
        yield from _unknown(name, children.columns_by_name, f"adds up a column that '{aggregate.table}' does not have", where)


def _any_row(scope: TableScope, strategy: AnyRow, where: str) -> Iterator[Diagnostic]:
    rows = scope.plan.tables_by_key.get(strategy.table)
    if rows is None:
        yield from _unknown(strategy.table, scope.plan.tables_by_key, "takes rows of a table that the plan does not have", where)
    elif strategy.column not in rows.columns_by_name:
        yield from _unknown(strategy.column, rows.columns_by_name, f"takes a column that '{strategy.table}' does not have", where)
    elif rows.row_count == 0 and scope.table_plan.row_count:
        yield problem("PLAN135", where, f"takes rows of '{strategy.table}', which has none", "0 rows", "ask for at least one row of it")


def _unknown(name: str, known: Collection[str], message: str, where: str) -> Iterator[Diagnostic]:
    if name not in known:
        yield problem("PLAN117", where, message, name, closest_name(name, known))


def _relation_use(scope: TableScope, column_plan: ColumnPlan, leaf: Strategy, where: str) -> Iterator[Diagnostic]:
    """Yield relations that are there and do not suit the strategy that reads them."""
    relations = scope.table_plan.relations_by_name
    if isinstance(leaf, Ordinal | Combination | Leading | Span) and leaf.relation is not None:
        owner = relations.get(leaf.relation)
        if owner is None or owner.fan_out.kind != "layout":
            message = "rows are counted within a relation that is laid out in runs"
            yield problem("PLAN134", where, message, leaf.relation, "give that relation a `layout` fan-out")
    if isinstance(leaf, ForeignKeyValue) and leaf.relation in relations and column_plan.column not in relations[leaf.relation].columns:
        yield problem("PLAN117", where, "takes its value from a relation that it is no column of", leaf.relation)


def _cycles(plan: Plan) -> Iterator[Diagnostic]:
    """Yield one diagnostic per cycle (depth first, without recursion)."""
    graph = {cell: sorted(read) for cell, read in graph_of(plan).items()}
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
                shown = " <- ".join(shown_name(c) for c in loop)
                yield problem(
                    "PLAN123",
                    shown_name(following),
                    "is computed from itself",
                    shown[:200],
                    "let one of these columns have a strategy of its own",
                )
            elif not state.get(following):
                state[following] = 1
                work.append((following, iter(graph[following])))
                path.append(following)
