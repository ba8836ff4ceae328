"""DDL and its generated rows as one script, run by the database it is written for: what it refuses is an exception."""

import sqlite3
from contextlib import closing
from io import BytesIO

import psycopg
import pyarrow as pa

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.exports.sql_script import write_sql
from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.model import Schema
from synth_assets_tests.postgres import fresh_database


def planned(ddl: str, dialect: str, rows: int = 300, locale: str = "en_US", **more: object) -> tuple[Schema, Plan]:
    """Read a DDL and plan its rows; the plan has no error."""
    read = read_ddl(ddl, source="t.sql", dialect=dialect)
    assert read.schema is not None
    assert not read.errors, [str(d) for d in read.diagnostics]
    plan = infer_plan(read.schema, DatasetRequest(rows=rows, locale=locale, **more))  # type: ignore[arg-type]
    errors = [str(d) for d in validate_plan(read.schema, plan) if d.is_error]
    assert not errors, errors
    return read.schema, plan


def rows_of(schema: Schema, plan: Plan, table: str) -> pa.Table:
    """All rows of a table."""
    return Generator(schema, plan).generate_rows(table, 0, plan.table(table).row_count)


def script(ddl: str, schema: Schema, plan: Plan) -> str:
    """Return the DDL with INSERTs of all rows behind it."""
    sink, generator = BytesIO(), Generator(schema, plan)
    write_sql(sink, schema, lambda table: [generator.generate_rows(table, 0, plan.table(table).row_count)], ddl_text=ddl)
    return sink.getvalue().decode()


def run_in_sqlite(text: str) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(text)


def run_in_postgres(uri: str, text: str) -> None:
    with fresh_database(uri) as connection:
        try:
            connection.execute(text.encode())
        except psycopg.errors.UndefinedFile as error:  # an extension this server does not carry
            import pytest

            pytest.skip(str(error).splitlines()[0])
