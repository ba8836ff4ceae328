"""Opening the small SQLite files that processes share: one connection a statement group, so that threads and forks need no care."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from sqlite3 import Connection, Row

from synth_assets.errors import Diagnostic, StorageError

__all__ = ["Connection", "Row", "file_errors", "opened"]

_BUSY_SECONDS = 60


@contextmanager
def opened(path: Path, tables: str) -> Iterator[Connection]:
    """Yield a connection inside a transaction that holds the file's write lock; it is committed unless the block raises.

    Args:
        path: The file; it and its folder are made where they are not there.
        tables: `CREATE ... IF NOT EXISTS` statements.

    Raises:
        StorageError: `STO102`, when the disk or the file does not allow it.
    """
    with file_errors(path):
        if not path.exists():
            _make(path)
        with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
            connection.row_factory = Row
            connection.execute("PRAGMA synchronous=NORMAL")  # with WAL: a crash of the machine may lose the last answers, never the file
            connection.execute("BEGIN IMMEDIATE")
            try:
                _add_tables(connection, tables)
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite and the operating system refuse inside into StorageError `STO102`."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        hint = "look at the folder's rights and room"
        told = Diagnostic(code="STO102", where=str(path), message="the operating system refuses", found=str(error), hint=hint)
        raise StorageError(f"cannot write {path.name}", [told]) from error


def _make(path: Path) -> None:
    """Make an empty file in WAL mode, whole: nobody opens it before it is, since that mode cannot be set while others look."""
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with closing(sqlite3.connect(begun, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        with suppress(FileExistsError):
            os.link(begun, path)
    finally:
        begun.unlink(missing_ok=True)


def _add_tables(connection: Connection, tables: str) -> None:
    """Make the tables of a file without any, under its lock: a file that is there may be one that another thread has only begun."""
    if connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None:
        for statement in filter(str.strip, tables.split(";")):
            connection.execute(statement)
