"""Upload a DDL file, or one of labelled text: put it where Dagster looks for them."""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from synth_assets.errors import Diagnostic, RequestError
from synth_assets.labelled_text import LabelledTextRequest
from synth_assets.pipeline.labelled_text import read_labelled_file
from synth_assets.pipeline.read import MAX_SCHEMA_BYTES
from synth_assets.plan.request import MAX_REQUEST_BYTES, read_request
from synth_assets.storage import atomic_file, storage_errors

MAX_NAME_BYTES = 200
SCHEMA_SUFFIXES = (".sql", ".ddl", ".txt")
LABELLED_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class UploadedFile:
    """Where the DDL and its request now are.

    Attributes:
        request_path: The request that holds for the schema, or None when there is none.
        request_is_older: It lay there before this upload, which brought none: what an earlier upload asked for stays in force.
    """

    ddl_path: Path
    request_path: Path | None
    request_is_older: bool = False


def upload_file(path: Path, request_path: Path | None, uploads_dir: Path) -> UploadedFile:
    """Copy a DDL file and its request into the uploads folder, the request first, each as a whole.

    `shop.sql` becomes `<uploads>/shop.sql`, its request `<uploads>/shop.yaml`. A file of that name is replaced.

    Raises:
        RequestError: The name, the suffix or the size is not allowed, or the request is wrong; all reasons are listed.
        StorageError: A file cannot be read or written.
    """
    with storage_errors("read", path, "STO101"):
        size = path.stat().st_size
    problems = list(_name_problems(path.name, SCHEMA_SUFFIXES))
    if not 0 < size <= MAX_SCHEMA_BYTES:
        found, hint = f"{size:,} bytes", f"between 1 and {MAX_SCHEMA_BYTES:,} bytes are taken"
        problems.append(Diagnostic(code="REQ110", where=path.name, message="the file is empty or too large", found=found, hint=hint))
    if problems:
        raise RequestError("the file cannot be uploaded", problems)
    target = uploads_dir / f"{path.stem}.yaml"
    if request_path is not None:
        _place(_read_limited(request_path), target)
    with storage_errors("read", path, "STO101"):
        ddl = path.read_bytes()
    _place(ddl, uploads_dir / path.name)
    in_force = target if target.exists() else None
    return UploadedFile(uploads_dir / path.name, in_force, request_is_older=request_path is None and in_force is not None)


def upload_labelled_file(path: Path, uploads_dir: Path) -> tuple[Path, LabelledTextRequest]:
    """Copy a file of labelled text into the uploads folder, whole; return where it now is, and what it asks for.

    Raises:
        RequestError: The name is not allowed, or the file is wrong; all reasons are listed.
        StorageError: A file cannot be read or written.
    """
    problems = _name_problems(path.name, LABELLED_SUFFIXES)
    if problems:
        raise RequestError("the file cannot be uploaded", problems)
    request = read_labelled_file(path)
    with storage_errors("read", path, "STO101"):
        text = path.read_bytes()
    _place(text, uploads_dir / path.name)
    return uploads_dir / path.name, request


def _name_problems(name: str, suffixes: tuple[str, ...]) -> list[Diagnostic]:
    problems = []
    if not name.lower().endswith(suffixes):
        hint = f"rename it to end in {', '.join(suffixes)}"
        problems.append(_problem(name, "the file's suffix is not one of a schema", Path(name).suffix, hint))
    has_controls = any(unicodedata.category(c) in {"Cc", "Cs"} for c in name)
    is_long = len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES
    if name.startswith(".") or has_controls or is_long or set(name) & set('/\\:*?"<>|'):
        hint = f"use letters, digits, '_', '-' and '.', at most {MAX_NAME_BYTES} bytes, not beginning with '.'"
        problems.append(_problem(repr(name)[:120], "the file's name is not allowed", name[:80], hint))
    return problems


def _problem(where: str, message: str, found: str, hint: str) -> Diagnostic:
    return Diagnostic(code="REQ109", where=where, message=message, found=found, hint=hint)


def _read_limited(path: Path) -> bytes:
    """The bytes of a request that is known to be valid."""
    with storage_errors("read", path, "STO101"), path.open("rb") as file:
        data = file.read(MAX_REQUEST_BYTES + 1)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        hint = "save the file as UTF-8"
        raise RequestError("bad request", [Diagnostic(code="REQ101", where=path.name, message="is not UTF-8 text", hint=hint)]) from None
    read_request(text, path.name)
    return data


def _place(data: bytes, target: Path) -> None:
    with atomic_file(target) as file, storage_errors("write", target):
        file.write(data)
