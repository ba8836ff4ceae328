"""Read a DDL file."""

from pathlib import Path

from synth_assets.ddl import ReadResult, read_ddl
from synth_assets.errors import Diagnostic
from synth_assets.storage import storage_errors

MAX_SCHEMA_BYTES = 20_000_000
"""The largest DDL known to us is a tenth of this; a bigger file is a data dump."""


def read_schema_file(path: Path, *, name: str | None = None, dialect: str | None = None) -> ReadResult:
    """Return the schema of a DDL file, and everything there is to say about it.

    A file that is too large, empty or no text gives diagnostics, not an exception.

    Args:
        path: The file; its name is what diagnostics call it.
        name: Name of the schema; made of the file's name by default.
        dialect: postgres, mysql, sqlite, tsql or oracle; found out by default.

    Raises:
        StorageError: The file is missing or cannot be read.
    """
    with storage_errors("read", path, "STO101", if_missing="check the path"):
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_SCHEMA_BYTES else None
    if data is None:
        hint = "give the schema alone: `pg_dump --schema-only`, `mysqldump --no-data`"
        problem = Diagnostic(
            code="DDL109", where=f"{path.name}:1:1", message="the file is too large to be a schema", found=f"{size:,} bytes", hint=hint
        )
        return ReadResult(schema=None, diagnostics=(problem,))
    return read_ddl(data, source=path.name, name=name, dialect=dialect)
