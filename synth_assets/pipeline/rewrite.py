"""Rows made again after a plan has changed: those tables alone that the change reaches; every other file keeps its bytes."""

import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from synth_assets.engine import ENGINE_VERSION
from synth_assets.exports import write_sql, write_table_file
from synth_assets.pipeline.create import ById, CreatedTable, create_table, generator_of, provenance_of, with_progress
from synth_assets.pipeline.export import export_dataset
from synth_assets.pipeline.filled_texts import filled_file_names, stored_texts, texts_for
from synth_assets.pipeline.folder import DDL_FILE, FIXED_FILES, PLAN_FILE, SCRIPT_FILE, Folder
from synth_assets.pipeline.generate import PARTIAL, OnTableProgress
from synth_assets.pipeline.manifest import build_manifest, make_manifest
from synth_assets.pipeline.refill import OpenWriter, settle_texts
from synth_assets.plan import dump_plan
from synth_assets.plan.differences import diff_plans
from synth_assets.plan.fingerprint import fingerprint_table_plan
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.model import Schema
from synth_assets.storage import (
    MANIFEST_FILE,
    DatasetStore,
    FileEntry,
    StoredTable,
    atomic_file,
    dump_manifest,
    sha256_of_file,
    storage_errors,
    write_text_atomically,
)
from synth_assets.storage.filled import FilledFolder
from synth_assets.storage.versions import VERSIONS_FOLDER, VersionLog


@dataclass(frozen=True)
class Rewritten:
    """The tables made again, in schema order; `stale` are those whose texts a model wrote for the rows as they were."""

    tables: tuple[str, ...]
    stale: tuple[str, ...] = ()


