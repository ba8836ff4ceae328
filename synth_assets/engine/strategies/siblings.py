"""Values that follow from a row's place among its siblings: combinations, the leading one, spans that never overlap.

Without a relation the row's number is its place.
"""

import math

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.casting import (
    MICROSECONDS_A_DAY,
    dates_from_days,
    days_of,
    from_microseconds,
    from_units,
    parse_values,
    with_nulls,
)
from synth_assets.engine.failures import failure
from synth_assets.engine.kernels import permute, scale_draws, stride
from synth_assets.engine.registry import kernel
from synth_assets.engine.rows import RowSet
from synth_assets.engine.streams import threshold_of
from synth_assets.engine.templates import pick_category
from synth_assets.plan.model import AS_OF, ColumnPlan
from synth_assets.plan.strategies import Combination, Leading, Span
from synth_assets.schema.types import LogicalType

Numbers = NDArray[np.int64]

MICROSECONDS = {"seconds": 1_000_000, "minutes": 60_000_000, "hours": 3_600_000_000, "days": MICROSECONDS_A_DAY}


def places_of(rows: RowSet, relation: str | None) -> Numbers:
    """Return each row's place, from 0, among the children of its parent, or among all rows."""
    return rows.numbers if relation is None else rows.ordinals(relation)


@kernel("combination")
def draw_combination(rows: RowSet, plan: ColumnPlan, strategy: Combination) -> pa.Array:
    """Take this member's digit of the combination that the row's place is permuted to."""
    logical = rows.table.column(plan.column).type
    whole = math.prod(strategy.sizes)
    index = _combinations(rows, strategy, whole)
    digits = index // math.prod(strategy.sizes[strategy.position + 1 :]) % strategy.sizes[strategy.position]
    if strategy.values:
        values = rows.program.once(("values", strategy.values, logical), lambda: parse_values(strategy.values, logical))
        return values.take(pa.array(digits))
    return _counted(digits + strategy.start, strategy, logical)


def _combinations(rows: RowSet, strategy: Combination, whole: int) -> Numbers:
    if strategy.relation is None:
        key = rows.key("", f"combination:{strategy.group}")
        return permute(rows.numbers, whole, key.first, key.second)
    parents, _ = rows.parent_rows(strategy.relation)
    places = rows.ordinals(strategy.relation)
    if places.size and int(places.max()) >= whole:
        message = f"a parent has {int(places.max()) + 1} children and there are {whole} combinations of ({strategy.group})"
        raise failure("GEN105", rows.table.key, message, hint=f"ask for fewer rows of '{rows.table.key}', or for more parents")
    starts = rows.key(strategy.relation, f"combination:{strategy.group}:start").draw(parents)
    steps = rows.key(strategy.relation, f"combination:{strategy.group}:step").draw(parents)
    return stride(places, starts, steps, np.full(len(rows), whole, dtype=np.int64))


def _counted(count: Numbers, strategy: Combination, logical: LogicalType) -> pa.Array:
    if logical.kind in {"date", "timestamp"}:
        days = count + days_of(strategy.origin or AS_OF)
        return dates_from_days(days) if logical.kind == "date" else from_microseconds(days * MICROSECONDS_A_DAY, logical)
    return from_units(count, 0, logical)


@kernel("leading")
def draw_leading(rows: RowSet, plan: ColumnPlan, strategy: Leading) -> pa.Array:
    """Draw one of the others' values, and one of the first's where the row comes first."""
    logical, count = rows.table.column(plan.column).type, len(strategy.values)
    listed = (*strategy.values, *strategy.first)
    values = rows.program.once(("values", listed, logical), lambda: parse_values(listed, logical))
    others = pick_category(rows.program, f"{strategy.values}{strategy.weights}", rows.draws(plan.column), strategy.weights, count)
    first = scale_draws(rows.draws(plan.column, "first"), len(strategy.first)) + count
    leads = places_of(rows, strategy.relation) == 0
    if strategy.share < 1:
        leads &= rows.draws(plan.column, "leads") < threshold_of(strategy.share)
    return values.take(pa.array(np.where(leads, first, others)))


@kernel("span")
def draw_span(rows: RowSet, plan: ColumnPlan, strategy: Span) -> pa.Array:
    """Draw a span inside the row's slot, and write one bound of it, or the whole as a range."""
    logical = rows.table.column(plan.column).type
    places = places_of(rows, strategy.relation)
    length = scale_draws(rows.table_draws(f"span:{strategy.group}:length"), strategy.longest - strategy.shortest + 1) + strategy.shortest
    room = np.maximum(1, strategy.step - length)
    begin = scale_each(rows.table_draws(f"span:{strategy.group}:begin"), room)
    is_open = (places == 0) & strategy.is_open
    if strategy.unit == "numbers":
        start = places * strategy.step + begin
        is_open = np.zeros(len(rows), dtype=np.bool_)
    else:
        ticks, origin = MICROSECONDS[strategy.unit], days_of(strategy.origin) * MICROSECONDS_A_DAY
        start, length = origin - ((places + 1) * strategy.step - begin) * ticks, length * ticks
    if strategy.edge == "both":
        return _ranges(start, start + length, is_open, strategy)
    bounds = start if strategy.edge == "start" else start + length
    values = from_units(bounds, 0, logical) if strategy.unit == "numbers" else from_microseconds(bounds, logical)
    return with_nulls(values, is_open) if strategy.edge == "end" and strategy.is_open else values


def scale_each(draws: NDArray[np.uint64], sizes: Numbers) -> Numbers:
    """Return a pick in [0, size) a row, for sizes below 2**31: integer multiply-shift on the draw's top 32 bits."""
    return ((draws >> np.uint64(32)).astype(np.int64) * sizes) >> 32


def _ranges(start: Numbers, end: Numbers, is_open: NDArray[np.bool_], strategy: Span) -> pa.Array:
    """Write ranges as PostgreSQL reads them: `[2024-01-01,2024-02-01)`; times say that they are UTC."""
    lower, upper = _bounds(start, strategy), _bounds(end, strategy)
    upper = pa.compute.if_else(pa.array(is_open), "", upper)
    return pa.compute.binary_join_element_wise(pa.array(["["] * start.size), lower, ",", upper, ")", "")


def _bounds(values: Numbers, strategy: Span) -> pa.Array:
    match strategy.unit:
        case "numbers":
            return pa.array(values).cast(pa.string())
        case "days":
            return dates_from_days(values // MICROSECONDS_A_DAY).cast(pa.string())
        case _:
            moments = pa.array(values).cast(pa.timestamp("us"))
            return pa.compute.binary_join_element_wise(
                pa.compute.strftime(moments, format="%Y-%m-%d %H:%M:%S").cast(pa.string()), "+00", ""
            )
