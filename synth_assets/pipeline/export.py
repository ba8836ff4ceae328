"""Export a stored dataset into files people take away."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from synth_assets.errors import Diagnostic, RequestError
from synth_assets.exports import write_csv, write_sql, write_table_file, zip_dataset
from synth_assets.formats import EXPORT_FORMATS, EXTENSIONS
from synth_assets.pipeline.folder import DDL_FILE, FIXED_FILES, PLAN_FILE
from synth_assets.pipeline.manifest import build_manifest
from synth_assets.plan import dump_plan
from synth_assets.plan.model import Plan
from synth_assets.schema.model import Schema, Table
from synth_assets.storage import MANIFEST_FILE, DatasetStore, atomic_file, dump_manifest, file_names, sha256_of_file


@dataclass(frozen=True)
class ExportedFile:
    """One file: where it is, its format, its size in bytes, its SHA-256."""

    path: Path
    format: str
    bytes: int
    sha256: str


def export_dataset(store: DatasetStore, schema: Schema, plan: Plan, dataset: str, formats: Collection[str]) -> tuple[ExportedFile, ...]:
    """Write a stored dataset in each of the formats below the dataset's `exports` folder.

    csv, parquet, jsonl, json: `exports/<format>/`, one file a table. sql: `exports/dataset.sql`, beginning with
    the DDL where it is stored. zip: `exports/<schema>-<dataset>.zip`, the CSV files with manifest, plan and DDL;
    the same bytes for the same dataset. Each file appears whole or not at all.

    Raises:
        RequestError: A format is unknown, or the schema cannot be loaded by a script of its dialect.
        StorageError: A table is not stored, or a file cannot be written.
    """
    unknown = [f for f in formats if f not in EXPORT_FORMATS]
    if unknown:
        hint = f"known formats: {', '.join(EXPORT_FORMATS)}"
        raise RequestError(
            "bad request", [Diagnostic(code="REQ111", where="formats", message="no such format", found=f, hint=hint) for f in unknown]
        )
    folder = store.exports_directory(schema.name, dataset)
    return tuple(file for name in formats for file in _export(store, schema, plan, dataset, name, folder))


def _export(store: DatasetStore, schema: Schema, plan: Plan, dataset: str, format_name: str, folder: Path) -> list[ExportedFile]:
    rows_of = partial(store.iter_chunks, schema.name, dataset)
    if format_name == "sql":
        ddl_text = store.load_ddl_text(schema.name, dataset)
        return [_write(folder / "dataset.sql", "sql", lambda sink: write_sql(sink, schema, rows_of, ddl_text=ddl_text))]
    if format_name == "zip":
        members = _members(store, schema, plan, dataset)
        return [_write(folder / f"{schema.name}-{dataset}.zip", "zip", lambda sink: zip_dataset(sink, members))]
    names = file_names([t.key for t in schema.tables], EXTENSIONS[format_name])

    def write_table(table: Table, sink: Any) -> int:
        return write_table_file(sink, format_name, table, rows_of(table.key), schema.dialect)

    return [_write(folder / format_name / names[t.key], format_name, partial(write_table, t)) for t in schema.tables]


def _members(store: DatasetStore, schema: Schema, plan: Plan, dataset: str) -> dict[str, Callable[[Any], object] | str]:
    def write_member(table: Table, sink: Any) -> int:
        return write_csv(sink, table, store.iter_chunks(schema.name, dataset, table.key), schema.dialect)

    names = file_names([t.key for t in schema.tables], ".csv", taken=FIXED_FILES)
    members: dict[str, Callable[[Any], object] | str] = {names[t.key]: partial(write_member, t) for t in schema.tables}
    members[MANIFEST_FILE] = dump_manifest(build_manifest(store, schema, plan, dataset))
    members[PLAN_FILE] = dump_plan(plan)
    ddl_text = store.load_ddl_text(schema.name, dataset)
    if ddl_text is not None:
        members[DDL_FILE] = ddl_text
    return members


def _write(path: Path, format_name: str, write: Callable[[Any], object]) -> ExportedFile:
    with atomic_file(path) as sink:
        write(sink)
    return ExportedFile(path=path, format=format_name, bytes=path.stat().st_size, sha256=sha256_of_file(path))
