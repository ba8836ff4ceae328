"""What a row says of its children, of its parents and of itself adds up: DDL in, rows out, judged by DuckDB, which made none of them."""

import re
from pathlib import Path

import duckdb
import pytest

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.errors import RequestError
from synth_assets.plan import apply_overrides, infer_plan, validate_plan
from synth_assets.plan.explain import offered_references
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest, read_request
from synth_assets.plan.rules.catalog import coherence_rule_names
from synth_assets.plan.strategies import Aggregate, AnyRow, Case, Copy, Number, Product, Total
from synth_assets.schema.model import Schema

SHOP = """
CREATE TABLE customers (id serial PRIMARY KEY, name varchar(60) NOT NULL, signup_date date NOT NULL, num_orders int NOT NULL,
  open_order_count int NOT NULL, total_spent numeric(12,2) NOT NULL, last_order_date date, first_order_at timestamp);
CREATE TABLE products (id serial PRIMARY KEY, name varchar(80) NOT NULL, price numeric(10,2) NOT NULL CHECK (price > 0),
  average_rating numeric(3,2), rating_count int NOT NULL, reviews_count int);
CREATE TABLE orders (id serial PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, order_date date NOT NULL,
  status varchar(10) NOT NULL CHECK (status IN ('open', 'paid', 'shipped')), total_items int NOT NULL, subtotal numeric(12,2) NOT NULL,
  tax numeric(12,2) NOT NULL, shipping numeric(12,2), discount numeric(12,2) NOT NULL, total numeric(12,2) NOT NULL CHECK (total >= 0),
  CHECK (total = subtotal + tax + COALESCE(shipping, 0) - discount));
CREATE TABLE order_items (order_id int REFERENCES orders, line int, product_id int NOT NULL REFERENCES products, quantity int NOT NULL
  CHECK (quantity BETWEEN 1 AND 9), unit_price numeric(10,2) NOT NULL, PRIMARY KEY (order_id, line));
CREATE TABLE product_reviews (id serial PRIMARY KEY, product_id int NOT NULL REFERENCES products, rating int NOT NULL
  CHECK (rating BETWEEN 1 AND 5), body text);
"""
SHOP_FACTS = {
    "orders are counted": "FROM customers c WHERE num_orders <> (SELECT count(*) FROM orders o WHERE o.customer_id = c.id)",
    "open orders are counted": """FROM customers c WHERE open_order_count <>
        (SELECT count(*) FROM orders o WHERE o.customer_id = c.id AND status = 'open')""",
    "spending adds up": "FROM customers c WHERE total_spent <> (SELECT coalesce(sum(total), 0) FROM orders o WHERE o.customer_id = c.id)",
    "the last order is the last": """FROM customers c WHERE last_order_date IS DISTINCT FROM
        (SELECT max(order_date) FROM orders o WHERE o.customer_id = c.id)""",
    "the first order is the first": """FROM customers c WHERE first_order_at IS DISTINCT FROM
        (SELECT min(order_date) FROM orders o WHERE o.customer_id = c.id)""",
    "ratings are averages": """FROM products p WHERE average_rating IS DISTINCT FROM
        (SELECT floor(avg(rating) * 100 + 0.5000001) / 100 FROM product_reviews r WHERE r.product_id = p.id)""",
    "reviews are counted": "FROM products p WHERE reviews_count <> (SELECT count(*) FROM product_reviews r WHERE r.product_id = p.id)",
    "items are counted": "FROM orders o WHERE total_items <> (SELECT count(*) FROM order_items i WHERE i.order_id = o.id)",
    "a subtotal is the sum of price times quantity": """FROM orders o WHERE subtotal <>
        (SELECT coalesce(sum(quantity * unit_price), 0) FROM order_items i WHERE i.order_id = o.id)""",
    "a total is what its CHECK says": "FROM orders WHERE total <> subtotal + tax + coalesce(shipping, 0) - discount OR total < 0",
    "an item has its product's price": "FROM order_items i JOIN products p ON p.id = product_id WHERE unit_price <> price",
    "nobody orders before signing up": "FROM orders o JOIN customers c ON c.id = customer_id WHERE order_date < signup_date",
}

