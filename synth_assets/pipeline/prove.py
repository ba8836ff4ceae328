"""Have a real database judge a dataset: files of the command line, or one of the store."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from synth_assets.databases import DatabaseUrl, OnTableProgress, ProofResult, prove
from synth_assets.pipeline.dataset_files import open_dataset
from synth_assets.schema.model import Schema
from synth_assets.storage import DatasetStore


def prove_directory(path: Path, url: DatabaseUrl, ddl_file: Path | None = None, on_progress: OnTableProgress | None = None) -> ProofResult:
    """Load a folder or a ZIP into a scratch place of the database, and say what was rejected.

    Raises:
        RequestError, StorageError, DdlError: The files cannot be used, or the database cannot judge their DDL.
        DatabaseError: The database cannot be reached or used.
    """
    with open_dataset(path, ddl_file) as files:
        return prove(files.schema, files.ddl_text, files.rows_of, files.row_counts, url, on_progress)


def prove_dataset(store: DatasetStore, schema: Schema, dataset: str, url: DatabaseUrl) -> ProofResult:
    """The same for a stored dataset, table by table and chunk by chunk. Raises as `prove_directory` does."""
    return prove(schema, store.load_ddl_text(schema.name, dataset), *stored_rows(store, schema, dataset), url)


def stored_rows(store: DatasetStore, schema: Schema, dataset: str) -> tuple[Callable[[str], Iterable[Any]], dict[str, int]]:
    """Return where the chunks of a stored dataset come from, and its row counts. Raises StorageError when a table is missing."""
    counts = {t.key: store.load_record(schema.name, dataset, t.key).record.rows for t in schema.tables}
    return partial(store.iter_chunks, schema.name, dataset), counts
