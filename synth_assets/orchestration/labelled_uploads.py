"""YAML files in the uploads folder that are datasets themselves, not requests beside a schema."""

from dataclasses import dataclass
from pathlib import Path

from synth_assets.errors import Diagnostic, RequestError
from synth_assets.labelled_text import LabelledTextRequest, is_labelled_text
from synth_assets.pipeline.labelled_text import read_labelled_file
from synth_assets.plan.request import MAX_REQUEST_BYTES
from synth_assets.storage import storage_errors


@dataclass(frozen=True)
class LabelledFile:
    """What a YAML file asks for, or what is wrong with it; size and content as far as it was read."""

    request: LabelledTextRequest | None
    size: int
    content: bytes
    diagnostics: tuple[Diagnostic, ...]


def asks_for_labelled_text(path: Path) -> bool:
    """Tell whether a YAML file says that it is labelled text. One that cannot be read does not."""
    try:
        with path.open("rb") as file:
            return is_labelled_text(file.read(MAX_REQUEST_BYTES).decode("utf-8-sig", "replace"))
    except OSError:
        return False


def datasets_among(files: list[Path], schema_files: list[Path]) -> list[Path]:
    """Return the YAML files that are datasets: those that say so, and those without a schema to be the request of."""
    stems = {path.stem for path in schema_files}
    return [path for path in files if path.stem not in stems or asks_for_labelled_text(path)]


def read_labelled_upload(path: Path) -> LabelledFile:
    """Read and judge one YAML file. Raises StorageError when it cannot be read."""
    with storage_errors("read", path, "STO101"):
        size = path.stat().st_size
        content = path.read_bytes() if size <= MAX_REQUEST_BYTES else b""
    try:
        return LabelledFile(read_labelled_file(path), size, content, ())
    except RequestError as error:
        return LabelledFile(None, size, content, error.diagnostics)
