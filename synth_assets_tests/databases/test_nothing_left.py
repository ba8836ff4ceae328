"""A proof leaves a server as it found it: after success, a rejection, an error, an interrupt and a killed client."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest

from synth_assets.databases import DatabaseUrl, parse_database_url, prove
from synth_assets.databases.scratch_names import STALE_SECONDS
from synth_assets.errors import DatabaseError
from synth_assets_tests.acceptance.mariadb import MariaDb
from synth_assets_tests.databases.conftest import Urls
from synth_assets_tests.databases.corruptions import CORRUPTIONS, DDL, counts_of, good_rows, schema_of, source_of, spoilt_by
from synth_assets_tests.postgres import database_uri

TRACES = """
    SELECT 'database ' || datname FROM pg_database UNION SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)'
    UNION SELECT 'role ' || rolname FROM pg_roles
    UNION SELECT 'relation ' || oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION SELECT 'type ' || typname FROM pg_type WHERE typnamespace = 'public'::regnamespace ORDER BY 1"""


def traces(url: DatabaseUrl, uri: str) -> object:
    """Everything a proof could leave on a server, or for SQLite in the folder."""
    if url.kind == "postgres":
        with psycopg.connect(uri, autocommit=True) as connection:
            return connection.execute(TRACES).fetchall()
    if url.kind == "sqlite":
        return sorted(p.name for p in Path(str(url.database)).iterdir())
    from synth_assets.databases.mysql_session import connect, execute

    connection = connect(url)
    try:
        return execute(connection, "SHOW DATABASES"), execute(connection, "SELECT user FROM mysql.user")
    finally:
        connection.close()


@pytest.fixture(params=["postgres", "postgres without CREATEDB", "mysql", "sqlite"])
def place(request: pytest.FixtureRequest, url_of: Urls, postgres_uri: str, tmp_path: Path) -> Iterator[tuple[DatabaseUrl, str]]:
    """A server and an administrator's way to look at it."""
    if request.param == "postgres without CREATEDB":
        with limited_role(postgres_uri) as uri:
            yield parse_database_url(uri), database_uri(postgres_uri, "limited")
    elif request.param == "sqlite":
        yield parse_database_url(f"sqlite:///{tmp_path}"), ""
    else:
        yield url_of(request.param), postgres_uri


@contextmanager
def limited_role(uri: str) -> Iterator[str]:
    """A role that may create schemas in one database, which holds a table of somebody's, and nothing else."""
    with psycopg.connect(uri, autocommit=True) as admin:
        admin.execute("CREATE DATABASE limited")
        admin.execute("CREATE ROLE modest LOGIN")
        admin.execute("GRANT CREATE ON DATABASE limited TO modest")
        with psycopg.connect(database_uri(uri, "limited"), autocommit=True) as other:
            other.execute("CREATE TABLE makers (id integer PRIMARY KEY); INSERT INTO makers VALUES (1); GRANT ALL ON makers TO modest")
            other.execute("GRANT CREATE ON SCHEMA public TO modest")
        try:
            yield database_uri(uri, "limited").replace("postgres@", "modest@")
        finally:
            admin.execute("DROP DATABASE limited WITH (FORCE)")
            admin.execute("DROP ROLE modest")


def test_nothing_after_success_and_rejections(place: tuple[DatabaseUrl, str]) -> None:
    url, uri = place
    before = traces(url, uri)
    for rows in (good_rows(), spoilt_by(CORRUPTIONS[0])):
        result = prove(schema_of(url.kind), DDL[url.kind], source_of(rows), counts_of(rows), url)
        assert [r.kind for r in result.rejections] == ([] if result.accepted else ["not null", "foreign key"])
        assert result.refused == ()
    assert traces(url, uri) == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OSError])
def test_nothing_after_an_end_in_the_middle(place: tuple[DatabaseUrl, str], error: type[BaseException]) -> None:
    url, uri = place
    before, rows = traces(url, uri), good_rows()

    def broken(key: str) -> Iterable[pa.Table]:
        if key == "makers":
            return source_of(rows)(key)
        raise error("in the middle")

    with pytest.raises((error, DatabaseError)):
        prove(schema_of(url.kind), DDL[url.kind], broken, counts_of(rows), url)
    assert traces(url, uri) == before


PROGRAM = """
import sys, time
from synth_assets.databases import parse_database_url, prove
from synth_assets.cli.reporting import ended_by_signals
from synth_assets_tests.databases.corruptions import DDL, counts_of, good_rows, schema_of, source_of
rows, url = good_rows(), parse_database_url(sys.argv[1])
def slow(key):
    for chunk in source_of(rows)(key):
        yield chunk
        print("loading", flush=True)
        time.sleep(0.05 if key == "makers" else 60)
with ended_by_signals():
    prove(schema_of(url.kind), DDL[url.kind], slow, counts_of(rows), url)
"""


