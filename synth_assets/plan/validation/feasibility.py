"""What every table can hold: the DDL's limits, and those of the plan's own strategies where these reach less.

The one home of the arithmetic: `validate_plan` refuses by these verdicts, `synth inspect` shows them, and `fit` lowers row
counts to them.
"""

from collections.abc import Iterator
from math import prod

from synth_assets.errors import Diagnostic, Severity, SourcePosition, SynthAssetsError
from synth_assets.formats import count_of
from synth_assets.plan.capacity import capacity_of
from synth_assets.plan.ddl_limits import limits_of_ddl
from synth_assets.plan.limits import Limit, TableVerdict, verdict
from synth_assets.plan.model import SPELLED, OneToOne, Plan, Product, Relation
from synth_assets.plan.strategies import Constant, ForeignKeyValue, Sequence
from synth_assets.plan.validation.keys import is_guaranteed
from synth_assets.plan.validation.scope import TableScope, problem, scopes
from synth_assets.schema.model import Schema, Table
from synth_assets.schema.types import IntegerType


def judge_feasibility(schema: Schema, plan: Plan) -> tuple[TableVerdict, ...]:
    """Return the verdict on every table that schema and plan both have, in plan order."""
    rows = {t.key: plan.tables_by_key[t.key].row_count if t.key in plan.tables_by_key else 0 for t in schema.tables}
    spelled = {t.table: frozenset(c.column for c in t.columns if c.origin in SPELLED) for t in plan.tables}
    of_ddl = limits_of_ddl(schema, rows, spelled)
    of_children: dict[str, list[Limit]] = {}
    for scope in scopes(schema, plan):
        for parent, limit in _numbers_children_hold(scope):
            of_children.setdefault(parent, []).append(limit)
    return tuple(_judge(scope, of_ddl[scope.table.key], of_children.get(scope.table.key, [])) for scope in scopes(schema, plan))


def validate_feasibility(schema: Schema, plan: Plan) -> Iterator[Diagnostic]:
    """Yield an error for each limit that is below the rows of its table, and a warning for each table whose rows were lowered."""
    for found in judge_feasibility(schema, plan):
        yield from found.refusals
    for table in plan.tables:
        if table.lowered is not None:
            asked = table.lowered.asked_for
            message = f"has {count_of(table.row_count, 'row')} instead of the {asked:,} asked for: {table.lowered.because}"
            found_rows = count_of(asked, "row")
            yield problem("PLAN402", table.table, message, found_rows, table.lowered.hint, Severity.WARNING)


def _judge(scope: TableScope, of_ddl: tuple[Limit, ...], of_children: list[Limit]) -> TableVerdict:
    """Limits of the plan count for columns that the DDL has room in: a plan for too many rows says nothing of one for fewer."""
    rows = scope.table_plan.row_count
    known = {limit.about: limit.capacity for limit in sorted(of_ddl, key=lambda limit: -limit.capacity)}
    of_plan = [limit for limit in (*_plan_limits(scope), *of_children) if limit.capacity < rows <= known.get(limit.about, rows)]
    distinct = {(limit.about, limit.capacity): limit for limit in reversed(of_plan)}
    return verdict(scope.table.key, rows, (*of_ddl, *reversed(distinct.values())))


def _numbers_children_hold(scope: TableScope) -> Iterator[tuple[str, Limit]]:
    """Yield (parent, limit) where a parent counts beyond what a child's column of a smaller type holds."""
    for key in scope.table.foreign_keys if scope.table_plan.row_count else ():
        parent = scope.plan.tables_by_key.get(key.parent_table)
        for name, parent_name in zip(key.columns, key.parent_columns, strict=True):
            column = scope.table.columns_by_name.get(name)
            counted = parent.columns_by_name.get(parent_name) if parent else None
            if column is None or counted is None or not isinstance(column.type, IntegerType) or not isinstance(counted.strategy, Sequence):
                continue
            room = (column.type.high - counted.strategy.start) // max(1, counted.strategy.step) + 1
            reason = f"'{scope.table.key}.{name}' {column.sql_type} holds no number beyond {column.type.high:,}"
            suggestion = f"give '{scope.table.key}.{name}' the type of '{key.parent_table}.{parent_name}'"
            label = f"FOREIGN KEY ({', '.join(key.columns)}) of '{scope.table.key}'"
            yield key.parent_table, Limit("PLAN131", "plan", label, key.where, max(0, room), reason, suggestion, parent_name)


def _plan_limits(scope: TableScope) -> Iterator[Limit]:
    yield from _unique_columns(scope)
    for relation in scope.table_plan.relations:
        yield from _relation(scope, relation)
    if scope.table_plan.row_count > 1:
        for key in scope.table.unique_keys:
            if not is_guaranteed(scope, key) and not _is_exempt(scope, key):
                yield _unguaranteed(scope, key)


