"""How a strategy takes a small change: other shares of its values, a least and a greatest value, another shape; what else it does stays.

A dependence is kept where it can be: a case changes in each of its branches, a date counted from another date stays counted from it.
"""

import math
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from synth_assets.llm.plan_answers import number_shape
from synth_assets.plan.distributions import Distribution, Exponential, LogNormal, Normal, Uniform
from synth_assets.plan.model import ColumnPlan, TablePlan
from synth_assets.plan.strategies import Case, Categorical, Constant, Number, Offset, Strategy, Temporal
from synth_assets.schema.model import Column, Table
from synth_assets.schema.types import EnumType, TextType

_DAYS = {"days": 1.0, "hours": 1 / 24, "minutes": 1 / 1440, "seconds": 1 / 86400}
_MOST_SHARES = 60
_YEARS = timedelta(days=5 * 365)
"""Before the last day, where nothing says when dates of another table begin."""
_TRUTHS = {"true": "true", "t": "true", "1": "true", "yes": "true", "false": "false", "f": "false", "0": "false", "no": "false"}


class CannotTakeError(ValueError):
    """A strategy cannot take a change; the message ends the sentence `<column>: ...`."""


def share_values(shares: list[tuple[str, float]], column: Column, table: Table, plan: ColumnPlan) -> Strategy:
    """Return the column's strategy with these shares of its rows; values not named keep the rest in their present proportions.

    Args:
        shares: Values with shares of 1; percent are taken for shares of 100.
        column, table: As declared.
        plan: How the column is filled now.

    Raises:
        CannotTakeError: It holds no listed values, or one is none that it may hold.
    """
    _refuse_keys(plan, table)
    scale = 100 if sum(share for _, share in shares) > 1.5 else 1
    if len(shares) > _MOST_SHARES:
        raise CannotTakeError(f"{len(shares)} values are more than the {_MOST_SHARES} that can be given shares")

    def change(leaf: Strategy) -> Strategy:
        if isinstance(leaf, Categorical):
            known = dict(zip(leaf.values, leaf.weights or (1.0,) * len(leaf.values), strict=True))
        elif isinstance(leaf, Constant):
            known = {} if leaf.value is None else {leaf.value: 1.0}
        else:
            known = {}
        return _weigh([(_spelled(v, known, column, table), share / scale) for v, share in shares], known)

    return _in_each_branch(plan.strategy, change)


def _spelled(value: str, known: dict[str, float], column: Column, table: Table) -> str:
    """Return a value as the column holds it."""
    plain = value.strip().casefold()
    allowed = tuple(dict.fromkeys((*known, *(column.type.values if isinstance(column.type, EnumType) else ()))))
    found = next((v for v in allowed if v.casefold() == plain), None)
    if found is not None:
        return found
    if column.type.kind == "boolean" and plain in _TRUTHS:
        return _TRUTHS[plain]
    held = isinstance(column.type, EnumType) or column.type.kind == "boolean" or any(column.name in c.columns for c in table.checks)
    if held or not isinstance(column.type, TextType):
        listed = ", ".join(allowed[:8]) or "not listed"
        raise CannotTakeError(f"{value!r} is none of the values it holds ({listed})")
    return value


def _weigh(shares: list[tuple[str, float]], known: dict[str, float]) -> Categorical:
    """Return the values with their shares, in their present order, so that as few rows as possible change."""
    asked: dict[str, float] = {}
    for value, share in shares:
        asked[value] = asked.get(value, 0.0) + share
    others = {v: w for v, w in known.items() if v not in asked and w > 0}
    given, rest = sum(asked.values()), sum(others.values())
    if given <= 0 and not others:
        raise CannotTakeError("no value would be left")
    if not others and given < 0.995:
        raise CannotTakeError(f"the shares come to {given:.0%}, and nothing says what the other rows hold")
    left = max(0.0, 1.0 - given) if others else 0.0
    weights = {v: asked[v] if v in asked else left * others.get(v, 0.0) / rest if rest else 0.0 for v in dict.fromkeys((*known, *asked))}
    kept = {v: w for v, w in weights.items() if w > 1e-9}
    total = sum(kept.values())
    return Categorical(values=tuple(kept), weights=tuple(round(w / total, 6) or 1e-6 for w in kept.values()))


