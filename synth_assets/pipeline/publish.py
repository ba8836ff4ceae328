"""Publish a dataset to PostgreSQL: files of the command line, or one of the store."""

from collections.abc import Sequence
from pathlib import Path

from synth_assets.databases import DatabaseUrl, OnTableProgress, Publication, publish
from synth_assets.pipeline.dataset_files import open_dataset
from synth_assets.pipeline.prove import stored_rows
from synth_assets.schema.model import Schema
from synth_assets.storage import DatasetStore


def publish_directory(
    path: Path,
    url: DatabaseUrl,
    target: str,
    ddl_file: Path | None = None,
    readers: Sequence[str] = (),
    on_progress: OnTableProgress | None = None,
) -> Publication:
    """Publish a folder or a ZIP as the schema `target`, in the place of whatever we published there before.

    Raises:
        RequestError, StorageError, DdlError: The files, the name or the schema that is there cannot be used.
        DatabaseError: The database cannot be reached or used, or rejects the rows.
    """
    with open_dataset(path, ddl_file) as files:
        dataset = f"{files.schema.name}/{files.manifest.dataset or path.resolve().stem}"
        return publish(
            files.schema,
            files.ddl_text,
            files.rows_of,
            files.row_counts,
            url,
            target,
            dataset=dataset,
            replace_any=True,
            readers=readers,
            on_progress=on_progress,
        )


def publish_dataset(
    store: DatasetStore, schema: Schema, dataset: str, url: DatabaseUrl, target: str, readers: Sequence[str] = ()
) -> Publication:
    """Publish a stored dataset; a schema that holds another dataset is not replaced. Raises as `publish_directory` does."""
    rows_of, counts = stored_rows(store, schema, dataset)
    ddl_text = store.load_ddl_text(schema.name, dataset)
    return publish(schema, ddl_text, rows_of, counts, url, target, dataset=f"{schema.name}/{dataset}", readers=readers)
