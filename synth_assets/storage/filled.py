"""Texts that a model wrote for the first rows of a table, kept beside its rows: `<table>.parquet`, the i-th line is row i's.

Part of what the table's bytes follow from, like plan and seed: written once for a task, never changed. A file without lines says
that the texts were asked for and none came.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth_assets.errors import Diagnostic, StorageError
from synth_assets.storage.atomic import atomic_file, storage_errors
from synth_assets.storage.digest import sha256_of_file

_TASK = b"synth_assets.task"
_CUT_SHORT = b"synth_assets.cut_short"
"""Set in files of texts whose writing ended early, and in no others."""


@dataclass(frozen=True)
class FilledTexts:
    """The texts of one table.

    Attributes:
        table: pa.Table: a column of text for each filled column, NULL where a row has none.
        sha256: Of the file.
        task: Digest of what was asked for.
        is_whole: False where the writing ended early, such as with the budget: another run goes on.
    """

    table: Any
    sha256: str
    task: str
    is_whole: bool = True

    @property
    def whole_rows(self) -> int:
        """Rows that have all their texts."""
        return int(self.table.num_rows) - max((column.null_count for column in self.table.columns), default=0)

    @property
    def holds_any(self) -> bool:
        return bool(self.table.num_rows)


@dataclass(frozen=True)
class FilledFolder:
    """The files of one dataset's texts.

    Attributes:
        path: Their folder, which need not exist.
        names: File name by table key.
    """

    path: Path
    names: Mapping[str, str]

    def path_of(self, table_key: str) -> Path:
        return self.path / self.names[table_key]

    def load(self, table_key: str) -> FilledTexts | None:
        """Return a table's texts, or None where none were ever asked for. Raises StorageError."""
        path = self.path_of(table_key)
        return load_filled(path) if path.exists() else None

    def save(self, table_key: str, columns: Mapping[str, list[str | None]], task: str, *, is_whole: bool = True) -> FilledTexts:
        """Write a table's texts as a whole. Raises StorageError."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.path_of(table_key)
        about = {_TASK: task.encode()} | ({} if is_whole else {_CUT_SHORT: b"yes"})
        fields = pa.schema([pa.field(name, pa.string()) for name in columns], metadata=about)
        table = pa.Table.from_arrays([pa.array(texts, type=pa.string()) for texts in columns.values()], schema=fields)
        with storage_errors("write", path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as file, storage_errors("write", path):
            pq.write_table(table, file, compression="zstd")
        return load_filled(path)


def load_filled(path: Path) -> FilledTexts:
    """Return the texts of a file. Raises StorageError for one that is missing or damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with storage_errors("read", path, "STO101"):
            table = pq.read_table(path, partitioning=None)
    except pa.ArrowInvalid as error:
        raise _damaged(path, str(error)) from None
    about = table.schema.metadata or {}
    task = about.get(_TASK)
    if task is None or any(field.type != pa.string() for field in table.schema):
        raise _damaged(path, "no texts of a table")
    return FilledTexts(table.combine_chunks(), sha256_of_file(path), task.decode(errors="replace"), _CUT_SHORT not in about)


def _damaged(path: Path, found: str) -> StorageError:
    hint = "remove it, and make the table again: answers that are cached cost nothing"
    problem = Diagnostic(code="STO106", where=str(path), message="the file of filled texts is damaged", found=found[:200], hint=hint)
    return StorageError("cannot read filled texts", [problem])
