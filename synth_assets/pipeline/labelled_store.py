"""A labelled text dataset in the store: `<data>/labelled/<name>/<digest of its request>/`, one Parquet file a table."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synth_assets.errors import Diagnostic, StorageError
from synth_assets.exports import write_table_file
from synth_assets.formats import EXTENSIONS
from synth_assets.labelled_text import BalanceReport, LabelledTextRequest, fingerprint_request, messages_to_arrow, rows_table
from synth_assets.labelled_text.specification import MESSAGES
from synth_assets.pipeline.export import ExportedFile
from synth_assets.pipeline.labelled_folder import dump_labelled_request
from synth_assets.pipeline.labelled_text import LabelledText
from synth_assets.schema.arrow import arrow_schema
from synth_assets.schema.fingerprint import fingerprint_table
from synth_assets.storage import (
    DatasetStore,
    StoredTable,
    TableProvenance,
    atomic_file,
    sha256_of_file,
    storage_errors,
    write_text_atomically,
)

LABELLED_FOLDER = "labelled"
"""Below the data folder, beside the datasets of schemas."""

WRITER_VERSION = "labelled-1"
"""Raised when the same file and seed would give other messages."""

EXPORTED_AS = ("csv", "jsonl")
_SPLITS = "splits.json"
_REPORT = "report.json"


class LabelledStore:
    """The datasets of one labelled text file: a directory for each request that it has asked for.

    Args:
        data_dir: The data folder.
        request: What the file asks for now.
    """

    def __init__(self, data_dir: Path, request: LabelledTextRequest) -> None:
        self._store = DatasetStore(data_dir.resolve() / LABELLED_FOLDER)
        self._request = request
        self._key = fingerprint_request(request)[:16]

    @property
    def folder(self) -> Path:
        return self._store.dataset_directory(self._request.name, self._key)

    def save_messages(self, made: LabelledText) -> StoredTable:
        """Store all messages, which split each belongs to, the report and the request. Raises StorageError."""
        stored = self._write(MESSAGES, messages_to_arrow(made.messages))
        rows = {split: [i for i, s in enumerate(made.splits) if s == split] for split in self._request.splits}
        write_text_atomically(self.folder / _SPLITS, json.dumps({"messages": stored.record.sha256, "rows": rows}) + "\n")
        write_text_atomically(self.folder / _REPORT, made.report.model_dump_json(indent=2) + "\n")
        write_text_atomically(self.folder / "request.yaml", dump_labelled_request(self._request))
        return stored

    def save_split(self, split: str) -> StoredTable:
        """Store the rows of one split, taken from the stored messages. Raises StorageError when those are not there."""
        dealt = self._read_json(_SPLITS)
        if dealt.get("messages") != self.record(MESSAGES).record.sha256:
            raise _not_there(self.folder / _SPLITS, "the splits are those of other messages")
        return self._write(split, self.read(MESSAGES).take(dealt["rows"][split]))

    def export(self, name: str) -> tuple[ExportedFile, ...]:
        """Write a stored table as CSV and as JSON lines below `exports`. Raises StorageError."""
        rows = self.read(name)
        return tuple(self._export(name, rows, format_name) for format_name in EXPORTED_AS)

    def read(self, name: str) -> Any:
        """Return a stored table as pa.Table. Raises StorageError."""
        return self._store.read_table(self._request.name, self._key, name)

    def rows(self, name: str) -> Sequence[tuple[str, str]]:
        """Return message and category of every row of a stored table. Raises StorageError."""
        table = self.read(name)
        return list(zip(table.column("message").to_pylist(), table.column("category").to_pylist(), strict=True))

    def record(self, name: str) -> StoredTable:
        """Return the record of a stored table. Raises StorageError when it is not there."""
        return self._store.load_record(self._request.name, self._key, name)

    def report(self) -> BalanceReport:
        """Return the balance report. Raises StorageError."""
        try:
            return BalanceReport.model_validate(self._read_json(_REPORT))
        except ValidationError as error:
            raise _not_there(self.folder / _REPORT, str(error)[:200]) from None

    def _write(self, name: str, rows: Any) -> StoredTable:
        table = rows_table(name)
        provenance = TableProvenance(
            plan_fingerprint=fingerprint_request(self._request),
            schema_fingerprint=fingerprint_table(table),
            engine_version=WRITER_VERSION,
            seed=self._request.seed,
        )
        return self._store.write_table(self._request.name, self._key, name, arrow_schema(table), [rows], provenance=provenance)

    def _export(self, name: str, rows: Any, format_name: str) -> ExportedFile:
        path = self.folder / "exports" / f"{name}{EXTENSIONS[format_name]}"
        with atomic_file(path) as file:
            write_table_file(file, format_name, rows_table(name), [rows], "postgres")
        return ExportedFile(path, format_name, path.stat().st_size, sha256_of_file(path))

    def _read_json(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        with storage_errors("read", path, "STO101", if_missing=f"make {self._request.name}/{MESSAGES} first"):
            text = path.read_text(encoding="utf-8")
        try:
            document = json.loads(text)
        except ValueError:
            raise _not_there(path, "is no JSON") from None
        return document if isinstance(document, dict) else {}


def _not_there(path: Path, found: str) -> StorageError:
    hint = "make the messages again"
    return StorageError(
        "the dataset is damaged", [Diagnostic(code="STO106", where=str(path), message="the file is damaged", found=found, hint=hint)]
    )
