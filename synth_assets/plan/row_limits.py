"""Whether a table can have a row at all: CHECKs that contradict themselves, the type or NOT NULL, and parents without rows."""

from collections.abc import Iterator

from synth_assets.plan.key_limits import KeyTable
from synth_assets.plan.limits import Limit, name_of
from synth_assets.plan.narrowing import narrowed_space, restrict, without_not
from synth_assets.plan.value_spaces import Open, is_empty, space_of_type
from synth_assets.schema.expressions import ColumnRef, Comparison, IsNull
from synth_assets.schema.graph import is_nullable
from synth_assets.schema.model import CheckConstraint, Column, ForeignKey, Table


def limits_of_checks(scope: KeyTable) -> Iterator[Limit]:
    """Yield a limit of 0 rows for each column, or condition, that no row can meet."""
    for check in scope.table.checks:
        if is_empty(restrict(Open(), check.expression, "")):
            yield _never(check, "it is false for every row", "")
    for column in scope.table.stored_columns:
        if not must_have_value(scope.table, column):
            continue
        narrowed = narrowed_space(scope.table, column, scope.schema.dialect)
        if is_empty(narrowed.space) and narrowed.checks:
            yield _contradiction(scope, column, narrowed.checks)


def must_have_value(table: Table, column: Column) -> bool:
    """Tell whether a column is NOT NULL, by itself or by a CHECK that says nothing else."""
    if not column.nullable:
        return True
    wanted = IsNull(operand=ColumnRef(name=column.name), negated=True)
    return any(wanted in _all_of(check) for check in table.checks)


def _all_of(check: CheckConstraint) -> tuple[object, ...]:
    condition = without_not(check.expression)
    return (condition, *getattr(condition, "operands", ())) if condition.kind == "and" else (condition,)


def _contradiction(scope: KeyTable, column: Column, checks: tuple[CheckConstraint, ...]) -> Limit:
    last = checks[-1]
    alone = is_empty(restrict(space_of_type(column, scope.schema.dialect), last.expression, column.name))
    others = "" if alone else " together with " + " and ".join(f"{name_of(c)} ({c.where})" for c in checks[:-1])
    nothing = f"no value of '{column.name}' {column.sql_type} meets it{others}"
    return _never(last, nothing + (", and the column is NOT NULL" if not column.nullable else ", and NULL is not allowed"), column.name)


def _never(check: CheckConstraint, reason: str, about: str) -> Limit:
    return Limit("PLAN401", "check", name_of(check), check.where, 0, reason, "correct the CHECK", about)


def limits_of_parents(scope: KeyTable, causes: dict[str, Limit]) -> Iterator[Limit]:
    """Yield a limit of 0 rows for each key that needs a parent where there is none.

    Args:
        causes: Why a parent table cannot have a row, by its key.
    """
    for key in scope.table.foreign_keys:
        if key.parent_table not in scope.schema.tables_by_key or is_nullable(scope.table, key):
            continue
        label = f"FOREIGN KEY ({', '.join(key.columns)})"
        about = key.columns[0] if len(key.columns) == 1 else f"({', '.join(key.columns)})"
        if key.parent_table == scope.table.key:
            yield from _own_parent(scope, key, label, about)
        elif scope.rows[key.parent_table] == 0:
            cause = causes.get(key.parent_table)
            has = f"can have none: {cause.label} ({cause.where})" if cause else "has no row"
            reason = f"its rows need a parent, and '{key.parent_table}' {has}"
            fix = cause.suggestion if cause else f"for at least one row of '{key.parent_table}'"
            yield Limit("PLAN135", "foreign key", label, key.where, 0, reason, fix, about)
        elif scope.rows[key.parent_table] == 1:
            yield from _only_parent(scope, key, label, about)


def _only_parent(scope: KeyTable, key: ForeignKey, label: str, about: str) -> Iterator[Limit]:
    """Two keys that a CHECK tells apart both refer to the only row of their parent."""
    others = [
        k for k in scope.table.foreign_keys if k is not key and k.parent_table == key.parent_table and not is_nullable(scope.table, k)
    ]
    mine = dict(zip(key.columns, key.parent_columns, strict=True))
    pairs = [{c, d} for k in others for d, p in zip(k.columns, k.parent_columns, strict=True) for c in mine if mine[c] == p and c != d]
    for check in scope.table.checks:
        match check.expression:
            case Comparison(operator="<>", left=ColumnRef(name=left), right=ColumnRef(name=right)) if {left, right} in pairs:
                reason = f"'{key.parent_table}' has a single row, and {name_of(check)} ({check.where}) asks for two"
                fix = f"for at least 2 rows of '{key.parent_table}'"
                yield Limit("PLAN135", "foreign key", label, key.where, 0, reason, fix, about)


def _own_parent(scope: KeyTable, key: ForeignKey, label: str, about: str) -> Iterator[Limit]:
    """A single row that must refer to a row of its own table refers to itself; a CHECK may forbid that."""
    pairs = [{c, p} for c, p in zip(key.columns, key.parent_columns, strict=True)]
    for check in scope.table.checks:
        match check.expression:
            case Comparison(operator="<>", left=ColumnRef(name=left), right=ColumnRef(name=right)) if {left, right} in pairs:
                if scope.rows[scope.table.key] == 1:
                    reason = f"a single row could only refer to itself, which {name_of(check)} ({check.where}) forbids"
                    yield Limit("PLAN135", "foreign key", label, key.where, 0, reason, "for at least 2 rows", about)
