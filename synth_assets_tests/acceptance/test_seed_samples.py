"""The schemas this product was first asked for: real databases accept every row, and the same request is the same bytes.

Reads ../shared in place; skipped, saying so, where it is absent.
"""

import filecmp
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth_assets_tests.acceptance.mariadb import AVAILABLE, MariaDb, mariadb_server

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
SAMPLES = SHARED / "ddl" / "seed_samples"
ORACLE = SHARED / "oracle" / "postgres_oracle.py"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not SAMPLES.exists(), reason="../shared/ddl/seed_samples is absent"),
]

NAMES = ("library_mgm", "company_employee", "restrurants")


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every sample at 1,000 rows a table, seed 42, as CSV, by the command line."""
    out = tmp_path_factory.mktemp("samples")
    return {f.name: generate(f, out / f.name) for f in sorted(SAMPLES.iterdir())}


def generate(ddl: Path, out: Path, rows: int = 1000) -> Path:
    command = [sys.executable, "-m", "synth_assets.cli.main", "generate", str(ddl), "--rows", str(rows), "--seed", "42", "--format", "csv"]
    done = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("name", NAMES)
def test_postgresql_accepts_every_row(generated: dict[str, Path], name: str) -> None:
    ddl = SAMPLES / f"{name}.postgres.ddl"
    done = subprocess.run(
        [sys.executable, str(ORACLE), "--ddl", str(ddl), "--data", str(generated[ddl.name])], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tables = len(list(generated[ddl.name].glob("*.csv")))
    assert f"accepted: {tables} tables, {tables * 1000} rows" in done.stdout


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    if not AVAILABLE:
        pytest.skip("no MariaDB is installed; SQLite judges the MySQL samples instead")
    with mariadb_server() as server:
        yield server


@pytest.mark.parametrize("name", NAMES)
def test_mariadb_accepts_every_row(generated: dict[str, Path], mariadb: MariaDb, name: str) -> None:
    """Types, NOT NULL, keys and CHECKs are enforced as rows load; foreign keys, which form cycles, by asking for orphans of each.

    DDL and rows run without key checks because the samples refer forward and in circles.
    """
    ddl = (SAMPLES / f"{name}.mysql.ddl").read_text()
    folder = generated[f"{name}.mysql.ddl"]
    mariadb.run(f"CREATE DATABASE {name};")
    mariadb.run("SET FOREIGN_KEY_CHECKS=0;\n" + _quote_reserved(ddl), name)
    files = sorted(folder.glob("*.csv"))
    load = "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'; SET FOREIGN_KEY_CHECKS=0;\n"
    mariadb.run(load + "\n".join(_load_statement(f) for f in files), name)
    for file in files:
        assert mariadb.run(f"SELECT count(*) FROM `{file.stem}`;", name).strip() == "1000", file.stem
    assert _orphans(mariadb, name) == []


def _quote_reserved(ddl: str) -> str:
    """`condition` is a reserved word of MySQL, so the published file loads nowhere as it is."""
    return re.sub(r"(?m)^(\s+)condition ENUM", r"\1`condition` ENUM", ddl)


def _load_statement(file: Path) -> str:
    header = file.open().readline().strip().split(",")
    variables = ", ".join(f"@c{i}" for i in range(len(header)))
    # An unquoted empty field is NULL; MySQL itself has no such rule for quoted ones, and these files hold no empty text.
    sets = ", ".join(f"`{c}` = NULLIF(@c{i}, '')" for i, c in enumerate(header))
    return (
        f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE `{file.stem}` CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' "
        f"OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY '\\n' IGNORE 1 LINES ({variables}) SET {sets};"
    )


def _orphans(mariadb: MariaDb, name: str) -> list[str]:
    """Ask the server itself which child rows have no parent, for every key it knows."""
    keys = mariadb.run(
        "SELECT TABLE_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE "
        f"WHERE TABLE_SCHEMA = '{name}' AND REFERENCED_TABLE_NAME IS NOT NULL;"
    )
    orphans = []
    assert keys.strip(), "the server knows no foreign key"
    for line in keys.strip().splitlines():
        child, column, parent, key = line.split("\t")
        joined = f"`{child}` c LEFT JOIN `{parent}` p ON c.`{column}` = p.`{key}`"
        query = f"SELECT count(*) FROM {joined} WHERE c.`{column}` IS NOT NULL AND p.`{key}` IS NULL;"
        if mariadb.run(query, name).strip() != "0":
            orphans.append(line)
    return orphans


@pytest.mark.skipif(AVAILABLE, reason="MariaDB itself is the judge here")
@pytest.mark.parametrize("name", NAMES)
def test_sqlite_accepts_every_row_where_mariadb_is_absent(generated: dict[str, Path], name: str) -> None:
    import csv

    database = sqlite3.connect(":memory:")
    ddl = re.sub(r"ENUM\([^)]*\)", "TEXT", (SAMPLES / f"{name}.mysql.ddl").read_text().replace("AUTO_INCREMENT", ""))
    statements = re.sub(r"(?ms)^ALTER TABLE.*?;", "", _quote_reserved(ddl))
    database.executescript(statements)
    for file in sorted(generated[f"{name}.mysql.ddl"].glob("*.csv")):
        with file.open(newline="") as lines:
            rows = list(csv.reader(lines))
        marks = ",".join("?" * len(rows[0]))
        names = ",".join(f'"{c}"' for c in rows[0])
        database.executemany(f"INSERT INTO {file.stem} ({names}) VALUES ({marks})", [[v or None for v in r] for r in rows[1:]])
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("sample", [f"{n}.{d}.ddl" for n in NAMES for d in ("postgres", "mysql")])
def test_the_same_request_is_the_same_bytes(generated: dict[str, Path], tmp_path: Path, sample: str) -> None:
    again = generate(SAMPLES / sample, tmp_path / "again")
    files = sorted(p.name for p in generated[sample].iterdir() if p.is_file())
    assert files == sorted(p.name for p in again.iterdir() if p.is_file())
    assert filecmp.cmpfiles(generated[sample], again, files, shallow=False)[1:] == ([], [])


@pytest.mark.parametrize("sample", [f"{n}.{d}.ddl" for n in NAMES for d in ("postgres", "mysql")])
def test_growth_keeps_the_first_rows(generated: dict[str, Path], tmp_path: Path, sample: str) -> None:
    """Every cell stays but those that add up children, which have more of them now."""
    import csv

    grown = generate(SAMPLES / sample, tmp_path / "grown", rows=1100)
    added_up = cells_of_children(SAMPLES / sample)
    for file in generated[sample].glob("*.csv"):
        before, after = (list(csv.DictReader(f.read_text(encoding="utf-8").splitlines())) for f in (file, grown / file.name))
        kept = [name for name in before[0] if (file.stem, name) not in added_up]
        assert len(kept) >= len(before[0]) - 1
        assert [[row[n] for n in kept] for row in before] == [[row[n] for n in kept] for row in after[: len(before)]], file.name


def cells_of_children(sample: Path) -> set[tuple[str, str]]:
    """Return the columns that are computed from an aggregate of children, at first or at second hand."""
    from synth_assets.pipeline.plan import plan_dataset
    from synth_assets.pipeline.read import read_schema_file
    from synth_assets.plan.cells import aggregates_of, graph_of, reaches
    from synth_assets.plan.request import DatasetRequest

    schema = read_schema_file(sample).schema
    assert schema is not None
    plan = plan_dataset(schema, DatasetRequest(rows=1000)).plan
    graph = graph_of(plan)
    sums = [(t.table, c.column) for t in plan.tables for c in t.columns if aggregates_of(c.strategy)]
    return {cell for cell in graph if any(reaches([cell], one, lambda read: graph.get(read, ())) for one in sums)}


@pytest.mark.parametrize("sample", [f"{n}.postgres.ddl" for n in NAMES])
def test_one_chunk_or_sixty_four(sample: str) -> None:
    import pyarrow as pa

    from synth_assets.engine import Generator
    from synth_assets.pipeline.plan import plan_dataset
    from synth_assets.pipeline.read import read_schema_file
    from synth_assets.plan.request import DatasetRequest

    schema = read_schema_file(SAMPLES / sample).schema
    assert schema is not None
    generator = Generator(schema, plan_dataset(schema, DatasetRequest(rows=1000)).plan)
    for table in schema.tables:
        pieces = list(generator.generate_chunks(table.key, chunk_rows=-(-1000 // 64)))
        assert len(pieces) >= 63
        assert pa.concat_tables(pieces).combine_chunks().equals(generator.generate_rows(table.key, 0, 1000).combine_chunks()), table.key


@pytest.mark.parametrize("table", ["Authors", "Books", "Book_Loans"])
def test_a_new_nullable_column_changes_no_other_cell(generated: dict[str, Path], tmp_path: Path, table: str) -> None:
    import csv

    source = (SAMPLES / "library_mgm.postgres.ddl").read_text()
    ddl = tmp_path / "library_mgm.postgres.ddl"
    ddl.write_text(re.sub(rf"(CREATE TABLE {table} \(\n[^\n]+\n)", r"\1    nickname VARCHAR(40),\n", source))
    assert "nickname" in ddl.read_text()
    wider = generate(ddl, tmp_path / "wider")
    for file in generated["library_mgm.postgres.ddl"].glob("*.csv"):
        if file.stem != table:
            assert (wider / file.name).read_bytes() == file.read_bytes(), file.name
            continue
        with (wider / file.name).open(newline="") as new, file.open(newline="") as old:
            rows = [{k: v for k, v in r.items() if k != "nickname"} for r in csv.DictReader(new)]
            assert rows == list(csv.DictReader(old))
