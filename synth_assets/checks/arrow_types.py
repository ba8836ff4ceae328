"""When two Arrow types hold the same values."""

import pyarrow as pa


def is_same_type(actual: pa.DataType, expected: pa.DataType) -> bool:
    """Compare types by what they hold: large and dictionary-encoded forms are the same values stored otherwise."""
    return bool(_plain(actual).equals(expected))


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return pa.binary() if pa.types.is_large_binary(kind) else kind


def is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind))
