"""From a DDL file to a finished dataset in this process, on the path an upload takes, recorded where the UI looks.

`make demo` runs this module on the bundled example. Nothing is shortened: the file goes through the
uploads folder, the state Dagster stores, a partition and the schema's own job, so that `make dev`
afterwards shows the run, the rows and every check.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterHomeNotSetError
from dagster._core.storage.defs_state.base import set_defs_state_storage

from synth_assets.errors import DdlError, RequestError, SynthAssetsError
from synth_assets.orchestration.component import UploadedSchemas, latest_state
from synth_assets.orchestration.datasets import config_of, open_store
from synth_assets.orchestration.location import build_location, build_schemas
from synth_assets.orchestration.previews import hush_previews
from synth_assets.orchestration.schema_definitions import SchemaDefinitions
from synth_assets.orchestration.upload_sensor import request_upload
from synth_assets.orchestration.uploads import Upload, UploadsState
from synth_assets.pipeline.upload import upload_file
from synth_assets.settings import load_settings

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = REPOSITORY / "examples" / "bookshop.sql"


@dataclass(frozen=True)
class FinishedTable:
    """One table of a run: its rows, its checks, the seconds its step took."""

    table: str
    rows: int
    checks_passed: int
    checks_failed: int
    seconds: float


@dataclass(frozen=True)
class FinishedDataset:
    """What a run made.

    Attributes:
        success: Every step ran, and no blocking check failed.
        seconds: From the upload to the last step.
        files: What people take away, by format: `zip` and, where there is one, `sql`.
    """

    schema_name: str
    dataset: str
    run_id: str
    success: bool
    seconds: float
    tables: tuple[FinishedTable, ...]
    files: dict[str, Path]

    @property
    def all_checks_passed(self) -> bool:
        return not any(t.checks_failed for t in self.tables)


def run_dataset(schema_file: Path, request_file: Path | None, instance: dg.DagsterInstance) -> FinishedDataset:
    """Upload a file and make its dataset, as the uploads sensor would; the same file and request make no second one.

    Raises:
        DdlError: No table can be used.
        RequestError: The file or the request is refused.
        StorageError: A file cannot be read or written.
    """
    started = time.perf_counter()
    settings = load_settings()
    uploaded = upload_file(schema_file, request_file, settings.uploads_dir)
    state = refresh_state(instance)
    schema, upload = _find(state, uploaded.ddl_path.name)
    key = request_upload(open_store(), instance, schema, upload)
    if key is None:
        raise RequestError(f"the request beside {upload.file} is refused", upload.errors)
    instance.add_dynamic_partitions(schema.names.partitions_name, [key])
    result = _execute(build_location(state, settings), schema, key, instance)
    return _summarise(schema, key, result, time.perf_counter() - started)


def refresh_state(instance: dg.DagsterInstance) -> UploadsState:
    """Have the uploads folder read anew, as a reload of the code location would, and return what Dagster stored of it."""
    with set_defs_state_storage(instance.defs_state_storage):
        asyncio.run(UploadedSchemas().refresh_state(REPOSITORY))
        return latest_state()


def open_instance() -> dg.DagsterInstance:
    """Return the instance of DAGSTER_HOME, else that of ./dagster.yaml, which `make dev` uses as well."""
    try:
        return dg.DagsterInstance.get()
    except DagsterHomeNotSetError:
        return dg.DagsterInstance.from_config(str(Path.cwd()))


def _find(state: UploadsState, file: str) -> tuple[SchemaDefinitions, Upload]:
    upload = next(u for u in state.uploads if u.file == file)
    if upload.tables is None:
        raise DdlError(f"no table of {file} can be used", upload.diagnostics)
    name = upload.tables.name
    return next(s for s in build_schemas(state, load_settings()) if s.names.schema_name == name), upload


def _execute(location: dg.Definitions, schema: SchemaDefinitions, key: str, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    request = open_store().load_request(schema.names.schema_name, key)
    run_config = {
        "ops": {schema.names.plan_op: {"config": config_of(request)}},
        "loggers": {"console": {"config": {"log_level": "WARNING"}}},
    }
    job = location.resolve_job_def(schema.names.job)
    return job.execute_in_process(
        run_config=run_config, partition_key=key, instance=instance, tags=schema.names.run_tags(key), raise_on_error=False
    )


def _summarise(schema: SchemaDefinitions, key: str, result: dg.ExecuteInProcessResult, seconds: float) -> FinishedDataset:
    metadata: dict[dg.AssetKey, dict[str, Any]] = {
        m.asset_key: {name: value.value for name, value in m.metadata.items()}
        for e in result.get_asset_materialization_events()
        if (m := e.materialization) and e.asset_key
    }
    checks = Counter((c.asset_key, c.passed) for c in result.get_asset_check_evaluations())
    tables = tuple(
        FinishedTable(
            table,
            rows=metadata.get(asset, {}).get("dagster/row_count", 0),
            checks_passed=checks[asset, True],
            checks_failed=checks[asset, False],
            seconds=metadata.get(asset, {}).get("seconds", 0.0),
        )
        for table in schema.names.table_keys
        for asset in [schema.names.table_key(table)]
    )
    exported = metadata.get(schema.names.export_key, {})
    files = {name.removesuffix(" file"): Path(path) for name, path in exported.items() if name.endswith(" file")}
    return FinishedDataset(schema.names.schema_name, key, result.run_id, result.success, seconds, tables, files)


def _report(finished: FinishedDataset) -> str:
    width = max(len(t.table) for t in finished.tables)
    lines = [f"{'table':<{width}}  {'rows':>10}  {'checks':>8}  {'seconds':>8}"]
    for t in finished.tables:
        verdict = f"{t.checks_passed}/{t.checks_passed + t.checks_failed}"
        lines.append(f"{t.table:<{width}}  {t.rows:>10,}  {verdict:>8}  {t.seconds:>8.2f}")
    passed = sum(t.checks_passed for t in finished.tables)
    failed = sum(t.checks_failed for t in finished.tables)
    rows = sum(t.rows for t in finished.tables)
    lines.append(f"{'in all':<{width}}  {rows:>10,}  {f'{passed}/{passed + failed}':>8}  {finished.seconds:>8.2f}")
    lines.append("")
    lines += [f"{name:<4} {path}" for name, path in finished.files.items()]
    lines.append(f"dataset '{finished.dataset}' of schema '{finished.schema_name}', run {finished.run_id}")
    outcome = "every table was made" if finished.success else "the run failed: its steps are in the UI"
    lines.append(f"{outcome}; see it with `make dev` at {load_settings().webserver_url}/runs/{finished.run_id}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Make a dataset of the bundled example, or of a file that is named. Returns 0, 1 when a check failed, 2 on bad input."""
    parser = argparse.ArgumentParser(prog="make demo", description=main.__doc__)
    parser.add_argument("schema_file", nargs="?", type=Path, default=EXAMPLE, help="a .sql, .ddl or .txt file (default: the bookshop)")
    parser.add_argument("--request", type=Path, help="a YAML request: rows, seed, locale, overrides")
    given = parser.parse_args(arguments)
    hush_previews()
    try:
        with open_instance() as instance:
            finished = run_dataset(given.schema_file, given.request, instance)
    except SynthAssetsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(_report(finished) + "\n")
    return 0 if finished.success and finished.all_checks_passed else 1


if __name__ == "__main__":
    sys.exit(main())
