"""The physical form of each logical type in Arrow; types without one are kept in their text form."""

from typing import Any

from synth_assets.schema.model import Table
from synth_assets.schema.types import BinaryType, DecimalType, FloatType, IntegerType, LogicalType, TimestampType

MAX_DECIMAL_PRECISION = 38
UNBOUNDED_DECIMAL_SCALE = 6
"""Digits after the point kept for NUMERIC without a precision."""


def arrow_type(logical: LogicalType) -> Any:
    """Return the pyarrow DataType that holds a logical type.

    Integers take the width that holds their range; DECIMAL is decimal128 (at most 38 digits);
    enums, UUIDs, JSON, intervals, arrays and unknown types are strings.
    """
    import pyarrow as pa

    match logical:
        case IntegerType(bits=bits, unsigned=unsigned):
            width = 32 if bits == 24 else bits
            return getattr(pa, f"{'u' if unsigned else ''}int{width}")()
        case DecimalType(precision=None):
            return pa.decimal128(MAX_DECIMAL_PRECISION, UNBOUNDED_DECIMAL_SCALE)
        case DecimalType(precision=precision, scale=scale):
            # Oracle's NUMBER(2, 4) holds 0.0012: two digits that count, and Arrow wants room for the zeros before them as well.
            return pa.decimal128(min(max(precision or 1, scale), MAX_DECIMAL_PRECISION), scale)
        case FloatType(bits=bits):
            return pa.float32() if bits == 32 else pa.float64()
        case TimestampType(with_zone=with_zone):
            return pa.timestamp("us", tz="UTC" if with_zone else None)
        case BinaryType():
            return pa.binary()
        case _:
            return {"boolean": pa.bool_(), "date": pa.date32(), "time": pa.time64("us")}.get(logical.kind, pa.string())


def arrow_schema(table: Table) -> Any:
    """Return the pyarrow Schema of a table's stored columns, nullability included."""
    import pyarrow as pa

    return pa.schema([pa.field(c.name, arrow_type(c.type), nullable=c.nullable) for c in table.stored_columns])
