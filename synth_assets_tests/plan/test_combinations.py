"""Keys whose members have few values each: met up to the last combination there is, judged by PostgreSQL and by counting."""

import pyarrow as pa
import pytest

from synth_assets.engine import Generator
from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.strategies import Combination
from synth_assets_tests.plan.servers import planned, rows_of, run_in_postgres, script
from synth_assets_tests.postgres import postgres_uri  # noqa: F401 (a fixture)

PARENT = "CREATE TYPE kind AS ENUM ('a', 'b', 'c'); CREATE TABLE p (id integer PRIMARY KEY);"
CHANNEL = "channel varchar(10) NOT NULL CHECK (channel IN ('mail', 'sms', 'push'))"
FULL = {
    "a list within a parent": (f"p_id integer NOT NULL REFERENCES p, {CHANNEL}, UNIQUE (p_id, channel)", 120, 360),
    "a truth value within a parent": ("p_id integer REFERENCES p, is_home boolean NOT NULL, UNIQUE (p_id, is_home)", 120, 240),
    "two lists within a parent": (f"p_id integer NOT NULL REFERENCES p, kind kind, {CHANNEL}, PRIMARY KEY (p_id, kind, channel)", 60, 540),
    "days of a week within a parent": (
        "p_id integer NOT NULL REFERENCES p, weekday smallint NOT NULL CHECK (weekday BETWEEN 0 AND 6), UNIQUE (p_id, weekday)", 50, 350),
    "two lists": (f"kind kind NOT NULL, {CHANNEL}, UNIQUE (kind, channel)", 1, 9),
    "a list and a range": ("kind kind NOT NULL, level integer NOT NULL CHECK (level BETWEEN 1 AND 100), UNIQUE (kind, level)", 1, 300),
    "three members": (f"kind kind NOT NULL, {CHANNEL}, is_on boolean NOT NULL, PRIMARY KEY (kind, channel, is_on)", 1, 18),
}  # fmt: skip


@pytest.mark.parametrize("share", [1.0, 0.6])
@pytest.mark.parametrize("case", FULL)
def test_postgres_takes_rows_up_to_the_last_combination(postgres_uri: str, case: str, share: float):  # noqa: F811
    body, parents, rows = FULL[case]
    ddl = f"{PARENT} CREATE TABLE t ({body});"
    schema, plan = planned(ddl, "postgres", rows_by_table={"p": parents, "t": int(rows * share)})
    assert any(isinstance(c.strategy, Combination) for c in plan.table("t").columns)
    run_in_postgres(postgres_uri, script(ddl, schema, plan))


def test_a_list_and_a_day_keep_both_meanings():
    schema, plan = planned(f"{PARENT} CREATE TABLE t (kind kind NOT NULL, day date NOT NULL, UNIQUE (kind, day));", "postgres", rows=2_500)
    rows = rows_of(schema, plan, "t")
    days = rows.column("day").to_pylist()
    assert len(set(days)) < 2_500
    assert max(days) <= plan.as_of
    assert rows.group_by(["kind", "day"]).aggregate([]).num_rows == 2_500


def test_siblings_take_their_values_in_different_orders():
    body, parents, _ = FULL["a list within a parent"]
    schema, plan = planned(f"{PARENT} CREATE TABLE t ({body});", "postgres", rows_by_table={"p": parents, "t": 360})
    values = rows_of(schema, plan, "t").column("channel").to_pylist()
    assert len({tuple(values[i : i + 3]) for i in range(0, 360, 3)}) >= 5


def test_one_row_more_than_there_are_combinations_is_refused_before_generation():
    schema, _ = planned(f"{PARENT} CREATE TABLE t (kind kind NOT NULL, {CHANNEL}, UNIQUE (kind, channel));", "postgres", rows=9)
    plan = infer_plan(schema, DatasetRequest(rows=10))
    assert any(d.is_error for d in validate_plan(schema, plan))


@pytest.mark.parametrize("case", FULL)
def test_growth_and_chunks_change_no_row(case: str):
    body, parents, rows = FULL[case]
    schema, plan = planned(f"{PARENT} CREATE TABLE t ({body});", "postgres", rows_by_table={"p": parents, "t": rows})
    generator = Generator(schema, plan)
    pieces = [generator.generate_rows("t", at, min(at + 7, rows)) for at in range(0, rows, 7)]
    assert pa.concat_tables(pieces).combine_chunks().equals(generator.generate_rows("t", 0, rows).combine_chunks())
