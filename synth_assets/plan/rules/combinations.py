"""Members of a composite key that each have few values: their product is counted through, so that no combination comes twice.

`UNIQUE (user_id, channel)`: the rows of one user take different channels. `UNIQUE (kind, level)`: no parent, so all rows
share one count. The column keeps its own values; only their odds become alike.
"""

import re
from collections.abc import Sequence as Members
from dataclasses import dataclass
from datetime import date
from math import prod

from synth_assets.plan.distinctness import distinct_values
from synth_assets.plan.model import Attachment, Layout, Relation
from synth_assets.plan.rules.check_domains import domain_of
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.rules.relations import layout
from synth_assets.plan.strategies import Categorical, Combination, Constant, Number, Temporal, Vocabulary
from synth_assets.vocabulary import load_words

_LONGEST_LIST = 300
"""Words of a vocabulary are listed in the plan up to so many."""

_LARGEST_RANGE = 10**6
_COUNTS = ("number", "position", "order", "index", "line", "sequence", "rank", "step", "version", "ordinal")


@dataclass(frozen=True)
class _Values:
    """What a member can be: listed values, or `count` numbers or days from a first one."""

    count: int
    listed: tuple[str, ...] = ()
    start: int = 0
    origin: date | None = None


def combine_alone(draft: TableDraft, members: Members[Evidence]) -> bool:
    """Let members without a parent count through their product; False where one of them could be unique alone, or room lacks.

    Days that never repeat would lose their meaning, so a key with a day in it counts through whatever else can be counted. Only what
    members are decides, never how many rows.
    """
    if not all(_is_listed(draft, e) for e in members) and not any(e.kind == "date" for e in members):
        return False
    return _combine(draft, members, None, "counted through with the rest of the key, so that no combination comes twice")


def combine_siblings(draft: TableDraft, owners: Members[Relation], members: Members[Evidence]) -> bool:
    """Let the rows of one parent take different combinations of listed values; False where some member is not listed, or room lacks."""
    free = [r for r in owners if isinstance(r.fan_out, Layout | Attachment)]
    if not free or not members or not all(_is_listed(draft, e) for e in members):
        return False
    owner = free[0]
    return _combine(draft, members, owner, f"different for each row of one {owner.parent_table}, so that the key is unique")


def _is_listed(draft: TableDraft, evidence: Evidence) -> bool:
    """Tell whether a member has few values: a list, a truth value, or a number within the bounds of a CHECK that is no count of lines."""
    match draft.strategy(evidence.name):
        case Categorical() | Constant():
            return True
        case Number():
            domain = domain_of(draft.table, evidence.name, draft.setting.as_of)
            return domain.low is not None and domain.high is not None and not evidence.ends(*_COUNTS)
        case _:
            return False


def _combine(draft: TableDraft, members: Members[Evidence], owner: Relation | None, because: str) -> bool:
    found = [_values(draft, e) for e in members]
    values = [v for v in found if v is not None]
    whole = prod(v.count for v in values)
    parents = 1 if owner is None else draft.setting.row_counts[owner.parent_table]
    if len(values) != len(found) or draft.row_count > whole * parents or not all(draft.is_free(e.name) for e in members):
        return False
    if owner is not None:
        run = owner.fan_out.limit if isinstance(owner.fan_out, Layout) else None
        fan_out = layout(draft.row_count, parents, min(whole, run or whole))
        reason = f"rows of one {owner.parent_table} lie together"
        draft.relations[owner.name] = owner.model_copy(update={"fan_out": fan_out, "null_fraction": 0.0, "reason": reason})
    sizes, group = tuple(v.count for v in values), ",".join(e.name for e in members)
    for position, (evidence, value) in enumerate(zip(members, values, strict=True)):
        strategy = Combination(
            group=group,
            sizes=sizes,
            position=position,
            relation=owner.name if owner else None,
            values=value.listed,
            start=value.start,
            origin=value.origin,
        )
        if not draft.nulls_exempt((evidence.name,)):
            draft.change(evidence.name, null_fraction=0.0, null_when=())
        draft.change(evidence.name, strategy=strategy, origin="ddl", because=because)
    return True


def _values(draft: TableDraft, evidence: Evidence) -> _Values | None:
    """Return what a member's strategy can give, where that is few enough to count through and tells its values apart."""
    strategy = draft.strategy(evidence.name)
    match strategy:
        case Categorical(values=listed):
            return _listed(listed, evidence)
        case Constant(value=str() as value):
            return _listed((value,), evidence)
        case Vocabulary(name=name, locale=own) if not name.startswith(("templates.", "sentences.")) and evidence.kind == "text":
            words = load_words(name, own or draft.setting.locale).values
            return _listed(words, evidence) if len(words) <= _LONGEST_LIST else None
        case Number(low=low, high=high) if evidence.kind == "integer":
            first, last = _checked_bounds(draft, evidence) or (int(low), int(high))
            return _Values(last - first + 1, start=first) if last - first < _LARGEST_RANGE else None
        case Temporal(low=low, high=high, after=()) if evidence.kind == "date":
            return _Values((high - low).days + 1, origin=low)
        case _:
            return None


def _checked_bounds(draft: TableDraft, evidence: Evidence) -> tuple[int, int] | None:
    """Return the whole numbers that the CHECKs allow, where they say both bounds and nothing else."""
    domain = domain_of(draft.table, evidence.name, draft.setting.as_of)
    bounds = [int(b) for b in (domain.low, domain.high) if b is not None and re.fullmatch(r"-?\d{1,18}", b)]
    if len(bounds) != 2 or domain.excluded or domain.options:
        return None
    first, last = bounds[0] + domain.low_strict, bounds[1] - domain.high_strict
    return (first, last) if first <= last else None


def _listed(values: tuple[str, ...], evidence: Evidence) -> _Values | None:
    apart = distinct_values(values, evidence.column.collation) if evidence.kind == "text" else tuple(dict.fromkeys(values))
    short = [v for v in apart if evidence.max_length is None or len(v) <= evidence.max_length]
    return _Values(len(short), tuple(short)) if short else None
