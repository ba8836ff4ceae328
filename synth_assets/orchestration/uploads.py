"""The folder of uploaded files as data: what each holds, what is wrong with it, which schemas follow.

A file is a schema: `shop.sql`, `.ddl` or `.txt`, with an optional request `shop.yaml` and an optional
folder of documents `shop.knowledge` beside it. Each
file is judged by itself and a bad one is set aside with its diagnostics; it never keeps the others
from loading. The result, `UploadsState`, is stored by Dagster, and every run of a code location
version sees the same one, whatever happens to the folder meanwhile.
"""

import hashlib
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from synth_assets.errors import Diagnostic, RequestError, Severity, StorageError
from synth_assets.labelled_text import LabelledTextRequest
from synth_assets.orchestration.knowledge_folders import digest_files, fingerprint_documents, fingerprint_folders, stray_folders
from synth_assets.orchestration.labelled_uploads import asks_for_labelled_text, datasets_among, read_labelled_upload
from synth_assets.pipeline.read import MAX_SCHEMA_BYTES, read_schema_file
from synth_assets.pipeline.upload import SCHEMA_SUFFIXES
from synth_assets.plan.request import MAX_REQUEST_BYTES, DatasetRequest, read_request
from synth_assets.schema.model import Schema
from synth_assets.storage import storage_errors

REQUEST_SUFFIXES = (".yaml", ".yml")


class Upload(BaseModel):
    """One uploaded file.

    Attributes:
        file: Its name in the folder.
        bytes, sha256: Of its content; `sha256` is empty for a file too large to be read.
        tables: What could be read of it; None when nothing could, or when it is set aside.
        ddl_text: The text, kept when all of it could be read as UTF-8 and as DDL.
        request: What it asks for; None when its request file is wrong.
        knowledge: Digest of the folder of documents beside it; empty where there is none.
        labelled: What a file of labelled text asks for; None for any other file, and for one that is wrong or set aside.
        diagnostics: Everything there is to say about the file and its request.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    bytes: int
    sha256: str
    tables: Schema | None = None
    ddl_text: str | None = None
    request: DatasetRequest | None = None
    knowledge: str = ""
    labelled: LabelledTextRequest | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def is_used(self) -> bool:
        """Whether assets are made of it."""
        return self.tables is not None or self.labelled is not None

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.diagnostics if d.is_error)

    def set_aside(self, diagnostic: Diagnostic) -> "Upload":
        """Return this upload without what assets are made of, and with the reason."""
        return self.model_copy(update={"tables": None, "ddl_text": None, "labelled": None, "diagnostics": (*self.diagnostics, diagnostic)})


class UploadsState(BaseModel):
    """What the folder held when it was read.

    Attributes:
        fingerprint: Of all files, those of folders of documents among them.
        uploads: By file name.
        strays: Folders of documents beside which there is no schema.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str = ""
    uploads: tuple[Upload, ...] = ()
    strays: tuple[Diagnostic, ...] = ()

    @property
    def schema_owners(self) -> dict[str, str]:
        """Which file each schema name belongs to."""
        return {u.tables.name: u.file for u in self.uploads if u.tables is not None}


def fingerprint_uploads(folder: Path, settle_seconds: float = 0.0) -> str | None:
    """Return the digest of all names and contents in the folder, or None while a file is still changing.

    A file too large to be read counts by its size. Contents are read again only when size or time changed.
    """
    listed = list_files(folder, (*SCHEMA_SUFFIXES, *REQUEST_SUFFIXES))
    whole = digest_files(listed, _most_bytes, settle_seconds)
    documents = fingerprint_folders(folder, settle_seconds)
    if whole is None or documents is None:
        return None
    told = "".join(f"{name}\0{digest}\0" for name, digest in documents.items())
    return hashlib.sha256(f"{whole}{told}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


def read_uploads(folder: Path, earlier: UploadsState) -> UploadsState:
    """Read and judge every file in the folder.

    Args:
        earlier: The state before; a schema name stays with the file that has it.
    """
    fingerprint = fingerprint_uploads(folder) or ""
    schemas = list_files(folder, SCHEMA_SUFFIXES)
    datasets = datasets_among(list_files(folder, REQUEST_SUFFIXES), schemas)
    uploads = [read_upload(path) for path in sorted([*schemas, *datasets])]
    strays = tuple(stray_folders(folder, {u.file for u in uploads}))
    return UploadsState(fingerprint=fingerprint, uploads=_one_file_a_schema(uploads, earlier.schema_owners), strays=strays)


def read_upload(path: Path) -> Upload:
    """Read and judge one file and the request beside it. Never raises: what cannot be read is a diagnostic."""
    try:
        path.name.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path.name).decode("utf-8", "backslashreplace")
        return _unread(shown, _problem("UPL104", shown, "the file's name is not UTF-8", "", "rename the file"))
    try:
        return _read_labelled(path) if path.suffix.lower() in REQUEST_SUFFIXES else _read_upload(path)
    except StorageError as error:
        hint = "let the user that runs the code server read it"
        return _unread(path.name, _problem("UPL105", path.name, "the file cannot be read", error.diagnostics[0].found, hint))


