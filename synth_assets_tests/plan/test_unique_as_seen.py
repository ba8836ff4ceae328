"""Unique as the database sees it: collations, character sets, blanks at the end; the databases themselves are the judges."""

import secrets
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.plan.distinctness import narrowed_pattern, pattern_differs, stays_distinct
from synth_assets.plan.patterns import parse_pattern
from synth_assets.plan.strategies import Pattern
from synth_assets.schema.collations import Collation, differ, holds
from synth_assets_tests.acceptance.mariadb import AVAILABLE, MariaDb, mariadb_server
from synth_assets_tests.plan.servers import planned, rows_of, run_in_postgres, run_in_sqlite, script
from synth_assets_tests.postgres import postgres_uri  # noqa: F401 (a fixture)

CI_AI = Collation(ignores_case=True, ignores_accents=True, pads=True)
needs_mariadb = pytest.mark.skipif(not AVAILABLE, reason="MariaDB is not installed")


@pytest.fixture(scope="module")
def mariadb():
    with mariadb_server() as server:
        yield server


MYSQL = {
    "default collation": "CREATE TABLE t (id int PRIMARY KEY, token varchar(6) UNIQUE, name varchar(40) UNIQUE, email varchar(90) UNIQUE)",
    "words": "CREATE TABLE t (first_name varchar(30) NOT NULL UNIQUE, city varchar(60) UNIQUE, slug varchar(40) UNIQUE)",
    "binary": "CREATE TABLE t (code varchar(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL UNIQUE, name varchar(30) BINARY UNIQUE)",
    "general": "CREATE TABLE t (name varchar(50) UNIQUE, UNIQUE (code), code char(4)) DEFAULT CHARSET=utf8 COLLATE=utf8_general_ci",
    "a table in latin1": "CREATE TABLE c (code char(3) PRIMARY KEY, currency_name varchar(80), city varchar(60), bio text) CHARSET=latin1",
    "a column in ascii": "CREATE TABLE t (first_name varchar(30) CHARACTER SET ascii, last_name varchar(12) COLLATE ascii_bin UNIQUE)",
    "converted": "CREATE TABLE t (name varchar(30) UNIQUE, city varchar(40)); ALTER TABLE t CONVERT TO CHARACTER SET latin1",
    "a key of two": "CREATE TABLE t (kind varchar(10) NOT NULL, name varchar(30) NOT NULL, PRIMARY KEY (kind, name))",
}  # fmt: skip


