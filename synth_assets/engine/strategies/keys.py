"""Keys: sequences, UUIDs, foreign keys computed from the parent's row number, ordinals among siblings."""

import numpy as np
import pyarrow as pa

from synth_assets.engine.casting import MICROSECONDS_A_DAY, convert, dates_from_days, days_of, from_microseconds, from_units, with_nulls
from synth_assets.engine.registry import kernel
from synth_assets.engine.rows import RowSet
from synth_assets.engine.string_kernels import write_uuids
from synth_assets.plan.model import AS_OF, ColumnPlan
from synth_assets.plan.strategies import ForeignKeyValue, Ordinal, Sequence, Uuid


@kernel("sequence")
def draw_sequence(rows: RowSet, plan: ColumnPlan, strategy: Sequence) -> pa.Array:
    """Count rows: start + step * row number."""
    return from_units(rows.numbers * strategy.step + strategy.start, 0, rows.table.column(plan.column).type)


@kernel("uuid")
def draw_uuid(rows: RowSet, plan: ColumnPlan, strategy: Uuid) -> pa.Array:  # noqa: ARG001 (kernels share one signature)
    """Write version-4-shaped UUIDs; binary columns take their 16 bytes."""
    texts = write_uuids(rows.draws(plan.column, "high"), rows.draws(plan.column, "low"))
    if rows.table.column(plan.column).type.kind == "binary":
        return pa.array([bytes.fromhex(t.replace("-", "")) for t in texts.to_pylist()], type=pa.binary())
    return texts


@kernel("foreign_key")
def draw_foreign_key(rows: RowSet, plan: ColumnPlan, strategy: ForeignKeyValue) -> pa.Array:
    """Recompute the parent's key at the row number that the relation picked.

    One NULL member leaves a composite key open, so the members that must not be NULL keep their values.
    """
    column = rows.table.column(plan.column)
    values = convert(rows.parent(strategy.relation).column(strategy.parent_column), column.type)
    _, missing = rows.parent_rows(strategy.relation)
    members = rows.plan.relations_by_name[strategy.relation].columns
    if not column.nullable and any(rows.table.column(m).nullable for m in members):
        return values
    return with_nulls(values, missing)


@kernel("ordinal")
def draw_ordinal(rows: RowSet, plan: ColumnPlan, strategy: Ordinal) -> pa.Array:
    """Number the children of one parent."""
    logical = rows.table.column(plan.column).type
    count = rows.ordinals(strategy.relation) * strategy.step + strategy.start
    if logical.kind in {"date", "timestamp"}:
        days = count + days_of(strategy.origin or AS_OF)
        return dates_from_days(days) if logical.kind == "date" else from_microseconds(days * MICROSECONDS_A_DAY, logical)
    return from_units(count.astype(np.int64), 0, logical)