def _read_upload(path: Path) -> Upload:
    result = read_schema_file(path)
    with storage_errors("read", path, "STO101"):
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_SCHEMA_BYTES else b""
    request, problems = read_request_beside(path)
    readable = size <= MAX_SCHEMA_BYTES
    schema = result.schema
    return Upload(
        file=path.name,
        bytes=size,
        sha256=hashlib.sha256(content).hexdigest() if readable else "",
        tables=schema,
        # A script that did not read cleanly would not load cleanly either: exports then write the tables anew.
        ddl_text=_text(content) if schema is not None and not result.errors else None,
        request=request,
        knowledge=fingerprint_documents(path),
        diagnostics=(*result.diagnostics, *problems),
    )


def _read_labelled(path: Path) -> Upload:
    read = read_labelled_upload(path)
    digest = hashlib.sha256(read.content).hexdigest() if read.content else ""
    return Upload(file=path.name, bytes=read.size, sha256=digest, labelled=read.request, diagnostics=read.diagnostics)


def list_files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Return the folder's own regular files of these suffixes, sorted by name.

    Hidden files are left alone (copying tools write them first), and so are links: a link could lead out of the folder.
    """
    if not folder.is_dir():
        return []
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            known = Path(entry.name).suffix.lower() in suffixes and not entry.name.startswith(".")
            if known and entry.is_file(follow_symlinks=False):
                found.append(Path(entry.path))
    return sorted(found)


def _most_bytes(path: Path) -> int:
    return MAX_REQUEST_BYTES if path.suffix.lower() in REQUEST_SUFFIXES else MAX_SCHEMA_BYTES


def read_request_beside(path: Path) -> tuple[DatasetRequest | None, tuple[Diagnostic, ...]]:
    """Return the request beside a DDL file and what is wrong with it; the defaults where there is none, None for a wrong one."""
    named = (p for p in list_files(path.parent, REQUEST_SUFFIXES) if p.stem == path.stem and not asks_for_labelled_text(p))
    beside = sorted(named, key=lambda p: p.suffix.lower())
    if not beside:
        return DatasetRequest(), ()
    request_file = beside[0]
    try:
        with storage_errors("read", request_file, "STO101"):
            size = request_file.stat().st_size
            data = request_file.read_bytes() if size <= MAX_REQUEST_BYTES else b""
        if not data and size:
            hint = "requests are short: rows, seed, locale, prompt, overrides"
            return None, (_problem("REQ101", request_file.name, f"is larger than {MAX_REQUEST_BYTES:,} bytes", f"{size:,} bytes", hint),)
        return read_request(data.decode("utf-8-sig"), request_file.name), ()
    except UnicodeDecodeError:
        return None, (_problem("REQ101", request_file.name, "is not UTF-8 text", "", "save the file as UTF-8"),)
    except (RequestError, StorageError) as error:
        return None, error.diagnostics


def _text(content: bytes) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _one_file_a_schema(uploads: list[Upload], owners: dict[str, str]) -> tuple[Upload, ...]:
    """Set aside every file whose schema name belongs to another file: the one that had it, else the first by name."""
    taken = {u.tables.name: u.file for u in reversed(uploads) if u.tables is not None}
    here = {u.file: u.tables.name for u in uploads if u.tables is not None}
    taken |= {schema: file for schema, file in owners.items() if here.get(file) == schema}
    return tuple(
        u if u.tables is None or taken[u.tables.name] == u.file else u.set_aside(_taken_name(u.file, u.tables.name, taken[u.tables.name]))
        for u in uploads
    )


def _taken_name(file: str, schema: str, owner: str) -> Diagnostic:
    hint = "rename one of the files; the schema's name is made of the file's"
    return _problem("UPL101", file, f"the schema '{schema}' belongs to another file", owner, hint)


def _unread(file: str, problem: Diagnostic) -> Upload:
    return Upload(file=file, bytes=0, sha256="", diagnostics=(problem,))


def _problem(code: str, where: str, message: str, found: str, hint: str) -> Diagnostic:
    return Diagnostic(code=code, severity=Severity.ERROR, where=where, message=message, found=found, hint=hint)
