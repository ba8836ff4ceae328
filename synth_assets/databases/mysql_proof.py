"""MySQL's and MariaDB's verdict on a dataset."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from synth_assets.databases.constraints import refusal_of
from synth_assets.databases.model import NotJudged, ProofResult, RefusedStatement, Rejection, TableProof
from synth_assets.databases.mysql_load import binary_from_text, classify, insert_rows, insert_statement
from synth_assets.databases.mysql_session import execute, is_lost, prepare_session, scratch_database
from synth_assets.databases.rows import OnTableProgress, Refusal, RowSource, load_table, orphan_rejection, shown_values
from synth_assets.databases.scripts import statements_of
from synth_assets.databases.urls import DatabaseUrl
from synth_assets.ddl import qualifiers_of, quote_name, relocate
from synth_assets.schema.model import Schema, Table

if TYPE_CHECKING:
    import pymysql

_MADE = re.compile(
    r"(?:CREATE|ALTER|DROP|RENAME)\b.{0,200}?\b(?:(TABLES?|VIEW|INDEX|SEQUENCE)|TRIGGER|PROCEDURE|FUNCTION|EVENT|PACKAGE|DATABASE|SCHEMA)\b",
    re.IGNORECASE | re.DOTALL,
)
"""The first of these words is what a statement makes; routines judge no row that is loaded."""
_SET = re.compile(
    r"SET\s+(?!NAMES|CHARACTER|CHARSET|.{0,40}character_set|.*(?:\bGLOBAL\b|\bPERSIST|NO_BACKSLASH_ESCAPES))", re.IGNORECASE | re.DOTALL
)
"""What a session is told, but for the server's own settings, the character set of the connection, which is ours, and what would
change the meaning of quotes, by which the names in a statement are found."""
_OWN_NAMES = re.compile(r"(?im)^[ \t]*(?:create[ \t]+(?:database|schema)(?:[ \t]+if[ \t]+not[ \t]+exists)?|use)[ \t]+[`\"]?(\w+)")
_COLUMNS = "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()"
_ENGINES = """SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'"""
_KEYS = """SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
    FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL
    ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION"""


def prove_in_mysql(
    schema: Schema, ddl_text: str, rows_of: RowSource, row_counts: Mapping[str, int], url: DatabaseUrl, on_progress: OnTableProgress | None
) -> ProofResult:
    """Run the DDL in a scratch database, load every row, and ask for the rows without a parent of every foreign key.

    Types, NOT NULL, CHECK, PRIMARY KEY and UNIQUE are judged as rows arrive, in strict mode. Foreign keys are off until
    then, as circles have no order.

    Raises:
        DatabaseError: The server cannot be used, or fails on the way.
    """
    with scratch_database(url) as (connection, name):
        proof = _Proof(connection, schema, row_counts)
        prepare_session(connection)
        refused = proof.run(ddl_text, name)
        prepare_session(connection)
        proof.find_tables()
        tables = [proof.load(t, rows_of, on_progress) for t in schema.tables if t.key in proof.kinds]
        proof.find_orphans()
        (version,) = execute(connection, "SELECT VERSION()")[0]
        product = "MariaDB" if "mariadb" in version.lower() else "MySQL"
        return ProofResult(
            server=f"{product} {version.partition('-')[0]}",
            database=url.label,
            tables=tuple(tables),
            rejections=tuple(proof.rejections),
            refused=refused,
            not_judged=tuple(proof.not_judged),
        )


