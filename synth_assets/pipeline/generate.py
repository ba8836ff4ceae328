"""Generate a dataset into a folder: what the command line does."""

import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth_assets.errors import Diagnostic, RequestError
from synth_assets.exports import write_sql, write_table_file
from synth_assets.formats import EXTENSIONS, FOLDER_FORMATS
from synth_assets.pipeline.create import generator_of, with_progress
from synth_assets.pipeline.filled_texts import NO_TEXTS, filled_file_names
from synth_assets.pipeline.folder import DDL_FILE, FIXED_FILES, PLAN_FILE, REQUEST_FILE, SCHEMA_FILE, SCRIPT_FILE
from synth_assets.pipeline.manifest import make_manifest
from synth_assets.plan import dump_plan
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.graph import creation_order
from synth_assets.schema.model import Schema
from synth_assets.storage import (
    MANIFEST_FILE,
    DatasetManifest,
    FileEntry,
    atomic_file,
    dump_manifest,
    dump_request,
    file_names,
    load_manifest,
    sha256_of_file,
    storage_errors,
    write_text_atomically,
)
from synth_assets.storage.filled import FilledFolder, FilledTexts

if TYPE_CHECKING:
    from synth_assets.engine import Generator
    from synth_assets.llm.report import AssetAiReport
    from synth_assets.pipeline.fill import FilledTable, Writer

PARTIAL = ".synth-partial-"
"""Begins the name of the hidden folder in which files are made before they are moved to their place."""

OnTableProgress = Callable[[str, int, int], None]
"""Called with a table key, its rows done and its rows in all, after every chunk."""


@dataclass(frozen=True)
class GeneratedDirectory:
    """The folder, its manifest, and what Gemini did for its texts, a report a table that it was asked about."""

    path: Path
    manifest: DatasetManifest
    reports: "tuple[AssetAiReport, ...]" = ()


def generate_directory(
    schema: Schema,
    plan: Plan,
    out: Path,
    format_name: str,
    *,
    ddl_text: str | None = None,
    request: DatasetRequest | None = None,
    writer: "Writer | None" = None,
    on_progress: OnTableProgress | None = None,
) -> GeneratedDirectory:
    """Write a dataset's files into a folder, with manifest, plan, schema, request and DDL beside them.

    All files are made in a hidden folder inside `out` and moved at the end, the manifest last: a former
    output stays whole until then, and a failure leaves it untouched. Memory stays flat.

    Args:
        out: New, empty, or a former output, whose files are replaced; other files in it are left alone.
        format_name: csv, parquet, jsonl, json, or sql (one script, beginning with `ddl_text`).
        ddl_text: The DDL as the user wrote it.
        request: What was asked for, kept for the reader.
        writer: Who writes the texts that the plan says are filled; without one, the rules do.

    Raises:
        RequestError: `out` holds something else, or the format is unknown.
        PlanError, GenerationError: The plan does not fit or cannot be met.
        LlmError: The request says `ai: required`, and texts cannot be had.
        StorageError: A file cannot be written.
    """
    if format_name not in FOLDER_FORMATS:
        hint = f"known formats: {', '.join(FOLDER_FORMATS)}"
        raise RequestError(
            "bad request", [Diagnostic(code="REQ111", where="format", message="no such format", found=format_name, hint=hint)]
        )
    existed = out.exists()
    former = _claim(out)
    partial = out / f"{PARTIAL}{secrets.token_hex(8)}"
    with storage_errors("write", partial):
        partial.mkdir(parents=True)
    try:
        filled = _fill_all(schema, plan, partial, format_name, writer)
        manifest = _write_all(schema, plan, partial, format_name, ddl_text, request, on_progress)
        _publish(partial, out, manifest, former)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if not existed and not any(out.iterdir()):
            out.rmdir()
    return GeneratedDirectory(out, manifest, tuple(f.report for f in filled if f.report is not None))


def write_rows(
    schema: Schema,
    plan: Plan,
    format_name: str,
    ddl_text: str | None,
    open_sink: Callable[[str], Any],
    on_progress: OnTableProgress | None,
    texts: Mapping[str, FilledTexts] = NO_TEXTS,
) -> tuple[dict[str, int], dict[str, str]]:
    """Generate every table into the sinks that `open_sink(file name)` gives (context managers of binary sinks).

    Args:
        texts: What a model wrote, by table key.

    Returns:
        Rows by table key, and file names by table key (empty for sql).
    """
    generator = generator_of(schema, plan, texts)
    if format_name == "sql":
        with open_sink(SCRIPT_FILE) as sink:
            return write_sql(sink, schema, lambda key: _chunks(generator, key, on_progress), ddl_text=ddl_text), {}
    names = _table_files(schema, format_name)
    rows = {}
    for table in schema.tables:
        with open_sink(names[table.key]) as sink:
            rows[table.key] = write_table_file(sink, format_name, table, _chunks(generator, table.key, on_progress), schema.dialect)
    return rows, names


