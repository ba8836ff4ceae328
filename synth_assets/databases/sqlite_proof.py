"""SQLite's verdict on a dataset: on its own DDL as written, on any other dialect's as rendered for it."""

import re
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from synth_assets.databases.constraints import column_refusal, refusal_of
from synth_assets.databases.failures import database_error
from synth_assets.databases.model import NotJudged, ProofResult, RefusedStatement, Rejection, TableProof
from synth_assets.databases.rows import OnTableProgress, Refusal, RowSource, load_table, orphan_rejection, shown_values
from synth_assets.databases.scratch_names import is_stale, scratch_name
from synth_assets.databases.scripts import statements_of
from synth_assets.databases.sqlite_ddl import SqliteSchema, render_schema
from synth_assets.databases.sqlite_functions import equip
from synth_assets.databases.sqlite_values import bound_rows
from synth_assets.databases.urls import DatabaseUrl
from synth_assets.ddl import quote_name
from synth_assets.exports.text_columns import style_of
from synth_assets.schema.model import Schema, Table

_FAILED = re.compile(r"(NOT NULL|UNIQUE|CHECK) constraint failed: (.*)", re.DOTALL)
_STRICT = re.compile(r"cannot store \w+ value in \w+ column (\S+)")


def prove_in_sqlite(
    schema: Schema,
    ddl_text: str | None,
    rows_of: RowSource,
    row_counts: Mapping[str, int],
    url: DatabaseUrl,
    on_progress: OnTableProgress | None,
) -> ProofResult:
    """Make the tables in a scratch database, load every row, and look for rows without a parent once all are in.

    Raises:
        DatabaseError: The scratch file cannot be written.
    """
    with _scratch(url) as connection:
        proof = _Proof(connection, schema, row_counts)
        try:
            proof.create(ddl_text)
            connection.execute("BEGIN")
            tables = [proof.load(t, rows_of, on_progress) for t in schema.tables if t.key in proof.names]
            for table in schema.tables:
                proof.find_orphans(table)
        except sqlite3.Error as error:
            raise database_error(url, "DB107", error) from None
    return ProofResult(
        server=f"SQLite {sqlite3.sqlite_version}",
        database=url.label,
        rendered=proof.rendered is not None,
        tables=tuple(tables),
        rejections=tuple(proof.rejections),
        refused=tuple(proof.refused),
        not_judged=tuple(proof.not_judged),
    )


@contextmanager
def _scratch(url: DatabaseUrl) -> Iterator[sqlite3.Connection]:
    """Yield an empty database: in memory, or in a file of its own in the folder the URL names, or beside the file it names."""
    if url.is_in_memory:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            equip(connection)
            yield connection
        return
    named = Path(str(url.database))
    folder = named if named.is_dir() else named.parent
    _remove_stale(folder)
    try:
        with (
            tempfile.TemporaryDirectory(prefix=f"{scratch_name()}.", dir=folder) as scratch,
            closing(sqlite3.connect(Path(scratch) / "rows.sqlite", isolation_level=None)) as connection,
        ):
            # Nothing of it is to be kept; a batch is taken back in memory.
            connection.executescript("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;")
            equip(connection)
            yield connection
    except OSError as error:
        raise database_error(url, "DB102", error) from None


def _remove_stale(folder: Path) -> None:
    """Remove what killed processes left over a day ago."""
    import shutil

    if folder.is_dir():
        for left in sorted(folder.glob("synth_prove_*.*")):
            if is_stale(left.name.partition(".")[0]):
                shutil.rmtree(left, ignore_errors=True)