def limit_strategy(low: str | None, high: str | None, column: Column, plan: TablePlan, now: ColumnPlan, today: date) -> Strategy:
    """Return the column's strategy within a least and a greatest value; None leaves that end.

    Args:
        low, high: Numbers, or days as YYYY-MM-DD.
        column, now: As declared, and as it is filled now.
        plan: The table's.
        today: The last day of dates that have no other end.

    Raises:
        CannotTakeError: It holds no numbers or dates, is computed, or is within the limits already.
    """
    if column.type.kind in {"integer", "decimal", "float"}:
        ends = _number(low), _number(high)
        _refuse_reversed(*ends)
        change: Callable[[Strategy], Strategy] = lambda leaf: _limit_number(leaf, *ends)  # noqa: E731
    elif column.type.kind in {"date", "timestamp"}:
        days = _day(low), _day(high)
        _refuse_reversed(*days)
        change = lambda leaf: _limit_days(leaf, *days, plan, today)  # noqa: E731
    else:
        raise CannotTakeError("it holds neither numbers nor dates, so it has no least and no greatest value")
    changed = _in_each_branch(now.strategy, change)
    if changed == now.strategy:
        raise CannotTakeError(f"it is within these limits already ({' to '.join(filter(None, (low and f'from {low}', high and high)))})")
    return changed


def _limit_number(leaf: Strategy, low: Decimal | None, high: Decimal | None) -> Strategy:
    if isinstance(leaf, Constant) and leaf.value is not None:
        within = _clip(Decimal(leaf.value), Decimal(leaf.value), low, high)[0] == Decimal(leaf.value)
        if within:
            return leaf
    if not isinstance(leaf, Number):
        raise CannotTakeError(_computed(leaf))
    first, last = _clip(leaf.low, leaf.high, low, high)
    return leaf.model_copy(update={"low": first, "high": last, "distribution": _fit_shape(leaf.distribution, float(first), float(last))})


def _limit_days(leaf: Strategy, low: date | None, high: date | None, plan: TablePlan, today: date) -> Strategy:
    match leaf:
        case Temporal():
            first, last = _clip(leaf.low, leaf.high, low, high)
            return leaf.model_copy(update={"low": first, "high": last})
        case Offset():
            return _limit_offset(leaf, low, high, plan, today)
        case _:
            raise CannotTakeError(_computed(leaf))


def _limit_offset(offset: Offset, low: date | None, high: date | None, plan: TablePlan, today: date) -> Strategy:
    """Narrow what is added to the other date, so that the sum keeps the limits whatever that date is; else draw the date by itself.

    A date counted forward from another table's is drawn within the limits, and still never before that one.
    """
    base = _days_of(offset, plan)
    if base is None:
        if offset.low < 0:
            raise CannotTakeError("it is counted back from a date of another table; change that one")
        last = high or offset.maximum or today
        return Temporal(low=low or last - _YEARS, high=max(last, low or last), after=(offset.base, *offset.after))
    per_day = 1 / _DAYS[offset.unit]
    first, last = (base[0] + timedelta(days=_whole(offset.low / per_day)), base[1] + timedelta(days=_whole(offset.high / per_day)))
    if (low is None or first >= low) and (high is None or last <= high):
        return offset
    least = offset.low if low is None else max(offset.low, math.ceil((low - base[0]).days * per_day))
    most = offset.high if high is None else min(offset.high, math.floor((high - base[1]).days * per_day))
    if least <= most:
        return offset.model_copy(update={"low": least, "high": most})
    first, last = _clip(first, last, low, high)
    return Temporal(low=first, high=last, after=(offset.base, *offset.after) if offset.low >= 0 else ())


