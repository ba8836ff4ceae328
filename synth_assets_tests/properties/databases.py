"""The two judges: a real PostgreSQL and a real SQLite are given the schema and the rows, and say what they refuse."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing

import psycopg
import pyarrow as pa

from synth_assets.exports.text_columns import style_of, text_of
from synth_assets_tests.properties.model import DrawnSchema
from synth_assets_tests.properties.rendering import late_references, listed, quoted, render, statements

Rows = Mapping[str, pa.Table]


def refusal_of_sqlite(schema: DrawnSchema, rows: Rows) -> str | None:
    """What SQLite refuses first, with foreign keys on; None when it takes everything."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript("PRAGMA foreign_keys = ON; PRAGMA case_sensitive_like = ON;" + render(schema, "sqlite"))
        connection.executescript("BEGIN; PRAGMA defer_foreign_keys = ON;")
        for table in schema.tables:
            marks = ", ".join("?" * len(table.columns))
            columns = listed(tuple(c.name for c in table.columns))
            insert = f"INSERT INTO {quoted(table.name)} ({columns}) VALUES ({marks})"
            try:
                connection.executemany(insert, values_of(rows[table.name]))
            except sqlite3.IntegrityError as error:
                return f"{table.name}: {error}"
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            return f"foreign_key_check: {broken[:3]}"
        connection.execute("COMMIT")
    return None


def refusal_of_postgresql(connection: psycopg.Connection, schema: DrawnSchema, rows: Rows) -> str | None:
    """What PostgreSQL refuses first; None when it takes everything.

    Keys to other tables are added when all rows are in, so that the server validates every row of each and
    circles need no order. The schema of its own that the rows go to is rolled back.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA drawn; SET LOCAL search_path = drawn")
            cursor.execute("\n".join(statements(schema, "postgres", references="none")).encode())
            for table in schema.tables:
                columns = listed(tuple(c.name for c in table.columns))
                with cursor.copy(f"COPY {quoted(table.name)} ({columns}) FROM STDIN".encode()) as copy:
                    for row in texts_of(rows[table.name]):
                        copy.write_row(row)
            late = "\n".join(late_references(schema, "postgres", every=True))
            if late:
                cursor.execute(late.encode())
    except (psycopg.IntegrityError, psycopg.DataError) as error:
        return f"{error} {_check_named(schema, error)}"
    finally:
        connection.rollback()
    return None


def _check_named(schema: DrawnSchema, error: psycopg.Error) -> str:
    table, name = error.diag.table_name, error.diag.constraint_name or ""
    return schema.table(table).checks[int(name[6:])].sql if table and name.startswith("check_") else ""


def texts_of(rows: pa.Table) -> list[tuple[str | None, ...]]:
    """Rows as COPY takes them."""
    columns = [text_of(column.combine_chunks(), style_of("postgres")).to_pylist() for column in rows.columns]
    return list(zip(*columns, strict=True))


def values_of(rows: pa.Table) -> list[tuple[object, ...]]:
    """What a driver would bind: numbers as numbers, all else in the text form of the exports."""
    columns = []
    for column in rows.columns:
        kind = column.type
        numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
        whole = column.combine_chunks()
        columns.append((whole if numeric else text_of(whole, style_of("sqlite"))).to_pylist())
    return list(zip(*columns, strict=True))
