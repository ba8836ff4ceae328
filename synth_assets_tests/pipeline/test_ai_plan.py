"""Plans that Gemini has a part in: the real SDK and gateway before the emulator, whatever it answers, and a real database at the end."""

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synth_assets.databases import ProofResult, parse_database_url
from synth_assets.errors import LlmError
from synth_assets.llm.plan_writer import PROMPT
from synth_assets.pipeline.ai_plan import AiPlannedDataset
from synth_assets.pipeline.gemini import open_gemini, plan_by_request
from synth_assets.pipeline.generate import generate_directory
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.pipeline.prove import prove_directory
from synth_assets.pipeline.read import read_schema_file
from synth_assets.plan import dump_plan, load_plan
from synth_assets.plan.free_columns import free_columns
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest, GeminiRequest, build_request
from synth_assets.schema.model import Schema
from synth_assets_tests.gemini import GeminiEmulator, RecordedRequest
from synth_assets_tests.pipeline.well_meaning import say_of

TESTS = Path(__file__).parents[1]
CLINIC = TESTS / "llm" / "golden" / "clinic.sql"
MARKETPLACE = TESTS / "acceptance" / "hard_case" / "marketplace.sql"
REQUEST = DatasetRequest(dataset="one", rows=120, gemini=GeminiRequest(rows=0))
"""Plans alone: no rows are filled."""


def read(path: Path) -> Schema:
    schema = read_schema_file(path).schema
    assert schema is not None
    return schema


def planned(schema: Schema, request: DatasetRequest = REQUEST) -> AiPlannedDataset:
    return plan_by_request(schema, request, open_gemini(schema, request))


def proved(schema: Schema, plan: Plan, ddl: Path, folder: Path) -> ProofResult:
    path = generate_directory(schema, plan, folder, "csv", ddl_text=ddl.read_text(encoding="utf-8")).path
    return prove_directory(path, parse_database_url("sqlite://"))


def table_of(request: RecordedRequest) -> str:
    """Return the table that a question is about."""
    found = re.search(r"^table (\S+)", request.prompt, re.MULTILINE)
    assert found is not None
    return found[1]


def columns_of(request: RecordedRequest) -> list[str]:
    """Return every column of the table that a question is about, free or not."""
    told = request.prompt.split("\ntable ", 1)[1].split("\nprimary key", 1)[0]
    return re.findall(r"^- (\S+) ", told, re.MULTILINE)


def decided(plan: Plan) -> dict[str, str]:
    return {f"{t.table}.{c.column}": c.reason for t in plan.tables for c in t.columns if c.origin == "gemini"}


# A model that helps


def answer_visits(request: RecordedRequest) -> Any:
    if table_of(request) != "visits":
        return {"columns": []}
    return {
        "columns": [
            {
                "column": "waited_minutes",
                "kind": "number",
                "low": 0,
                "high": 90,
                "typical": 15,
                "shape": "lognormal",
                "reason": "short waits",
            },
            {
                "column": "status",
                "kind": "categorical",
                "values": [{"value": "seen", "weight": 9}, {"value": "missed"}],
                "reason": "most come",
            },
            {"column": "ward", "kind": "keep", "null_fraction": 0.6, "reason": "few are sent to a ward"},
        ]
    }


def test_what_gemini_says_is_in_the_plan_with_its_reasons(gemini_environment: GeminiEmulator) -> None:
    gemini_environment.on("", answer_visits)
    made = planned(read(CLINIC))
    assert decided(made.planned.plan) == {
        "visits.ward": "few are sent to a ward",
        "visits.status": "most come",
        "visits.waited_minutes": "short waits",
    }
    assert made.planned.plan.table("visits").column("ward").null_fraction == 0.6
    assert made.report is not None
    assert (made.report.calls, made.report.cached, made.report.prompts, made.report.fallbacks) == (2, 0, (PROMPT,), ())
    assert made.report.usage.total > 0
    assert made.report.dollars > 0


def test_the_plan_holds_all_that_decides_the_rows(gemini_environment: GeminiEmulator, tmp_path: Path) -> None:
    gemini_environment.on("", answer_visits)
    schema = read(CLINIC)
    plan = planned(schema).planned.plan
    stored = load_plan(dump_plan(plan), "plan.yaml")
    assert stored == plan
    gemini_environment.inject("http_503", times=1000)
    result = proved(schema, stored, CLINIC, tmp_path / "out")
    assert (result.rejections, result.accepted) == ((), True)


def test_asked_again_it_costs_nothing_and_says_the_same(gemini_environment: GeminiEmulator) -> None:
    gemini_environment.on("", answer_visits)
    first, again = planned(read(CLINIC)), planned(read(CLINIC))
    assert again.planned == first.planned
    assert again.report is not None
    assert (again.report.calls, again.report.cached, again.report.dollars) == (0, 2, 0.0)
    assert len(gemini_environment.calls()) == 2


