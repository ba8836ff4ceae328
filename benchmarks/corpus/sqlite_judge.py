"""SQLite's verdict, with foreign keys on."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.corpus.csv_rows import read_rows
from benchmarks.corpus.results import Verdict, verdict_of

_COMMENTS = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
_LEFT_OUT = re.compile(_COMMENTS + r"(insert|update|delete|replace|begin|commit|end|rollback|pragma)\b", re.IGNORECASE | re.DOTALL)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


_READERS: dict[str, Callable[[str], object]] = {"integer": int, "boolean": int, "float": float, "binary": _bytes}


def judge_sqlite(ddl: Path, data: dict[str, Path], kinds: dict[str, dict[str, str]]) -> Verdict:
    """Create the tables, load each whole or not at all, and ask for broken keys.

    Triggers are dropped first, as rows are loaded and not typed in. Keys are judged once all rows are there.

    Args:
        data: CSV file by table name, in lower case.
        kinds: By table name in lower case, the kind of each column's type: numbers are bound as numbers, `0x...` as bytes.
    """
    connection = sqlite3.connect(":memory:", isolation_level=None)
    refusals = _create(connection, ddl.read_text(encoding="utf-8", errors="replace"))
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {_quote(name)}")
    tables = [r[1] for r in connection.execute("PRAGMA main.table_list") if r[2] == "table" and not r[1].startswith("sqlite_")]
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN")
    connection.execute("PRAGMA defer_foreign_keys = ON")
    reasons: dict[str, str] = {}
    for table in tables:
        file = data.get(table.lower())
        reason = "no rows were made for it" if file is None else _load(connection, table, file, kinds.get(table.lower(), {}))
        if reason:
            reasons[table] = reason
    for table in tables:
        broken = _broken_keys(connection, table)
        if broken:
            reasons.setdefault(table, broken)
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if not reasons:
            reasons["the whole"] = str(error)
    return verdict_of(len(tables), reasons, refusals)


def _create(connection: sqlite3.Connection, text: str) -> list[str]:
    refusals = []
    for statement in split_statements(text):
        if _LEFT_OUT.match(statement):
            continue
        try:
            connection.execute(statement)
        except (sqlite3.Error, sqlite3.Warning) as error:
            refusals.append(str(error))
    return refusals


def split_statements(text: str) -> Iterator[str]:
    """Yield the statements of a script, where SQLite itself says that one is complete."""
    statement = ""
    for piece in re.split(r"(?<=;)", text):
        statement += piece
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if re.sub(r"--[^\n]*|\s", "", statement):
        yield statement


def _load(connection: sqlite3.Connection, table: str, file: Path, kinds: dict[str, str]) -> str:
    header, rows = read_rows(file)
    readers = [_READERS.get(kinds.get(name, "text"), str) for name in header]
    values = [[None if v is None else read(v) for v, read in zip(row, readers, strict=True)] for row in rows]
    insert = f"INSERT INTO {_quote(table)} ({', '.join(map(_quote, header))}) VALUES ({', '.join('?' * len(header))})"
    connection.execute("SAVEPOINT load")
    try:
        connection.executemany(insert, values)
    except sqlite3.Error as error:
        connection.execute("ROLLBACK TO load")
        return str(error)
    finally:
        connection.execute("RELEASE load")
    return ""


def _broken_keys(connection: sqlite3.Connection, table: str) -> str:
    try:
        found = connection.execute(f"PRAGMA foreign_key_check({_quote(table)})").fetchall()
    except sqlite3.Error as error:
        return str(error)
    return f"{len(found)} rows without a parent in {found[0][2]}" if found else ""


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
