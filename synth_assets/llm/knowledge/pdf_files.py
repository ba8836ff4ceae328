"""Reader of .pdf: the text layer of each page. Pages that are only an image are named, for Gemini to read.

Runs in a process of its own (`reader_process`), because a hostile file can take any time and memory.
"""

from io import BytesIO
from typing import Any

from synth_assets.llm.knowledge.limits import ReadingLimits
from synth_assets.llm.knowledge.model import Reading, Section, warn


def read_pdf(name: str, data: bytes, limits: ReadingLimits) -> Reading:
    """Return one section a page with text. Raises what pypdf raises for a damaged file."""
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        return Reading(diagnostics=(warn("LLM154", name, "the PDF needs a password", "", "save it without a password"),))
    sections, scanned, bad, told = [], [], [], []
    pages, room = len(reader.pages), limits.file_characters
    for number in range(1, min(pages, limits.pages) + 1):
        try:
            text = reader.pages[number - 1].extract_text()
        except Exception as error:  # noqa: BLE001 - pypdf raises anything for a broken page; the page is named and the others go on
            bad.append(f"{number} ({type(error).__name__})")
            continue
        if text.strip():
            sections.append(Section(place=f"page {number}", text=text[:room]))
            room -= len(text)
        elif _has_images(reader.pages[number - 1]):
            scanned.append(number)
        if room <= 0:
            hint = "split the file"
            told.append(warn("LLM157", name, f"only the first {limits.file_characters:,} characters were read", f"to page {number}", hint))
            break
    if bad:
        told.append(warn("LLM157", name, "pages could not be read", f"pages {', '.join(bad[:20])}", "save the file anew as PDF"))
    if pages > limits.pages:
        told.append(warn("LLM157", name, f"only the first {limits.pages:,} pages were read", f"{pages:,} pages", "split the file"))
    return Reading(sections=tuple(sections), pages=pages, scanned=tuple(scanned), diagnostics=tuple(told))


def _has_images(page: Any) -> bool:
    """Tell whether a page draws an image, without decoding it: a scan does, an empty page does not."""
    resources = page.get("/Resources")
    drawn = resources.get_object().get("/XObject") if resources is not None else None
    if drawn is None:
        return False
    objects = drawn.get_object()
    return any(objects[key].get_object().get("/Subtype") in {"/Image", "/Form"} for key in objects)
