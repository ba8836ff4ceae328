"""Whatever is given to the reader, it answers with a schema or with errors that say where: no crash, no hang, no flood of memory."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synth_assets.ddl import CODES, DIALECTS, read_ddl
from synth_assets.errors import SynthAssetsError
from synth_assets_tests.properties.hostile import DDL, YAML

ROOT = Path(__file__).parents[2]
OWN = {
    p.name: p.read_bytes()
    for folder in ("synth_assets_tests/ddl/golden", "synth_assets_tests/acceptance/hard_case", "examples")
    for p in sorted((ROOT / folder).glob("*.sql"))
}
CORPUS = ROOT.parent / "shared" / "ddl" / "corpus"
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
CUTS = 120


def answered(text: str | bytes, dialect: str | None) -> None:
    """Read a text; what is said of it must have a known code and a place inside it."""
    result = read_ddl(text, source="x.sql", dialect=dialect)
    assert result.schema is not None or result.errors
    for diagnostic in result.diagnostics:
        assert diagnostic.code in CODES
        place = re.fullmatch(r"x\.sql:(\d+):(\d+)", diagnostic.where)
        assert place is not None, diagnostic.where
        assert int(place[1]) <= len(re.split(r"\r\n|\r|\n" if isinstance(text, str) else rb"\r\n|\r|\n", text)) + 1  # type: ignore[arg-type]


def dialect_of(name: str) -> str | None:
    return next((d for d in DIALECTS if f".{d}." in name), None)


@pytest.mark.parametrize("name", OWN)
def test_a_file_cut_anywhere_is_answered(name: str) -> None:
    data = OWN[name]
    for end in range(0, len(data), max(1, len(data) // CUTS)):
        answered(data[:end], dialect_of(name))


@pytest.mark.parametrize("name", OWN)
def test_a_file_in_another_encoding_is_answered(name: str) -> None:
    text = OWN[name].decode()
    for data in (text.encode("utf-16"), text.encode("utf-16-be"), b"\xef\xbb\xbf" + OWN[name], text.encode("cp1252", "replace")):
        answered(data, None)
    answered(text.replace("\n", "\r\n"), None)
    answered(text.replace("\n", "\r"), None)


@pytest.mark.parametrize("name", OWN)
def test_a_file_is_answered_in_every_dialect(name: str) -> None:
    for dialect in DIALECTS:
        answered(OWN[name], dialect)


@settings(max_examples=150)
@given(st.data())
def test_a_file_with_words_lost_doubled_or_swapped_is_answered(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(OWN)), "file")
    words = TOKEN.findall(OWN[name].decode())
    start = data.draw(st.integers(0, len(words) - 1), "start")
    words = words[start : start + 400]
    for _ in range(data.draw(st.integers(1, 4), "changes")):
        at, other = (data.draw(st.integers(0, len(words) - 1)) for _ in range(2))
        match data.draw(st.sampled_from(("lose", "double", "swap")), "change"):
            case "lose" if len(words) > 1:
                del words[at]
            case "double":
                words.insert(at, words[at])
            case _:
                words[at], words[other] = words[other], words[at]
    answered("".join(words), data.draw(st.sampled_from((None, *DIALECTS)), "dialect"))


WORDS = (
    "CREATE TABLE t (",
    "a int",
    ", ",
    ")",
    ";",
    "(",
    "CHECK (",
    "a > 1",
    " OR ",
    " AND ",
    " NOT ",
    "NULL",
    "PRIMARY KEY (a)",
    "REFERENCES t",
    "DEFAULT",
    "'x'",
    "'",
    '"',
    "`",
    "[",
    "]",
    "$$",
    "$a$",
    "/*",
    "*/",
    "--",
    "\n",
    "::",
    "ARRAY[1]",
    "CASE WHEN a THEN 1 END",
    "INTERVAL '1 day'",
    "ALTER TABLE t ADD",
    "CONSTRAINT c",
    "UNIQUE",
    "COMMENT ON TABLE t IS",
    "CREATE TYPE e AS ENUM ('a')",
    "CREATE DOMAIN d AS int",
    "VALUE",
    "EXCLUDE USING gist (a WITH =)",
    "GENERATED ALWAYS AS (a + 1) STORED",
    "GO\n",
    "DELIMITER ;;",
    "/*!50003",
    "\\",
    "1e999",
    "-",
    "9" * 400,
    "LIKE 'a%'",
    "~ '(a'",
    "IN (1, NULL)",
    "BETWEEN 1 AND",
    "length(a)",
    ".",
    "%",
    "\x00",
    "\ufeff",
    "é",
    "\ud800",
    "BEGIN",
    "END",
)


@settings(max_examples=300)
@example("CREATE TABLE t (a int CHECK (a > 1 OR ))", None)
@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join), st.sampled_from((None, *DIALECTS)))
def test_words_in_any_order_are_answered(text: str, dialect: str | None) -> None:
    answered(text, dialect)


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)), st.sampled_from((None, *DIALECTS)))
def test_anything_at_all_is_answered(data: str | bytes, dialect: str | None) -> None:
    answered(data, dialect)


@pytest.mark.parametrize("name", [n for n in OWN if not n.startswith("broken")])
def test_what_is_left_of_a_cut_file_can_be_planned_or_is_refused(name: str) -> None:
    """A schema with holes (keys to tables that are lost, tables without keys) is a schema."""
    from synth_assets.engine import Generator
    from synth_assets.pipeline.plan import plan_dataset
    from synth_assets.plan.request import DatasetRequest

    data = OWN[name]
    for end in range(len(data) // 6, len(data), len(data) // 6):
        schema = read_ddl(data[:end], source="x.sql", dialect=dialect_of(name)).schema
        if schema is None:
            continue
        try:
            plan = plan_dataset(schema, DatasetRequest(rows=3)).plan
            for table in schema.tables:
                Generator(schema, plan).generate_rows(table.key, 0, 3)
        except SynthAssetsError as error:
            assert error.diagnostics  # noqa: PT017 - either outcome is right, any other exception is not


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared is not here")
def test_real_files_cut_anywhere_are_answered() -> None:
    for path in sorted(CORPUS.rglob("*.sql"))[::4]:
        data = path.read_bytes()[:60_000]
        for end in (len(data) // 3, len(data) // 2 + 1, len(data) * 4 // 5):
            answered(data[:end], dialect_of(str(path)))


@pytest.mark.parametrize(("kind", "texts"), [("ddl", DDL), ("yaml", YAML)])
def test_hostile_texts_are_read_within_bounds(kind: str, texts: object) -> None:
    """In a process of its own with a bound on memory, and a bound on time for each text: past it, the process dies."""
    command = [sys.executable, "-m", "synth_assets_tests.properties.hostile", kind]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, (done.returncode, done.stdout.splitlines()[-1:], done.stderr[-2000:])
    assert done.stdout.splitlines() == [*texts, "all read"]  # type: ignore[misc]
