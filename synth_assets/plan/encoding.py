"""A plan as plain values: what YAML shows and what fingerprints digest. Defaults are left out."""

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

_LARGEST_EXPONENT = 40


def encode(value: Any) -> Any:
    """Return mappings, lists, numbers, texts and dates; fields that hold their default are left out, `kind` is kept."""
    if isinstance(value, BaseModel):
        return {name: encode(getattr(value, name)) for name in type(value).model_fields if name == "kind" or not _is_default(value, name)}
    if isinstance(value, tuple | list):
        return [encode(v) for v in value]
    if isinstance(value, dict):
        return {k: encode(v) for k, v in value.items()}
    return _number(value) if isinstance(value, Decimal) else value


def encode_as_json(value: Any) -> Any:
    """Return the same with dates as text, for digests."""
    encoded = encode(value)
    return _without_dates(encoded)


def _without_dates(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_dates(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_dates(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def _is_default(model: BaseModel, name: str) -> bool:
    field = type(model).model_fields[name]
    return not field.is_required() and bool(getattr(model, name) == field.get_default(call_default_factory=True, validated_data={}))


def _number(value: Decimal) -> int | float | str:
    """Return a whole number, a float that means the same, or the digits as text."""
    if not value.is_finite() or abs(value.adjusted()) > _LARGEST_EXPONENT:
        return str(value)
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)
