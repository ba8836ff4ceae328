"""`--ai`: with a key, without one, and never; what is said of it, and what is imported for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from synth_assets.cli.main import app
from synth_assets.plan import dump_plan, load_plan
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.pipeline.test_ai_plan import CLINIC, REQUEST, answer_visits, decided, read


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return result


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    path = tmp_path / "clinic.yaml"
    path.write_text("rows: 30\ngemini: {rows: 0}\n", encoding="utf-8")
    return path


def test_without_a_key_nothing_is_imported_and_the_plan_is_that_of_the_rules(tmp_path: Path) -> None:
    """In processes of their own: what one imports, the next does not see."""
    from synth_assets.pipeline.plan import plan_dataset

    texts = []
    for mode in ("auto", "off"):
        out = tmp_path / f"{mode}.yaml"
        script = (
            f"import sys; sys.argv = ['synth', 'plan', {str(CLINIC)!r}, '--rows', '120', '--out', {str(out)!r}, '--ai', {mode!r}]\n"
            "from synth_assets.cli.main import main\n"
            "try: main()\n"
            "finally: print(sorted({m.partition('.')[0] for m in sys.modules} & {'google', 'langfuse', 'httpx', 'httpx2'}))"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=dict(os.environ))
        assert done.stdout.endswith("[]\n")
        assert "Gemini" not in done.stderr
        texts.append(out.read_text(encoding="utf-8"))
    assert texts[0] == texts[1] == dump_plan(plan_dataset(read(CLINIC), REQUEST).plan)


def test_with_a_key_gemini_helps_and_says_what_it_took(gemini_environment: GeminiEmulator, request_file: Path, tmp_path: Path) -> None:
    gemini_environment.on("", answer_visits)
    told = run("plan", CLINIC, "--request", request_file, "--out", tmp_path / "plan.yaml")
    assert "Gemini decided 3 columns: 2 questions asked and 0 answered from the cache" in told.stderr
    plan = load_plan((tmp_path / "plan.yaml").read_text(encoding="utf-8"), "plan.yaml")
    assert set(decided(plan)) == {"visits.ward", "visits.status", "visits.waited_minutes"}
    explained = run("plan", CLINIC, "--request", request_file, "--explain")
    assert "gemini  short waits" in explained.stdout
    assert "0 questions asked and 2 answered from the cache" in explained.stderr


def test_the_option_wins_over_the_request(gemini_environment: GeminiEmulator, request_file: Path, tmp_path: Path) -> None:
    request_file.write_text("rows: 30\nai: required\n", encoding="utf-8")
    run("generate", CLINIC, "--request", request_file, "--ai", "off", "--out", tmp_path / "out")
    assert gemini_environment.calls() == []


def test_what_the_rules_did_instead_is_said(gemini_environment: GeminiEmulator, request_file: Path) -> None:
    gemini_environment.inject("safety", times=-1, match="table clinics")
    told = run("plan", CLINIC, "--request", request_file)
    assert "clinics: the rules' plan stays (LLM103" in told.stderr


def test_tables_of_one_reason_are_told_in_one_line_and_counted_only_if_asked(gemini_environment: GeminiEmulator, tmp_path: Path) -> None:
    (tmp_path / "many.sql").write_text("".join(f"CREATE TABLE t{n} (id int PRIMARY KEY, size int);" for n in range(20)), encoding="utf-8")
    (tmp_path / "poor.yaml").write_text("gemini: {rows: 0, budget: {calls: 0}}", encoding="utf-8")
    told = run("plan", tmp_path / "many.sql", "--request", tmp_path / "poor.yaml", "--out", tmp_path / "plan.yaml").stderr
    assert "Gemini decided 0 columns: 0 questions asked" in told
    assert "t0, t1, t2, t3, t4, t5, t6, t7 and 12 more: the rules' plan stays (LLM102" in told
    assert told.count("LLM102") == 1


def test_required_without_a_key_ends_with_3(request_file: Path) -> None:
    assert "LLM101" in run("plan", CLINIC, "--request", request_file, "--ai", "required", code=3).stderr


def test_another_word_is_refused() -> None:
    assert "REQ105" in run("plan", CLINIC, "--ai", "sometimes", code=2).stderr
