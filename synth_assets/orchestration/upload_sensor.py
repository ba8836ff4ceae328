"""The sensor that turns files into datasets, in two phases, so that it never names an asset nobody has loaded.

1. The folder differs from what is loaded: have the location read it and reload. Nothing else.
2. It does not: this process is the reloaded location. Add the partition of every stored request that
   has none, start the run of every one that never had any, and tell of new files.

Each phase can be repeated at any point: what was done is asked of Dagster and of the store, never remembered.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from synth_assets.errors import RequestError, SynthAssetsError, render_diagnostics
from synth_assets.orchestration.datasets import find_dataset, free_key, open_store, requested_datasets, save_request
from synth_assets.orchestration.knowledge_asset import documents_read
from synth_assets.orchestration.labelled_assets import LabelledDefinitions
from synth_assets.orchestration.plan_asset import recorded_dataset
from synth_assets.orchestration.reload import refresh_and_reload
from synth_assets.orchestration.schema_definitions import SchemaDefinitions
from synth_assets.orchestration.translator import SCHEMA_TAG, UPLOADS_SENSOR, is_dataset_key
from synth_assets.orchestration.upload_assets import upload_events
from synth_assets.orchestration.uploads import Upload, UploadsState, fingerprint_uploads
from synth_assets.plan.request import DatasetRequest
from synth_assets.settings import Settings
from synth_assets.storage import DatasetStore

_UNDER_WAY = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]


def build_uploads_sensor(
    state: UploadsState,
    state_key: str,
    schemas: Sequence[SchemaDefinitions],
    upload_keys: dict[str, dg.AssetKey],
    settings: Settings,
    labelled: Sequence[LabelledDefinitions] = (),
) -> dg.SensorDefinition:
    """Return the sensor for the state this process has loaded.

    Args:
        state_key: Name under which Dagster stores the state.
        schemas: The schemas made from the state's uploads.
        upload_keys: Asset of each uploaded file.
        labelled: The labelled text datasets made from the state's uploads.
    """

    @dg.sensor(
        name=UPLOADS_SENSOR,
        minimum_interval_seconds=settings.sensor_interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        jobs=[*(job for s in schemas for job in (s.generate_job, s.knowledge_job) if job is not None), *(made.job for made in labelled)],
        description=f"Watches {settings.uploads_dir} for .sql, .ddl and .txt files: each becomes assets, a dataset and its run; "
        "for labelled text in .yaml files; and for folders of documents beside them.",
    )
    def uploads(context: dg.SensorEvaluationContext) -> dg.SkipReason | dg.SensorResult:
        now = fingerprint_uploads(settings.uploads_dir, settings.settle_seconds)
        if now is None:
            return dg.SkipReason("a file is still being written")
        if now != state.fingerprint:
            return dg.SkipReason(f"the uploads have changed: {refresh_and_reload(context, state_key)}")
        return _request_datasets(context, state, schemas, labelled, upload_keys, settings.uploads_dir)

    return uploads


def request_upload(store: DatasetStore, instance: dg.DagsterInstance, schema: SchemaDefinitions, upload: Upload) -> str | None:
    """Store the request of an upload unless it is there, and return its dataset's key; None when the request is wrong.

    Another DDL or another request makes another dataset; the old one and its rows stay.
    """
    if upload.request is None:
        return None
    known = find_dataset(store, schema.source.schema, upload.request)
    if known is not None:
        return known
    key = _lost_dataset(store, instance, schema, upload.request) or free_key(store, instance, schema.names, upload.request.dataset)
    save_request(store, schema.source, key, upload.request)
    return key


def _lost_dataset(store: DatasetStore, instance: dg.DagsterInstance, schema: SchemaDefinitions, request: DatasetRequest) -> str | None:
    """Return the partition that Dagster recorded with this very request and whose files are gone, so that it is not made twice."""
    names = schema.names
    for key in instance.get_dynamic_partitions(names.partitions_name):
        if is_dataset_key(key) and not store.has_request(names.schema_name, key):
            try:
                recorded = recorded_dataset(instance, names, schema.source, key)
            except RequestError:  # It was made of another DDL.
                continue
            if recorded is not None and recorded.request == request:
                return key
    return None


def _request_datasets(
    context: dg.SensorEvaluationContext,
    state: UploadsState,
    schemas: Sequence[SchemaDefinitions],
    labelled: Sequence[LabelledDefinitions],
    upload_keys: dict[str, dg.AssetKey],
    folder: Path,
) -> dg.SensorResult:
    store, instance = open_store(), context.instance
    uploads = {u.tables.name: u for u in state.uploads if u.tables is not None}
    partitions: list[Any] = []
    runs: list[dg.RunRequest] = []
    problems = [f"{u.file}:\n{render_diagnostics(u.errors)}" for u in state.uploads if u.errors]
    problems += [stray.render() for stray in state.strays]
    for schema in schemas:
        try:
            request_upload(store, instance, schema, uploads[schema.names.schema_name])
            new_partitions, new_runs = _missing(store, instance, schema)
        except SynthAssetsError as error:  # One schema's damaged folder must not keep the others waiting.
            problems.append(f"{schema.names.schema_name}:\n{error}")
            continue
        partitions += new_partitions
        # A dataset's run reads the documents itself, before it plans.
        runs += new_runs or _documents_run(instance, schema, uploads[schema.names.schema_name])
    runs += [run for made in labelled for run in _labelled_run(instance, made)]
    events, cursor = _news(context.cursor, state, upload_keys, folder)
    quiet = "nothing new" if not problems else "nothing new; files with errors:\n" + "\n".join(problems)
    return dg.SensorResult(
        run_requests=runs or None,
        skip_reason=None if runs else quiet,
        dynamic_partitions_requests=partitions,
        asset_events=events,
        cursor=cursor,
    )


def _missing(store: DatasetStore, instance: dg.DagsterInstance, schema: SchemaDefinitions) -> tuple[list[Any], list[dg.RunRequest]]:
    """Return the partitions to add and the runs to start so that every stored request of the loaded schema has both.

    A run is missing when none was ever started: a partition may be there because the daemon added it
    and then knew the job not yet.
    """
    names = schema.names
    known = set(instance.get_dynamic_partitions(names.partitions_name))
    keys = requested_datasets(store, schema.source.schema)
    new = [key for key in keys if key not in known]
    runs = [
        dg.RunRequest(run_key=f"{names.prefix}:{key}", partition_key=key, job_name=names.job, tags=names.run_tags(key))
        for key in keys
        if not _has_run(instance, names.prefix, key)
    ]
    return ([names.partitions.build_add_request(new)] if new else []), runs


def _documents_run(instance: dg.DagsterInstance, schema: SchemaDefinitions, upload: Upload) -> list[dg.RunRequest]:
    """Return the run that reads a schema's documents, where they differ from those read last and no run is about to read them."""
    names = schema.names
    if schema.knowledge_job is None or documents_read(instance, names) == upload.knowledge:
        return []
    tags = {SCHEMA_TAG: names.prefix}
    if instance.get_run_records(dg.RunsFilter(tags=tags, statuses=_UNDER_WAY), limit=1):
        return []
    run_key = f"{names.prefix}:knowledge:{upload.knowledge}"
    return [dg.RunRequest(run_key=run_key, job_name=names.knowledge_job, tags=tags)]


