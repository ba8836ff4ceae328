"""Spans that an EXCLUDE keeps apart are cut out of slots: one slot a row, counted within a parent that the rows must agree on.

Where no such parent is, all rows share one count. Stays and appointments are short, memberships and periods long; the
latest of a parent's spans may still be open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from synth_assets.plan.exclusions import keeps_apart
from synth_assets.plan.model import Attachment, Layout, Relation
from synth_assets.plan.proofs import proves
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.rules.relations import layout, ratio
from synth_assets.plan.rules.text_forms import type_name
from synth_assets.plan.rules.unique_keys import is_guaranteed
from synth_assets.plan.strategies import Span
from synth_assets.schema.model import ExclusionConstraint

_SHORT = (
    "booking", "reservation", "occupancy", "stay", "appointment", "meeting", "shift", "lesson", "session", "slot", "event", "schedule",
    "visit", "class", "rental", "check in", "starts at", "start time",
)  # fmt: skip
"""Words of tables and columns whose spans last hours or days; any others last months."""

_SHORTEST_RUN = 8
_LONGEST_PAST_DAYS = 20 * 365
_HOURS_A_DAY = 24


@dataclass(frozen=True)
class _Size:
    """How long spans are: `unit`s from `shortest` to `longest`, one in each `step`; `days` is the step in days."""

    unit: Literal["seconds", "minutes", "hours", "days", "numbers"]
    step: int
    shortest: int
    longest: int
    days: float


_MOMENTS = (
    _Size("hours", 400 * _HOURS_A_DAY, 60 * _HOURS_A_DAY, 360 * _HOURS_A_DAY, 400),
    _Size("hours", 30 * _HOURS_A_DAY, 5 * _HOURS_A_DAY, 25 * _HOURS_A_DAY, 30),
    _Size("hours", _HOURS_A_DAY, 1, 4, 1),
    _Size("minutes", 60, 15, 45, 1 / 24),
    _Size("seconds", 60, 10, 50, 1 / 1440),
    _Size("seconds", 2, 1, 1, 1 / 43_200),
)
_DAYS = (_Size("days", 400, 60, 360, 400), _Size("days", 30, 5, 25, 30), _Size("days", 10, 1, 7, 10), _Size("days", 2, 1, 1, 2))
_NUMBERS = (_Size("numbers", 1000, 10, 900, 0), _Size("numbers", 2, 1, 1, 0))
_LONG, _BRIEF = 0, 2


def keep_spans_apart(draft: TableDraft) -> None:
    """Give the bounds of every excluded span their slots, unless the plan keeps the rows apart already."""
    ordered = sorted(draft.table.exclusions, key=_bounds)
    for bounds, same in groupby(ordered, key=_bounds):
        exclusions = list(same)
        if all(b in draft.columns and draft.is_free(b) for b in bounds) and not all(_is_met(draft, e) for e in exclusions):
            _separate(draft, exclusions)


def _bounds(exclusion: ExclusionConstraint) -> tuple[str, str]:
    return exclusion.interval.start, exclusion.interval.end


def _is_met(draft: TableDraft, exclusion: ExclusionConstraint) -> bool:
    setting = draft.setting
    return keeps_apart(draft.table, draft.finish(), exclusion, lambda key: is_guaranteed(draft, key), setting.locale, setting.as_of)


def _separate(draft: TableDraft, exclusions: Sequence[ExclusionConstraint]) -> None:
    """Try owners and ends in order; keep the first that meets the exclusions and loses no key and no CHECK."""
    columns, relations = dict(draft.columns), dict(draft.relations)
    keys = [k for k in draft.table.unique_keys if is_guaranteed(draft, k)]
    proved = _proved(draft)
    for owner in (*_owners(draft, exclusions), None):
        for is_open in (True, False):
            if not _write(draft, exclusions[0], owner, is_open=is_open):
                continue
            if all(_is_met(draft, e) for e in exclusions) and all(is_guaranteed(draft, k) for k in keys) and proved <= _proved(draft):
                return
            draft.columns, draft.relations = dict(columns), dict(relations)


def _proved(draft: TableDraft) -> set[int]:
    plan, setting = draft.finish(), draft.setting
    return {i for i, c in enumerate(draft.table.checks) if proves(draft.table, plan, c, setting.locale, setting.as_of)}


def _owners(draft: TableDraft, exclusions: Iterable[ExclusionConstraint]) -> list[Relation]:
    """Return the relations that rows which may not overlap all agree on: those laid out in runs first, then the best filled."""
    shared = set.intersection(*(set(e.columns) for e in exclusions))
    found = [r for r in draft.relations.values() if set(r.columns) <= shared and r.parent_table != draft.table.key]
    free = [r for r in found if isinstance(r.fan_out, Layout | Attachment) and draft.setting.row_counts[r.parent_table]]
    return sorted(free, key=lambda r: (not isinstance(r.fan_out, Layout), draft.setting.row_counts[r.parent_table], r.name))


def _write(draft: TableDraft, exclusion: ExclusionConstraint, owner: Relation | None, *, is_open: bool) -> bool:
    start, end = _bounds(exclusion)
    evidence = draft.evidence(end)
    brief = _is_brief(draft, evidence)
    if is_open and (brief or not (evidence.column.nullable or exclusion.interval.is_stored)):
        return False
    run = draft.row_count if owner is None else _lay_out(draft, owner)
    size = _size(draft.evidence(start), evidence, run, brief=brief)
    if size is None:
        return False
    span = Span(
        group=",".join(dict.fromkeys((start, end))),
        edge="both" if exclusion.interval.is_stored else "start",
        relation=owner.name if owner else None,
        unit=size.unit,
        step=size.step,
        shortest=size.shortest,
        longest=size.longest,
        origin=draft.setting.as_of,
        is_open=is_open and exclusion.interval.is_stored,
    )
    because = f"apart from the other spans {'of the same ' + owner.parent_table if owner else 'of the table'}"
    strategies = {start: span} if exclusion.interval.is_stored else {start: span, end: _end_of(span, is_open=is_open)}
    for name, strategy in strategies.items():
        draft.change(name, strategy=strategy, null_fraction=0.0, null_when=(), origin="ddl", because=because)
    return True


def _end_of(span: Span, *, is_open: bool) -> Span:
    return span.model_copy(update={"edge": "end", "is_open": is_open})


def _lay_out(draft: TableDraft, owner: Relation) -> int:
    """Let rows of one parent lie together, and return how many there are at most."""
    parents = draft.setting.row_counts[owner.parent_table]
    children, of = ratio(draft.row_count, parents)
    longest = max(_SHORTEST_RUN, -(-4 * children // of))
    limited = isinstance(owner.fan_out, Layout) and owner.fan_out.limit is not None
    fan_out = owner.fan_out if isinstance(owner.fan_out, Layout) and limited else layout(draft.row_count, parents, longest)
    reason = f"rows of one {owner.parent_table} lie together"
    draft.relations[owner.name] = owner.model_copy(update={"fan_out": fan_out, "reason": reason})
    return min(fan_out.limit or draft.row_count, draft.row_count)


def _is_brief(draft: TableDraft, evidence: Evidence) -> bool:
    return evidence.about(*_SHORT) is not None or any(e.says(*_SHORT) is not None for e in draft.evidences if e.is_moment)


def _size(start: Evidence, end: Evidence, run: int, *, brief: bool) -> _Size | None:
    """Return the longest spans of which so many fit into the last twenty years; the shortest there are where none do."""
    sizes = _sizes(start, end)
    if not sizes:
        return None
    wanted = sizes[min(_BRIEF if brief else _LONG, len(sizes) - 1) :]
    return next((s for s in wanted if run * s.days <= _LONGEST_PAST_DAYS and run * s.step < 2**31), wanted[-1])


def _sizes(start: Evidence, end: Evidence) -> tuple[_Size, ...]:
    kinds = {start.kind, end.kind}
    if kinds == {"unknown"}:
        name = type_name(start)
        return _DAYS if name == "daterange" else _MOMENTS if name in ("tsrange", "tstzrange") else _NUMBERS
    if "date" in kinds:
        return _DAYS if kinds <= {"date", "timestamp"} else ()
    return _MOMENTS if kinds == {"timestamp"} else _NUMBERS if kinds == {"integer"} else ()
