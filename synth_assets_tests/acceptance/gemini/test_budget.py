"""A budget of ten calls: the eleventh request is never sent; what happens instead is as the mode says, and it is said."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from synth_assets.databases import parse_database_url
from synth_assets.errors import LlmError
from synth_assets.orchestration.ai_metadata import AI_FALLBACK_CHECK
from synth_assets.pipeline.prove import prove_directory
from synth_assets_tests.acceptance.gemini.kitchen import DATASET, RESTAURANTS, journal, make, read, wanted
from synth_assets_tests.acceptance.gemini.test_faults import BISTRO
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.orchestration.conftest import PREVIEWS, build, data_dir, instance, run_job  # noqa: F401

pytestmark = [pytest.mark.filterwarnings(warning) for warning in PREVIEWS]
BUDGET = {"rows": 25, "budget": {"calls": 10}}
QUESTIONS = 8 + 5 * (1 + 1 + 1)


def test_auto_goes_on_with_the_rules_and_says_so(cook: GeminiEmulator, tmp_path: Path) -> None:
    made = make(RESTAURANTS, tmp_path / "out", wanted(40, "auto", **BUDGET))
    assert len(cook.calls()) == len(journal()) == 10
    # Eight plans and the first two questions about restaurants fit: 25 rows have texts that nobody judged.
    told = {f"{t}: {t}": ["LLM102"] for t in ("menus", "menu_items", "orders", "reviews")}
    assert made.fallbacks == {"restaurants: restaurants rows 0-24, not judged": ["LLM102"], **told}
    assert made.reports["restaurants"].rows_written == 25
    assert prove_directory(made.folder, parse_database_url("sqlite://")).accepted
    asked = sum(r.attempts for r in made.reports.values())
    assert asked == 10


def test_required_fails_and_what_was_answered_is_not_paid_again(cook: GeminiEmulator, tmp_path: Path) -> None:
    with pytest.raises(LlmError) as caught:
        make(RESTAURANTS, tmp_path / "out", wanted(40, **BUDGET))
    assert caught.value.code == "LLM102"
    assert "10 calls spent or reserved" in caught.value.diagnostics[0].found
    assert "gemini.budget.calls" in caught.value.diagnostics[0].hint
    assert len(cook.calls()) == 10
    assert not (tmp_path / "out").exists()
    made = make(RESTAURANTS, tmp_path / "out", wanted(40, rows=25, budget={"calls": QUESTIONS}))
    assert len(cook.calls()) == QUESTIONS
    assert made.fallbacks == {}


def shown_by(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    events = [e.materialization for e in result.get_asset_materialization_events()]
    return {e.asset_key.path[-1]: {name: value.value for name, value in e.metadata.items()} for e in events}


def execute(one: dg.DagsterInstance, ai: str) -> dg.ExecuteInProcessResult:
    built = build(read(BISTRO), ddl_text=BISTRO.read_text(encoding="utf-8"))
    assert built.names.schema_name == "bistro"
    return run_job(built, one, DATASET, {"rows": 60, "ai": ai, "gemini": {"rows": 50, "budget": {"calls": 10}}})


def test_in_dagster_metadata_and_check_say_so(data_dir: Path, cook: GeminiEmulator, instance: dg.DagsterInstance) -> None:  # noqa: F811
    result = execute(instance, "auto")
    assert result.success
    assert len(cook.calls()) == 10
    checks = {e.asset_key.path[-1]: e for e in result.get_asset_check_evaluations() if e.check_name == AI_FALLBACK_CHECK}
    assert {name: check.passed for name, check in checks.items()} == {"_plan": True, "dishes": True, "opinions": False}
    assert checks["opinions"].severity == dg.AssetCheckSeverity.WARN
    shown = shown_by(result)
    assert (shown["dishes"]["ai calls"], shown["dishes"]["ai fallbacks"]) == (5, 0)
    assert (shown["opinions"]["ai requests"], shown["opinions"]["ai fallbacks"]) == (3, 1)
    assert "LLM102" in str(shown["opinions"])
    assert (shown["opinions"]["filled rows"], shown["opinions"]["ai written rows"]) == (50, "50 of 50")  # unjudged, as the fallback says
    assert sum(one.get("ai requests", 0) for one in shown.values()) == 10


def test_in_dagster_required_fails_at_the_table(data_dir: Path, cook: GeminiEmulator, instance: dg.DagsterInstance) -> None:  # noqa: F811
    result = execute(instance, "required")
    assert not result.success
    assert len(cook.calls()) == 10
    assert set(shown_by(result)) >= {"_plan", "dishes"}
    assert "opinions" not in shown_by(result)
    (failure,) = [e for e in result.all_events if e.is_step_failure and "opinions" in str(e.step_key)]
    assert "LLM102" in str(failure.event_specific_data)
