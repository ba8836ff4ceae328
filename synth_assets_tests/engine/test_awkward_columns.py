"""Columns at the edge of what their types and keys allow: nothing repeats, nothing is NULL that must not be."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.errors import GenerationError
from synth_assets.plan import apply_overrides, infer_plan
from synth_assets.plan.request import build_request


def generate(ddl: str, table: str, rows: int, overrides: dict[str, Any] | None = None, dialect: str = "postgres") -> pa.Table:
    """Rows of a table; `overrides` are those of its columns."""
    schema = read_ddl(ddl, source="t.sql", dialect=dialect).schema
    assert schema is not None
    request = build_request({"rows": rows, "overrides": {table: {"columns": overrides or {}}}}, "test")
    plan = apply_overrides(infer_plan(schema, request), schema, request)
    return Generator(schema, plan).generate_rows(table, 0, rows)


def distinct(rows: pa.Table, column: str) -> int:
    return len(set(rows[column].to_pylist()))


@pytest.mark.parametrize(("width", "rows"), [(1, 256), (2, 1000), (3, 5000), (7, 5000)])
def test_short_unique_bytes_do_not_repeat(width: int, rows: int) -> None:
    made = generate(f"CREATE TABLE a (id INT PRIMARY KEY, b BINARY({width}) NOT NULL UNIQUE)", "a", rows, dialect="mysql")
    assert distinct(made, "b") == rows
    assert {len(v) for v in made["b"].to_pylist()} == {width}


def test_unique_times_do_not_repeat() -> None:
    assert distinct(generate("CREATE TABLE a (id INT PRIMARY KEY, b TIME NOT NULL UNIQUE)", "a", 20_000), "b") == 20_000


def test_values_of_the_widest_decimals_are_exact() -> None:
    made = generate("CREATE TABLE a (id INT PRIMARY KEY, b NUMERIC(38,20) NOT NULL CHECK (b IN (123456789.5, 2)))", "a", 40)
    assert set(made["b"].to_pylist()) == {Decimal("123456789.5"), Decimal(2)}


def test_a_number_beyond_all_types_is_told_as_ours() -> None:
    strategy = {"kind": "number", "low": "0", "high": "9" * 30}
    with pytest.raises(GenerationError, match=r"a\.b GEN101 the values of rows 0 to 5"):
        generate("CREATE TABLE a (id INT PRIMARY KEY, b NUMERIC(38,0))", "a", 5, {"b": {"strategy": strategy}})


def test_the_empty_pattern_is_empty_text() -> None:
    overrides = {"b": {"strategy": {"kind": "pattern", "pattern": ""}}}
    assert generate("CREATE TABLE a (id INT PRIMARY KEY, b TEXT NOT NULL)", "a", 3, overrides)["b"].to_pylist() == [""] * 3


def test_numbers_at_the_end_of_short_unique_text_stay_apart_from_its_digits() -> None:
    overrides = {"b": {"strategy": {"kind": "template", "templates": ["x{number:1-9}", "x{number:1-999}"]}, "unique": True}}
    made = generate("CREATE TABLE a (id INT PRIMARY KEY, b VARCHAR(10) NOT NULL UNIQUE)", "a", 5000, overrides)
    assert distinct(made, "b") == 5000


@pytest.mark.parametrize(("rows", "more"), [(900, 1100), (99, 1001)])
def test_growth_does_not_move_the_cut_of_unique_text(rows: int, more: int) -> None:
    ddl = "CREATE TABLE a (id INT PRIMARY KEY, b VARCHAR(16) NOT NULL UNIQUE)"
    overrides = {
        "b": {
            "strategy": {"kind": "template", "templates": ["a long beginning {vocabulary:noun}", "another long beginning"]},
            "unique": True,
        }
    }
    before, after = (generate(ddl, "a", n, overrides)["b"].to_pylist() for n in (rows, more))
    assert after[:rows] == before
    assert len(set(after)) == more


def test_an_open_composite_key_keeps_its_members_that_must_not_be_null() -> None:
    ddl = """
        CREATE TABLE p (id INT PRIMARY KEY, k1 INT NOT NULL, k2 INT NOT NULL, UNIQUE (k1, k2));
        CREATE TABLE c (id INT PRIMARY KEY, a INT NOT NULL, b INT, FOREIGN KEY (a, b) REFERENCES p (k1, k2));
    """
    made, parents = generate(ddl, "c", 400), generate(ddl, "p", 400)
    pairs = set(zip(parents["k1"].to_pylist(), parents["k2"].to_pylist(), strict=True))
    found = list(zip(made["a"].to_pylist(), made["b"].to_pylist(), strict=True))
    assert made["a"].null_count == 0 < made["b"].null_count
    assert all(b is None or (a, b) in pairs for a, b in found)
    assert len({a for a, b in found if b is None}) > 5


def test_more_rows_than_values_end_in_an_error_and_not_in_an_endless_walk() -> None:
    overrides = {"b": {"strategy": {"kind": "categorical", "values": ["a", "b", "c"]}, "unique": True}}
    with pytest.raises(GenerationError, match="row 99 needs a distinct value, and there are 3"):
        generate("CREATE TABLE a (id INT PRIMARY KEY, b TEXT NOT NULL UNIQUE)", "a", 100, overrides)
