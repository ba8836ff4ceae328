"""A dataset from Dagster's side: its key, its stored request, the plan every run of it uses.

A dataset is immutable: once its request is stored under its key, every run reads that request, and
a run that asks for anything else is refused. Other numbers make another dataset, under another key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, count
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from synth_assets.errors import Diagnostic, RequestError, StorageError
from synth_assets.llm.report import PLAN_LABEL, AssetAiReport
from synth_assets.orchestration.translator import SchemaNames, dataset_base_name
from synth_assets.pipeline.gemini import open_gemini
from synth_assets.pipeline.knowledge import kept_index, knowledge_folder, plan_with_documents
from synth_assets.pipeline.versions import restore_versions
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest, build_request
from synth_assets.schema.fingerprint import fingerprint_schema
from synth_assets.schema.model import Schema
from synth_assets.settings import load_settings
from synth_assets.storage import DatasetStore, storage_errors
from synth_assets.storage.versions import VersionLog


@dataclass(frozen=True)
class SchemaSource:
    """A schema as the code location loaded it, with the file it came from (None for one without a file).

    Attributes:
        knowledge: Folder of the documents beside that file; None where there is none.
    """

    schema: Schema
    ddl_text: str | None = None
    ddl_file: Path | None = None
    knowledge: Path | None = None


@dataclass(frozen=True)
class Dataset:
    """One dataset, complete: what it is made of, as stored under its key."""

    key: str
    schema: Schema
    request: DatasetRequest
    plan: Plan


@dataclass(frozen=True)
class Recorded:
    """What Dagster remembers of a dataset: its request, and what became of it by feedback (see `pipeline.versions.record_of`)."""

    request: DatasetRequest
    versions: Any = None


class RequestConfig(dg.Config):
    """What to ask for. Whatever is left out comes from the dataset's stored request, or from the defaults."""

    rows: int | None = Field(default=None, description="Rows of every table without a number of its own (default 1000)")
    rows_by_table: dict[str, int] = Field(default={}, description="Rows of single tables by name, as in {orders: 5000}")
    fit: bool | None = Field(default=None, description="Fewer rows where a table cannot hold those asked for, instead of a failure")
    seed: int | None = Field(default=None, description="Another seed makes other rows of the same kind (default 42)")
    locale: str | None = Field(default=None, description="Language and country of names and places, as in de_DE (default en_US)")
    prompt: str | None = Field(default=None, description="What the data should look like, in words")
    ai: str | None = Field(default=None, description="Whether Gemini helps: auto where there is a key (default), off, or required")
    gemini: dict[str, Any] = Field(
        default={}, description="How much Gemini does: {rows: 200, model: ..., budget: {calls: 50, dollars: 1}, tables: {...}}"
    )

    def apply_to(self, request: DatasetRequest) -> DatasetRequest:
        """Return the request with the settings given here. Raises RequestError with every problem found."""
        names = RequestConfig.model_fields
        given = {name: value for name in names if (value := getattr(self, name)) not in (None, {})}
        return build_request({**request.model_dump(mode="json"), **given}, "run config")


def config_of(request: DatasetRequest) -> dict[str, Any]:
    """Return the launchpad's text for a request: every setting of `RequestConfig`."""
    config = request.model_dump(mode="json", include=set(RequestConfig.model_fields))
    # Dagster takes no null inside a map; what stands at its default need not be said.
    return {**config, "gemini": request.gemini.model_dump(mode="json", exclude_defaults=True)}


def open_store() -> DatasetStore:
    """Return the dataset store of this process's settings."""
    return DatasetStore(load_settings().datasets_dir)


def ensure_dataset(
    store: DatasetStore,
    source: SchemaSource,
    key: str,
    config: RequestConfig | None = None,
    recorded: Callable[[], Recorded | None] = lambda: None,
) -> Dataset:
    """Return the dataset of that key, planned; a key without a request gets one made of its config and the defaults.

    A stored dataset keeps the schema it was made from, also after its DDL has changed. What it may cost is no part of what it is:
    another budget takes the place of the stored one.

    Args:
        recorded: Asked when request or plan are not stored: what Dagster remembers of a dataset whose files are gone.

    Raises:
        RequestError: The config is wrong, or differs from the stored request.
        PlanError: The request cannot be met; then nothing is stored.
        LlmError: Gemini is required and gave no answer; nothing is stored but the answers that came.
        StorageError: The key is not a slug, or files cannot be read or written.
    """
    name = source.schema.name
    is_planned = store.has_plan(name, key)
    remembered = None if is_planned and store.has_request(name, key) else recorded()
    stored = store.load_request(name, key) if store.has_request(name, key) else remembered.request if remembered else None
    request = (config or RequestConfig()).apply_to(stored or DatasetRequest(dataset=key))
    if stored is not None and request != stored:
        if not request.asks_for_the_same(stored):
            raise _changed_request(name, key, stored, request)
        if store.has_request(name, key):
            store.save_request(name, key, request, replace=True)
    schema = _load_schema(store, name, key) if store.has_request(name, key) else source.schema
    if is_planned:
        return Dataset(key, schema, request, _load_plan(store, name, key))
    plan = _make_plan(store, source, schema, key, request)
    held = restore_versions(VersionLog(store.dataset_directory(name, key)), schema, plan, remembered.versions if remembered else None)
    if held != plan:
        store.save_plan(name, key, held, replace=True)
    return Dataset(key, schema, request, held)