LIBRARY = """
CREATE TABLE books (id serial PRIMARY KEY, title varchar(100) NOT NULL, quantity int NOT NULL, available_quantity int NOT NULL,
  CHECK (available_quantity >= 0), CHECK (available_quantity <= quantity));
CREATE TABLE members (id serial PRIMARY KEY, name varchar(60) NOT NULL, joined date NOT NULL, active_loans_count int NOT NULL);
CREATE TABLE loans (id serial PRIMARY KEY, book_id int NOT NULL REFERENCES books, member_id int NOT NULL REFERENCES members,
  loan_date date NOT NULL, return_date date, status varchar(12) NOT NULL CHECK (status IN ('active', 'returned', 'overdue')));
CREATE TABLE rooms (id serial PRIMARY KEY, total_copies smallint NOT NULL, available_copies smallint NOT NULL);
CREATE TABLE reservations (id serial PRIMARY KEY, room_id int NOT NULL REFERENCES rooms, reserved_at timestamp NOT NULL,
  released_at timestamp);
"""
LIBRARY_FACTS = {
    "what is lent is not available": """FROM books b WHERE available_quantity <> quantity -
        (SELECT count(*) FROM loans l WHERE l.book_id = b.id AND status IN ('active', 'overdue'))""",
    "available copies are some of the copies": "FROM books WHERE available_quantity < 0 OR available_quantity > quantity",
    "active loans are counted": """FROM members m WHERE active_loans_count <>
        (SELECT count(*) FROM loans l WHERE l.member_id = m.id AND status = 'active')""",
    "open without a status is open by its date": """FROM rooms r WHERE available_copies <> total_copies -
        (SELECT count(*) FROM reservations v WHERE v.room_id = r.id AND released_at IS NULL)""",
}

PEOPLE = """
CREATE TABLE users (id serial PRIMARY KEY, name varchar(60) NOT NULL);
CREATE TABLE posts (id serial PRIMARY KEY, author_id int NOT NULL REFERENCES users, title text NOT NULL, comments int NOT NULL);
CREATE TABLE photos (id serial PRIMARY KEY, title text NOT NULL);
CREATE TABLE comments (id serial PRIMARY KEY, post_id int NOT NULL REFERENCES posts,
  commentable_type varchar(20) NOT NULL, commentable_id int NOT NULL, body text);
CREATE TABLE follows (follower_id int REFERENCES users, followee_id int REFERENCES users, PRIMARY KEY (follower_id, followee_id));
CREATE TABLE messages (id serial PRIMARY KEY, sender_id int NOT NULL REFERENCES users, recipient_id int NOT NULL REFERENCES users);
CREATE TABLE matches (id serial PRIMARY KEY, user1_id int NOT NULL REFERENCES users, user2_id int NOT NULL REFERENCES users);
CREATE TABLE audits (id serial PRIMARY KEY, entity_type varchar(10) CHECK (entity_type IN ('post', 'photos', 'App.User')), entity_id int);
"""
PEOPLE_FACTS = {
    "nobody follows himself": "FROM follows WHERE follower_id = followee_id",
    "nobody writes to himself": "FROM messages WHERE sender_id = recipient_id",
    "nobody plays himself": "FROM matches WHERE user1_id = user2_id",
    "comments are counted": "FROM posts p WHERE comments <> (SELECT count(*) FROM comments c WHERE c.post_id = p.id)",
    "a comment is on something": """FROM comments WHERE NOT CASE commentable_type WHEN 'User' THEN commentable_id IN (SELECT id FROM users)
        WHEN 'Post' THEN commentable_id IN (SELECT id FROM posts) ELSE false END""",
    "an audit is of something": """FROM audits WHERE (entity_type IS NULL) <> (entity_id IS NULL) OR NOT CASE entity_type
        WHEN 'post' THEN entity_id IN (SELECT id FROM posts) WHEN 'photos' THEN entity_id IN (SELECT id FROM photos)
        WHEN 'App.User' THEN entity_id IN (SELECT id FROM users) END""",
}
CASES = {"shop": (SHOP, SHOP_FACTS), "library": (LIBRARY, LIBRARY_FACTS), "people": (PEOPLE, PEOPLE_FACTS)}


def schema_of(ddl: str) -> Schema:
    schema = read_ddl(ddl.encode(), source="hand.sql", dialect="postgres").schema
    assert schema is not None
    return schema


def plan_of(ddl: str, **request: object) -> tuple[Schema, Plan]:
    schema = schema_of(ddl)
    plan = infer_plan(schema, DatasetRequest.model_validate(request))
    assert [d for d in validate_plan(schema, plan) if d.is_error] == []
    return schema, plan


def rows_of(schema: Schema, plan: Plan) -> duckdb.DuckDBPyConnection:
    generator, connection = Generator(schema, plan), duckdb.connect()
    for table in plan.tables:
        connection.register(table.table, generator.generate_rows(table.table, 0, table.row_count))
    return connection


@pytest.fixture(scope="module", params=[(name, rows) for name in CASES for rows in (40, 700)], ids=lambda p: f"{p[0]}-{p[1]}")
def case(request: pytest.FixtureRequest) -> tuple[str, duckdb.DuckDBPyConnection]:
    name, rows = request.param
    by_table = {"order_items": 3 * rows, "loans": 2 * rows, "product_reviews": 2 * rows}
    schema, plan = plan_of(CASES[name][0], rows=rows)
    known = {k: v for k, v in by_table.items() if k in plan.tables_by_key}
    schema, plan = plan_of(CASES[name][0], rows=rows, rows_by_table=known)
    return name, rows_of(schema, plan)


