"""A unique column takes the whole of what it can hold where less does not do: negative numbers, both cases of letters, all days.

What it can hold is judged by its type and its CHECKs (`plan.narrowing`), as the limits are that a request is measured
by, so that the largest feasible request has its rows.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from synth_assets.plan.capacity import capacity_of
from synth_assets.plan.key_limits import alphabet_of
from synth_assets.plan.narrowing import narrowed_space
from synth_assets.plan.row_limits import must_have_value
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.strategies import Categorical, Constant, ForeignKeyValue, Number, Pattern, Sequence, Strategy, Temporal, Uuid
from synth_assets.plan.value_spaces import EPOCH, Listed, Ranged, Space, Worded
from synth_assets.schema.graph import is_nullable

_COUNTED = 2**61
"""Units that the engine can permute stay below this."""

_LISTED = 10_000
"""Numbers in several ranges are listed one by one up to so many."""

_LONGEST_CODE = 16
_NO_ROOM = "unique with fewer values than there are rows: the first rows have them, NULL exempts the others"
BECAUSE = "unique, so spread over all that the column can hold"


def widen_unique_columns(draft: TableDraft) -> None:
    """A unique column with too few values for the rows, or with values that its CHECKs forbid, takes the whole of its space."""
    for evidence in draft.evidences:
        plan = draft.columns[evidence.name]
        if not plan.unique or isinstance(plan.strategy, ForeignKeyValue | Uuid):
            continue
        space, rows = space_of(evidence), max(1, draft.row_count)
        if room_within(plan.strategy, space, evidence) >= rows:
            continue
        ways = [plan.strategy, *ways_within(space, evidence, rows)]
        chosen = next((w for w in ways if room_within(w, space, evidence) >= rows), None)
        chosen = chosen or max(ways, key=lambda w: room_within(w, space, evidence))
        if room_within(chosen, space, evidence) < rows and _may_be_null(draft, evidence):
            values = int(room_within(chosen, space, evidence))
            kept = {"strategy": chosen, "null_from": values} if values else {"strategy": Constant(), "unique": False}
            draft.change(evidence.name, null_fraction=0.0, null_when=(), because=_NO_ROOM, **kept)
        elif chosen != plan.strategy:
            draft.change(evidence.name, strategy=chosen, because=BECAUSE)


def _may_be_null(draft: TableDraft, evidence: Evidence) -> bool:
    """Tell whether NULL exempts a row from every unique key that holds the column, and nothing needs a value there."""
    if must_have_value(evidence.table, evidence.column) or evidence.name in _pointed_at(draft):
        return False
    return all(u.nulls_distinct for u in evidence.table.unique_constraints if evidence.name in u.columns)


def _pointed_at(draft: TableDraft) -> set[str]:
    """Return the columns that a key which may not be NULL points at: their children have no other value to take."""
    tables = draft.setting.schema.tables
    keys = [k for t in tables for k in t.foreign_keys if k.parent_table == draft.table.key and not is_nullable(t, k)]
    return {c for k in keys for c in k.parent_columns if c in draft.columns}


def space_of(evidence: Evidence) -> Space:
    """Return what a column can hold by its type and its CHECKs."""
    return narrowed_space(evidence.table, evidence.column, evidence.setting.schema.dialect).space


def room_within(strategy: Strategy, space: Space, evidence: Evidence) -> float:
    """Return how many distinct values a strategy has, all of them in the space; 0 where some are not."""
    room = capacity_of(strategy, evidence.type, evidence.setting.locale)
    size = float("inf") if room is None else float(room)
    if isinstance(space, Listed) and not space.boolean:
        inside = isinstance(strategy, Categorical) and set(strategy.values) <= set(space.values)
        return size if inside or isinstance(strategy, Constant) else 0
    if not isinstance(space, Ranged):
        return size
    match strategy:
        case Sequence(start=start, step=step) if space.unit == "number":
            unit = 10**space.scale
            end = next((high for low, high in space.ranges if low <= start * unit <= high), None)
            return 0 if end is None or step < 1 else min(size, (end - start * unit) // (step * unit) + 1)
        case Number(low=low, high=high) if space.unit == "number":
            first, last = low.scaleb(space.scale), high.scaleb(space.scale)
            return size if any(a <= first and last <= b for a, b in space.ranges) else 0
        case Temporal(low=first_day, high=last_day):
            begin, close = _tick(first_day, space), _tick(last_day, space) + _tick(EPOCH.date() + timedelta(days=1), space) - 1
            return size if any(a <= begin and close <= b for a, b in space.ranges) else 0
        case _:
            return size


def _tick(day: date, space: Ranged) -> int:
    days = (day - EPOCH.date()).days
    return days if space.unit == "day" else days * 86_400_000_000


def ways_within(space: Space, evidence: Evidence, rows: int) -> Iterator[Strategy]:
    """Yield strategies that reach more and more of a space."""
    match space:
        case Listed(values=values) if values:
            yield Categorical(values=values)
        case Ranged(unit="number"):
            yield from _numbers(space)
        case Ranged():
            yield from _moments(space, evidence, rows)
        case Worded(longest=int() as longest, binary=False) if 0 < longest <= _LONGEST_CODE and not _is_checked(evidence):
            letters = "[A-Za-z0-9]" if alphabet_of(evidence.column) > 36 else "[A-Z0-9]"
            yield Pattern(pattern=f"{letters}{{{longest}}}" if longest > 1 else letters)


def _is_checked(evidence: Evidence) -> bool:
    return any(evidence.name in check.columns for check in evidence.table.checks)


def _numbers(space: Ranged) -> Iterator[Strategy]:
    unit = 10**space.scale
    ranges = sorted(space.ranges, key=lambda r: r[0] - r[1])
    for low, high in ranges:
        first = -(-max(low, unit) // unit)
        if first * unit <= high:
            yield Sequence(start=first)
        if low > -(_COUNTED):
            yield Sequence(start=-(-low // unit))
    for low, high in ranges:
        within = max(low, 1 - _COUNTED), min(high, _COUNTED - 1)
        yield Number(low=Decimal(within[0]).scaleb(-space.scale), high=Decimal(within[1]).scaleb(-space.scale))
    if len(ranges) > 1 and sum(high - low + 1 for low, high in ranges) <= _LISTED:
        units = (u for low, high in space.ranges for u in range(low, high + 1))
        yield Categorical(values=tuple(str(Decimal(u).scaleb(-space.scale)) for u in units))


def _moments(space: Ranged, evidence: Evidence, rows: int) -> Iterator[Strategy]:
    """Days up to today as far back as there are rows, then all days that lie whole in a range."""
    today, a_day = evidence.setting.as_of, _tick(date(1970, 1, 2), space)
    for low, high in sorted(space.ranges, key=lambda r: r[0] - r[1]):
        first = max(-(-low // a_day), (date.min - EPOCH.date()).days)
        last = min((high + 1) // a_day - 1, (date.max - EPOCH.date()).days)
        if first > last:
            continue
        days = [EPOCH.date() + timedelta(days=d) for d in (first, last)]
        if days[0] <= today <= days[1] and (today - days[0]).days >= rows:
            yield Temporal(low=today - timedelta(days=rows - 1), high=today, time_of_day="any")
        yield Temporal(low=days[0], high=days[1], time_of_day="any")
