"""`synth label` as a person meets it: files, formats, messages, exit codes; offline, and with Gemini on the wire."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from synth_assets.cli.main import app
from synth_assets_tests.gemini.server import GeminiEmulator
from synth_assets_tests.labelled_text.author import ScriptedAuthor
from synth_assets_tests.labelled_text.samples import EXAMPLE

FILES = [
    "balance.png",
    "labelled_text.json",
    "labelled_text.yaml",
    "messages.csv",
    "report.json",
    "test.csv",
    "train.csv",
    "validation.csv",
]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of three categories in the working directory, so that messages name no path of this machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTH_DATA_DIR", str(tmp_path / "data"))
    document = yaml.safe_load(EXAMPLE.read_text())
    document["categories"] = [{**c, "count": 10} for c in document["categories"][:3]]
    Path("inbox.yaml").write_text(yaml.safe_dump(document))
    return Path("inbox.yaml")


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["label", *map(str, arguments)])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_dataset_into_a_folder(file: Path) -> None:
    result = run(file, "--out", "out")
    assert sorted(p.name for p in Path("out").iterdir()) == FILES
    every = rows_of(Path("out/messages.csv"))
    assert list(every[0]) == ["message", "category", "confidence"]
    split = [row for name in ("train", "validation", "test") for row in rows_of(Path(f"out/{name}.csv"))]
    assert sorted(map(str, split)) == sorted(map(str, every))
    assert len(every) == 30
    assert "No model took part" in result.stdout
    assert "30 messages in 3 categories" in result.stdout
    assert "no key for Gemini" in result.stderr
    report = json.loads(Path("out/report.json").read_text())
    assert report["splits"] == {"train": 24, "validation": 3, "test": 3}


def test_the_same_bytes_again_and_in_place_of_the_former(file: Path) -> None:
    run(file, "--out", "one")
    run(file, "--out", "two")
    for name in FILES:
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes(), name
    run(file, "--out", "one", "--format", "jsonl")
    assert not list(Path("one").glob("*.csv"))
    assert len(Path("one/messages.jsonl").read_text().splitlines()) == 30
    run(file, "--out", "one", "--format", "parquet")
    assert pq.read_table("one/test.parquet").num_rows == 3
    assert not [p for p in Path("one").iterdir() if p.name.startswith(".")]


def test_the_kept_request_makes_the_same_dataset(file: Path) -> None:
    run(file, "--out", "one")
    run("one/labelled_text.yaml", "--out", "two")
    assert Path("one/messages.csv").read_bytes() == Path("two/messages.csv").read_bytes()


def test_one_json_document(file: Path) -> None:
    document = json.loads(run(file, "--out", "out", "--json", "--ai", "off").stdout)
    assert document["manifest"]["rows"] == {"messages": 30, "train": 24, "validation": 3, "test": 3}
    assert document["report"]["writing"] == {
        "ai": "off", "models": [], "prompts": [], "calls": 0, "cached": 0, "tokens": 0, "dollars": 0.0,
        "fallbacks": [], "notes": [], "confusion": {}, "passages": [],
    }  # fmt: skip


def test_a_folder_of_others_is_left_alone(file: Path) -> None:
    Path("out").mkdir()
    Path("out/thesis.txt").write_text("mine")
    assert "REQ112" in run(file, "--out", "out", code=2).stderr
    assert [p.name for p in Path("out").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--format", "xlsx"], 2, "REQ111"),
        (["--ai", "maybe"], 2, "REQ113"),
        (["--ai", "required"], 3, "LLM101"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(file: Path, options: list[str], code: int, told: str) -> None:
    assert told in run(file, "--out", "out", *options, code=code).stderr
    assert not Path("out").exists()


def test_a_bad_file_ends_with_its_places(file: Path) -> None:
    file.write_text("kind: labelled_text\ncategories:\n  - {name: a}\n")
    result = run(file, "--out", "out", code=2)
    assert "inbox.yaml:3:3 REQ302 there are fewer than two categories" in result.stderr
    document = json.loads(run(file, "--out", "out", "--json", code=2).stdout)
    assert document["diagnostics"][0]["code"] == "REQ302"


def test_a_knowledge_folder_that_is_not_there_is_said(file: Path) -> None:
    file.write_text(file.read_text() + "knowledge: handbook\n")
    assert "REQ307" in run(file, "--out", "out", code=2).stderr
    Path("handbook").mkdir()
    assert "knowledge folder was not read" in run(file, "--out", "out").stderr


def test_gemini_writes_what_the_command_asks_for(file: Path, gemini_environment: GeminiEmulator) -> None:
    ScriptedAuthor().take_part(gemini_environment)
    result = run(file, "--out", "out", "--ai", "required")
    assert "gemini-3.8-flash wrote all 30 messages" in result.stdout
    assert {row["confidence"] for row in rows_of(Path("out/messages.csv"))} == {"0.96"}
    secret = gemini_environment.environment["GEMINI_API_KEY"]
    assert not [p for p in Path("out").iterdir() if secret.encode() in p.read_bytes()]


def test_a_process_of_its_own_with_the_real_sdk(file: Path, gemini_environment: GeminiEmulator, repository: Path) -> None:
    ScriptedAuthor().take_part(gemini_environment)
    command = [sys.executable, "-m", "synth_assets.cli.main", "label", str(file.resolve()), "--out", "out", "--ai", "required", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=120)
    assert json.loads(done.stdout)["report"]["writing"]["prompts"] == ["label_judge@1", "label_messages@1"]


def test_without_a_key_no_sdk_is_loaded(file: Path, repository: Path) -> None:
    script = (
        "import sys; sys.argv = ['synth', 'label', sys.argv[1], '--out', 'out', '--json']\n"
        "from synth_assets.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print(sorted({'google', 'langfuse', 'bm25s'} & {m.partition('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    command = [sys.executable, "-c", script, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=120)
    assert done.stderr.splitlines()[-1] == "[]"


def test_upload_hands_a_file_of_labelled_text_to_dagster(file: Path) -> None:
    result = CliRunner().invoke(app, ["upload", str(file)])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("support_inbox: ")
    assert Path("data/uploads/inbox.yaml").read_bytes() == file.read_bytes()
    document = json.loads(CliRunner().invoke(app, ["upload", str(file), "--json"]).stdout)
    assert (document["dataset"], document["messages"]) == ("support_inbox", 30)
    file.write_text("rows: 5\n")
    refused = CliRunner().invoke(app, ["upload", str(file)])
    assert refused.exit_code == 2
    assert "REQ301" in refused.stderr
    assert "kind: labelled_text" in Path("data/uploads/inbox.yaml").read_text(), "what was there stays"


def test_it_says_how_far_it_is(file: Path, gemini_environment: GeminiEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth_assets.cli.progress._QUIET_SECONDS", 0.0)
    ScriptedAuthor().take_part(gemini_environment)
    result = CliRunner().invoke(app, ["label", file.name, "--out", "out"])
    assert result.exit_code == 0, result.output
    assert "round 1, writing: 3 of 3 questions" in result.stderr
    assert "round 1, judging: 2 of 2 questions" in result.stderr
