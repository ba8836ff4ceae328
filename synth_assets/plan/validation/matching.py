"""Do relations that must agree with others hold together: what they compare exists, and every row will find a parent."""

from collections.abc import Iterator, Mapping
from functools import partial

from synth_assets.errors import Diagnostic, closest_name
from synth_assets.plan.cells import follow
from synth_assets.plan.matching import is_certain, requirements_of
from synth_assets.plan.model import ColumnPlan, Layout, Matching, OneToOne, Plan, Relation, Requirement
from synth_assets.plan.strategies import Categorical, Constant, ForeignKeyValue, Reference
from synth_assets.plan.validation.scope import TableScope, problem, scopes
from synth_assets.schema.model import Schema


def validate_matching(schema: Schema, plan: Plan) -> Iterator[Diagnostic]:
    """Yield matching relations that are not whole, or that may leave a row without the parent it needs."""
    required = {(r.table, r.relation) for table in plan.tables for _, r in requirements_of(table.relations)}
    for scope in scopes(schema, plan):
        for relation in scope.table_plan.relations:
            if isinstance(relation.fan_out, Matching):
                yield from _whole(scope, relation, relation.fan_out)
                yield from _found(scope, relation, relation.fan_out, (scope.table.key, relation.name) in required)
        for relation, requirement in requirements_of(scope.table_plan.relations):
            yield from _requirement(scope, relation, requirement)


def _whole(scope: TableScope, relation: Relation, matching: Matching) -> Iterator[Diagnostic]:
    where = f"{scope.table.key}.{relation.name}"
    parent = scope.plan.tables_by_key.get(relation.parent_table)
    columns = parent.columns_by_name if parent else {}
    for name in (*(c.parent_column for c in matching.conditions), *matching.not_null):
        if parent is not None and name not in columns:
            yield problem("PLAN212", where, f"compares a column that '{parent.table}' does not have", name, closest_name(name, columns))
    values = [(scope.table.key, c.value) for c in matching.conditions]
    for start, value in (*values, *((relation.parent_table, v) for r in matching.requires for v in r.values)):
        if (missing := _missing_step(scope, start, value)) is not None:
            yield problem("PLAN212", where, f"compares with what '{start}' does not lead to", missing)
    if matching.earlier and relation.parent_table != scope.table.key:
        yield problem("PLAN212", where, "only a relation to its own table can pick earlier rows", relation.parent_table)
    if matching.distinct_within is not None:
        owner = scope.table_plan.relations_by_name.get(matching.distinct_within)
        laid_out = owner is not None and isinstance(owner.fan_out, Layout) and owner.fan_out.limit is not None
        paired = (
            owner is not None and isinstance(owner.fan_out, Matching) and any(r.relation == relation.name for r in owner.fan_out.requires)
        )
        if not (laid_out or paired):
            message = "siblings that differ need an owner laid out in runs with a limit, or one that requires this relation"
            yield problem("PLAN212", where, message, matching.distinct_within)
    if matching.once and any(not _is_constant(scope, c.value.column, c.value.relation) for c in matching.conditions):
        yield problem("PLAN212", where, "parents are taken one by one only where all rows agree on what they compare", relation.name)


def _missing_step(scope: TableScope, start: str, value: Reference) -> str | None:
    """Return the relation or column at which a reference from a table leads nowhere; None where it arrives."""
    try:
        path = follow(start, value.relation, partial(_relations_of, scope)) if value.relation else ()
    except KeyError as error:
        return str(error.args[0])
    end = scope.schema.tables_by_key.get(path[-1].parent_table if path else start)
    return None if end is not None and value.column in end.columns_by_name else value.column


def _relations_of(scope: TableScope, table: str) -> Mapping[str, Relation]:
    return scope.plan.tables_by_key[table].relations_by_name if table in scope.plan.tables_by_key else {}


def _plan_of(scope: TableScope, table: str, column: str) -> ColumnPlan | None:
    return scope.plan.tables_by_key[table].columns_by_name.get(column) if table in scope.plan.tables_by_key else None


def _is_constant(scope: TableScope, column: str, relation: str | None) -> bool:
    plan = scope.table_plan.columns_by_name.get(column)
    if relation is not None or plan is None:
        return False
    return isinstance(plan.strategy, Constant) or (isinstance(plan.strategy, Categorical) and len(set(plan.strategy.values)) == 1)


def _is_referred_back_to(scope: TableScope, relation: Relation, matching: Matching) -> bool:
    """Tell whether the parent's rows have what is compared from this table, each of whose rows has one of them at least."""
    for back in _relations_of(scope, relation.parent_table).values():
        is_even = isinstance(back.fan_out, OneToOne) or (isinstance(back.fan_out, Layout) and back.fan_out.sigma == 0)
        if back.parent_table != scope.table.key or back.may_lack or not is_even:
            continue
        plans = [_plan_of(scope, relation.parent_table, c.parent_column) for c in matching.conditions]
        own = [c.value.column for c in matching.conditions if c.value.relation is None]
        wanted = [ForeignKeyValue(relation=back.name, parent_column=c) for c in own]
        if [p.strategy for p in plans if p is not None] == wanted and len(wanted) == len(plans):
            return scope.parent_rows(relation.parent_table) >= scope.table_plan.row_count
    return False


def _found(scope: TableScope, relation: Relation, matching: Matching, required: bool) -> Iterator[Diagnostic]:
    """A row that needs a parent must find one: by a requirement, or because all rows agree on constants."""
    if matching.earlier or required or scope.table_plan.row_count == 0 or scope.parent_rows(relation.parent_table) == 0:
        return
    if is_certain(scope.table.key, relation, partial(_relations_of, scope), partial(_plan_of, scope)):
        return
    if _is_referred_back_to(scope, relation, matching):
        return
    given = [c.column for c in scope.table_plan.columns if isinstance(c.strategy, ForeignKeyValue) and c.strategy.relation == relation.name]
    is_open = any(scope.table.column(c).nullable for c in given if c in scope.table.columns_by_name)
    if is_open or all(_is_constant(scope, c.value.column, c.value.relation) for c in matching.conditions):
        return
    shared = ", ".join(c.value.column for c in matching.conditions)
    message = f"nothing sees to it that '{relation.parent_table}' has a row that agrees with every row on {shared}"
    hint = f"let one key hold the other's columns, or let a column of ({', '.join(relation.columns)}) be NULL"
    yield problem("PLAN211", f"{scope.table.key}.{relation.name}", message, relation.name, hint)


def _requirement(scope: TableScope, relation: Relation, requirement: Requirement) -> Iterator[Diagnostic]:
    where = f"{scope.table.key}.{relation.name}"
    table = scope.plan.tables_by_key.get(requirement.table)
    other = table.relations_by_name.get(requirement.relation) if table else None
    if other is None or not isinstance(other.fan_out, Matching):
        found = f"{requirement.table}.{requirement.relation}"
        yield problem("PLAN212", where, "requires a relation that is not there, or that matches nothing", found)
    elif len(other.fan_out.conditions) != len(requirement.values):
        message = "gives a required relation another number of values than it compares"
        yield problem("PLAN212", where, message, str(len(requirement.values)), f"it compares {len(other.fan_out.conditions)}")
