"""`synth knowledge` and the documents of `synth plan`, as a person or a script meets them."""

import json
from pathlib import Path

import pytest

from synth_assets_tests.cli.test_commands import run
from synth_assets_tests.gemini.server import GeminiEmulator
from synth_assets_tests.llm.knowledge.files import png

DDL = "CREATE TABLE returns (id INT PRIMARY KEY, refund_reason VARCHAR(40) NOT NULL);"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Documents beside a DDL file in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTH_DATA_DIR", str(tmp_path / "data"))
    Path("shop.sql").write_text(DDL)
    made = Path("shop.knowledge")
    made.mkdir()
    (made / "returns.md").write_text("# Refunds\nThe reason is damaged or late.\n")
    (made / "photo.png").write_bytes(png())
    return made


def test_it_shows_what_was_read_and_what_was_not(folder: Path) -> None:
    result = run("knowledge", folder, "--query", "reasons for refunds")
    assert result.stdout.splitlines() == [
        "2 files, 1 passage, 30 characters",
        "  photo.png   not read  0 passages",
        "  returns.md  read      1 passage",
        "",
        result.stdout.splitlines()[4],
        "  The reason is damaged or late.",
        "",
    ]
    assert result.stdout.splitlines()[4].startswith("returns.md, Refunds, line 2  (")
    assert "photo.png LLM158" in result.stderr
    assert not Path("data").exists()


def test_a_query_without_an_answer_says_so(folder: Path) -> None:
    assert "no passage answers the query" in run("knowledge", folder, "--query", "zebra").stdout


def test_programs_get_one_document(folder: Path) -> None:
    document = json.loads(run("knowledge", folder, "--query", "late", "--json").stdout)
    assert [(f["name"], f["state"]) for f in document["files"]] == [("photo.png", "not read"), ("returns.md", "read")]
    assert [p["place"] for p in document["passages"]] == ["Refunds, line 2"]
    assert [d["code"] for d in document["diagnostics"]] == ["LLM158"]


def test_gemini_reads_images_where_there_is_a_key(folder: Path, gemini_environment: GeminiEmulator) -> None:
    gemini_environment.on("photo.png", {"pages": [{"page": 1, "text": "a broken train"}]})
    out = run("knowledge", folder, "--query", "train").stdout
    assert "  photo.png   read  1 passage  by Gemini" in out
    assert "a broken train" in out
    sent = len(gemini_environment.requests)
    assert "not read" in run("knowledge", folder, "--ai", "off").stdout
    assert len(gemini_environment.requests) == sent


def test_required_without_a_key_ends_with_3(folder: Path) -> None:
    assert "LLM101" in run("knowledge", folder, "--ai", "required", code=3).stderr


def test_a_plan_by_gemini_names_the_passages_it_was_shown(folder: Path, gemini_environment: GeminiEmulator) -> None:
    told = run("plan", "shop.sql", "--explain").stderr
    assert "returns: 1 passage of the documents: returns.md, Refunds, line 2" in told
    other = Path("elsewhere")
    other.mkdir()
    (other / "rules.txt").write_text("A refund has a reason.")
    assert "rules.txt, line 1" in run("plan", "shop.sql", "--explain", "--knowledge", other).stderr
    assert "passage" not in run("plan", "shop.sql", "--explain", "--ai", "off").stderr


def test_an_estimate_counts_what_is_quoted(folder: Path) -> None:
    def tokens(*options: object) -> int:
        return int(json.loads(run("estimate", "shop.sql", "--json", *options).stdout)["tokens"])

    empty = Path("empty")
    empty.mkdir()
    (folder / "more.txt").write_text("A refund has a reason. " * 40)
    assert tokens() - tokens("--knowledge", empty) > 200
