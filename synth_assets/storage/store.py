"""The dataset store: `<root>/<schema>/<dataset>/` with request, plan, schema, tables and manifest."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from synth_assets.errors import Diagnostic, StorageError
from synth_assets.plan import dump_plan, load_plan
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest, read_request
from synth_assets.schema.model import Schema
from synth_assets.storage.atomic import atomic_file, storage_errors, write_text_atomically
from synth_assets.storage.digest import sha256_of_file
from synth_assets.storage.manifest import MANIFEST_FILE, DatasetManifest, dump_manifest, load_manifest
from synth_assets.storage.names import safe_file_name
from synth_assets.storage.parquet import write_parquet_stream
from synth_assets.storage.records import StoredTable, TableProvenance, TableRecord
from synth_assets.storage.requests import dump_request

_M = TypeVar("_M", bound=BaseModel)
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,98}[a-z0-9_-])?")


class DatasetStore:
    """Datasets under one root folder. Safe for several processes: a file is replaced as a whole or not at all.

    Every method that takes a dataset raises StorageError for a name that is not a slug, so that no
    name leaves the root. Requests, plans and schemas are written once: a dataset is never redefined.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def dataset_directory(self, schema_name: str, dataset: str) -> Path:
        """Return `<root>/<schema>/<dataset>`, which need not exist."""
        return self.root / _slug(schema_name, "schema name") / _slug(dataset, "dataset name")

    def exports_directory(self, schema_name: str, dataset: str) -> Path:
        """Return the folder for files people take away, which need not exist."""
        return self.dataset_directory(schema_name, dataset) / "exports"

    def table_path(self, schema_name: str, dataset: str, table_key: str) -> Path:
        """Return the path of a table's Parquet file, which need not exist."""
        return self.dataset_directory(schema_name, dataset) / "tables" / f"{safe_file_name(table_key)}.parquet"

    def list_datasets(self, schema_name: str) -> tuple[str, ...]:
        """Return the names of all datasets of a schema, sorted."""
        folder = self.root / _slug(schema_name, "schema name")
        with storage_errors("read", folder, "STO101"):
            return tuple(sorted(p.name for p in folder.iterdir() if p.is_dir() and _SLUG.fullmatch(p.name))) if folder.is_dir() else ()

    # Tables

    def write_table(
        self, schema_name: str, dataset: str, table_key: str, arrow_schema: Any, chunks: Iterable[Any], *, provenance: TableProvenance
    ) -> StoredTable:
        """Stream chunks (pa.Table, in order) into the table's Parquet file and write its record.

        The old table stays until the new one is complete. Memory: one row group.

        Raises:
            StorageError: The rows do not fit, or cannot be written. What `chunks` raises passes through.
        """
        path = self.table_path(schema_name, dataset, table_key)
        record_path = path.with_suffix(".json")
        with atomic_file(path) as file:
            with _GuardedWrite(path) as guarded:
                rows = write_parquet_stream(file, arrow_schema, guarded(chunks), table_key)
            with storage_errors("write", path):
                file.flush()
            written = Path(file.name)
            size, digest = written.stat().st_size, sha256_of_file(written)
            record = TableRecord(table=table_key, rows=rows, bytes=size, sha256=digest, provenance=provenance)
            if _read_digest(record_path) not in {None, digest}:
                # A record must never describe another file: without one, the table counts as absent.
                record_path.unlink(missing_ok=True)
        write_text_atomically(record_path, record.model_dump_json(indent=2) + "\n")
        return StoredTable(path=path, record=record)

    def load_record(self, schema_name: str, dataset: str, table_key: str) -> StoredTable:
        """Return the record of a stored table. Raises StorageError when the table is not there."""
        path = self.table_path(schema_name, dataset, table_key)
        record = _load_model(TableRecord, path.with_suffix(".json"))
        if record.table != table_key:
            raise _error("STO106", str(path), "the record belongs to another table", record.table)
        return StoredTable(path=path, record=record)

    def save_record(self, schema_name: str, dataset: str, record: TableRecord) -> StoredTable:
        """Replace the record of a stored table: of the same file, which another plan gives as well. Raises StorageError."""
        path = self.table_path(schema_name, dataset, record.table)
        write_text_atomically(path.with_suffix(".json"), record.model_dump_json(indent=2) + "\n")
        return StoredTable(path=path, record=record)

    def has_table(self, schema_name: str, dataset: str, table_key: str) -> bool:
        """Tell whether a table is stored completely."""
        path = self.table_path(schema_name, dataset, table_key)
        return path.exists() and path.with_suffix(".json").exists()

    def read_table(self, schema_name: str, dataset: str, table_key: str, columns: Iterable[str] | None = None) -> Any:
        """Return a table, or some of its columns, as pa.Table. Raises StorageError."""
        import pyarrow.parquet as pq

        path = self.table_path(schema_name, dataset, table_key)
        with storage_errors("read", path, "STO101"):
            return pq.read_table(path, columns=None if columns is None else list(columns), partitioning=None)

    def iter_chunks(
        self, schema_name: str, dataset: str, table_key: str, columns: Iterable[str] | None = None, chunk_rows: int = 65_536
    ) -> Iterator[Any]:
        """Yield a table as pa.Table chunks of at most `chunk_rows` rows, in order. Raises StorageError."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.table_path(schema_name, dataset, table_key)
        with storage_errors("read", path, "STO101"), pq.ParquetFile(path) as file:
            wanted = None if columns is None else list(columns)
            for batch in file.iter_batches(batch_size=chunk_rows, columns=wanted):
                yield pa.Table.from_batches([batch])

    # What a dataset was made from

    def save_request(self, schema_name: str, dataset: str, request: DatasetRequest, *, replace: bool = False) -> Path:
        """Store the request of a dataset. Raises StorageError when another one is stored already, unless `replace`."""
        return self._save_once(schema_name, dataset, "request.yaml", dump_request(request), replace=replace)

    def has_request(self, schema_name: str, dataset: str) -> bool:
        """Tell whether a request is stored under this dataset name."""
        return (self.dataset_directory(schema_name, dataset) / "request.yaml").exists()

    def load_request(self, schema_name: str, dataset: str) -> DatasetRequest:
        """Return the request of a dataset. Raises StorageError, or RequestError for a file that was edited badly."""
        path = self.dataset_directory(schema_name, dataset) / "request.yaml"
        return read_request(_read_text(path), str(path))

    def save_plan(self, schema_name: str, dataset: str, plan: Plan, *, replace: bool = False) -> Path:
        """Store the plan as YAML. Raises StorageError when another one is stored, unless `replace`."""
        return self._save_once(schema_name, dataset, "plan.yaml", dump_plan(plan), replace=replace)

    def has_plan(self, schema_name: str, dataset: str) -> bool:
        """Tell whether a plan is stored under this dataset name."""
        return (self.dataset_directory(schema_name, dataset) / "plan.yaml").exists()

    def load_plan(self, schema_name: str, dataset: str) -> Plan:
        """Return the plan of a dataset. Raises StorageError, or PlanError for a file that was edited badly."""
        path = self.dataset_directory(schema_name, dataset) / "plan.yaml"
        return load_plan(_read_text(path), str(path))

    def save_schema(self, schema_name: str, dataset: str, schema: Schema, ddl_text: str | None = None, *, replace: bool = False) -> Path:
        """Store the schema as JSON, and the DDL beside it. Raises StorageError when another one is stored, unless `replace`."""
        if ddl_text is not None:
            self._save_once(schema_name, dataset, "schema.sql", ddl_text, replace=replace)
        return self._save_once(schema_name, dataset, "schema.json", schema.model_dump_json(indent=1) + "\n", replace=replace)

    def load_schema(self, schema_name: str, dataset: str) -> Schema:
        """Return the schema of a dataset. Raises StorageError."""
        return _load_model(Schema, self.dataset_directory(schema_name, dataset) / "schema.json")

    def load_ddl_text(self, schema_name: str, dataset: str) -> str | None:
        """Return the DDL a dataset was made from, or None where none was stored. Raises StorageError."""
        path = self.dataset_directory(schema_name, dataset) / "schema.sql"
        return _read_text(path) if path.exists() else None

    def save_manifest(self, manifest: DatasetManifest) -> Path:
        """Write the manifest over the old one. Raises StorageError."""
        path = self.dataset_directory(manifest.schema_name, manifest.dataset) / MANIFEST_FILE
        write_text_atomically(path, dump_manifest(manifest))
        return path

    def load_manifest(self, schema_name: str, dataset: str) -> DatasetManifest:
        """Return the manifest of a dataset. Raises StorageError."""
        return load_manifest(self.dataset_directory(schema_name, dataset))

    # What a model did for it

    def ai_report_path(self, schema_name: str, dataset: str, label: str) -> Path:
        """Return the path of the report on what a model did for an asset: a table's key, or such as `_plan`; it need not exist."""
        return self.dataset_directory(schema_name, dataset) / "ai" / f"{safe_file_name(label)}.json"

    def save_ai_report(self, schema_name: str, dataset: str, label: str, report: BaseModel) -> Path:
        """Write a report over the old one. Raises StorageError."""
        path = self.ai_report_path(schema_name, dataset, label)
        write_text_atomically(path, report.model_dump_json(indent=1) + "\n")
        return path

    def load_ai_report(self, schema_name: str, dataset: str, label: str, model: type[_M]) -> _M | None:
        """Return a report as `model` (`llm.report.AssetAiReport`), or None where none was written. Raises StorageError."""
        path = self.ai_report_path(schema_name, dataset, label)
        return _load_model(model, path) if path.exists() else None

    def _save_once(self, schema_name: str, dataset: str, name: str, text: str, *, replace: bool = False) -> Path:
        path = self.dataset_directory(schema_name, dataset) / name
        if path.exists():
            if _read_text(path) == text:
                return path
            if not replace:
                hint = "a dataset is never redefined: choose another dataset name"
                raise _error("STO105", str(path), "another one is stored under this dataset name", f"dataset {dataset}", hint)
        write_text_atomically(path, text)
        return path


