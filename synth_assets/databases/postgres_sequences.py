"""Sequences of freshly loaded tables, set so that the user's next INSERT does not collide."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from synth_assets.databases.postgres_catalog import Relation
from synth_assets.ddl import quote_name

if TYPE_CHECKING:
    import psycopg

# Owned by a column (serial, identity), or named by a column's default.
_SEQUENCES = """
    SELECT DISTINCT s.oid::regclass::text, a.attrelid::bigint, a.attname, q.seqstart, q.seqmax FROM (
        SELECT objid AS sequence, refobjid AS relation, refobjsubid AS number FROM pg_depend
            WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND refobjsubid > 0
        UNION SELECT d.refobjid, ad.adrelid, ad.adnum FROM pg_attrdef ad
            JOIN pg_depend d ON (d.classid, d.objid) = ('pg_attrdef'::regclass, ad.oid)
            WHERE d.refclassid = 'pg_class'::regclass
    ) u JOIN pg_class s ON s.oid = u.sequence AND s.relkind = 'S' JOIN pg_sequence q ON q.seqrelid = s.oid
    JOIN pg_attribute a ON (a.attrelid, a.attnum) = (u.relation, u.number)
    WHERE a.attrelid = ANY(%s) AND q.seqincrement > 0 ORDER BY 1, 2"""


def advance_sequences(connection: "psycopg.Connection[Any]", relations: Iterable[Relation]) -> None:
    """Set each sequence behind the highest number of all columns it numbers; one that is not reached stays at its start."""
    by_oid = {r.oid: r for r in relations}
    highest: dict[str, tuple[int, int, int]] = {}
    for sequence, oid, column, start, end in connection.execute(_SEQUENCES, [list(by_oid)]).fetchall():
        found = connection.execute(f"SELECT max({quote_name(column)})::bigint FROM {by_oid[oid].sql}".encode()).fetchone()  # noqa: S608 - quoted
        if found is not None and found[0] is not None:
            highest[sequence] = (max(found[0], highest.get(sequence, (found[0], 0, 0))[0]), start, end)
    for sequence, (number, start, end) in highest.items():
        if number >= start:
            called = number >= end
            connection.execute("SELECT setval(%s::regclass, %s, %s)", [sequence, number if called else number + 1, called])
