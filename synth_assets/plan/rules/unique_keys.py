"""Every primary key and UNIQUE is met by construction: one column, one relation, or a product of them.

A key counts as guaranteed when a member is unique alone, when a OneToOne relation lies inside it, when an
owner's `Layout` and a sibling-distinct member (`Stride` or `Ordinal`) lie inside it, or a whole `Product`.
"""

import re
from collections.abc import Callable
from datetime import date
from math import prod

from synth_assets.plan.capacity import capacity_of
from synth_assets.plan.combinations import is_combined
from synth_assets.plan.matching import identifies, is_unique_among
from synth_assets.plan.model import Layout, Matching, OneToOne, Product, Relation, Stride
from synth_assets.plan.rules.check_domains import Domain, domain_of
from synth_assets.plan.rules.combinations import combine_alone, combine_siblings
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.rules.relations import layout, ratio
from synth_assets.plan.rules.requirements import pair_up, take_once
from synth_assets.plan.rules.unique_values import make_unique
from synth_assets.plan.strategies import Ordinal

DENSE_SHARE = 0.25
"""Share of all pairs of parents from which a junction enumerates the product instead of striding."""

SHORTEST_RUN_LIMIT = 8
SMALLEST_STRIDE_WINDOW = 64
ORDINAL_ORIGIN = date(2021, 1, 1)


def guarantee_unique_keys(draft: TableDraft) -> None:
    """Make every unique key of the table hold by construction, smaller keys first."""
    for key in sorted(draft.table.unique_keys, key=len):
        if not is_guaranteed(draft, key):
            guarantee_key(draft, key, at_any_rate=True)


def is_guaranteed(draft: TableDraft, key: tuple[str, ...]) -> bool:
    """Tell whether the members' plans alone make a column set unique."""
    if any(c not in draft.columns for c in key):
        return True  # a generated member: nothing of ours to vary; the checks judge it
    return any(draft.columns[c].unique for c in key) or _relations_guarantee(draft, key)


def _relations_guarantee(draft: TableDraft, key: tuple[str, ...]) -> bool:
    inside = relations_inside(draft, key)
    if is_unique_among(draft.relations.values(), key, draft.setting.schema):
        return True
    if is_combined(key, draft.columns, inside) or any(isinstance(r.fan_out, OneToOne) for r in inside):
        return True
    owners = {r.name for r in inside if isinstance(r.fan_out, Layout)}
    if any(isinstance(r.fan_out, Stride) and r.fan_out.owner in owners for r in inside):
        return True
    ordinals = [draft.strategy(c) for c in key]
    if any(isinstance(s, Ordinal) and s.relation in owners for s in ordinals):
        return True
    groups = {r.fan_out.group: len(r.fan_out.sizes) for r in inside if isinstance(r.fan_out, Product)}
    return any(sum(isinstance(r.fan_out, Product) and r.fan_out.group == g for r in inside) == n for g, n in groups.items())


def relations_inside(draft: TableDraft, key: tuple[str, ...]) -> list[Relation]:
    """Return the relations whose parents the members of the key tell apart, in the key's order."""
    inside = [r for r in draft.relations.values() if identifies(r, key, draft.setting.schema)]
    return sorted(inside, key=lambda r: min(key.index(c) for c in r.columns if c in key))


def guarantee_key(draft: TableDraft, key: tuple[str, ...], *, at_any_rate: bool = False) -> None:
    """Change the plans of a key's members so that it holds; `at_any_rate` even where that takes too few values."""
    inside = relations_inside(draft, key)
    if take_once(draft, inside) or pair_up(draft, key, inside):
        return
    inside = [r for r in inside if not isinstance(r.fan_out, Matching)]
    covered = {c for r in inside for c in r.columns}
    others = [draft.evidence(c) for c in key if c not in covered and draft.relation_of(c) is None]
    if inside and not others and len(inside) == 1:
        _one_to_one(draft, inside[0])
    elif len(inside) >= 2 and not others:
        _junction(draft, key, inside)
    elif len(key) == 1 and others:
        make_unique(draft, key[0], at_any_rate=at_any_rate)
    elif not inside and combine_alone(draft, others):
        return
    elif not _unique_member(draft, others, only_named=bool(inside)):
        _mixed(draft, key, inside, others)


def _fix(draft: TableDraft, relation: Relation, fan_out: OneToOne | Layout | Stride | Product, reason: str) -> None:
    exempt = isinstance(fan_out, OneToOne) or draft.nulls_exempt(relation.columns)
    share = relation.null_fraction if exempt else 0.0
    draft.relations[relation.name] = relation.model_copy(update={"fan_out": fan_out, "null_fraction": share, "reason": reason})


def _one_to_one(draft: TableDraft, relation: Relation) -> None:
    """Each parent at most once; where there are too few, and NULL exempts rows, the parents lie evenly among them."""
    parents, children = ratio(draft.setting.row_counts[relation.parent_table], draft.row_count)
    spread = parents < children and relation.null_fraction > 0 and draft.nulls_exempt(relation.columns)
    fan_out = OneToOne(parents=parents, children=children) if spread else OneToOne()
    _fix(draft, relation, fan_out, f"the key is unique, so each {relation.parent_table} has at most one")


