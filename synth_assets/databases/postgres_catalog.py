"""What PostgreSQL's catalogue says of the tables a DDL has just made: where they are, their keys and unique indexes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synth_assets.databases.postgres_ddl import DEFAULT_NAMESPACE, PostgresPlace
from synth_assets.ddl import quote_name
from synth_assets.schema.model import Schema, Table

if TYPE_CHECKING:
    import psycopg

_RELATIONS = """
    SELECT c.oid::bigint, n.nspname, c.relname, c.relkind = 'p', array(SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = ANY(%s)"""
_FOREIGN_KEYS = """
    SELECT k.conrelid::bigint, k.confrelid::bigint, k.conname, pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint'),
        array(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
              JOIN pg_attribute a ON (a.attrelid, a.attnum) = (k.conrelid, u.n) ORDER BY u.i),
        array(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, i)
              JOIN pg_attribute a ON (a.attrelid, a.attnum) = (k.confrelid, u.n) ORDER BY u.i)
    FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = ANY(%s) ORDER BY k.oid"""
_INDEXES = """
    SELECT i.indrelid::bigint, c.relname, i.indisprimary, array(SELECT a.attname::text FROM unnest(i.indkey::int[]) u(n)
        JOIN pg_attribute a ON (a.attrelid, a.attnum) = (i.indrelid, u.n))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE (i.indisunique OR i.indisexclusion) AND i.indrelid = ANY(%s)"""

_CHANGED = """
    SELECT DISTINCT o.kind || ' ' || n.nspname || '.' || o.name FROM (
        SELECT 'pg_class' AS catalogue, 'relation' AS kind, oid, relnamespace AS home, relname AS name, xmin AS made FROM pg_class
        UNION ALL SELECT 'pg_proc', 'function', oid, pronamespace, proname, xmin FROM pg_proc
        UNION ALL SELECT 'pg_type', 'type', oid, typnamespace, typname, xmin FROM pg_type
        UNION ALL SELECT '', 'operator', oid, oprnamespace, oprname, xmin FROM pg_operator
        UNION ALL SELECT '', 'collation', oid, collnamespace, collname, xmin FROM pg_collation
        UNION ALL SELECT '', 'statistics', oid, stxnamespace, stxname, xmin FROM pg_statistic_ext
        UNION ALL SELECT '', 'text search', oid, cfgnamespace, cfgname, xmin FROM pg_ts_config
        UNION ALL SELECT '', 'text search', oid, dictnamespace, dictname, xmin FROM pg_ts_dict
    ) o JOIN pg_namespace n ON n.oid = o.home
    WHERE NOT n.nspname = ANY(%s) AND n.nspname !~ '^pg_toast' AND EXISTS (
        SELECT 1 FROM (
            SELECT o.made
            UNION ALL SELECT xmin FROM pg_description WHERE classoid = to_regclass(nullif(o.catalogue, '')) AND objoid = o.oid
            UNION ALL SELECT xmin FROM pg_enum WHERE o.catalogue = 'pg_type' AND enumtypid = o.oid
            UNION ALL SELECT xmin FROM pg_constraint WHERE o.catalogue = 'pg_type' AND contypid = o.oid
            UNION ALL SELECT xmin FROM pg_constraint WHERE o.catalogue = 'pg_class' AND conrelid = o.oid
            UNION ALL SELECT xmin FROM pg_attribute WHERE o.catalogue = 'pg_class' AND attrelid = o.oid
            UNION ALL SELECT xmin FROM pg_attrdef WHERE o.catalogue = 'pg_class' AND adrelid = o.oid
            UNION ALL SELECT xmin FROM pg_rewrite WHERE o.catalogue = 'pg_class' AND ev_class = o.oid
            UNION ALL SELECT xmin FROM pg_trigger WHERE o.catalogue = 'pg_class' AND tgrelid = o.oid
            UNION ALL SELECT xmin FROM pg_policy WHERE o.catalogue = 'pg_class' AND polrelid = o.oid
        ) parts WHERE parts.made::text::bigint = txid_current() & 4294967295)
    ORDER BY 1 LIMIT 1"""


@dataclass(frozen=True)
class Relation:
    """A table on the server.

    Attributes:
        columns: Its own names by those of the model; a column that is not there has none.
        indexes: By index name: whether it is the primary key's, and its columns.
    """

    oid: int
    namespace: str
    name: str
    is_partitioned: bool
    columns: Mapping[str, str]
    indexes: Mapping[str, tuple[bool, tuple[str, ...]]]

    @property
    def sql(self) -> str:
        return f"{quote_name(self.namespace)}.{quote_name(self.name)}"


@dataclass(frozen=True)
class ServerKey:
    """A foreign key as the server has it; `definition` is what adds it again."""

    child: int
    parent: int
    name: str
    definition: str
    comment: str | None
    columns: tuple[str, ...]
    parent_columns: tuple[str, ...]


def find_foreign_change(place: PostgresPlace) -> str | None:
    """Return what the open transaction made or changed in a schema that is not the place's own, but for extensions; None for nothing.

    The catalogue knows, whatever way a statement found there: rows that a transaction wrote carry its number, and only
    extensions are added in a part of it with a number of its own.
    """
    row = place.connection.execute(_CHANGED.encode(), [place.namespaces()]).fetchone()
    return None if row is None else str(row[0])


def find_relations(place: PostgresPlace, schema: Schema) -> dict[str, Relation]:
    """Return the server's tables by table key; a table that is not there is left out."""
    rows = place.connection.execute(_RELATIONS, [place.namespaces()]).fetchall()
    indexes = _indexes(place.connection, [row[0] for row in rows])
    found = {}
    for table in schema.tables:
        row = _match(table, rows, place)
        if row is not None:
            exact = {name: name for name in row[4]}
            folded = {name.lower(): name for name in row[4]}
            columns = {c.name: exact.get(c.name) or folded[c.name.lower()] for c in table.columns if c.name.lower() in folded}
            found[table.key] = Relation(row[0], row[1], row[2], row[3], columns, indexes.get(row[0], {}))
    return found


