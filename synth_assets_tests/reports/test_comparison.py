"""Columns in one line, and before and after in one picture: for every type, for empty ones, the same bytes for the same rows."""

import pyarrow as pa
import pytest

from synth_assets.reports.comparison import ComparedColumn, plot_comparison
from synth_assets.reports.summaries import summarize_column
from synth_assets_tests.reports.test_plots import size_of

COLUMNS = {
    "texts that repeat": (pa.array(["new", "paid", "new", None, "new"] * 20), "new 75.0%, paid 25.0%; 20.0% NULL"),
    "numbers": (pa.array(range(101), pa.int32()), "0 · 25 · 50 · 75 · 100"),
    "few numbers": (pa.array([1, 1, 2, 1], pa.int32()), "1 75.0%, 2 25.0%"),
    "decimals": (pa.array([i % 90 for i in range(900)]).cast(pa.decimal128(21, 2)), "0.00 · 22.00 · 45.00 · 67.00 · 89.00"),
    "days": (
        pa.array(range(0, 3660, 10), pa.int32()).cast(pa.date32()),
        "1970-01-01 · 1972-06-29 · 1974-12-26 · 1977-07-03 · 1979-12-30",
    ),
    "moments": (pa.array([86_400_000_000 * i for i in range(40)], pa.timestamp("us")), "1970-01-01 00:00:00 · "),
    "truths": (pa.array([True, False, True, True]), "true 75.0%, false 25.0%"),
    "texts": (pa.array([f"note {i % 90}" for i in range(100)]), "90 different, 6 to 7 characters, note 0 2.0%, note 1 2.0%"),
    "bytes": (pa.array([bytes(i) for i in range(4)]), "0 25.0%, 1 25.0%"),
    "times": (pa.array([i * 1_000_000 for i in range(50)], pa.time64("us")), "00:00:00 · "),
    "nothing": (pa.nulls(5, pa.string()), "NULL in every row"),
    "no rows": (pa.array([], pa.string()), "no rows"),
    "a rare NULL": (pa.array([*range(5000), None]), "0 · 1250 · 2500 · 3749 · 4999; 0.1% NULL"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_in_one_line(name: str) -> None:
    values, words = COLUMNS[name]
    assert summarize_column(values).in_words().startswith(words)
    assert summarize_column(pa.chunked_array([values, values.slice(0, 0)])) == summarize_column(values)


def compared(name: str, other: str | None = None) -> ComparedColumn:
    before, after = COLUMNS[name][0], COLUMNS[other or name][0]
    return ComparedColumn(f"t.{name} $x$", before, after, summarize_column(before), summarize_column(after))


@pytest.mark.parametrize("name", COLUMNS)
def test_every_type_can_be_drawn_also_where_one_side_is_empty(name: str) -> None:
    for column in (compared(name), compared(name, "nothing" if "texts" in name else None)):
        png = plot_comparison("a title", [column])
        assert size_of(png) == (900, 500)
        assert png == plot_comparison("a title", [column])


def test_at_most_six_columns_are_drawn_and_none_is_no_fault() -> None:
    some = [compared(name) for name in COLUMNS]
    assert plot_comparison("t", some) == plot_comparison("t", some[:6])
    assert size_of(plot_comparison("t", [])) == (900, 500)
    assert plot_comparison("t", [compared("numbers")]) != plot_comparison("t", [compared("few numbers", "numbers")])
