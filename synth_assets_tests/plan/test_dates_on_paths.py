"""No date precedes the rows it refers to, along every path of keys; DuckDB judges the rows of schemas shaped every way keys lead."""

from datetime import timedelta

import pytest

from synth_assets.plan.model import AS_OF
from synth_assets.plan.strategies import Case, Offset, Reference, Temporal
from synth_assets_tests.plan.test_rollups import plan_of, rows_of

TWO_PARENTS = """
CREATE TABLE members (id serial PRIMARY KEY, joined date NOT NULL);
CREATE TABLE books (id serial PRIMARY KEY, acquired timestamp);
CREATE TABLE loans (id serial PRIMARY KEY, member_id int NOT NULL REFERENCES members, book_id int REFERENCES books,
  loan_date timestamp NOT NULL, due_date date NOT NULL, return_date timestamp,
  status varchar(10) NOT NULL CHECK (status IN ('borrowed', 'returned', 'overdue')));
CREATE TABLE fines (id serial PRIMARY KEY, loan_id int NOT NULL REFERENCES loans, issued_on date NOT NULL, paid_on date);
"""
CHAIN = """
CREATE TABLE companies (id serial PRIMARY KEY, founded_on date NOT NULL);
CREATE TABLE customers (id serial PRIMARY KEY, signup_date date NOT NULL);
CREATE TABLE products (id serial PRIMARY KEY, company_id int NOT NULL REFERENCES companies);
CREATE TABLE orders (id serial PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, company_id int REFERENCES companies,
  order_date timestamp NOT NULL);
CREATE TABLE order_items (order_id int NOT NULL REFERENCES orders, line_number int NOT NULL, product_id int NOT NULL REFERENCES products,
  PRIMARY KEY (order_id, line_number));
CREATE TABLE returns (order_id int NOT NULL, line_number int NOT NULL, returned_on date NOT NULL, refunded_at timestamp,
  PRIMARY KEY (order_id, line_number), FOREIGN KEY (order_id, line_number) REFERENCES order_items (order_id, line_number),
  CHECK (refunded_at > returned_on));
"""
CIRCLE = """
CREATE TABLE teams (id serial PRIMARY KEY, lead_id int, created_at timestamp NOT NULL);
CREATE TABLE people (id serial PRIMARY KEY, team_id int NOT NULL REFERENCES teams, boss_id int REFERENCES people, hired_on date NOT NULL,
  left_on date, CHECK (left_on >= hired_on));
ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES people (id);
CREATE TABLE awards (id serial PRIMARY KEY, person_id int NOT NULL REFERENCES people, team_id int NOT NULL REFERENCES teams, given_on date);
"""
FACTS = {
    "a loan is no older than its member": (TWO_PARENTS, "FROM loans l JOIN members m ON m.id = member_id WHERE loan_date < joined"),
    "a loan is no older than its book": (TWO_PARENTS, "FROM loans l JOIN books b ON b.id = book_id WHERE loan_date < acquired"),
    "a fine is no older than its loan": (TWO_PARENTS, "FROM fines f JOIN loans l ON l.id = loan_id WHERE issued_on < loan_date"),
    "a fine is paid after it is issued": (TWO_PARENTS, "FROM fines WHERE paid_on < issued_on"),
    "a loan ends after it began": (TWO_PARENTS, "FROM loans WHERE return_date < loan_date OR due_date < loan_date"),
    "an order is no older than its customer": (
        CHAIN,
        "FROM orders o JOIN customers c ON c.id = customer_id WHERE order_date < signup_date",
    ),
    "an order is no older than its company": (CHAIN, "FROM orders o JOIN companies c ON c.id = company_id WHERE order_date < founded_on"),
    "a return is no older than the order, two keys away": (
        CHAIN,
        "FROM returns r JOIN orders o ON o.id = r.order_id WHERE returned_on < order_date",
    ),
    "a return is no older than the product's company, three keys away": (
        CHAIN,
        """FROM returns r JOIN order_items USING (order_id, line_number) JOIN products p ON p.id = product_id
           JOIN companies c ON c.id = p.company_id WHERE returned_on < founded_on""",
    ),
    "what a CHECK orders comes after that": (CHAIN, "FROM returns WHERE refunded_at <= returned_on"),
    "nobody is hired before the team is there": (CIRCLE, "FROM people p JOIN teams t ON t.id = team_id WHERE hired_on < created_at"),
    "nobody leaves before coming": (CIRCLE, "FROM people WHERE left_on < hired_on"),
    "an award is no older than the person": (CIRCLE, "FROM awards a JOIN people p ON p.id = person_id WHERE given_on < hired_on"),
    "an award is no older than the team": (CIRCLE, "FROM awards a JOIN teams t ON t.id = team_id WHERE given_on < created_at"),
}


