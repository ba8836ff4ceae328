"""The formats of the files people take away, by name: the one list that help texts, hints, writers and manifests go by.

Here: names and file extensions. Not here: how a format is written or read (exports). This module imports
nothing, so that a help text may name the formats without loading what writes them.
"""

EXTENSIONS = {"csv": ".csv", "parquet": ".parquet", "jsonl": ".jsonl", "json": ".json"}

TABLE_FORMATS = tuple(EXTENSIONS)
"""Formats that make one file a table; the others make one file a dataset."""

FOLDER_FORMATS = (*TABLE_FORMATS, "sql")
"""What `synth generate` makes a folder of."""

EXPORT_FORMATS = (*FOLDER_FORMATS, "zip")
"""What a stored dataset is exported in."""


def one_of(names: tuple[str, ...]) -> str:
    """Return `a, b or c` for a sentence."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def count_of(number: int, noun: str) -> str:
    """Return `1 row`, `1,296 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