def test_no_row_speaks_against(case: tuple[str, duckdb.DuckDBPyConnection]) -> None:
    name, rows = case
    found = {fact: rows.execute(f"SELECT * {query} LIMIT 2").fetchall() for fact, query in CASES[name][1].items()}
    assert {fact: lines for fact, lines in found.items() if lines} == {}


def test_every_check_of_sums_is_met_by_construction() -> None:
    for ddl in (SHOP, LIBRARY):
        schema, plan = plan_of(ddl)
        assert validate_plan(schema, plan) == ()
        assert all(not t.redraws for t in plan.tables)


def test_sums_are_explained() -> None:
    _, plan = plan_of(SHOP)
    columns = plan.table("orders").columns_by_name
    assert columns["subtotal"].strategy == Aggregate(
        table="order_items", relation="order_id", function="sum", column="unit_price", times="quantity"
    )
    assert isinstance(columns["total"].strategy, Total)
    assert columns["total"].origin == "ddl"
    assert columns["total_items"].reason == "the number of its order_items"


def test_a_price_with_a_history_is_the_rows_own() -> None:
    history = (
        SHOP
        + "CREATE TABLE price_history (id serial PRIMARY KEY, product_id int NOT NULL REFERENCES products, price numeric(10,2) NOT NULL);"
    )
    strategies = [plan_of(ddl)[1].table("order_items").column("unit_price").strategy for ddl in (SHOP, history)]
    assert isinstance(strategies[0], Copy)
    assert isinstance(strategies[1], Number)


def test_prices_are_small_enough_for_their_sums() -> None:
    """numeric(6,2) holds 9,999.99: a price of up to 500 times nine, times a large family, would not fit."""
    tight = SHOP.replace("numeric(12,2)", "numeric(6,2)")
    schema, plan = plan_of(tight, rows=300, rows_by_table={"order_items": 1500})
    price = plan.table("products").column("price").strategy
    assert isinstance(price, Number)
    assert price.high < 100
    assert rows_of(schema, plan).execute("SELECT max(subtotal) FROM orders").fetchall()[0][0] > 0


def test_a_sum_that_an_override_makes_too_large_is_refused() -> None:
    schema = schema_of(SHOP)
    text = "overrides: {products: {columns: {price: {strategy: {kind: number, low: 1, high: 90000000}}}}}"
    request = read_request(text, "request.yaml")
    plan = apply_overrides(infer_plan(schema, request), schema, request)
    found = [d for d in validate_plan(schema, plan) if d.is_error]
    assert {d.code for d in found} == {"PLAN221"}
    assert "orders.subtotal" in {d.where for d in found}


def test_a_check_that_needs_more_than_nothing_has_it_where_there_are_no_children() -> None:
    ddl = SHOP.replace("total_items int NOT NULL", "total_items int NOT NULL CHECK (total_items > 0)")
    schema, plan = plan_of(ddl, rows=200)
    counts = rows_of(schema, plan).execute("SELECT total_items, (SELECT count(*) FROM order_items i WHERE i.order_id = o.id) FROM orders o")
    assert all(said == max(1, counted) for said, counted in counts.fetchall())


def test_a_column_that_a_check_ties_to_others_is_left_alone() -> None:
    ddl = SHOP.replace("num_orders int NOT NULL", "num_orders int NOT NULL, CHECK (num_orders < open_order_count + 5)")
    _, plan = plan_of(ddl)
    assert not isinstance(plan.table("customers").column("num_orders").strategy, Aggregate)


def test_names_without_a_table_are_what_they_were() -> None:
    _, plan = plan_of(
        "CREATE TABLE pages (id serial PRIMARY KEY, word_count int NOT NULL, total numeric(8,2) NOT NULL, last_visit_at timestamp)"
    )
    assert not any(isinstance(c.strategy, Aggregate | Total) for c in plan.tables[0].columns)


def test_a_child_that_is_a_share_of_its_parent_is_not_added_up_to_it() -> None:
    """What would be computed from itself keeps its strategy: an amount of children that follow their parent's total."""
    schema = schema_of("""
        CREATE TABLE invoices (id serial PRIMARY KEY, quantity int NOT NULL, price numeric(8,2) NOT NULL, total numeric(12,2) NOT NULL);
        CREATE TABLE invoice_lines (id serial PRIMARY KEY, invoice_id int NOT NULL REFERENCES invoices, quantity int NOT NULL,
          price numeric(8,2) NOT NULL, amount numeric(12,2) NOT NULL);""")
    plan = infer_plan(schema, DatasetRequest())
    assert [d for d in validate_plan(schema, plan) if d.is_error] == []
    assert isinstance(plan.table("invoices").column("total").strategy, Aggregate | Product)


