"""Rows that meet schema and plan pass every check, in whatever form Arrow stores them."""

from datetime import UTC, datetime
from typing import get_args

import pyarrow as pa
import pytest

from synth_assets.checks import CheckResult, build_checks, run_checks
from synth_assets.checks.model import CheckKind
from synth_assets.checks.registry import held_count
from synth_assets.errors import CheckError
from synth_assets.plan.model import Plan
from synth_assets.schema.model import Schema
from synth_assets_tests.checks.sample import DEPOT, DEPOT_PLAN, ORDER, ORDER_PLAN, PLAN, SCHEMA, check, depot_rows, load_parent, order_rows

ORDERS = "sales.orders"


@pytest.fixture(scope="module")
def results() -> dict[str, CheckResult]:
    return {r.name: r for r in run_checks(SCHEMA, PLAN, ORDERS, order_rows(), load_parent)}


def test_every_check_passes_in_the_order_of_its_specs(results: dict[str, CheckResult]) -> None:
    assert {name: r.note for name, r in results.items() if not r.passed} == {}
    assert list(results) == [spec.name for spec in build_checks(SCHEMA, PLAN, ORDERS)]


def test_results_carry_what_their_specs_say(results: dict[str, CheckResult]) -> None:
    for spec in build_checks(SCHEMA, PLAN, ORDERS):
        result = results[spec.name]
        assert (result.table, result.severity, result.blocking) == (spec.table, spec.severity, spec.blocking)
        assert result.element_count == order_rows().num_rows
        assert (result.unexpected_count, result.failing_values) == (0, ())


def test_what_cannot_be_judged_is_said(results: dict[str, CheckResult]) -> None:
    skipped = {e.subject: e.note for e in results["check_constraints"].expectations if e.passed is None}
    assert set(skipped) == {"total_positive", "no_such_function", "not_duckdb"}
    assert "computes" in skipped["total_positive"]
    assert "oddly" in skipped["no_such_function"]
    assert all(subject in results["check_constraints"].note for subject in skipped)


def test_every_column_is_compared_with_the_plan_or_says_why_not(results: dict[str, CheckResult]) -> None:
    by_subject = {e.subject: e for e in results["distributions"].expectations}
    assert {c.name for c in ORDER.stored_columns} <= by_subject.keys()
    assert {f"NULLs of {c.name}" for c in ORDER.stored_columns if c.nullable} <= by_subject.keys()
    assert all(e.note for e in by_subject.values() if e.passed is None)
    compared = {subject for subject, e in by_subject.items() if e.statistic is not None and not subject.startswith("NULLs")}
    assert compared == {"status", "Amount", "discount", "rating", "seen_at", "quantity", "gift"}


def test_statistic_is_that_of_the_expectation_nearest_to_failing(results: dict[str, CheckResult]) -> None:
    check = results["distributions"]
    ratios = [e.statistic / e.threshold for e in check.expectations if e.statistic is not None and e.threshold]
    assert check.statistic is not None
    assert check.threshold is not None
    assert check.statistic / check.threshold == max(ratios)


def test_storage_forms_of_the_same_values_are_the_same_type() -> None:
    rows = order_rows()
    for name in ("status", "email"):
        at = rows.column_names.index(name)
        stored = rows.column(name).dictionary_encode() if name == "status" else rows.column(name).cast(pa.large_string())
        rows = rows.set_column(at, name, stored)
    assert [r.name for r in run_checks(SCHEMA, PLAN, ORDERS, rows, load_parent) if not r.passed] == []


def test_zones_reach_the_checks() -> None:
    """9 to 16 UTC is 4 to 11 in New York; times without their zone would be taken for New York's own, 14 to 21 UTC."""
    where = check("date_part('hour', seen_at AT TIME ZONE 'America/New_York') < 12", "seen_at", name="morning_there")
    table = ORDER.model_copy(update={"checks": (where,)})
    schema = Schema(name="shop", dialect="postgres", tables=(DEPOT, table))
    seen = [datetime(2025, 1, 1, 9 + i % 8, tzinfo=UTC) for i in range(len(order_rows()))]
    (result,) = run_checks(schema, PLAN, ORDERS, order_rows(seen_at=seen), load_parent, only={"check_constraints"})
    assert (result.passed, result.note) == (True, "")


