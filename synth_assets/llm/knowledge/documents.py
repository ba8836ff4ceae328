"""The files of a folder: which are looked at, and their bytes, without following a link out of the folder."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from synth_assets.errors import Diagnostic
from synth_assets.llm.knowledge.kinds import KINDS, Kind, kind_of
from synth_assets.llm.knowledge.limits import ReadingLimits
from synth_assets.llm.knowledge.model import encodable, warn
from synth_assets.llm.knowledge.office_files import is_old_or_encrypted


@dataclass(frozen=True)
class Document:
    """One file: its bytes, or why it has none to be read.

    Attributes:
        name: Its name in the folder, as it can be shown.
        kind: Its format; None where it is refused.
        size: On disk, in bytes.
        data, sha256: Its bytes; empty where it was not opened.
        refused: The reason, or None.
    """

    name: str
    kind: Kind | None
    size: int
    data: bytes
    sha256: str
    refused: Diagnostic | None


def list_documents(folder: Path) -> list[Path]:
    """Return everything in the folder but hidden files, sorted by name. Raises OSError where it cannot be listed.

    Names that begin with `.` or `~$` are of programs at work: half-copied files, locks.
    """
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if not entry.name.startswith((".", "~$")))


def open_document(path: Path, limits: ReadingLimits) -> Document:
    """Return one file with its bytes. Never raises: what cannot be read carries its reason."""
    name = encodable(os.fsencode(path.name).decode("utf-8", "replace"))
    kind = kind_of(name)
    try:
        status = path.lstat()
        if problem := _unreadable(name, kind, status, limits):
            return Document(name, None, status.st_size, b"", "", problem)
        data = _read_bytes(path, limits.file_bytes)
    except OSError as error:
        problem = warn("LLM153", name, "the file cannot be read", error.strerror or str(error), "check its permissions")
        return Document(name, None, 0, b"", "", problem)
    problem = _misnamed(name, kind, data) if kind is not None else None
    return Document(name, kind, len(data), data, hashlib.sha256(data).hexdigest(), problem)


def _unreadable(name: str, kind: Kind | None, status: os.stat_result, limits: ReadingLimits) -> Diagnostic | None:
    if stat.S_ISLNK(status.st_mode):
        return warn("LLM151", name, "is a link, which is not followed", "", "put the file itself into the folder")
    if stat.S_ISDIR(status.st_mode):
        return warn("LLM151", name, "is a folder, which is not looked into", "", "move its files up")
    if kind is None or not stat.S_ISREG(status.st_mode):
        return warn("LLM151", name, "is not of a kind that is read", Path(name).suffix, f"files that are read: {', '.join(KINDS)}")
    most = limits.image_bytes if kind.reader == "image" else limits.file_bytes
    if status.st_size > most:
        return warn("LLM152", name, f"is larger than {most:,} bytes", f"{status.st_size:,} bytes", "split it, or leave out its images")
    return None


def _read_bytes(path: Path, most: int) -> bytes:
    """The file may have become a link, or longer, since it was looked at."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("is not a regular file")
        return file.read(most)


def _misnamed(name: str, kind: Kind, data: bytes) -> Diagnostic | None:
    if not data:
        return warn("LLM153", name, "the file is empty")
    if kind.fits(data):
        return None
    if kind.reader in {"docx", "xlsx"} and is_old_or_encrypted(data):
        hint = f"save it without a password as {Path(name).suffix}"
        return warn("LLM154", name, "the file needs a password, or is of the format of before 2007", "", hint)
    found = f"it begins with {data[:8]!r}"
    return warn("LLM153", name, f"the file's name says {kind.name}, its content does not", found, "give it the suffix of what it is")
