"""CHECKs over foreign keys and arrays, judged by the rows themselves."""

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.request import DatasetRequest

PARENTS = "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE q (id integer PRIMARY KEY);"


def rows_of(columns, rows=120):
    """Return the rows of table t as dictionaries; its plan must have no errors."""
    found = read_ddl(f"{PARENTS} CREATE TABLE t (id integer PRIMARY KEY, {columns});", source="t.sql", dialect="postgres").schema
    plan = infer_plan(found, DatasetRequest(rows=rows))
    assert not [d for d in validate_plan(found, plan) if d.is_error]
    return Generator(found, plan).generate_rows("t", 0, rows).to_pylist()


KEYS = "p_id integer REFERENCES p, q_id integer REFERENCES q"
CASES = {
    "one of two keys": (f"{KEYS}, CHECK ((p_id IS NULL) <> (q_id IS NULL))", lambda r: (r["p_id"] is None) != (r["q_id"] is None)),
    "one of two keys, asked the other way": (
        f"{KEYS}, CHECK ((p_id IS NOT NULL AND q_id IS NULL) OR (p_id IS NULL AND q_id IS NOT NULL))",
        lambda r: (r["p_id"] is None) != (r["q_id"] is None),
    ),
    "a key or an address, with a code beside it": (
        "p_id integer REFERENCES p, email text, code text, CHECK ((p_id IS NULL) <> (email IS NULL)), "
        "CHECK ((code IS NULL) = (email IS NULL)), UNIQUE (p_id), UNIQUE (email)",
        lambda r: (r["p_id"] is None) != (r["email"] is None) and (r["code"] is None) == (r["email"] is None),
    ),
    "two keys together": (f"{KEYS}, CHECK ((p_id IS NULL) = (q_id IS NULL))", lambda r: (r["p_id"] is None) == (r["q_id"] is None)),
    "an array that is empty where a key is missing": (
        "p_id integer REFERENCES p, tags text[] NOT NULL, CHECK (p_id IS NOT NULL OR cardinality(tags) = 0), "
        "CHECK (p_id IS NULL OR cardinality(tags) > 0)",
        lambda r: (r["p_id"] is None) == (r["tags"] == "{}"),
    ),
    "two keys to one parent that differ": (
        "a integer NOT NULL REFERENCES p, b integer NOT NULL REFERENCES p, CHECK (a <> b)",
        lambda r: r["a"] != r["b"],
    ),
    "a letter of a range": ("seat_row char(1) NOT NULL CHECK (seat_row >= 'A' AND seat_row <= 'J')", lambda r: "A" <= r["seat_row"] <= "J"),
    "a count of siblings within its range": (
        "p_id integer NOT NULL REFERENCES p, seat_row char(1) NOT NULL, seat_number integer NOT NULL CHECK (seat_number BETWEEN 1 AND 10), "
        "UNIQUE (p_id, seat_row, seat_number)",
        lambda r: 1 <= r["seat_number"] <= 10,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_row_obeys(case):
    columns, obeys = CASES[case]
    assert [r for r in rows_of(columns) if not obeys(r)] == []


@pytest.mark.parametrize("case", ["one of two keys", "two keys together"])
def test_both_sides_occur(case):
    assert {r["p_id"] is None for r in rows_of(CASES[case][0])} == {True, False}
