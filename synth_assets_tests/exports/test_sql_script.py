"""SQL scripts, loaded by the real databases: cycles, self-references, identities, nasty values, folded names."""

import io
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest

from synth_assets.errors import RequestError, SourcePosition
from synth_assets.exports import write_sql
from synth_assets.schema.arrow import arrow_schema
from synth_assets.schema.model import Schema, Table
from synth_assets.schema.types import TextType
from synth_assets_tests.exports.rows import EVERYTHING, HERE, INTEGER, chunks_of, column, everything, key, reference, schema_of
from synth_assets_tests.postgres import fresh_database, postgres_uri  # noqa: F401


def circle(*, nullable: bool, dialect: str, quoted: bool = False) -> Schema:
    """Store and staff refer to each other; staff also to itself; one table stands alone and is empty."""
    store = Table(
        name="Store",
        quoted=quoted,
        columns=(
            column("Id", INTEGER, nullable=False, identity=True, always=dialect == "postgres"),
            column("manager", INTEGER, nullable=nullable),
            column("name", TextType(max_length=20)),
        ),
        primary_key=key("Id"),
        foreign_keys=(reference("manager", "staff"),),
        where=HERE,
    )
    staff = Table(
        name="staff",
        columns=(column("id", INTEGER, nullable=False, identity=True), column("store", INTEGER, nullable=False), column("boss", INTEGER)),
        primary_key=key("id"),
        foreign_keys=(reference("store", "Store", "Id"), reference("boss", "staff")),
        where=HERE,
    )
    empty = Table(name="empty", columns=(column("id", INTEGER, nullable=False, identity=True),), primary_key=key("id"), where=HERE)
    return schema_of(store, staff, empty, dialect=dialect)


def circle_rows(schema: Schema, managers: list[int | None]) -> dict[str, pa.Table]:
    count = len(managers)
    data = {
        "Store": [list(range(1, count + 1)), managers, [f"it's {i} \\ \n" for i in range(count)]],
        "staff": [list(range(1, count + 1)), list(range(count, 0, -1)), [None, *range(1, count)]],
        "empty": [[]],
    }
    return {
        t.key: pa.table([pa.array(v, f.type) for v, f in zip(data[t.key], arrow_schema(t), strict=True)], arrow_schema(t))
        for t in schema.tables
    }


def ddl(*, nullable: bool, dialect: str, quoted: bool = False) -> str:
    number = {
        "postgres": "INTEGER GENERATED {} AS IDENTITY PRIMARY KEY",
        "mysql": "INTEGER AUTO_INCREMENT PRIMARY KEY",
        "sqlite": "INTEGER PRIMARY KEY",
    }[dialect]
    null = "" if nullable else " NOT NULL"
    store = '"Store"' if quoted else "Store"
    later = f"ALTER TABLE {store} ADD FOREIGN KEY (manager) REFERENCES staff (id)" if dialect != "sqlite" else ""
    inline = " REFERENCES staff (id)" if dialect == "sqlite" else ""
    return f"""
CREATE TABLE {store} (Id {number.format("ALWAYS")}, manager INTEGER{null}{inline}, name VARCHAR(20));
CREATE TABLE staff (id {number.format("BY DEFAULT")}, store INTEGER NOT NULL, boss INTEGER,
  FOREIGN KEY (store) REFERENCES {store} (Id), FOREIGN KEY (boss) REFERENCES staff (id));
CREATE TABLE empty (id {number.format("BY DEFAULT")});
{later}"""


def script(schema: Schema, rows: dict[str, pa.Table], ddl_text: str | None) -> str:
    sink = io.BytesIO()
    counts = write_sql(sink, schema, lambda name: chunks_of(rows[name]), ddl_text=ddl_text)
    assert counts == {name: table.num_rows for name, table in rows.items()}
    return sink.getvalue().decode()


def make(dialect: str, *, nullable: bool, managers: list[int | None], quoted: bool = False) -> str:
    schema = circle(nullable=nullable, dialect=dialect, quoted=quoted)
    return script(schema, circle_rows(schema, managers), ddl(nullable=nullable, dialect=dialect, quoted=quoted))


def expected(managers: list[int | None]) -> list[tuple[int, int | None, str]]:
    return [(i + 1, m, f"it's {i} \\ \n") for i, m in enumerate(managers)]


NULLABLE: list[int | None] = [2, None, 1, 4, 4, None, 9, 8, 8]
FIRM: list[int | None] = [9, 8, 7, 6, 5, 4, 3, 2, 1]
FINISHED = [pytest.param(True, NULLABLE, id="nullable"), pytest.param(False, FIRM, id="not-null")]


