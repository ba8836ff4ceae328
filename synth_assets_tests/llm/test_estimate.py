"""What a dataset will cost, by arithmetic: the formula, the prices, the command; and that it is no less than what is really asked."""

import json
from datetime import date
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from synth_assets.cli.main import app
from synth_assets.ddl import read_ddl
from synth_assets.llm.estimate import Estimate, TableCalls, TableSize, calls_of_table, estimate_calls
from synth_assets.pipeline.estimate import estimate_dataset
from synth_assets.plan.request import DatasetRequest, build_request
from synth_assets.settings import LlmSettings
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.llm.gateways import ledger_in

SHOP = """
CREATE TABLE customers (id INT PRIMARY KEY, email VARCHAR(200) NOT NULL UNIQUE, city VARCHAR(80));
CREATE TABLE products (id INT PRIMARY KEY, name VARCHAR(120) NOT NULL, price NUMERIC(10,2) NOT NULL);
CREATE TABLE reviews (
  id INT PRIMARY KEY, customer_id INT NOT NULL REFERENCES customers(id), product_id INT NOT NULL REFERENCES products(id),
  stars INT NOT NULL CHECK (stars BETWEEN 1 AND 5), body TEXT);
CREATE TABLE links (
  customer_id INT REFERENCES customers(id), product_id INT REFERENCES products(id), PRIMARY KEY (customer_id, product_id));
"""
DAY = date(2026, 11, 21)


def size(**changes: object) -> TableSize:
    given = {
        "table": "reviews",
        "asked_columns": 2,
        "filled_rows": 200,
        "filled_columns": 1,
        "description_bytes": 3_000,
        "row_text_bytes": 240,
        "instructions": 5,
        "model": "gemini-3.8-flash",
    }
    return TableSize(**{**given, **changes})  # type: ignore[arg-type]


def estimated(text: str = SHOP, **request: object) -> Estimate:
    schema = read_ddl(text, source="shop.sql").schema
    assert schema is not None
    return estimate_dataset(schema, build_request(request, "test"), LlmSettings(), DAY)


@given(st.integers(0, 5_000), st.integers(1, 60), st.integers(1, 60), st.booleans())
def test_the_formula(rows: int, chunk: int, critique_chunk: int, planned: bool) -> None:
    calls = calls_of_table(rows, chunk, critique_chunk, planned=planned)
    filled, judged = ceil(rows / chunk), ceil(rows / critique_chunk)
    assert calls.expected == planned + (rows > 0) + filled + judged
    assert calls.most == calls.expected + filled + judged


def test_a_table_without_texts_takes_its_plan_only() -> None:
    assert calls_of_table(0) == TableCalls(plan=1)
    assert calls_of_table(0, planned=False).most == 0


def test_two_hundred_rows_and_two_million_cost_the_same() -> None:
    small, large = (estimated(rows=rows, gemini={"rows": 200}) for rows in (200, 2_000_000))
    assert small.tables == large.tables
    assert small.calls > 4


def test_fewer_rows_than_may_be_filled_cost_less() -> None:
    few, many = (estimated(rows=rows) for rows in (10, 200))
    assert few.calls < many.calls
    assert few.most_tokens < many.most_tokens


def test_each_table_has_its_own_words_and_model() -> None:
    made = {t.table: t for t in estimated(gemini={"rows": 100, "tables": {"Reviews": {"rows": 25, "model": "gemini-unpriced"}}}).tables}
    assert made["reviews"].calls == TableCalls(1, 1, 1, 1, 1, 1)
    assert made["reviews"].dollars is None
    assert "links" not in made, "nothing to ask about keys"
    assert made["products"].calls.plan == 1


def test_dollars_follow_the_tokens_and_the_day() -> None:
    now = estimate_calls([size()], "gemini-3.8-flash", DAY)
    later = estimate_calls([size()], "gemini-3.8-flash", date(2027, 1, 1))
    (table,) = now.tables
    output = table.tokens.output_tokens + table.tokens.thought_tokens
    assert table.dollars == pytest.approx((table.tokens.input_tokens * 0.75 + output * 3.75) / 1e6)
    assert now.dollars is not None
    assert later.dollars == pytest.approx(2 * now.dollars)
    assert estimate_calls([size(model="gemini-unpriced")], "gemini-3.8-flash", DAY).dollars is None


def test_nothing_is_asked_where_gemini_is_off() -> None:
    assert estimated(ai="off").tables == ()
    assert DatasetRequest().ai == "auto"


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    (folder / "shop.sql").write_text(SHOP, encoding="utf-8")
    result = CliRunner().invoke(app, ["estimate", str(folder / "shop.sql"), *arguments])
    return result.exit_code, result.stdout


def test_the_command_prints_tables_and_sums(tmp_path: Path) -> None:
    code, text = run(tmp_path)
    assert code == 0
    lines = text.splitlines()
    assert lines[0].split() == ["table", "plan", "scenarios", "rows", "critique", "refills", "calls", "tokens", "dollars"]
    assert any(line.startswith("reviews") for line in lines)
    assert any(line.startswith("at most:") and "$" in line for line in lines)


def test_the_command_as_json_and_over_its_budget(tmp_path: Path) -> None:
    request = tmp_path / "request.yaml"
    request.write_text("gemini: {budget: {calls: 3, dollars: 100}}\n", encoding="utf-8")
    code, text = run(tmp_path, "--request", str(request), "--json")
    document = json.loads(text)
    assert code == 0
    assert document["over_budget"] == ["calls"]
    assert document["calls"] == sum(t["calls"]["expected"] for t in document["tables"])
    assert document["most_calls"] == sum(t["calls"]["most"] for t in document["tables"])
    assert document["most_dollars"] >= document["dollars"] > 0
    assert "budget in calls may end" in run(tmp_path, "--request", str(request))[1]


def test_a_schema_that_asks_nothing_says_so(tmp_path: Path) -> None:
    (tmp_path / "off.yaml").write_text("ai: off\n", encoding="utf-8")
    assert run(tmp_path, "--request", str(tmp_path / "off.yaml")) == (0, "nothing is asked of Gemini\n")


def test_a_real_run_asks_no_more_than_the_estimate_says(gemini_environment: GeminiEmulator, tmp_path: Path) -> None:
    """The whole command against the emulator, many of whose answers are refused."""
    (tmp_path / "shop.sql").write_text(SHOP, encoding="utf-8")
    request = tmp_path / "request.yaml"
    request.write_text("rows: 60\ngemini: {rows: 60}\n", encoding="utf-8")
    made = estimated(rows=60, gemini={"rows": 60})
    arguments = ["generate", str(tmp_path / "shop.sql"), "--request", str(request), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    asked = {entry.key for entry in ledger_in(tmp_path / "llm").entries()}
    assert len(made.tables) < len(asked) <= made.most_calls
    assert len(gemini_environment.calls()) >= len(asked), "attempts that are repeated come on top"
