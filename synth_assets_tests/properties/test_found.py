"""Every failure that random schemas once found, shrunk: `found/*.sql`, whose first line says how many rows (`-- rows 40 parents=7`).

Each holds what both databases take as written, so both judge it.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.request import DatasetRequest
from synth_assets_tests.properties.databases import Rows, texts_of, values_of
from synth_assets_tests.properties.rendering import listed, quoted

KEYS = """SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint
          WHERE contype = 'f' AND connamespace = 'found'::regnamespace"""
FOUND = sorted((Path(__file__).parent / "found").glob("*.sql"))


def rows_of(text: str) -> Rows:
    """The rows of every table, as many as the first line asks for."""
    everywhere, *named = text.splitlines()[0].removeprefix("-- rows ").split()
    request = DatasetRequest(rows=int(everywhere), rows_by_table={t: int(n) for t, _, n in (w.partition("=") for w in named)})
    result = read_ddl(text, source="found.sql", dialect="postgres")
    assert result.schema is not None
    assert not result.errors
    plan = plan_dataset(result.schema, request).plan
    generator = Generator(result.schema, plan)
    return {t.key: generator.generate_rows(t.key, 0, plan.table(t.key).row_count) for t in result.schema.tables}


@pytest.mark.parametrize("path", FOUND, ids=lambda p: p.stem)
def test_sqlite_accepts_what_it_once_refused(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(
            f"PRAGMA foreign_keys = ON; PRAGMA case_sensitive_like = ON; {text}; BEGIN; PRAGMA defer_foreign_keys = ON;"
        )
        for table, rows in rows_of(text).items():
            marks = ", ".join("?" * rows.num_columns)
            connection.executemany(f"INSERT INTO {quoted(table)} ({listed(tuple(rows.column_names))}) VALUES ({marks})", values_of(rows))
        connection.execute("COMMIT")


@pytest.mark.processes
@pytest.mark.parametrize("path", FOUND, ids=lambda p: p.stem)
def test_postgresql_accepts_what_it_once_refused(judge: psycopg.Connection, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    try:
        with judge.cursor() as cursor:
            cursor.execute("CREATE SCHEMA found; SET LOCAL search_path = found")
            cursor.execute(text.encode())
            keys = cursor.execute(KEYS).fetchall()
            for table, name in keys:
                cursor.execute(f"ALTER TABLE {table} ALTER CONSTRAINT {name} DEFERRABLE INITIALLY DEFERRED".encode())
            for table, rows in rows_of(text).items():
                with cursor.copy(f"COPY {quoted(table)} ({listed(tuple(rows.column_names))}) FROM STDIN".encode()) as copy:
                    for row in texts_of(rows):
                        copy.write_row(row)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    finally:
        judge.rollback()
