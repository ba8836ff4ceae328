"""Fixtures of the orchestration tests: settings in a folder of their own, instances, a finished run to look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from synth_assets.orchestration.datasets import SchemaSource
from synth_assets.orchestration.schema_definitions import SchemaDefinitions, build_schema_definitions
from synth_assets.schema.model import Schema
from synth_assets.settings import Settings, load_settings
from synth_assets_tests.orchestration.schemas import shop

PREVIEWS = ("ignore::dagster.PreviewWarning", "ignore::dagster.BetaWarning", "ignore:Starting in dagster 1.11:UserWarning")
OWNERS = ["team:tests"]
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of this test's own, named in the environment as a process would find it."""
    monkeypatch.setenv("SYNTH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SYNTH_SETTLE_SECONDS", "0")
    (tmp_path / "data" / "uploads").mkdir(parents=True)
    return tmp_path / "data"


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    return load_settings()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def build(schema: Schema, **source: Any) -> SchemaDefinitions:
    return build_schema_definitions(SchemaSource(schema, **source), None, OWNERS)


def run_job(
    built: SchemaDefinitions, instance: dg.DagsterInstance, dataset: str, config: dict[str, Any] | None = None, **arguments: Any
) -> dg.ExecuteInProcessResult:
    """Add the dataset's partition and execute the schema's job, or a part of it, without raising."""
    names = built.names
    instance.add_dynamic_partitions(names.partitions_name, [dataset])
    job = built.definitions.resolve_job_def(names.job)
    run_config = {"ops": {names.plan_op: {"config": config}}, **QUIET} if config else QUIET
    return job.execute_in_process(
        run_config=run_config, partition_key=dataset, instance=instance, tags=names.run_tags(dataset), raise_on_error=False, **arguments
    )


@dataclass(frozen=True)
class FinishedRun:
    built: SchemaDefinitions
    result: dg.ExecuteInProcessResult
    instance: dg.DagsterInstance
    data_dir: Path


@pytest.fixture(scope="package")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FinishedRun]:
    """One run of the shop with fifty rows a table; read-only."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as ephemeral:
        patch.setenv("SYNTH_DATA_DIR", str(folder))
        built = build(shop(), ddl_text=None, ddl_file=folder / "shop.sql")
        result = run_job(built, ephemeral, "one", {"rows": 50, "rows_by_table": {"branches": 5}})
        yield FinishedRun(built, result, ephemeral, folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Hush what definitions.py hushes: features that Dagster calls previews, and that are used on purpose."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for warning in PREVIEWS:
                item.add_marker(pytest.mark.filterwarnings(warning))
