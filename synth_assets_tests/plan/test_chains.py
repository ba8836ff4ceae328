"""Ranges in order: every draw within them keeps every comparison, and there are ranges wherever there are values."""

from decimal import Decimal
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from synth_assets.plan.chains import Axis, Link, circles, components, split, tighten

NAMES = ("a", "b", "c", "d")
WHOLE = st.integers(-4, 8).map(Decimal)


@st.composite
def axes(draw: st.DrawFn) -> Axis:
    low = draw(WHOLE)
    values = draw(st.none() | st.lists(WHOLE, min_size=1, max_size=4, unique=True))
    if values:
        return Axis(min(values), max(values), values=tuple(values))
    return Axis(low, low + draw(st.integers(0, 5)), draw(st.sampled_from((Decimal(1), Decimal("0.5")))), is_fixed=draw(st.booleans()))


def values_of(axis: Axis) -> list[Decimal]:
    """All the values of a small axis."""
    if axis.values is not None:
        return [v for v in axis.values if axis.low <= v <= axis.high]
    return [axis.low + i * axis.step for i in range(int((axis.high - axis.low) / axis.step) + 1)]


def holds(link: Link, row: dict[str, Decimal]) -> bool:
    return row[link.before] < row[link.after] or (not link.strict and row[link.before] == row[link.after])


FORWARD = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.booleans()).filter(lambda t: t[0] < t[1]).map(lambda t: Link(*t)),
    min_size=1,
    max_size=4,
    unique=True,
).map(tuple)


@given(st.tuples(axes(), axes(), axes(), axes()), FORWARD)
def test_whatever_is_drawn_within_split_ranges_is_in_order(four: tuple[Axis, ...], links: tuple[Link, ...]) -> None:
    given_axes = dict(zip(NAMES, four, strict=True))
    found = split(given_axes, links)
    if found is not None:
        for values in product(*(values_of(found[n]) for n in NAMES)):
            assert all(holds(k, dict(zip(NAMES, values, strict=True))) for k in links)
        assert all(values_of(found[n]) and set(values_of(found[n])) <= set(values_of(given_axes[n])) for n in NAMES)
        assert all(found[n] == given_axes[n] for n in NAMES if given_axes[n].is_fixed)


@given(st.tuples(axes(), axes(), axes(), axes()), FORWARD)
def test_ranges_are_found_wherever_one_row_would_do_for_all_fixed_values(four: tuple[Axis, ...], links: tuple[Link, ...]) -> None:
    given_axes = dict(zip(NAMES, four, strict=True))
    fixed = [n for n in NAMES if given_axes[n].is_fixed]
    moving = [n for n in NAMES if n not in fixed]

    def suits(row: dict[str, Decimal]) -> bool:
        ends = product(*((given_axes[n].low, given_axes[n].high) for n in fixed))
        return all(holds(k, row | dict(zip(fixed, values, strict=True))) for values in ends for k in links)

    rows = (dict(zip(moving, values, strict=True)) for values in product(*(values_of(given_axes[n]) for n in moving)))
    possible = any(suits(row) for row in rows)
    assert (split(given_axes, links) is not None) == possible
    assert (tighten(given_axes, links) is not None) or not possible


def test_circles_and_components_are_told_in_a_fixed_order() -> None:
    links = (Link("c", "a", False), Link("a", "b", False), Link("b", "c", False), Link("x", "y", True))
    assert circles(("a", "b", "c", "x", "y"), links) == (("a", "b", "c"),)
    assert components(links) == (("a", "b", "c"), ("x", "y"))
    assert tighten({n: Axis(Decimal(0), Decimal(9)) for n in "abc"}, links[:3]) is None
