"""Without Gemini: `ai: off`, or no key. Nothing of Google's or Langfuse's is loaded, and both give the bytes that the rules make."""

from pathlib import Path

import pytest

from synth_assets.pipeline.generate import generate_directory
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.request import DatasetRequest
from synth_assets.storage import sha256_of_file
from synth_assets_tests.acceptance.gemini.conftest import cooking
from synth_assets_tests.acceptance.gemini.kitchen import RESTAURANTS, digests, read
from synth_assets_tests.acceptance.gemini.processes import KEYLESS, finish, start_dagster, start_synth
from synth_assets_tests.acceptance.gemini.test_faults import BISTRO
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.langfuse.server import LangfuseReceiver

pytestmark = pytest.mark.processes
ROWS = 60
OF_THE_REQUEST = {"manifest.json", "request.yaml"}
"""Files that say how the dataset was asked for."""


@pytest.mark.parametrize(("ai", "has_key"), [("off", True), ("auto", False)], ids=["off", "no key"])
def test_a_command_loads_neither_and_writes_what_the_rules_make(gemini: GeminiEmulator, tmp_path: Path, ai: str, has_key: bool) -> None:
    environment = gemini.environment if has_key else {}
    command = start_synth(tmp_path, environment, "generate", str(RESTAURANTS), "--rows", str(ROWS), "--ai", ai, "--out", "out")
    assert "loaded []" in finish(command)
    assert gemini.calls() == []
    rules, request = tmp_path / "rules", DatasetRequest(rows=ROWS)
    schema, text = read(), RESTAURANTS.read_text(encoding="utf-8")
    generate_directory(schema, plan_dataset(schema, request).plan, rules, "csv", ddl_text=text, request=request)
    made, ruled = digests(tmp_path / "out"), digests(rules)
    assert made.keys() == ruled.keys()
    assert {name for name in made if made[name] != ruled[name]} <= OF_THE_REQUEST


def test_runs_of_dagster_load_neither_and_store_the_same(gemini: GeminiEmulator, tmp_path: Path) -> None:
    """A process with a key, for a dataset that wants none; then the process has none either."""
    run = start_dagster(tmp_path, gemini.environment, BISTRO, off={"rows": 30, "ai": "off"}, keyless={"rows": 30, "ai": "auto"})
    assert "loaded []" in finish(run)
    assert gemini.calls() == []
    datasets = tmp_path / "data" / "datasets" / "bistro"
    off, keyless = ({p.name: sha256_of_file(p) for p in (datasets / d / "tables").glob("*.parquet")} for d in ("off", KEYLESS))
    assert off == keyless
    assert set(off) == {"dishes.parquet", "opinions.parquet"}


def test_with_keys_the_same_command_loads_both(langfuse: LangfuseReceiver, tmp_path: Path) -> None:
    """Or the test above would prove nothing."""
    (tmp_path / "request.yaml").write_text("rows: 8\nai: required\ngemini: {rows: 8}\n")
    with cooking(tmp_path) as gemini:
        keys = {**gemini.environment, **langfuse.environment}
        said = finish(start_synth(tmp_path, keys, "generate", str(BISTRO), "--request", "request.yaml", "--out", "out"))
    assert "'google.genai'" in said
    assert "'langfuse'" in said
