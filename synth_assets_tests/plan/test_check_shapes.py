"""Shapes of CHECKs as people write them: SQL in, 500 rows out, DuckDB finds no violation; and which are met by construction."""

from dataclasses import dataclass

import pytest

from synth_assets.checks.sql_rules import CheckRule, SqlJudge
from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.plan import infer_plan
from synth_assets.plan.model import TablePlan
from synth_assets.plan.redraws import with_redraws
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.clock import pin_today
from synth_assets.schema.model import Schema

ROWS = 500


@dataclass(frozen=True)
class Shape:
    """Columns and CHECKs of one table, and whether some row has to be drawn again."""

    columns: str
    check: str
    dialect: str = "postgres"
    redrawn: bool = False
    before: str = ""


def one(columns: str, check: str, **more: object) -> Shape:
    return Shape(columns, check, **more)  # type: ignore[arg-type]


SHAPES = {
    # ranges, sets
    "range": one("a int not null", "a BETWEEN 10 AND 20"),
    "half open": one("a numeric(6,2)", "a > 0 AND a < 1"),
    "far range": one("a bigint not null", "a >= 9000000000 AND a <= 9000000100"),
    "set and range": one("a int", "a IN (1, 5, 9, 40) AND a > 3 AND a <> 5"),
    "any of": one("a text", "a = ANY (ARRAY['x', 'y'])"),
    "all of": one("a varchar(9) not null", "a <> ALL (ARRAY['', 'none'])"),
    "not between": one("a int not null", "a NOT BETWEEN 0 AND 9"),
    "is true": one("a boolean", "a IS TRUE"),
    "is not false": one("a boolean", "a IS NOT FALSE"),
    "is distinct": one("a int", "a IS DISTINCT FROM 3"),
    "is not unknown": one("a boolean", "a IS NOT UNKNOWN"),
    "coalesced": one("a int", "coalesce(a, 0) >= 0"),
    "absolute": one("a int not null", "abs(a) <= 50"),
    "even": one("a int not null", "a % 2 = 0"),
    "multiple of five": one("a int not null", "mod(a, 5) = 0 AND a > 0"),
    # texts
    "not empty": one("a text not null", "a <> ''"),
    "length": one("a varchar(40) not null", "char_length(a) BETWEEN 3 AND 12"),
    "octets": one("a text", "octet_length(a) = 20"),
    "trimmed": one("name varchar(60) not null", "length(trim(name)) > 0"),
    "trimmed length": one("a varchar(60) not null", "length(btrim(a)) = length(a)"),
    "trimmed and short": one("a text not null", "length(trim(a)) < 12 AND length(trim(a)) > 3"),
    "lower": one("first_name varchar(60) not null", "first_name = lower(first_name)"),
    "lower and trimmed": one("a varchar(60) not null", "lower(trim(a)) = a"),
    "upper key": one("region char(2) not null unique", "region = upper(region)", redrawn=False),
    "upper of a list": one("a varchar(10) not null", "upper(a) IN ('M', 'F')"),
    "first letter": one("a varchar(20) not null", "left(a, 2) = 'AB'"),
    "middle letters": one("a varchar(20) not null", "substring(a from 3 for 2) = '-X'"),
    "has a sign": one("a varchar(40) not null", "position('@' in a) > 1"),
    "has no sign": one("a varchar(40) not null", "position(' ' in a) = 0"),
    "starts with": one("a varchar(40) not null", "starts_with(a, 'ID-')"),
    "one of two": one("a char(1) not null", "a >= 'C' AND a <= 'F'"),
    # LIKE
    "like": one("a varchar(20)", "a LIKE 'INV-____'"),
    "like or like": one("a varchar(20)", "a LIKE 'A%' OR a LIKE 'B%'"),
    "not like": one("a varchar(20) not null", "a NOT LIKE '% %'"),
    "like and not like": one("email varchar(80) not null", "email LIKE '%_@_%' AND email NOT LIKE '% %'"),
    "ilike": one("a varchar(20) not null", "a ILIKE 'ab%'"),
    "classes": one("a varchar(20) not null", "a NOT LIKE '%[^A-Z_ ]%'", dialect="tsql"),
    "class or word": one("[a] nvarchar(10) not null", "[a] LIKE '[A-Za-z]' OR [a] = 'N/A'", dialect="tsql"),
    # regular expressions
    "digits": one("a char(4)", "a ~ '^[0-9]{4}$'"),
    "open ended": one("a varchar(50) not null", "a ~ '^[a-z][a-z0-9_]*$'"),
    "at most": one("a varchar(50) not null", "a ~ '^[a-z0-9_]{1,100}$'"),
    "optional": one("zip varchar(10) not null", r"zip ~ '^\d{5}(-\d{4})?$'"),
    "alternatives": one("a varchar(20) not null", "a ~ '^(red|green|blue)$'"),
    "nested": one("a varchar(30) not null", r"a ~ '^([a-z]+\.)+[a-z]{2,4}$'"),
    "found anywhere": one("a varchar(30) not null", "a ~ '[0-9]'"),
    "any case": one("a varchar(30) not null", "a ~* '^abc[x-z]+$'"),
    "not matching": one("a varchar(30) not null", "a !~ '[^a-z]'"),
    "colour": one("color varchar(7) not null", "color ~ '^#[0-9a-fA-F]{6}$'"),
    "posix classes": one("a varchar(30) not null", "a ~ '^[[:upper:]][[:lower:]]+[[:digit:]]$'"),
    "address": one("email varchar(120) not null", r"email ~ '^[^@]+@[^@]+\.[^@]+$'"),
    "address and key": one("email varchar(120) not null unique", r"email ~* '^[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}$'"),
    "web": one("avatar_url text", "avatar_url ~ '^https?://[^/]+'"),
    "pattern, length and case": one("a varchar(12) not null", "a ~ '^[A-Za-z]+$' AND length(a) >= 5 AND a = upper(a)"),
    "three on one": one("a varchar(30) not null", "a ~ '^[A-Z]' AND a NOT LIKE '%X%' AND length(a) = 6"),
    "similar": one("a varchar(20) not null", "a SIMILAR TO '(ab|cd)%'"),
    "glob": one("a text not null", "a GLOB '[a-c]*'", dialect="sqlite"),
    # which are there
    "one of three": one("a int, b text, c date", "num_nonnulls(a, b, c) = 1"),
    "at least one of three": one("a int, b text, c date", "num_nonnulls(a, b, c) >= 1"),
    "at most one of three": one("a int, b text, c date", "num_nonnulls(a, b, c) <= 1"),
    "at most one is missing": one("a int, b text, c date", "num_nulls(a, b, c) <= 1"),
    "all or none": one("a int, b text, c date", "num_nulls(a, b, c) IN (0, 3)"),
    "one or the other": one("a int, b int", "(a IS NULL) <> (b IS NULL)"),
    "both or neither": one("a int, b int", "(a IS NULL) = (b IS NULL)"),
    "one implies two": one("a int, b int, c int", "a IS NULL OR b IS NOT NULL AND c IS NOT NULL"),
    "none without the first": one("a int, b int, c int", "a IS NOT NULL OR (b IS NULL AND c IS NULL)"),
    "guarded by a flag": one("a boolean not null, b date", "NOT a OR b IS NOT NULL"),
    "a flag implies a flag": one("a boolean not null, b boolean not null", "NOT a OR b IS TRUE"),
    "a status and its date": one("status char(1) check (status in ('x','y')), d date", "(status = 'x') = (d IS NOT NULL)"),
    "a status and its dates": one("s char(1) not null check (s in ('x','y')), d date, e int", "(s = 'x') = (d IS NOT NULL AND e IS NULL)"),
    # rows of kinds
    "kinds": one(
        "kind varchar(9) not null check (kind in ('card','bank','cash')), last4 char(4), iban varchar(34)",
        "kind = 'card' AND last4 IS NOT NULL AND iban IS NULL OR kind = 'bank' AND iban IS NOT NULL AND last4 IS NULL"
        " OR kind = 'cash' AND last4 IS NULL AND iban IS NULL",
    ),
    "kinds and values": one(
        "kind varchar(9) not null check (kind in ('a','b')), n int not null, t varchar(9)",
        "(kind = 'a' AND n BETWEEN 1 AND 5 AND t IN ('u','v')) OR (kind = 'b' AND n > 100 AND t IS NULL)",
    ),
    "a case": one(
        "kind varchar(9) not null check (kind in ('a','b')), n int",
        "CASE WHEN kind = 'a' THEN n IS NULL ELSE n BETWEEN 1 AND 5 END",
    ),
    "a case of missing": one("p int, c int, d int",
                             "CASE WHEN p IS NULL THEN (c IS NULL) <> (d IS NULL) ELSE d IS NOT NULL AND c IS NULL END"),
    "a number decides": one("n int not null, a int, b int", "n <> 7 OR (n = 7 AND a IS NULL AND b IS NULL)"),
    "zero or a date": one("finished int not null, stop int", "finished = 0 OR (stop IS NOT NULL AND stop <> 0)"),
    # columns against columns
    "smaller": one("a int not null, b int not null", "a <= b"),
    "strictly smaller": one("a int not null, b int not null", "a < b"),
    "strictly smaller decimals": one("low_price numeric(8,2) not null, high_price numeric(8,2) not null", "low_price < high_price"),
    "a chain": one("a int not null, b int not null, c int not null", "a <= b AND b <= c"),
    "a strict chain": one("a int not null, b int not null, c int not null", "a < b AND b < c"),
    "a chain of dates": one("a date not null, b date not null, c date", "b >= a AND c >= b"),
    "strict dates": one("a timestamp not null, b timestamp not null", "b > a"),
    "a day later": one("check_in date not null, check_out date not null", "check_out >= check_in + INTERVAL '1 day'"),
    "different": one("a int not null, b int not null", "a <> b", redrawn=True),
    "words in order": one("a varchar(9) not null, b varchar(9) not null", "a <= b", redrawn=True),
    # arithmetic
    "a sum": one("a int not null, b int not null, c int not null", "a + b <= c"),
    "a sum below": one("a int not null, b int not null", "a + b < 1500"),
    "a product": one("a int not null, b int not null", "a * b > 100"),
    "a difference": one("a numeric(9,2) not null, b numeric(9,2) not null", "a - b >= 10"),
    "greatest": one("a int not null, b int not null", "greatest(a, b) <= 20"),
    "least": one("a int, b int", "least(a, b) > 5"),
    "a quotient": one("a int not null, b int not null", "b > 0 AND a / b >= 2"),
    # the clock
    "of age": one("birth_date date not null", "birth_date <= now() - interval '18 years'"),
    "between dates": one("hired date not null", "hired BETWEEN DATE '1996-07-01' AND CURRENT_DATE + 1"),
    "of age in T-SQL": one("[BirthDate] date not null",
                           "[BirthDate] BETWEEN '1930-01-01' AND DATEADD(YEAR, -18, GETDATE())", dialect="tsql"),
    "of age in MySQL": one("born date not null", "born <= DATE_SUB(CURDATE(), INTERVAL 18 YEAR)", dialect="mysql"),
    "of age in SQLite": one("born date not null", "born <= date('now', '-18 years')", dialect="sqlite"),
    "in the future": one("expires_on date not null", "expires_on > CURRENT_DATE"),
    "a year": one("d date not null", "date_part('year', d) >= 2000", redrawn=False),
    "a year in MySQL": one("d date not null", "YEAR(d) BETWEEN 2001 AND 2003", dialect="mysql"),
    # functions of the file
    "inlined": one("a text not null", "has_text(a)",
                   before="CREATE FUNCTION has_text(v text) RETURNS boolean LANGUAGE sql AS $$ SELECT length(trim(v)) > 0 $$;"),
    "inlined twice": one("a int not null", "is_small(a)", before="CREATE FUNCTION below(x int, y int) RETURNS boolean RETURN x < y;"
                         "CREATE FUNCTION is_small(int) RETURNS boolean LANGUAGE sql AS 'SELECT below($1, 100) AND $1 > 0';"),
}  # fmt: skip


def generate(shape: Shape) -> tuple[Schema, TablePlan, Generator]:
    quoted = "id int primary key"
    read = read_ddl(
        f"{shape.before}\nCREATE TABLE t ({quoted}, {shape.columns}, CHECK ({shape.check}));", source="t.sql", dialect=shape.dialect
    )
    assert read.errors == ()
    assert read.schema is not None
    plan = with_redraws(read.schema, infer_plan(read.schema, DatasetRequest(rows=ROWS)))
    return read.schema, plan.tables[0], Generator(read.schema, plan)


@pytest.mark.parametrize("name", SHAPES)
def test_no_row_violates_its_checks(name: str) -> None:
    schema, plan, generator = generate(SHAPES[name])
    rows = generator.generate_rows("t", 0, ROWS)
    with SqlJudge() as judge:
        for check in schema.tables[0].checks:
            assert check.duckdb_sql is not None
            rule = CheckRule(pin_today(check.duckdb_sql, generator.plan.as_of))
            assert judge.find_violations(rule, rows).sum() == 0, rows.slice(0, 5).to_pylist()
    assert [r.check for r in plan.redraws if not SHAPES[name].redrawn] == [], "not met by construction"
    assert bool(plan.redraws) == SHAPES[name].redrawn
