"""Which columns somebody else may decide: whatever holds a dataset together is not among them."""

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.distributions import Power
from synth_assets.plan.fingerprint import fingerprint_plan
from synth_assets.plan.free_columns import Decision, FreeColumn, free_columns, with_decisions
from synth_assets.plan.request import DatasetRequest, build_request
from synth_assets.plan.strategies import Number
from synth_assets.schema.model import Schema

DDL = """
CREATE TABLE teams (id int PRIMARY KEY, code varchar(10) NOT NULL UNIQUE, motto varchar(60), founded_on date NOT NULL);
CREATE TABLE players (
  id int PRIMARY KEY,
  team_id int NOT NULL REFERENCES teams (id),
  nick varchar(30) NOT NULL,
  shirt int NOT NULL,
  height_cm int,
  weight_kg numeric(5, 1),
  score int NOT NULL DEFAULT 0,
  doubled int GENERATED ALWAYS AS (score * 2) STORED,
  status varchar(10) NOT NULL CHECK (status IN ('active', 'injured', 'retired')),
  retired_on date,
  joined_on date NOT NULL,
  left_on date,
  CHECK (left_on IS NULL OR left_on > joined_on),
  UNIQUE (team_id, shirt)
);
CREATE UNIQUE INDEX one_nick ON players (lower(nick)) WHERE height_cm IS NOT NULL;
CREATE TABLE nothing (id int PRIMARY KEY, word varchar(20));
"""


@pytest.fixture(scope="module")
def schema() -> Schema:
    schema = read_ddl(DDL.encode(), source="teams.sql", dialect="postgres").schema
    assert schema is not None
    return schema


def free(schema: Schema, **request: object) -> dict[str, dict[str, FreeColumn]]:
    wanted = build_request({"rows": 40, "rows_by_table": {"nothing": 0}, **request}, "test")
    return free_columns(schema, plan_dataset(schema, wanted).plan)


def test_what_nothing_holds_is_free(schema: Schema) -> None:
    found = free(schema)
    assert "motto" in found["teams"]
    assert "weight_kg" in found["players"]
    assert found["players"]["weight_kg"].has_own_nulls


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("teams", "id"),
        ("teams", "code"),
        ("players", "team_id"),
        ("players", "shirt"),
        ("players", "nick"),  # an index reads it through lower()
        ("players", "height_cm"),  # the index's condition reads it
        ("players", "score"),  # a generated column is made of it
        ("players", "doubled"),
        ("players", "left_on"),  # computed from joined_on
    ],
)
def test_what_something_holds_is_not(schema: Schema, table: str, column: str) -> None:
    assert column not in free(schema).get(table, {})


def test_a_status_that_others_depend_on_keeps_its_values(schema: Schema) -> None:
    status = free(schema)["players"]["status"]
    assert status.is_condition
    assert not status.has_own_nulls


def test_a_date_that_others_follow_is_read(schema: Schema) -> None:
    assert free(schema)["teams"]["founded_on"].is_read


def test_a_table_without_rows_has_nothing_to_decide(schema: Schema) -> None:
    assert "nothing" not in free(schema)


def test_the_users_word_stands(schema: Schema) -> None:
    overrides = {"players": {"columns": {"weight_kg": {"null_fraction": 0.5}}}}
    assert "weight_kg" not in free(schema, overrides=overrides)["players"]


def test_a_column_behind_a_check_that_is_redrawn_is_not_free() -> None:
    text = "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, c int NOT NULL, CHECK (a * b % 7 <> 3));"
    schema = read_ddl(text.encode(), source="t.sql", dialect="postgres").schema
    assert schema is not None
    plan = plan_dataset(schema, DatasetRequest(rows=40)).plan
    assert plan.table("t").redraws
    assert list(free_columns(schema, plan)["t"]) == ["c"]


def test_a_decision_says_who_and_why_and_leaves_the_rest(schema: Schema) -> None:
    plan = plan_dataset(schema, DatasetRequest(rows=40)).plan
    strategy = Number(low=55, high=110, distribution=Power(exponent=2.0))
    changed = with_decisions(schema, plan, {("players", "weight_kg"): Decision(strategy, None, "players are heavy")})
    before, after = plan.table("players").column("weight_kg"), changed.table("players").column("weight_kg")
    assert (after.strategy, after.origin, after.reason) == (strategy, "gemini", "players are heavy")
    assert (after.null_fraction, after.null_when) == (before.null_fraction, before.null_when)
    others = [c for t in changed.tables for c in t.columns if (t.table, c.column) != ("players", "weight_kg")]
    assert others == [c for t in plan.tables for c in t.columns if (t.table, c.column) != ("players", "weight_kg")]
    assert fingerprint_plan(changed) != fingerprint_plan(plan)
    assert with_decisions(schema, plan, {}) is plan
