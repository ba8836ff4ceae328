"""Running a user's DDL in PostgreSQL: as it is written in a database of its own, moved into schemas of ours elsewhere."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synth_assets.databases.model import RefusedStatement
from synth_assets.databases.scripts import ScriptStatement, statements_of
from synth_assets.ddl import quote_name, relocate
from synth_assets.schema.model import Schema

if TYPE_CHECKING:
    import psycopg

DEFAULT_NAMESPACE = "public"

_CONCURRENTLY = re.compile(r"((?:CREATE|DROP)\s+(?:UNIQUE\s+)?INDEX\s+)CONCURRENTLY\b", re.IGNORECASE)
_NAME = r'(?:"(?:[^"]|"")+"|\w+)'
_RELATION = rf"(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?({_NAME}(?:\s*\.\s*{_NAME})?)"
_TARGETS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"ALTER\s+(?:FOREIGN\s+|MATERIALIZED\s+)?(?:TABLE|SEQUENCE|VIEW|INDEX)\s+{_RELATION}",
        rf"CREATE\s+(?:UNIQUE\s+)?INDEX\b.*?\bON\s+{_RELATION}",
        rf"CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\b.*?\bON\s+{_RELATION}",
        rf"CREATE\s+POLICY\b.*?\bON\s+{_RELATION}",
        rf"COMMENT\s+ON\s+TABLE\s+{_RELATION}",
        rf"COMMENT\s+ON\s+COLUMN\s+({_NAME}(?:\s*\.\s*{_NAME})?)\s*\.\s*{_NAME}\s+IS",
    )
)
_ALLOWED = re.compile(
    r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:UNLOGGED\s+|UNIQUE\s+|MATERIALIZED\s+|RECURSIVE\s+|CONSTRAINT\s+|TRUSTED\s+|PROCEDURAL\s+)?"
    r"(?:TABLE|TYPE|DOMAIN|SEQUENCE|INDEX|VIEW|FUNCTION|PROCEDURE|AGGREGATE|OPERATOR|COLLATION|TRIGGER|RULE|STATISTICS|POLICY|TEXT|CAST)\b|"
    r"ALTER\s+(?:FOREIGN\s+|MATERIALIZED\s+)?(?:TABLE|SEQUENCE|TYPE|DOMAIN|VIEW|INDEX)\b|COMMENT\s+ON\s+(?!EXTENSION|DATABASE|ROLE)|"
    r"SET\s+(?!(?:(?:LOCAL|SESSION)\s+)?(?:SESSION|ROLE|TRANSACTION|CONSTRAINTS)\b)\w+",
    re.IGNORECASE,
)
_NOT_NEEDED = re.compile(
    rf"DROP\b|COMMENT\s+ON\s+(?:EXTENSION|DATABASE|ROLE|SCHEMA)\b|"
    rf"CREATE\s+SCHEMA\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:{_NAME})?(?:\s*AUTHORIZATION\s+{_NAME})?\s*\Z",
    re.IGNORECASE,
)
_SCHEMA = re.compile(rf"CREATE\s+SCHEMA\s+(?:IF\s+NOT\s+EXISTS\s+)?(?!AUTHORIZATION\b)({_NAME})", re.IGNORECASE)
_MADE = re.compile(
    r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:UNLOGGED\s+|MATERIALIZED\s+|RECURSIVE\s+|FOREIGN\s+)?"
    r"(?:TABLE|VIEW|TYPE|DOMAIN|SEQUENCE|FUNCTION|PROCEDURE|AGGREGATE|COLLATION|OPERATOR\s+CLASS)\s+(?:IF\s+NOT\s+EXISTS\s+)?"
    rf"({_NAME}\s*\.\s*)?({_NAME})",
    re.IGNORECASE,
)
_EXTENSION = re.compile(rf"CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?({_NAME}|'[^']+')", re.IGNORECASE)
_PATH = re.compile(
    r"(?:SET\s+(?:LOCAL\s+|SESSION\s+)?(?:\"?search_path\"?\s*(?:=|TO)|SCHEMA\b)\s*(.*)|SELECT\s+(?:pg_catalog\.)?set_config\('search_path',\s*'(.*?)',.*)",
    re.IGNORECASE | re.DOTALL,
)
_OF_EXTENSIONS = """
    SELECT lower(n.nspname), lower(o.name) FROM pg_depend d JOIN (
        SELECT 'pg_type'::regclass AS class, oid, typnamespace AS home, typname AS name FROM pg_type
        UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace, proname FROM pg_proc
        UNION ALL SELECT 'pg_opclass'::regclass, oid, opcnamespace, opcname FROM pg_opclass
        UNION ALL SELECT 'pg_collation'::regclass, oid, collnamespace, collname FROM pg_collation
        UNION ALL SELECT 'pg_class'::regclass, oid, relnamespace, relname FROM pg_class
        UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace, oprname FROM pg_operator
    ) o ON (o.class, o.oid) = (d.classid, d.objid) JOIN pg_namespace n ON n.oid = o.home
    WHERE d.deptype = 'e' AND n.nspname <> 'pg_catalog'"""
_HOMES_OF_EXTENSIONS = """
    SELECT DISTINCT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE n.nspname <> 'pg_catalog'"""
_HOME_OF = "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)"


def namespaces_of(schema: Schema, ddl_text: str) -> tuple[str, ...]:
    """Return the namespaces of a DDL besides the default one: those of its tables, and those it creates for anything else."""
    created = [f[1].strip('"').replace('""', '"') for f in (_SCHEMA.match(s.head) for s in statements_of(ddl_text, "postgres")) if f]
    named = {n.lower(): n for n in [*created, *(t.namespace for t in schema.tables if t.namespace)]}
    return tuple(n for lower, n in named.items() if lower != DEFAULT_NAMESPACE)


def _own_objects(ddl_text: str, homes: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return, for each namespace that is called like a relation, what the DDL makes in it.

    There `person.name` may be a column of `person.person`, and only what is known to be an object moves.
    """
    made: dict[str, set[str]] = {}
    names: set[str] = set()
    for statement in statements_of(ddl_text, "postgres"):
        found = _MADE.match(statement.head)
        if found is not None:
            namespace, name = ((found[1] or "").strip('". \n\t').lower() or DEFAULT_NAMESPACE), found[2].strip('"').lower()
            made.setdefault(namespace, set()).add(name)
            names.add(name)
    return {namespace: frozenset(made.get(namespace, ())) for namespace in homes if namespace in names}


