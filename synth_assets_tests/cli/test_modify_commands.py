"""`synth modify`, `revert` and `history` as a person or a script meets them; words go through the real SDK to the emulator."""

import json
import re
from pathlib import Path

import pytest

from synth_assets_tests.cli.test_commands import run
from synth_assets_tests.gemini.server import GeminiEmulator
from synth_assets_tests.llm.test_feedback import ANSWER, WORDS
from synth_assets_tests.pipeline.library import DDL
from synth_assets_tests.pipeline.test_modify import contents

GOLDEN = Path(__file__).parent / "golden"
PATCH = """
tables:
  members:
    columns:
      kind:
        strategy: {kind: categorical, values: [regular, premium, student, senior], weights: [30, 12, 50, 8]}
        reason: half are students
      city: {null_fraction: 0.5, reason: many did not say}
  books: {rows: 70}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A generated library in the working directory, with a patch beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTH_DATA_DIR", str(tmp_path / "data"))
    Path("library.sql").write_text(DDL)
    Path("patch.yaml").write_text(PATCH)
    run("generate", "library.sql", "--out", "out", "--rows", 60, "--dialect", "postgres")
    return Path("out")


def test_what_a_patch_would_do_is_shown_and_nothing_done(folder: Path) -> None:
    before = sorted(p.as_posix() for p in folder.rglob("*"))
    result = run("modify", folder, "--patch", "patch.yaml", "--dry-run")
    assert result.stdout == (GOLDEN / "modify.txt").read_text()
    assert result.stderr == "nothing was changed\n"
    assert sorted(p.as_posix() for p in folder.rglob("*")) == before


def test_modify_history_and_revert_tell_one_story(folder: Path) -> None:
    first = contents(folder)
    out = run("modify", folder, "--patch", "patch.yaml", "--yes").stdout
    assert out.endswith("version 2 holds; made again: members, books, loans\n")
    assert run("verify", folder).stdout.endswith("every byte can be made again\n")
    history = run("history", folder).stdout
    assert re.fullmatch(
        r"  1        \S+Z  request  as it was first made\n\* 2  of 1  \S+Z  patch    members.kind, members.city, books: 70 rows\n", history
    )
    assert run("revert", folder).stdout.endswith("version 1 holds; made again: members, books, loans\n")
    assert contents(folder) == first
    assert json.loads(run("history", folder, "--json").stdout)["current"] == 1
    assert run("revert", folder, "--to", 2).stdout.endswith("version 2 holds; made again: members, books, loans\n")
    document = json.loads(run("revert", folder, "--to", 1, "--json").stdout)
    assert (document["version"]["number"], document["written"]) == (1, ["members", "books", "loans"])


def test_it_is_asked_before_anything_changes(folder: Path) -> None:
    from typer.testing import CliRunner

    from synth_assets.cli.main import app

    for answer, code in (("n\n", 0), ("y\n", 0), ("", 2)):
        result = CliRunner().invoke(app, ["modify", "out", "--patch", "patch.yaml"], input=answer)
        assert result.exit_code == code, result.output
        if answer == "n\n":
            assert "nothing was changed" in result.stderr
            assert not (folder / "versions").exists()
        if answer == "y\n":
            assert "version 2 holds" in result.stdout
            run("revert", "out")
    assert "nobody is there to ask" in result.stderr


def test_words_become_a_change_while_a_person_watches(folder: Path, gemini_environment: GeminiEmulator) -> None:
    gemini_environment.on("half of the members", ANSWER)
    result = run("modify", folder, WORDS, "--yes")
    assert str(ANSWER["answer"]) in result.stderr
    assert "version 2 holds; made again: members" in result.stdout
    assert "why     “Make half of the members students, and nobody born after 2000.”: half are students" in result.stdout
    assert "members.date_of_birth" in result.stdout
    births = [line.split(",")[4] for line in (folder / "members.csv").read_text().splitlines()[1:]]
    assert max(b for b in births if b) <= "2000-12-31"
    assert [r.action for r in gemini_environment.calls()] == ["streamGenerateContent"]
    assert "words" in run("history", folder).stdout


def test_a_spent_budget_is_raised_for_a_change_and_the_folder_keeps_its_request(folder: Path, gemini_environment: GeminiEmulator) -> None:
    gemini_environment.on("half of the members", ANSWER)
    Path("request.yaml").write_text("rows: 60\ngemini: {rows: 0, budget: {calls: 0}}\n")
    run("generate", "library.sql", "--out", "out", "--request", "request.yaml", "--dialect", "postgres")
    kept = (folder / "request.yaml").read_bytes()
    assert "LLM102" in run("modify", folder, WORDS, "--yes", code=3).stderr
    assert "LLM102" in run("modify", folder, WORDS, "--yes", "--calls", 1, "--tokens", 5, code=3).stderr
    assert gemini_environment.calls() == []
    assert "version 2 holds" in run("modify", folder, WORDS, "--yes", "--calls", 1).stdout
    assert len(gemini_environment.calls()) == 1
    assert (folder / "request.yaml").read_bytes() == kept
    assert run("verify", folder).stdout.endswith("every byte can be made again\n")
    # What was taken before counts: the same limit leaves nothing for another question.
    assert "LLM102" in run("modify", folder, "something else", "--yes", "--calls", 1, code=3).stderr
    assert "version 1 holds" in run("revert", folder, "--calls", 0).stdout
    assert "REQ113" in run("modify", folder, WORDS, "--yes", "--dollars", "inf", code=2).stderr


def test_what_words_ask_for_in_vain_is_told(folder: Path, gemini_environment: GeminiEmulator) -> None:
    gemini_environment.on("funnier", {**ANSWER, "not_possible": ["Titles cannot be made funnier: no column says how funny a book is."]})
    result = run("modify", folder, "Half students, funnier titles", "--dry-run")
    assert "not done: Titles cannot be made funnier" in result.stdout
    document = json.loads(run("modify", folder, "Half students, funnier titles", "--dry-run", "--json").stdout)
    assert document["not_done"] == ["Titles cannot be made funnier: no column says how funny a book is."]
    assert (document["changed"], document["tables"][0]["table"]) == (False, "members")
    gemini_environment.on("happier", {"answer": "I cannot.", "changes": [], "not_possible": ["Happiness is no column."]})
    assert "LLM142 cannot be done\n  found: Happiness is no column." in run("modify", folder, "happier members", "--yes", code=2).stderr


def test_words_without_a_key_end_with_three_and_name_the_way_without(folder: Path) -> None:
    result = run("modify", folder, "half of the members are students", "--yes", code=3)
    assert "LLM141" in result.stderr
    assert "--patch patch.yaml" in result.stderr
    assert not (folder / "versions").exists()


REFUSED = {
    "words and a patch": (["words", "--patch", "patch.yaml"], "REQ113"),
    "neither": ([], "REQ113"),
    "a table beside a patch": (["--patch", "patch.yaml", "--table", "books"], "REQ113"),
    "json that would have to ask": (["--patch", "patch.yaml", "--json"], "REQ113"),
    "a key": (["--patch", "key.yaml", "--yes"], "PLAN133"),
    "no patch": (["--patch", "library.sql", "--yes"], "PLAN505"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(folder: Path, case: str) -> None:
    Path("key.yaml").write_text("tables: {members: {columns: {member_id: {strategy: {kind: constant, value: '7'}, unique: false}}}}")
    before = contents(folder)
    options, code = REFUSED[case]
    result = run("modify", folder, *options, code=2)
    assert code in result.stderr
    assert contents(folder) == before
    assert not (folder / "versions").exists()


def test_neither_folder_nor_dataset(folder: Path) -> None:
    for command in ("history", "revert"):
        assert "PLAN508" in run(command, "shop/nowhere", code=2).stderr
