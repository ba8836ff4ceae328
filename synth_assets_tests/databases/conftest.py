"""Real servers for the whole package: PostgreSQL always, MariaDB where it is installed, SQLite in memory."""

from collections.abc import Iterator

import pytest

from synth_assets.databases import DatabaseUrl, parse_database_url
from synth_assets_tests.acceptance.mariadb import AVAILABLE, MariaDb, mariadb_server
from synth_assets_tests.postgres import postgres_uri  # noqa: F401


@pytest.fixture(scope="session")
def postgres(postgres_uri: str) -> DatabaseUrl:  # noqa: F811
    return parse_database_url(postgres_uri)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    if not AVAILABLE:
        pytest.skip("MariaDB is not installed")
    with mariadb_server() as server:
        yield server


@pytest.fixture
def url_of(request: pytest.FixtureRequest) -> "Urls":
    return Urls(request)


class Urls:
    """The URL of a server that speaks a dialect; a server is started when it is first asked for."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    def __call__(self, dialect: str) -> DatabaseUrl:
        if dialect == "postgres":
            url: DatabaseUrl = self._request.getfixturevalue("postgres")
            return url
        if dialect == "mysql":
            server: MariaDb = self._request.getfixturevalue("mariadb")
            return parse_database_url(f"mariadb://root@/?unix_socket={server.socket}")
        return parse_database_url("sqlite://")
