"""The judges of `make corpus` notice what they are there for: a wrong row, a missing parent, a constraint not read."""

from pathlib import Path

import pytest

from benchmarks.corpus.catalog import compare_with_catalog
from benchmarks.corpus.results import ACCEPTED, DDL_REFUSED, REJECTED
from benchmarks.corpus.sqlite_judge import judge_sqlite
from synth_assets.ddl import read_ddl

SCRIPT = """
CREATE TABLE a (id INTEGER PRIMARY KEY, n CHECK (n < 10));
CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL REFERENCES a (id), raw BLOB);
CREATE TRIGGER t BEFORE INSERT ON a BEGIN SELECT RAISE(ABORT, 'triggers stay silent'); END;
INSERT INTO a VALUES (99, 1);
"""
KINDS = {"a": {"id": "integer", "n": "integer"}, "b": {"id": "integer", "a_id": "integer", "raw": "binary"}}
GOOD = {"a": "id,n\n1,5\n2,\n", "b": "id,a_id,raw\n1,2,0x00ff\n"}


def judge(folder: Path, script: str = SCRIPT, **files: str) -> tuple[str, dict[str, str]]:
    ddl = folder / "x.sql"
    ddl.write_text(script)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    verdict = judge_sqlite(ddl, {name: folder / f"{name}.csv" for name in files}, KINDS)
    return verdict.kind, verdict.reasons


def test_good_rows_are_accepted(tmp_path: Path) -> None:
    assert judge(tmp_path, **GOOD) == (ACCEPTED, {})


@pytest.mark.parametrize(
    ("files", "tables"),
    [
        ({"a": "id,n\n1,5\n2,11\n", "b": "id,a_id,raw\n1,2,\n"}, {"a", "b"}),
        ({"a": "id,n\n1,5\n", "b": "id,a_id,raw\n1,2,\n"}, {"b"}),
        ({"a": "id,n\n1,5\n1,6\n", "b": "id,a_id,raw\n"}, {"a"}),
        ({"a": "id,n\n1,5\n", "b": "id,a_id,raw\n1,,\n"}, {"b"}),
        ({"a": "id,n\n1,5\n"}, {"b"}),
    ],
    ids=["check", "foreign key", "primary key", "not null", "no file"],
)
def test_bad_rows_are_rejected_by_table(tmp_path: Path, files: dict[str, str], tables: set[str]) -> None:
    kind, reasons = judge(tmp_path, **files)
    assert (kind, set(reasons)) == (REJECTED, tables)


def test_a_script_that_creates_nothing_is_no_acceptance(tmp_path: Path) -> None:
    assert judge(tmp_path, "CREATE TABLE a (,);")[0] == DDL_REFUSED


def test_every_difference_from_the_catalog_is_named() -> None:
    text = """
    CREATE TABLE p (id int PRIMARY KEY);
    CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p (id), n int CONSTRAINT small CHECK (n < 9));
    CREATE UNIQUE INDEX once ON c (n) WHERE n > 0;
    """
    schema = read_ddl(text, source="x.sql", dialect="postgres").schema
    assert schema is not None
    key = ["c", "c_p_id_fkey", "FOREIGN KEY (p_id) REFERENCES p(id)"]
    check = ["c", "small", "CHECK ((n < 9))", "1", "f", "n:integer"]
    index = ["c", "CREATE UNIQUE INDEX once ON public.c USING btree (n) WHERE (n > 0)", "t", "f", "1"]
    sizes, differences = compare_with_catalog(schema, {"fks": [key], "checks": [check], "uidx": [index]}, (2, 4))
    assert (sizes, differences) == ({"foreign key": 1, "check": 1, "unique index": 1, "table": 2}, [])
    other = ["c", "other", *check[2:]]
    of_a_view = ["v", "CREATE UNIQUE INDEX i ON public.v USING btree (n)", "f", "f", "1"]
    whole = [*index[:2], "f", "f", "1"]
    _, differences = compare_with_catalog(schema, {"fks": [], "checks": [check, other], "uidx": [whole, of_a_view]}, (2, 5))
    assert differences == [
        "foreign key too many: c (p_id) p (id)",
        "check missing: c other",
        "unique index missing: c once",
        "unique index missing: v i (of what is not read as a table, such as a materialized view)",
        "unique index too many: c once partial",
        "columns: 5 expected, 4 read",
    ]