def test_many_chunks_are_one_table() -> None:
    rows = order_rows()
    cut = pa.concat_tables([rows.slice(0, 7), rows.slice(7, 0), rows.slice(7, 300), rows.slice(307)])
    assert [r.name for r in run_checks(SCHEMA, PLAN, ORDERS, cut, load_parent) if not r.passed] == []


def test_empty_table_passes_when_it_is_planned_empty() -> None:
    plan = Plan(schema_name="shop", schema_fingerprint="none", tables=(DEPOT_PLAN, ORDER_PLAN.model_copy(update={"row_count": 0})))
    results = run_checks(SCHEMA, plan, ORDERS, order_rows().slice(0, 0), load_parent)
    assert [(r.name, r.note) for r in results if not r.passed] == []
    assert all(e.passed is None for e in results[-1].expectations)


def suite_items(kinds: frozenset[str]) -> set[str]:
    """The kinds of check that ask or answer something about the orders, of those named."""
    from synth_assets.checks.registry import registration
    from synth_assets.checks.sql_rules import SqlJudge
    from synth_assets.checks.suite import SuiteBuilder

    with registration() as register, SqlJudge() as judge:
        builder = SuiteBuilder(SCHEMA, PLAN, ORDER, order_rows(), load_parent, register, judge)
        return {item.check for item in builder.items(kinds)}


def test_every_kind_of_check_asks_something() -> None:
    assert suite_items(frozenset(get_args(CheckKind))) == set(get_args(CheckKind))


def test_a_kind_of_check_that_nobody_asks_about_does_not_pass() -> None:
    with pytest.raises(KeyError, match="no maker of questions for freshness"):
        suite_items(frozenset({"row_count", "freshness"}))


def test_only_runs_the_checks_named_and_loads_no_parent_for_them() -> None:
    def refuse(key: str, columns: tuple[str, ...]) -> pa.Table:
        raise AssertionError(f"{key}{columns} should not be loaded")

    results = run_checks(SCHEMA, PLAN, ORDERS, order_rows(), refuse, only={"unique", "row_count"})
    assert [r.name for r in results] == ["row_count", "unique"]
    assert run_checks(SCHEMA, PLAN, ORDERS, order_rows(), refuse, only=()) == ()


def test_each_parent_is_loaded_once_and_never_the_table_itself() -> None:
    calls = []

    def record(key: str, columns: tuple[str, ...]) -> pa.Table:
        calls.append((key, columns))
        return depot_rows().select(list(columns))

    assert all(r.passed for r in run_checks(SCHEMA, PLAN, ORDERS, order_rows(), record, only={"foreign_keys"}))
    assert calls == [("depots", ("country", "number"))]


def test_nothing_is_held_after_a_run_even_one_that_fails() -> None:
    before = held_count()
    run_checks(SCHEMA, PLAN, ORDERS, order_rows(), load_parent, only={"foreign_keys", "distributions"})

    def broken(key: str, columns: tuple[str, ...]) -> pa.Table:
        raise OSError(key)

    with pytest.raises(OSError, match="depots"):
        run_checks(SCHEMA, PLAN, ORDERS, order_rows(), broken)
    assert held_count() == before


@pytest.mark.parametrize(
    ("table", "only", "words"),
    [
        ("sales.order", None, "did you mean 'sales.orders'"),
        (ORDERS, ("uniqe",), "did you mean 'unique'"),
        ("depots", ("unique",), "unique"),
    ],
)
def test_unknown_names_are_named_with_a_hint(table: str, only: tuple[str, ...] | None, words: str) -> None:
    with pytest.raises(CheckError, match=words):
        run_checks(SCHEMA, PLAN, table, order_rows(), load_parent, only=only)