class _GuardedWrite:
    """Translate errors of the writing itself, but let those of the chunks' source through untouched."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._from_source: BaseException | None = None

    def __enter__(self) -> Callable[[Iterable[Any]], Iterator[Any]]:
        return self._watch

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None and error is not self._from_source:
            with storage_errors("write", self._path):
                raise error

    def _watch(self, chunks: Iterable[Any]) -> Iterator[Any]:
        try:
            yield from chunks
        except BaseException as error:
            self._from_source = error
            raise


def _slug(name: str, what: str) -> str:
    if not _SLUG.fullmatch(name):
        hint = "use up to 100 lower-case letters, digits, '_', '-' and '.', starting with a letter or digit"
        raise _error("STO104", what, f"the {what} cannot be a folder name", repr(name)[:120], hint)
    return name


def _read_text(path: Path) -> str:
    with storage_errors("read", path, "STO101"):
        data = path.read_bytes()
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _error("STO106", str(path), "is not UTF-8 text", str(error.reason)) from None


def _load_model(model: type[_M], path: Path) -> _M:
    text = _read_text(path)
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        raise _error("STO106", str(path), "the file is damaged", f"{'.'.join(map(str, first['loc']))} {first['msg']}".strip()) from None


def _read_digest(record_path: Path) -> str | None:
    """Digest in an existing record, `""` for a damaged one, None where there is none."""
    if not record_path.exists():
        return None
    try:
        return _load_model(TableRecord, record_path).sha256
    except StorageError:
        return ""


def _error(code: str, where: str, message: str, found: str = "", hint: str = "") -> StorageError:
    return StorageError("the dataset store refuses", [Diagnostic(code=code, where=where, message=message, found=found, hint=hint)])
