"""Capacities: the largest feasible request really generates, one row more is refused, and nothing feasible is."""

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.errors import PlanError
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan import infer_plan, judge_feasibility, make_plan
from synth_assets.plan.request import DatasetRequest, build_request

FULL = {
    # what the columns of `t` say: the rows it can hold
    "id SMALLINT PRIMARY KEY": 65_536,
    "id SMALLINT PRIMARY KEY CHECK (id > 0)": 32_767,
    "id SMALLINT PRIMARY KEY CHECK (id BETWEEN -5 AND 5 AND id <> 0)": 10,
    "id SMALLINT PRIMARY KEY CHECK (id < -32000 OR id IN (1, 2, 3))": 771,
    "n NUMERIC(3,1) PRIMARY KEY": 1_999,
    "n NUMERIC(5,2) PRIMARY KEY CHECK (n >= 0.5 AND n < 1)": 50,
    "b BOOLEAN PRIMARY KEY": 2,
    "b BOOLEAN PRIMARY KEY CHECK (b)": 1,
    "c CHAR(1) PRIMARY KEY": 62,
    "c CHAR(2) PRIMARY KEY": 3_844,
    "c TEXT PRIMARY KEY CHECK (c IN ('a', 'b', 'c') AND c <> 'b')": 2,
    "e mood PRIMARY KEY": 3,
    "e mood PRIMARY KEY CHECK (e IN ('sad', 'ok', 'furious'))": 2,
    "d DATE PRIMARY KEY CHECK (d BETWEEN '2024-02-01' AND '2024-02-29')": 29,
    "d DATE PRIMARY KEY CHECK (d > '2024-02-01' AND d < '2024-03-01')": 28,
}


def read(text):
    result = read_ddl(text.encode(), source="t.sql", dialect="postgres")
    assert result.schema is not None
    assert result.errors == ()
    return result.schema


def table_of(columns):
    return read(f"CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');\nCREATE TABLE t ({columns});")


def verdict_of(schema, table="t", **request):
    plan = infer_plan(schema, DatasetRequest(**request))
    return next(v for v in judge_feasibility(schema, plan) if v.table == table)


@pytest.mark.parametrize(("columns", "capacity"), FULL.items())
def test_the_largest_feasible_request_has_its_rows_and_one_more_is_refused(columns, capacity):
    schema = table_of(columns)
    plan = plan_dataset(schema, DatasetRequest(rows=capacity)).plan
    rows = Generator(schema, plan).generate_rows("t", 0, capacity)
    assert len(set(rows.column(0).to_pylist())) == capacity
    with pytest.raises(PlanError) as refused:
        plan_dataset(schema, DatasetRequest(rows=capacity + 1))
    found = [d for d in refused.value.diagnostics if d.is_error]
    assert [d.code for d in found] == ["PLAN131"]
    assert f"{capacity:,} row" in found[0].message
    assert "(t.sql:2:" in found[0].message


NEVER = [
    "a INT NOT NULL CHECK (a > 5 AND a < 3)",
    "a INT NOT NULL CHECK (a > 5), CHECK (a <= 5)",
    "a INT NOT NULL CHECK (a = 1 OR a = 2), CHECK (a NOT IN (1, 2))",
    "a INT NOT NULL CHECK (NOT (a < 10 OR a >= 10))",
    "a INT CHECK (a IS NOT NULL), CHECK (a > 5 AND a < 3)",
    "a INT NOT NULL CHECK (a IS NULL)",
    "a INT CHECK (false)",
    "a INT CHECK (1 = 0)",
    "a TEXT NOT NULL CHECK (a IN ('x', 'y')), CHECK (a IN ('z'))",
    "a TEXT NOT NULL CHECK (a IN ('x', 'y') AND a LIKE 'q%')",
    "a VARCHAR(3) NOT NULL CHECK (length(a) > 3)",
    "a VARCHAR(9) NOT NULL CHECK (length(a) > 5), CHECK (length(a) < 4)",
    "a VARCHAR(3) NOT NULL CHECK (a = 'four')",
    "a SMALLINT NOT NULL CHECK (a > 40000)",
    "a NUMERIC(4,2) NOT NULL CHECK (a >= 100)",
    "a NUMERIC(4,1) NOT NULL CHECK (a > 1.2 AND a < 1.3)",
    "a DOUBLE PRECISION NOT NULL CHECK (a > 1.5 AND a < 1.5)",
    "a BOOLEAN NOT NULL CHECK (a), CHECK (NOT a)",
    "a mood NOT NULL CHECK (a = 'furious')",
    "a DATE NOT NULL CHECK (a > '2024-05-05' AND a < '2024-05-06')",
    "a TIMESTAMP NOT NULL CHECK (a > '2024-05-05 10:00:00' AND a < '2024-05-05')",
]


