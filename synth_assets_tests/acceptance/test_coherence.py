"""The hard case makes sense across tables: what no constraint says and every reader of the rows would expect.

Each fact is a query that finds the rows against it; DuckDB judges, which took no part in making them.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

DDL = Path(__file__).parent / "hard_case" / "marketplace.sql"
ROWS = 1000

VIOLATIONS = {
    "an order before its customer signed up": "FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.order_date < c.signup_date",
    "an order before its company was founded": "FROM orders o JOIN companies c ON c.id = o.company_id WHERE o.order_date < c.founded_on",
    "a total that is not the sum of its items": """
        FROM orders o LEFT JOIN (SELECT order_id, sum(subtotal) AS items FROM order_items GROUP BY order_id) i ON i.order_id = o.id
        WHERE o.total_amount <> coalesce(i.items, 0)""",
    "an item count that does not count": """
        FROM orders o WHERE o.item_count <> (SELECT count(*) FROM order_items i WHERE i.order_id = o.id)""",
    "an order count that does not count": """
        FROM customers c WHERE c.order_count <> (SELECT count(*) FROM orders o WHERE o.customer_id = c.id)""",
    "a review count that does not count": """
        FROM products p WHERE p.review_count <> (SELECT count(*) FROM reviews r WHERE r.product_id = p.id)""",
    "an employee count that does not count": """
        FROM companies c WHERE c.employee_count <> (SELECT count(*) FROM employees e WHERE e.company_id = c.id)""",
    "a subtotal that is not quantity times price": "FROM order_items WHERE subtotal <> quantity * unit_price",
    "a price that is not the product's": "FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.unit_price <> p.price",
    "an item of another company than its order": """
        FROM order_items i JOIN orders o ON o.id = i.order_id JOIN products p ON p.id = i.product_id WHERE p.company_id <> o.company_id""",
    "shipped without a ship date": "FROM orders WHERE status = 'shipped' AND ship_date IS NULL",
    "shipped before it was ordered": "FROM orders WHERE ship_date < order_date",
    "packed before its depot opened": """
        FROM shipments s JOIN depots d ON (d.region, d.code) = (s.region, s.code) WHERE s.packed_at < d.opened_on""",
    "returned before it was ordered": """
        FROM returns r JOIN orders o ON o.id = r.order_id WHERE r.returned_on < o.order_date""",
    "hired before the company was founded": "FROM employees e JOIN companies c ON c.id = e.company_id WHERE e.hired_on < c.founded_on",
    "an employee who manages himself": "FROM employees WHERE manager_number = number",
    "a manager of another company": """
        FROM employees e WHERE e.manager_number IS NOT NULL AND NOT EXISTS
            (SELECT 1 FROM employees m WHERE m.company_id = e.company_id AND m.number = e.manager_number)""",
    "a product that is its own parent": "FROM products WHERE parent_id = id",
    "a transfer to oneself": "FROM transfers WHERE from_account = to_account",
    "someone who vouches for himself": "FROM endorsements WHERE reviewer_id = reviewed_id",
    "more available than there is": "FROM stock WHERE available > quantity",
    "a comment on nothing": """
        FROM comments c WHERE NOT CASE target_type
            WHEN 'product' THEN EXISTS (SELECT 1 FROM products p WHERE p.id = c.target_id)
            WHEN 'order' THEN EXISTS (SELECT 1 FROM orders o WHERE o.id = c.target_id)
            ELSE EXISTS (SELECT 1 FROM customers u WHERE u.id = c.target_id) END""",
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The hard case at 1,000 rows a table, made by the command line, every Parquet file a view."""
    out = tmp_path_factory.mktemp("hard_case")
    command = [sys.executable, "-m", "synth_assets.cli.main", "generate", str(DDL), "--rows", str(ROWS), "--format", "parquet"]
    done = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with duckdb.connect() as connection:
        for file in sorted(out.glob("*.parquet")):
            connection.execute(f"""CREATE VIEW "{file.stem}" AS SELECT * FROM '{file}'""")
        yield connection


@pytest.mark.parametrize("fact", VIOLATIONS)
def test_no_row_speaks_against(database: duckdb.DuckDBPyConnection, fact: str) -> None:
    assert database.execute(f"SELECT * {VIOLATIONS[fact]} LIMIT 3").fetchall() == []


def test_every_table_is_full(database: duckdb.DuckDBPyConnection) -> None:
    tables = [name for (name,) in database.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()]
    counts = {t: database.execute(f'SELECT count(*) FROM "{t}"').fetchall()[0][0] for t in tables}
    assert len(counts) == 19
    assert set(counts.values()) == {ROWS}


@pytest.mark.parametrize("table", ["employees", "products"])
def test_a_forest_has_a_believable_depth(database: duckdb.DuckDBPyConnection, table: str) -> None:
    """Several levels, no endless chain, and more than one tree: a hierarchy as people build them."""
    edges = {
        "employees": "SELECT e.id, m.id AS parent FROM employees e LEFT JOIN employees m "
        "ON (m.company_id, m.number) = (e.company_id, e.manager_number)",
        "products": "SELECT id, parent_id AS parent FROM products",
    }[table]
    levels = database.execute(f"""
        WITH RECURSIVE edge AS ({edges}), level(id, depth) AS (
            SELECT id, 1 FROM edge WHERE parent IS NULL
            UNION ALL SELECT e.id, l.depth + 1 FROM edge e JOIN level l ON e.parent = l.id WHERE l.depth < 100)
        SELECT depth, count(*) FROM level GROUP BY depth ORDER BY depth""").fetchall()
    counts = dict(levels)
    assert sum(counts.values()) == ROWS, "every row hangs under a root: no circles"
    assert 3 <= max(counts) <= 25
    assert counts[1] >= 2


def test_relations_are_used_as_in_life(database: duckdb.DuckDBPyConnection) -> None:
    """Coherence may not come from emptiness: optional keys are mostly there, statuses and types all occur."""
    shares = {
        "managers": "SELECT avg((manager_number IS NOT NULL)::int) FROM employees",
        "parents": "SELECT avg((parent_id IS NOT NULL)::int) FROM products",
        "orders with items": "SELECT avg((item_count > 0)::int) FROM orders",
    }
    for name, query in shares.items():
        share = database.execute(query).fetchall()[0][0]
        assert 0.2 < share <= 1, name
    assert {k for (k,) in database.execute("SELECT DISTINCT kind FROM accounts").fetchall()} == {"card", "bank", "cash"}
    assert {k for (k,) in database.execute("SELECT DISTINCT status FROM shipments").fetchall()} == {
        "packed",
        "shipped",
        "delivered",
        "lost",
    }
    assert {k for (k,) in database.execute("SELECT DISTINCT target_type FROM comments").fetchall()} == {"product", "order", "customer"}
    assert database.execute("SELECT count(DISTINCT product_id) FROM order_items").fetchall()[0][0] > ROWS / 10
