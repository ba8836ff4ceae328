"""A small schema with a plan, for tests of what a model may say of it."""

from functools import cache
from pathlib import Path

from synth_assets.ddl import read_ddl
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.free_columns import FreeColumn, free_columns
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.model import Schema

GOLDEN = Path(__file__).parent / "golden"
DDL = GOLDEN / "clinic.sql"


@cache
def clinic() -> Schema:
    schema = read_ddl(DDL.read_bytes(), source="clinic.sql").schema
    assert schema is not None
    return schema


@cache
def clinic_plan() -> Plan:
    return plan_dataset(clinic(), DatasetRequest(rows=100)).plan


def free(table: str, column: str) -> FreeColumn:
    return free_columns(clinic(), clinic_plan())[table][column]