@pytest.mark.parametrize("columns", NEVER)
def test_a_contradiction_leaves_no_row(columns):
    verdict = verdict_of(table_of(f"id INT PRIMARY KEY, {columns}"))
    assert verdict.capacity == 0
    assert verdict.limit is not None
    assert verdict.limit.code == "PLAN401"
    assert "CHECK" in verdict.limit.label


FEASIBLE = [
    # each looks like a contradiction, or like a small key, and is none
    "a INT CHECK (a > 5 AND a < 3)",
    "a INT NOT NULL CHECK (a IN (1, NULL)), CHECK (a > 1)",
    "a INT NOT NULL CHECK (a > 5 OR id > 3), CHECK (a < 3)",
    "a TEXT NOT NULL CHECK (a > '5' AND a < '3')",
    "a TEXT NOT NULL CHECK (lower(a) IN ('x')), CHECK (a = 'X')",
    "a TEXT NOT NULL CHECK (a LIKE 'x%' OR a LIKE 'y%'), CHECK (a = 'yes')",
    "a CHAR(4) NOT NULL CHECK (a = 'ab  ')",
    "a NUMERIC(4,1) NOT NULL CHECK (a > 1.2 AND a < 1.4)",
    "a DOUBLE PRECISION NOT NULL CHECK (a > 1.5 AND a < 1.50001)",
    "a BOOLEAN UNIQUE",
    "a mood, UNIQUE (a)",
    "a INT NOT NULL UNIQUE",
    "a UUID NOT NULL UNIQUE",
    "a TIMESTAMP NOT NULL UNIQUE CHECK (a > '2024-05-05')",
]


@pytest.mark.parametrize("columns", FEASIBLE)
def test_what_is_feasible_is_not_bounded(columns):
    limits = verdict_of(table_of(f"id INT PRIMARY KEY, {columns}")).limits
    assert [limit for limit in limits if limit.capacity < 1_000_000] == []


INDEXES = {
    # unique index over (a mood NOT NULL, b BOOLEAN NOT NULL, c CHAR(2) NOT NULL, d TEXT): the rows it allows
    "(a)": 3,
    "(a, b)": 6,
    "(a, b, c)": 6 * 3_844,
    "(lower(c))": 1_296,
    "(b, lower(c))": 2 * 1_296,
    "(coalesce(d, ''))": None,
    "((d IS NULL))": 2,
    "((a IS NULL))": 1,
    "((a = 'ok'))": 2,
    "((true))": 1,
    "((d = 'x'))": None,
    "(d)": None,
    "(d, a)": None,
    "(d, a) NULLS NOT DISTINCT": None,
    "(a) WHERE b": None,
    "(a) WHERE a IS NOT NULL": 3,
    "(a) WHERE d IS NOT NULL": None,
    "(b) WHERE a IN ('sad', 'ok', 'happy')": 2,
    "(b) WHERE a IN ('sad', 'ok')": None,
}


