"""Values that follow from other columns of the row or of its parent: offsets, fractions, products, copies."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.casting import (
    MICROSECONDS_A_DAY,
    convert,
    days_of,
    from_microseconds,
    from_units,
    scale_of,
    to_microseconds,
    to_units,
    with_nulls,
)
from synth_assets.engine.registry import kernel
from synth_assets.engine.rows import Mask, RowSet
from synth_assets.engine.strategies.numbers import draw_units
from synth_assets.engine.strategies.temporal import draw_seconds
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.strategies import Copy, Fraction, Offset, Product, Strategy
from synth_assets.schema.types import DecimalType, IntegerType, LogicalType

MICROSECONDS = {"seconds": 1_000_000, "minutes": 60_000_000, "hours": 3_600_000_000, "days": MICROSECONDS_A_DAY}
FRACTION_DIGITS = 6


@kernel("copy")
def draw_copy(rows: RowSet, plan: ColumnPlan, strategy: Copy) -> pa.Array:
    """Take over another column's value."""
    return convert(rows.reference(strategy.base), rows.table.column(plan.column).type)


@kernel("offset")
def draw_offset(rows: RowSet, plan: ColumnPlan, strategy: Offset) -> pa.Array:
    """Move a date or timestamp by a drawn amount, never across its base, never past `maximum` unless the base is."""
    logical = rows.table.column(plan.column).type
    base_array = rows.reference(strategy.base)
    base = to_microseconds(base_array)
    amount = draw_units(rows, plan.column, "amount", Decimal(strategy.low), Decimal(strategy.high), strategy.distribution, 0)
    forward = strategy.high > 0
    moved = base + amount * MICROSECONDS[strategy.unit]
    whole_days = strategy.unit == "days" or strategy.low * MICROSECONDS[strategy.unit] >= MICROSECONDS_A_DAY
    if logical.kind == "timestamp" and whole_days:
        moved = _at_some_hour(rows, plan.column, moved, base, forward)
    if logical.kind == "date":
        moved = _whole_days(moved, up=forward and strategy.low >= 0)
    if strategy.maximum is not None:
        moved = _not_after(rows, plan.column, moved, base, strategy.maximum, logical)
    values = from_microseconds(moved, logical)
    return _fall_back(rows, plan, values, base_array, strategy.fallback)


def _at_some_hour(rows: RowSet, column: str, moved: NDArray[np.int64], base: NDArray[np.int64], forward: bool) -> NDArray[np.int64]:
    """Give whole-day moves an hour of their own; where that would cross the base, keep the base's hour."""
    seconds = draw_seconds(rows, column, "waking")
    timed = moved - moved % MICROSECONDS_A_DAY + seconds * 1_000_000
    crossed = timed < base if forward else timed > base
    return np.where(crossed, moved, timed)


def _whole_days(values: NDArray[np.int64], *, up: bool) -> NDArray[np.int64]:
    rounded = -(-values // MICROSECONDS_A_DAY) if up else values // MICROSECONDS_A_DAY
    return rounded * MICROSECONDS_A_DAY


def _not_after(
    rows: RowSet, column: str, moved: NDArray[np.int64], base: NDArray[np.int64], maximum: object, logical: LogicalType
) -> NDArray[np.int64]:
    """Draw late values again between base and maximum, so that they do not pile up on the last day."""
    step = MICROSECONDS_A_DAY if logical.kind == "date" else 1_000_000
    end = days_of(maximum) * MICROSECONDS_A_DAY + (0 if logical.kind == "date" else MICROSECONDS_A_DAY - 1_000_000)  # type: ignore[arg-type]
    start = -(-base // step) * step
    room = np.maximum(end - start, 0) // step
    position = _scale_each(rows.draws(column, "late"), room + 1)
    return np.where(moved > end, np.maximum(start, start + position * step), moved)


def _scale_each(draws: NDArray[np.uint64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a pick in [0, size) a row, sizes below 2**53: integer multiply-shift on the draw's top 32 bits and float-free."""
    top = (draws >> np.uint64(48)).astype(np.int64) if int(sizes.max(initial=0)) >= 2**31 else (draws >> np.uint64(32)).astype(np.int64)
    return (top * sizes) >> (16 if int(sizes.max(initial=0)) >= 2**31 else 32)


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
    return _fall_back(rows, plan, from_units(units, scale, logical), base_array, strategy.fallback)


@kernel("product")
def draw_product(rows: RowSet, plan: ColumnPlan, strategy: Product) -> pa.Array:
    """Multiply two numbers, rounded half up to the column's scale and clipped to its range."""
    logical = rows.table.column(plan.column).type
    left_array, right_array = rows.reference(strategy.left), rows.reference(strategy.right)
    left_scale = scale_of(rows.referred_type(strategy.left).type)
    right_scale = scale_of(rows.referred_type(strategy.right).type)
    scale = scale_of(logical)
    exact = to_units(left_array, left_scale) * to_units(right_array, right_scale)
    extra = left_scale + right_scale - scale
    units = (exact + 10**extra // 2) // 10**extra if extra > 0 else exact * 10 ** (-extra)
    units = np.clip(units, *_unit_limits(logical, scale))
    missing = left_array.is_null().to_numpy(zero_copy_only=False) | right_array.is_null().to_numpy(zero_copy_only=False)
    return with_nulls(from_units(units, scale, logical), missing)


def _unit_limits(logical: LogicalType, scale: int) -> tuple[int, int]:
    match logical:
        case DecimalType(precision=int() as precision):
            top = 10 ** min(precision, 18) - 1
            return -top, top
        case IntegerType():
            return max(logical.low, -(2**62)), min(logical.high, 2**62)
        case _:
            return -(10 ** (12 + scale)), 10 ** (12 + scale)


def _fall_back(rows: RowSet, plan: ColumnPlan, values: pa.Array, base: pa.Array, fallback: Strategy | None) -> pa.Array:
    """Return `values`, and where the base is NULL the fallback's values or NULL."""
    if base.null_count == 0:
        return values
    missing: Mask = base.is_null().to_numpy(zero_copy_only=False)
    if fallback is None:
        return with_nulls(values, missing)
    positions = np.flatnonzero(missing)
    drawn = rows.program.draw_strategy(rows.take(positions), plan, fallback)
    return pa.compute.replace_with_mask(values, pa.array(missing), drawn)
