"""A small schema with what pipelines trip over: a cycle, a self-reference, names that need care."""

from synth_assets.ddl import read_ddl
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.model import Schema

DDL = """
CREATE TABLE "Club" (
    id INTEGER PRIMARY KEY,
    name VARCHAR(60) NOT NULL,
    captain_id INTEGER
);
CREATE TABLE members (
    id INTEGER PRIMARY KEY,
    club_id INTEGER NOT NULL REFERENCES "Club" (id),
    mentor_id INTEGER REFERENCES members (id),
    joined_on DATE NOT NULL,
    is_active BOOLEAN NOT NULL,
    fee NUMERIC(8, 2)
);
ALTER TABLE "Club" ADD FOREIGN KEY (captain_id) REFERENCES members (id);
CREATE TABLE manifest (id INTEGER PRIMARY KEY, note TEXT);
"""


def schema() -> Schema:
    found = read_ddl(DDL, source="club.sql", dialect="postgres").schema
    assert found is not None
    return found


def planned(rows: int = 50, seed: int = 42) -> tuple[Schema, Plan]:
    made = schema()
    return made, plan_dataset(made, DatasetRequest(rows=rows, seed=seed, rows_by_table={"manifest": 3})).plan