def test_replayed_it_needs_no_key_and_no_network(gemini_environment: GeminiEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    gemini_environment.on("", answer_visits)
    first = planned(read(CLINIC))
    monkeypatch.delenv("GEMINI_API_KEY")
    monkeypatch.setenv("SYNTH_GEMINI_CACHE", "replay")
    gemini_environment.reset()
    assert planned(read(CLINIC), REQUEST.model_copy(update={"ai": "required"})).planned == first.planned
    assert gemini_environment.calls() == []
    other = planned(read(CLINIC), REQUEST.model_copy(update={"prompt": "Other words."}))
    assert other.report is not None
    assert {f.code for f in other.report.fallbacks} == {"LLM106"}


def test_rows_and_seed_ask_nothing_anew(gemini_environment: GeminiEmulator) -> None:
    planned(read(CLINIC))
    planned(read(CLINIC), REQUEST.model_copy(update={"rows": 5_000, "seed": 7, "dataset": "two"}))
    assert len(gemini_environment.calls()) == 2


def test_the_user_wins(gemini_environment: GeminiEmulator) -> None:
    gemini_environment.on("", answer_visits)
    overrides = {
        "visits": {"columns": {"waited_minutes": {"strategy": {"kind": "number", "low": 1, "high": 2}}, "WARD": {"null_fraction": 0}}}
    }
    made = planned(read(CLINIC), build_request({"rows": 50, "gemini": {"rows": 0}, "overrides": overrides}, "test"))
    visits = made.planned.plan.table("visits")
    assert [(c, visits.column(c).origin) for c in ("waited_minutes", "ward", "status")] == [
        ("waited_minutes", "user"),
        ("ward", "user"),
        ("status", "gemini"),
    ]
    assert str(visits.column("waited_minutes").strategy.high) == "2"  # type: ignore[union-attr]
    assert all("waited_minutes INTEGER: now" not in r.prompt for r in gemini_environment.calls())


def test_the_order_of_answers_changes_nothing(gemini_environment: GeminiEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    schema, texts = read(MARKETPLACE), []
    for workers, order in (("1", 1), ("4", -1)):
        monkeypatch.setenv("SYNTH_GEMINI_CACHE", "off")
        gemini_environment.reset()
        gemini_environment.on("", plausible(schema, 3))
        tables = free_columns(schema, plan_dataset(schema, REQUEST).plan)
        for at, key in enumerate(list(tables)[::order][:4]):
            gemini_environment.inject("slow", match=f"table {key}\n", delay=0.05 * at)
        monkeypatch.setenv("SYNTH_GEMINI_WORKERS", workers)
        texts.append(dump_plan(planned(schema).planned.plan))
    assert texts[0] == texts[1]
    assert "origin: gemini" in texts[0]


# A model that fails


def fails_for(table: str) -> Callable[[RecordedRequest], bool]:
    return lambda request: table_of(request) == table


@pytest.mark.parametrize(("fault", "code"), [("safety", "LLM103"), ("http_403", "LLM108"), ("empty_candidates", "LLM104")])
def test_a_table_without_an_answer_keeps_the_rules_plan(gemini_environment: GeminiEmulator, fault: str, code: str) -> None:
    schema = read(CLINIC)
    gemini_environment.on("", answer_visits)
    gemini_environment.inject(fault, match="table clinics", times=100)
    made = planned(schema)
    by_rules = plan_dataset(schema, REQUEST).plan
    assert made.planned.plan.table("clinics") == by_rules.table("clinics")
    assert made.planned.plan.table("visits") != by_rules.table("visits")
    assert made.report is not None
    assert [(f.what, f.code) for f in made.report.fallbacks] == [("clinics", code)]
    assert made.report.calls == 2


def test_required_fails_and_goes_on_where_it_stopped(gemini_environment: GeminiEmulator) -> None:
    schema, required = read(CLINIC), REQUEST.model_copy(update={"ai": "required"})
    gemini_environment.on("", answer_visits)
    gemini_environment.inject("http_403", match="table clinics", times=1)
    with pytest.raises(LlmError, match="gave no plan for clinics") as raised:
        planned(schema, required)
    assert raised.value.code == "LLM108"
    made = planned(schema, required)
    assert made.report is not None
    assert (made.report.calls, made.report.cached) == (1, 1)
    assert made.planned == planned(schema).planned


def test_a_service_that_is_down_is_not_asked_about_every_table(gemini_environment: GeminiEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_GEMINI_MAX_WAIT_SECONDS", "0")
    schema = read(MARKETPLACE)
    gemini_environment.inject("http_503", times=10_000)
    made = planned(schema)
    assert made.planned == plan_dataset(schema, REQUEST)
    assert made.report is not None
    tables = len(free_columns(schema, made.planned.plan))
    assert {f.code for f in made.report.fallbacks} == {"LLM107"}
    assert len(made.report.fallbacks) == tables
    assert made.report.calls < tables


def test_a_spent_budget_is_a_fallback(gemini_environment: GeminiEmulator) -> None:
    schema = read(CLINIC)
    made = planned(schema, build_request({"rows": 120, "gemini": {"rows": 0, "budget": {"calls": 0}}}, "test"))
    assert made.planned.plan == plan_dataset(schema, REQUEST).plan
    assert made.report is not None
    assert {f.code for f in made.report.fallbacks} == {"LLM102"}
    assert gemini_environment.calls() == []


# A model that does harm


HARM: list[dict[str, Any]] = [
    {"kind": "categorical", "values": [{"value": "1"}, {"value": "2"}], "null_fraction": 1},
    {"kind": "number", "low": -(10**12), "high": 10**12, "null_fraction": 0.9},
    {"kind": "temporal", "first_day": "0001-01-01", "last_day": "9999-12-31", "null_fraction": 0.9},
    {"kind": "template", "templates": ["' OR 1=1; DROP TABLE x; --", "{number:1-9}"], "null_fraction": 0.9},
    {"kind": "keep", "null_fraction": 1},
]


def obey(turn: int) -> Callable[[RecordedRequest], Any]:
    """Return a model that does what the comment in the DDL says, and worse: keys with two values, NULL everywhere, numbers out of range."""

    def answer(request: RecordedRequest) -> Any:
        said = [HARM[(at + turn) % len(HARM)] for at, _ in enumerate(columns_of(request))]
        return {"columns": [{"column": c, "reason": "as told", **harm} for c, harm in zip(columns_of(request), said, strict=True)]}

    return answer


@pytest.mark.parametrize("turn", range(len(HARM)))
@pytest.mark.parametrize("ddl", [CLINIC, MARKETPLACE], ids=["clinic", "marketplace"])
def test_a_model_that_obeys_the_data_breaks_nothing(gemini_environment: GeminiEmulator, tmp_path: Path, ddl: Path, turn: int) -> None:
    schema = read(ddl)
    gemini_environment.on("", obey(turn))
    made = planned(schema)
    by_rules = plan_dataset(schema, REQUEST)
    assert {(d.code, d.where) for d in made.planned.diagnostics} <= {(d.code, d.where) for d in by_rules.diagnostics}
    touched = {tuple(name.rsplit(".", 1)) for name in decided(made.planned.plan)}
    free = {(t, c) for t, columns in free_columns(schema, by_rules.plan).items() for c in columns}
    assert touched <= free
    for table, plan in ((t, made.planned.plan.table(t.key)) for t in schema.tables):
        for key in (*table.unique_keys, *(k.columns for k in table.foreign_keys)):
            for column in key:
                assert plan.columns_by_name.get(column) == by_rules.plan.table(table.key).columns_by_name.get(column)
    result = proved(schema, made.planned.plan, ddl, tmp_path / "out")
    assert (result.rejections, result.accepted) == ((), True)


# A model that answers well-formed things at random


def plausible(schema: Schema, seed: int) -> Callable[[RecordedRequest], Any]:
    """Return a model that has something to say of every free column, of the column's own type."""
    free = free_columns(schema, plan_dataset(schema, REQUEST).plan)

    def answer(request: RecordedRequest) -> Any:
        table = table_of(request)
        rng = random.Random(f"{seed} {table}")
        return {"columns": [{"column": name, "reason": "drawn", **say_of(found, rng)} for name, found in free[table].items()]}

    return answer


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ddl", [CLINIC, MARKETPLACE], ids=["clinic", "marketplace"])
def test_a_database_accepts_whatever_a_well_meaning_model_says(
    gemini_environment: GeminiEmulator, tmp_path: Path, ddl: Path, seed: int
) -> None:
    schema = read(ddl)
    gemini_environment.on("", plausible(schema, seed))
    made = planned(schema)
    assert decided(made.planned.plan)
    result = proved(schema, made.planned.plan, ddl, tmp_path / "out")
    assert (result.rejections, result.accepted) == ((), True)


# Nobody to ask


def test_without_a_key_the_plan_is_that_of_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = read(CLINIC)
    by_rules = plan_dataset(schema, REQUEST)
    assert planned(schema) == AiPlannedDataset(by_rules, None)
    with pytest.raises(LlmError) as raised:
        planned(schema, REQUEST.model_copy(update={"ai": "required"}))
    assert raised.value.code == "LLM101"


def test_off_asks_nobody(gemini_environment: GeminiEmulator) -> None:
    schema = read(CLINIC)
    assert planned(schema, REQUEST.model_copy(update={"ai": "off"})) == AiPlannedDataset(plan_dataset(schema, REQUEST), None)
    assert gemini_environment.calls() == []


def test_a_request_that_cannot_be_met_is_refused_before_anybody_is_asked(gemini_environment: GeminiEmulator) -> None:
    wanted = build_request({"rows": 10, "overrides": {"visits": {"columns": {"id": {"null_fraction": 1}}}}}, "test")
    with pytest.raises(Exception, match="PLAN122"):
        planned(read(CLINIC), wanted)
    assert gemini_environment.calls() == []
