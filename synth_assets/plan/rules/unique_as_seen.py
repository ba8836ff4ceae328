"""Unique as the database sees it: values of unique text columns differ under the column's collation, and fit its character set.

Oracle takes an empty text for NULL, so that none may stand where NULL may not.
"""

from synth_assets.plan.distinctness import narrowed_to, stays_distinct
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.unique_values import make_unique
from synth_assets.plan.strategies import Categorical


def keep_texts_apart(draft: TableDraft) -> None:
    """Replace the strategy of each unique text column whose values the database would take for one another."""
    for evidence in draft.evidences:
        plan, seen = draft.columns[evidence.name], evidence.column.collation
        if evidence.kind != "text" or not plan.unique or stays_distinct(plan.strategy, draft.setting.locale, seen):
            continue
        narrowed = narrowed_to(plan.strategy, seen)
        draft.change(evidence.name, unique=False, strategy=narrowed or plan.strategy)
        make_unique(draft, evidence.name, at_any_rate=True)


def leave_out_empty_texts(draft: TableDraft) -> None:
    """Drop '' from the values of Oracle's columns: there it is NULL."""
    if draft.setting.schema.dialect != "oracle":
        return
    for evidence in draft.evidences:
        strategy = draft.strategy(evidence.name)
        if evidence.kind == "text" and isinstance(strategy, Categorical) and "" in strategy.values and len(strategy.values) > 1:
            pairs = [(v, w) for v, w in zip(strategy.values, strategy.weights or (1.0,) * len(strategy.values), strict=False) if v]
            weights = tuple(w for _, w in pairs) if strategy.weights else None
            because = f"{draft.columns[evidence.name].reason}; without '', which is NULL in Oracle"
            draft.change(evidence.name, strategy=Categorical(values=tuple(v for v, _ in pairs), weights=weights), because=because)
