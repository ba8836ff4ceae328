"""A CHECK is judged while rows are made or left to the checks with a warning; it never stops a table for want of a judge."""

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.model import Schema


def read(sql: str, dialect: str = "postgres") -> Schema:
    schema = read_ddl(sql, source="t.sql", dialect=dialect).schema
    assert schema is not None
    return schema


def test_compact_dates_are_read_as_dates() -> None:
    schema = read("CREATE TABLE t (id int PRIMARY KEY, born date NOT NULL CHECK (born >= '19700101' AND born <= '19701231'))", "tsql")
    plan = plan_dataset(schema, DatasetRequest(rows=50)).plan
    years = {str(v)[:4] for v in Generator(schema, plan).generate_rows("t", 0, 50).column("born").to_pylist()}
    assert years == {"1970"}


NO_SUCH_DATE = (
    "CREATE TABLE t (id int PRIMARY KEY, one date NOT NULL, two date NOT NULL, CHECK (one + 1 > CAST('soon' AS date) OR two > one))"
)


def test_a_check_that_fails_on_every_row_is_told_and_left_to_the_checks() -> None:
    schema = read(NO_SUCH_DATE)
    planned = plan_dataset(schema, DatasetRequest(rows=20))
    assert planned.plan.table("t").redraws, "the CHECK reads well; what is wrong with it shows on rows alone"
    assert [d.code for d in planned.diagnostics if "cannot be evaluated" in d.message] == ["PLAN302"]
    assert Generator(schema, planned.plan).generate_rows("t", 0, 20).num_rows == 20


@pytest.mark.parametrize("chunk", [1, 7, 40])
def test_a_row_that_the_arithmetic_fails_on_is_drawn_again_whatever_stands_beside_it(chunk: int) -> None:
    schema = read(
        """CREATE TABLE t (id int PRIMARY KEY, code varchar(3) NOT NULL CHECK (code IN ('1', '2', 'x')),
        n int NOT NULL CHECK (n BETWEEN 1 AND 3), CHECK (CAST(code AS integer) * n + n < 6))"""
    )
    planned = plan_dataset(schema, DatasetRequest(rows=40))
    assert planned.plan.table("t").redraws
    generator = Generator(schema, planned.plan)
    rows = [r for part in generator.generate_chunks("t", chunk_rows=chunk, threads=1) for r in part.to_pylist()]
    assert all(r["code"] != "x" and int(r["code"]) * r["n"] + r["n"] < 6 for r in rows)
    assert rows == generator.generate_rows("t", 0, 40).to_pylist()


def test_a_decimal_with_more_places_than_digits_is_written_and_read() -> None:
    schema = read("CREATE TABLE t (id NUMBER(9) PRIMARY KEY, share NUMBER(2, 4) NOT NULL)", "oracle")
    values = Generator(schema, plan_dataset(schema, DatasetRequest(rows=50)).plan).generate_rows("t", 0, 50).column("share")
    assert all(0 <= v < 1 for v in values.to_pylist())
    assert values.cast("string").cast(values.type).equals(values)
