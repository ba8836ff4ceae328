"""Folders of documents among the uploads: `shop.knowledge` beside `shop.sql`. Which there are, and whether they have changed.

Here: names and digests, cheap enough for every look of the sensor. Not here: reading documents (pipeline.knowledge).
"""

import hashlib
import os
import stat
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from synth_assets.errors import Diagnostic, Severity
from synth_assets.llm.knowledge.documents import list_documents
from synth_assets.llm.knowledge.limits import ReadingLimits
from synth_assets.pipeline.knowledge import KNOWLEDGE_SUFFIX, knowledge_folder

_LIMITS = ReadingLimits()


def fingerprint_documents(ddl_file: Path) -> str:
    """Return the digest of names and contents of the documents beside a DDL file; empty where there is no folder."""
    folder = knowledge_folder(ddl_file)
    return "" if folder is None else _digest_folder(folder) or ""


def fingerprint_folders(uploads: Path, settle_seconds: float) -> dict[str, str] | None:
    """Return the digest of every folder of documents by its name, or None while a file in one is still changing."""
    digests = {folder.name: _digest_folder(folder, settle_seconds) for folder in _folders(uploads)}
    return None if None in digests.values() else {name: digest for name, digest in digests.items() if digest is not None}


def stray_folders(uploads: Path, files: Collection[str]) -> Iterator[Diagnostic]:
    """Yield a warning for every folder of documents whose schema is not among the files."""
    stems = {Path(file).stem for file in files}
    for folder in _folders(uploads):
        if folder.stem not in stems:
            hint = "name the folder as the file, with .knowledge for its suffix; letter case counts"
            message = "no schema has this folder's name, so nobody reads its documents"
            yield Diagnostic(code="UPL106", severity=Severity.WARNING, where=_shown(folder.name), message=message, hint=hint)


def digest_files(paths: Iterable[Path], most_bytes: Callable[[Path], int], settle_seconds: float) -> str | None:
    """Return the digest of names and contents, or None while a file is changing or vanishes.

    Args:
        most_bytes: Files larger than this count by size and time.
    """
    digest = hashlib.sha256()
    now = time.time()
    for path in paths:
        try:
            status = path.lstat()
            if 0 <= now - status.st_mtime < settle_seconds:
                return None
            regular = stat.S_ISREG(status.st_mode)
            content = _content_digest(path, status.st_size, status.st_mtime_ns, most_bytes(path)) if regular else "not a file"
        except FileNotFoundError:
            return None
        except OSError:  # Said of the file by whoever reads it; the others go on.
            content = "cannot be read"
        digest.update(f"{path.name}\0{content}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _digest_folder(folder: Path, settle_seconds: float = 0.0) -> str | None:
    try:
        documents = list_documents(folder)
    except OSError:  # Said by the asset that reads it.
        return "cannot be listed"
    digest = digest_files(documents[: _LIMITS.files], lambda _: _LIMITS.file_bytes, settle_seconds)
    return None if digest is None else f"{digest[:32]}-{len(documents)}"


def _folders(uploads: Path) -> list[Path]:
    """The folders of documents, sorted by name; links could lead out of the uploads, so they are none."""
    if not uploads.is_dir():
        return []
    with os.scandir(uploads) as entries:
        named = (e for e in entries if Path(e.name).suffix == KNOWLEDGE_SUFFIX and not e.name.startswith("."))
        return sorted(Path(e.path) for e in named if e.is_dir(follow_symlinks=False))


@lru_cache(maxsize=4096)
def _content_digest(path: Path, size: int, modified_ns: int, most: int) -> str:
    """Digest of a file; size and time are part of the cache's key, so a changed file is read again."""
    return f"{size} bytes at {modified_ns}" if size > most else hashlib.sha256(path.read_bytes()).hexdigest()


def _shown(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")
