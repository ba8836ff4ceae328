"""Dates and times: a day from a distribution, a second of the day from a profile of hours."""

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.casting import MICROSECONDS_A_DAY, days_of, from_microseconds, to_microseconds
from synth_assets.engine.kernels import look_up, permute, scale_draws
from synth_assets.engine.registry import kernel
from synth_assets.engine.rows import Mask, RowSet
from synth_assets.engine.strategies.numbers import draw_units
from synth_assets.engine.streams import Draws
from synth_assets.engine.tables import category_table
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.strategies import Reference, Temporal
from synth_assets.schema.types import LogicalType

SECONDS_A_DAY = 86_400

HOUR_WEIGHTS: dict[str, tuple[int, ...]] = {
    "business": (0,) * 8 + (6, 9, 10, 9, 5, 7, 9, 9, 8, 6) + (0,) * 6,
    "waking": (0,) * 7 + (3, 5, 6, 7, 7, 8, 7, 6, 6, 7, 8, 9, 9, 8, 6, 4) + (0,),
    "any": (1,) * 24,
}
"""Relative frequency of each hour from 0 to 23; `midnight` has none."""


@kernel("temporal")
def draw_temporal(rows: RowSet, plan: ColumnPlan, strategy: Temporal) -> pa.Array:
    """Draw a day in [low, high] and, for timestamps and times, a second of the day."""
    logical = rows.table.column(plan.column).type
    if logical.kind == "time" and plan.unique:
        key = rows.key(plan.column, "permutation")
        return pa.array(permute(rows.numbers, SECONDS_A_DAY, key.first, key.second) * 1_000_000).cast(pa.time64("us"))
    if logical.kind == "time":
        return pa.array(draw_seconds(rows, plan.column, strategy.time_of_day) * 1_000_000).cast(pa.time64("us"))
    low, high = days_of(strategy.low), days_of(strategy.high)
    with_time = logical.kind == "timestamp" and strategy.time_of_day != "midnight"
    if plan.unique:
        key = rows.key(plan.column, "permutation")
        step = SECONDS_A_DAY if with_time else 1
        ticks = permute(rows.numbers, (high - low + 1) * step, key.first, key.second)
        return from_microseconds((low * step + ticks) * (MICROSECONDS_A_DAY // step), logical)
    days = draw_units(rows, plan.column, "day", Decimal(low), Decimal(high), strategy.distribution, 0)
    drawn = days * MICROSECONDS_A_DAY
    if with_time:
        drawn = drawn + draw_seconds(rows, plan.column, strategy.time_of_day) * 1_000_000
    if strategy.after:
        earliest, missing = latest(rows, strategy.after)
        late = draw_between(rows, plan.column, earliest, strategy.high, logical)
        drawn = np.where(missing | (drawn >= earliest), drawn, late)
    return from_microseconds(drawn, logical)


def latest(rows: RowSet, references: tuple[Reference, ...]) -> tuple[NDArray[np.int64], Mask]:
    """Return (the latest of some dates a row in microseconds, mask of rows where all of them are NULL)."""
    found = np.zeros(len(rows), dtype=np.int64)
    missing = rows.everything
    for reference in references:
        array = rows.reference(reference)
        ticks, null = to_microseconds(array), array.is_null().to_numpy(zero_copy_only=False)
        found = np.where(null, found, np.where(missing, ticks, np.maximum(found, ticks)))
        missing = missing & null
    return found, missing


def end_of(day: date, logical: LogicalType) -> int:
    """Return the last moment of a day that a column of this type can hold, in microseconds."""
    return days_of(day) * MICROSECONDS_A_DAY + (0 if logical.kind == "date" else MICROSECONDS_A_DAY - 1_000_000)


def draw_between(rows: RowSet, column: str, earliest: NDArray[np.int64], last: date, logical: LogicalType) -> NDArray[np.int64]:
    """Return moments between `earliest` and the end of `last`, evenly; the first possible one after `earliest` where that is later."""
    step = MICROSECONDS_A_DAY if logical.kind == "date" else 1_000_000
    start = -(-earliest // step) * step
    room = np.maximum(end_of(last, logical) - start, 0) // step
    moments: NDArray[np.int64] = np.maximum(start, start + _scale_each(rows.draws(column, "late"), room + 1) * step)
    return moments


def _scale_each(draws: Draws, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a pick in [0, size) a row, sizes below 2**47: integer multiply-shift on the draw's top bits and float-free."""
    wide = int(sizes.max(initial=0)) >= 2**31
    top = (draws >> np.uint64(48 if wide else 32)).astype(np.int64)
    return (top * sizes) >> (16 if wide else 32)


def draw_seconds(rows: RowSet, column: str, profile: str, purpose: str = "time") -> NDArray[np.int64]:
    """Return a second of the day in [0, 86400) a row, hours weighted by the profile."""
    if profile == "midnight":
        return np.zeros(len(rows), dtype=np.int64)
    table = rows.program.once(("hours", profile), lambda: category_table(HOUR_WEIGHTS[profile]))
    hours = look_up(rows.draws(column, f"{purpose}:hour"), table).astype(np.int64)
    return hours * 3600 + scale_draws(rows.draws(column, f"{purpose}:second"), 3600)
