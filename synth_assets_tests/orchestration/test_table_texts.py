"""Table assets whose texts Gemini writes: what they show, what a second run asks, when their check warns."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from synth_assets.ddl import read_ddl
from synth_assets.orchestration.ai_metadata import AI_FALLBACK_CHECK
from synth_assets.orchestration.datasets import open_store
from synth_assets.orchestration.schema_definitions import SchemaDefinitions
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.llm.writer import let_write
from synth_assets_tests.orchestration.conftest import build, run_job
from synth_assets_tests.pipeline.shop_texts import DDL

CONFIG: dict[str, Any] = {"rows": 80, "gemini": {"rows": 30}}


@pytest.fixture
def built(data_dir: Path) -> SchemaDefinitions:
    schema = read_ddl(DDL, source="shop.sql", dialect="sqlite").schema
    assert schema is not None
    return build(schema)


def run(built: SchemaDefinitions, instance: dg.DagsterInstance, *only: str) -> dg.ExecuteInProcessResult:
    tables = [built.names.table_key(name) for name in only or ("products", "reviews")]
    return run_job(built, instance, "one", CONFIG, asset_selection=[built.names.plan_key, *tables])


def metadata_of(built: SchemaDefinitions, result: dg.ExecuteInProcessResult, table: str) -> dict[str, Any]:
    key = built.names.table_key(table)
    found = next(e.materialization for e in result.get_asset_materialization_events() if e.asset_key == key)
    return {name: value.value for name, value in found.metadata.items()}


def fallbacks(built: SchemaDefinitions, result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    checks = [e for e in result.get_asset_check_evaluations() if e.check_name == AI_FALLBACK_CHECK]
    assert {e.severity for e in checks} == {dg.AssetCheckSeverity.WARN}
    return {e.asset_key.path[-1]: e.passed for e in checks}


def test_an_asset_shows_how_its_texts_were_written(
    built: SchemaDefinitions, instance: dg.DagsterInstance, gemini_environment: GeminiEmulator
) -> None:
    let_write(gemini_environment)
    result = run(built, instance)
    assert result.success
    assert fallbacks(built, result) == {"_plan": True, "products": True, "reviews": True}
    shown = metadata_of(built, result, "reviews")
    assert (shown["filled columns"], shown["filled rows"]) == ("body", 30)
    assert (shown["ai calls"], shown["ai answers from the cache"]) == (1 + 2 + 2, 0)
    assert shown["ai prompts"] == "critique_rows@1, fill_rows@1, instructions@1"
    assert shown["ai dollars"] > 0
    assert "| 8 | 10 | " in shown["ai critique"]
    assert (shown["ai refilled rows"], shown["ai dropped rows"], shown["ai drop rate"]) == (0, 0, 0.0)
    assert shown["ai instructions"].startswith("1. ")
    assert shown["ai example rows"].startswith("| row | rating |")
    record = open_store().load_record("shop", "one", "reviews").record
    assert record.provenance.filled["reviews"] == shown["filled sha256"]


def test_a_second_run_reads_the_texts_and_tells_of_the_first(
    built: SchemaDefinitions, instance: dg.DagsterInstance, gemini_environment: GeminiEmulator
) -> None:
    let_write(gemini_environment)
    first = run(built, instance)
    gemini_environment.reset()
    again = run(built, instance, "reviews")
    assert gemini_environment.calls() == []
    one, two = (metadata_of(built, r, "reviews") for r in (first, again))
    assert one["sha256"] == two["sha256"]
    assert one["ai critique"] == two["ai critique"]


def test_the_check_of_the_table_warns_where_the_rules_stood_in(
    built: SchemaDefinitions, instance: dg.DagsterInstance, gemini_environment: GeminiEmulator
) -> None:
    gemini_environment.inject("safety", times=-1, match="You write the texts of rows")
    let_write(gemini_environment)
    result = run(built, instance)
    assert result.success
    assert fallbacks(built, result) == {"_plan": True, "products": False, "reviews": False}
    shown = metadata_of(built, result, "reviews")
    assert (shown["filled rows"], shown["ai dropped rows"], shown["ai drop rate"]) == (0, 30, 1.0)
    assert open_store().load_record("shop", "one", "reviews").record.provenance.filled == {}


def test_without_a_key_nothing_is_filled_or_said(built: SchemaDefinitions, instance: dg.DagsterInstance) -> None:
    result = run(built, instance)
    assert result.success
    assert set(fallbacks(built, result).values()) == {True}
    assert "filled columns" not in metadata_of(built, result, "reviews")
