"""Plans of keys that must agree: as YAML, after overrides, edited by hand, and where a database computes the values."""

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.plan import apply_overrides, dump_plan, fingerprint_table_plan, infer_plan, load_plan, validate_plan
from synth_assets.plan.model import Condition, Matching, Requirement
from synth_assets.plan.request import ColumnOverride, DatasetRequest, TableOverride
from synth_assets.plan.strategies import Constant, Reference
from synth_assets.schema.expressions import ColumnRef, Comparison
from synth_assets_tests.plan.schemas import schema, table
from synth_assets_tests.plan.test_shared_keys import COMPANIES, MANAGES, SHOP, STAFF, rows_of, tuples


def test_a_plan_with_matching_relations_goes_to_yaml_and_back():
    plan = infer_plan(SHOP, DatasetRequest())
    assert load_plan(dump_plan(plan), "plan.yaml") == plan


def test_what_is_required_counts_for_the_fingerprint_of_who_requires_it():
    """Orders wait for products of their company: another plan of products makes other orders."""
    few, many = (infer_plan(SHOP, DatasetRequest(rows=100, rows_by_table={"products": n})) for n in (50, 60))
    products = many.table("products")
    changed = few.model_copy(update={"tables": tuple(products if t.table == "products" else t for t in few.tables)})
    assert fingerprint_table_plan(changed, "orders") != fingerprint_table_plan(few, "orders")


def test_a_row_that_must_not_refer_to_itself_is_proved_not_to():
    """`CHECK (manager_number <> number)` holds by construction: the roots are NULL, and another row has another number."""
    checks = (Comparison(operator="<>", left=ColumnRef(name="manager_number"), right=ColumnRef(name="number")),)
    employees = STAFF.table("employees")
    columns = {c.name: f"int{'' if c.nullable else ' nn'}" for c in employees.columns}
    columns["company_id"] += " fk companies.id"
    checked = table("employees", checks=checks, pk=("company_id", "number"), fks=(MANAGES,), **columns)
    one = schema(COMPANIES, checked)
    plan = infer_plan(one, DatasetRequest())
    assert validate_plan(one, plan) == ()
    assert plan.table("employees").redraws == ()


def overridden(one, table_, column, strategy):
    request = DatasetRequest(rows=60, overrides={table_: TableOverride(columns={column: ColumnOverride(strategy=strategy)})})
    plan = apply_overrides(infer_plan(one, request), one, request)
    return plan, [d.code for d in validate_plan(one, plan) if d.is_error]


def test_an_override_takes_its_requirements_along_and_leaves_what_others_need():
    plan, errors = overridden(SHOP, "order_items", "product_id", Constant(value="1"))
    assert plan.table("orders").relations_by_name["company_id"].fan_out.requires == ()
    assert errors == ["PLAN201"], "the key is the user's own now"
    plan, errors = overridden(SHOP, "order_items", "line_no", Constant(value="1"))
    assert list(plan.table("order_items").relations_by_name) == ["order_id", "product_id"]
    plan, errors = overridden(SHOP, "orders", "company_id", Constant(value="1"))
    assert errors == ["PLAN201", "PLAN211"], "and nothing waits for products of company 1"


BROKEN: dict[str, dict[str, object]] = {
    "a condition on a column that the parent lacks": {"conditions": (Condition(parent_column="nil", value=Reference(column="line_no")),)},
    "a value of a relation that is not there": {
        "conditions": (Condition(parent_column="id", value=Reference(column="id", relation="nil")),)
    },
    "earlier rows of another table": {"earlier": True},
    "siblings of an owner without a limit": {"distinct_within": "order_id"},
    "one by one, though rows differ": {"once": True},
    "a requirement of a relation that matches nothing": {
        "requires": (Requirement(table="order_items", relation="order_id", values=(Reference(column="company_id"),)),)
    },
    "a requirement with a value too many": {
        "requires": (Requirement(table="order_items", relation="product_id", values=(Reference(column="id"), Reference(column="id"))),)
    },
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_matching_relation_that_is_not_whole_is_refused(what):
    plan = infer_plan(SHOP, DatasetRequest(rows=60))
    items = plan.table("order_items")
    relations = tuple(
        r.model_copy(update={"fan_out": r.fan_out.model_copy(update=BROKEN[what])}) if r.name == "product_id" else r
        for r in items.relations
    )
    broken = items.model_copy(update={"relations": relations})
    changed = plan.model_copy(update={"tables": tuple(broken if t is items else t for t in plan.tables)})
    assert "PLAN212" in {d.code for d in validate_plan(SHOP, changed)}


def test_a_pick_that_waits_for_itself_is_a_cycle():
    """A company that is picked by the products it will have, by way of its own pick."""
    plan = infer_plan(SHOP, DatasetRequest(rows=60))
    products = plan.table("products")
    condition = Condition(parent_column="id", value=Reference(column="company_id"))
    relations = tuple(
        r.model_copy(update={"fan_out": Matching(conditions=(condition,))}) if r.name == "company_id" else r for r in products.relations
    )
    looped = products.model_copy(update={"relations": relations})
    changed = plan.model_copy(update={"tables": tuple(looped if t is products else t for t in plan.tables)})
    assert "PLAN123" in {d.code for d in validate_plan(SHOP, changed)}


GENERATED = """
CREATE TABLE federations (code text PRIMARY KEY);
CREATE TABLE competitors (
    id text GENERATED ALWAYS AS ((federation || ':') || external_id::text) STORED PRIMARY KEY,
    federation text NOT NULL REFERENCES federations (code),
    external_id bigint NOT NULL,
    UNIQUE (federation, external_id)
);
CREATE TABLE entries (id serial PRIMARY KEY, competitor_id text NOT NULL REFERENCES competitors (id));
CREATE TABLE old_names (pg_id bigint PRIMARY KEY, id bigint GENERATED ALWAYS AS (pg_id) STORED UNIQUE);
CREATE TABLE uses_old_name (id serial PRIMARY KEY, old_id bigint NOT NULL REFERENCES old_names (id));
CREATE TABLE codes (id serial PRIMARY KEY, code varchar(20) NOT NULL, folded varchar(20) GENERATED ALWAYS AS (lower(code)) STORED UNIQUE);
CREATE TABLE uses_code (id serial PRIMARY KEY, folded varchar(20) NOT NULL REFERENCES codes (folded));
CREATE TABLE scores (
    id serial PRIMARY KEY,
    federation text NOT NULL,
    number bigint NOT NULL,
    competitor text GENERATED ALWAYS AS ((federation || ':') || number::text) STORED REFERENCES competitors (id)
);
CREATE TABLE blobs (hash text GENERATED ALWAYS AS (oddly(content)) STORED PRIMARY KEY, content text NOT NULL);
CREATE TABLE pages (id serial PRIMARY KEY, hash text REFERENCES blobs (hash));
"""


def test_keys_meet_what_the_database_will_compute():
    one = read_ddl(GENERATED, source="generated.sql").schema
    _, rows = rows_of(one, rows=150)
    competitors = {f"{f}:{n}" for f, n in tuples(rows["competitors"], ("federation", "external_id"))}
    assert len(competitors) == 150
    assert set(rows["entries"]["competitor_id"]) <= competitors
    assert {f"{f}:{n}" for f, n in tuples(rows["scores"], ("federation", "number"))} <= competitors
    assert set(rows["uses_old_name"]["old_id"]) <= set(rows["old_names"]["pg_id"])
    assert set(rows["uses_code"]["folded"]) <= {c.lower() for c in rows["codes"]["code"]}
    assert set(rows["pages"]["hash"]) == {None}
