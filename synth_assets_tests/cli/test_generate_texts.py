"""`synth generate` with Gemini: texts in the rows, words about them on standard error, and what `required` ends with."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from synth_assets.cli.main import app
from synth_assets.plan.request import read_request
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.llm.writer import let_write
from synth_assets_tests.pipeline.shop_texts import DDL


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def ddl(tmp_path: Path) -> Path:
    path = tmp_path / "shop.sql"
    path.write_text(DDL)
    (tmp_path / "request.yaml").write_text("rows: 60\ngemini: {rows: 20, tables: {products: {rows: 0}}}\n")
    return path


def test_texts_are_written_told_and_verified(gemini_environment: GeminiEmulator, ddl: Path, tmp_path: Path) -> None:
    let_write(gemini_environment)
    out, request = tmp_path / "out", tmp_path / "request.yaml"
    made = run("generate", ddl, "--out", out, "--request", request)
    assert made.exit_code == 0, made.output
    assert "Gemini wrote texts of 20 of 20 rows of reviews: 0 rows written twice, 0 left to the rules; 3 questions asked" in made.stderr
    assert "of products:" not in made.stderr
    with (out / "reviews.csv").open() as file:
        bodies = [row["body"] for row in csv.DictReader(file)]
    assert len(bodies) == 60
    assert all(body.split()[-1] in {"awful.", "poor.", "passable.", "good.", "splendid."} for body in bodies)
    assert run("verify", out).exit_code == 0
    again = run("generate", ddl, "--out", out, "--request", request, "--json")
    told = json.loads(again.stdout)["texts"]
    assert [(t["label"], t["calls"], t["cached"]) for t in told] == [("reviews", 0, 3)]
    by_file = run("generate", ddl, "--out", tmp_path / "by_file", "--plan", out / "plan.yaml")
    assert by_file.exit_code == 0, by_file.output
    assert "Gemini write texts of 1 table; no --request is given, so ai is auto and no budget bounds it" in by_file.stderr
    assert by_file.stderr.index("expected: 3 calls") < by_file.stderr.index("Gemini wrote texts of")


def test_required_ends_with_the_error_and_leaves_no_folder(gemini_environment: GeminiEmulator, ddl: Path, tmp_path: Path) -> None:
    gemini_environment.inject("safety", times=-1, match="You write the texts of rows")
    let_write(gemini_environment)
    made = run("generate", ddl, "--out", tmp_path / "out", "--request", tmp_path / "request.yaml", "--ai", "required")
    assert made.exit_code == 3
    assert "LLM103" in made.stderr
    assert not (tmp_path / "out").exists()
    by_rules = run("generate", ddl, "--out", tmp_path / "out", "--request", tmp_path / "request.yaml")
    assert by_rules.exit_code == 0
    assert "the rules' texts stand (LLM103" in by_rules.stderr


def test_a_plan_is_generated_within_the_budget_of_its_request(gemini_environment: GeminiEmulator, ddl: Path, tmp_path: Path) -> None:
    """Planned and generated apart, a dataset spends from one budget, keeps one request, and changes by it."""
    let_write(gemini_environment)
    request, plan, out = tmp_path / "request.yaml", tmp_path / "plan.yaml", tmp_path / "out"
    request.write_text("rows: 60\nprompt: Grumpy.\ngemini: {rows: 20, tables: {products: {rows: 0}}, budget: {calls: 0}}\n")
    assert run("plan", ddl, "--request", request, "--seed", 7, "--out", plan).exit_code == 0
    made = run("generate", ddl, "--plan", plan, "--request", request, "--out", out)
    assert made.exit_code == 0, made.output
    assert "the rules' texts stand (LLM102" in made.stderr
    assert "no --request is given" not in made.stderr
    assert gemini_environment.calls() == []
    kept = read_request((out / "request.yaml").read_text(), "kept")
    assert (kept.seed, kept.rows, kept.prompt, kept.gemini.budget.calls) == (7, 60, "Grumpy.", 0)
    open_request = tmp_path / "open.yaml"
    open_request.write_text("gemini: {budget: {calls: 1}}\n")
    again = run("generate", ddl, "--plan", plan, "--request", open_request, "--out", out, "--ai", "off")
    assert again.exit_code == 0, again.output
    kept = read_request((out / "request.yaml").read_text(), "kept")
    assert (kept.ai, kept.seed, kept.rows, kept.prompt, kept.gemini.budget.calls) == ("off", 7, 60, "Grumpy.", 1)


def test_a_request_may_not_contradict_its_plan(ddl: Path, tmp_path: Path) -> None:
    request, plan = tmp_path / "request.yaml", tmp_path / "plan.yaml"
    assert run("plan", ddl, "--request", request, "--ai", "off", "--out", plan).exit_code == 0
    request.write_text("""
rows_by_table: {reviews: 61}
seed: 43
locale: de_DE
as_of: 2020-01-01
overrides: {reviews: {columns: {body: {strategy: {kind: constant, value: same}}}}}
""")
    refused = run("generate", ddl, "--plan", plan, "--request", request, "--out", tmp_path / "out")
    assert refused.exit_code == 2
    assert refused.stderr.count("REQ114") == 5
    for where in ("seed", "locale", "as_of", "rows_by_table.reviews", "overrides.reviews.columns.body.strategy"):
        assert f"request: {where}" in refused.stderr
    assert not (tmp_path / "out").exists()
    request.write_text("rows_by_table: {review: 60}\n")
    assert "REQ201" in run("generate", ddl, "--plan", plan, "--request", request, "--out", tmp_path / "out").stderr