class _Proof:
    """One run: what the server said so far, and its column types by table key."""

    def __init__(self, connection: "pymysql.Connection[Any]", schema: Schema, row_counts: Mapping[str, int]) -> None:
        self.connection = connection
        self.schema = schema
        self.row_counts = row_counts
        self.kinds: dict[str, dict[str, str]] = {}
        self.by_row: set[str] = set()
        self.rejections: list[Rejection] = []
        self.not_judged: list[NotJudged] = []

    def run(self, ddl_text: str, scratch: str) -> tuple[RefusedStatement, ...]:
        """Run every statement that declares tables, all databases it names being the scratch one."""
        import pymysql

        named = {*_OWN_NAMES.findall(ddl_text), *(t.namespace for t in self.schema.tables if t.namespace)}
        homes = dict.fromkeys((n.lower() for n in named), scratch)
        others = {name.lower() for (name,) in execute(self.connection, "SHOW DATABASES")} - {scratch}
        refused = []
        for statement in statements_of(ddl_text, "mysql"):
            if not _is_needed(statement.head):
                continue
            sql = relocate(statement.text, "mysql", homes)
            other = _other_database(sql, others)
            if other is not None:
                refused.append(statement.refused(f"it is about the database {other}, which this DDL does not make"))
                continue
            try:
                execute(self.connection, sql)
            except pymysql.err.MySQLError as error:
                if is_lost(error):
                    raise
                refused.append(statement.refused(str(error.args[-1])))
        return tuple(refused)

    def find_tables(self) -> None:
        """Find the tables on the server, empty, and able to take a batch back."""
        import pymysql

        rows = execute(self.connection, _COLUMNS)
        kinds: dict[str, dict[str, str]] = {}
        for table, column, kind in rows:
            kinds.setdefault(table.lower(), {})[column.lower()] = kind.lower()
        engines = execute(self.connection, _ENGINES)
        for name, engine in engines:
            if engine != "InnoDB":
                try:
                    execute(self.connection, f"ALTER TABLE {quote_name(name, 'mysql')} ENGINE = InnoDB")
                except pymysql.err.MySQLError:
                    # It cannot take back half a batch: its rows go in one by one.
                    self.by_row.add(name.lower())
        there = {name.lower() for name, _ in engines}
        for table in self.schema.tables:
            if table.name.lower() in there:
                self.kinds[table.key] = kinds[table.name.lower()]
            else:
                reason = "the server did not create it: its statement was refused"
                self.not_judged.append(NotJudged(table=table.key, subject="the table", reason=reason, line=table.where.line))

    def load(self, table: Table, rows_of: RowSource, on_progress: OnTableProgress | None) -> TableProof:
        statement = insert_statement(table, self.kinds[table.key])
        source = _row_by_row(rows_of) if table.name.lower() in self.by_row else rows_of
        attempt = lambda batch: self._attempt(table, statement, batch)  # noqa: E731
        proof, rejections = load_table(table.key, source, self.row_counts.get(table.key), attempt, on_progress)
        self.rejections += rejections
        return proof

    def _attempt(self, table: Table, statement: str, batch: Any) -> Refusal | None:
        import pymysql

        try:
            insert_rows(self.connection, statement, binary_from_text(batch, table))
        except pymysql.err.MySQLError as error:
            if is_lost(error):
                raise
            return classify(error, table)
        return None

    def find_orphans(self) -> None:
        """Ask, key by key, for rows whose parent is not there."""
        keys: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        for child, name, column, parent, parent_column in execute(self.connection, _KEYS):
            keys.setdefault((child, name, parent), []).append((column, parent_column))
        by_name = {t.name.lower(): t for t in self.schema.tables if t.key in self.kinds}
        for (child, name, parent), pairs in keys.items():
            table = by_name.get(child.lower())
            if table is not None and parent.lower() in by_name:
                self._judge_key(table, name, parent, pairs)
            elif table is not None:
                reason = f"the server has no table {parent}"
                self.not_judged.append(NotJudged(table=table.key, subject=f"foreign key {name}", reason=reason, line=table.where.line))

    def _judge_key(self, table: Table, name: str, parent: str, pairs: list[tuple[str, str]]) -> None:
        quoted = [(quote_name(a, "mysql"), quote_name(b, "mysql")) for a, b in pairs]
        joined = " AND ".join(f"c.{a} = p.{b}" for a, b in quoted)
        held = " AND ".join(f"c.{a} IS NOT NULL" for a, _ in quoted)
        parent_sql, child_sql = quote_name(parent, "mysql"), quote_name(table.name, "mysql")
        source = f"FROM {child_sql} c WHERE {held} AND NOT EXISTS (SELECT 1 FROM {parent_sql} p WHERE {joined})"  # noqa: S608 - names are quoted
        (count,) = execute(self.connection, f"SELECT count(*) {source}")[0]
        if not count:
            return
        columns = [c.name for c in table.stored_columns]
        shown = ", ".join(f"c.{quote_name(n, 'mysql')}" for n in columns)
        first = execute(self.connection, f"SELECT {shown} {source} LIMIT 1")[0]
        refusal = refusal_of(table, "foreign key", name, [a for a, _ in pairs], f"there is no such row in {parent}")
        rejected = any(r.table.rpartition(".")[2].lower() == parent.lower() for r in self.rejections)
        self.rejections.append(orphan_rejection(table.key, refusal, count, shown_values(columns, first), None, parent_rejected=rejected))


def _is_needed(sql: str) -> bool:
    made = _MADE.match(sql)
    return made[1] is not None if made else _SET.match(sql) is not None


def _other_database(sql: str, others: set[str]) -> str | None:
    """Return a database that a statement names besides the scratch one, but for the parents of foreign keys, which are only read."""
    return next((n for n, before in qualifiers_of(sql, "mysql") if n.lower() in others and before != "REFERENCES"), None)


def _row_by_row(rows_of: RowSource) -> RowSource:
    return lambda key: (chunk.slice(i, 1) for chunk in rows_of(key) for i in range(chunk.num_rows))