def _make_plan(store: DatasetStore, source: SchemaSource, schema: Schema, key: str, request: DatasetRequest) -> Plan:
    """Plan a dataset, by Gemini too where it is asked, and store the plan: whoever comes next reads it, and asks nothing."""
    name = source.schema.name
    made = plan_with_documents(schema, request, open_gemini(schema, request, key), _documents(source), kept_index(store, name))
    save_request(store, source, key, request)
    if store.has_plan(name, key):
        return _load_plan(store, name, key)  # another run was faster; Gemini may have told it otherwise
    if made.report is not None:
        store.save_ai_report(name, key, PLAN_LABEL, made.report)
    store.save_plan(name, key, made.planned.plan)
    return made.planned.plan


def _documents(source: SchemaSource) -> Path | None:
    """The folder may have gone since the location was loaded."""
    return None if source.ddl_file is None else knowledge_folder(source.ddl_file)


def load_ai_report(store: DatasetStore, schema_name: str, key: str, label: str) -> AssetAiReport | None:
    """Return what Gemini did for an asset of a dataset, or None where nobody was asked. Raises StorageError."""
    return store.load_ai_report(schema_name, key, label, AssetAiReport)


def _load_schema(store: DatasetStore, name: str, key: str) -> Schema:
    return _cached_schema(store.root, name, key, _stamp(store, name, key, "schema.json"))


def _load_request(store: DatasetStore, name: str, key: str) -> DatasetRequest:
    return _cached_request(store.root, name, key, _stamp(store, name, key, "request.yaml"))


def _load_fingerprint(store: DatasetStore, name: str, key: str) -> str:
    return _cached_fingerprint(store.root, name, key, _stamp(store, name, key, "schema.json"))


def _load_plan(store: DatasetStore, name: str, key: str) -> Plan:
    return _cached_plan(store.root, name, key, _stamp(store, name, key, "plan.yaml"))


def _stamp(store: DatasetStore, name: str, key: str, file: str) -> int:
    path = store.dataset_directory(name, key) / file
    with storage_errors("read", path, "STO101"):
        return path.stat().st_mtime_ns


# Every step of a run reads the same plan, and the generator is resolved once for the same objects.
@lru_cache(maxsize=4)
def _cached_schema(root: Path, name: str, key: str, stamp: int) -> Schema:  # noqa: ARG001 - part of the cache's key
    return DatasetStore(root).load_schema(name, key)


# The uploads sensor compares every stored dataset with every upload at each look.
@lru_cache(maxsize=10_000)
def _cached_request(root: Path, name: str, key: str, stamp: int) -> DatasetRequest:  # noqa: ARG001 - part of the cache's key
    return DatasetStore(root).load_request(name, key)


@lru_cache(maxsize=10_000)
def _cached_fingerprint(root: Path, name: str, key: str, stamp: int) -> str:  # noqa: ARG001 - part of the cache's key
    return fingerprint_schema(DatasetStore(root).load_schema(name, key))


@lru_cache(maxsize=4)
def _cached_plan(root: Path, name: str, key: str, stamp: int) -> Plan:  # noqa: ARG001 - part of the cache's key
    return DatasetStore(root).load_plan(name, key)


def save_request(store: DatasetStore, source: SchemaSource, key: str, request: DatasetRequest) -> None:
    """Store a request under a dataset key, once, with the schema it is made against.

    Raises StorageError, to be tried again under another key, when a request of another run took the key meanwhile.
    """
    if store.has_request(source.schema.name, key):
        if store.load_request(source.schema.name, key) != request:
            hint = "try again: the next free key is taken then"
            where = f"{source.schema.name}/{key}"
            problem = Diagnostic(code="STO105", where=where, message="another request took this key at the same time", hint=hint)
            raise StorageError("the dataset's key is taken", [problem], retryable=True)
    else:
        store.save_schema(source.schema.name, key, source.schema, source.ddl_text, replace=True)
        store.save_request(source.schema.name, key, request)


def find_dataset(store: DatasetStore, schema: Schema, request: DatasetRequest) -> str | None:
    """Return the key of the dataset that was asked for in these words against this schema, or None."""
    keys = requested_datasets(store, schema)
    return next((key for key in keys if _load_request(store, schema.name, key) == request), None)


def requested_datasets(store: DatasetStore, schema: Schema) -> tuple[str, ...]:
    """Return the keys with a stored request against exactly this schema, sorted."""
    wanted = fingerprint_schema(schema)
    keys = (key for key in store.list_datasets(schema.name) if store.has_request(schema.name, key))
    return tuple(key for key in keys if _load_fingerprint(store, schema.name, key) == wanted)


def free_key(store: DatasetStore, instance: dg.DagsterInstance, names: SchemaNames, wanted: str | None) -> str:
    """Return a dataset key that was never used: `wanted`, `wanted-2`, ... or `<schema>-1`, `<schema>-2`, ...

    Keys of deleted datasets count as used: Dagster's record of their rows stays.
    """
    base = dataset_base_name(wanted or names.schema_name)
    used = {*store.list_datasets(names.schema_name), *instance.get_dynamic_partitions(names.partitions_name)}
    used |= set(instance.get_materialized_partitions(names.plan_key))
    numbered = (f"{base}-{number}" for number in count(2 if wanted else 1))
    return next(key for key in chain([base] if wanted else [], numbered) if key not in used)


def _changed_request(schema: str, key: str, stored: DatasetRequest, wanted: DatasetRequest) -> RequestError:
    old, new = stored.model_dump(mode="json"), wanted.model_dump(mode="json")
    hint = f"a dataset never changes: make another one with the job new_dataset_{schema}, or leave the config out"
    problems = [
        Diagnostic(code="REQ106", where=f"{schema}/{key}: {n}", message=f"the dataset has {old[n]!r}", found=repr(new[n])[:200], hint=hint)
        for n in old
        if old[n] != new[n]
    ]
    return RequestError(f"dataset '{key}' was made from another request", problems)
