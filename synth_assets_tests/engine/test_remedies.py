"""Rows that no draw suits are given what the DDL itself names; other CHECKs hold all the same, and rows do not depend on chunks."""

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.engine.remedies import find_remedies
from synth_assets.errors import GenerationError
from synth_assets.plan import make_plan
from synth_assets.plan import strategies as s
from synth_assets.plan.model import Plan, Redraw
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.model import Schema


def read(sql: str) -> Schema:
    schema = read_ddl(sql, source="t.sql", dialect="postgres").schema
    assert schema is not None
    return schema


def stubborn(sql: str, rows: int, *, redrawn: tuple[str, ...], **values: str) -> tuple[Schema, Plan]:
    """A plan whose columns always draw `values`, and whose first CHECK is met by drawing `redrawn` again: no draw ever does."""
    schema = read(sql)
    plan = make_plan(schema, DatasetRequest(rows=rows))
    (table,) = plan.tables
    check = schema.tables[0].checks[0]
    columns = tuple(
        c.model_copy(update={"strategy": s.Constant(value=values[c.column]), "null_fraction": 0.0, "null_when": ()})
        if c.column in values
        else c
        for c in table.columns
    )
    redraw = Redraw(check=check.label, expression=check.expression, columns=redrawn)
    table = table.model_copy(update={"columns": columns, "redraws": (redraw,)})
    return schema, plan.model_copy(update={"tables": (table,)})


CASES = {
    "NULL where the column allows it": ("a int CHECK (a = id * 1000 + 7)", ("a",), {"a": "3"}, {"a": {None}}),
    "the DEFAULT": ("a int NOT NULL DEFAULT 40 CHECK (a % 40 = 0 AND a > 0)", ("a",), {"a": "3"}, {"a": {40}}),
    "a literal": ("a varchar(9) NOT NULL CHECK (a || id = 'x' OR a = 'rare')", ("a",), {"a": "often"}, {"a": {"rare"}}),
    "a neighbour": ("a int NOT NULL CHECK (a > 977 AND a < 979)", ("a",), {"a": "3"}, {"a": {978}}),
    "what one alternative asks": (
        "a int NOT NULL, b varchar(9), c int, CHECK (a = 5 AND b = 'five' AND c IS NULL OR a = 6 AND b = 'six' AND c = 66)",
        ("a", "b", "c"),
        {"a": "1", "b": "one", "c": "1"},
        {"a": {5, 6}, "c": {None, 66}},
    ),
    "nothing that another CHECK forbids": (
        "a int, CHECK (a = 5 OR a = 6 OR a IS NULL), CHECK (a <> 5), CHECK (a IS NOT NULL)",
        ("a",),
        {"a": "3"},
        {"a": {6}},
    ),
}


@pytest.mark.parametrize("rows", [1, 7, 40])
@pytest.mark.parametrize("case", CASES)
def test_rows_are_given(case: str, rows: int) -> None:
    members, redrawn, values, wanted = CASES[case]
    generator = Generator(*stubborn(f"CREATE TABLE t (id int PRIMARY KEY, {members})", rows, redrawn=redrawn, **values))
    made = generator.generate_rows("t", 0, rows)
    assert {c: set(made.column(c).to_pylist()) <= w for c, w in wanted.items()} == dict.fromkeys(wanted, True)
    parts = [part.to_pylist() for part in generator.generate_chunks("t", chunk_rows=rows // 2 + 1, threads=1)]
    assert [row for part in parts for row in part] == made.to_pylist()


def test_alternatives_take_turns() -> None:
    members, redrawn, values, _ = CASES["what one alternative asks"]
    made = Generator(*stubborn(f"CREATE TABLE t (id int PRIMARY KEY, {members})", 20, redrawn=redrawn, **values)).generate_rows("t", 0, 20)
    assert {(r["a"], r["b"], r["c"]) for r in made.to_pylist()} >= {(5, "five", None), (6, "six", 66)}


def test_what_is_unique_is_given_nothing() -> None:
    table = read("CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE, b int, CHECK (a = 1 AND b = 2))").tables[0]
    remedies = find_remedies(table, ("a", "b"), frozenset(), [table.checks[0].expression])
    assert remedies.columns == {"b"}


def test_a_foreign_key_is_given_nothing_but_null() -> None:
    table = read("CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, CHECK (a = 1 AND b = 2))").tables[0]
    remedies = find_remedies(table, ("a", "b"), frozenset({"a"}), [table.checks[0].expression])
    assert {r["a"] for r in remedies.listed if "a" in r} == {None}


def test_what_no_value_meets_is_told() -> None:
    with pytest.raises(GenerationError, match=r"GEN102 row 0, .* DEFAULTs"):
        Generator(
            *stubborn("CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL CHECK (a * 2 = 7))", 3, redrawn=("a",), a="1")
        ).generate_rows("t", 0, 3)
