"""The rows of a folder or an archive that `synth` made, as a database is given them: text stays text."""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth_assets.ddl import read_ddl
from synth_assets.errors import DdlError, Diagnostic, RequestError, StorageError
from synth_assets.exports import iter_csv_text, read_table_file
from synth_assets.formats import TABLE_FORMATS, one_of
from synth_assets.pipeline.folder import DDL_FILE, FIXED_FILES, SCHEMA_FILE
from synth_assets.pipeline.read import read_schema_file
from synth_assets.schema.model import Schema
from synth_assets.storage import DatasetManifest, file_names, load_manifest, storage_errors

_CHUNK_ROWS = 65_536
_MOST_MEMBERS = 20_000


@dataclass(frozen=True)
class DatasetFiles:
    """A dataset as files: its manifest, schema, DDL (None where there is none) and rows."""

    path: Path
    manifest: DatasetManifest
    schema: Schema
    ddl_text: str | None

    @property
    def row_counts(self) -> dict[str, int]:
        return {entry.table: entry.rows for entry in self.manifest.tables}

    def rows_of(self, table_key: str) -> Iterator[Any]:
        """Yield a table's chunks (pa.Table); columns of CSV files are text as it is written. Raises StorageError."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path, table = self._file_of(table_key), self.schema.table(table_key)
        match path.suffix:
            case ".csv":
                yield from iter_csv_text(path, table)
            case ".parquet":
                with storage_errors("read", path, "STO101"), pq.ParquetFile(path) as file:
                    for batch in file.iter_batches(batch_size=_CHUNK_ROWS):
                        yield pa.Table.from_batches([batch])
            case _:
                yield read_table_file(path, self.manifest.format, table, self.schema.dialect)

    def _file_of(self, table_key: str) -> Path:
        """The file the manifest names; that of an archive describes the store's own files, and beside it lie CSVs."""
        named = next((e.file for e in self.manifest.tables if e.table == table_key), None) or ""
        path = (self.path / named).resolve()
        if named and path.is_relative_to(self.path.resolve()) and (path.exists() or Path(named).name == named):
            return path
        exported = self.path / file_names(list(self.row_counts), ".csv", taken=FIXED_FILES)[table_key]
        if exported.exists():
            return exported
        problem = Diagnostic(code="STO106", where=str(self.path), message="there is no file for a table", found=table_key)
        raise StorageError("cannot read the dataset", [problem])


@contextmanager
def open_dataset(path: Path, ddl_file: Path | None = None) -> Iterator[DatasetFiles]:
    """Yield the dataset of a folder that `synth generate` made, or of a ZIP that was exported; an archive is unpacked meanwhile.

    Args:
        ddl_file: The DDL, where the dataset does not carry it; it wins over the one that lies there.

    Raises:
        RequestError: The rows are a SQL script, or there is neither schema nor DDL.
        StorageError, DdlError: A file is missing or damaged, or the DDL gives no table.
    """
    if path.is_dir():
        yield _read(path, path, ddl_file)
        return
    with tempfile.TemporaryDirectory(prefix="synth-") as scratch:
        _unpack(path, Path(scratch))
        yield _read(path, Path(scratch), ddl_file)


def _read(named: Path, folder: Path, ddl_file: Path | None) -> DatasetFiles:
    manifest = load_manifest(folder)
    if manifest.format not in TABLE_FORMATS:
        hint = f"generate {one_of(TABLE_FORMATS)}, or give the script to the database's own client"
        problem = Diagnostic(
            code="EXP103", where=str(named), message="rows in a SQL script are judged by the database that loads it", hint=hint
        )
        raise RequestError("nothing to load", [problem])
    source = ddl_file or folder / DDL_FILE
    ddl_text = None
    if ddl_file is not None or source.exists():
        with storage_errors("read", source, "STO101"):
            ddl_text = source.read_bytes().decode("utf-8-sig", errors="replace")
    return DatasetFiles(folder, manifest, _schema(named, folder, manifest, ddl_file, ddl_text), ddl_text)


def _schema(named: Path, folder: Path, manifest: DatasetManifest, ddl_file: Path | None, ddl_text: str | None) -> Schema:
    """The schema as it was when the rows were made; an archive carries the DDL alone."""
    stored = folder / SCHEMA_FILE
    if stored.exists():
        with storage_errors("read", stored, "STO101"):
            return Schema.model_validate_json(stored.read_bytes())
    if ddl_text is None:
        hint = "name the DDL file with --ddl"
        raise RequestError("no DDL", [Diagnostic(code="DB105", where=str(named), message="the rows come without their DDL", hint=hint)])
    if ddl_file is not None:
        read = read_schema_file(ddl_file, name=manifest.schema_name, dialect=manifest.dialect)
    else:
        read = read_ddl(ddl_text, source=DDL_FILE, name=manifest.schema_name, dialect=manifest.dialect)
    if read.schema is None:
        raise DdlError(f"{DDL_FILE} gives no table", read.diagnostics)
    return read.schema


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack the files an archive holds at its top; nothing of it leaves the folder."""
    try:
        with storage_errors("read", archive, "STO101"), zipfile.ZipFile(archive) as members:
            names = [n for n in members.namelist() if n == Path(n).name]
            for name in names[:_MOST_MEMBERS]:
                with members.open(name) as source, (folder / name).open("wb") as sink:
                    while block := source.read(1 << 20):
                        sink.write(block)
    except zipfile.BadZipFile as error:
        hint = "give a folder that `synth generate` made, or a ZIP that was exported"
        problem = Diagnostic(code="STO106", where=str(archive), message="is no ZIP archive", found=str(error)[:100], hint=hint)
        raise StorageError("cannot read the archive", [problem]) from None
