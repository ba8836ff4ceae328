"""Values that sum up other rows: aggregates over children, totals, and keys of any row of another table."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine import kernels
from synth_assets.engine.casting import convert, from_microseconds, parse_values, scale_of, with_nulls
from synth_assets.engine.children import find_family
from synth_assets.engine.failures import failure
from synth_assets.engine.registry import kernel
from synth_assets.engine.rows import Mask, RowSet
from synth_assets.engine.strategies.derived import fit_units, multiply, units_of
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.strategies import Aggregate, AnyRow, Product, Reference, Total


@kernel("aggregate")
def draw_aggregate(rows: RowSet, plan: ColumnPlan, strategy: Aggregate) -> pa.Array:
    """Count or add up the row's children; `empty` where none counts."""
    logical = rows.table.column(plan.column).type
    family = find_family(rows.program, strategy)
    none_counts: Mask = family.counts[rows.numbers] == 0
    if logical.kind in {"date", "timestamp"}:
        values = from_microseconds(np.where(none_counts, 0, family.values[rows.numbers]), logical)
    else:
        units, scale = _add_up(rows, strategy)
        values = fit_units(rows, plan, units, scale)
    if strategy.empty is not None:
        given = parse_values([strategy.empty], logical)[0]
        return pa.compute.if_else(pa.array(none_counts), given, values)
    return values if strategy.function in {"count", "sum"} else with_nulls(values, none_counts)


def _add_up(rows: RowSet, aggregate: Aggregate) -> tuple[NDArray[np.int64], int]:
    """Return (what the children of each row add up to in units of 10**-scale, scale); 0 where none counts."""
    family = find_family(rows.program, aggregate)
    counts, values = family.counts[rows.numbers], family.values[rows.numbers]
    if aggregate.function == "count":
        return counts, 0
    if aggregate.function == "average":
        finer = 10 ** max(0, _AVERAGE_SCALE - family.scale)
        divisors = np.maximum(counts, 1)
        return (2 * values * finer + divisors) // (2 * divisors), max(family.scale, _AVERAGE_SCALE)
    return np.where(counts == 0, 0, values), family.scale


_AVERAGE_SCALE = 6
"""Digits at which an average is rounded before it is cut to its column."""


@kernel("total")
def draw_total(rows: RowSet, plan: ColumnPlan, strategy: Total) -> pa.Array:
    """Add up some numbers of the row and take others away, exactly; a NULL counts as 0."""
    logical = rows.table.column(plan.column).type
    terms = [(1, *_term(rows, t)) for t in strategy.plus] + [(-1, *_term(rows, t)) for t in strategy.minus]
    scale = max(scale_of(logical), *(own for _, _, own in terms))
    if sum(int(np.abs(units).max(initial=0)) * 10 ** (scale - own) for _, units, own in terms) >= 2**62:
        message = "what it adds up to is too large to count exactly"
        raise failure("GEN121", f"{rows.table.key}.{plan.column}", message, hint="narrow what is added up with an override")
    whole = np.zeros(len(rows), dtype=np.int64)
    for sign, units, own in terms:
        whole += sign * units * 10 ** (scale - own)
    return fit_units(rows, plan, whole, scale)


def _term(rows: RowSet, term: Reference | Product | Aggregate) -> tuple[NDArray[np.int64], int]:
    """Return (a term's value in units of 10**-scale, scale)."""
    match term:
        case Aggregate():
            return _add_up(rows, term)
        case Product():
            return multiply(rows, term)
        case Reference():
            return units_of(rows, term)


@kernel("any_row")
def draw_any_row(rows: RowSet, plan: ColumnPlan, strategy: AnyRow) -> pa.Array:
    """Take the key of one of the rows that another table had then."""
    count = rows.program.plan.table(strategy.table).row_count
    draws = rows.draws(plan.column, f"row of {strategy.table}")
    numbers = kernels.attach(rows.numbers, draws, count, strategy.parents, strategy.children, strategy.floor)
    return convert(RowSet(rows.program, strategy.table, numbers).column(strategy.column), rows.table.column(plan.column).type)