def _junction(draft: TableDraft, key: tuple[str, ...], inside: list[Relation]) -> None:
    """Pairs (or more) of parents: a sparse junction strides under an owner, a dense one enumerates the product."""
    free = [r for r in inside if not isinstance(r.fan_out, Stride | Product | OneToOne)]
    counts = {r.name: draft.setting.row_counts[r.parent_table] for r in inside}
    owners = [r for r in inside if isinstance(r.fan_out, Layout)] or free[:1]
    best = max((r for r in free if r.name != owners[0].name), key=lambda r: counts[r.name], default=None) if owners else None
    if best is not None and draft.row_count <= DENSE_SHARE * counts[owners[0].name] * counts[best.name]:
        _stride(draft, owners[0], best, counts)
    elif len(free) == len(inside):
        _product(draft, key, inside, counts)
    else:
        _last_resort(draft, key)


def _stride(draft: TableDraft, owner: Relation, other: Relation, counts: dict[str, int]) -> None:
    run, parents = ratio(draft.row_count, counts[owner.name])
    limit = min(counts[other.name], max(SHORTEST_RUN_LIMIT, -(-4 * run // parents)))
    earlier = owner.fan_out.limit if isinstance(owner.fan_out, Layout) else None
    limit = min(limit, earlier) if earlier else limit
    p, c = ratio(counts[other.name], draft.row_count)
    _fix(draft, owner, layout(draft.row_count, counts[owner.name], limit), f"rows of one {owner.parent_table} lie together")
    stride = Stride(owner=owner.name, parents=p, children=c, floor=max(SMALLEST_STRIDE_WINDOW, limit))
    _fix(draft, other, stride, f"a different {other.parent_table} for each row of one {owner.parent_table}, so the pair is unique")


def _product(draft: TableDraft, key: tuple[str, ...], inside: list[Relation], counts: dict[str, int]) -> None:
    sizes = tuple(counts[r.name] for r in inside)
    for position, relation in enumerate(inside):
        fan_out = Product(group=",".join(key), sizes=sizes, position=position)
        _fix(draft, relation, fan_out, f"{draft.row_count:,} of the {prod(sizes):,} combinations, each at most once")


def _unique_member(draft: TableDraft, others: list[Evidence], *, only_named: bool) -> bool:
    """Make the member unique that looks like an identifier, or the roomiest one; True when one is."""
    if only_named:
        others = [e for e in others if e.kind == "uuid" or (e.ends("id", "uuid", "guid") and e.kind != "enum")]
    else:
        others = sorted(others, key=_room(draft), reverse=True)
    return any(make_unique(draft, e.name) for e in others)


def _room(draft: TableDraft) -> Callable[[Evidence], float]:
    def room(evidence: Evidence) -> float:
        size = capacity_of(draft.strategy(evidence.name), evidence.type, draft.setting.locale)
        return float("inf") if size is None else size

    return room


def _mixed(draft: TableDraft, key: tuple[str, ...], inside: list[Relation], others: list[Evidence]) -> None:
    """A parent and something of one's own (order and line number): count within the parent, or make a member unique."""
    owners = [r for r in inside if not isinstance(r.fan_out, Stride | Product)]
    counting = [e for e in others if e.kind in {"integer", "decimal"}] or [e for e in others if e.is_moment]
    if combine_siblings(draft, owners, others):
        return
    if owners and counting:
        _ordinal(draft, owners[0], counting[0])
    elif others and _unique_member(draft, others, only_named=False):
        return
    elif len(inside) >= 2:
        _junction(draft, key, inside)
    elif owners:
        _text_ordinal_or_single(draft, owners[0], others)
    else:
        _last_resort(draft, key)


def _ordinal(draft: TableDraft, owner: Relation, member: Evidence) -> None:
    existing = owner.fan_out if isinstance(owner.fan_out, Layout) else None
    parents, domain = draft.setting.row_counts[owner.parent_table], domain_of(draft.table, member.name, draft.setting.as_of)
    first, last = _counted(domain)
    longest = max(last - first + 1, -(-draft.row_count // max(1, parents))) if last is not None else None
    fan_out = existing or layout(draft.row_count, parents, longest)
    _fix(draft, owner, fan_out, f"rows of one {owner.parent_table} lie together")
    origin = ORDINAL_ORIGIN if member.is_moment else None
    strategy = Ordinal(relation=owner.name, start=1 if member.is_moment else first, origin=origin)
    reason = f"counts within each {owner.parent_table}, so the key is unique"
    draft.change(member.name, strategy=strategy, null_fraction=0.0, null_when=(), origin="ddl", because=reason)


def _counted(domain: Domain) -> tuple[int, int | None]:
    """Return the first and the last number that CHECKs let a count of siblings have: (1, None) where they say nothing."""
    low, high = (int(b) if b is not None and re.fullmatch(r"-?\d+", b) else None for b in (domain.low, domain.high))
    first = 1 if low is None else max(1, low + domain.low_strict)
    last = None if high is None else high - domain.high_strict
    return first, last if last is None or last >= first else None


def _text_ordinal_or_single(draft: TableDraft, owner: Relation, others: list[Evidence]) -> None:
    """A parent and a small set of values: one row a parent where rows allow, else a number written as text."""
    texts = [e for e in others if e.kind == "text"]
    if draft.row_count > draft.setting.row_counts[owner.parent_table] and texts:
        _ordinal(draft, owner, texts[0])
    else:
        _one_to_one(draft, owner)


def _last_resort(draft: TableDraft, key: tuple[str, ...]) -> None:
    """Make the roomiest free member unique; validation reports the key where none can be."""
    _unique_member(draft, [draft.evidence(c) for c in key if draft.is_free(c)], only_named=False)
