"""Values that follow from other columns of the row or of its parent: offsets, fractions, products, copies."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.casting import (
    MICROSECONDS_A_DAY,
    convert,
    from_microseconds,
    from_units,
    scale_of,
    to_units,
    unit_limits,
    with_nulls,
)
from synth_assets.engine.failures import failure
from synth_assets.engine.registry import kernel
from synth_assets.engine.rows import Mask, RowSet
from synth_assets.engine.strategies.numbers import draw_units
from synth_assets.engine.strategies.temporal import draw_between, draw_seconds, end_of, latest
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.strategies import Copy, Fraction, Offset, Product, Reference, Strategy

MICROSECONDS = {"seconds": 1_000_000, "minutes": 60_000_000, "hours": 3_600_000_000, "days": MICROSECONDS_A_DAY}
FRACTION_DIGITS = 6
_COUNTED = 2**62


@kernel("copy")
def draw_copy(rows: RowSet, plan: ColumnPlan, strategy: Copy) -> pa.Array:
    """Take over another column's value."""
    return convert(rows.reference(strategy.base), rows.table.column(plan.column).type)


@kernel("offset")
def draw_offset(rows: RowSet, plan: ColumnPlan, strategy: Offset) -> pa.Array:
    """Move a date or timestamp by a drawn amount, never across its base, never past `maximum` unless the base is."""
    logical = rows.table.column(plan.column).type
    base, missing = latest(rows, (strategy.base, *strategy.after))
    amount = draw_units(rows, plan.column, "amount", Decimal(strategy.low), Decimal(strategy.high), strategy.distribution, 0)
    forward = strategy.high > 0
    moved = base + amount * MICROSECONDS[strategy.unit]
    whole_days = strategy.unit == "days" or strategy.low * MICROSECONDS[strategy.unit] >= MICROSECONDS_A_DAY
    if logical.kind == "timestamp" and whole_days:
        moved = _at_some_hour(rows, plan.column, moved, base, forward)
    if logical.kind == "date":
        moved = _whole_days(moved, up=forward and strategy.low >= 0)
    if strategy.maximum is not None:
        moved = np.where(moved > end_of(strategy.maximum, logical), draw_between(rows, plan.column, base, strategy.maximum, logical), moved)
    return _fall_back(rows, plan, from_microseconds(moved, logical), missing, strategy.fallback)


def _at_some_hour(rows: RowSet, column: str, moved: NDArray[np.int64], base: NDArray[np.int64], forward: bool) -> NDArray[np.int64]:
    """Give whole-day moves an hour of their own; where that would cross the base, keep the base's hour."""
    seconds = draw_seconds(rows, column, "waking")
    timed = moved - moved % MICROSECONDS_A_DAY + seconds * 1_000_000
    crossed = timed < base if forward else timed > base
    return np.where(crossed, moved, timed)


def _whole_days(values: NDArray[np.int64], *, up: bool) -> NDArray[np.int64]:
    rounded = -(-values // MICROSECONDS_A_DAY) if up else values // MICROSECONDS_A_DAY
    return rounded * MICROSECONDS_A_DAY


@kernel("fraction")
def draw_fraction(rows: RowSet, plan: ColumnPlan, strategy: Fraction) -> pa.Array:
    """Take a drawn fraction of a number, cut (never rounded up) to the column's scale."""
    logical = rows.table.column(plan.column).type
    scale = scale_of(logical)
    base_array = rows.reference(strategy.base)
    base_scale = max(scale, scale_of(rows.referred_type(strategy.base).type))
    base = to_units(base_array, base_scale)
    parts = draw_units(
        rows, plan.column, "fraction", Decimal(str(strategy.low)), Decimal(str(strategy.high)), strategy.distribution, FRACTION_DIGITS
    )
    # One IEEE multiplication and one floor a row: the same on every machine.
    units = np.floor(base.astype(np.float64) * (parts / 10.0**FRACTION_DIGITS) / 10.0 ** (base_scale - scale)).astype(np.int64)
    missing: Mask = base_array.is_null().to_numpy(zero_copy_only=False)
    return _fall_back(rows, plan, from_units(units, scale, logical), missing, strategy.fallback)


@kernel("product")
def draw_product(rows: RowSet, plan: ColumnPlan, strategy: Product) -> pa.Array:
    """Multiply two numbers, rounded half up to the column's scale; a product that does not fit is a failure."""
    units, scale = multiply(rows, strategy)
    missing: Mask = np.zeros(len(rows), dtype=np.bool_)
    for side in (strategy.left, strategy.right):
        missing = missing | rows.reference(side).is_null().to_numpy(zero_copy_only=False)
    return with_nulls(fit_units(rows, plan, units, scale), missing)


def multiply(rows: RowSet, strategy: Product) -> tuple[NDArray[np.int64], int]:
    """Return (the exact product in units of 10**-scale, scale); NULL counts as 0. Raises GenerationError beyond 64 bits."""
    left, own = units_of(rows, strategy.left)
    right, other = units_of(rows, strategy.right)
    if int(np.abs(left).max(initial=0)) * int(np.abs(right).max(initial=0)) >= _COUNTED:
        message = f"{strategy.left.column} times {strategy.right.column} is too large to count exactly"
        raise failure("GEN121", rows.table.key, message, hint="narrow both ranges with an override")
    return left * right, own + other


def units_of(rows: RowSet, reference: Reference) -> tuple[NDArray[np.int64], int]:
    """Return (the number that a reference means in units of 10**-scale, scale); NULL counts as 0."""
    scale = scale_of(rows.referred_type(reference).type)
    return to_units(rows.reference(reference), scale), scale


def fit_units(rows: RowSet, plan: ColumnPlan, units: NDArray[np.int64], scale: int) -> pa.Array:
    """Return units of 10**-scale as the column's type, rounded half up. Raises GenerationError where one does not fit: never cut."""
    column = rows.table.column(plan.column)
    own = scale_of(column.type)
    if scale > own:
        units, scale = (units + 10 ** (scale - own) // 2) // 10 ** (scale - own), own
    elif scale < own and int(np.abs(units).max(initial=0)) * 10 ** (own - scale) < _COUNTED:
        units, scale = units * 10 ** (own - scale), own
    low, high = unit_limits(column.type, scale)
    outside = (units < low) | (units > high)
    if outside.any():
        first = int(np.argmax(outside))
        message = f"row {int(rows.numbers[first])}, counted from 0, adds up to more than {column.sql_type} holds"
        hint = "narrow what is added up with an override, or ask for fewer child rows"
        raise failure("GEN121", f"{rows.table.key}.{plan.column}", message, f"{int(units[first])} units of 10**-{scale}", hint)
    return from_units(units, scale, column.type)


def _fall_back(rows: RowSet, plan: ColumnPlan, values: pa.Array, missing: Mask, fallback: Strategy | None) -> pa.Array:
    """Return `values`, and where the base is missing the fallback's values or NULL."""
    if not missing.any():
        return values
    if fallback is None:
        return with_nulls(values, missing)
    drawn = rows.program.draw_strategy(rows.take(np.flatnonzero(missing)), plan, fallback)
    return pa.compute.replace_with_mask(values, pa.array(missing), drawn)
