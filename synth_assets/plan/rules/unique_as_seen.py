"""Unique as the database sees it: values of unique text columns differ under the column's collation, and fit its character set.

Oracle takes an empty text for NULL, so that none may stand where NULL may not.
"""

from synth_assets.plan.distinctness import narrowed_to, stays_distinct
from synth_assets.plan.rules.check_domains import conjuncts
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.unique_keys import is_guaranteed
from synth_assets.plan.rules.unique_values import make_unique
from synth_assets.plan.strategies import Categorical
from synth_assets.schema.expressions import Expression, IsNull, columns_of
from synth_assets.schema.model import UniqueConstraint


def keep_texts_apart(draft: TableDraft) -> None:
    """Replace the strategy of each unique text column whose values the database would take for one another."""
    for evidence in draft.evidences:
        plan, seen = draft.columns[evidence.name], evidence.column.collation
        if evidence.kind != "text" or not plan.unique or stays_distinct(plan.strategy, draft.setting.locale, seen):
            continue
        narrowed = narrowed_to(plan.strategy, seen)
        draft.change(evidence.name, unique=False, strategy=narrowed or plan.strategy)
        make_unique(draft, evidence.name, at_any_rate=True)


def repeat_no_null(draft: TableDraft) -> None:
    """Give members of a key that takes NULLs for equal a value in every row, where the key does not hold without them."""
    for constraint in draft.table.unique_constraints:
        if constraint.nulls_distinct:
            continue
        filtered = {c for a in _conjuncts(constraint) if isinstance(a, IsNull) and a.negated for c in columns_of(a)}
        open_members = [c for c in constraint.columns if c in draft.columns and c not in filtered and _may_be_null(draft, c)]
        closed = tuple(c for c in constraint.columns if c not in open_members)
        if not open_members or (closed and is_guaranteed(draft, closed)):
            continue
        for name in open_members:
            _fill(draft, name)


def _conjuncts(constraint: UniqueConstraint) -> list[Expression]:
    return [] if constraint.predicate_tree is None else list(conjuncts(constraint.predicate_tree))


def _may_be_null(draft: TableDraft, name: str) -> bool:
    plan, relation = draft.columns[name], draft.relation_of(name)
    return bool(plan.null_fraction or plan.null_when or plan.null_from is not None or (relation is not None and relation.may_lack))


def _fill(draft: TableDraft, name: str) -> None:
    relation = draft.relation_of(name)
    because = f"{draft.columns[name].reason}; always there, for a unique key takes one NULL for another"
    if relation is not None and draft.setting.row_counts[relation.parent_table]:
        draft.relations[relation.name] = relation.model_copy(update={"null_fraction": 0.0})
    draft.change(name, null_fraction=0.0, null_when=(), null_from=None, because=because)


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
