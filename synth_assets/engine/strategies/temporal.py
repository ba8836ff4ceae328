"""Dates and times: a day from a distribution, a second of the day from a profile of hours."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.casting import MICROSECONDS_A_DAY, dates_from_days, days_of, from_microseconds
from synth_assets.engine.kernels import look_up, permute, scale_draws
from synth_assets.engine.registry import kernel
from synth_assets.engine.rows import RowSet
from synth_assets.engine.strategies.numbers import draw_units
from synth_assets.engine.tables import category_table
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.strategies import Temporal

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
    if not with_time:
        return dates_from_days(days) if logical.kind == "date" else from_microseconds(days * MICROSECONDS_A_DAY, logical)
    seconds = draw_seconds(rows, plan.column, strategy.time_of_day)
    return from_microseconds(days * MICROSECONDS_A_DAY + seconds * 1_000_000, logical)


def draw_seconds(rows: RowSet, column: str, profile: str, purpose: str = "time") -> NDArray[np.int64]:
    """Return a second of the day in [0, 86400) a row, hours weighted by the profile."""
    if profile == "midnight":
        return np.zeros(len(rows), dtype=np.int64)
    table = rows.program.once(("hours", profile), lambda: category_table(HOUR_WEIGHTS[profile]))
    hours = look_up(rows.draws(column, f"{purpose}:hour"), table).astype(np.int64)
    return hours * 3600 + scale_draws(rows.draws(column, f"{purpose}:second"), 3600)
