"""Unique indexes with a condition (`WHERE deleted_at IS NULL`) or over expressions (`lower(email)`): when a plan meets them.

Four ways: no row can meet the condition; only the first row of each parent can; a member is NULL in every row; or the
members are unique as if there were no condition, and stay distinct under the index's expressions.
"""

from collections.abc import Callable
from datetime import date

from synth_assets.plan.certainty import Situation, describe
from synth_assets.plan.index_expressions import Folded, folded_members, keeps_distinct, lacks_fields
from synth_assets.plan.model import Layout, TablePlan
from synth_assets.plan.proofs import never_holds
from synth_assets.plan.strategies import Categorical, Leading
from synth_assets.schema.model import Table, UniqueConstraint


def conditional_keys(table: Table) -> tuple[UniqueConstraint, ...]:
    """Return the unique indexes that `Table.unique_keys` leaves out, those of fewest members first."""
    found = (u for u in table.unique_constraints if u.expressions or u.predicate is not None)
    return tuple(sorted(found, key=lambda u: len(u.columns) + len(u.expressions)))


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
    if constraint.nulls_distinct and lacks_fields(constraint, {c.column: c.strategy for c in plan.columns}):
        return True
    if _only_leading_rows(table, plan, constraint, locale, today):
        return True
    return any(is_distinct_member(table, plan, folded, locale) for folded in folded_members(constraint))


def _has_no_parent(plan: TablePlan, column: str) -> bool:
    return any(r.columns == (column,) and r.null_fraction >= 1 for r in plan.relations)


def is_distinct_member(table: Table, plan: TablePlan, folded: Folded, locale: str) -> bool:
    """Tell whether a column is unique, and stays so behind the operations around it; COALESCE gives all its NULLs one value."""
    column = plan.columns_by_name.get(folded.column)
    if column is None or not column.unique:
        return False
    may_be_null = column.null_fraction or column.null_when or column.null_from is not None
    if folded.fills_null and table.column(folded.column).nullable and may_be_null:
        return False
    return keeps_distinct(column.strategy, folded, table.column(folded.column), locale)


def _only_leading_rows(table: Table, plan: TablePlan, constraint: UniqueConstraint, locale: str, today: date) -> bool:
    """Tell whether only the first row of each parent can meet the condition, and the index's columns tell those parents apart."""
    if constraint.predicate_tree is None:
        return False
    for column in plan.columns:
        leading = column.strategy
        if isinstance(leading, Leading) and _tells_parents_apart(plan, leading, constraint):
            others = column.model_copy(update={"strategy": Categorical(values=leading.values)})
            rest = plan.model_copy(update={"columns": tuple(others if c is column else c for c in plan.columns)})
            if never_holds(table, rest, constraint.predicate_tree, locale, today):
                return True
    return False


def _tells_parents_apart(plan: TablePlan, leading: Leading, constraint: UniqueConstraint) -> bool:
    if leading.relation is None:
        return True
    owner = plan.relations_by_name.get(leading.relation)
    if owner is None or not isinstance(owner.fan_out, Layout) or not set(owner.columns) <= set(constraint.columns):
        return False
    return constraint.nulls_distinct or not owner.may_lack
