"""A labelled text dataset as a folder: what the command line makes."""

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from synth_assets.errors import Diagnostic, RequestError
from synth_assets.exports import write_table_file
from synth_assets.formats import EXTENSIONS
from synth_assets.labelled_text import LabelledMessage, LabelledTextRequest, messages_to_arrow, rows_table
from synth_assets.labelled_text.specification import MESSAGES
from synth_assets.pipeline.labelled_text import LabelledText
from synth_assets.reports import plot_balance
from synth_assets.storage import FileEntry, atomic_file, sha256_of_file, storage_errors, write_text_atomically

LABELLED_FORMATS = ("csv", "jsonl", "parquet")
LABELLED_MANIFEST = "labelled_text.json"
REPORT_FILE = "report.json"
PLOT_FILE = "balance.png"
REQUEST_FILE = "labelled_text.yaml"

_PARTIAL = ".synth-partial-"
_DIALECT = "postgres"
"""Whose CSV is written: the columns are two texts and a number, which every dialect spells alike."""


class LabelledManifest(BaseModel):
    """What a folder of labelled text holds: `rows` by table, every file with size and digest. No clock: equal inputs, equal text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    name: str
    fingerprint: str
    format: str
    rows: dict[str, int]
    files: tuple[FileEntry, ...]


@dataclass(frozen=True)
class LabelledFolder:
    """The folder and its manifest."""

    path: Path
    manifest: LabelledManifest


def write_labelled_folder(made: LabelledText, out: Path, format_name: str) -> LabelledFolder:
    """Write messages, splits, report, plot and request into a folder, the manifest last.

    All files are made in a hidden folder inside `out` and moved at the end: a former output stays whole until then.

    Args:
        out: New, empty, or a former output of this kind, whose files are replaced.
        format_name: One of `LABELLED_FORMATS`.

    Raises:
        RequestError: `out` holds something else, or the format is unknown.
        StorageError: A file cannot be written.
    """
    require_format(format_name)
    former = claim_folder(out)
    partial = out / f"{_PARTIAL}{secrets.token_hex(8)}"
    with storage_errors("write", partial):
        partial.mkdir(parents=True)
    try:
        manifest = _write_all(made, partial, format_name)
        with storage_errors("write", out):
            for name in (*sorted(f.name for f in manifest.files), LABELLED_MANIFEST):
                (partial / name).replace(out / name)
            for name in sorted(set(former) - {f.name for f in manifest.files}):
                (out / name).unlink(missing_ok=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return LabelledFolder(out, manifest)


def require_format(format_name: str) -> None:
    """Raise RequestError for a format that labelled text is not written in."""
    if format_name not in LABELLED_FORMATS:
        hint = f"known formats: {', '.join(LABELLED_FORMATS)}"
        problem = Diagnostic(code="REQ111", where="format", message="no such format", found=format_name, hint=hint)
        raise RequestError("bad request", [problem])


def claim_folder(out: Path) -> tuple[str, ...]:
    """Return the files of a former output of this kind; nothing for a folder that is new or empty. Raises RequestError for any other."""
    with storage_errors("write", out):
        entries = sorted(p.name for p in out.iterdir() if not p.name.startswith(_PARTIAL)) if out.exists() else []
        if not entries:
            return ()
        text = (out / LABELLED_MANIFEST).read_text(encoding="utf-8") if LABELLED_MANIFEST in entries else ""
    try:
        former = LabelledManifest.model_validate_json(text)
    except ValidationError:
        found, hint = ", ".join(entries[:5]), "give a new or empty folder with --out"
        message = "the folder holds files that are not ours"
        problem = Diagnostic(code="REQ112", where=str(out), message=message, found=found, hint=hint)
        raise RequestError("the output folder is in use", [problem]) from None
    return tuple(f.name for f in former.files if Path(f.name).name == f.name)


def dump_labelled_request(request: LabelledTextRequest) -> str:
    """Return a request as YAML; `read_labelled_text` gives it back unchanged."""
    document = request.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    return yaml.safe_dump({"kind": request.kind, **document}, sort_keys=False, allow_unicode=True, width=120)


def _write_all(made: LabelledText, folder: Path, format_name: str) -> LabelledManifest:
    tables: dict[str, Sequence[LabelledMessage]] = {MESSAGES: made.messages}
    tables |= {split: made.rows_of(split) for split in made.request.splits}
    for name, rows in tables.items():
        with atomic_file(folder / f"{name}{EXTENSIONS[format_name]}") as file:
            write_table_file(file, format_name, rows_table(name), [messages_to_arrow(rows)], _DIALECT)
    write_text_atomically(folder / REPORT_FILE, made.report.model_dump_json(indent=2) + "\n")
    write_text_atomically(folder / REQUEST_FILE, dump_labelled_request(made.request))
    with atomic_file(folder / PLOT_FILE) as file, storage_errors("write", folder / PLOT_FILE):
        file.write(plot_balance(made.report, made.messages))
    files = [FileEntry(name=p.name, bytes=p.stat().st_size, sha256=sha256_of_file(p)) for p in sorted(folder.iterdir())]
    manifest = LabelledManifest(
        kind=made.request.kind,
        name=made.request.name,
        fingerprint=made.report.fingerprint,
        format=format_name,
        rows={name: len(rows) for name, rows in tables.items()},
        files=tuple(files),
    )
    write_text_atomically(folder / LABELLED_MANIFEST, manifest.model_dump_json(indent=2) + "\n")
    return manifest
