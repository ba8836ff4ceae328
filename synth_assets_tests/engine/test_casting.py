"""Numbers keep every digit on their way between units, columns and text."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as h

from synth_assets.engine.casting import convert, from_units, parse_values, to_units
from synth_assets.schema import types as t


@given(h.lists(h.integers(-(10**6), 10**6), min_size=1, max_size=20), h.integers(0, 3), h.integers(0, 6))
def test_units_become_decimals_of_any_scale(units: list[int], scale: int, target: int) -> None:
    column = t.DecimalType(precision=18, scale=target)
    made = from_units(np.array(units, dtype=np.int64), scale, column).to_pylist()
    exact = [Decimal(u).scaleb(-scale) for u in units]
    assert made == [e.quantize(Decimal(1).scaleb(-target), rounding="ROUND_FLOOR") for e in exact]


def test_small_precision_takes_whole_units() -> None:
    """A NUMERIC(7, 2) filled with whole numbers: Arrow will not cast it from a wider decimal."""
    made = from_units(np.array([3, 99_999], dtype=np.int64), 0, t.DecimalType(precision=7, scale=2))
    assert made.to_pylist() == [Decimal("3.00"), Decimal("99999.00")]


def test_wide_scales_go_beyond_64_bits() -> None:
    made = from_units(np.array([10**15], dtype=np.int64), 0, t.DecimalType(precision=38, scale=10))
    assert made.to_pylist() == [Decimal(10**15)]


@given(h.lists(h.decimals(-1000, 1000, places=2), min_size=1, max_size=20), h.integers(0, 4))
def test_to_units_rounds_half_up(values: list[Decimal], scale: int) -> None:
    array = pa.array(values, type=pa.decimal128(10, 2))
    expected = [int((v.scaleb(scale) + Decimal("0.5")) // 1) if (v.scaleb(scale) + Decimal("0.5")) >= 0 else None for v in values]
    made = to_units(array, scale).tolist()
    assert all(e is None or m == e for m, e in zip(made, expected, strict=True))


@pytest.mark.parametrize(
    ("logical", "texts"),
    [
        (t.IntegerType(), ["1", "-7", None]),
        (t.DecimalType(precision=8, scale=2), ["1.50", "-0.25"]),
        (t.BooleanType(), ["true", "false", None]),
        (t.DateType(), ["2024-02-29", None]),
        (t.TimestampType(), ["2024-02-29T08:30:00"]),
        (t.TextType(), ["ä", "", None]),
    ],
)
def test_canonical_text_comes_back(logical: t.LogicalType, texts: list[str | None]) -> None:
    array = parse_values(texts, logical)
    assert convert(array, t.TextType()).to_pylist() == texts
    assert convert(convert(array, t.TextType()), logical).equals(array)


def test_text_that_is_no_value_is_refused() -> None:
    with pytest.raises(ValueError, match="boolean"):
        parse_values(["maybe"], t.BooleanType())
