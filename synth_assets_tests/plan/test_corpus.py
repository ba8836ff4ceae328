"""Real schemas: plans without errors, back from YAML, unchanged when all tables grow alike."""

from pathlib import Path

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.plan import dump_plan, infer_plan, load_plan, validate_plan
from synth_assets.plan.request import DatasetRequest
from synth_assets_tests.plan.test_scaling import without_counts

SHARED = Path(__file__).resolve().parents[3] / "shared" / "ddl"
FOLDERS = ("seed_samples", "canonical")
FILES = sorted(p for folder in FOLDERS for p in (SHARED / folder).glob("*.*")) if SHARED.is_dir() else []
pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not FILES, reason="the shared DDL corpus is not here")]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_a_real_schema_is_planned_without_errors(path):
    schema = read_ddl(path.read_bytes(), source=path.name).schema
    assert schema is not None
    plan = infer_plan(schema, DatasetRequest())
    errors = [d for d in validate_plan(schema, plan) if d.is_error]
    assert errors == []
    assert without_counts(plan) == without_counts(infer_plan(schema, DatasetRequest(rows=1100)))
    if len(plan.tables) < 40:
        assert load_plan(dump_plan(plan), "plan.yaml") == plan


@pytest.mark.parametrize("path", [p for p in FILES if p.parent.name == "seed_samples"], ids=lambda p: p.name)
def test_every_check_of_the_sample_schemas_is_met_by_construction(path):
    schema = read_ddl(path.read_bytes(), source=path.name).schema
    assert schema is not None
    plan = infer_plan(schema, DatasetRequest())
    assert validate_plan(schema, plan) == ()
    assert all(not t.redraws for t in plan.tables)
