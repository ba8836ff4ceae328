"""What SQLite makes of an expression is what PostgreSQL makes of it, for every row; or it says that it has no form of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pyarrow as pa
import pytest

from synth_assets.databases.sqlite_ddl import render_schema
from synth_assets.databases.sqlite_expressions import ExpressionRenderer, NoSuchSql
from synth_assets.databases.sqlite_functions import compile_like, compile_regex, equip, parse_interval
from synth_assets.databases.sqlite_values import bound_rows
from synth_assets.ddl import read_ddl
from synth_assets.exports.text_columns import style_of
from synth_assets.schema.model import Schema
from synth_assets_tests.postgres import fresh_database, postgres_uri  # noqa: F401

TABLE = """CREATE TABLE t (i integer, j bigint, d numeric(12,2), e numeric(20,6), f double precision, t varchar(20), u text, c char(4),
    day date, other date, ts timestamp, tz timestamptz, b boolean, CHECK ({}))"""

ROWS: dict[str, list[str | None]] = {
    "i": ["0", "1", "-7", "2147483647", None, "10", "3"],
    "j": ["0", "-1", "7", "9223372036854775807", "4", None, "2"],
    "d": ["0.00", "1.10", "-3.30", "9999999999.99", None, "0.10", "2.50"],
    "e": ["0.000000", "1.1", "1.1", "0.333333", "2", "0.300000", None],
    "f": ["0", "1.1", "-2.5", "1e300", None, "0.1", "3"],
    "t": ["", "abc", "Abc", "a_c%", None, "12-34", "x\ny"],
    "u": ["", "abc", "ABC", " abc ", "Zürich", None, "9"],
    "c": ["", "ab", "abcd", "A1", None, "9999", "z"],
    "day": ["2024-02-29", "1999-12-31", None, "2024-01-01", "2023-03-31", "2030-01-01", "2024-05-05"],
    "other": ["2024-02-29", "2000-01-01", "2020-01-01", None, "2023-01-31", "2020-02-02", "2024-05-04"],
    "ts": [
        "2024-02-29 00:00:00",
        "1999-12-31 23:59:59.5",
        "2024-01-01 08:00:00",
        None,
        "2023-03-31 12:00:00",
        "2030-01-01 00:00:00.000001",
        "2024-05-05 10:00:00",
    ],
    "tz": [
        "2024-02-29 00:00:00+00",
        "1999-12-31 23:59:59.5+00",
        None,
        "2024-01-01 09:00:00+00",
        "2023-03-31 12:00:00+00",
        "2030-01-01 00:00:00+00",
        "2024-05-05 10:00:00+00",
    ],
    "b": ["true", "false", None, "true", "false", "true", "false"],
}

EXPRESSIONS = [
    "i > 0",
    "i >= 0 AND j < 5",
    "i - j = 2",
    "(i % 10) * 2 < j",
    "i / 2 = 1",
    "-i / 2 = 3",
    "i % 2 = 1",
    "abs(i) <= 7",
    "i <> 3",
    "i IN (1, 3, 10)",
    "i NOT IN (1, NULL)",
    "i BETWEEN 1 AND 10",
    "NOT (i > 0)",
    "i IS NULL OR i > 0",
    "j = 9223372036854775807",
    "d > 0",
    "d = 1.1",
    "d * 3 = -9.90",
    "d + e = 2.2",
    "d - 0.1 = 0",
    "d * 3 = e * 3",
    "e / 3 < 0.2",
    "d IN (1.10, 2.5)",
    "d BETWEEN 0.1 AND 1.1",
    "round(i) = 3",
    "d = i + 0.1",
    "f > 1",
    "f * 2 >= d",
    "d >= '1.10'",
    "i = '10'",
    "t = 'abc'",
    "t <> u",
    "t IN ('abc', 'Abc')",
    "length(t) > 3",
    "length(c) = 2",
    "lower(t) = lower(u)",
    "upper(u) = 'ZÜRICH'",
    "trim(u) = 'abc'",
    "octet_length(u) = 7",
    "t LIKE 'a%'",
    "t LIKE 'a\\_c%'",
    "t NOT LIKE '_bc'",
    "t ILIKE 'ABC'",
    "t ~ '^[0-9]+-[0-9]+$'",
    "t ~* '^ABC$'",
    "t !~ 'x'",
    "c ~ '^[[:alpha:]]+$'",
    "t ~ 'x.y'",
    "c = 'ab'",
    "c LIKE 'ab'",
    "c LIKE 'ab%'",
    "c = upper(c)",
    "substring(t from 1 for 2) = 'ab'",
    "left(t, 2) = '12'",
    "position('b' in t) = 2",
    "t || '-' || u = 'abc-abc'",
    "coalesce(t, u) = 'Zürich'",
    "nullif(i, 3) IS NULL",
    "day > other",
    "day = '2024-02-29'",
    "day >= DATE '2024-01-01'",
    "day <= ts",
    "day = ts",
    "ts > other",
    "day - other > 30",
    "day - other = 0",
    "day + 1 > other",
    "day + INTERVAL '1 month' > '2023-04-29'",
    "day - INTERVAL '18 years' < other",
    "ts - INTERVAL '90 minutes' < day",
    "ts - day <= INTERVAL '10 hours'",
    "ts::date = day",
    "tz > TIMESTAMPTZ '2024-01-01 08:30:00+00'",
    "extract(year FROM day) = 2024",
    "date_part('month', ts) = 12",
    "day < now()",
    "day <= CURRENT_DATE",
    "tz < CURRENT_TIMESTAMP",
    "b",
    "NOT b",
    "b = true",
    "b IS NOT TRUE",
    "b IS DISTINCT FROM (i > 0)",
    "(i > 0) = (d > 0)",
    "num_nonnulls(i, t, day) = 3",
    "num_nulls(d, e) >= 1",
    "CASE WHEN b THEN i > 0 ELSE j > 0 END",
    "CASE WHEN i > 5 THEN d ELSE e END > 1",
    "i IS NOT DISTINCT FROM 3",
    "greatest(i, 2) = 2",
    "least(i, j) < 0",
]

NO_FORM = {
    "t < u": "the order of texts",
    "t > 'abc'": "the order of texts",
    "jsonb_typeof(u::jsonb) = 'object'": "not understood",
    "extract(epoch FROM ts) > 0": "not understood|the function",
    "md5(t) = u": "not understood|the function",
    "greatest(t, u) = t": "the greatest of values of type text",
}


def schema_with(expression: str) -> Schema:
    read = read_ddl(TABLE.format(expression), source="t.sql", dialect="postgres")
    assert read.schema is not None
    assert not read.errors
    return read.schema


@pytest.fixture(scope="module")
def servers(postgres_uri: str) -> Iterator[tuple[psycopg.Connection, sqlite3.Connection]]:  # noqa: F811
    """The same rows in both, numbered."""
    schema = schema_with("true")
    rows = pa.table({name: pa.array(values, pa.string()) for name, values in ROWS.items()})
    with fresh_database(postgres_uri) as postgres, closing(sqlite3.connect(":memory:")) as lite:
        postgres.execute("SET timezone = 'UTC'")
        postgres.execute(TABLE.format("true").encode())
        equip(lite)
        for statement in render_schema(schema).statements:
            lite.execute(statement)
        marks = ", ".join("?" * len(ROWS))
        lite.executemany(f"INSERT INTO t VALUES ({marks})", bound_rows(rows, schema.tables[0], style_of("postgres"), rendered=True))
        with postgres.cursor() as cursor, cursor.copy("COPY t FROM STDIN") as copy:
            for row in zip(*ROWS.values(), strict=True):
                copy.write_row(row)
        postgres.execute("ALTER TABLE t ADD COLUMN n serial")
        yield postgres, lite


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_both_make_the_same_of_every_row(servers: tuple[psycopg.Connection, sqlite3.Connection], expression: str) -> None:
    postgres, lite = servers
    table = schema_with(expression).tables[0]
    sql = ExpressionRenderer(table, "postgres").condition(table.checks[0].expression)
    theirs = [row[0] for row in postgres.execute(f"SELECT ({expression}) FROM t ORDER BY n".encode()).fetchall()]
    ours = [None if row[0] is None else bool(row[0]) for row in lite.execute(f"SELECT {sql} FROM t ORDER BY rowid").fetchall()]
    assert ours == theirs, sql
    assert len(set(theirs)) > 1, "an expression that is the same for every row shows nothing"


@pytest.mark.parametrize("expression", NO_FORM)
def test_what_has_no_exact_form_is_not_given_one(expression: str) -> None:
    schema = schema_with(expression)
    table = schema.tables[0]
    with pytest.raises(NoSuchSql, match=NO_FORM[expression]):
        ExpressionRenderer(table, "postgres").condition(table.checks[0].expression)
    assert [n.line for n in render_schema(schema).not_judged] == [table.checks[0].where.line]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^[[:digit:]]{3}$", "123", True),
        (r"^[[:digit:]]{3}$", "123\n", False),
        (r"^[^[:space:]]+$", "a b", False),
        (r"^[]a]+$", "]a", True),
        (r"\mword\M", "a word here", True),
        (r"\mword\M", "swordfish", False),
        (r"a[.$]c", "a$c", True),
        (r"^\$[0-9]+$", "$5", True),
    ],
)
def test_posix_patterns(pattern: str, text: str, found: bool) -> None:
    assert (compile_regex(pattern, ignore_case=False).search(text) is not None) is found


def test_like_escapes_by_backslash() -> None:
    assert compile_like(r"100\%_", ignore_case=False).match("100%x")
    assert not compile_like(r"100\%_", ignore_case=False).match("1000x")


def test_intervals() -> None:
    assert parse_interval("1 year 2 mons 3 days 04:05:06.5") == (14, 3 * 86_400 + 4 * 3600 + 5 * 60 + 6.5)
    assert parse_interval("-1 day") == (0, -86_400)
    with pytest.raises((ValueError, KeyError)):
        parse_interval("a while")
