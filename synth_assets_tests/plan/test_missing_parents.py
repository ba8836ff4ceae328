"""Foreign keys to tables the DDL does not declare: plausible keys, and a check that says it could not judge them."""

from pathlib import Path

from synth_assets.ddl import read_ddl
from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.strategies import Number, Uuid
from synth_assets.schema.model import Schema

DDL = """
CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE, name text NOT NULL);
CREATE TABLE visits (
    id int PRIMARY KEY,
    profile_id uuid NOT NULL REFERENCES profiles,
    author uuid NOT NULL REFERENCES auth.users (id),
    region_id smallint NOT NULL,
    level numeric(1) REFERENCES levels (id),
    a int, b int,
    CONSTRAINT in_region FOREIGN KEY (region_id) REFERENCES geo.regions (id),
    FOREIGN KEY (a, b) REFERENCES pairs
);
"""


def read() -> Schema:
    found = read_ddl(DDL, source="visits.sql", dialect="postgres")
    assert {d.code for d in found.errors} == {"DDL201"}
    assert found.schema is not None
    return found.schema


def test_the_schema_remembers_which_parents_are_missing() -> None:
    visits = read().table("visits")
    assert [k.label for k in visits.missing_parents] == ["author -> auth.users", "level -> levels", "in_region", "a, b -> pairs"]
    assert [fk.columns for fk in visits.foreign_keys] == [("profile_id",)]


def test_their_keys_are_such_as_a_table_would_have() -> None:
    schema = read()
    plan = infer_plan(schema, DatasetRequest(rows=50))
    assert not [d for d in validate_plan(schema, plan) if d.is_error]
    columns = {c.column: c for c in plan.table("visits").columns}
    assert isinstance(columns["author"].strategy, Uuid)
    assert "auth.users" in columns["author"].reason
    region, level = columns["region_id"].strategy, columns["level"].strategy
    assert isinstance(region, Number)
    assert (region.low, region.high, region.decimals) == (1, 1000, 0)
    assert isinstance(level, Number)
    assert level.high == 9


def test_checks_say_that_they_were_not_judged(tmp_path: Path) -> None:
    from synth_assets.pipeline.check import check_directory
    from synth_assets.pipeline.generate import generate_directory
    from synth_assets.pipeline.plan import plan_dataset

    schema, request = read(), DatasetRequest(rows=20)
    made = generate_directory(schema, plan_dataset(schema, request).plan, tmp_path / "data", "csv", request=request)
    results = [r for r in check_directory(made.path) if r.table == "visits" and r.name == "foreign_keys"]
    assert [r.passed for r in results] == [True]
    unjudged = {e.subject: e.note for e in results[0].expectations if e.passed is None}
    assert set(unjudged) == {"author -> auth.users", "level -> levels", "in_region", "a, b -> pairs"}
    assert "geo.regions" in unjudged["in_region"]