def psql(uri: str, connection: psycopg.Connection, path: Path) -> subprocess.CompletedProcess[str]:
    target = uri.replace("/postgres?", f"/{connection.info.dbname}?")
    return subprocess.run(
        ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", target, "-f", str(path)], capture_output=True, text=True, check=False
    )


@pytest.mark.processes
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize(("nullable", "managers"), FINISHED)
def test_postgresql_takes_a_cycle(postgres_uri: str, nullable: bool, managers: list[int | None], quoted: bool) -> None:  # noqa: F811
    text = make("postgres", nullable=nullable, managers=managers, quoted=quoted)
    with fresh_database(postgres_uri) as connection:
        connection.execute(text.encode())
        store = '"Store"' if quoted else "store"
        assert connection.execute(f"SELECT id, manager, name FROM {store} ORDER BY id").fetchall() == expected(managers)
        deferrable = connection.execute("SELECT count(*) FROM pg_constraint WHERE condeferrable").fetchone()
        assert deferrable == (0,)
        # The next number does not collide, and an untouched sequence starts where it did.
        assert connection.execute(f"INSERT INTO {store} (manager) VALUES (1) RETURNING id").fetchone() == (10,)
        assert connection.execute("INSERT INTO empty DEFAULT VALUES RETURNING id").fetchone() == (1,)


