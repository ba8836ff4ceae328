"""Values in order: ranges for columns so that, whatever each is drawn within its own, all comparisons between them hold.

Moments are counted in days, so that one arithmetic serves numbers and dates.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from graphlib import CycleError, TopologicalSorter


@dataclass(frozen=True)
class Axis:
    """What one column can be: multiples of a step in [low, high], or listed values.

    Attributes:
        is_fixed: Its range is not to be changed: whatever it is, the others have to keep clear of all of it.
    """

    low: Decimal
    high: Decimal
    step: Decimal = Decimal(1)
    values: tuple[Decimal, ...] | None = None
    is_fixed: bool = False

    @property
    def is_empty(self) -> bool:
        return self.low > self.high

    @property
    def width(self) -> Decimal:
        return self.high - self.low + self.step

    def at_least(self, bound: Decimal, *, beyond: bool = False) -> Decimal | None:
        """Return the least value the column can have from a bound on, not the bound itself if `beyond`; None if there is none."""
        if self.values is not None:
            return min((v for v in self.values if v > bound or (v == bound and not beyond)), default=None)
        value = (bound / self.step).to_integral_value(rounding=ROUND_CEILING) * self.step
        return value + self.step if beyond and value == bound else value

    def at_most(self, bound: Decimal, *, beyond: bool = False) -> Decimal | None:
        """Return the greatest value up to a bound; the mirror of `at_least`."""
        mirrored = replace(self, values=None if self.values is None else tuple(-v for v in self.values))
        value = mirrored.at_least(-bound, beyond=beyond)
        return None if value is None else -value


@dataclass(frozen=True)
class Link:
    """`before` is less than `after`, or no more than it where not `strict`."""

    before: str
    after: str
    strict: bool


Axes = Mapping[str, Axis]


def order_of(names: tuple[str, ...], links: tuple[Link, ...]) -> tuple[str, ...] | None:
    """Return columns so that whatever comes before another stands before it; None for a circle."""
    sorter = TopologicalSorter({n: sorted({k.before for k in links if k.after == n}) for n in sorted(names)})
    try:
        return tuple(sorter.static_order())
    except CycleError:
        return None


def tighten(axes: Axes, links: tuple[Link, ...]) -> dict[str, Axis] | None:
    """Return the ranges without the values that no values of the others go with; None when a column has none left, or in a circle."""
    found, names = dict(axes), order_of(tuple(axes), links)
    if names is None:
        return None
    for name in names:
        for link in (k for k in links if k.after == name):
            lower = found[link.before]
            found[name] = _raised(found[name], lower.high if lower.is_fixed else lower.low, strict=link.strict)
    for name in reversed(names):
        for link in (k for k in links if k.before == name):
            upper = found[link.after]
            found[name] = _lowered(found[name], upper.low if upper.is_fixed else upper.high, strict=link.strict)
    return None if any(a.is_empty for a in found.values()) or any(found[n] != axes[n] for n in axes if axes[n].is_fixed) else found


def _raised(axis: Axis, bound: Decimal, *, strict: bool) -> Axis:
    low = axis.at_least(max(bound, axis.low), beyond=strict and bound >= axis.low)
    return replace(axis, low=axis.high + axis.step if low is None else low)


def _lowered(axis: Axis, bound: Decimal, *, strict: bool) -> Axis:
    high = axis.at_most(min(bound, axis.high), beyond=strict and bound <= axis.high)
    return replace(axis, high=axis.low - axis.step if high is None else high)


def split(axes: Axes, links: tuple[Link, ...]) -> dict[str, Axis] | None:
    """Return ranges in which every link holds for any values; None when there are none.

    Each column takes its share of what is left of its range: half when one more comes after it, a third when two do.
    """
    room, names = tighten(axes, links), order_of(tuple(axes), links)
    if room is None or names is None:
        return None
    found: dict[str, Axis] = {}
    for name in names:
        axis = room[name]
        for link in (k for k in links if k.after == name):
            axis = _raised(axis, found[link.before].high, strict=link.strict)
        if not axis.is_fixed and (later := _longest_path(name, links)):
            share = axis.low + (axis.high - axis.low) / (later + 1)
            axis = replace(axis, high=max(axis.low, axis.at_most(share) or axis.low))
        if axis.is_empty:
            return None
        found[name] = axis
    return found


def _longest_path(name: str, links: tuple[Link, ...]) -> int:
    return max((1 + _longest_path(k.after, links) for k in links if k.before == name), default=0)


def circles(names: tuple[str, ...], links: tuple[Link, ...]) -> tuple[tuple[str, ...], ...]:
    """Return the groups of columns of which each comes before each other: they can only be equal."""
    after = {n: set(_reached(n, links)) for n in names}
    groups = {tuple(sorted(m for m in after[n] if n in after[m])) for n in names if n in after[n]}
    return tuple(sorted(groups))


def components(links: tuple[Link, ...]) -> tuple[tuple[str, ...], ...]:
    """Return the groups of columns that links connect, whichever way round."""
    both = (*links, *(Link(k.after, k.before, k.strict) for k in links))
    return tuple(sorted({tuple(sorted({n, *_reached(n, both)})) for k in links for n in (k.before, k.after)}))


def _reached(name: str, links: tuple[Link, ...]) -> Iterator[str]:
    seen, waiting = set[str](), [k.after for k in links if k.before == name]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting += [k.after for k in links if k.before == current]
            yield current
