"""Row rules follow SQL: three-valued CHECKs, NULLs in keys, predicates, and no way out of the sandbox."""

from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.checks.sql_rules import CheckRule, ForeignKeyRule, RowRule, SqlJudge, UniqueRule, quote
from synth_assets.schema.clock import pin_today

KEYS = st.lists(st.tuples(st.none() | st.integers(0, 3), st.none() | st.sampled_from("ab")), max_size=30)


def broken(rule: RowRule, rows: pa.Table) -> list[int]:
    with SqlJudge() as judge:
        return [i for i, bad in enumerate(judge.find_violations(rule, rows)) if bad]


def keyed(keys: list[tuple[Any, Any]]) -> pa.Table:
    return pa.table({"k": pa.array([k for k, _ in keys], pa.int64()), 'Odd "one"': pa.array([s for _, s in keys], pa.string())})


@pytest.mark.parametrize(
    ("sql", "bad"),
    [
        ("a > 1", [0]),
        ("a > 1 OR b", [0]),
        ("a > 1 AND b", [0, 1]),
        ("NOT (a > 1)", [1]),
        ("a IS NOT NULL", [2, 3]),
        ("a IN (1, NULL)", []),
        ("a BETWEEN 1 AND 1 OR b IS NULL", [1]),
        ("NULL", []),
        ("a - 1", [0]),
    ],
)
def test_a_check_is_broken_only_by_false(sql: str, bad: list[int]) -> None:
    rows = pa.table({"a": [1, 2, None, None], "b": [False, False, True, None]})
    assert broken(CheckRule(sql), rows) == bad


@given(KEYS, st.booleans())
def test_unique_keys_are_counted_as_python_counts_them(keys: list[tuple[Any, Any]], nulls_distinct: bool) -> None:
    expected = [i for i, key in enumerate(keys) if keys.count(key) > 1 and not (nulls_distinct and None in key)]
    rule = UniqueRule((quote("k"), quote('Odd "one"')), nulls_distinct=nulls_distinct)
    assert broken(rule, keyed(keys)) == expected


@given(KEYS)
def test_oracle_counts_no_key_of_nulls_alone(keys: list[tuple[Any, Any]]) -> None:
    expected = [i for i, key in enumerate(keys) if keys.count(key) > 1 and set(key) != {None}]
    assert broken(UniqueRule((quote("k"), quote('Odd "one"')), nulls_distinct=False, keeps_empty=True), keyed(keys)) == expected


@given(KEYS, KEYS)
def test_orphans_are_found_as_python_finds_them(children: list[tuple[Any, Any]], parents: list[tuple[Any, Any]]) -> None:
    expected = [i for i, key in enumerate(children) if None not in key and key not in parents]
    parent = keyed(parents).rename_columns(["p", "q"])
    assert broken(ForeignKeyRule(("k", 'Odd "one"'), parent, ("p", "q"), (False, False)), keyed(children)) == expected


def test_partial_unique_key_counts_rows_of_the_predicate_only() -> None:
    rows = pa.table({"a": [1, 1, 2, 2, 3, 3], "live": [True, True, True, False, None, None]})
    assert broken(UniqueRule(("a",), predicate="live"), rows) == [0, 1]


def test_keys_of_unlike_types_are_compared_as_text() -> None:
    rows = pa.table({"a": ["1", "3"]})
    assert broken(ForeignKeyRule(("a",), pa.table({"id": [1, 2]}), ("id",), (True,)), rows) == [1]


def test_large_integers_and_decimals_stay_exact() -> None:
    near = 2**62
    rows = pa.table({"a": [near, None, near + 1], "d": pa.array([Decimal("0.1"), Decimal("0.2"), Decimal("0.3")], pa.decimal128(38, 20))})
    assert broken(UniqueRule(("a",)), rows) == []
    assert broken(ForeignKeyRule(("a",), pa.table({"id": [near]}), ("id",), (False,)), rows) == [2]
    assert broken(CheckRule("d <> 0.1 + 0.2"), rows) == [2]


def test_many_violations_keep_their_row_numbers() -> None:
    rows = pa.table({"a": list(range(20_000))})
    assert broken(CheckRule("a % 3 <> 0"), rows) == list(range(0, 20_000, 3))


@pytest.mark.parametrize(
    "sql",
    [
        "a > (SELECT count(*) FROM read_csv('/etc/hosts'))",
        "a > (SELECT count(*) FROM rows)",
        "oddly(a)",
        "a >",
        "missing > 1",
        "a = 'x' COLLATE odd",
    ],
)
def test_what_duckdb_cannot_or_must_not_evaluate_is_explained(sql: str) -> None:
    rows = pa.table({"a": [1]})
    with SqlJudge() as judge:
        assert judge.why_not_judgeable(CheckRule(sql), rows.schema)
        assert judge.why_not_judgeable(CheckRule("a > 0"), rows.schema) == ""


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("d <= CURRENT_DATE", "d <= DATE '2026-06-30'"),
        ("d <= current_date()", "d <= DATE '2026-06-30'"),
        ("t < now()", "t < TIMESTAMPTZ '2026-06-30 23:59:59.999999+00'"),
        ("t < Current_Timestamp AND u < LOCALTIMESTAMP", None),
        ("s <> 'current_date' AND \"current_date\" > 1", "s <> 'current_date' AND \"current_date\" > 1"),
        ("s <> 'it''s now()' AND current_dates > 1", "s <> 'it''s now()' AND current_dates > 1"),
    ],
)
def test_the_clock_stands_at_the_plans_day(sql: str, expected: str | None) -> None:
    pinned = pin_today(sql, date(2026, 6, 30))
    if expected is None:
        assert "urrent" not in pinned
        assert "LOCAL" not in pinned
    else:
        assert pinned == expected
