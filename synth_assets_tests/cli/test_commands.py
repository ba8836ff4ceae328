"""The `synth` command as a person or a script meets it: output, exit codes, messages."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import Result
from typer.main import get_command
from typer.testing import CliRunner

from synth_assets.cli.main import app
from synth_assets.cli.reporting import exit_code_of
from synth_assets.errors import CheckError, Diagnostic, ExternalServiceError, GenerationError, PlanError, RequestError, StorageError
from synth_assets.formats import FOLDER_FORMATS
from synth_assets_tests.pipeline.samples import DDL

GOLDEN = Path(__file__).parent / "golden"
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def ddl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DDL file in the working directory, so that messages name no path of this machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTH_DATA_DIR", str(tmp_path / "data"))
    Path("club.sql").write_text(DDL)
    return Path("club.sql")


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def generated(ddl: Path, *options: object) -> Path:
    run("generate", ddl, "--out", "out", "--rows", 20, "--dialect", "postgres", *options)
    return Path("out")


def test_help_lists_every_command_and_needs_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['synth', '--help']\n"
        "from synth_assets.cli.main import main\n"
        "try: main()\n"
        "finally: print(sorted({m.partition('.')[0] for m in sys.modules} & {'pyarrow', 'numpy', 'sqlglot', 'yaml', 'pandas', 'dagster'}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "120"})
    assert done.stdout.endswith("[]\n")
    for command in ("inspect", "plan", "generate", "check", "verify", "upload"):
        assert f" {command} " in done.stdout


def test_help_names_every_format() -> None:
    option = next(p for p in get_command(app).commands["generate"].params if "--format" in p.opts)  # type: ignore[attr-defined]
    assert option.help == "csv, parquet, jsonl, json or sql."  # type: ignore[attr-defined]
    assert all(name in option.help for name in FOLDER_FORMATS)  # type: ignore[attr-defined]


def test_the_page_lists_every_command() -> None:
    page = (REPOSITORY / "docs/cli.md").read_text()
    documented = set(re.findall(r"^\| `synth (\w+)", page, re.MULTILINE))
    assert documented == {c.callback.__name__ for c in app.registered_commands if c.callback}


def test_inspect_shows_tables_keys_and_cycles(ddl: Path) -> None:
    out = run("inspect", ddl, "--dialect", "postgres").stdout
    assert out == (GOLDEN / "inspect.txt").read_text()
    document = json.loads(run("inspect", ddl, "--json").stdout)
    assert [t["name"] for t in document["schema"]["tables"]] == ["Club", "members", "manifest"]
    assert document["cycles"] == [["Club", "members"]]
    assert document["diagnostics"] == []


def test_plan_writes_explains_and_is_taken_back(ddl: Path) -> None:
    assert run("plan", ddl).stdout.startswith("schema_name: club\n")
    explained = run("plan", ddl, "--explain", "--rows", "members=7").stdout
    assert "members: 7 rows" in explained
    assert "joined_on" in explained
    assert run("plan", ddl, "--out", "plan.yaml", "--seed", 9, "--rows", 20).stdout == "wrote plan.yaml\n"
    run("generate", ddl, "--plan", "plan.yaml", "--out", "a")
    run("generate", ddl, "--seed", 9, "--rows", 20, "--out", "b")
    assert Path("a/members.csv").read_bytes() == Path("b/members.csv").read_bytes()
    document = json.loads(run("plan", ddl, "--json", "--locale", "de_DE").stdout)
    assert document["plan"]["locale"] == "de_DE"
    assert {e["column"] for e in document["explanation"]} >= {"joined_on", "fee"}


def test_generate_check_and_verify_agree(ddl: Path) -> None:
    result = run("generate", ddl, "--out", "out", "--rows", 20, "--rows", "members=30", "--seed", 5)
    assert "50" not in result.stderr
    assert "70 rows in 3 tables" in result.stdout
    assert run("check", "out").stdout.endswith("checks: 0 failed, 0 warned\n")
    assert run("verify", "out").stdout.endswith("every byte can be made again\n")
    assert json.loads(run("check", "out", "--json").stdout)["passed"] is True
    assert json.loads(run("verify", "out", "--json").stdout) == {"passed": True, "files": 7, "mismatches": []}


def test_generate_speaks_json(ddl: Path) -> None:
    document = json.loads(run("generate", ddl, "--out", "o", "--rows", 5, "--format", "jsonl", "--json").stdout)
    assert (document["rows"], document["manifest"]["format"]) == (15, "jsonl")


def test_options_win_over_the_request_file(ddl: Path) -> None:
    Path("r.yaml").write_text("rows: 9\nseed: 3\nrows_by_table: {MEMBERS: 8, manifest: 4}\n")
    run("generate", ddl, "--out", "o", "--request", "r.yaml", "--rows", "members=6", "--seed", 4)
    manifest = json.loads(Path("o/manifest.json").read_text())
    assert {t["table"]: t["rows"] for t in manifest["tables"]} == {"Club": 9, "members": 6, "manifest": 4}
    assert manifest["seed"] == 4


def test_bad_rows_fail_with_code_one(ddl: Path) -> None:
    path = generated(ddl) / "members.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:-1], lines[1]]))
    result = run("check", "out", code=1)
    assert re.search(r"FAILED +members +primary_key", result.stdout)
    assert json.loads(run("check", "out", "--json", code=1).stdout)["passed"] is False
    assert "file members.csv differs" in run("verify", "out", code=1).stdout
    assert json.loads(run("verify", "out", "--json", code=1).stdout)["passed"] is False


def test_upload_places_the_file_and_its_request(ddl: Path) -> None:
    Path("r.yaml").write_text("rows: 9\n")
    document = json.loads(run("upload", ddl, "--request", "r.yaml", "--json").stdout)
    assert document["schema"] == "club"
    assert Path("data/uploads/club.sql").read_text() == DDL
    assert Path("data/uploads/club.yaml").read_text() == "rows: 9\n"
    assert "club" in run("upload", ddl).stdout


BAD_INPUTS = {
    "no_table": ["inspect", "empty.sql"],
    "no_table_generate": ["generate", "empty.sql", "--out", "o"],
    "rows_not_a_number": ["generate", "club.sql", "--out", "o", "--rows", "many"],
    "rows_of_no_table": ["generate", "club.sql", "--out", "o", "--rows", "Memberz=5", "--rows", "x=1"],
    "rows_negative": ["plan", "club.sql", "--rows", "-1", "--rows", "members=-5"],
    "no_such_format": ["generate", "club.sql", "--out", "o", "--format", "xml"],
    "folder_in_use": ["generate", "club.sql", "--out", "used"],
    "plan_and_rows": ["generate", "club.sql", "--out", "o", "--plan", "bad.yaml", "--rows", "5", "--seed", "1"],
    "bad_plan": ["generate", "club.sql", "--out", "o", "--plan", "bad.yaml"],
    "bad_request": ["plan", "club.sql", "--request", "bad.yaml"],
    "not_our_folder": ["check", "used"],
    "not_our_folder_verify": ["verify", "used"],
    "upload_suffix": ["upload", "club.sql.bak"],
}


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_bad_input_is_said_and_ends_with_code_two(ddl: Path, name: str) -> None:
    Path("empty.sql").write_text("-- nothing\n")
    Path("bad.yaml").write_text("rowz: 7\nseed: x\n")
    Path("club.sql.bak").write_text(DDL)
    Path("used").mkdir()
    Path("used/precious.txt").write_text("mine")
    result = run(*BAD_INPUTS[name], code=2)
    assert result.stdout == ""
    golden = GOLDEN / f"{name}.txt"
    assert result.stderr == golden.read_text()
    document = json.loads(run(*BAD_INPUTS[name], "--json", code=2).stdout)
    assert document["diagnostics"]
    assert not Path("o").exists()


@pytest.mark.parametrize(
    "arguments", [["generate", "club.sql"], ["inspect", "missing.sql"], ["nothing"], ["check", "missing"], ["plan", "--bad"]]
)
def test_usage_errors_end_with_code_two(ddl: Path, arguments: list[str]) -> None:
    assert run(*arguments, code=2).stdout == ""


def test_a_ddl_with_errors_is_used_as_far_as_it_reads(ddl: Path) -> None:
    Path("half.sql").write_text("CREATE TABLE good (id INTEGER PRIMARY KEY);\nCREATE TABLE bad (id INTEGER PRIMARY KEY, ;\n")
    assert "half.sql:2" in run("inspect", "half.sql", code=2).stderr
    result = run("generate", "half.sql", "--out", "o", "--rows", 5, code=2)
    assert "half.sql:2" in result.stderr
    assert result.stderr.endswith("made of what could be read; the errors above say what could not\n")
    assert run("plan", "half.sql", code=2).stdout.startswith("schema_name: half\n")
    assert Path("o/good.csv").exists()
    assert not Path("o/schema.sql").exists()


SMALL = "CREATE TABLE codes (\n  code CHAR(1) NOT NULL PRIMARY KEY);\nCREATE TABLE free (id UUID PRIMARY KEY);\n"


def test_inspect_says_what_a_table_can_hold_and_by_which_line(ddl: Path) -> None:
    ddl.write_text(SMALL)
    limit = "can hold 62 rows: PRIMARY KEY (code) (club.sql:2:25): 62 values of 'code' (CHAR(1)) in letters and digits"
    shown = run("inspect", ddl)
    assert [line.strip() for line in shown.stdout.splitlines() if "can hold" in line] == [limit]
    assert shown.stderr == ""
    refused = run("inspect", ddl, "--rows", 63, code=2)
    assert "codes.code PLAN131 can hold 62 rows, and 63 are asked for" in refused.stderr
    codes, free = json.loads(run("inspect", ddl, "--json").stdout)["feasibility"]
    assert (codes["rows"], codes["capacity"], codes["limits"][0]["where"]) == (1000, 62, "club.sql:2:25")
    assert (free["capacity"], free["limits"]) == (None, [])


def test_fit_lowers_the_rows_that_there_is_no_room_for_and_says_so(ddl: Path) -> None:
    ddl.write_text(SMALL)
    assert run("generate", ddl, "--out", "o", code=2).stdout == ""
    assert not Path("o").exists()
    for command in (["inspect", ddl], ["plan", ddl], ["generate", ddl, "--out", "o"]):
        assert "codes PLAN402 has 62 rows instead of the 1,000 asked for: PRIMARY KEY (code)" in run(*command, "--fit").stderr
    assert "lowered: {asked_for: 1000, because:" in Path("o/plan.yaml").read_text()
    assert {t["table"]: t["rows"] for t in json.loads(Path("o/manifest.json").read_text())["tables"]} == {"codes": 62, "free": 1000}
    Path("r.yaml").write_text("fit: true\n")
    run("generate", ddl, "--out", "again", "--request", "r.yaml")
    assert Path("again/codes.csv").read_bytes() == Path("o/codes.csv").read_bytes()
    run("generate", ddl, "--out", "third", "--plan", "o/plan.yaml")
    assert Path("third/codes.csv").read_bytes() == Path("o/codes.csv").read_bytes()
    assert "PLAN402" in run("generate", ddl, "--out", "third", "--plan", "o/plan.yaml").stderr
    assert "--fit" in run("generate", ddl, "--out", "x", "--plan", "o/plan.yaml", "--fit", code=2).stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RequestError("x"), 2),
        (PlanError("x"), 2),
        (GenerationError("x"), 2),
        (StorageError("x", [Diagnostic(code="STO106", where="x", message="x")]), 2),
        (StorageError("x", [Diagnostic(code="STO102", where="x", message="x")]), 3),
        (CheckError("x"), 3),
        (ExternalServiceError("x"), 3),
    ],
)
def test_errors_have_their_exit_codes(error: RequestError, code: int) -> None:
    assert exit_code_of(error) == code


def test_a_disk_that_refuses_ends_with_code_three(ddl: Path) -> None:
    Path("blocked").write_text("a file where a folder should be")
    assert "STO102" in run("generate", ddl, "--out", "blocked/out", "--rows", 1, code=3).stderr


def test_the_installed_command_runs(ddl: Path) -> None:
    script = "from synth_assets.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", script, "inspect", str(ddl)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("club: ")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_the_ddl_is_kept_as_it_was_read_whatever_its_encoding(ddl: Path, encoding: str) -> None:
    text = "CREATE TABLE caf\u00e9 (id INTEGER PRIMARY KEY);\n"
    ddl.write_bytes(text.encode(encoding))
    folder = generated(ddl, "--format", "sql")
    assert (folder / "schema.sql").read_text(encoding="utf-8") == text
    assert (folder / "dataset.sql").read_text(encoding="utf-8").startswith(text)


def test_many_warnings_of_one_code_are_counted_and_no_error_is_left_out(tmp_path: Path) -> None:
    columns = ",\n".join(f"  c{i} int CHECK (unheard_of(c{i}))" for i in range(14))
    lost = "\n".join(f"CREATE TABLE e{i} (a int REFERENCES nowhere{i} (id));" for i in range(14))
    (tmp_path / "wide.sql").write_text(f"CREATE TABLE t (\n{columns}\n);\n{lost}\n")
    output = run("inspect", tmp_path / "wide.sql", code=2).stderr
    assert output.count("DDL302 part of the CHECK") == 10
    assert output.endswith("and 4 more DDL302\n")
    assert output.count("DDL201") == 14
    assert len(json.loads(run("inspect", tmp_path / "wide.sql", "--json", code=2).stdout)["diagnostics"]) == 28


def test_inspect_shows_which_rows_a_key_is_about(tmp_path: Path) -> None:
    text = """CREATE TABLE room (id int PRIMARY KEY, house int, taken tsrange, EXCLUDE USING gist (house WITH =, taken WITH &&));
    CREATE UNIQUE INDEX one ON room (house) WHERE taken IS NULL;"""
    (tmp_path / "rooms.sql").write_text(text)
    output = run("inspect", tmp_path / "rooms.sql").stdout
    assert "rooms: postgres, 1 table, 0 foreign keys" in output
    assert "  unique (house) where taken IS NULL" in output
    assert "  exclude (house with =, taken with &&)" in output


@pytest.mark.parametrize("said", ["no way", "{off: {a: 1}}", "{off: 3}"])
def test_a_coherence_that_is_no_choice_is_explained(ddl: Path, tmp_path: Path, said: str) -> None:
    (tmp_path / "request.yaml").write_text(f"coherence: {said}\n")
    output = run("plan", ddl, "--request", tmp_path / "request.yaml", code=2).output
    assert "does not say which rules are off" in output
    assert "`coherence: off`" in output
    assert "tuple" not in output


def test_one_coherence_rule_needs_no_list(ddl: Path, tmp_path: Path) -> None:
    (tmp_path / "request.yaml").write_text("coherence: {off: totals_add_up}\n")
    run("plan", ddl, "--request", tmp_path / "request.yaml")


def test_a_check_without_a_name_is_called_check_once(tmp_path: Path) -> None:
    (tmp_path / "both.sql").write_text("CREATE TABLE y (a int NOT NULL, b int NOT NULL, CHECK (a > b), CHECK (b > a));\n")
    output = run("generate", tmp_path / "both.sql", "--rows", 5, "--out", tmp_path / "out", code=2).output
    assert "does not meet CHECK (a > b), CHECK (b > a) after" in output


def test_a_generation_that_is_ended_leaves_nothing(ddl: Path) -> None:
    program = "from synth_assets.cli.main import app; app()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "generate", str(ddl), "--rows", "100000000", "--out", "out"], stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not list(Path("out").glob(".synth-partial-*/*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(Path("out").glob(".synth-partial-*/*"))
    process.terminate()
    assert process.wait(60) == 130
    assert not list(Path("out").glob(".synth-partial-*"))
