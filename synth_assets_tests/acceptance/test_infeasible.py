"""Requests that no rows can meet: refused before one is written, with constraint, line, capacity and what to do; or fitted.

Each case is asked for through the command line, must leave nothing behind, and then, with `--fit`, is loaded into real
databases at the lowered counts.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from synth_assets.cli.main import app
from synth_assets_tests.postgres import fresh_database, postgres_uri  # noqa: F401

GOLDEN = Path(__file__).parent / "infeasible.txt"


@dataclass(frozen=True)
class Case:
    """A schema, the rows asked for, and the rows of each table that had to be lowered."""

    ddl: str
    rows: dict[str, int]
    fitted: dict[str, int]
    servers: tuple[str, ...] = ("sqlite", "postgres")


STUDENTS = "CREATE TABLE students (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL);\n"

CASES = {
    "unique short text": Case(
        "CREATE TABLE airlines (id INTEGER PRIMARY KEY,\n  code CHAR(2) NOT NULL UNIQUE);", {"airlines": 5000}, {"airlines": 3844}
    ),
    "junction of few parents": Case(
        STUDENTS + "CREATE TABLE courses (id INTEGER PRIMARY KEY, title VARCHAR(80));\n"
        "CREATE TABLE enrolments (\n  student_id INTEGER NOT NULL REFERENCES students(id),\n"
        "  course_id INTEGER NOT NULL REFERENCES courses(id),\n  PRIMARY KEY (student_id, course_id)\n);",
        {"students": 10, "courses": 10, "enrolments": 1000},
        {"enrolments": 100},
    ),
    "checks that contradict each other": Case(
        "CREATE TABLE limits (\n  id INTEGER PRIMARY KEY,\n  a INTEGER NOT NULL CHECK (a > 5),\n  CHECK (a < 3)\n);\n"
        "CREATE TABLE uses (id INTEGER PRIMARY KEY, limit_id INTEGER NOT NULL REFERENCES limits(id));",
        {"limits": 20, "uses": 30},
        {"limits": 0, "uses": 0},
    ),
    "lists without a common value": Case(
        "CREATE TABLE states (id INTEGER PRIMARY KEY,\n  s VARCHAR(9) NOT NULL CHECK (s IN ('open', 'shut')),\n"
        "  CONSTRAINT only_new CHECK (s IN ('new', 'old')));",
        {"states": 5},
        {"states": 0},
    ),
    "boolean key": Case("CREATE TABLE switches (is_on BOOLEAN NOT NULL PRIMARY KEY);", {"switches": 100}, {"switches": 2}),
    "unique listed value": Case(
        "CREATE TABLE seasons (id INTEGER PRIMARY KEY,\n"
        "  name VARCHAR(10) NOT NULL UNIQUE CHECK (name IN ('spring', 'summer', 'autumn', 'winter')));",
        {"seasons": 1000},
        {"seasons": 4},
    ),
    "unique enum": Case(
        "CREATE TYPE suit AS ENUM ('clubs', 'hearts', 'spades');\nCREATE TABLE cards (id INT PRIMARY KEY, suit suit NOT NULL UNIQUE);",
        {"cards": 52},
        {"cards": 3},
        ("postgres",),
    ),
    "more parts than wholes": Case(
        STUDENTS + "CREATE TABLE lockers (\n  student_id INTEGER NOT NULL PRIMARY KEY REFERENCES students(id), label VARCHAR(20));",
        {"students": 10, "lockers": 50},
        {"lockers": 10},
    ),
    "partial index that leaves no row out": Case(
        "CREATE TABLE rates (id INTEGER PRIMARY KEY, kind VARCHAR(8) NOT NULL CHECK (kind IN ('low', 'mid', 'high')));\n"
        "CREATE UNIQUE INDEX one_a_kind ON rates (kind) WHERE kind IS NOT NULL;",
        {"rates": 200},
        {"rates": 3},
    ),
    "parent without rows": Case(
        STUDENTS + "CREATE TABLE marks (id INTEGER PRIMARY KEY,\n  student_id INTEGER NOT NULL REFERENCES students(id));",
        {"students": 0, "marks": 10},
        {"marks": 0},
    ),
    "small key": Case("CREATE TABLE ticks (id SMALLINT NOT NULL PRIMARY KEY, note VARCHAR(20));", {"ticks": 70_000}, {"ticks": 65_536}),
    "key that its children cannot hold": Case(
        "CREATE TABLE regions (id INTEGER PRIMARY KEY);\n"
        "CREATE TABLE shops (id INTEGER PRIMARY KEY,\n  region_id SMALLINT NOT NULL REFERENCES regions(id));",
        {"regions": 40_000, "shops": 50},
        {"regions": 32_767},
    ),
    "unique whatever the case": Case(
        "CREATE TABLE tags (id INTEGER PRIMARY KEY, tag CHAR(2) NOT NULL);\nCREATE UNIQUE INDEX tags_tag ON tags (lower(tag));",
        {"tags": 2000},
        {"tags": 1296},
    ),
    "unique truth of a condition": Case(
        "CREATE TABLE releases (id INTEGER PRIMARY KEY, version VARCHAR(20) NOT NULL);\n"
        "CREATE UNIQUE INDEX one_release ON releases ((version IS NOT NULL));",
        {"releases": 20},
        {"releases": 1},
    ),
    "window of days": Case(
        "CREATE TABLE closings (day DATE NOT NULL PRIMARY KEY\n  CHECK (day >= '2024-04-01' AND day <= '2024-04-30'), total INTEGER);",
        {"closings": 365},
        {"closings": 30},
    ),
    "few values for each parent": Case(
        STUDENTS + "CREATE TABLE grades (\n  student_id INTEGER NOT NULL REFERENCES students(id),\n"
        "  term VARCHAR(6) NOT NULL CHECK (term IN ('first', 'second', 'third')),\n  PRIMARY KEY (student_id, term));",
        {"students": 10, "grades": 100},
        {"grades": 30},
    ),
    "two small columns": Case(
        "CREATE TABLE settings (\n  area VARCHAR(5) NOT NULL CHECK (area IN ('a', 'b', 'c')),\n  is_on BOOLEAN NOT NULL,\n"
        "  UNIQUE (area, is_on));",
        {"settings": 50},
        {"settings": 6},
    ),
    "domain that contradicts the column": Case(
        "CREATE DOMAIN percentage AS INTEGER CHECK (VALUE BETWEEN 0 AND 100);\n"
        "CREATE TABLE loads (id INT PRIMARY KEY,\n  share percentage NOT NULL CHECK (share > 100));",
        {"loads": 10},
        {"loads": 0},
        ("postgres",),
    ),
    "longer than the column": Case(
        "CREATE TABLE keys (id INTEGER PRIMARY KEY,\n  secret VARCHAR(8) NOT NULL CHECK (length(secret) > 12));", {"keys": 10}, {"keys": 0}
    ),
    "beyond the type": Case(
        "CREATE TABLE ports (id INTEGER PRIMARY KEY,\n  port SMALLINT NOT NULL CHECK (port > 40000));", {"ports": 10}, {"ports": 0}
    ),
    "rating that is unique": Case(
        "CREATE TABLE ratings (id INTEGER PRIMARY KEY,\n  rating INTEGER NOT NULL UNIQUE CHECK (rating BETWEEN 0 AND 10));",
        {"ratings": 200},
        {"ratings": 11},
    ),
    "single row that may not refer to itself": Case(
        "CREATE TABLE nodes (id INTEGER PRIMARY KEY,\n  next_id INTEGER NOT NULL REFERENCES nodes(id), CHECK (next_id <> id));",
        {"nodes": 1},
        {"nodes": 0},
    ),
}


def run(command: str, *arguments: object) -> Result:
    return CliRunner().invoke(app, [command, *map(str, arguments)])


def asked(case: Case, folder: Path, dialect: str) -> tuple[object, ...]:
    ddl = folder / "x.sql"
    ddl.write_text(case.ddl + "\n")
    return (ddl, "--dialect", dialect, *(part for table, rows in case.rows.items() for part in ("--rows", f"{table}={rows}")))


def golden() -> Iterator[tuple[str, str]]:
    for block in GOLDEN.read_text().split("## ")[1:]:
        name, _, text = block.partition("\n")
        yield name, text.strip("\n")


def test_the_golden_file_holds_every_case() -> None:
    assert [name for name, _ in golden()] == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_met_is_refused_before_a_row_is_written(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    result = run("generate", *asked(case, tmp_path, case.servers[-1]), "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert not (tmp_path / "out").exists()
    refused = "\n".join(line for line in result.stderr.splitlines() if not line.startswith("error:"))
    errors = refused.split("\n" + next((line for line in refused.splitlines() if " PLAN30" in line), "\0"))[0]
    assert errors == dict(golden())[name]
    assert all(table in errors for table in case.fitted)


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if "sqlite" in c.servers])
def test_sqlite_accepts_what_was_fitted(tmp_path: Path, name: str) -> None:
    script = fitted_script(CASES[name], tmp_path, "sqlite")
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.executescript(script)
    assert {t: connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in CASES[name].fitted} == CASES[name].fitted
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("name", CASES)
def test_postgresql_accepts_what_was_fitted(tmp_path: Path, name: str, postgres_uri: str) -> None:  # noqa: F811
    script = fitted_script(CASES[name], tmp_path, "postgres")
    with fresh_database(postgres_uri) as connection:
        connection.execute(script.encode())
        assert {t: count(connection, t) for t in CASES[name].fitted} == CASES[name].fitted


def count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    return int(row[0]) if row else -1


def fitted_script(case: Case, folder: Path, dialect: str) -> str:
    result = run("generate", *asked(case, folder, dialect), "--fit", "--format", "sql", "--out", folder / "out")
    assert result.exit_code == 0, result.stderr
    assert {table for table in case.fitted if f"{table} PLAN402" in result.stderr} == set(case.fitted)
    return (folder / "out/dataset.sql").read_text()
