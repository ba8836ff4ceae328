"""Which files are read, and how their first bytes must look: a name alone proves nothing."""

from dataclasses import dataclass
from pathlib import Path

_ZIP = (b"PK\x03\x04",)


@dataclass(frozen=True)
class Kind:
    """One format.

    Attributes:
        name: For a person.
        reader: Who reads it: `text` and `markdown` here, `pdf`, `docx` and `xlsx` in a process of their own, `image` by Gemini.
        begins: What the file begins with; empty where anything goes.
        mime_type: As IANA names it.
    """

    name: str
    reader: str
    begins: tuple[bytes, ...]
    mime_type: str

    def fits(self, data: bytes) -> bool:
        """Tell whether bytes begin as this format does."""
        if self.mime_type == "image/webp":
            return data[:4] == b"RIFF" and data[8:12] == b"WEBP"
        if self.reader == "pdf":
            return b"%PDF-" in data[:1024]
        return data.startswith(self.begins) if self.begins else True


_JPEG = Kind("JPEG image", "image", (b"\xff\xd8\xff",), "image/jpeg")
_WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

KINDS: dict[str, Kind] = {
    ".txt": Kind("text", "text", (), "text/plain"),
    ".md": Kind("Markdown", "markdown", (), "text/markdown"),
    ".pdf": Kind("PDF", "pdf", (b"%PDF-",), "application/pdf"),
    ".docx": Kind("Word document", "docx", _ZIP, _WORD_TYPE),
    ".xlsx": Kind("Excel workbook", "xlsx", _ZIP, _EXCEL_TYPE),
    ".png": Kind("PNG image", "image", (b"\x89PNG\r\n\x1a\n",), "image/png"),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": Kind("WebP image", "image", (), "image/webp"),
}
"""By suffix in lower case."""


def kind_of(name: str) -> Kind | None:
    """Return the format a file's name says, or None for one that is not read."""
    return KINDS.get(Path(name).suffix.lower())
