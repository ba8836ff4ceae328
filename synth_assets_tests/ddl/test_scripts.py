"""A DDL for a server: statements with their lines, and names moved into other namespaces, no more of them than are meant."""

import pytest

from synth_assets.ddl import relocate, split_ddl

HOMES = {"sales": "x_sales", "public": "x"}


def test_statements_carry_the_line_of_their_first_word() -> None:
    text = "-- a comment\n\\set x 1\nCREATE TABLE a (\n id int);\n\n/* b */ CREATE TABLE b (id int);\nCOPY a FROM stdin;\n1\n\\.\nSELECT 1"
    assert [(s.line, s.text.split("(")[0].strip()) for s in split_ddl(text, "postgres")] == [
        (3, "CREATE TABLE a"),
        (6, "CREATE TABLE b"),
        (7, "COPY a FROM stdin"),
        (10, "SELECT 1"),
    ]


def test_windows_line_ends_count_once() -> None:
    assert [s.line for s in split_ddl("CREATE TABLE a (id int);\r\nCREATE TABLE b (id int);\r\n", "postgres")] == [1, 2]


@pytest.mark.parametrize(
    ("sql", "moved"),
    [
        ("CREATE TABLE sales.orders (id int)", 'CREATE TABLE "x_sales".orders (id int)'),
        ('REFERENCES "sales"."Orders" (id)', 'REFERENCES "x_sales"."Orders" (id)'),
        ("SELECT SALES . orders", 'SELECT "x_sales" . orders'),
        ("DEFAULT nextval('sales.o_seq'::regclass)", "DEFAULT nextval('\"x_sales\".o_seq'::regclass)"),
        ("DEFAULT 'sales.orders are good'", "DEFAULT 'sales.orders are good'"),
        ("CHECK (orders.sales > 0 AND sales > 1)", "CHECK (orders.sales > 0 AND sales > 1)"),
        ("ALTER TABLE t SET SCHEMA sales", 'ALTER TABLE t SET SCHEMA "x_sales"'),
        ("-- sales.orders\nSELECT 1 /* sales.x */", "-- sales.orders\nSELECT 1 /* sales.x */"),
        ("AS $f$ SELECT sales.g('it''s') $f$", "AS $f$ SELECT \"x_sales\".g('it''s') $f$"),
        ("other.orders", "other.orders"),
        ("db.sales.orders", "db.sales.orders"),
    ],
)
def test_qualified_names_move(sql: str, moved: str) -> None:
    assert relocate(sql, "postgres", HOMES) == moved


def test_bodies_may_go_elsewhere() -> None:
    sql = "CREATE FUNCTION sales.f() AS $$ SELECT * FROM sales.orders $$"
    assert (
        relocate(sql, "postgres", {"sales": "new"}, {"sales": "final"}) == 'CREATE FUNCTION "new".f() AS $$ SELECT * FROM "final".orders $$'
    )


def test_objects_of_extensions_stay() -> None:
    sql = "CREATE TABLE public.t (a public.citext CHECK (a OPERATOR(public.~*) 'x'))"
    kept = {("public", "citext"), ("public", "~*")}
    assert relocate(sql, "postgres", HOMES, kept=kept) == "CREATE TABLE \"x\".t (a public.citext CHECK (a OPERATOR(public.~*) 'x'))"


def test_a_column_of_a_table_called_like_its_namespace_is_no_object() -> None:
    sql = "SELECT sales.total, sales.orders FROM sales.sales, sales.orders, nextval('sales.sales_id_seq')"
    only = {"sales": {"sales", "orders"}}
    moved = 'SELECT sales.total, "x_sales".orders FROM "x_sales".sales, "x_sales".orders, nextval(\'"x_sales".sales_id_seq\')'
    assert relocate(sql, "postgres", HOMES, only=only) == moved


def test_mysql_quotes_in_its_own_way() -> None:
    assert relocate("CREATE TABLE `sales`.`o` (x int)", "mysql", {"sales": "s`1"}) == "CREATE TABLE `s``1`.`o` (x int)"
