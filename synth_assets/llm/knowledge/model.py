"""What was read of a folder of documents, as plain data."""

import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from synth_assets.errors import Diagnostic, Severity

READER_VERSION = 1
"""Raised when the same bytes would be read, cut or indexed otherwise: an index of another version is not used again."""

KNOWLEDGE_LABEL = "_knowledge"
"""Whom the cost of reading and searching documents belongs to."""

RETRIED = frozenset({"LLM152", "LLM156", "LLM158"})
"""Outcomes that another look may change: room in the folder's limits, a calmer machine, a key."""

FileState = Literal["read", "read in part", "not read"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Section(_Model):
    """A stretch of text with one place: a page, a heading, rows of a sheet.

    Attributes:
        place: For a person, such as `page 3`; empty for a text without any.
        text: What stands there, not cut.
        line: Number of its first line, for texts that people open in an editor.
    """

    place: str
    text: str
    line: int | None = None

    @field_validator("place", "text", mode="before")
    @classmethod
    def _encodable(cls, value: str) -> str:
        """Half of a surrogate pair, as damaged PDFs have them, cannot be written to any file."""
        return encodable(value)


class Reading(_Model):
    """What the reader of one format found.

    Attributes:
        sections: In the file's order.
        pages: Of a PDF, else 0.
        scanned: Pages that hold an image and no text, counted from 1.
        diagnostics: Everything that was left out, and why.
    """

    sections: tuple[Section, ...] = ()
    pages: int = 0
    scanned: tuple[int, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class Chunk(_Model):
    """A passage of at most about 1,000 characters.

    Attributes:
        id: Digest of file, place, text and which of equal ones it is: the same passage keeps its id.
        source: File name.
        place: Page, heading, line or rows.
        text: The passage.
    """

    id: str
    source: str
    place: str
    text: str


class KnowledgeFile(_Model):
    """One file of the folder, whatever came of it; `sha256` is empty for a file that was not opened."""

    name: str
    bytes: int
    sha256: str
    state: FileState
    pages: int = 0
    characters: int = 0
    chunks: int = 0
    transcribed: bool = False


class KnowledgeIndex(_Model):
    """Everything that was read of a folder.

    Attributes:
        files: Every file that was looked at, by name.
        chunks: Of all files, in file order.
        diagnostics: What was not read, and why.
        reader_version: See `READER_VERSION`.
    """

    files: tuple[KnowledgeFile, ...] = ()
    chunks: tuple[Chunk, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    reader_version: int = READER_VERSION

    @property
    def characters(self) -> int:
        return sum(f.characters for f in self.files)

    @property
    def fingerprint(self) -> str:
        """Digest of every passage; equal for equal texts, whoever read them."""
        digest = hashlib.sha256(str(self.reader_version).encode())
        for chunk in self.chunks:
            digest.update(f"\0{chunk.id}".encode())
        return digest.hexdigest()

    def diagnostics_of(self, name: str) -> tuple[Diagnostic, ...]:
        """Return what was said of one file."""
        return tuple(d for d in self.diagnostics if d.where == name)


class Passage(_Model):
    """A chunk that answers a query; `score` orders the passages of one query and compares with no other's."""

    source: str
    place: str
    text: str
    score: float

    @property
    def cited(self) -> str:
        """Return `returns.md, Refunds: We refund within 14 days …`: where it stands and its first words."""
        where = ", ".join(filter(None, (self.source, self.place)))
        words = " ".join(self.text.split())
        return f"{where}: {words if len(words) <= 80 else words[:79] + '…'}"


def encodable(text: str) -> str:
    """Return the text with `?` for what UTF-8 has no bytes for."""
    return text.encode("utf-8", "replace").decode()


def warn(code: str, name: str, message: str, found: str = "", hint: str = "") -> Diagnostic:
    """Return the warning that something of a file was not read."""
    return Diagnostic(code=code, severity=Severity.WARNING, where=name, message=message, found=encodable(found[:300]), hint=hint)