@pytest.mark.parametrize(("index", "capacity"), INDEXES.items())
def test_a_unique_index_bounds_the_rows_it_holds_and_no_others(index, capacity):
    schema = read(
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');\n"
        "CREATE TABLE t (a mood NOT NULL, b BOOLEAN NOT NULL, c CHAR(2) NOT NULL, d TEXT);\n"
        f"CREATE UNIQUE INDEX i ON t {index};"
    )
    limits = [limit.capacity for limit in verdict_of(schema, rows=1).limits]
    assert limits == ([] if capacity is None else [capacity])


FAMILY = """
CREATE TABLE p (id INT PRIMARY KEY);
CREATE TABLE q (id INT PRIMARY KEY);
CREATE TABLE pq (p_id INT REFERENCES p(id), q_id INT REFERENCES q(id), PRIMARY KEY (p_id, q_id));
CREATE TABLE part (pq_p INT NOT NULL, pq_q INT NOT NULL, side SMALLINT NOT NULL CHECK (side IN (1, 2)),
  FOREIGN KEY (pq_p, pq_q) REFERENCES pq (p_id, q_id), UNIQUE (pq_p, pq_q, side));
CREATE TABLE extra (p_id INT PRIMARY KEY REFERENCES p(id));
"""


def test_children_are_bounded_by_the_rows_of_their_parents():
    schema = read(FAMILY)
    asked = DatasetRequest(rows_by_table={"p": 4, "q": 5, "pq": 20, "part": 40, "extra": 4})
    capacities = {v.table: v.capacity for v in judge_feasibility(schema, infer_plan(schema, asked))}
    assert {key: capacities[key] for key in ("pq", "part", "extra")} == {"pq": 20, "part": 40, "extra": 4}


def test_rows_are_lowered_from_parents_to_children_until_all_fit_and_the_plan_says_why():
    schema = read(FAMILY)
    plan = make_plan(schema, build_request({"rows": 1000, "rows_by_table": {"p": 3, "q": 2}, "fit": True}, "test"))
    assert {t.table: t.row_count for t in plan.tables} == {"p": 3, "q": 2, "pq": 6, "part": 12, "extra": 3}
    assert {t.table for t in plan.tables if t.lowered} == {"pq", "part", "extra"}
    lowered = plan.table("pq").lowered
    assert lowered is not None
    assert lowered.asked_for == 1000
    assert lowered.because == "PRIMARY KEY (p_id, q_id) (t.sql:4:72): 3 rows of 'p' x 2 rows of 'q' are 6 combinations"


def test_a_request_that_fits_is_left_as_it_is():
    schema = read(FAMILY)
    request = {"rows": 10, "rows_by_table": {"part": 15}}
    assert make_plan(schema, build_request({**request, "fit": True}, "test")) == make_plan(schema, build_request(request, "test"))


def test_an_override_that_spells_text_is_not_measured_by_letters_and_digits():
    schema = table_of("c CHAR(1) PRIMARY KEY")
    values = [chr(0x4E00 + i) for i in range(100)]
    column = {"strategy": {"kind": "categorical", "values": values}, "unique": True}
    request = build_request({"rows": 100, "overrides": {"t": {"columns": {"c": column}}}}, "test")
    assert plan_dataset(schema, request).plan.table("t").row_count == 100


def test_a_unique_column_that_may_be_null_has_every_value_once_and_then_none():
    schema = table_of("id INT PRIMARY KEY, e mood UNIQUE, n SMALLINT UNIQUE CHECK (n > -1 AND n < 11)")
    plan = plan_dataset(schema, DatasetRequest(rows=200)).plan
    rows = Generator(schema, plan).generate_rows("t", 0, 200)
    assert sorted(rows.column("e").to_pylist()[:3]) == ["happy", "ok", "sad"]
    assert sorted(rows.column("n").to_pylist()[:11]) == list(range(11))
    assert rows.column("e").null_count == 197
    assert rows.column("n").null_count == 189
    assert Generator(schema, plan).generate_rows("t", 100, 150).equals(rows.slice(100, 50))
