"""Connections to MySQL and MariaDB, and databases in them that leave nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from synth_assets.databases.failures import database_error
from synth_assets.databases.scratch_names import LIKE, is_stale, scratch_name
from synth_assets.databases.urls import DatabaseUrl
from synth_assets.ddl import quote_name

if TYPE_CHECKING:
    import pymysql

CONNECT_SECONDS = 10
_UNREACHABLE = frozenset({2002, 2003, 2005, 2006, 2013})
_LOST = frozenset({2006, 2013, 1053, 1317})
_DENIED = frozenset({1044, 1227, 1142})
_SESSION = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ERROR_FOR_DIVISION_BY_ZERO'",
    "SET SESSION foreign_key_checks = 0",
    "SET SESSION time_zone = '+00:00'",
    "SET NAMES utf8mb4",
)


def connect(url: DatabaseUrl) -> "pymysql.Connection[Any]":
    """Open a connection in autocommit. Raises DatabaseError: unreachable (DB102) or login refused (DB103)."""
    import pymysql

    named: dict[str, Any] = {"host": url.host, "port": url.port, "user": url.user, "password": url.password}
    allowed = ("unix_socket", "ssl_ca", "ssl_cert", "ssl_key")
    options = {name: value for name, value in url.options.items() if name in allowed}
    parameters = {name: value for name, value in named.items() if value} | options
    try:
        return pymysql.connect(charset="utf8mb4", autocommit=True, connect_timeout=CONNECT_SECONDS, **parameters)
    except (pymysql.err.MySQLError, OSError) as error:
        number = error.args[0] if error.args else 0
        raise database_error(url, "DB102" if number in _UNREACHABLE or isinstance(error, OSError) else "DB103", error) from None


@contextmanager
def scratch_database(url: DatabaseUrl) -> Iterator[tuple["pymysql.Connection[Any]", str]]:
    """Yield a connection and the name of an empty database that is its current one; dropped when the block ends.

    Raises:
        DatabaseError: The server cannot be used, or the role may not create a database.
    """
    import pymysql

    name = scratch_name()
    connection = connect(url)
    try:
        _drop_stale(connection)
        try:
            execute(connection, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        except pymysql.err.MySQLError as error:
            raise database_error(url, "DB104" if error.args[0] in _DENIED else "DB107", error) from None
        try:
            connection.select_db(name)
            yield connection, name
        except pymysql.err.MySQLError as error:
            raise database_error(url, "DB107", error) from None
        finally:
            _drop(connection, url, name)
    finally:
        with suppress(pymysql.err.MySQLError):
            connection.close()


def execute(connection: "pymysql.Connection[Any]", sql: str) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows. Raises pymysql.err.MySQLError."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def prepare_session(connection: "pymysql.Connection[Any]") -> None:
    """Have the session judge strictly, but foreign keys, which are asked for once all rows are in."""
    for statement in _SESSION:
        execute(connection, statement)


def is_lost(error: Exception) -> bool:
    """Tell whether an error means that the connection is gone."""
    return bool(error.args) and error.args[0] in _LOST


def _drop(connection: "pymysql.Connection[Any]", url: DatabaseUrl, name: str) -> None:
    """Drop the database, over a new connection where an interrupt left the old one in the middle of an answer."""
    import pymysql

    try:
        connection.rollback()
        execute(connection, f"DROP DATABASE IF EXISTS {name}")
    except (pymysql.err.MySQLError, OSError):
        other = connect(url)
        try:
            execute(other, f"DROP DATABASE IF EXISTS {name}")
        finally:
            other.close()


def _drop_stale(connection: "pymysql.Connection[Any]") -> None:
    import pymysql

    for (name,) in execute(connection, f"SHOW DATABASES LIKE '{LIKE}'"):
        if is_stale(name):
            with suppress(pymysql.err.MySQLError):  # another's: it is left to its owner
                execute(connection, f"DROP DATABASE IF EXISTS {quote_name(name, 'mysql')}")
