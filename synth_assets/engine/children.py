"""What the children of every row of a table add up to, in one pass over the child table.

A child knows its parent by computation, a parent does not know its children: so the pass goes over the children, in chunks,
and keeps two integers a parent row. It is made once a program, whatever rows are asked for, and works for every fan-out.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.casting import scale_of, to_microseconds, to_units
from synth_assets.engine.failures import failure
from synth_assets.engine.program import Program
from synth_assets.engine.rows import Mask, RowSet
from synth_assets.plan.strategies import Aggregate
from synth_assets.schema.types import LogicalType

CHUNK_ROWS = 65_536
_LIMIT = 2**62


@dataclass(frozen=True)
class Family:
    """The children of every row of a parent table.

    Attributes:
        counts: How many children count, int64, one a parent row.
        values: Their sum, least or greatest value; means nothing where none counts. Numbers are whole units of
            10**-scale, dates and timestamps microseconds.
        scale: See `values`; 0 for dates.
    """

    counts: NDArray[np.int64]
    values: NDArray[np.int64]
    scale: int


def find_family(program: Program, aggregate: Aggregate) -> Family:
    """Return what the children of every row of the parent table add up to.

    Raises:
        GenerationError: If a sum is beyond what 64 bits count.
    """
    function = "sum" if aggregate.function == "average" else aggregate.function
    wanted = aggregate.model_copy(update={"function": function, "empty": None})
    return program.alone(("family", wanted), lambda: _add_up(program, wanted))


def _add_up(program: Program, aggregate: Aggregate) -> Family:
    children = program.plan.table(aggregate.table)
    parents = program.plan.table(children.relations_by_name[aggregate.relation].parent_table).row_count
    start = {"min": _LIMIT, "max": -_LIMIT}.get(aggregate.function, 0)
    family = Family(np.zeros(parents, dtype=np.int64), np.full(parents, start, dtype=np.int64), _scale(program, aggregate))
    largest = 0
    for first in range(0, children.row_count, CHUNK_ROWS):
        numbers = np.arange(first, min(first + CHUNK_ROWS, children.row_count), dtype=np.int64)
        owners, units = _values_of(RowSet(program, aggregate.table, numbers), aggregate, family.scale)
        np.add.at(family.counts, owners, 1)  # in place: a parent table may be far longer than a chunk
        if aggregate.column is not None:
            _COMBINE[aggregate.function](family.values, owners, units)
            largest = max(largest, int(np.abs(units).max(initial=0)))
    if aggregate.function == "sum":
        _require_countable(aggregate, largest * int(family.counts.max(initial=0)))
    return family


def _require_countable(aggregate: Aggregate, largest: int) -> None:
    if largest >= _LIMIT:
        message = f"the sum of {aggregate.table}.{aggregate.column} is too large to count exactly"
        raise failure("GEN121", f"{aggregate.table}.{aggregate.column}", message, str(largest), "narrow its range with an override")


_COMBINE = {"sum": np.add.at, "min": np.minimum.at, "max": np.maximum.at}


def _values_of(rows: RowSet, aggregate: Aggregate, scale: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (parent row number, value in units) of the children among these rows that count."""
    owners, missing = rows.parent_rows(aggregate.relation)
    counted: Mask = ~missing
    for condition in aggregate.where:
        counted &= rows.matches(condition)
    units = np.zeros(len(rows), dtype=np.int64)
    if aggregate.column is not None:
        values = rows.column(aggregate.column)
        counted &= values.is_valid().to_numpy(zero_copy_only=False)
        units = _units(values, scale if aggregate.times is None else scale_of(_type(rows.program, aggregate, aggregate.column)))
    if aggregate.times is not None:
        factors = rows.column(aggregate.times)
        counted &= factors.is_valid().to_numpy(zero_copy_only=False)
        by = to_units(factors, scale_of(_type(rows.program, aggregate, aggregate.times)))
        _require_countable(aggregate, int(np.abs(units).max(initial=0)) * int(np.abs(by).max(initial=0)))
        units = units * by
    return owners[counted], units[counted]


def _units(values: pa.Array, scale: int) -> NDArray[np.int64]:
    is_moment = pa.types.is_date(values.type) or pa.types.is_timestamp(values.type)
    return to_microseconds(values) if is_moment else to_units(values, scale)


def _scale(program: Program, aggregate: Aggregate) -> int:
    columns = [c for c in (aggregate.column, aggregate.times) if c is not None]
    return sum(scale_of(_type(program, aggregate, c)) for c in columns)


def _type(program: Program, aggregate: Aggregate, column: str) -> LogicalType:
    return program.schema.table(aggregate.table).column(column).type