@pytest.mark.processes
@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_psql_takes_the_file_and_refuses_orphans(postgres_uri: str, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "dataset.sql"
    with fresh_database(postgres_uri) as connection:
        path.write_text(make("postgres", nullable=False, managers=FIRM))
        done = psql(postgres_uri, connection, path)
        assert (done.returncode, done.stderr) == (0, "")
        assert connection.execute("SELECT count(*) FROM staff").fetchone() == (9,)
    with fresh_database(postgres_uri) as connection:
        path.write_text(make("postgres", nullable=False, managers=[*FIRM[:-1], 77]))
        done = psql(postgres_uri, connection, path)
        assert done.returncode == 3
        assert "violates foreign key constraint" in done.stderr
        assert connection.execute("SELECT count(*) FROM staff").fetchone() == (0,)


@pytest.mark.processes
@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_postgresql_reads_every_value_exactly(postgres_uri: str, tmp_path: Path) -> None:  # noqa: F811
    rows = everything(1200)
    definitions = ", ".join('"' + c.name.replace('"', '""') + f'" {c.sql_type}' for c in EVERYTHING.columns)
    dumped = f"SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.everything ({definitions}) -- last"
    with fresh_database(postgres_uri) as connection:
        path = tmp_path / "dataset.sql"
        path.write_bytes(script(schema_of(EVERYTHING), {"Everything": rows}, dumped).encode())
        done = psql(postgres_uri, connection, path)
        assert (done.returncode, done.stderr) == (0, "")
        connection.execute("SET TimeZone = 'UTC'")
        fetched = connection.execute("SELECT * FROM public.everything ORDER BY id").fetchall()
    columns = [pa.array(values, field.type) for values, field in zip(zip(*fetched, strict=True), rows.schema, strict=True)]
    assert pa.table(columns, schema=rows.schema).equals(rows)


@pytest.mark.processes
def test_triggers_are_silent_while_postgresql_loads(postgres_uri: str) -> None:  # noqa: F811
    schema = circle(nullable=False, dialect="postgres")
    noisy = """;
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name = upper(NEW.name); RETURN NEW; END $$;
CREATE TRIGGER shout BEFORE INSERT ON Store FOR EACH ROW EXECUTE FUNCTION shout();"""
    text = script(schema, circle_rows(schema, FIRM), ddl(nullable=False, dialect="postgres") + noisy)
    with fresh_database(postgres_uri) as connection:
        connection.execute(text.encode())
        assert connection.execute("SELECT id, manager, name FROM store ORDER BY id").fetchall() == expected(FIRM)
        assert connection.execute("INSERT INTO store (manager, name) VALUES (1, 'x') RETURNING name").fetchone() == ("X",)


@pytest.mark.parametrize(("nullable", "managers"), FINISHED)
def test_sqlite_takes_a_cycle(nullable: bool, managers: list[int | None]) -> None:
    with sqlite3.connect(":memory:", isolation_level=None) as connection:
        connection.executescript(make("sqlite", nullable=nullable, managers=managers))
        assert connection.execute("SELECT Id, manager, name FROM Store ORDER BY Id").fetchall() == expected(managers)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_sqlite_refuses_orphans() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    with closing(connection), pytest.raises(sqlite3.IntegrityError):
        connection.executescript(make("sqlite", nullable=False, managers=[*FIRM[:-1], 77]))


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="the sqlite3 shell is not installed")
def test_the_sqlite_shell_reads_every_text_exactly(tmp_path: Path) -> None:
    rows = everything(56)
    table = Table(name="t", columns=EVERYTHING.columns[:2], where=HERE)
    text = script(schema_of(table, dialect="sqlite"), {"t": rows.select(["id", "text"])}, "CREATE TABLE t (id INTEGER, text TEXT)")
    done = subprocess.run(["sqlite3", "-bail", str(tmp_path / "x.db")], input=text.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        assert [v for (v,) in connection.execute("SELECT text FROM t ORDER BY id")] == rows.column("text").to_pylist()


@pytest.fixture(scope="module")
def mysql() -> Iterator[list[str]]:
    """Command line of a client of our own MariaDB server."""
    server = shutil.which("mariadbd")
    if server is None or shutil.which("mysql") is None or shutil.which("mysql_install_db") is None:
        pytest.skip("MariaDB is not installed")
    import tempfile
    import time

    with tempfile.TemporaryDirectory(prefix="my-") as folder:
        shutil.chown(folder, "mysql")
        data = [f"--datadir={folder}/data", "--user=mysql"]
        subprocess.run(["mysql_install_db", "--auth-root-authentication-method=normal", *data], check=True, capture_output=True)
        options = [f"--socket={folder}/s", "--skip-networking", f"--pid-file={folder}/pid", "--innodb-flush-log-at-trx-commit=0"]
        with subprocess.Popen([server, "--no-defaults", *data, *options], stderr=subprocess.DEVNULL) as process:
            client = ["mysql", "--no-defaults", f"--socket={folder}/s", "-uroot", "--default-character-set=utf8mb4"]
            for _ in range(200):
                if Path(folder, "s").exists():
                    break
                time.sleep(0.05)
            yield client
            process.terminate()


def in_mysql(client: list[str], text: str, query: str) -> str:
    fresh = "DROP DATABASE IF EXISTS t; CREATE DATABASE t CHARACTER SET utf8mb4; USE t;\n"
    done = subprocess.run([*client, "-N"], input=(fresh + text).encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return subprocess.run([*client, "-N", "t", "-e", query], capture_output=True, text=True, check=True).stdout


@pytest.mark.processes
@pytest.mark.parametrize(("nullable", "managers"), FINISHED)
def test_mysql_takes_a_cycle(mysql: list[str], nullable: bool, managers: list[int | None]) -> None:
    text = make("mysql", nullable=nullable, managers=managers)
    assert ("FOREIGN_KEY_CHECKS" in text) is not nullable
    out = in_mysql(mysql, text, "SELECT Id, manager, HEX(name) FROM Store ORDER BY Id")
    assert out == "".join(f"{i}\t{'NULL' if m is None else m}\t{n.encode().hex().upper()}\n" for i, m, n in expected(managers))
    out = in_mysql(mysql, text, "INSERT INTO Store (manager) VALUES (1); SELECT MAX(Id) FROM Store; SELECT @@FOREIGN_KEY_CHECKS")
    assert out == "10\n1\n"


@pytest.mark.processes
def test_mysql_reads_every_text_exactly(mysql: list[str]) -> None:
    rows = everything(56)
    table = Table(name="t", columns=EVERYTHING.columns[:2], where=HERE)
    text = script(schema_of(table, dialect="mysql"), {"t": rows.select(["id", "text"])}, "CREATE TABLE t (id INTEGER, text LONGTEXT)")
    out = in_mysql(mysql, text, "SELECT id, HEX(text) FROM t ORDER BY id")
    values = rows.column("text").to_pylist()
    assert out == "".join(f"{i}\t{'NULL' if v is None else v.encode().hex().upper()}\n" for i, v in enumerate(values))


def test_oracle_refuses_what_it_cannot_load() -> None:
    schema = circle(nullable=False, dialect="oracle")
    with pytest.raises(RequestError, match="EXP101"):
        write_sql(io.BytesIO(), schema, lambda name: [])


@pytest.mark.parametrize("dialect", ["tsql", "oracle"])
def test_scripts_of_dialects_without_a_server_here_are_pinned(dialect: str) -> None:
    schema = circle(nullable=True, dialect=dialect)
    text = script(schema, circle_rows(schema, [2, None]), "CREATE TABLE x (y INT)")
    golden = Path(__file__).parent / "golden" / f"{dialect}.sql"
    assert text == golden.read_text()


def test_statements_stay_below_their_limits() -> None:
    table = Table(name="t", columns=(column("x", TextType()),), where=SourcePosition(file="x"))
    rows = pa.table({"x": ["a" * 40_000] * 30 + ["b"] * 3000})
    text = script(schema_of(table), {"t": rows}, None)
    statements = text.split("INSERT INTO")[1:]
    assert max(map(len, statements)) < 600_000
    assert max(s.count("\n(") for s in statements) == 500
    assert sum(s.count("\n(") for s in statements) == 3030
