"""Images and scanned pages to text: Gemini reads them; what it answers is text of a document like any other."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from synth_assets.errors import Diagnostic, LlmError
from synth_assets.llm.knowledge.model import KNOWLEDGE_LABEL, Section, warn
from synth_assets.llm.prompt_files import load_prompt
from synth_assets.llm.questions import Asks, BytesPart

PROMPT = "knowledge_transcribe@1"
PAGES_A_QUESTION = 10
_PAGE_CHARACTERS = 50_000


class _Page(BaseModel):
    model_config = ConfigDict(extra="ignore")

    page: int = Field(description="number of the page, counted from 1")
    text: str = Field(description="everything that can be read on the page, in reading order; empty where there is nothing")


class _Transcript(BaseModel):
    model_config = ConfigDict(extra="ignore")

    pages: list[_Page]


def transcribe_image(asks: Asks | None, name: str, data: bytes, mime_type: str) -> tuple[list[Section], list[Diagnostic]]:
    """Return what Gemini reads in an image as one section, or why nothing was read."""
    sections, told = _transcribe(asks, name, BytesPart(data, mime_type), (1,), "the image")
    return [section.model_copy(update={"place": "image"}) for section in sections], told


def transcribe_scan(asks: Asks | None, name: str, data: bytes, pages: Sequence[int]) -> tuple[list[Section], list[Diagnostic]]:
    """Return what Gemini reads on pages of a PDF that have no text layer, one section a page, and which were not read."""
    return _transcribe(asks, name, BytesPart(data, "application/pdf"), pages, f"{len(pages)} scanned pages")


def _transcribe(asks: Asks | None, name: str, part: BytesPart, pages: Sequence[int], what: str) -> tuple[list[Section], list[Diagnostic]]:
    if asks is None:
        hint = "set GEMINI_API_KEY, or put its text beside it"
        return [], [warn("LLM158", name, f"{what} can only be read by Gemini, which is not asked here", "", hint)]
    read: dict[int, str] = {}
    told = []
    for start in range(0, len(pages), PAGES_A_QUESTION):
        wanted = pages[start : start + PAGES_A_QUESTION]
        try:
            read |= _ask(asks, name, part, wanted)
        except LlmError as error:
            first = error.diagnostics[0].message if error.diagnostics else ""
            message = f"Gemini did not read {what if len(pages) == 1 else f'pages {_listed(wanted)}'}"
            found = f"{error.code} {error.message}: {first}" if first else f"{error.code} {error.message}"
            told.append(warn("LLM158", name, message, found, "the folder is read again when it is asked for again"))
    if not told and not any(read.values()):
        told.append(warn("LLM158", name, f"Gemini found no text in {what}"))
    return [Section(place=f"page {page} (scanned)", text=text) for page, text in sorted(read.items()) if text], told


def _ask(asks: Asks, name: str, part: BytesPart, pages: Sequence[int]) -> dict[int, str]:
    rendered = load_prompt(PROMPT).render({"name": name, "pages": _listed(pages)})
    schema = _Transcript.model_json_schema()
    question = rendered.as_question(label=KNOWLEDGE_LABEL, response_schema=schema, attachments=[part])

    def parse(answer: Any) -> dict[int, str]:
        """Keep the pages that were asked for: the others have a text layer, or are another question's."""
        transcript = _Transcript.model_validate(answer)
        return {page.page: page.text[:_PAGE_CHARACTERS].strip() for page in transcript.pages if page.page in pages}

    return asks.ask(question, parse).value


def _listed(pages: Sequence[int]) -> str:
    return ", ".join(map(str, pages))
