"""One document to chunks, by the reader of its format."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from synth_assets.errors import Diagnostic, Severity
from synth_assets.llm.knowledge.chunking import cut_sections
from synth_assets.llm.knowledge.documents import Document
from synth_assets.llm.knowledge.kinds import Kind
from synth_assets.llm.knowledge.limits import ReadingLimits
from synth_assets.llm.knowledge.model import Chunk, FileState, KnowledgeFile, Reading, Section, warn
from synth_assets.llm.knowledge.plain_texts import read_markdown, read_text
from synth_assets.llm.knowledge.reader_process import read_apart
from synth_assets.llm.knowledge.transcription import transcribe_image, transcribe_scan
from synth_assets.llm.questions import Asks


@dataclass(frozen=True)
class FileReading:
    """What came of one file: its record, its chunks, and what was not read of it."""

    file: KnowledgeFile
    chunks: tuple[Chunk, ...]
    diagnostics: tuple[Diagnostic, ...]

    def without_chunks(self, diagnostic: Diagnostic) -> "FileReading":
        """Return this reading with nothing of its text, and the reason."""
        file = self.file.model_copy(update={"state": "not read", "characters": 0, "chunks": 0})
        return replace(self, file=file, chunks=(), diagnostics=(*self.diagnostics, diagnostic))


def read_document(document: Document, asks: Asks | None, limits: ReadingLimits) -> FileReading:
    """Return what came of a document. Never raises for what is in it.

    Args:
        asks: Who reads images and scans; None leaves them unread, and says so.
    """
    if document.kind is None or document.refused is not None:
        return _reading_of(document, Reading(diagnostics=tuple(filter(None, [document.refused]))))
    reading, transcribed = _read(document.name, document.kind, document.data, asks, limits)
    return _reading_of(document, reading, transcribed=transcribed)


def _read(name: str, kind: Kind, data: bytes, asks: Asks | None, limits: ReadingLimits) -> tuple[Reading, bool]:
    """Return the reading, and whether Gemini read any of it."""
    match kind.reader:
        case "text":
            return read_text(name, data, limits), False
        case "markdown":
            return read_markdown(name, data, limits), False
        case "image":
            sections, told = transcribe_image(asks, name, data, kind.mime_type)
            return Reading(sections=tuple(sections), diagnostics=tuple(told)), bool(sections)
        case _:
            reading = read_apart(name, kind.reader, data, limits)
            return _with_scans(name, data, reading, asks, limits) if reading.scanned else (reading, False)


def _with_scans(name: str, data: bytes, reading: Reading, asks: Asks | None, limits: ReadingLimits) -> tuple[Reading, bool]:
    """Return the reading of a PDF with what Gemini reads on its scanned pages, in page order."""
    if len(data) > limits.image_bytes:
        found, hint = f"{len(data):,} bytes", f"split it into files of at most {limits.image_bytes:,} bytes"
        told = warn("LLM152", name, "its scanned pages are not read: the file is too large to be sent", found, hint)
        return reading.model_copy(update={"diagnostics": (*reading.diagnostics, told)}), False
    pages = reading.scanned[: limits.scanned_pages]
    read, problems = transcribe_scan(asks, name, data, pages)
    if len(pages) < len(reading.scanned):
        found = f"{len(reading.scanned):,} scanned pages"
        problems.append(warn("LLM157", name, f"only the first {len(pages)} scanned pages were read", found, "split the file"))
    sections = sorted((*reading.sections, *read), key=_page_of)
    changes = {"sections": tuple(sections), "diagnostics": (*reading.diagnostics, *problems)}
    return reading.model_copy(update=changes), bool(read)


def _page_of(section: Section) -> int:
    return int(section.place.split()[1])


def _reading_of(document: Document, reading: Reading, *, transcribed: bool = False) -> FileReading:
    chunks = cut_sections(document.name, reading.sections)
    told = reading.diagnostics
    if not chunks and not told:
        told = (warn("LLM153", document.name, "the file holds no text"),)
    file = KnowledgeFile(
        name=document.name,
        bytes=document.size,
        sha256=document.sha256,
        state=_state(chunks, told),
        pages=reading.pages,
        characters=sum(len(c.text) for c in chunks),
        chunks=len(chunks),
        transcribed=transcribed,
    )
    return FileReading(file, chunks, told)


def _state(chunks: tuple[Chunk, ...], told: Iterable[Diagnostic]) -> FileState:
    if not chunks:
        return "not read"
    return "read in part" if any(d.severity is not Severity.INFO for d in told) else "read"