def _table_files(schema: Schema, format_name: str) -> dict[str, str]:
    if format_name == "sql":
        return {}
    return file_names([t.key for t in schema.tables], EXTENSIONS[format_name], taken=FIXED_FILES)


def _texts_folder(schema: Schema, folder: Path, format_name: str) -> FilledFolder:
    return FilledFolder(folder, filled_file_names(schema, (*FIXED_FILES, *_table_files(schema, format_name).values())))


def _fill_all(schema: Schema, plan: Plan, folder: Path, format_name: str, writer: "Writer | None") -> list["FilledTable"]:
    """Have the texts of every table written, parents first, so that texts may name what they refer to."""
    if writer is None:
        return []
    from synth_assets.pipeline.fill import fill_table

    texts = _texts_folder(schema, folder, format_name)
    return [fill_table(texts, schema, plan, key, writer.gemini, writer.request) for key in creation_order(schema)]


def _chunks(generator: "Generator", key: str, on_progress: OnTableProgress | None) -> Iterator[Any]:
    tell = None if on_progress is None else lambda done, total: on_progress(key, done, total)
    return with_progress(generator.generate_chunks(key), generator.plan.table(key).row_count, tell)


def _write_all(
    schema: Schema,
    plan: Plan,
    folder: Path,
    format_name: str,
    ddl_text: str | None,
    request: DatasetRequest | None,
    on_progress: OnTableProgress | None,
) -> DatasetManifest:
    texts = {PLAN_FILE: dump_plan(plan), SCHEMA_FILE: schema.model_dump_json(indent=1) + "\n", DDL_FILE: ddl_text}
    texts[REQUEST_FILE] = None if request is None else dump_request(request)
    for name, text in texts.items():
        if text is not None:
            write_text_atomically(folder / name, text)
    kept = _texts_folder(schema, folder, format_name)
    written = {t.key: kept.load(t.key) for t in schema.tables}
    filled = {key: texts for key, texts in written.items() if texts is not None}
    rows, names = write_rows(schema, plan, format_name, ddl_text, lambda name: atomic_file(folder / name), on_progress, filled)
    files = [FileEntry(name=p.name, bytes=p.stat().st_size, sha256=sha256_of_file(p)) for p in folder.iterdir()]
    filled_files = {key: kept.names[key] for key in filled}
    manifest = make_manifest(schema, plan, format_name=format_name, rows=rows, table_files=names, files=files, filled_files=filled_files)
    write_text_atomically(folder / MANIFEST_FILE, dump_manifest(manifest))
    return manifest


def _claim(out: Path) -> DatasetManifest | None:
    """Return the manifest of a former output, or None for a folder that is new or empty. Clears what a killed run left."""
    with storage_errors("write", out):
        if not out.exists():
            return None
        entries = sorted(p.name for p in out.iterdir() if not p.name.startswith(PARTIAL))
        if MANIFEST_FILE in entries:
            return load_manifest(out)
    if entries:
        hint = "give a new or empty folder with --out"
        found = ", ".join(entries[:5])
        problem = Diagnostic(code="REQ112", where=str(out), message="the folder holds files that are not ours", found=found, hint=hint)
        raise RequestError("the output folder is in use", [problem])
    return None


def _publish(partial: Path, out: Path, manifest: DatasetManifest, former: DatasetManifest | None) -> None:
    """Move the finished files, manifest last; then remove what only the former output had, and what killed runs left."""
    new = {f.name for f in manifest.files}
    with storage_errors("write", out):
        for name in sorted(new):
            (partial / name).replace(out / name)
        (partial / MANIFEST_FILE).replace(out / MANIFEST_FILE)
        for entry in former.files if former else ():
            if entry.name not in new and Path(entry.name).name == entry.name:
                (out / entry.name).unlink(missing_ok=True)
        for left in out.glob(f"{PARTIAL}*"):
            if left != partial:
                shutil.rmtree(left, ignore_errors=True)
