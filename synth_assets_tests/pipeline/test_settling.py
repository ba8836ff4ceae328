"""Decisions that hold together: those that break a CHECK or a type are left out, whatever company they are in."""

from decimal import Decimal

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.pipeline import settling
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.pipeline.settling import settle
from synth_assets.plan.free_columns import Decision, free_columns
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.strategies import Number
from synth_assets.schema.model import Schema

DDL = """
CREATE TABLE crates (
  id int PRIMARY KEY,
  apples int NOT NULL,
  pears int NOT NULL,
  plums smallint NOT NULL,
  figs int NOT NULL CHECK (figs >= 3),
  CHECK (apples + pears <= 100)
);
"""


@pytest.fixture(scope="module")
def schema() -> Schema:
    schema = read_ddl(DDL.encode(), source="crates.sql", dialect="postgres").schema
    assert schema is not None
    return schema


def numbers(**ranges: tuple[int, int]) -> dict[tuple[str, str], Decision]:
    return {("crates", name): Decision(Number(low=Decimal(low), high=Decimal(high)), None, "told") for name, (low, high) in ranges.items()}


def kept(schema: Schema, **ranges: tuple[int, int]) -> tuple[set[str], tuple[str, ...]]:
    settled = settle(schema, plan_dataset(schema, DatasetRequest(rows=50)), numbers(**ranges))
    assert [d.render() for d in settled.planned.diagnostics] == []
    return {c.column for c in settled.planned.plan.table("crates").columns if c.origin == "gemini"}, settled.notes


def test_all_columns_of_the_table_are_free(schema: Schema) -> None:
    free = free_columns(schema, plan_dataset(schema, DatasetRequest(rows=50)).plan)
    assert set(free["crates"]) == {"apples", "pears", "plums", "figs"}


def test_what_fits_is_kept(schema: Schema) -> None:
    assert kept(schema, apples=(0, 10), pears=(5, 20), plums=(1, 5), figs=(3, 9)) == ({"apples", "pears", "plums", "figs"}, ())


def test_what_a_type_or_a_check_refuses_is_named(schema: Schema) -> None:
    columns, notes = kept(schema, apples=(0, 10), plums=(1, 10**6), figs=(0, 9))
    assert columns == {"apples"}
    assert [note.split(":")[0] for note in notes] == ["crates.plums", "crates.figs"]
    assert "PLAN127" in notes[0]
    assert "PLAN301" in notes[1]


@pytest.mark.parametrize(("bad", "good"), [("apples", "pears"), ("pears", "apples")])
def test_of_two_that_a_check_reads_the_one_that_fits_stays(schema: Schema, bad: str, good: str) -> None:
    columns, notes = kept(schema, **{bad: (0, 500), good: (0, 10), "plums": (1, 5)})
    assert columns == {good, "plums"}
    assert [note.split(":")[0] for note in notes] == [f"crates.{bad}"]


def test_of_two_that_fit_only_alone_one_stays(schema: Schema) -> None:
    before = plan_dataset(schema, DatasetRequest(rows=50)).plan.table("crates")
    room = {name: 100 - int(before.column(other).strategy.high) for name, other in (("apples", "pears"), ("pears", "apples"))}  # type: ignore[union-attr]
    columns, notes = kept(schema, apples=(0, room["apples"]), pears=(1, room["pears"]))
    assert len(columns) + len(notes) == 2
    assert columns


def test_many_misfits_take_few_judgements(schema: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = []
    judge = settling.judge_plan
    monkeypatch.setattr(settling, "judge_plan", lambda schema, plan: judged.append(plan) or judge(schema, plan))  # type: ignore[func-returns-value]
    kept(schema, plums=(1, 10**6), figs=(0, 9), apples=(0, 10))
    assert len(judged) <= 3