class _Proof:
    """One run: the tables by name, and what SQLite said so far."""

    def __init__(self, connection: sqlite3.Connection, schema: Schema, row_counts: Mapping[str, int]) -> None:
        self.connection = connection
        self.schema = schema
        self.row_counts = row_counts
        self.names: dict[str, str] = {}
        self.rendered: SqliteSchema | None = None
        self.rejections: list[Rejection] = []
        self.refused: list[RefusedStatement] = []
        self.not_judged: list[NotJudged] = []

    def create(self, ddl_text: str | None) -> None:
        """Make the tables: of SQLite's own DDL where there is one, else of the schema."""
        if self.schema.dialect == "sqlite" and ddl_text is not None:
            self._run(ddl_text)
            return
        self.rendered = render_schema(self.schema)
        self.names = dict(self.rendered.names)
        self.not_judged += self.rendered.not_judged
        for statement in self.rendered.statements:
            self.connection.execute(statement)

    def _run(self, ddl_text: str) -> None:
        self.connection.set_authorizer(_authorize)
        for statement in statements_of(ddl_text, "sqlite"):
            try:
                self.connection.execute(statement.text)
            except (sqlite3.Error, sqlite3.Warning) as error:
                self.refused.append(statement.refused(str(error)))
        self.connection.set_authorizer(None)
        for (name,) in self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            self.connection.execute(f"DROP TRIGGER {quote_name(name)}")
        there = {r[1].lower(): r[1] for r in self.connection.execute("PRAGMA main.table_list") if r[2] == "table"}
        self.names = {t.key: there[t.name.lower()] for t in self.schema.tables if t.name.lower() in there}
        reason = "SQLite did not create it: its statement was refused"
        missing = [t for t in self.schema.tables if t.key not in self.names]
        self.not_judged += [NotJudged(table=t.key, subject="the table", reason=reason, line=t.where.line) for t in missing]

    def load(self, table: Table, rows_of: RowSource, on_progress: OnTableProgress | None) -> TableProof:
        attempt = lambda batch: self._attempt(table, batch)  # noqa: E731
        proof, rejections = load_table(table.key, rows_of, self.row_counts.get(table.key), attempt, on_progress)
        self.rejections += rejections
        return proof

    def _attempt(self, table: Table, batch: Any) -> Refusal | None:
        columns = ", ".join(quote_name(c.name) for c in table.stored_columns)
        marks = ", ".join("?" * len(table.stored_columns))
        # ABORT, or a constraint's own ON CONFLICT would pass over rows, or end the transaction, where it has to say no.
        insert = f"INSERT OR ABORT INTO {quote_name(self.names[table.key])} ({columns}) VALUES ({marks})"  # noqa: S608 - names are quoted
        values = bound_rows(batch, table, style_of(self.schema.dialect), rendered=self.rendered is not None)
        self.connection.execute("SAVEPOINT batch")
        try:
            self.connection.executemany(insert, values)
        except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError) as error:
            self.connection.execute("ROLLBACK TO batch")
            return self._classify(table, str(error))
        except sqlite3.OperationalError as error:
            if not str(error).startswith("user-defined function"):
                raise
            self.connection.execute("ROLLBACK TO batch")
            return Refusal("type", "a value that cannot be looked into", None, str(error))
        finally:
            self.connection.execute("RELEASE batch")
        return None

    def _classify(self, table: Table, message: str) -> Refusal:
        failed, strict = _FAILED.match(message), _STRICT.match(message)
        if strict is not None:
            return column_refusal(table, "type", strict[1].rpartition(".")[2], message)
        if failed is None:
            return Refusal("type", table.key, table.where.line, message)
        rule, what = failed.groups()
        known = self.rendered.constraints.get(what.removeprefix("index '").rstrip("'")) if self.rendered else None
        if known is not None:
            return Refusal(*known, f"{rule} constraint failed: {known[1]}")
        columns = [] if what.startswith("index ") else [part.rpartition(".")[2] for part in what.split(", ")]
        if rule == "NOT NULL":
            return column_refusal(table, "not null", columns[0], message)
        if rule == "UNIQUE":
            key = table.primary_key
            is_primary = key is not None and [c.lower() for c in columns] == [c.lower() for c in key.columns]
            index = what.removeprefix("index '").rstrip("'") if what.startswith("index ") else None
            return refusal_of(table, "primary key" if is_primary else "unique", index, columns, message)
        said = next((c for c in table.checks if c.name is None and "".join(c.sql.split()) == "".join(what.split())), None)
        return Refusal("check", said.label, said.where.line, message) if said else refusal_of(table, "check", what, (), message)

    def find_orphans(self, table: Table) -> None:
        """Ask for the rows without a parent, by foreign key."""
        name = self.names.get(table.key)
        if name is None:
            return
        keys: dict[int, list[tuple[str, str | None]]] = {}
        for row in self.connection.execute(f"PRAGMA foreign_key_list({quote_name(name)})").fetchall():
            keys.setdefault(row[0], []).append((row[3], row[4]))
        try:
            broken = self.connection.execute(f"PRAGMA foreign_key_check({quote_name(name)})")
        except sqlite3.OperationalError as error:
            self.not_judged.append(NotJudged(table=table.key, subject="foreign keys", reason=str(error), line=table.where.line))
            return
        found: dict[int, tuple[int, int | None, str]] = {}
        for _, rowid, parent, number in broken:
            count, first, _ = found.get(number, (0, rowid, parent))
            found[number] = (count + 1, first, parent)
        for number, (count, rowid, parent) in sorted(found.items()):
            refusal = refusal_of(table, "foreign key", None, [c for c, _ in keys[number]], f"there is no such row in {parent}")
            rejected = any(self.names.get(r.table) == parent for r in self.rejections)
            example = self._first_orphan(name, parent, keys[number], rowid)
            in_file = self._number_in_file(table, rowid)
            self.rejections.append(orphan_rejection(table.key, refusal, count, example, in_file, parent_rejected=rejected))

    def _number_in_file(self, table: Table, rowid: int | None) -> int | None:
        """Return a row's number in its file; None where rows before it were rejected, or a key may stand in for SQLite's row numbers."""
        was_rejected = any(r.table == table.key and r.kind != "foreign key" for r in self.rejections)
        is_aliased = self.rendered is None and table.primary_key is not None and len(table.primary_key.columns) == 1
        return None if was_rejected or is_aliased else rowid

    def _first_orphan(self, name: str, parent: str, pairs: list[tuple[str, str | None]], rowid: int | None) -> dict[str, str | None]:
        """Return the row of that number; in a table without row numbers, the first whose parent is not there."""
        query, parameters = f"SELECT * FROM {quote_name(name)} WHERE rowid = ?", [rowid]  # noqa: S608 - names are quoted
        if rowid is None:
            # A reference that names no columns is to the parent's primary key.
            own = [r[1] for r in sorted(self.connection.execute(f"PRAGMA table_info({quote_name(parent)})"), key=lambda r: r[5]) if r[5]]
            parents = [own[i] if p is None else p for i, (_, p) in enumerate(pairs)]
            joined = " AND ".join(f"p.{quote_name(p)} = c.{quote_name(c)}" for (c, _), p in zip(pairs, parents, strict=True))
            held = " AND ".join(f"c.{quote_name(c)} IS NOT NULL" for c, _ in pairs)
            missing = f"NOT EXISTS (SELECT 1 FROM {quote_name(parent)} p WHERE {joined})"  # noqa: S608 - names are quoted
            query, parameters = f"SELECT * FROM {quote_name(name)} c WHERE {held} AND {missing} LIMIT 1", []  # noqa: S608 - names are quoted
        cursor = self.connection.execute(query, parameters)
        row = cursor.fetchone()
        return shown_values([d[0] for d in cursor.description], row) if row else {}


def _authorize(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:  # noqa: ARG001
    """A DDL is somebody's text: it may not reach other files."""
    return sqlite3.SQLITE_DENY if action in {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH} else sqlite3.SQLITE_OK
