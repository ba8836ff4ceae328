"""Which columns Gemini may write: free text, and nothing that a key, a constraint or another cell reads."""

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.plan import make_plan, validate_plan
from synth_assets.plan.cells import has_circle
from synth_assets.plan.filling import with_filled
from synth_assets.plan.model import Plan
from synth_assets.plan.request import ColumnOverride, DatasetRequest, GeminiRequest, GeminiTableRequest, TableOverride
from synth_assets.plan.strategies import Filled, Reference, Template, Text
from synth_assets.schema.model import Schema

SHOP = """
CREATE TABLE customers (id serial PRIMARY KEY, first_name varchar(50) NOT NULL, last_name varchar(50) NOT NULL, full_name varchar(100),
  email varchar(255) UNIQUE,
  phone varchar(20), street_address varchar(200), website varchar(200), username varchar(60), coupon_code varchar(40), domain varchar(80),
  avatar_url varchar(200), bio text);
CREATE TABLE categories (id serial PRIMARY KEY, name varchar(80) NOT NULL UNIQUE, description text);
CREATE TABLE products (id serial PRIMARY KEY, category_id int NOT NULL REFERENCES categories(id), name varchar(120) NOT NULL,
  sku varchar(20) UNIQUE, description text, tagline text CHECK (length(tagline) > 3), price numeric(10,2));
CREATE TABLE reviews (id serial PRIMARY KEY, product_id int NOT NULL REFERENCES products(id), customer_id int NOT NULL
  REFERENCES customers(id), rating int NOT NULL CHECK (rating BETWEEN 1 AND 5), title varchar(100), body text NOT NULL,
  body_length int GENERATED ALWAYS AS (length(body)) STORED, status varchar(10) CHECK (status IN ('new', 'shown')));
CREATE UNIQUE INDEX one_title ON reviews (product_id, lower(title));
"""


@pytest.fixture(scope="module")
def shop() -> Schema:
    return read_ddl(SHOP, source="shop.sql", dialect="postgres").schema


def filled_columns(plan: Plan) -> dict[str, Filled]:
    return {f"{t.table}.{c.column}": c.strategy for t in plan.tables for c in t.columns if isinstance(c.strategy, Filled)}


def planned(schema: Schema, **request: object) -> Plan:
    asked = DatasetRequest(**request)
    return with_filled(schema, make_plan(schema, asked), asked)


def test_free_text_is_filled_and_what_a_vocabulary_or_a_constraint_holds_is_not(shop):
    assert set(filled_columns(planned(shop))) == {"customers.bio", "categories.description", "products.name", "products.description"}


def test_a_body_that_the_database_computes_from_is_left_alone_and_else_matched_on_its_rating(shop):
    table = shop.table("reviews")
    plain = table.model_copy(update={"columns": tuple(c for c in table.columns if c.generated is None), "unique_constraints": ()})
    schema = shop.model_copy(update={"tables": tuple(plain if t.key == "reviews" else t for t in shop.tables)})
    body = filled_columns(planned(schema))["reviews.body"]
    assert body.match == ("rating", "status")
    assert Reference(column="name", relation="product_id") in body.mentions
    assert Reference(column="first_name", relation="customer_id") in body.mentions
    assert not isinstance(body.otherwise, Filled)


def test_the_plan_still_holds(shop):
    plan = planned(shop)
    assert not [d for d in validate_plan(shop, plan) if d.is_error]
    assert not has_circle(plan)


def test_what_the_user_decides_stays_and_a_table_may_be_left_out(shop):
    overrides = {"products": TableOverride(columns={"name": ColumnOverride(strategy=Template(templates=("Thing {number:1-9}",)))})}
    gemini = GeminiRequest(rows=50, tables={"Customers": GeminiTableRequest(rows=0)})
    found = filled_columns(planned(shop, overrides=overrides, gemini=gemini))
    assert set(found) == {"categories.description", "products.description"}
    assert {f.rows for f in found.values()} == {50}


def test_rows_asked_for_change_no_word_of_it(shop):
    assert filled_columns(planned(shop, rows=200)) == filled_columns(planned(shop, rows=200_000))


def test_a_table_without_rows_is_not_filled(shop):
    assert not filled_columns(planned(shop, rows=0))


@pytest.mark.parametrize("column", ["tagline", "sku"])
def test_a_text_that_a_constraint_reads_is_refused_by_name(shop, column):
    overrides = {"products": TableOverride(columns={column: ColumnOverride(strategy=Filled(rows=5, otherwise=Text(topic="generic")))})}
    problems = validate_plan(shop, make_plan(shop, DatasetRequest(overrides=overrides)))
    assert ("PLAN137", f"products.{column}") in {(p.code, p.where) for p in problems}


def test_a_column_that_another_reads_is_not_filled():
    schema = read_ddl(
        "CREATE TABLE posts (id serial PRIMARY KEY, title varchar(100) NOT NULL, slug varchar(120) NOT NULL, body text);",
        source="blog.sql",
        dialect="postgres",
    ).schema
    overrides = {"posts": TableOverride(columns={"slug": ColumnOverride(strategy=Template(templates=("{column:title|slug}",)))})}
    assert set(filled_columns(planned(schema, overrides=overrides))) == {"posts.body"}


def test_types_that_do_not_take_every_text_are_left_alone():
    """An ampersand ends a load of XML; a TINYTEXT holds bytes, not letters."""

    def filled(dialect: str, columns: str) -> set[str]:
        read = read_ddl(f"CREATE TABLE a (id int PRIMARY KEY, {columns});", source="a.sql", dialect=dialect)
        return set(filled_columns(planned(read.schema)))

    found = {
        dialect: filled(dialect, columns)
        for dialect, columns in {
            "tsql": "body xml, bio sysname, remark ntext",
            "postgres": "message name, description text, name varchar(80)",
            "mysql": "body tinytext, remark mediumtext",
        }.items()
    }
    assert {k: v for k, v in found.items() if k != "postgres"} == {"tsql": {"a.remark"}, "mysql": {"a.remark"}}
    assert "a.message" not in found["postgres"]
    assert "a.description" in found["postgres"]
