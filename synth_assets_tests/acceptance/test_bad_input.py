"""Bad input, each with its own clear error and nothing lost: what a person at the shell sees."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

TABLE = "CREATE TABLE a (id INT PRIMARY KEY);\n"


@dataclass(frozen=True)
class Case:
    """One bad (or merely odd) input, the exit code, what must be said and which tables still come out."""

    ddl: bytes
    code: int
    says: tuple[str, ...]
    tables: tuple[str, ...] = ()
    request: str = ""


CASES = {
    "empty file": Case(b"", 2, ("x.sql:1:1 DDL101",)),
    "binary file": Case(bytes(range(256)) * 20, 2, ("x.sql:1:1 DDL102",)),
    "50 MB file": Case(b"INSERT INTO t VALUES (1);\n" * 2_000_000, 2, ("DDL109", "52,000,000 bytes", "pg_dump --schema-only")),
    "unbalanced quotes": Case(
        f"CREATE TABLE b (id INT PRIMARY KEY, note TEXT DEFAULT 'oops);\n{TABLE}".encode(), 2, ("x.sql:1:55 DDL103", "never closed"), ("a",)
    ),
    "key to a missing table": Case(
        f"{TABLE}CREATE TABLE b (id INT PRIMARY KEY, a_id INT REFERENCES aa(id));".encode(),
        2,
        ("DDL201", "'aa'", "did you mean 'a'?"),
        ("a", "b"),
    ),
    "two tables of one name": Case(
        f"{TABLE}{TABLE}CREATE TABLE b (id INT);".encode(), 2, ("x.sql:2:14 DDL205", "line 1 and line 2"), ("a", "b")
    ),
    "spaces and non-ASCII letters": Case(
        'CREATE TABLE "Kunden Größe" ("Straße & Nr" TEXT, "Id" INT PRIMARY KEY);'
        'CREATE TABLE "顧客" (id INT PRIMARY KEY, k INT NOT NULL REFERENCES "Kunden Größe"("Id"));'.encode(),
        0,
        (),
        ("Kunden Größe", "顧客"),
    ),
    "negative rows": Case(TABLE.encode(), 2, ("rows REQ103", "found: -5"), request="rows: -5"),
    "absurd rows": Case(TABLE.encode(), 2, ("rows REQ103", "found: 99999999999999999"), request="rows: 99999999999999999"),
    "override of an unknown column": Case(
        TABLE.encode(),
        2,
        ("overrides.a.columns.idd REQ202", "did you mean 'id'?"),
        request="overrides: {a: {columns: {idd: {null_fraction: 0.5}}}}",
    ),
    "more unique values than there are": Case(
        b"CREATE TABLE f (\n  id INT PRIMARY KEY,\n  code CHAR(1) UNIQUE NOT NULL\n);",
        2,
        ("f.code PLAN131", "62 values of 'code'", "x.sql:3:16", "at most 62 rows"),
    ),
    "a cycle of NOT NULL keys": Case(
        b"CREATE TABLE a (id INT PRIMARY KEY, b INT NOT NULL);CREATE TABLE b (id INT PRIMARY KEY, a INT NOT NULL REFERENCES a(id));"
        b"ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b(id);",
        0,
        (),
        ("a", "b"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_said_clearly_and_nothing_is_lost(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    ddl, out = tmp_path / "x.sql", tmp_path / "out"
    ddl.write_bytes(case.ddl)
    options = ["--out", str(out)]
    if case.request:
        (tmp_path / "r.yaml").write_text(case.request)
        options += ["--request", str(tmp_path / "r.yaml")]
    done = synth(tmp_path, "generate", str(ddl), *options)
    assert done.returncode == case.code, done.stderr
    assert all(part in done.stderr for part in case.says), done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(p.stem for p in out.glob("*.csv")) == sorted(case.tables)
    assert ddl.read_bytes() == case.ddl


def test_an_upload_never_leaves_the_folder(tmp_path: Path) -> None:
    """A file is copied under its last name; where it came from does not lead anywhere."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "shop.sql").write_text(TABLE)
    done = synth(tmp_path, "upload", str(tmp_path / "deep" / ".." / "shop.sql"))
    assert done.returncode == 0, done.stderr
    assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.sql")] == ["shop.sql", "data/uploads/shop.sql"]


def synth(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "synth_assets.cli.main", *arguments], cwd=folder, capture_output=True, text=True)