def _match(table: Table, rows: list[Any], place: PostgresPlace) -> Any:
    """The table in its namespace, or else the only one of that name: a search path may have led it elsewhere."""
    named = [r for r in rows if r[2].lower() == table.name.lower()]
    wanted = (table.namespace or DEFAULT_NAMESPACE).lower()
    home = wanted if place.homes is None else place.homes.get(wanted, wanted)
    there = [r for r in named if r[1].lower() == home] or (named if len({r[1] for r in named}) == 1 else [])
    exact = [r for r in there if r[2] == table.name]
    return (exact or there or [None])[0]


def _indexes(connection: "psycopg.Connection[Any]", oids: list[int]) -> dict[int, dict[str, tuple[bool, tuple[str, ...]]]]:
    found: dict[int, dict[str, tuple[bool, tuple[str, ...]]]] = {}
    for oid, name, primary, columns in connection.execute(_INDEXES, [oids]).fetchall():
        found.setdefault(oid, {})[name] = (primary, tuple(columns))
    return found


def detach_foreign_keys(connection: "psycopg.Connection[Any]", relations: Iterable[Relation]) -> list[ServerKey]:
    """Drop every foreign key of the tables, to be added again when all rows are in: circles need no order then."""
    by_oid = {r.oid: r for r in relations}
    keys = []
    for child, parent, name, definition, comment, columns, parent_columns in connection.execute(_FOREIGN_KEYS, [list(by_oid)]).fetchall():
        # NOT VALID would let the server off looking at the rows.
        valid = definition.removesuffix(" NOT VALID")
        keys.append(ServerKey(child, parent, name, valid, comment, tuple(columns), tuple(parent_columns)))
        connection.execute(f"ALTER TABLE {by_oid[child].sql} DROP CONSTRAINT {quote_name(name)}".encode())
    return keys


def attach_foreign_key(connection: "psycopg.Connection[Any]", child: Relation, key: ServerKey) -> None:
    """Add a key again; the server validates every row. Raises psycopg.Error when one has no parent."""
    connection.execute(f"ALTER TABLE {child.sql} ADD CONSTRAINT {quote_name(key.name)} {key.definition}".encode())
    if key.comment:
        text = key.comment.replace("'", "''")
        connection.execute(f"COMMENT ON CONSTRAINT {quote_name(key.name)} ON {child.sql} IS '{text}'".encode())


def silence_triggers(connection: "psycopg.Connection[Any]", relations: Iterable[Relation]) -> list[str]:
    """Switch the user's own triggers off: rows are complete as they are. Return what switches them on again."""
    query = "SELECT tgname FROM pg_trigger WHERE tgrelid = %s AND NOT tgisinternal AND tgenabled = 'O'"
    again = []
    for relation in relations:
        for (name,) in connection.execute(query, [relation.oid]).fetchall():
            connection.execute(f"ALTER TABLE {relation.sql} DISABLE TRIGGER {quote_name(name)}".encode())
            again.append(f"ALTER TABLE {relation.sql} ENABLE TRIGGER {quote_name(name)}")
    return again