@needs_mariadb
@pytest.mark.parametrize("locale", ["en_US", "ja_JP", "pl_PL"])
@pytest.mark.parametrize("case", MYSQL)
def test_mariadb_takes_every_row(mariadb: MariaDb, case: str, locale: str):
    schema, plan = planned(MYSQL[case], "mysql", rows=900, locale=locale)
    database = f"d{secrets.token_hex(6)}"
    mariadb.run(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
    mariadb.run("SET sql_mode='STRICT_ALL_TABLES';\n" + script(MYSQL[case], schema, plan), database)
    (table,) = schema.tables
    assert mariadb.run(f"SELECT count(*) FROM `{table.name}`", database).strip() == "900"


@needs_mariadb
@pytest.mark.parametrize(
    "name", ["utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_unicode_520_ci", "utf8mb3_general_ci", "latin1_swedish_ci"]
)
def test_what_differs_here_differs_there(mariadb: MariaDb, name: str):
    """Every letter of the scripts that names are written in: two that the server takes for one are one here."""
    charset = name.split("_")[0]
    letters = [
        chr(c) for c in (*range(0x21, 0x250), *range(0x370, 0x530), *range(0x1E00, 0x1F00), *range(0x3041, 0x3097), *range(0x30A1, 0x30F7))
    ]
    letters = [c for c in letters if unicodedata.category(c)[0] in "LNPS" and holds(c, "latin1" if charset == "latin1" else None)]
    values = ", ".join(f"(_utf8mb4 X'{c.encode().hex()}')" for c in letters)
    database = f"d{secrets.token_hex(6)}"
    mariadb.run(f"CREATE DATABASE {database}")
    mariadb.run(f"CREATE TABLE l (c varchar(1) CHARACTER SET {charset} COLLATE {name}); INSERT INTO l VALUES {values}", database)
    twins = mariadb.run(
        "SET NAMES utf8mb4; SELECT GROUP_CONCAT(hex(convert(c USING utf8mb4))) FROM l GROUP BY c HAVING count(*) > 1", database
    )
    groups = [[bytes.fromhex(h).decode() for h in line.split(",")] for line in twins.split()]
    assert len(groups) > 20
    missed = [(a, b) for a, *others in groups for b in others if differ((a, b), CI_AI)]
    assert not missed, "".join(a + b + " " for a, b in missed)


SQLITE = {
    "nocase": "CREATE TABLE t (id integer PRIMARY KEY, token text COLLATE NOCASE NOT NULL UNIQUE, name varchar(20) COLLATE NOCASE UNIQUE)",
    "rtrim": "CREATE TABLE t (name text COLLATE RTRIM PRIMARY KEY)",
    "an index that ignores case": "CREATE TABLE t (username varchar(12) NOT NULL); CREATE UNIQUE INDEX i ON t (username COLLATE NOCASE)",
}


@pytest.mark.parametrize("case", SQLITE)
def test_sqlite_takes_every_row(case: str):
    schema, plan = planned(SQLITE[case], "sqlite", rows=900)
    run_in_sqlite(script(SQLITE[case], schema, plan))


POSTGRES = {
    "citext": "CREATE EXTENSION citext; CREATE TABLE t (id serial PRIMARY KEY, token citext NOT NULL UNIQUE, email citext UNIQUE)",
    "a domain over citext": "CREATE EXTENSION citext; CREATE DOMAIN mail AS citext; CREATE TABLE t (name mail PRIMARY KEY)",
    "a collation that ignores case": "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false); "
    "CREATE TABLE t (first_name varchar(40) COLLATE ci PRIMARY KEY, code varchar(5) COLLATE ci UNIQUE)",
    "a collation that ignores accents": "CREATE COLLATION ai (provider = icu, locale = 'und-u-ks-level1', deterministic = false); "
    "CREATE TABLE t (city text COLLATE ai NOT NULL UNIQUE)",
    "fixed length": "CREATE TABLE t (code char(5) PRIMARY KEY, name char(30) UNIQUE)",
}


@pytest.mark.parametrize("locale", ["en_US", "fr_FR"])
@pytest.mark.parametrize("case", POSTGRES)
def test_postgres_takes_every_row(postgres_uri: str, case: str, locale: str):  # noqa: F811
    schema, plan = planned(POSTGRES[case], "postgres", rows=900, locale=locale)
    run_in_postgres(postgres_uri, script(POSTGRES[case], schema, plan))


@pytest.mark.parametrize("dialect", ["mysql", "tsql"])
@pytest.mark.parametrize(
    "column", ["token varchar(3)", "code char(4)", "name varchar(30)", "slug varchar(20)", "title varchar(25)", "email varchar(90)"]
)
def test_unique_texts_differ_under_the_dialects_own_collation(dialect: str, column: str):
    schema, plan = planned(f"CREATE TABLE t (id int PRIMARY KEY, {column} NOT NULL UNIQUE)", dialect, rows=2_000)
    name = column.split()[0]
    texts = rows_of(schema, plan, "t").column(name).to_pylist()
    assert len(set(texts)) == 2_000
    assert differ(texts, schema.table("t").column(name).collation)


def test_oracle_gets_no_empty_text_where_null_may_not_stand():
    ddl = "CREATE TABLE t (id NUMBER PRIMARY KEY, flag VARCHAR2(3) NOT NULL CHECK (flag IN ('', 'Y', 'N')))"
    schema, plan = planned(ddl, "oracle")
    assert set(rows_of(schema, plan, "t").column("flag").to_pylist()) == {"Y", "N"}


PATTERNS = st.lists(
    st.sampled_from(["[A-Za-z]", "[A-Za-z0-9]{3}", r"\w", r"\d{2}", "[a-cA-C]", "[ x]", "(a|ab)", "[éeE]", "[A-Z]", r"[]\^a-]", "[-^]"]),
    min_size=1, max_size=4,
).map("".join)  # fmt: skip
COLLATIONS = st.builds(Collation, ignores_case=st.booleans(), ignores_accents=st.booleans(), pads=st.booleans())


@given(PATTERNS, COLLATIONS, st.data())
def test_a_pattern_proved_distinct_never_gives_two_that_are_taken_for_one(pattern: str, seen: Collation, data: st.DataObject):
    if not pattern_differs(pattern, seen):
        return
    text = st.tuples(*(st.sampled_from(p) for p in parse_pattern(pattern))).map("".join)
    assert differ(data.draw(st.sets(text, max_size=30)), seen)


@given(PATTERNS, COLLATIONS)
def test_a_narrowed_pattern_is_part_of_the_pattern_and_proved(pattern: str, seen: Collation):
    narrowed = narrowed_pattern(pattern, seen)
    if narrowed is not None:
        assert all(set(new) <= set(old) for new, old in zip(parse_pattern(narrowed), parse_pattern(pattern), strict=True))
        assert stays_distinct(Pattern(pattern=narrowed), "en_US", seen)


NULLS = {
    "one column": "email varchar(90), UNIQUE NULLS NOT DISTINCT (email)",
    "a parent and a name": "p_id integer REFERENCES p, name varchar(40), UNIQUE NULLS NOT DISTINCT (p_id, name)",
    "a parent and a list": "p_id integer REFERENCES p, kind char CHECK (kind IN ('a', 'b', 'c')), UNIQUE NULLS NOT DISTINCT (p_id, kind)",
    "a parent alone": "p_id integer REFERENCES p, UNIQUE NULLS NOT DISTINCT (p_id)",
    "a partial index": "email varchar(90), is_old boolean",
}


@pytest.mark.parametrize("case", NULLS)
def test_postgres_takes_no_null_for_another_twice(postgres_uri: str, case: str):  # noqa: F811
    index = "CREATE UNIQUE INDEX i ON t (email) NULLS NOT DISTINCT WHERE NOT is_old;" if case == "a partial index" else ""
    ddl = f"CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t ({NULLS[case]}); {index}"
    schema, plan = planned(ddl, "postgres", rows=200)
    run_in_postgres(postgres_uri, script(ddl, schema, plan))


@pytest.mark.parametrize(("dialect", "columns"), [("tsql", "email"), ("tsql", "p_id, name"), ("oracle", "p_id, name")])
def test_a_null_is_like_another_in_sql_server_and_in_part_in_oracle(dialect: str, columns: str):
    kind = "varchar(90)" if dialect == "tsql" else "VARCHAR2(90)"
    ddl = f"CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (email {kind}, name {kind}, p_id int REFERENCES p, UNIQUE ({columns}))"
    schema, plan = planned(ddl, dialect, rows=200)
    names = columns.split(", ")
    rows = rows_of(schema, plan, "t").select(names).to_pylist()
    assert len({tuple(r.values()) for r in rows}) == 200