def _is_exempt(scope: TableScope, key: tuple[str, ...]) -> bool:
    """Tell whether a member is NULL in every row, so that no two rows are compared."""
    plans = scope.table_plan.columns_by_name
    firm = [u for u in scope.table.unique_constraints if u.columns == key and not u.nulls_distinct]
    return not firm and any(isinstance(s := plans[c].strategy, Constant) and s.value is None for c in key)


def _unique_columns(scope: TableScope) -> Iterator[Limit]:
    """Yield how many distinct values the strategies of unique columns have."""
    for column, plan in scope.columns:
        if not plan.unique or isinstance(plan.strategy, ForeignKeyValue):
            continue
        try:
            room = capacity_of(plan.strategy, column.type, scope.plan.locale)
        except (ValueError, SynthAssetsError):
            continue  # reported by validate_values
        if room is not None and (plan.null_from is None or room < plan.null_from):
            label, where = declared(scope.table, (column.name,))
            reason = f"strategy '{plan.strategy.kind}' gives {count_of(room, 'distinct value')} of {column.sql_type}"
            yield Limit("PLAN131", "plan", label, where, room, reason, "another strategy", column.name)


def _relation(scope: TableScope, relation: Relation) -> Iterator[Limit]:
    """Yield what a one-to-one key, or a product of parents, has room for."""
    parents, parent = scope.parent_rows(relation.parent_table), relation.parent_table
    label, where = declared(scope.table, relation.columns)
    about = relation.name if len(relation.columns) == 1 else f"({', '.join(relation.columns)})"
    if parents == 0:
        if relation.null_fraction < 1:
            reason = f"its rows need a parent, and '{parent}' has no row"
            yield Limit(
                "PLAN135",
                "plan",
                f"FOREIGN KEY ({', '.join(relation.columns)})",
                where,
                0,
                reason,
                f"for at least one row of '{parent}'",
                about,
            )
        return
    match relation.fan_out:
        case OneToOne() if not _may_do_without(scope, relation):
            reason = f"each '{parent}' has at most one '{scope.table.key}', and there are {parents:,}"
            yield Limit("PLAN131", "plan", label, where, parents, reason, f"for more of '{parent}'", about)
        case Product(group=group, sizes=sizes):
            reason = f"there are {' x '.join(f'{s:,}' for s in sizes)} combinations of parents"
            key = tuple(group.split(","))
            label, where = declared(scope.table, key)
            yield Limit("PLAN132", "plan", label, where, prod(sizes), reason, f"for more of '{parent}'", f"({', '.join(key)})")


def _may_do_without(scope: TableScope, relation: Relation) -> bool:
    """Tell whether rows for which no parent is left are simply without one: NULL, which their unique key exempts."""
    keys = [u for u in scope.table.unique_constraints if {*relation.columns} & {*u.columns}]
    return relation.may_lack and all(u.nulls_distinct for u in keys)


def _unguaranteed(scope: TableScope, key: tuple[str, ...]) -> Limit:
    label, where = declared(scope.table, key)
    room = max(1, _roomiest(scope, key))
    reason = "nothing in the plan keeps it unique beyond the values of its roomiest column"
    about = key[0] if len(key) == 1 else f"({', '.join(key)})"
    return Limit("PLAN133", "plan", label, where, room, reason, "make one of its columns unique", about)


def _roomiest(scope: TableScope, key: tuple[str, ...]) -> int:
    """Return the largest capacity of one member: what the key can hold when that member is unique alone."""
    rooms = [0]
    for column, plan in scope.columns:
        if column.name not in key:
            continue
        if isinstance(plan.strategy, ForeignKeyValue):
            relation = scope.table_plan.relations_by_name.get(plan.strategy.relation)
            rooms.append(scope.parent_rows(relation.parent_table) if relation else 0)
        else:
            try:
                rooms.append(capacity_of(plan.strategy, column.type, scope.plan.locale) or 0)
            except (ValueError, SynthAssetsError):
                continue
    return max(rooms)


def declared(table: Table, key: tuple[str, ...]) -> tuple[str, SourcePosition]:
    """Return the label and the place of the constraint that keeps columns unique, or else of the first column."""
    wanted = ", ".join(key)
    primary = table.primary_key
    if primary is not None and primary.columns == key:
        return f"PRIMARY KEY ({wanted})", primary.where
    for unique in table.unique_constraints:
        if unique.columns == key and not unique.expressions:
            return f"UNIQUE ({wanted})", unique.where
    column = table.columns_by_name.get(key[0])
    return f"unique ({wanted})", table.where if column is None else column.where
