"""The plan asset with Gemini: what it shows, what it stores, what a second run asks, when its check warns."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from synth_assets.ddl import read_ddl
from synth_assets.llm.report import PLAN_LABEL
from synth_assets.orchestration.ai_metadata import AI_FALLBACK_CHECK
from synth_assets.orchestration.datasets import load_ai_report, open_store
from synth_assets.orchestration.schema_definitions import SchemaDefinitions
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.orchestration.conftest import build, run_job
from synth_assets_tests.pipeline.test_ai_plan import CLINIC, answer_visits

CONFIG: dict[str, Any] = {"rows": 30, "gemini": {"rows": 0}}


@pytest.fixture
def built(data_dir: Path) -> SchemaDefinitions:
    schema = read_ddl(CLINIC.read_bytes(), source="clinic.sql").schema
    assert schema is not None
    return build(schema)


def plan_only(built: SchemaDefinitions, instance: dg.DagsterInstance, **config: Any) -> dg.ExecuteInProcessResult:
    return run_job(built, instance, "one", {**CONFIG, **config}, asset_selection=[built.names.plan_key])


def metadata_of(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    (event,) = result.get_asset_materialization_events()
    return {name: value.value for name, value in event.materialization.metadata.items()}


def records_of(result: dg.ExecuteInProcessResult, name: str) -> list[dict[str, Any]]:
    (event,) = result.get_asset_materialization_events()
    table = event.materialization.metadata[name]
    assert isinstance(table, dg.TableMetadataValue)
    return [dict(record.data) for record in table.records]


def warning_of(result: dg.ExecuteInProcessResult) -> dg.AssetCheckEvaluation:
    (found,) = result.get_asset_check_evaluations()
    assert found.check_name == AI_FALLBACK_CHECK
    return found


def test_the_plan_says_what_gemini_did(built: SchemaDefinitions, instance: dg.DagsterInstance, gemini_environment: GeminiEmulator) -> None:
    gemini_environment.on("", answer_visits)
    result = plan_only(built, instance)
    assert result.success
    shown = metadata_of(result)
    assert (shown["ai calls"], shown["ai answers from the cache"], shown["ai fallbacks"]) == (2, 0, 0)
    assert shown["ai dollars"] > 0
    assert shown["ai prompts"] == "plan_table@1"
    assert shown["ai estimate"].startswith("2 calls, ")
    decided = records_of(result, "columns decided by Gemini")
    assert [r["column"] for r in decided] == ["visits.ward", "visits.status", "visits.waited_minutes"]
    assert decided[-1]["reason"] == "short waits"
    assert warning_of(result).passed
    report = load_ai_report(open_store(), built.names.schema_name, "one", PLAN_LABEL)
    assert report is not None
    assert report.usage.total == shown["ai tokens"]


def test_a_second_run_reads_the_plan_and_asks_nothing(
    built: SchemaDefinitions, instance: dg.DagsterInstance, gemini_environment: GeminiEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    gemini_environment.on("", answer_visits)
    first = plan_only(built, instance)
    asked = len(gemini_environment.calls())
    monkeypatch.setenv("SYNTH_GEMINI_CACHE", "off")
    again = plan_only(built, instance)
    assert len(gemini_environment.calls()) == asked
    assert metadata_of(again) == metadata_of(first)


def test_the_check_warns_where_the_rules_stood_in(
    built: SchemaDefinitions, instance: dg.DagsterInstance, gemini_environment: GeminiEmulator
) -> None:
    gemini_environment.inject("safety", times=-1, match="table clinics")
    result = plan_only(built, instance)
    assert result.success
    warning = warning_of(result)
    assert (warning.passed, warning.severity) == (False, dg.AssetCheckSeverity.WARN)
    (record,) = records_of(result, "rules stood in for")
    assert (record["what"], record["code"]) == ("clinics", "LLM103")


def test_required_stores_nothing_until_gemini_answers(
    built: SchemaDefinitions, instance: dg.DagsterInstance, gemini_environment: GeminiEmulator
) -> None:
    gemini_environment.on("", answer_visits)
    gemini_environment.inject("http_403", match="table clinics")
    failed = plan_only(built, instance, ai="required")
    assert not failed.success
    assert not open_store().has_plan(built.names.schema_name, "one")
    result = plan_only(built, instance, ai="required")
    assert result.success
    shown = metadata_of(result)
    assert (shown["ai calls"], shown["ai answers from the cache"]) == (1, 1)


def test_without_a_key_the_plan_says_so(built: SchemaDefinitions, instance: dg.DagsterInstance) -> None:
    result = plan_only(built, instance)
    assert metadata_of(result)["ai"].startswith("not asked: no key")
    assert warning_of(result).passed
    assert "ai calls" not in metadata_of(result)
    off = run_job(built, instance, "two", {**CONFIG, "ai": "off"}, asset_selection=[built.names.plan_key])
    assert metadata_of(off)["ai"] == "off, as the request says"


def test_a_budget_that_was_too_small_is_raised_for_the_dataset_that_is_there(
    built: SchemaDefinitions, instance: dg.DagsterInstance, gemini_environment: GeminiEmulator
) -> None:
    """Nothing else of its request can be changed: what it may cost is no part of what it is."""
    poor, rich = ({"gemini": {"rows": 0, "budget": {"calls": calls}}} for calls in (5, 50))
    assert plan_only(built, instance, **poor).success
    (before,) = {p: p.read_bytes() for p in open_store().dataset_directory("clinic", "one").glob("plan.yaml")}.items()
    assert plan_only(built, instance, **rich).success
    assert open_store().load_request("clinic", "one").gemini.budget.calls == 50
    assert before[0].read_bytes() == before[1]
    assert not plan_only(built, instance, **rich, rows=31).success
    assert not plan_only(built, instance, gemini={"rows": 9, "budget": {"calls": 50}}).success
