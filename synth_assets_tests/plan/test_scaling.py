"""Plans do not depend on how many rows there are, only on how tables compare; columns do not depend on their neighbours."""

from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.plan import infer_plan
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
