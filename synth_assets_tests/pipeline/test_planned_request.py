"""A request beside a plan: what it leaves open the plan says, what the plan has settled it may repeat and not change."""

from typing import Any

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.errors import RequestError
from synth_assets.pipeline.gemini import budget_name
from synth_assets.pipeline.planned_request import request_of_plan
from synth_assets.plan import make_plan
from synth_assets.plan.filling import with_filled
from synth_assets.plan.infer import row_counts
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest, build_request
from synth_assets.schema.model import Schema
from synth_assets_tests.pipeline.shop_texts import DDL

ORDERS = """
CREATE TABLE orders (id int PRIMARY KEY, ordered_at timestamp NOT NULL, shipped_at timestamp, total numeric(12, 2) NOT NULL);
CREATE TABLE lines (id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders, quantity int NOT NULL, unit_price numeric(8, 2) NOT NULL,
    line_total numeric(12, 2) NOT NULL);
"""


def read(ddl: str, dialect: str = "sqlite") -> Schema:
    schema = read_ddl(ddl, source="shop.sql", dialect=dialect).schema
    assert schema is not None
    return schema


def planned(schema: Schema, **said: Any) -> tuple[Plan, DatasetRequest]:
    request = build_request(said, "test")
    return with_filled(schema, make_plan(schema, request), request), request


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"rows": 60},
        {"rows": 60, "rows_by_table": {"Reviews": 30}},
        {"rows_by_table": {"reviews": 30}},
        {"seed": 7, "locale": "de_DE", "as_of": "2024-02-29", "prompt": "Grumpy."},
        {"rows": 60, "gemini": {"rows": 20, "tables": {"reviews": {"rows": 10}}}},
        {"coherence": "off"},
        {"overrides": {"reviews": {"rows": 9, "columns": {"body": {"strategy": {"kind": "constant", "value": "same"}}}}}},
    ],
)
def test_the_request_of_a_plan_is_taken_and_left_as_it_is(said: dict[str, Any]) -> None:
    schema = read(DDL)
    plan, request = planned(schema, **said)
    made = request_of_plan(schema, plan, request)
    assert made == request
    assert budget_name(schema, made) == budget_name(schema, request)
    # Seed, locale and day may be left to the plan; so may rows where all tables have as many.
    left_open = {name: value for name, value in said.items() if name not in {"seed", "locale", "as_of", "prompt"}}
    assert request_of_plan(schema, plan, build_request(left_open, "test")) == request


NULLS = {"reviews": {"columns": {"body": {"null_fraction": 0.25}}}}
CONTRADICTIONS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"rows": 60}, {"rows": 61}, "request: rows (reviews)"),
    ({"rows": 60}, {"rows_by_table": {"REVIEWS": 61}}, "request: rows_by_table.reviews"),
    ({"rows": 60}, {"overrides": {"reviews": {"rows": 5}}}, "request: overrides.reviews.rows"),
    (
        {},
        {"overrides": {"reviews": {"columns": {"body": {"null_fraction": 0.25}}}}},
        "request: overrides.reviews.columns.body.null_fraction",
    ),
    ({}, {"gemini": {"rows": 20}}, "request: gemini.rows (reviews)"),
    ({}, {"gemini": {"tables": {"reviews": {"rows": 0}}}}, "request: gemini.tables.reviews.rows"),
    ({"seed": 1}, {"seed": 2}, "request: seed"),
]


@pytest.mark.parametrize(("planned_by", "said", "where"), CONTRADICTIONS, ids=lambda v: v if isinstance(v, str) else "")
def test_what_contradicts_the_plan_is_named(planned_by: dict[str, Any], said: dict[str, Any], where: str) -> None:
    schema = read(DDL)
    plan, _ = planned(schema, **planned_by)
    with pytest.raises(RequestError) as caught:
        request_of_plan(schema, plan, build_request(said, "test"))
    found = {d.where for d in caught.value.diagnostics}
    assert where in found
    assert {d.code for d in caught.value.diagnostics} == {"REQ114"}


def test_rules_switched_off_after_the_plan_was_made_are_told() -> None:
    schema = read(ORDERS, "postgres")
    plan, _ = planned(schema)
    with pytest.raises(RequestError) as caught:
        request_of_plan(schema, plan, build_request({"coherence": "off"}, "test"))
    assert [d.where for d in caught.value.diagnostics] == ["request: coherence.off"]
    without, request = planned(schema, coherence="off")
    assert without != plan
    assert request_of_plan(schema, without, request) == request


def test_rows_are_those_that_the_plan_was_asked_for() -> None:
    schema = read(DDL)
    plan, request = planned(schema, rows=60, seed=7)
    assert request_of_plan(schema, plan, DatasetRequest()) == request
    plan, request = planned(schema, rows=60, rows_by_table={"reviews": 9})
    completed = request_of_plan(schema, plan, DatasetRequest())
    assert row_counts(schema, completed) == row_counts(schema, request)
