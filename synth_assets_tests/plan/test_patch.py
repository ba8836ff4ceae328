"""Patches of a plan: merged into what holds, judged as a person's plan; what differs then is found, never too little of it."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.errors import GenerationError, PlanError
from synth_assets.plan import fingerprint_plan, make_plan
from synth_assets.plan.differences import affected_cells, diff_plans
from synth_assets.plan.model import Plan
from synth_assets.plan.patch import PlanPatch, apply_patch, dump_patch, read_patch
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.strategies import Case, Categorical, Number, Reference, Temporal
from synth_assets.schema.model import Schema

ROOT = Path(__file__).parents[2]
FILES = {"bookshop": ROOT / "examples/bookshop.sql", "marketplace": ROOT / "synth_assets_tests/acceptance/hard_case/marketplace.sql"}
ROWS = 40


@cache
def planned(name: str) -> tuple[Schema, Plan]:
    schema = read_ddl(FILES[name].read_text(), source=f"{name}.sql", name=name).schema
    assert schema is not None
    return schema, make_plan(schema, DatasetRequest(rows=ROWS))


@cache
def first_rows(name: str) -> dict[str, object]:
    schema, plan = planned(name)
    generator = Generator(schema, plan)
    return {t.table: generator.generate_rows(t.table, 0, t.row_count) for t in plan.tables}


def patch_of(text: str) -> PlanPatch:
    return read_patch(text, "patch.yaml")


HALF = patch_of("""
tables:
  CUSTOMERS:
    columns:
      Gender: {strategy: {kind: categorical, values: [F, M], weights: [3, 1]}, null_fraction: 0, reason: three of four are women}
