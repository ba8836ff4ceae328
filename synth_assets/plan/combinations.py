"""Keys that hold because their members together count through the product of their values: when a plan promises that."""

from collections.abc import Collection, Iterable, Mapping
from math import prod

from synth_assets.plan.model import ColumnPlan, Layout, Relation
from synth_assets.plan.strategies import Combination, Leading, Ordinal, Span

COUNTS_SIBLINGS = (Ordinal, Combination, Leading, Span)
"""Strategies whose value follows from a row's place among its siblings (or rows): that place, and no draw, keeps a constraint."""


def is_combined(key: Iterable[str], plans: Mapping[str, ColumnPlan], inside: Collection[Relation]) -> bool:
    """Tell whether members of a key are all of one combination, or begin a span, counted within a relation of `inside` or over all rows."""
    members = [s for c in key if c in plans and isinstance(s := plans[c].strategy, Combination)]
    owners = {r.name: r.fan_out for r in inside if isinstance(r.fan_out, Layout)}
    if any(isinstance(s := plans[c].strategy, Span) and s.edge != "end" and s.relation in (None, *owners) for c in key if c in plans):
        return True
    return any(_is_whole(m, members) and (m.relation is None or _holds_runs(m, owners.get(m.relation))) for m in members)


def _is_whole(member: Combination, members: list[Combination]) -> bool:
    same = [m for m in members if (m.group, m.sizes, m.relation) == (member.group, member.sizes, member.relation)]
    enough = all(not m.values or len(set(m.values)) >= m.sizes[m.position] for m in same if m.position < len(m.sizes))
    return enough and {m.position for m in same} >= set(range(len(member.sizes)))


def _holds_runs(member: Combination, owner: Layout | None) -> bool:
    return owner is not None and owner.limit is not None and owner.limit <= prod(member.sizes)


def room_of(member: Combination, parents: int | None) -> int:
    """Return how many rows a combination has room for: its product, for each of so many parents where it counts within one."""
    return prod(member.sizes) * (1 if member.relation is None or parents is None else parents)
