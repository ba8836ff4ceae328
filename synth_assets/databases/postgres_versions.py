"""The schemas a dataset is published to: whose they are, what depends on them, and swapping one version for the next."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synth_assets.databases.postgres_ddl import DEFAULT_NAMESPACE
from synth_assets.ddl import quote_name
from synth_assets.errors import Diagnostic, RequestError

if TYPE_CHECKING:
    import psycopg

MARK = "synth_assets: "
"""How the comment of a schema begins that was published by us."""

_MOST_BYTES = 63
_LOCK_TIMEOUT = "10s"
_RESERVED = frozenset({"public", "information_schema"})
_COMMENTS = "SELECT nspname, coalesce(obj_description(oid, 'pg_namespace'), '') FROM pg_namespace WHERE nspname = ANY(%s)"
_OLD = """
    SELECT nspname FROM pg_namespace
    WHERE nspname LIKE %s AND starts_with(coalesce(obj_description(oid, 'pg_namespace'), ''), %s) ORDER BY 1"""
_DEPENDENTS = """
    SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_depend d
    LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
    LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
    LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
    LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
    LEFT JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid AND NOT t.tgisinternal
    JOIN pg_class c ON c.oid = coalesce(r.ev_class, nullif(k.conrelid, 0), f.adrelid, t.tgrelid,
                                        CASE WHEN d.classid = 'pg_class'::regclass THEN d.objid END)
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE d.deptype IN ('n', 'a') AND NOT n.nspname = ANY(%(ours)s) AND n.nspname !~ '^pg_'
      AND ((d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT oid FROM pg_class WHERE relnamespace = ANY(%(ids)s)))
        OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (SELECT oid FROM pg_type WHERE typnamespace = ANY(%(ids)s)))
        OR (d.refclassid = 'pg_proc'::regclass AND d.refobjid IN (SELECT oid FROM pg_proc WHERE pronamespace = ANY(%(ids)s))))
    ORDER BY 1"""


@dataclass(frozen=True)
class Target:
    """Where a dataset goes.

    Attributes:
        name: The schema of the default namespace.
        comment: What its schemas are marked with.
        namespaces: The DDL's other namespaces.
        token: Tells this publication's staging schemas from any other's.
    """

    name: str
    comment: str
    namespaces: tuple[str, ...]
    token: str

    def homes(self, version: str = "") -> dict[str, str]:
        """Return schemas by namespace in lower case: the final ones, or those of the version `new` or `old`."""
        infix = f"__{version}_{self.token}" if version else ""
        return {DEFAULT_NAMESPACE: f"{self.name}{infix}"} | {n.lower(): f"{self.name}_{_plain(n)}{infix}" for n in self.namespaces}


def prepare_target(connection: "psycopg.Connection[Any]", target: Target, readers: Sequence[str], *, replace_any: bool) -> bool:
    """Make the empty staging schemas; tell whether there is a version to be replaced. One publication at a time for a target.

    Raises:
        RequestError: The name is not one (DB109), a schema is there that is not ours (DB110), something outside depends on
            the version to be replaced (DB111), a reader is no role (DB112).
    """
    _check_names(target)
    connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"synth_assets {target.name}"])
    finals = list(target.homes().values())
    there = dict(connection.execute(_COMMENTS, [finals]).fetchall())
    for name, comment in there.items():
        if comment != target.comment and not (replace_any and comment.startswith(MARK)):
            whose = f"it holds {comment.removeprefix(MARK)}" if comment.startswith(MARK) else "it was not published from here"
            raise _refused(
                "DB110", name, "the schema is there already and is not replaced", whose, "choose another name, or drop the schema"
            )
    _refuse_dependents(connection, finals)
    known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(readers)]).fetchall()}
    for role in (*readers,):
        if role not in known:
            raise _refused("DB112", role, "there is no such role to grant reading to", role, "create the role, or leave it out")
    for name in target.homes("new").values():
        connection.execute(f"CREATE SCHEMA {quote_name(name)}".encode())
    return bool(there)


def swap_in(connection: "psycopg.Connection[Any]", target: Target, readers: Sequence[str]) -> None:
    """Rename the old version away and the new one to its final names, and let the readers in."""
    connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'".encode())
    there = {row[0] for row in connection.execute(_COMMENTS, [list(target.homes().values())]).fetchall()}
    new, old = target.homes("new"), target.homes("old")
    for namespace, final in target.homes().items():
        if final in there:
            connection.execute(f"ALTER SCHEMA {quote_name(final)} RENAME TO {quote_name(old[namespace])}".encode())
        connection.execute(f"ALTER SCHEMA {quote_name(new[namespace])} RENAME TO {quote_name(final)}".encode())
        comment = target.comment.replace("'", "''")
        connection.execute(f"COMMENT ON SCHEMA {quote_name(final)} IS '{comment}'".encode())
        for role in readers:
            connection.execute(f"GRANT USAGE ON SCHEMA {quote_name(final)} TO {quote_name(role)}".encode())
            connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {quote_name(final)} TO {quote_name(role)}".encode())


def drop_old_versions(connection: "psycopg.Connection[Any]", target: Target) -> tuple[str, ...]:
    """Drop what was replaced, now and earlier; return the schemas that somebody holds on to."""
    import psycopg

    left = []
    connection.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT}'".encode())
    pattern = target.name.replace("\\", "\\\\").replace("_", r"\_").replace("%", r"\%") + "%"
    for (name,) in connection.execute(_OLD, [pattern, MARK]).fetchall():
        if re.fullmatch(rf"{re.escape(target.name)}(?:_\w+)?__old_[0-9a-f]{{8}}", name):
            try:
                connection.execute(f"DROP SCHEMA {quote_name(name)} CASCADE".encode())
            except psycopg.Error:
                left.append(name)
    return tuple(left)


def _check_names(target: Target) -> None:
    name = target.name
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", name) or name in _RESERVED or name.startswith("pg_") or "__" in name:
        hint = "use lower-case letters, digits and single underscores, beginning with a letter; not public, nor a name of the server's own"
        raise _refused("DB109", "schema name", "is no name for a schema of ours", name[:80], hint)
    for schema in target.homes("new").values():
        if len(schema.encode()) > _MOST_BYTES:
            hint = f"choose a name shorter by {len(schema.encode()) - _MOST_BYTES} characters"
            raise _refused("DB109", "schema name", "is too long: PostgreSQL keeps 63 bytes, and 15 go to the version", schema, hint)


def _refuse_dependents(connection: "psycopg.Connection[Any]", finals: list[str]) -> None:
    """Views and keys of other schemas would be dropped with the tables they look at."""
    ids = [row[0] for row in connection.execute("SELECT oid FROM pg_namespace WHERE nspname = ANY(%s)", [finals]).fetchall()]
    found = [row[0] for row in connection.execute(_DEPENDENTS, {"ours": finals, "ids": ids}).fetchall()] if ids else []
    if found:
        hint = "drop them, or publish under another name; views inside the schema itself belong to the DDL"
        message = f"{len(found)} objects of other schemas depend on the published tables and would be dropped with them"
        raise _refused("DB111", finals[0], message, "; ".join(found[:5]), hint)


def _plain(namespace: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", namespace.lower()).strip("_") or "other"


def _refused(code: str, where: str, message: str, found: str, hint: str) -> RequestError:
    return RequestError("cannot publish", [Diagnostic(code=code, where=where, message=message, found=found, hint=hint)])
