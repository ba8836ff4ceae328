"""How much of a folder of documents is read. Every limit that is met is said, and nothing beyond it is read."""

from pydantic import BaseModel, ConfigDict


class ReadingLimits(BaseModel):
    """The bounds of reading one folder.

    Attributes:
        files: Files looked at, by name.
        file_bytes: Of one file on disk.
        image_bytes: Of one image or scan, which travels to Gemini in one request.
        unpacked_bytes: Of all parts of a .docx or .xlsx together.
        pages: Of a PDF.
        scanned_pages: Of a PDF without a text layer: each is read by Gemini.
        file_characters: Of the text of one file.
        characters: Of all texts together.
        seconds: Of reading one file.
        folder_seconds: Of reading all files; those that are left are read the next time.
        memory_bytes: Of the process that reads one file (Linux).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: int = 200
    file_bytes: int = 20_000_000
    image_bytes: int = 14_000_000
    unpacked_bytes: int = 200_000_000
    pages: int = 500
    scanned_pages: int = 40
    file_characters: int = 1_000_000
    characters: int = 5_000_000
    seconds: float = 60.0
    folder_seconds: float = 900.0
    memory_bytes: int = 2_000_000_000