""")


def test_a_patch_changes_what_it_names_and_says_who_asked() -> None:
    schema, plan = planned("bookshop")
    changed = apply_patch(schema, plan, HALF, "mostly women")
    column = changed.table("customers").column("gender")
    assert column.strategy == Categorical(values=("F", "M"), weights=(3, 1))
    assert (column.null_fraction, column.origin) == (0.0, "feedback")
    assert column.reason == "“mostly women”: three of four are women"
    others = [c for t in changed.tables for c in t.columns if c != column]
    assert others == [c for t in plan.tables for c in t.columns if (t.table, c.column) != ("customers", "gender")]


def test_what_differs_is_said_in_words_with_what_follows() -> None:
    schema, plan = planned("bookshop")
    diff = diff_plans(plan, apply_patch(schema, plan, HALF))
    (table,) = diff.tables
    assert (table.table, table.rows_before, table.rows_after) == ("customers", ROWS, ROWS)
    (change,) = table.columns
    assert change.before.strategy.startswith("F 43%, M 43%")
    assert change.after.strategy == "F 75%, M 25%"
    assert table.followers == ("first_name", "email")


def test_strategies_that_differ_far_behind_are_told_at_length() -> None:
    schema, plan = planned("bookshop")
    before = plan.table("orders").column("ordered_at").strategy
    assert isinstance(before, Case)
    otherwise = Temporal(low=date(2025, 1, 1), high=date(2025, 2, 1), after=(Reference(column="joined_at", relation="customer_id"),))
    strategy = before.model_copy(update={"otherwise": otherwise}).model_dump(mode="json")
    diff = diff_plans(
        plan,
        apply_patch(schema, plan, PlanPatch.model_validate({"tables": {"orders": {"columns": {"ordered_at": {"strategy": strategy}}}}})),
    )
    (change,) = diff.columns
    assert change.before.strategy != change.after.strategy
    assert "2025-01-01 to 2025-02-01" in change.after.strategy


def test_a_price_reaches_the_lines_that_copy_it_and_no_one_else() -> None:
    schema, plan = planned("bookshop")
    patch = patch_of("tables: {books: {columns: {price: {strategy: {kind: number, low: 5, high: 9}}}}}")
    diff = diff_plans(plan, apply_patch(schema, plan, patch))
    assert {t.table: t.followers for t in diff.tables} == {"books": (), "order_items": ("unit_price",)}


def test_rows_reach_whoever_refers_to_them() -> None:
    schema, plan = planned("bookshop")
    diff = diff_plans(plan, apply_patch(schema, plan, patch_of("tables: {publishers: {rows: 60}}")))
    assert [(t.table, t.rows_before, t.rows_after) for t in diff.touched] == [("publishers", ROWS, 60)]
    assert next(t for t in diff.tables if t.table == "books").followers == ("publisher_id",)


def test_a_share_of_orphans_is_known_to_what_follows_the_parent() -> None:
    schema, plan = planned("bookshop")
    changed = apply_patch(schema, plan, patch_of("tables: {orders: {columns: {branch_id: {null_fraction: 0.5}}}}"))
    table = changed.table("orders")
    assert table.relations_by_name["branch_id"].null_fraction == 0.5
    assert table.column("branch_id").null_fraction == 0
    rows = Generator(schema, changed).generate_rows("orders", 0, ROWS)
    assert 10 <= rows.column("branch_id").null_count <= 30


REFUSED = {
    "no such table": ("tables: {member: {rows: 5}}", ["PLAN501"]),
    "no such column": ("tables: {books: {columns: {titel: {unique: false}, prise: {null_fraction: 0}}}}", ["PLAN502", "PLAN502"]),
    "nothing": ("tables: {books: {columns: {title: {reason: nicer}}}}", ["PLAN504"]),
    "a primary key": ("tables: {books: {columns: {book_id: {strategy: {kind: constant, value: '1'}, unique: false}}}}", ["PLAN133"]),
    "a foreign key": ("tables: {books: {columns: {author_id: {strategy: {kind: constant, value: '1'}}}}}", ["PLAN201"]),
    "NULL in NOT NULL": ("tables: {books: {columns: {price: {null_fraction: 0.5}}}}", ["PLAN122"]),
    "no YAML": ("tables: [", ["PLAN505"]),
    "a list": ("- rows", ["PLAN505"]),
    "unknown fields": ("tables: {books: {row: 5, columns: {price: {weight: 1}}}}", ["PLAN505", "PLAN505"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_patch_that_cannot_be_is_refused_with_every_reason(case: str) -> None:
    text, codes = REFUSED[case]
    schema, plan = planned("bookshop")
    with pytest.raises(PlanError) as caught:
        apply_patch(schema, plan, patch_of(text))
    assert [d.code for d in caught.value.diagnostics if d.is_error] == codes


def test_what_the_database_computes_cannot_be_patched() -> None:
    ddl = "CREATE TABLE lines (id INT PRIMARY KEY, price INT, double_price INT GENERATED ALWAYS AS (price * 2) STORED);"
    schema = read_ddl(ddl, source="lines.sql", dialect="postgres").schema
    assert schema is not None
    with pytest.raises(PlanError, match="PLAN503"):
        apply_patch(schema, make_plan(schema, DatasetRequest()), patch_of("tables: {lines: {columns: {double_price: {null_fraction: 0}}}}"))


def test_a_patch_is_read_back_as_it_was_written() -> None:
    assert read_patch(dump_patch(HALF), "again") == HALF


@st.composite
def patches(draw: st.DrawFn, name: str) -> PlanPatch:
    """A patch of one or two tables: other rows, other values of columns that are drawn by themselves, other shares of NULLs."""
    _, plan = planned(name)
    tables = {}
    for table in draw(st.lists(st.sampled_from(plan.tables), min_size=1, max_size=2, unique_by=lambda t: t.table)):
        columns = {}
        for column in draw(st.lists(st.sampled_from(table.columns), max_size=2, unique_by=lambda c: c.column)):
            match column.strategy:
                case Categorical(values=values):
                    weights = draw(st.lists(st.integers(1, 9), min_size=len(values), max_size=len(values)))
                    columns[column.column] = {"strategy": {"kind": "categorical", "values": values, "weights": weights}}
                case Number(low=low, high=high) if high - low > 4:
                    columns[column.column] = {"strategy": {"kind": "number", "low": low + 1, "high": high - 1}}
                case Temporal(low=low, high=high, after=after):
                    columns[column.column] = {"strategy": Temporal(low=low, high=high, after=after, time_of_day="midnight").model_dump()}
                case _:
                    columns[column.column] = {"null_fraction": draw(st.sampled_from((0.0, 0.3, 0.7)))}
        rows = draw(st.one_of(st.none(), st.sampled_from((ROWS - 7, ROWS + 5)))) if not columns else None
        tables[table.table] = {"rows": rows, "columns": columns}
    return PlanPatch.model_validate({"tables": tables})


@pytest.mark.parametrize("name", FILES)
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_not_said_to_change_keeps_every_value(name: str, data: st.DataObject) -> None:
    schema, plan = planned(name)
    try:
        changed = apply_patch(schema, plan, data.draw(patches(name)))
    except PlanError:
        return
    cells = affected_cells(plan, changed)
    generator = Generator(schema, changed)
    for table in changed.tables:
        try:
            rows = generator.generate_rows(table.table, 0, table.row_count)
        except GenerationError:
            continue
        before = first_rows(name)[table.table]
        for column in rows.column_names:
            if (table.table, column) not in cells and column in table.columns_by_name:
                assert rows.column(column).equals(before.column(column)), (table.table, column)  # type: ignore[attr-defined]
    said = diff_plans(plan, changed).affected
    assert {t for t, _ in cells} >= said


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_way_back_touches_what_the_way_there_did(data: st.DataObject) -> None:
    schema, plan = planned("bookshop")
    try:
        changed = apply_patch(schema, plan, data.draw(patches("bookshop")))
    except PlanError:
        return
    assert affected_cells(changed, plan) == affected_cells(plan, changed)
    assert (fingerprint_plan(changed) == fingerprint_plan(plan)) == (not diff_plans(plan, changed).tables)