def _labelled_run(instance: dg.DagsterInstance, made: LabelledDefinitions) -> list[dg.RunRequest]:
    """Return the run of a labelled text file, unless the last one was for this very content.

    Asked of the last run, not of all: a file that goes back to what it was before is made again, so that the assets show it.
    """
    last = instance.get_run_records(dg.RunsFilter(tags=made.names.asset_tags), limit=1)
    wanted = made.names.run_tags(made.fingerprint)
    if last and wanted.items() <= last[0].dagster_run.tags.items():
        return []
    return [dg.RunRequest(job_name=made.names.job, tags=wanted)]


def _has_run(instance: dg.DagsterInstance, prefix: str, key: str) -> bool:
    """Tell whether a run of the dataset was ever started, by the schema's job or by hand from the asset graph."""
    partition = {"dagster/partition": key}
    if instance.get_run_records(dg.RunsFilter(tags={**partition, SCHEMA_TAG: prefix}), limit=1):
        return True
    # Runs of single assets carry no tag of ours, and another schema may have a dataset of the same name.
    return any(prefix in _prefixes(run) for run in instance.get_runs(dg.RunsFilter(tags=partition)))


def _prefixes(run: dg.DagsterRun) -> set[str]:
    checked = (check.asset_key for check in run.asset_check_selection or ())
    return {key.path[0] for key in (*(run.asset_selection or ()), *checked)}


def _news(cursor: str | None, state: UploadsState, keys: dict[str, dg.AssetKey], folder: Path) -> tuple[list[Any], str]:
    """Return the events of files whose content Dagster was not told of yet, and the cursor that remembers them."""
    told: dict[str, str] = json.loads(cursor) if cursor else {}
    current = {u.file: _content(u) for u in state.uploads}
    events = [e for u in state.uploads if told.get(u.file) != current[u.file] for e in upload_events(keys[u.file], u, folder)]
    return events, json.dumps(current)


def _content(upload: Upload) -> str:
    """Identity of what is told of an upload: its content and what was found wrong."""
    said = hashlib.sha256(render_diagnostics(upload.diagnostics).encode()).hexdigest()
    return f"{upload.sha256[:16]}:{said[:16]}:{'used' if upload.is_used else 'set aside'}"