@dataclass
class PostgresPlace:
    """Where the DDL runs.

    Attributes:
        connection: In autocommit, or inside the transaction that holds everything.
        homes: By namespace of the DDL in lower case, the schema its objects go to; None in a database of its own.
        final: The names those schemas will have when other people see them; what bodies of functions are given.
    """

    connection: "psycopg.Connection[Any]"
    homes: Mapping[str, str] | None = None
    final: Mapping[str, str] | None = None
    _kept: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    _only: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)
    _extension_homes: tuple[str, ...] = field(default=(), repr=False)
    _path: tuple[str, ...] = field(default=(DEFAULT_NAMESPACE,), repr=False)

    def run(self, ddl_text: str, *, stop_at_refusal: bool = False) -> tuple[RefusedStatement, ...]:
        """Run every statement, each whole or not at all; return those that were refused."""
        if self.homes is not None:
            self._look_for_extensions()
            self._set_path([DEFAULT_NAMESPACE])
            self._only = _own_objects(ddl_text, self.homes)
        self.connection.execute("SET check_function_bodies = off")
        refused = []
        for statement in statements_of(ddl_text, "postgres"):
            message = self._run_one(statement, in_savepoint=not stop_at_refusal)
            if message:
                refused.append(statement.refused(message))
                if stop_at_refusal:
                    break
        return tuple(refused)

    def settle(self) -> None:
        """Forget what the DDL set for its session; rows are written and read in ISO form and UTC."""
        path = [self.homes[n] for n in self.homes] if self.homes else None
        self.connection.execute("RESET ALL")
        if path is not None:
            names = ", ".join(map(quote_name, [*path, *self._extension_homes]))
            self.connection.execute(f"SET LOCAL search_path = {names}".encode())
        self.connection.execute("SET timezone = 'UTC'; SET datestyle = 'ISO'; SET client_encoding = 'UTF8'")

    def namespaces(self) -> list[str]:
        """Return the schemas that are the place's own."""
        if self.homes is not None:
            return list(self.homes.values())
        query = "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
        return [row[0] for row in self.connection.execute(query.encode()).fetchall()]

    def _run_one(self, statement: ScriptStatement, *, in_savepoint: bool) -> str:
        import psycopg

        sql = _CONCURRENTLY.sub(r"\1", statement.head)
        if self.homes is not None:
            message, sql = self._moved(sql)
            if message or not sql:
                return message
        try:
            # In binary form the server takes one statement and no more, whatever a text makes us believe about its end.
            if not in_savepoint:
                self.connection.execute(sql.encode(), binary=True)
                return ""
            with self.connection.transaction():
                self.connection.execute(sql.encode(), binary=True)
        except psycopg.Error as error:
            if self.connection.closed:
                raise
            return str(error)
        return ""

    def _moved(self, sql: str) -> tuple[str, str]:
        """Return why a statement must not run here, or what runs in its place; neither where nothing needs to."""
        if _NOT_NEEDED.match(sql):
            return "", ""
        path = _PATH.match(sql)
        if path is not None:
            self._set_path([n.strip().strip("\"'") for n in (path[1] if path[1] is not None else path[2]).split(",")])
            return "", ""
        if (extension := _EXTENSION.match(sql)) is not None:
            return self._add_extension(extension[1].strip("\"'"))
        if not _ALLOWED.match(sql):
            return "a statement of this kind is not run in a database that holds other things", ""
        moved = relocate(sql, "postgres", self.homes or {}, self.final, self._kept, self._only)
        return self._foreign_target(moved), moved

    def _foreign_target(self, sql: str) -> str:
        """An ALTER, an index, a trigger or a comment must be about a table of ours."""
        found = next((f for f in (p.match(sql) for p in _TARGETS) if f), None)
        if found is None:
            return ""
        row = self.connection.execute(_HOME_OF, [found[1]]).fetchone()
        if row is None or row[0] in self.namespaces():
            return ""
        return f"it would change {found[1]} of schema {row[0]}, which is not this dataset's"

    def _add_extension(self, name: str) -> tuple[str, str]:
        """Extensions belong to the database: they are added beside our schemas, where they are not there yet."""
        import psycopg

        if self.connection.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [name]).fetchone() is None:
            try:
                with self.connection.transaction():
                    self.connection.execute(f"CREATE EXTENSION {quote_name(name)} SCHEMA {DEFAULT_NAMESPACE} CASCADE".encode())
            except psycopg.Error as error:
                return str(error), ""
            self._look_for_extensions()
            self._set_path(list(self._path))
        return "", ""

    def _look_for_extensions(self) -> None:
        self._kept = frozenset(self.connection.execute(_OF_EXTENSIONS.encode()).fetchall())
        self._extension_homes = tuple(sorted(row[0] for row in self.connection.execute(_HOMES_OF_EXTENSIONS.encode()).fetchall()))

    def _set_path(self, namespaces: list[str]) -> None:
        self._path = tuple(namespaces)
        homes = self.homes or {}
        wanted = [homes[n.lower()] for n in namespaces if n.lower() in homes] or [homes[DEFAULT_NAMESPACE]]
        names = ", ".join(map(quote_name, dict.fromkeys([*wanted, *self._extension_homes])))
        self.connection.execute(f"SET LOCAL search_path = {names}".encode())
