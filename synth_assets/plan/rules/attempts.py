"""Trying something on a draft: kept only when it proves the CHECK it is for and breaks nothing that held before."""

from collections.abc import Callable

from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.proofs import proves
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.schema.model import CheckConstraint


def is_proved(draft: TableDraft, check: CheckConstraint) -> bool:
    """Tell whether the draft as it is cannot violate a CHECK."""
    return proves(draft.table, draft.finish(), check, draft.setting.locale, draft.setting.as_of)


def is_acyclic(draft: TableDraft, before: dict[str, ColumnPlan]) -> bool:
    """Tell whether no column that was changed is computed from itself now."""
    return all(draft.may_compute(n, p.strategy) for n, p in draft.columns.items() if p is not before[n])


def attempt(draft: TableDraft, check: CheckConstraint, change: Callable[[], bool]) -> bool:
    """Change the draft; put it back and return False unless the CHECK is proved then, and so is every one that was before.

    Args:
        change: What to do; False when it cannot be done, whatever was changed on the way.
    """
    columns, relations = dict(draft.columns), dict(draft.relations)
    before = [c for c in draft.table.checks if c is not check and set(c.columns) & set(check.columns) and is_proved(draft, c)]
    if change() and is_acyclic(draft, columns) and is_proved(draft, check) and all(is_proved(draft, c) for c in before):
        return True
    draft.columns, draft.relations = columns, relations
    return False