def _days_of(offset: Offset, plan: TablePlan) -> tuple[date, date] | None:
    """Return the first and the last day that an offset is counted from; None where another table decides."""
    if offset.base.relation is not None or offset.after:
        return None
    base = plan.columns_by_name[offset.base.column].strategy
    match base:
        case Temporal(low=low, high=high):
            return low, high
        case Offset():
            inner = _days_of(base, plan)
            per_day = _DAYS[base.unit]
            days = (timedelta(days=_whole(base.low * per_day)), timedelta(days=_whole(base.high * per_day)))
            return None if inner is None else (inner[0] + days[0], inner[1] + days[1])
        case _:
            return None


def change_shape(shape: str | None, typical: float | None, now: ColumnPlan) -> Strategy:
    """Return the column's strategy with its numbers spread otherwise over the same range. Raises CannotTakeError."""

    def change(leaf: Strategy) -> Strategy:
        if isinstance(leaf, Constant) and isinstance(now.strategy, Case):
            return leaf  # What is always so in some rows stays so.
        if not isinstance(leaf, Number):
            raise CannotTakeError(_computed(leaf))
        low, high = float(leaf.low), float(leaf.high)
        if typical is not None and not low < typical < high:
            raise CannotTakeError(f"{typical:g} is not between its least {low:g} and its greatest {high:g}; say what those shall be")
        return leaf.model_copy(update={"distribution": number_shape(shape or "normal", typical, low, high)})

    changed = _in_each_branch(now.strategy, change)
    if changed == now.strategy:
        raise CannotTakeError("it is spread so already")
    return changed


def _fit_shape(shape: Distribution, low: float, high: float) -> Distribution:
    """Return a distribution that has its weight within the range."""
    match shape:
        case Normal(mean=mean) if not low < mean < high:
            return Normal(mean=(low + high) / 2, standard_deviation=max((high - low) / 6, 1e-9))
        case LogNormal(median=median) if not low < median < high:
            return Uniform()
        case Exponential(mean=mean) if mean > (high - low) / 2 > 0:
            return Exponential(mean=(high - low) / 2)
        case _:
            return shape


def _clip(first: Any, last: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """Return the part of [first, last] (numbers or days) within the limits; a range wholly outside is moved inside, as long as it is."""
    span = last - first
    if low is not None and last < low:
        last = low + span if high is None else min(low + span, high)
    if high is not None and first > high:
        first = high - span if low is None else max(high - span, low)
    return first if low is None else max(first, low), last if high is None else min(last, high)


def _in_each_branch(strategy: Strategy, change: Callable[[Strategy], Strategy]) -> Strategy:
    if not isinstance(strategy, Case):
        return change(strategy)
    branches = tuple(b.model_copy(update={"strategy": _in_each_branch(b.strategy, change)}) for b in strategy.branches)
    return strategy.model_copy(update={"branches": branches, "otherwise": _in_each_branch(strategy.otherwise, change)})


def _refuse_keys(plan: ColumnPlan, table: Table) -> None:
    if plan.unique or any(plan.column in key for key in table.unique_keys):
        raise CannotTakeError("it is a key, or unique: no share of its rows can hold one value")
    if any(plan.column in key.columns for key in table.foreign_keys):
        raise CannotTakeError("it refers to another table: which rows it names cannot be given shares")


def _refuse_reversed(low: Decimal | date | None, high: Decimal | date | None) -> None:
    if low is not None and high is not None and low > high:  # type: ignore[operator]  # both are of one kind
        raise CannotTakeError(f"the least value {low} is above the greatest {high}")


def _computed(leaf: Strategy) -> str:
    if isinstance(leaf, Constant):
        return f"it is always {leaf.value or 'NULL'} in some rows; say in which it shall differ"
    return f"it is not drawn from a range of its own ({leaf.kind}); change what it is computed from"


def _number(text: str | None) -> Decimal | None:
    try:
        value = None if text is None else Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        raise CannotTakeError(f"{text!r} is no number") from None
    if value is not None and not (value.is_finite() and abs(value) < Decimal(10) ** 30):
        raise CannotTakeError(f"{text!r} is no number that a column holds")
    return value


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise CannotTakeError(f"{text!r} is no day; days are written YYYY-MM-DD") from None


def _whole(days: float) -> int:
    return math.ceil(days) if days > 0 else math.floor(days)