def test_pairs_without_a_list_take_the_tables_that_others_refer_to() -> None:
    _, plan = plan_of(PEOPLE)
    strategy = plan.table("comments").column("commentable_id").strategy
    assert isinstance(strategy, Case)
    assert {b.strategy.table for b in strategy.branches if isinstance(b.strategy, AnyRow)} | {strategy.otherwise.table} == {
        "posts",
        "users",
    }  # type: ignore[union-attr]
    assert "names: posts, users" in plan.table("comments").column("commentable_id").reason


def test_pairs_with_a_type_that_is_no_table_are_left_alone() -> None:
    ddl = PEOPLE.replace("'post', 'photos'", "'post', 'moon'")
    _, plan = plan_of(ddl)
    assert isinstance(plan.table("audits").column("entity_id").strategy, Number)


@pytest.mark.parametrize(
    ("rule", "table", "column"),
    [
        ("children_are_counted", "customers", "num_orders"),
        ("spending_adds_up", "customers", "total_spent"),
        ("ratings_are_averages", "products", "average_rating"),
        ("last_events_are_the_last", "customers", "last_order_date"),
        ("totals_add_up", "orders", "subtotal"),
        ("products", "order_items", "unit_price"),
    ],
)
def test_each_rule_can_be_switched_off(rule: str, table: str, column: str) -> None:
    with_it, without = (plan_of(SHOP, coherence=c)[1].table(table).column(column).strategy for c in ({}, {"off": [rule]}))
    assert isinstance(with_it, Aggregate | Copy)
    assert not isinstance(without, Aggregate | Copy)


def test_all_coherence_can_be_switched_off_and_no_constraint() -> None:
    """The total's CHECK holds all the same; nothing else of a row is computed from other rows."""
    schema, plan = plan_of(SHOP, coherence=False)
    assert isinstance(plan.table("orders").column("total").strategy, Total)
    found = [c.column for t in plan.tables for c in t.columns if isinstance(c.strategy, Aggregate | Copy)]
    assert found == []
    assert (
        rows_of(schema, plan).execute("SELECT * FROM orders WHERE total <> subtotal + tax + coalesce(shipping, 0) - discount").fetchall()
        == []
    )


@pytest.mark.parametrize("text", ["coherence: off", "coherence: {off: [all]}", "coherence: 'off'"])
def test_the_switch_reads_as_a_person_writes_it(text: str) -> None:
    assert read_request(text, "request.yaml").coherence.off == ("all",)


def test_the_switch_names_rules() -> None:
    request = read_request("coherence:\n  off: [roles_differ, totals_add_up]", "request.yaml")
    assert request.coherence.off == ("roles_differ", "totals_add_up")
    assert {"roles_differ", "totals_add_up"} < set(coherence_rule_names())


def test_an_unknown_rule_is_reported_with_the_nearest() -> None:
    schema = schema_of(SHOP)
    request = DatasetRequest.model_validate({"coherence": {"off": ["total_add_up"]}})
    with pytest.raises(RequestError) as caught:
        apply_overrides(infer_plan(schema, request), schema, request)
    (found,) = caught.value.diagnostics
    assert (found.code, found.found, found.hint) == ("REQ204", "total_add_up", "did you mean 'totals_add_up'?")


def test_a_row_drawn_again_never_waits_for_itself() -> None:
    """A CHECK that only redrawing meets, over a date that others follow back to the row: coherence gives way, and rows come out."""
    schema, plan = plan_of(
        """CREATE TABLE teams (id serial PRIMARY KEY, lead_id int NOT NULL, level int NOT NULL, created_at date NOT NULL,
             reviewed date NOT NULL, CHECK (reviewed <> created_at OR level IS NULL));
           CREATE TABLE people (id serial PRIMARY KEY, team_id int NOT NULL REFERENCES teams, hired_on date NOT NULL);
           ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES people (id);""",
        rows=200,
    )
    assert plan.table("teams").redraws
    assert rows_of(schema, plan).execute("SELECT * FROM teams WHERE NOT (reviewed <> created_at OR level IS NULL)").fetchall() == []


def test_pairs_are_offered_where_a_schema_is_looked_at() -> None:
    found = {(o.table, o.by, o.column): o.tables for o in offered_references(plan_of(PEOPLE)[1])}
    assert found == {
        ("comments", "commentable_type", "commentable_id"): ("posts", "users"),
        ("audits", "entity_type", "entity_id"): ("photos", "posts", "users"),
    }


def test_the_page_names_every_rule_that_can_be_switched_off() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "plan.md").read_text(encoding="utf-8")
    listed = page.split("## Coherence rules that can be switched off")[1].split("## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", listed, re.MULTILINE)) == coherence_rule_names()