def rewrite_folder(
    contents: Folder,
    plan: Plan,
    affected: Iterable[str],
    request: DatasetRequest,
    open_writer: OpenWriter = lambda: None,
    on_progress: OnTableProgress | None = None,
) -> Rewritten:
    """Give a folder that `generate_directory` made another plan, and the rows that follow from it.

    New files are made in a hidden folder inside and moved at the end, the manifest last. A file that is not what the manifest
    says, as after a run that was killed while it moved files, is made again as well.

    Args:
        contents: The folder as it is.
        plan: The plan it gets; for the same schema.
        affected: Tables whose rows may differ.
        request: What the dataset was made of: says how texts are wished.
        open_writer: Asked for who writes texts that the change needs.

    Raises:
        GenerationError: The plan cannot be met; the folder is as it was.
        LlmError: The request says `ai: required`, and texts cannot be had; the folder is as it was.
        StorageError: A file cannot be read or written.
    """
    folder, partial = contents.path, contents.path / f"{PARTIAL}{secrets.token_hex(8)}"
    wanted = _tables_to_write(contents, set(affected))
    with storage_errors("write", partial):
        partial.mkdir()
    try:
        write_text_atomically(partial / PLAN_FILE, dump_plan(plan))
        texts = _texts_in(contents, partial)
        stale = settle_texts(texts, folder / VERSIONS_FOLDER, contents.schema, plan, wanted, request, open_writer)
        rows = {e.table: e.rows for e in contents.manifest.tables} | _write_tables(contents, plan, partial, wanted, texts, on_progress)
        fresh = {p.name: FileEntry(name=p.name, bytes=p.stat().st_size, sha256=sha256_of_file(p)) for p in partial.iterdir()}
        gone = {e.filled for e in contents.manifest.tables if e.filled is not None} - fresh.keys()
        files = {f.name: f for f in contents.manifest.files if f.name not in gone} | fresh
        names = {e.table: e.file for e in contents.manifest.tables if e.file is not None}
        format_name = contents.manifest.format
        filled = {t.key: texts.names[t.key] for t in contents.schema.tables if texts.names[t.key] in fresh}
        manifest = make_manifest(
            contents.schema, plan, format_name=format_name, rows=rows, table_files=names, files=files.values(), filled_files=filled
        )
        write_text_atomically(partial / MANIFEST_FILE, dump_manifest(manifest))
        with storage_errors("write", folder):
            for name in (*sorted(fresh.keys() - {PLAN_FILE}), PLAN_FILE, MANIFEST_FILE):
                (partial / name).replace(folder / name)
            for name in sorted(gone):
                (folder / name).unlink(missing_ok=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Rewritten(wanted, stale)


def _texts_in(contents: Folder, partial: Path) -> FilledFolder:
    """Return the folder's texts as copies in another one, under the same names."""
    taken = (*FIXED_FILES, *(e.file for e in contents.manifest.tables if e.file is not None))
    texts = FilledFolder(partial, filled_file_names(contents.schema, taken))
    for entry in contents.manifest.tables:
        source = contents.path / Path(entry.filled).name if entry.filled is not None else None
        if source is not None and source.exists():
            with storage_errors("read", source, "STO101"):
                shutil.copyfile(source, texts.path_of(entry.table))
    return texts


def _tables_to_write(contents: Folder, affected: set[str]) -> tuple[str, ...]:
    """Return the affected tables and those whose rows or texts are not what the manifest says; all of them for a script."""
    known = {f.name: f.sha256 for f in contents.manifest.files}

    def is_whole(name: str) -> bool:
        path = contents.path / Path(name).name
        return path.exists() and sha256_of_file(path) == known.get(name)

    for entry in contents.manifest.tables:
        if entry.table not in affected and not all(map(is_whole, filter(None, (entry.file or SCRIPT_FILE, entry.filled)))):
            affected.add(entry.table)
    keys = tuple(t.key for t in contents.schema.tables)
    return keys if affected and contents.manifest.format == "sql" else tuple(k for k in keys if k in affected)


def _write_tables(
    contents: Folder,
    plan: Plan,
    partial: Path,
    tables: tuple[str, ...],
    texts: FilledFolder,
    on_progress: OnTableProgress | None,
) -> dict[str, int]:
    schema, format_name = contents.schema, contents.manifest.format
    known = {t.key: texts.load(t.key) for t in schema.tables}
    generator = generator_of(schema, plan, {key: found for key, found in known.items() if found is not None})

    def chunks(key: str) -> Iterable[object]:
        tell = None if on_progress is None else lambda done, total: on_progress(key, done, total)
        return with_progress(generator.generate_chunks(key), plan.table(key).row_count, tell)

    if format_name == "sql":
        ddl = contents.path / DDL_FILE
        ddl_text = ddl.read_bytes().decode(errors="replace") if ddl.exists() else None
        if not tables:
            return {}
        with atomic_file(partial / SCRIPT_FILE) as sink:
            return write_sql(sink, schema, chunks, ddl_text=ddl_text)
    rows = {}
    for key in tables:
        with atomic_file(partial / contents.file_of(key).name) as sink:
            rows[key] = write_table_file(sink, format_name, schema.table(key), chunks(key), schema.dialect)
    return rows


def rewrite_stored(
    store: DatasetStore,
    schema: Schema,
    plan: Plan,
    dataset: str,
    request: DatasetRequest,
    open_writer: OpenWriter = lambda: None,
    on_progress: OnTableProgress | None = None,
) -> Rewritten:
    """Make the tables of a stored dataset again that its plan, stored already, no longer gives; tables never made are left so.

    Its manifest and its exports, where there are any, are made again too.

    Args:
        request, open_writer: As in `rewrite_folder`.

    Raises:
        GenerationError, LlmError, StorageError: A table cannot be made; those before it are, and the next attempt goes on from there.
    """
    folder = store.dataset_directory(schema.name, dataset)
    log = VersionLog(folder)
    made = [t.key for t in schema.tables if store.has_table(schema.name, dataset, t.key)]
    wanted = tuple(key for key in made if keep_table(store, schema, plan, dataset, key, log) is None)
    stale = settle_texts(stored_texts(store, schema, dataset), log.folder, schema, plan, wanted, request, open_writer)
    for key in wanted:
        tell = None if on_progress is None else lambda done, total, table=key: on_progress(table, done, total)
        create_table(store, schema, plan, dataset, key, tell)
    if (folder / MANIFEST_FILE).exists():
        store.save_manifest(build_manifest(store, schema, plan, dataset))
    exports = store.exports_directory(schema.name, dataset)
    files = {"zip": exports / f"{schema.name}-{dataset}.zip", "sql": exports / SCRIPT_FILE}
    if wanted:
        export_dataset(store, schema, plan, dataset, [name for name, path in files.items() if path.exists()])
    return Rewritten(wanted, stale)


def keep_table(store: DatasetStore, schema: Schema, plan: Plan, dataset: str, table_key: str, log: VersionLog) -> CreatedTable | None:
    """Return a stored table whose rows are those its plan gives, its record brought up to date; None where they are not.

    They are where the table was made by this plan, or by a version of it that differs in nothing the table depends on.
    """
    if not store.has_table(schema.name, dataset, table_key):
        return None
    stored = store.load_record(schema.name, dataset, table_key)
    texts = texts_for(stored_texts(store, schema, dataset), plan, table_key)
    was, now = stored.record.provenance, provenance_of(schema, plan, table_key, texts)
    alike = (was.schema_fingerprint, was.engine_version, was.seed, was.filled) == (
        now.schema_fingerprint,
        ENGINE_VERSION,
        now.seed,
        now.filled,
    )
    if not alike or sha256_of_file(stored.path) != stored.record.sha256:
        return None
    if was.plan_fingerprint != now.plan_fingerprint:
        plans = (log.load(number).plan for number in reversed(log.numbers()))
        makers = (p for p in plans if p.schema_fingerprint == plan.schema_fingerprint)
        maker = next((p for p in makers if fingerprint_table_plan(p, table_key) == was.plan_fingerprint), None)
        if maker is None or table_key in _affected(ById(maker), ById(plan)):
            return None
        stored = _restamp(store, schema, dataset, stored, now.plan_fingerprint)
    return CreatedTable(stored, 0.0)


@lru_cache(maxsize=4)  # Every step of a run asks of the same two plans.
def _affected(before: ById, after: ById) -> frozenset[str]:
    return diff_plans(before.value, after.value).affected


def _restamp(store: DatasetStore, schema: Schema, dataset: str, stored: StoredTable, fingerprint: str) -> StoredTable:
    provenance = stored.record.provenance.model_copy(update={"plan_fingerprint": fingerprint})
    return store.save_record(schema.name, dataset, stored.record.model_copy(update={"provenance": provenance}))
