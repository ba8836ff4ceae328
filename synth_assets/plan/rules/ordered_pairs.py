"""Pairs of parents that a CHECK orders, `user_id < friend_id`, in a table that has each pair once.

Asked once it is settled how rows spread over parents, as a junction: the row of the larger key owns the pair, and passes over the
parents that have too few smaller ones; the smaller key takes parents before the owner's. Where most pairs are wanted, the pairs are
counted instead. Keys that grow with their rows (a `Sequence`) have the order of the rows.
"""

from math import ceil

from synth_assets.plan.model import Layout, Product, Relation, Stride
from synth_assets.plan.rules.check_domains import conjuncts
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.relations import ratio
from synth_assets.plan.strategies import Ordinal, Sequence
from synth_assets.schema.expressions import ColumnRef, Comparison

SLACK = 16
"""Runs are longer by one part in so many than they need be, so that tables that grow alike keep their rows."""


def keep_pairs_in_order(draft: TableDraft) -> None:
    """Let one of two keys of a junction name an earlier row than the other, where a CHECK asks for it."""
    for check in draft.table.checks:
        for atom in conjuncts(check.expression):
            match atom:
                case Comparison(operator="<" | "<=", left=ColumnRef(name=smaller), right=ColumnRef(name=larger)):
                    _put_in_order(draft, smaller, larger)
                case Comparison(operator=">" | ">=", left=ColumnRef(name=larger), right=ColumnRef(name=smaller)):
                    _put_in_order(draft, smaller, larger)


def _put_in_order(draft: TableDraft, smaller: str, larger: str) -> None:
    one, other = draft.relation_of(smaller), draft.relation_of(larger)
    if one is None or other is None or one.name == other.name or not _grow_alike(draft, one, other):
        return
    if isinstance(one.fan_out, Product) and isinstance(other.fan_out, Product) and one.fan_out.group == other.fan_out.group:
        if len(one.fan_out.sizes) == 2:
            _count_pairs(draft, one, other)
    elif _is_junction(draft, one, other) or _is_junction(draft, other, one):
        _own_smaller(draft, one, other)


def _grow_alike(draft: TableDraft, one: Relation, other: Relation) -> bool:
    """Tell whether two keys name rows of one table by a column whose values grow from row to row."""
    same = (one.parent_table, one.parent_columns) == (other.parent_table, other.parent_columns) and len(one.columns) == 1
    parent = draft.drafts.get(one.parent_table)
    apart = {one.differs_from, other.differs_from} - {None, one.name, other.name}
    if not same or parent is None or one.parent_columns[0] not in parent.columns or apart:
        return False
    strategy = parent.strategy(one.parent_columns[0])
    return isinstance(strategy, Sequence) and strategy.step > 0


def _is_junction(draft: TableDraft, owner: Relation, member: Relation) -> bool:
    """Tell whether a relation strides under the other, and nothing else of the table hangs on how its rows lie."""
    if not (isinstance(owner.fan_out, Layout) and isinstance(member.fan_out, Stride) and member.fan_out.owner == owner.name):
        return False
    others = [r for r in draft.relations.values() if r.name not in {owner.name, member.name}]
    counted = any(isinstance(s := c.strategy, Ordinal) and s.relation == owner.name for c in draft.columns.values())
    return not counted and not any(isinstance(r.fan_out, Stride) and r.fan_out.owner == owner.name for r in others)


def _own_smaller(draft: TableDraft, smaller: Relation, larger: Relation) -> None:
    parents = draft.setting.row_counts[larger.parent_table]
    runs = runs_beyond(draft.row_count, parents)
    if runs is None:
        _count_pairs(draft, smaller, larger)
        return
    stride = Stride(owner=larger.name, parents=1, children=1, floor=runs.offset, below=True)
    _change(draft, larger, runs, f"rows of one {larger.parent_table} lie together, after the first {runs.offset}")
    _change(draft, smaller, stride, f"a different {smaller.parent_table} before that of {larger.name} for each row: the CHECK says so")


def runs_beyond(children: int, parents: int) -> Layout | None:
    """Return runs of children that pass over as many parents as the longest run is long, or None where they do not fit.

    Where there are many parents only the ratio of the two counts matters, so that plans of tables that grow alike stay the same.
    """
    longest = max(8, ceil(4 * children / max(1, parents)))
    if parents >= (SLACK + 1) * longest:
        c, p = ratio(children * (SLACK + 1), parents * SLACK)
        return Layout(children=c, parents=p, limit=longest, offset=longest)
    for passed in range(1, parents):
        if passed >= ceil(children / (parents - passed)):
            c, p = ratio(children, parents - passed)
            return Layout(children=c, parents=p, limit=passed, offset=passed)
    return None


def _count_pairs(draft: TableDraft, smaller: Relation, larger: Relation) -> None:
    parents = draft.setting.row_counts[larger.parent_table]
    for position, relation in enumerate((smaller, larger)):
        fan_out = Product(group=f"{smaller.name}<{larger.name}", sizes=(parents, parents), position=position, ascending=True)
        pairs = parents * (parents - 1) // 2
        _change(draft, relation, fan_out, f"{draft.row_count:,} of the {pairs:,} pairs of {relation.parent_table}, in the CHECK's order")


def _change(draft: TableDraft, relation: Relation, fan_out: Layout | Stride | Product, reason: str) -> None:
    draft.relations[relation.name] = relation.model_copy(update={"fan_out": fan_out, "differs_from": None, "reason": reason})
    for column in relation.columns:
        draft.change(column, because=reason)