def start_and_end(url: str, number: signal.Signals) -> None:
    """Start a proof in a process of its own, and end it by a signal while it loads."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None
        for _ in range(4):
            assert process.stdout.readline() == "loading\n"
        os.kill(process.pid, number)
        process.wait(timeout=30)


@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_nothing_after_a_signal(url_of: Urls, postgres_uri: str, number: signal.Signals) -> None:
    before = traces(url_of("postgres"), postgres_uri)
    start_and_end(postgres_uri, number)
    assert traces(url_of("postgres"), postgres_uri) == before


@pytest.mark.processes
def test_nothing_of_a_modest_role_even_after_a_kill(postgres_uri: str) -> None:
    with limited_role(postgres_uri) as uri:
        look = database_uri(postgres_uri, "limited")
        before = traces(parse_database_url(look), look)
        start_and_end(uri, signal.SIGKILL)
        until = time.monotonic() + 10
        while traces(parse_database_url(look), look) != before and time.monotonic() < until:
            time.sleep(0.1)
        assert traces(parse_database_url(look), look) == before


@pytest.mark.processes
def test_what_a_killed_client_left_is_dropped_a_day_later(url_of: Urls, postgres_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = url_of("postgres")
    before = traces(url, postgres_uri)
    start_and_end(postgres_uri, signal.SIGKILL)
    rows = good_rows()
    assert prove(schema_of("postgres"), DDL["postgres"], source_of(rows), counts_of(rows), url).accepted
    assert traces(url, postgres_uri) != before, "a young one may be at work"
    later = time.time() + STALE_SECONDS + 60
    monkeypatch.setattr("synth_assets.databases.scratch_names.time.time", lambda: later)
    assert prove(schema_of("postgres"), DDL["postgres"], source_of(rows), counts_of(rows), url).accepted
    assert traces(url, postgres_uri) == before


def test_tables_of_others_are_not_touched(postgres_uri: str) -> None:
    """Without a database of its own, the DDL runs beside a table of the same name, and before its own is there."""
    text = (
        "ALTER TABLE makers ADD COLUMN note text; DROP TABLE IF EXISTS makers; TRUNCATE makers; DROP SCHEMA public CASCADE;"
        + DDL["postgres"]
    )
    rows = good_rows()
    with limited_role(postgres_uri) as uri:
        result = prove(schema_of("postgres"), text, source_of(rows), counts_of(rows), parse_database_url(uri))
        assert result.accepted
        assert [r.statement[:18] for r in result.refused] == ["ALTER TABLE makers"]
        with psycopg.connect(database_uri(postgres_uri, "limited")) as connection:
            assert connection.execute("SELECT * FROM makers").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE IF EXISTS zz, prod.t",
        "DROP TABLE `my-db`.t",
        "CREATE TABLE `my-db`.u (a int)",
        "CREATE TABLE q (a int); RENAME TABLE q TO prod.q",
        "CREATE TABLE q (a int); ALTER TABLE q RENAME TO prod.q",
        "DROP INDEX i ON prod.t",
        "DROP TABLE /* of theirs */ prod.t",
        "DROP TABLE /*!40000 prod . */ t",
        'SET sql_mode = ANSI_QUOTES; DROP TABLE "prod"."t"',
        "SET @@GLOBAL.max_connections = 17",
        "SELECT 1 INTO OUTFILE '/tmp/written_by_a_ddl'",
    ],
)
def test_databases_of_others_are_not_touched(url_of: Urls, mariadb: MariaDb, statement: str) -> None:
    look = """
        SELECT table_name, index_name FROM information_schema.statistics WHERE table_schema IN ('prod', 'my-db') ORDER BY 1, 2;
        SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN ('prod', 'my-db') ORDER BY 1, 2;
        SELECT @@max_connections"""
    mariadb.run(
        "CREATE DATABASE prod; CREATE TABLE prod.t (a int PRIMARY KEY, b int, KEY i (b));"
        "CREATE DATABASE `my-db`; CREATE TABLE `my-db`.t (a int)"
    )
    try:
        before, rows = mariadb.run(look), good_rows()
        result = prove(schema_of("mysql"), DDL["mysql"] + statement + ";", source_of(rows), counts_of(rows), url_of("mysql"))
        assert result.accepted
        assert mariadb.run(look) == before
        assert not Path("/tmp/written_by_a_ddl").exists()
    finally:
        mariadb.run("DROP DATABASE prod; DROP DATABASE `my-db`")


def test_namespaces_of_the_ddl_move_into_the_scratch_schemas(postgres_uri: str) -> None:
    from synth_assets.ddl import read_ddl

    text = """
    CREATE SCHEMA sales;
    CREATE TYPE sales.size AS ENUM ('s', 'm');
    CREATE TABLE sales.orders (id bigserial PRIMARY KEY, size sales.size NOT NULL, at date DEFAULT now());
    CREATE TABLE public.items (order_id bigint REFERENCES sales.orders, n integer DEFAULT nextval('sales.orders_id_seq'::regclass));
    SET search_path = sales;
    ALTER TABLE orders ADD CONSTRAINT late CHECK (at > '2000-01-01');
    """
    schema = read_ddl(text, source="x.sql", dialect="postgres").schema
    assert schema is not None
    rows = {
        "sales.orders": {"id": ["1", "2"], "size": ["s", "m"], "at": ["2020-01-01", "1999-01-01"]},
        "items": {"order_id": ["1", None], "n": ["1", "2"]},
    }
    with limited_role(postgres_uri) as uri:
        for url in (parse_database_url(uri), parse_database_url(postgres_uri)):
            result = prove(schema, text, source_of(rows), counts_of(rows), url)
            assert result.refused == ()
            assert [(r.table, r.constraint, r.rows) for r in result.rejections] == [("sales.orders", "late", 1)]
