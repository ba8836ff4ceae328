"""Where rows and records live on disk: the dataset store, its file names, its manifest.

Here: Parquet files written whole or not at all, the record beside each, request, plan and schema of a
dataset, the manifest, safe file names, atomic writing. Not here: anything that decides what a row
holds (engine), files made for people to take away (exports), Dagster.
"""

from synth_assets.storage.atomic import ByteSink, atomic_file, storage_errors, write_text_atomically
from synth_assets.storage.digest import CountingSink, sha256_of_file
from synth_assets.storage.manifest import MANIFEST_FILE, DatasetManifest, FileEntry, TableEntry, dump_manifest, load_manifest
from synth_assets.storage.names import file_names, safe_file_name, table_key_of
from synth_assets.storage.parquet import write_parquet_stream
from synth_assets.storage.records import StoredTable, TableProvenance, TableRecord
from synth_assets.storage.requests import dump_request
from synth_assets.storage.store import DatasetStore

__all__ = [
    "MANIFEST_FILE",
    "ByteSink",
    "CountingSink",
    "DatasetManifest",
    "DatasetStore",
    "FileEntry",
    "StoredTable",
    "TableEntry",
    "TableProvenance",
    "TableRecord",
    "atomic_file",
    "dump_manifest",
    "dump_request",
    "file_names",
    "load_manifest",
    "safe_file_name",
    "sha256_of_file",
    "storage_errors",
    "table_key_of",
    "write_parquet_stream",
    "write_text_atomically",
]