@pytest.fixture(scope="module")
def databases():
    return {ddl: rows_of(*plan_of(ddl, rows=600)) for ddl in (TWO_PARENTS, CHAIN, CIRCLE)}


@pytest.mark.parametrize("fact", FACTS)
def test_no_row_speaks_against(databases, fact):
    ddl, query = FACTS[fact]
    assert databases[ddl].execute(f"SELECT * {query} LIMIT 3").fetchall() == []


def test_dates_are_spread_and_not_after_today(databases):
    """Following others may not heap all dates on today."""
    for ddl, table, column in ((TWO_PARENTS, "loans", "loan_date"), (CHAIN, "returns", "returned_on"), (CIRCLE, "awards", "given_on")):
        query = f"SELECT max({column})::date, count(DISTINCT {column}::date), avg(({column}::date = DATE '{AS_OF}')::int) FROM {table}"
        last, days, today = databases[ddl].execute(query).fetchall()[0]
        assert last <= AS_OF
        assert days > 150
        assert today < 0.1


def test_the_latest_of_several_parents_counts():
    strategy = plan_of(TWO_PARENTS)[1].table("loans").column("loan_date").strategy
    assert isinstance(strategy, Case)
    assert isinstance(strategy.otherwise, Offset)
    parents = (Reference(column="joined", relation="member_id"), Reference(column="acquired", relation="book_id"))
    assert (strategy.otherwise.base, *strategy.otherwise.after) == parents
    for branch in strategy.branches:
        assert isinstance(branch.strategy, Temporal)
        assert branch.strategy.after == parents
        assert branch.strategy.high <= AS_OF


def test_a_path_ends_where_a_row_says_when_it_began():
    strategy = plan_of(CHAIN)[1].table("returns").column("returned_on").strategy
    assert isinstance(strategy, Offset)
    assert [r.relation for r in (strategy.base, *strategy.after)] == [
        "order_id,line_number/order_id",
        "order_id,line_number/product_id/company_id",
    ]


def test_a_check_between_dates_keeps_what_the_parents_say():
    strategy = plan_of(CIRCLE)[1].table("people").column("left_on").strategy
    assert isinstance(strategy, Offset)
    assert strategy.base == Reference(column="hired_on")


def test_in_a_circle_one_side_follows():
    plan = plan_of(CIRCLE)[1]
    hired, created = (plan.table(t).column(c).strategy for t, c in (("people", "hired_on"), ("teams", "created_at")))
    assert isinstance(hired, Offset)
    assert hired.base == Reference(column="created_at", relation="team_id")
    assert isinstance(created, Temporal)


def test_what_is_of_its_own_follows_nobody():
    ddl = """CREATE TABLE owners (id serial PRIMARY KEY, registered_at date NOT NULL);
        CREATE TABLE firms (id serial PRIMARY KEY, owner_id int NOT NULL REFERENCES owners, founded_on date NOT NULL, expiry_date date);"""
    columns = plan_of(ddl)[1].table("firms").columns_by_name
    assert isinstance(columns["founded_on"].strategy, Temporal)
    assert columns["founded_on"].strategy.low < AS_OF - timedelta(days=365 * 50)


def test_dates_stand_alone_when_the_rule_is_off():
    off = {"off": ["dates_follow_parents", "dates_follow_parents_in_circles"]}
    for ddl, table, column in ((CHAIN, "orders", "order_date"), (CIRCLE, "awards", "given_on")):
        assert isinstance(plan_of(ddl, coherence=off)[1].table(table).column(column).strategy, Temporal)
