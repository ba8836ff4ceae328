"""From canonical text and from scaled integers to the Arrow type of a column, and back."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Context, Decimal, InvalidOperation
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synth_assets.schema.arrow import UNBOUNDED_DECIMAL_SCALE, arrow_type
from synth_assets.schema.types import DecimalType, FloatType, IntegerType, LogicalType, TextType

MICROSECONDS_A_DAY = 86_400_000_000
_WIDEST = 2**62
_EXACT = Context(prec=76)
"""Python keeps 28 digits unless told otherwise; NUMERIC(38, 20) has more."""

FLOAT_DECIMALS = 4
"""Digits after the point that a floating point column shows unless its strategy says otherwise."""


def parse_values(values: Sequence[str | None], logical: LogicalType) -> pa.Array:
    """Return canonical texts as an Arrow array of the column's type.

    Raises:
        ValueError: If a text is no value of the type.
    """
    try:
        return pa.array([None if v is None else _parse(v, logical) for v in values], type=arrow_type(logical))
    except (ArithmeticError, pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ValueError(str(error)) from None


def _parse(text: str, logical: LogicalType) -> Any:
    match logical.kind:
        case "integer":
            return int(_number(text))
        case "decimal":
            return quantize(_number(text), scale_of(logical))
        case "float":
            return float(text)
        case "boolean":
            if text.lower() not in {"true", "false", "1", "0", "t", "f"}:
                raise ValueError(f"'{text}' is no boolean")
            return text.lower() in {"true", "1", "t"}
        case "date":
            return date.fromisoformat(text[:10])
        case "timestamp":
            return datetime.fromisoformat(text)
        case "time":
            return time.fromisoformat(text)
        case "binary":
            return text.encode()
        case _:
            return text


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"'{text}' is no number") from None  # Python's own words for it are the name of a class


def quantize(value: Decimal, scale: int) -> Decimal:
    """Return a decimal at `scale` digits after the point, of up to 76 digits in all."""
    return value.quantize(Decimal(1).scaleb(-scale), context=_EXACT)


def scale_of(logical: LogicalType) -> int:
    """Return the digits after the point that a numeric column holds."""
    match logical:
        case DecimalType(precision=None):
            return UNBOUNDED_DECIMAL_SCALE
        case DecimalType(scale=scale):
            return scale
        case FloatType():
            return FLOAT_DECIMALS
        case _:
            return 0


def from_units(units: NDArray[np.int64], scale: int, logical: LogicalType) -> pa.Array:
    """Return integers counted in 10**-scale as the column's type (numbers, text, or booleans for 0/1)."""
    match logical:
        case IntegerType():
            return pa.array(units // 10**scale if scale else units).cast(arrow_type(logical))
        case DecimalType():
            return _decimals(units, scale, logical)
        case FloatType():
            return pa.array(units / 10.0**scale).cast(arrow_type(logical))
        case _:
            if logical.kind == "boolean":
                return pa.array(units != 0)
            numbers = _decimals(units, scale, DecimalType(precision=38, scale=scale)) if scale else pa.array(units)
            return numbers.cast(pa.string())


def _decimals(units: NDArray[np.int64], scale: int, logical: DecimalType) -> pa.Array:
    target = scale_of(logical)
    if target < scale:
        units, scale = units // 10 ** (scale - target), target
    elif target > scale and int(np.abs(units).max(initial=0)) < _WIDEST // 10 ** (target - scale):
        units, scale = units * 10 ** (target - scale), target
    words = np.empty((units.size, 2), dtype=np.int64)
    words[:, 0] = units
    words[:, 1] = units >> 63
    wanted = arrow_type(logical)
    if scale == target:
        return pa.Array.from_buffers(wanted, units.size, [None, pa.py_buffer(words)])
    held = pa.Array.from_buffers(pa.decimal128(19, scale), units.size, [None, pa.py_buffer(words)])
    return held.cast(pa.decimal128(38, target)).cast(wanted)


def to_units(array: pa.Array, scale: int) -> NDArray[np.int64]:
    """Return a numeric array as integers counted in 10**-scale, rounded half up; NULL becomes 0.

    Values beyond 18 digits in that unit are clipped to the 64-bit range.
    """
    filled = array.fill_null(pa.scalar(0, type=array.type)) if array.null_count else array
    if pa.types.is_decimal(filled.type):
        own = filled.type.scale
        words = np.frombuffer(filled.buffers()[1], dtype=np.int64)[2 * filled.offset : 2 * (filled.offset + len(filled))]
        low, high = words[0::2], words[1::2]
        units: NDArray[np.int64] = np.where(high == low >> 63, low, np.where(high < 0, -_WIDEST, _WIDEST))
        if own > scale:
            units = (units + 10 ** (own - scale) // 2) // 10 ** (own - scale)
        return _widen(units, max(0, scale - own))
    if pa.types.is_floating(filled.type):
        scaled = np.floor(filled.to_numpy(zero_copy_only=False).astype(np.float64) * 10.0**scale + 0.5)
        clipped: NDArray[np.int64] = np.clip(scaled, -(2.0**62), 2.0**62).astype(np.int64)
        return clipped
    whole: NDArray[np.int64] = filled.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return _widen(whole, scale)


def _widen(units: NDArray[np.int64], digits: int) -> NDArray[np.int64]:
    """Return units counted in steps finer by so many digits, clipped to what 64 bits hold."""
    if digits == 0:
        return units
    most = _WIDEST // 10**digits
    widened: NDArray[np.int64] = np.where(np.abs(units) > most, np.sign(units) * _WIDEST, units * np.int64(10 ** min(digits, 18)))
    return widened


def unit_limits(logical: LogicalType, scale: int) -> tuple[int, int]:
    """Return the least and the greatest whole number of 10**-scale that a column of this type holds."""
    match logical:
        case DecimalType(precision=int() as precision):
            top = 10 ** min(precision, 18) - 1
            return -top, top
        case IntegerType():
            return max(logical.low, -(2**62)), min(logical.high, 2**62)
        case _:
            return -(10 ** (12 + scale)), 10 ** (12 + scale)


def dates_from_days(days: NDArray[np.int64]) -> pa.Array:
    """Return days since 1970-01-01 as date32."""
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def to_microseconds(array: pa.Array) -> NDArray[np.int64]:
    """Return dates or timestamps as microseconds since 1970-01-01; NULL becomes 0."""
    if pa.types.is_date32(array.type):
        return to_days(array) * MICROSECONDS_A_DAY
    ticks: NDArray[np.int64] = array.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return ticks


def to_days(array: pa.Array) -> NDArray[np.int64]:
    """Return date32 values as days since 1970-01-01; NULL becomes 0."""
    days: NDArray[np.int64] = array.cast(pa.int32()).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return days


def days_of(day: date) -> int:
    """Return a date as days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def from_microseconds(values: NDArray[np.int64], logical: LogicalType) -> pa.Array:
    """Return microseconds since 1970-01-01 as the column's date, timestamp or ISO text."""
    if logical.kind == "date":
        return dates_from_days(values // MICROSECONDS_A_DAY)
    if logical.kind == "timestamp":
        return pa.array(values).cast(arrow_type(logical))
    return pc.strftime(pa.array(values).cast(pa.timestamp("us")), format="%Y-%m-%dT%H:%M:%S").cast(pa.string())


def as_text(array: pa.Array) -> pa.Array:
    """Return any array as the canonical text of its values (see plan/strategies.py)."""
    if pa.types.is_timestamp(array.type):
        return pc.strftime(array.cast(pa.timestamp("s")), format="%Y-%m-%dT%H:%M:%S").cast(pa.string())
    if pa.types.is_binary(array.type):
        return pa.array([None if v is None else v.hex() for v in array.to_pylist()], type=pa.string())
    return array.cast(pa.string())


def convert(array: pa.Array, logical: LogicalType) -> pa.Array:
    """Return an array cast to the column's type: numbers are rounded, anything becomes text, text is parsed."""
    wanted = arrow_type(logical)
    if array.type == wanted:
        return array
    if isinstance(logical, TextType) or pa.types.is_string(wanted):
        return as_text(array)
    if pa.types.is_string(array.type):
        return parse_values(array.to_pylist(), logical)
    if logical.kind in {"date", "timestamp"}:
        return with_nulls_of(from_microseconds(to_microseconds(array), logical), array)
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    if logical.kind in {"integer", "decimal", "float"}:
        scale = scale_of(logical)
        return with_nulls_of(from_units(to_units(array, scale), scale, logical), array)
    return array.cast(wanted)


def with_nulls_of(values: pa.Array, pattern: pa.Array) -> pa.Array:
    """Return `values` with NULL wherever `pattern` is NULL."""
    return values if pattern.null_count == 0 else pc.if_else(pc.is_valid(pattern), values, pa.scalar(None, type=values.type))


def with_nulls(values: pa.Array, missing: NDArray[np.bool_]) -> pa.Array:
    """Return `values` with NULL wherever `missing` is true."""
    return pc.if_else(pa.array(missing), pa.scalar(None, type=values.type), values) if missing.any() else values
