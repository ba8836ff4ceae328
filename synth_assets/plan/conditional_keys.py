"""Unique indexes with a condition (`WHERE deleted_at IS NULL`) or over expressions (`lower(email)`): when a plan meets them.

Three ways: no row can meet the condition; a member is NULL in every row; or the members are unique as if there were
no condition, and stay distinct under the index's expressions.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date

from synth_assets.plan.certainty import Situation, describe
from synth_assets.plan.distinctness import CASE_AND_BLANKS, stays_distinct
from synth_assets.plan.model import TablePlan
from synth_assets.plan.proofs import never_holds
from synth_assets.schema.expressions import Call, ColumnRef, Expression, Literal, Opaque
from synth_assets.schema.model import Table, UniqueConstraint

_KNOWN_CALLS = frozenset({"lower", "upper", "trim", "coalesce", "md5"})
_MD5 = re.compile(r"\s*md5\s*\(\s*\(?\s*\"?(\w+)\"?\s*\)?\s*(?:::\s*\w+)?\s*\)\s*", re.IGNORECASE)


def conditional_keys(table: Table) -> tuple[UniqueConstraint, ...]:
    """Return the unique indexes that `Table.unique_keys` leaves out, those of fewest members first."""
    found = (u for u in table.unique_constraints if u.expressions or u.predicate is not None)
    return tuple(sorted(found, key=lambda u: len(u.columns) + len(u.expressions)))


def folded_members(constraint: UniqueConstraint) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield (column, functions around it) of every expression member that reads one column through known functions."""
    for tree in constraint.expression_trees:
        found = _folded(tree, frozenset())
        if found is not None:
            yield found


def _folded(tree: Expression, functions: frozenset[str]) -> tuple[str, frozenset[str]] | None:
    match tree:
        case ColumnRef(name=name):
            return name, functions
        case Call(function=function, arguments=(inner, *rest)) if function in _KNOWN_CALLS and all(isinstance(r, Literal) for r in rest):
            return _folded(inner, functions | {function})
        case Opaque(sql=sql) if found := _MD5.fullmatch(sql):
            return found[1], functions | {"md5"}
        case _:
            return None


def is_met(
    table: Table, plan: TablePlan, constraint: UniqueConstraint, guaranteed: Callable[[tuple[str, ...]], bool], locale: str, today: date
) -> bool:
    """Tell whether the plan meets a conditional key; `guaranteed` says whether plain columns are unique together."""
    if plan.row_count <= 1 or any(set(key) <= set(constraint.columns) for key in table.unique_keys):
        return True
    if constraint.predicate_tree is not None and never_holds(table, plan, constraint.predicate_tree, locale, today):
        return True
    whole = Situation(table, plan, locale, today)
    known = [c for c in constraint.columns if c in plan.columns_by_name]
    if constraint.nulls_distinct and any(describe(whole, c).null or _has_no_parent(plan, c) for c in known):
        return True
    if known and guaranteed(constraint.columns):
        return True
    return any(is_distinct_member(table, plan, name, functions, locale) for name, functions in folded_members(constraint))


def _has_no_parent(plan: TablePlan, column: str) -> bool:
    return any(r.columns == (column,) and r.null_fraction >= 1 for r in plan.relations)


def is_distinct_member(table: Table, plan: TablePlan, name: str, functions: frozenset[str], locale: str) -> bool:
    """Tell whether a column is unique under the functions around it; COALESCE gives all its NULLs one value."""
    column = plan.columns_by_name.get(name)
    if column is None or not column.unique:
        return False
    may_be_null = column.null_fraction or column.null_when or column.null_from is not None
    if "coalesce" in functions and table.column(name).nullable and may_be_null:
        return False
    return not functions & {"lower", "upper", "trim"} or stays_distinct(column.strategy, locale, CASE_AND_BLANKS)
