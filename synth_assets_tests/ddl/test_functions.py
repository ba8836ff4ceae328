"""Functions of the same text, written out where a CHECK calls them; those that are no single expression are said."""

import pytest

from synth_assets.ddl import ReadResult, read_ddl
from synth_assets.ddl.inlining import MAX_DEPTH
from synth_assets.schema.model import CheckConstraint

POSITIVE = "(length(trim(a)) > 0)"


def read(functions: str, check: str, dialect: str = "postgres") -> ReadResult:
    return read_ddl(f"{functions}\nCREATE TABLE t (a varchar(9), b int, CHECK ({check}));", source="x.sql", dialect=dialect)


def check_of(result: ReadResult) -> CheckConstraint:
    assert result.schema is not None
    assert result.errors == ()
    return result.schema.tables[0].checks[0]


def plain(check: str, dialect: str = "postgres") -> CheckConstraint:
    return check_of(read("", check, dialect))


WRITTEN_OUT = {
    "by name": ("CREATE FUNCTION f(v text) RETURNS boolean LANGUAGE sql AS $$ SELECT length(trim(v)) > 0 $$;", "f(a)", POSITIVE),
    "language behind": (
        "CREATE OR REPLACE FUNCTION f(v text) RETURNS bool AS 'SELECT length(trim(v)) > 0;' LANGUAGE SQL IMMUTABLE;",
        "f(a)", POSITIVE),
    "by number": (
        "CREATE FUNCTION f(text) RETURNS boolean LANGUAGE sql AS $$ select length(trim($1)) > 0 -- not blank\n $$;",
        "f(a)", POSITIVE),
    "returned": ("CREATE FUNCTION f(v text) RETURNS boolean RETURN length(trim(v)) > 0;", "f(a)", POSITIVE),
    "atomic": ("CREATE FUNCTION f(v text) RETURNS boolean BEGIN ATOMIC SELECT length(trim(v)) > 0; END;", "f(a)", POSITIVE),
    "qualified": ("CREATE FUNCTION app.f(v text) RETURNS boolean LANGUAGE sql AS $$ SELECT length(trim(v)) > 0 $$;", "app.f(a)", POSITIVE),
    "below the table": ("", "f(a) AND b > 1", f"{POSITIVE} AND b > 1"),
    "inside another": (
        "CREATE FUNCTION low(x int, y int) RETURNS bool RETURN x < y; CREATE FUNCTION f(z int) RETURNS bool RETURN low(z, 9) AND z > 0;",
        "f(b + 1)", "(((b + 1) < 9) AND (b + 1) > 0)",
    ),
    "an argument named like a parameter": ("CREATE FUNCTION f(b int, a int) RETURNS bool RETURN b < a;", "f(1, b)", "(1 < b)"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN_OUT)
def test_a_check_means_what_the_function_says(name: str) -> None:
    functions, check, same = WRITTEN_OUT[name]
    result = read(functions, check)
    if not functions:
        table = f"CREATE TABLE t (a varchar(9), b int, CHECK ({check}));"
        result = read_ddl(f"{table}\n{WRITTEN_OUT['by name'][0]}", source="x.sql", dialect="postgres")
    found, wanted = check_of(result), plain(same)
    assert found.expression == wanted.expression
    assert found.columns == wanted.columns
    assert result.diagnostics == ()
    assert found.duckdb_sql is not None
    assert found.sql == check, "the CHECK is shown as it was written"


def test_sql_server_returns_an_expression_from_a_block() -> None:
    function = "CREATE FUNCTION dbo.f(@v varchar(9)) RETURNS bit AS BEGIN RETURN CASE WHEN LEN(@v) > 2 THEN 1 ELSE 0 END END\nGO"
    found = check_of(read(function, "dbo.f(a) = 1", "tsql"))
    assert found.expression == plain("(CASE WHEN LEN(a) > 2 THEN 1 ELSE 0 END) = 1", "tsql").expression


NOT_WRITTEN_OUT = {
    "another language": "CREATE FUNCTION f(v text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN v <> ''; END $$;",
    "a query": "CREATE FUNCTION f(v text) RETURNS boolean LANGUAGE sql AS $$ SELECT EXISTS (SELECT 1 FROM t WHERE a = v) $$;",
    "two statements": "CREATE FUNCTION f(v text) RETURNS boolean LANGUAGE sql AS $$ SELECT 1; SELECT v <> '' $$;",
    "declared twice": "CREATE FUNCTION f(v text) RETURNS bool RETURN v <> ''; CREATE FUNCTION f(v int) RETURNS bool RETURN v > 1;",
    "calls itself": "CREATE FUNCTION f(v text) RETURNS boolean LANGUAGE sql AS $$ SELECT v = '' OR f(trim(v)) $$;",
    "other arguments": "CREATE FUNCTION f(v text, w text) RETURNS boolean RETURN v < w;",
}


@pytest.mark.parametrize("name", NOT_WRITTEN_OUT)
def test_what_is_no_single_expression_is_said(name: str) -> None:
    result = read(NOT_WRITTEN_OUT[name], "f(a)")
    assert [d.code for d in result.diagnostics] == ["DDL313"]
    assert result.errors == ()


def test_bodies_that_double_what_they_are_given_stay_bounded() -> None:
    doubling = "".join(f"CREATE FUNCTION f{i}(x int) RETURNS int RETURN f{i + 1}(x) + f{i + 1}(x);" for i in range(MAX_DEPTH * 4))
    result = read(doubling, "f0(b) > 1")
    assert {d.code for d in result.diagnostics} == {"DDL313"}
