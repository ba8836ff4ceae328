"""A folder that `generate_directory` made: its fixed file names, and reading it back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synth_assets.errors import Diagnostic, StorageError
from synth_assets.exports import read_table_file
from synth_assets.plan import load_plan
from synth_assets.plan.model import Plan
from synth_assets.schema.model import Schema
from synth_assets.storage import MANIFEST_FILE, DatasetManifest, load_manifest, storage_errors
from synth_assets.storage.filled import FilledTexts, load_filled

PLAN_FILE = "plan.yaml"
SCHEMA_FILE = "schema.json"
DDL_FILE = "schema.sql"
REQUEST_FILE = "request.yaml"
SCRIPT_FILE = "dataset.sql"
FIXED_FILES = (MANIFEST_FILE, PLAN_FILE, SCHEMA_FILE, DDL_FILE, REQUEST_FILE, SCRIPT_FILE)
"""Names that no table's file may take."""


@dataclass(frozen=True)
class Folder:
    """What a folder says it holds."""

    path: Path
    manifest: DatasetManifest
    schema: Schema
    plan: Plan

    def file_of(self, table_key: str) -> Path:
        """Return the path of a table's file. Raises StorageError when the manifest names none."""
        for entry in self.manifest.tables:
            if entry.table == table_key and entry.file is not None:
                return self.path / _inside(entry.file, self.path)
        raise _damaged(self.path / MANIFEST_FILE, "names no file for a table", table_key)

    def load_texts(self) -> dict[str, FilledTexts]:
        """Return the texts that a model wrote, by table key. Raises StorageError for a file that is missing or damaged."""
        named = {entry.table: _inside(entry.filled, self.path) for entry in self.manifest.tables if entry.filled is not None}
        return {key: load_filled(self.path / name) for key, name in named.items()}

    def read_table(self, table_key: str) -> Any:
        """Return a table's rows as pa.Table. Raises StorageError."""
        return read_table_file(self.file_of(table_key), self.manifest.format, self.schema.table(table_key), self.schema.dialect)


def load_folder(path: Path) -> Folder:
    """Read manifest, schema and plan of a folder.

    Raises:
        StorageError: One of them is missing or damaged.
        PlanError: The plan is not a plan.
    """
    manifest = load_manifest(path)
    try:
        schema = Schema.model_validate_json(_text(path / SCHEMA_FILE))
    except ValidationError as error:
        raise _damaged(path / SCHEMA_FILE, "is not a schema of this program", error.errors()[0]["msg"]) from None
    return Folder(path, manifest, schema, load_plan(_text(path / PLAN_FILE), str(path / PLAN_FILE)))


def _text(path: Path) -> str:
    with storage_errors("read", path, "STO101"):
        data = path.read_bytes()
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _damaged(path, "is not UTF-8 text", error.reason) from None


def _inside(name: str, folder: Path) -> str:
    """A manifest may have been edited: no name in it leads out of the folder."""
    if Path(name).name != name:
        raise _damaged(folder / MANIFEST_FILE, "names a file outside its folder", name)
    return name


def _damaged(path: Path, message: str, found: str) -> StorageError:
    hint = "make the folder again with `synth generate`"
    return StorageError(f"cannot read {path.name}", [Diagnostic(code="STO106", where=str(path), message=message, found=found, hint=hint)])
