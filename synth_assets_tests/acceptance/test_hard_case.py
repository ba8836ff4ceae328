"""The hard case before real databases: a thousand rows a table, every constraint on, and none of them rejects a row."""

from pathlib import Path

import pytest

from synth_assets.databases import ProofResult, parse_database_url
from synth_assets.pipeline.generate import generate_directory
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.pipeline.prove import prove_directory
from synth_assets.pipeline.read import read_schema_file
from synth_assets.plan.request import DatasetRequest
from synth_assets_tests.postgres import postgres_uri  # noqa: F401

DDL = Path(__file__).parent / "hard_case" / "marketplace.sql"
ROWS = 1000
TABLES = 19


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    schema = read_schema_file(DDL).schema
    assert schema is not None
    request = DatasetRequest(rows=ROWS)
    out = tmp_path_factory.mktemp("hard_case") / "out"
    text = DDL.read_text(encoding="utf-8")
    return generate_directory(schema, plan_dataset(schema, request).plan, out, "csv", ddl_text=text, request=request).path


@pytest.fixture(scope="module", params=["PostgreSQL", "SQLite"])
def verdict(request: pytest.FixtureRequest, folder: Path) -> ProofResult:
    url = request.getfixturevalue("postgres_uri") if request.param == "PostgreSQL" else "sqlite://"
    result = prove_directory(folder, parse_database_url(url))
    assert result.server.startswith(request.param)
    return result


def test_no_row_is_rejected(verdict: ProofResult) -> None:
    assert verdict.rejections == ()
    assert verdict.accepted


def test_everything_is_judged(verdict: ProofResult) -> None:
    assert verdict.refused == ()
    assert verdict.not_judged == ()
    assert [(t.rows, t.accepted) for t in verdict.tables] == [(ROWS, ROWS)] * TABLES
