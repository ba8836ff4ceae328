"""Database URLs: what they name, without their password ever being shown."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from synth_assets.errors import Diagnostic, RequestError

DatabaseKind = Literal["postgres", "mysql", "sqlite"]

_KINDS: dict[str, DatabaseKind] = {
    "postgresql": "postgres",
    "postgres": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
}
_NAMES = {"postgres": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite"}
_IN_MEMORY = ":memory:"
_HINT = "write postgresql://user:password@host:5432/database, mysql://user:password@host/database or sqlite:///folder/file.sqlite"


@dataclass(frozen=True)
class DatabaseUrl:
    """One database, as a URL names it.

    Attributes:
        kind: Which driver and SQL it takes; MariaDB is `mysql`.
        host, port, user, database: None where the URL leaves them to the driver. `database` of SQLite is a path or `:memory:`.
        password: Shown by nothing: not by `repr`, `label` or any message.
        options: What stands behind `?`, handed to the driver.
    """

    kind: DatabaseKind
    host: str | None = None
    port: int | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    database: str | None = None
    options: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The server and the database, for people: no user, no password, no options but a socket's folder."""
        if self.kind == "sqlite":
            return "sqlite://:memory:" if self.is_in_memory else f"sqlite:///{self.database}"
        host = self.host or self.options.get("host") or self.options.get("unix_socket") or "localhost"
        port = f":{self.port}" if self.port else ""
        return f"{'postgresql' if self.kind == 'postgres' else 'mysql'}://{host}{port}/{self.database or ''}"

    @property
    def server_name(self) -> str:
        """What kind of server it is, in words."""
        return _NAMES[self.kind]

    @property
    def is_in_memory(self) -> bool:
        return self.kind == "sqlite" and self.database in {None, "", _IN_MEMORY}

    def scrub(self, text: str) -> str:
        """Return a driver's words without the password, should one ever repeat it."""
        return text.replace(self.password, "***") if self.password else text


def parse_database_url(text: str, where: str = "database URL") -> DatabaseUrl:
    """Read a URL: postgresql, postgres, mysql, mariadb or sqlite, also with a driver as in `postgresql+psycopg`.

    `sqlite://`, `sqlite://:memory:` and `sqlite:///:memory:` are in memory; `sqlite:///a/b` is the path `a/b`, `sqlite:////a/b` is `/a/b`.

    Raises:
        RequestError: It is no such URL; the message never repeats it.
    """
    scheme = text.strip().partition("://")[0].partition("+")[0].lower()
    kind = _KINDS.get(scheme)
    if kind is None or "://" not in text:
        raise _bad_url(where, "no database URL this program understands", scheme if kind is None and "://" in text else "")
    if kind == "sqlite":
        path = unquote(text.strip().partition("://")[2]).removeprefix("/")
        return DatabaseUrl(kind, database=path or _IN_MEMORY)
    try:
        split = urlsplit(text.strip())
        port = split.port
    except ValueError:
        raise _bad_url(where, "the host or port of the database URL cannot be read", "") from None
    return _server_url(kind, split, port)


def _server_url(kind: DatabaseKind, split: SplitResult, port: int | None) -> DatabaseUrl:
    options = dict(parse_qsl(split.query))
    given = {name: options.pop(name, None) for name in ("user", "password", "dbname", "port")}
    return DatabaseUrl(
        kind,
        host=unquote(split.hostname) if split.hostname else None,
        port=port or _number(given["port"]),
        user=unquote(split.username) if split.username else given["user"],
        password=unquote(split.password) if split.password else given["password"],
        database=unquote(split.path.removeprefix("/")) or given["dbname"],
        options=options,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _bad_url(where: str, message: str, found: str) -> RequestError:
    return RequestError("bad database URL", [Diagnostic(code="DB101", where=where, message=message, found=found[:40], hint=_HINT)])
