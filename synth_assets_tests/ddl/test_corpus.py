"""Real DDL: every file of the shared corpus is read, and PostgreSQL's own catalog is the judge where there is one."""

import csv
import json
import re
from pathlib import Path

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.schema.model import Schema

SHARED = Path(__file__).parents[3] / "shared" / "ddl"
pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/ddl is not here")]

SEED_FOREIGN_KEYS = {
    "company_employee.mysql.ddl": 8,
    "company_employee.postgres.ddl": 9,
    "library_mgm.mysql.ddl": 10,
    "library_mgm.postgres.ddl": 10,
    "restrurants.mysql.ddl": 7,
    "restrurants.postgres.ddl": 7,
}
INVALID_AS_PUBLISHED = {"library_invalid_student": 3, "mattermost5": 1, "supabase_multi_tenant": 1}
"""Files PostgreSQL refuses too (trailing commas, a table of another schema), with the number of errors they give."""

COUNTED_OTHERWISE = {
    "postgres/adventureworks": "one foreign key is declared twice under two names",
    "postgres/caffeflux_student": "a Markdown fence costs PostgreSQL its first statements",
    "postgres/library_invalid_student": "PostgreSQL takes none of it",
    "postgres/mattermost5": "PostgreSQL refuses the table with a trailing comma",
    "postgres/pagila": "written for a newer PostgreSQL than the one that counted",
    "postgres/supabase_multi_tenant": "a table of another product was added before counting",
    "sqlite/calibre": "SQLite adds tables of its own to a full-text index",
    "oracle/chinook": "the manifest counts the words CREATE TABLE; GRANT CREATE TABLE is one",
    "oracle/hr": "the manifest counts the word REFERENCES, comments included",
}
"""Where the manifest counts something else than what the text declares, and why."""


def files(folder: str) -> list[Path]:
    return sorted((SHARED / folder).glob("*.sql"))


def manifest() -> dict[tuple[str, str], dict[str, str]]:
    with (SHARED / "corpus" / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        return {(row["dialect"], row["name"]): row for row in csv.DictReader(lines)}


def count(schema: Schema | None) -> dict[str, int]:
    tables = schema.tables if schema else ()
    return {"tables": len(tables), "columns": sum(len(t.columns) for t in tables), "fks": sum(len(t.foreign_keys) for t in tables)}


@pytest.mark.parametrize("name", sorted(SEED_FOREIGN_KEYS))
def test_seed_sample_is_read_without_a_single_diagnostic(name: str) -> None:
    result = read_ddl((SHARED / "seed_samples" / name).read_bytes(), source=name)
    assert result.diagnostics == ()
    assert result.schema is not None
    assert result.schema.dialect == name.split(".")[1]
    assert sum(len(t.foreign_keys) for t in result.schema.tables) == SEED_FOREIGN_KEYS[name]
    assert all(
        t.primary_key and len(t.primary_key.columns) == 1 and t.column(t.primary_key.columns[0]).identity for t in result.schema.tables
    )


def test_whole_corpus_is_read_in_the_right_dialect_with_the_counts_of_its_manifest() -> None:
    rows = manifest()
    differing, undetected, faulty, seen = [], [], {}, 0
    for dialect in ("postgres", "mysql", "sqlite", "tsql", "oracle"):
        for path in files(f"corpus/{dialect}"):
            seen += 1
            result = read_ddl(path.read_bytes(), source=path.name)
            assert result.schema is not None, path
            if result.schema.dialect != dialect:
                undetected.append(f"{dialect}/{path.name} read as {result.schema.dialect}")
            if result.errors:
                faulty[path.stem] = len(result.errors)
            row, got = rows[dialect, path.stem], count(result.schema)
            differing += [f"{dialect}/{path.stem} {k}: {row[k]} expected, {n} read" for k, n in got.items() if row[k] and int(row[k]) != n]
    assert seen == 89
    assert undetected == []
    assert faulty == INVALID_AS_PUBLISHED
    assert {d.split(" ")[0] for d in differing} == set(COUNTED_OTHERWISE), differing


def names(text: str) -> tuple[str, ...]:
    return tuple(part.strip().strip('"').lower() for part in text.split(","))


def last(table: str) -> str:
    return table.replace('"', "").lower().rsplit(".", 1)[-1]


def expected_foreign_keys(facts: dict[str, list[list[str]]]) -> set[tuple[object, ...]]:
    found = set()
    for row in facts["fks"]:
        written = re.match(r"FOREIGN KEY \((.*?)\) REFERENCES (.*?)\((.*?)\)", row[2])
        assert written, row
        found.add((last(row[0]), names(written[1]), last(written[2]), names(written[3])))
    return found


def read_foreign_keys(schema: Schema) -> set[tuple[object, ...]]:
    return {
        (last(t.key), tuple(c.lower() for c in fk.columns), last(fk.parent_table), tuple(c.lower() for c in fk.parent_columns))
        for t in schema.tables
        for fk in t.foreign_keys
    }


def test_canonical_postgres_files_agree_with_the_catalog_of_postgres() -> None:
    rows = manifest()
    foreign_keys = 0
    for path in files("canonical"):
        facts = json.loads((SHARED / "expected" / f"{path.stem}.json").read_text(encoding="utf-8"))
        result = read_ddl(path.read_bytes(), source=path.name, dialect="postgres")
        assert result.errors == (), path
        assert result.schema is not None
        expected = expected_foreign_keys(facts)
        assert read_foreign_keys(result.schema) == expected, path
        row = rows["postgres", path.stem]
        got = count(result.schema)
        assert (got["tables"], got["columns"]) == (int(row["tables"]), int(row["columns"])), path
        assert sum(c.generated is not None for t in result.schema.tables for c in t.columns) == len(facts["gen"]), path
        of_tables = [c for c in facts["checks"] if c[4] != "t"]
        assert sum(len(t.checks) for t in result.schema.tables) >= len(of_tables), path
        foreign_keys += len(expected)
    assert foreign_keys > 2_700
