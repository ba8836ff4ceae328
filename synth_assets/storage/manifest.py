"""The manifest of a dataset: every input by fingerprint, every file by SHA-256, no clock.

Two datasets with equal manifests hold equal bytes. `synth verify` makes the files again and compares.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synth_assets.errors import Diagnostic, StorageError
from synth_assets.formats import FOLDER_FORMATS
from synth_assets.storage.atomic import storage_errors

MANIFEST_FILE = "manifest.json"
MANIFEST_VERSION = 1


class _Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileEntry(_Manifest):
    """A file beside the manifest, named relative to it."""

    name: str
    bytes: int
    sha256: str


class TableEntry(_Manifest):
    """One table: its rows, the fingerprints of its part of schema and plan, its file (None inside a SQL script).

    `filled` is the file of the texts that a model wrote for it; they are part of what its rows follow from.
    """

    table: str
    rows: int
    schema_fingerprint: str
    plan_fingerprint: str
    file: str | None = None
    filled: str | None = Field(default=None, exclude_if=lambda name: name is None)


class DatasetManifest(_Manifest):
    """Provenance of one dataset.

    Attributes:
        manifest_version: Version of this format.
        package_version, engine_version, pyarrow_version: What made the files.
        format: One of `FOLDER_FORMATS`.
        schema_name, dialect, dataset: What it is; `dataset` is empty for a folder made by the command line.
        seed, locale, as_of: From the plan.
        schema_fingerprint, plan_fingerprint: Digests of the whole inputs.
        vocabularies: Digest of every vocabulary the plan draws from, by `name/locale`.
        tables: In schema order.
        files: All files but the manifest itself, by name.
    """

    manifest_version: Literal[1] = 1
    package_version: str
    engine_version: str
    pyarrow_version: str
    format: str = Field(pattern=f"^({'|'.join(FOLDER_FORMATS)})$")
    schema_name: str
    dialect: str
    dataset: str = ""
    seed: int
    locale: str
    as_of: str
    schema_fingerprint: str
    plan_fingerprint: str
    vocabularies: dict[str, str] = {}
    tables: tuple[TableEntry, ...]
    files: tuple[FileEntry, ...]


def dump_manifest(manifest: DatasetManifest) -> str:
    """Return the manifest as JSON text: two-space indent, fields in declaration order, newline at the end."""
    return manifest.model_dump_json(indent=2) + "\n"


def load_manifest(folder: Path) -> DatasetManifest:
    """Read the manifest of a folder. Raises StorageError when there is none or it is not one of ours."""
    path = folder / MANIFEST_FILE
    hint = "give a folder that `synth generate` made"
    if not path.exists():
        raise StorageError("no manifest", [Diagnostic(code="STO103", where=str(path), message="the folder has no manifest", hint=hint)])
    with storage_errors("read", path, "STO101"):
        data = path.read_bytes()
    try:
        return DatasetManifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        found = f"{'.'.join(map(str, first['loc']))}: {first['msg']}".strip(": ")
        diagnostic = Diagnostic(code="STO106", where=str(path), message="is not a manifest of this program", found=found, hint=hint)
        raise StorageError("cannot read the manifest", [diagnostic]) from None
