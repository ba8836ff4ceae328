"""MariaDB's verdict on MySQL files, where its programs are installed."""

import re
import secrets
import subprocess
from collections import defaultdict
from pathlib import Path

from benchmarks.corpus.csv_rows import read_rows
from benchmarks.corpus.results import Verdict, verdict_of
from synth_assets_tests.acceptance.mariadb import CLIENT

_OWN_DATABASE = re.compile(r"(?im)^[ \t]*(?:(?:create|drop)[ \t]+(?:database|schema)\b[^;]*|use[ \t]+[^;\s]+[ \t]*|source[ \t][^;\n]*);")
_SPATIAL = {"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection"}
_STRICT = "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'; SET FOREIGN_KEY_CHECKS=0; SET NAMES utf8mb4;\n"


def judge_mariadb(socket: Path, ddl: Path, data: dict[str, Path], scratch: Path) -> Verdict:
    """Create the tables in a database of their own, load each whole or not at all, and look for rows without a parent.

    Foreign keys are off while rows arrive, as keys may be circular; then the server is asked for the orphans of every
    key. The file's rows are emptied out and its triggers dropped first.

    Args:
        data: CSV file by table name, in lower case.
        scratch: A folder the server may read.
    """
    name = f"corpus_{secrets.token_hex(6)}"
    _client(socket, f"CREATE DATABASE {name} CHARACTER SET utf8mb4;")
    try:
        text = _OWN_DATABASE.sub("", ddl.read_text(encoding="utf-8", errors="replace"))
        refusals = _errors(_client(socket, "SET FOREIGN_KEY_CHECKS=0;\n" + text, name, force=True).stderr)
        tables = _base_tables(socket, name)
        _client(socket, _emptying(socket, name, tables), name)
        reasons = _load_all(socket, name, tables, data, scratch)
        for table, broken in _orphans(socket, name, tables).items():
            reasons.setdefault(table, broken)
        return verdict_of(len(tables), reasons, refusals)
    finally:
        _client(socket, f"DROP DATABASE IF EXISTS {name};")


def _client(socket: Path, script: str, database: str = "", *, force: bool = False) -> subprocess.CompletedProcess[str]:
    options = [f"--socket={socket}", "-uroot", "--batch", "--skip-column-names", "--default-character-set=utf8mb4"]
    command = [str(CLIENT), "--no-defaults", *options, *(["--force"] if force else []), *([database] if database else [])]
    return subprocess.run(command, input=script, text=True, encoding="utf-8", errors="replace", capture_output=True)


def _ask(socket: Path, query: str, database: str) -> list[list[str]]:
    done = _client(socket, query, database)
    if done.returncode:
        raise RuntimeError(f"MariaDB could not answer: {done.stderr.strip()[:300]}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def _errors(text: str) -> list[str]:
    return [re.sub(r" at line \d+", "", line) for line in text.splitlines() if line.startswith("ERROR")]


def _base_tables(socket: Path, name: str) -> list[str]:
    query = f"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{name}' AND TABLE_TYPE = 'BASE TABLE' ORDER BY 1;"
    return [row[0] for row in _ask(socket, query, name)]


def _emptying(socket: Path, name: str, tables: list[str]) -> str:
    triggers = _ask(socket, f"SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '{name}';", name)
    drops = [f"DROP TRIGGER {_quote(row[0])};" for row in triggers]
    return "\n".join(["SET FOREIGN_KEY_CHECKS=0;", *drops, *(f"TRUNCATE TABLE {_quote(t)};" for t in tables)])


def _load_all(socket: Path, name: str, tables: list[str], data: dict[str, Path], scratch: Path) -> dict[str, str]:
    types: dict[str, dict[str, str]] = defaultdict(dict)
    query = f"SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{name}';"
    for table, column, kind in _ask(socket, query, name):
        types[table][column.lower()] = kind.lower()
    reasons = {}
    for number, table in enumerate(tables):
        file = data.get(table.lower())
        if file is None:
            reasons[table] = "no rows were made for it"
            continue
        header, rows = read_rows(file)
        target = scratch / f"load-{number}.tsv"
        target.write_text("".join("\t".join(map(_escape, row)) + "\n" for row in rows), encoding="utf-8", newline="")
        done = _client(socket, _STRICT + _load_statement(table, header, types[table], target), name)
        if done.returncode:
            reasons[table] = (_errors(done.stderr) or [done.stderr.strip()])[0]
    return reasons


def _load_statement(table: str, header: list[str], types: dict[str, str], file: Path) -> str:
    """Without LOCAL, a row that does not fit is an error and not a warning."""
    variables = ", ".join(f"@c{i}" for i in range(len(header)))
    sets = ", ".join(f"{_quote(c)} = {_read(f'@c{i}', types.get(c.lower(), ''))}" for i, c in enumerate(header))
    return f"LOAD DATA INFILE '{file}' INTO TABLE {_quote(table)} CHARACTER SET utf8mb4 ({variables}) SET {sets};"


def _read(variable: str, kind: str) -> str:
    """Return how the text of a field becomes a value: bytes are written `0x...`, shapes as well-known text."""
    if kind in _SPATIAL:
        return f"ST_GeomFromText({variable})"
    if kind.endswith("blob") or kind in ("binary", "varbinary"):
        return f"UNHEX(SUBSTRING({variable}, 3))"
    if kind == "bit":
        return f"CAST({variable} AS UNSIGNED)"
    return variable


def _escape(value: str | None) -> str:
    if value is None:
        return r"\N"
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _orphans(socket: Path, name: str, tables: list[str]) -> dict[str, str]:
    """Return, by child table, the first key that has rows without a parent."""
    query = (
        "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME "
        f"FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = '{name}' AND REFERENCED_TABLE_NAME IS NOT NULL;"
    )
    keys: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for child, constraint, column, parent, parent_column in _ask(socket, query, name):
        if parent in tables:  # a parent the server refused to create has no rows to ask for
            keys[child, constraint, parent].append((column, parent_column))
    if not keys:
        return {}
    counts = [row[0] for row in _ask(socket, "\n".join(_orphan_query(k[0], k[2], pairs) for k, pairs in keys.items()), name)]
    found: dict[str, str] = {}
    for (child, constraint, parent), count in zip(keys, counts, strict=True):
        if count != "0":
            found.setdefault(child, f"{count} rows without a parent in {parent} ({constraint})")
    return found


def _orphan_query(child: str, parent: str, pairs: list[tuple[str, str]]) -> str:
    joined = " AND ".join(f"c.{_quote(a)} = p.{_quote(b)}" for a, b in pairs)
    held = " AND ".join(f"c.{_quote(a)} IS NOT NULL" for a, _ in pairs)
    return f"SELECT count(*) FROM {_quote(child)} c WHERE {held} AND NOT EXISTS (SELECT 1 FROM {_quote(parent)} p WHERE {joined});"


def _quote(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
