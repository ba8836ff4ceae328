"""Numbers: uniform by multiply-shift, any other shape by a quantile table, unique ones by permutation."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.casting import from_units, scale_of
from synth_assets.engine.kernels import interpolate, permute, scale_draws
from synth_assets.engine.registry import kernel
from synth_assets.engine.rows import RowSet
from synth_assets.engine.tables import quantile_knots
from synth_assets.plan.capacity import shown_decimals
from synth_assets.plan.distributions import Distribution, Uniform
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.strategies import Number


@kernel("number")
def draw_number(rows: RowSet, plan: ColumnPlan, strategy: Number) -> pa.Array:
    """Draw numbers in [low, high] at the column's scale."""
    logical = rows.table.column(plan.column).type
    own = scale_of(logical) if logical.kind in {"integer", "decimal", "float"} else 0
    scale = workable_scale(strategy.low, strategy.high, shown_decimals(strategy, own))
    low, high = to_unit_range(strategy.low, strategy.high, scale)
    step = max(1, int((strategy.step or Decimal(0)).scaleb(scale)))
    if plan.unique:
        key = rows.key(plan.column, "permutation")
        units = permute(rows.numbers, (high - low) // step + 1, key.first, key.second) * step + low
    else:
        units = draw_units(rows, plan.column, "value", strategy.low, strategy.high, strategy.distribution, scale)
        units = units - (units - low) % step if step > 1 else units
    return from_units(units, scale, logical)


def workable_scale(low: Decimal, high: Decimal, scale: int) -> int:
    """Return the largest scale up to `scale` at which the range still counts in 61-bit integers."""
    while scale > 0 and max(abs(low), abs(high)).scaleb(scale) >= 2**61:
        scale -= 1
    return scale


def to_unit_range(low: Decimal, high: Decimal, scale: int) -> tuple[int, int]:
    """Return a closed range counted in 10**-scale: the whole units inside it."""
    low_units = low.scaleb(scale).to_integral_value(rounding=ROUND_CEILING)
    high_units = high.scaleb(scale).to_integral_value(rounding=ROUND_FLOOR)
    return int(low_units), int(high_units)


def draw_units(
    rows: RowSet, column: str, purpose: str, low: Decimal, high: Decimal, distribution: Distribution, scale: int
) -> NDArray[np.int64]:
    """Return numbers in [low, high] counted in 10**-scale: int64, one a row."""
    low_units, high_units = to_unit_range(low, high, scale)
    draws = rows.draws(column, purpose)
    if isinstance(distribution, Uniform) or high_units <= low_units:
        return scale_draws(draws, max(1, high_units - low_units + 1)) + low_units
    unit = Decimal(1).scaleb(-scale)
    name = ("knots", distribution, low_units, high_units, scale)
    knots, bits = rows.program.once(
        name, lambda: quantile_knots(distribution, Decimal(low_units).scaleb(-scale), Decimal(high_units).scaleb(-scale), unit)
    )
    return np.clip(interpolate(draws, knots, bits), low_units, high_units)
