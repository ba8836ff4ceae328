"""What a user decides over the rules, and the names that do not exist."""

from decimal import Decimal

import pytest

from synth_assets.errors import RequestError
from synth_assets.plan import apply_overrides, infer_plan, validate_plan
from synth_assets.plan.request import ColumnOverride, DatasetRequest, TableOverride
from synth_assets.plan.strategies import Categorical, Number
from synth_assets.schema.expressions import ColumnRef, Comparison, Literal
from synth_assets_tests.plan.schemas import schema, table

POSITIVE = Comparison(operator=">", left=ColumnRef(name="price"), right=Literal(type="number", text="0"))
ONE = schema(table("Products", checks=(POSITIVE,), id="serial pk", price="numeric(8,2) nn", name="text"), table("Orders", id="serial pk"))


def planned(**request):
    wanted = DatasetRequest(**request)
    return apply_overrides(infer_plan(ONE, wanted), ONE, wanted)


def test_names_match_whatever_their_letter_case():
    strategy = Number(low=Decimal(5), high=Decimal(9))
    plan = planned(
        rows_by_table={"orders": 7}, overrides={"PRODUCTS": TableOverride(rows=3, columns={"PRICE": ColumnOverride(strategy=strategy)})}
    )
    assert (plan.table("Orders").row_count, plan.table("Products").row_count) == (7, 3)
    column = plan.table("Products").column("price")
    assert (column.strategy, column.origin) == (strategy, "user")
    assert validate_plan(ONE, plan) == ()


def test_every_unknown_name_is_reported_at_once_with_the_closest():
    overrides = {"Product": TableOverride(), "Orders": TableOverride(columns={"idd": ColumnOverride(null_fraction=0.5)})}
    with pytest.raises(RequestError) as caught:
        planned(rows_by_table={"Ordres": 5}, overrides=overrides, gemini={"tables": {"Order": {"rows": 5}, "ORDERS": {"rows": 5}}})
    found = {d.code: d for d in caught.value.diagnostics}
    assert [d.where for d in caught.value.diagnostics if "gemini" in d.where] == ["gemini.tables.Order"]
    assert len(caught.value.diagnostics) == 4
    assert found["REQ202"].hint == "did you mean 'id'?"
    assert {d.hint for d in caught.value.diagnostics if d.code == "REQ201"} == {"did you mean 'Orders'?", "did you mean 'Products'?"}


def test_an_override_that_may_break_a_check_is_redrawn():
    strategy = Number(low=Decimal(-5), high=Decimal(9))
    plan = planned(overrides={"Products": TableOverride(columns={"price": ColumnOverride(strategy=strategy)})})
    assert [r.columns for r in plan.table("Products").redraws] == [("price",)]
    assert [d.code for d in validate_plan(ONE, plan)] == ["PLAN301"]


def test_an_override_against_not_null_or_the_type_is_an_error():
    columns = {"price": ColumnOverride(null_fraction=0.5), "name": ColumnOverride(strategy=Categorical(values=("a",), weights=(1.0, 2.0)))}
    plan = planned(overrides={"Products": TableOverride(columns=columns)})
    assert {d.code for d in validate_plan(ONE, plan) if d.is_error} == {"PLAN122", "PLAN125"}
