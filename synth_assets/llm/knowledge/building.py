"""A folder to its index: every file by itself, what has not changed taken from the index before."""

import time
from dataclasses import replace
from pathlib import Path

from synth_assets.llm.knowledge.documents import Document, list_documents, open_document
from synth_assets.llm.knowledge.limits import ReadingLimits
from synth_assets.llm.knowledge.model import READER_VERSION, RETRIED, KnowledgeFile, KnowledgeIndex, encodable, warn
from synth_assets.llm.knowledge.reading import FileReading, read_document
from synth_assets.llm.questions import Asks


def build_index(
    folder: Path, asks: Asks | None, *, earlier: KnowledgeIndex | None = None, limits: ReadingLimits | None = None
) -> KnowledgeIndex:
    """Return everything that can be read of a folder; a file that cannot never keeps the others from being read.

    The folder's own files are read, sorted by name; subfolders and links are not, and that is said.

    Args:
        asks: Who reads images and scanned pages; None leaves them unread, and says so.
        earlier: An index of this folder: files with the same name and content are taken from it, unless another look may
            change what came of them.

    Raises:
        OSError: The folder cannot be listed.
    """
    bounds = limits or ReadingLimits()
    paths = list_documents(folder)
    known = _Known(earlier)
    readings = []
    room = bounds.characters
    end = time.monotonic() + bounds.folder_seconds
    for path in paths[: bounds.files]:
        document = open_document(path, bounds)
        reading = known.reading_of(document)
        if reading is None:
            reading = read_document(document if time.monotonic() < end else _too_late(document, bounds), asks, bounds)
        if reading.file.characters > room:
            found, hint = f"{reading.file.characters:,} characters", "leave out what does not describe the data"
            reading = reading.without_chunks(
                warn("LLM152", document.name, f"the folder's {bounds.characters:,} characters are used up", found, hint)
            )
        room -= reading.file.characters
        readings.append(reading)
    too_many = f"the folder has more than {bounds.files} files; this one is not looked at"
    left = (warn("LLM152", encodable(p.name), too_many, "", "leave out what does not describe the data") for p in paths[bounds.files :])
    return KnowledgeIndex(
        files=tuple(r.file for r in readings),
        chunks=tuple(c for r in readings for c in r.chunks),
        diagnostics=(*(d for r in readings for d in r.diagnostics), *left),
    )


def _too_late(document: Document, limits: ReadingLimits) -> Document:
    """Return the document as one that is not read this time, unless something else is wrong with it."""
    found = f"{limits.folder_seconds:g} seconds"
    late = warn("LLM156", document.name, "the time for the folder is used up before this file", found, "read the folder again")
    return replace(document, refused=document.refused or late)


class _Known:
    """What an earlier index says of files that have not changed."""

    def __init__(self, earlier: KnowledgeIndex | None) -> None:
        self._index = earlier if earlier is not None and earlier.reader_version == READER_VERSION else KnowledgeIndex()
        self._files: dict[tuple[str, str], KnowledgeFile] = {(f.name, f.sha256): f for f in self._index.files if f.sha256}

    def reading_of(self, document: Document) -> FileReading | None:
        """Return what came of the very same file, or None where it must be read."""
        file = self._files.get((document.name, document.sha256))
        if file is None:
            return None
        told = self._index.diagnostics_of(document.name)
        if any(d.code in RETRIED for d in told):
            return None
        return FileReading(file, tuple(c for c in self._index.chunks if c.source == document.name), told)
