"""Connections to PostgreSQL, and places in it that leave nothing behind.

A role that may create databases gets a database of its own, in which the DDL runs as it is written. Any other gets
schemas inside one transaction that is never committed: the server itself forgets them, however the client ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from synth_assets.databases.failures import database_error
from synth_assets.databases.postgres_ddl import PostgresPlace
from synth_assets.databases.scratch_names import LIKE, is_stale, scratch_name
from synth_assets.databases.urls import DatabaseUrl
from synth_assets.ddl import quote_name
from synth_assets.errors import Diagnostic, RequestError

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 5
"""For each address of the host."""


def connect(url: DatabaseUrl, database: str | None = None) -> "psycopg.Connection[Any]":
    """Open a connection in autocommit.

    Raises:
        DatabaseError: The server cannot be reached (DB102) or refuses the login (DB103).
        RequestError: The URL has an option PostgreSQL does not know.
    """
    import psycopg

    named = {"host": url.host, "port": url.port, "user": url.user, "password": url.password, "dbname": database or url.database}
    parameters: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "application_name": "synth_assets", **url.options}
    parameters |= {name: value for name, value in named.items() if value not in {None, ""}}
    try:
        return psycopg.connect("", autocommit=True, **parameters)
    except psycopg.OperationalError as error:
        # Only a server that answered says FATAL.
        raise database_error(url, "DB103" if "FATAL" in str(error) else "DB102", error) from None
    except psycopg.ProgrammingError as error:
        problem = Diagnostic(
            code="DB101", where=url.label, message="the database URL has an option that is not known", found=str(error)[:100]
        )
        raise RequestError("bad database URL", [problem]) from None


@contextmanager
def postgres_failures(url: DatabaseUrl) -> Iterator[None]:
    """Turn whatever the driver raises in the block into DatabaseError (DB107)."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise database_error(url, "DB107", error) from None


@contextmanager
def scratch_place(url: DatabaseUrl, namespaces: tuple[str, ...]) -> Iterator[PostgresPlace]:
    """Yield an empty place on the server, gone when the block ends.

    Args:
        namespaces: Those the DDL names besides the default one.

    Raises:
        DatabaseError: The server cannot be used, or the role may create nothing.
    """
    import psycopg

    name = scratch_name()
    with connect(url) as admin:
        with postgres_failures(url):
            _drop_stale(admin)
        try:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'".encode())
        except psycopg.errors.InsufficientPrivilege:
            with _scratch_schemas(admin, url, name, namespaces) as place:
                yield place
            return
        except psycopg.Error as error:
            raise database_error(url, "DB107", error) from None
        try:
            with connect(url, database=name) as connection, postgres_failures(url):
                connection.execute("SET synchronous_commit = off")
                yield PostgresPlace(connection)
        finally:
            with postgres_failures(url):
                _drop_database(admin, name)


@contextmanager
def _scratch_schemas(
    connection: "psycopg.Connection[Any]", url: DatabaseUrl, name: str, namespaces: tuple[str, ...]
) -> Iterator[PostgresPlace]:
    import psycopg

    homes = {"public": name} | {n.lower(): f"{name}_{i}" for i, n in enumerate(namespaces, 1)}
    with postgres_failures(url), connection.transaction(force_rollback=True):
        try:
            for home in homes.values():
                connection.execute(f"CREATE SCHEMA {quote_name(home)}".encode())
        except psycopg.errors.InsufficientPrivilege as error:
            raise database_error(url, "DB104", error) from None
        yield PostgresPlace(connection, homes)


def _drop_stale(admin: "psycopg.Connection[Any]") -> None:
    """Drop the databases that killed processes left over a day ago, where nobody works and the role may."""
    import psycopg

    query = """SELECT datname FROM pg_database d
        WHERE datname LIKE %s AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datid = d.oid)"""
    for (name,) in admin.execute(query, [LIKE]).fetchall():
        if is_stale(name):
            with suppress(psycopg.Error):  # another's, or just being dropped: it is left to its owner
                admin.execute(f"DROP DATABASE IF EXISTS {quote_name(name)}".encode())


def _drop_database(admin: "psycopg.Connection[Any]", name: str) -> None:
    forced = " WITH (FORCE)" if admin.info.server_version >= 130_000 else ""
    admin.execute(f"DROP DATABASE IF EXISTS {quote_name(name)}{forced}".encode())
