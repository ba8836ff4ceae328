"""Plans do not depend on how many rows there are, only on how tables compare; columns do not depend on their neighbours."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.request import DatasetRequest
from synth_assets_tests.plan.schemas import schema, table

SHOP = (
    table("customers", id="serial pk", email="varchar(200) nn uq", created_at="timestamp nn"),
    table("orders", id="serial pk", customer_id="int nn fk customers.id", status="enum(Pending|Shipped|Delivered)", shipped_at="timestamp"),
    table("products", sku="varchar(20) pk", price="numeric(10,2) nn"),
    table(
        "order_items",
        pk=("order_id", "line_no"),
        order_id="int fk orders.id",
        line_no="int",
        sku="varchar(20) nn fk products.sku",
        quantity="int nn",
    ),
    table("favourites", pk=("customer_id", "sku"), customer_id="int fk customers.id", sku="varchar(20) fk products.sku"),
)


def without_counts(plan):
    return [t.model_copy(update={"row_count": 0}) for t in plan.tables]


@settings(max_examples=25, deadline=None)
@given(st.integers(min_value=40, max_value=5000), st.integers(min_value=1, max_value=40))
def test_tables_that_grow_alike_keep_their_plans(rows, factor):
    one = schema(*SHOP)
    assert without_counts(infer_plan(one, DatasetRequest(rows=rows))) == without_counts(infer_plan(one, DatasetRequest(rows=rows * factor)))


def test_a_thousand_and_eleven_hundred_rows_have_one_plan():
    one = schema(*SHOP)
    assert without_counts(infer_plan(one, DatasetRequest(rows=1000))) == without_counts(infer_plan(one, DatasetRequest(rows=1100)))


def test_another_nullable_column_changes_no_other_plan():
    before = infer_plan(schema(*SHOP), DatasetRequest())
    wider = table("customers", id="serial pk", email="varchar(200) nn uq", created_at="timestamp nn", nickname="text")
    after = infer_plan(schema(wider, *SHOP[1:]), DatasetRequest())
    assert after.tables[1:] == before.tables[1:]
    assert after.tables[0].columns[:3] == before.tables[0].columns


@pytest.mark.parametrize(
    "alone",
    [
        table("places", id="serial pk", street_address="varchar(200) nn uq"),
        table("branches", id="serial pk", address="text nn uq"),
        table("visits", unique=(("user_id", "visited_at"),), id="serial pk", user_id="int nn", visited_at="date nn"),
        table("prices", unique=(("kind", "day"),), id="serial pk", kind="enum(Low|High) nn", day="date nn"),
    ],
    ids=lambda t: t.key,
)
def test_what_runs_out_of_values_soon_has_room_from_the_first_row_on(alone):
    few, many = (infer_plan(schema(alone), DatasetRequest(rows=rows)) for rows in (40, 3000))
    assert without_counts(few) == without_counts(many)
    assert not [d for d in validate_plan(schema(alone), many) if d.is_error]
