"""A run and its traces: the same sums as its metadata, scores where their asset is, and a server that fails costs next to nothing."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from synth_assets.ddl import read_ddl
from synth_assets.llm.tracing import TraceSubject
from synth_assets.orchestration.datasets import load_ai_report, open_store
from synth_assets.orchestration.schema_definitions import SchemaDefinitions
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.labelled_text.author import ScriptedAuthor
from synth_assets_tests.labelled_text.samples import small
from synth_assets_tests.langfuse import LangfuseReceiver, hanging_host, refusing_host
from synth_assets_tests.llm.writer import let_write
from synth_assets_tests.orchestration.conftest import QUIET, build, run_job
from synth_assets_tests.orchestration.processes import REPOSITORY, Processes
from synth_assets_tests.orchestration.test_labelled_assets import run as run_labelled
from synth_assets_tests.pipeline.shop_texts import DDL

CONFIG: dict[str, Any] = {"rows": 60, "gemini": {"rows": 20}}
ASSETS = ("shop/_plan", "shop/products", "shop/reviews")
MOST_SECONDS = 3.0
"""What a run may take longer for a server that fails."""

ATTEMPTS = 3
"""A machine that is busy with something else may be slow once; every attempt is a run of its own, which finds out by itself."""


@pytest.fixture
def built(data_dir: Path) -> SchemaDefinitions:
    schema = read_ddl(DDL, source="shop.sql", dialect="sqlite").schema
    assert schema is not None
    return build(schema)


@pytest.fixture
def writing(gemini_environment: GeminiEmulator) -> GeminiEmulator:
    let_write(gemini_environment)
    return gemini_environment


def metadata_of(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    """Return the metadata of every asset that a run made, by asset."""
    events = [e.materialization for e in result.get_asset_materialization_events()]
    return {e.asset_key.to_user_string(): {name: value.value for name, value in e.metadata.items()} for e in events}


def trace_of(result: dg.ExecuteInProcessResult, asset: str, dataset: str = "one") -> str:
    return TraceSubject(asset, session=result.run_id, partition=dataset).trace_id


def test_a_run_is_one_trace_an_asset_with_the_sums_of_its_metadata(
    writing: GeminiEmulator, langfuse_environment: LangfuseReceiver, built: SchemaDefinitions, instance: dg.DagsterInstance
) -> None:
    result = run_job(built, instance, "one", CONFIG)
    assert result.success
    shown, langfuse = metadata_of(result), langfuse_environment
    assert set(langfuse.roots()) == set(ASSETS)
    for asset in ASSETS:
        made = langfuse.generations(trace_of(result, asset))
        assert sum(s.usage["total"] for s in made) == shown[asset]["ai tokens"] > 0
        assert sum(s.metadata()["attempts"] for s in made) == shown[asset]["ai requests"] == len(made)
        assert round(sum(s.dollars for s in made), 6) == pytest.approx(shown[asset]["ai dollars"], abs=1e-6)
        assert {s.metadata()["prompt"] for s in made} == set(shown[asset]["ai prompts"].split(", "))
        assert {s.attributes["session.id"] for s in made} == {result.run_id}
        assert shown[asset]["trace"].endswith(f"/traces/{trace_of(result, asset)}")
        assert shown[asset]["tracing"].endswith(" sent")
    assert len(writing.calls("generateContent")) == len(langfuse.generations())
    assert langfuse.roots()["shop/reviews"].metadata("trace") == {
        "schema": "shop",
        "dataset": "one",
        "table": "reviews",
        "asset": "shop/reviews",
    }
    report = load_ai_report(open_store(), "shop", "one", "reviews")
    assert report is not None
    assert report.trace_url == shown["shop/reviews"]["trace"]


def test_checks_and_critique_are_scores_of_their_asset(
    writing: GeminiEmulator,
    langfuse_environment: LangfuseReceiver,
    built: SchemaDefinitions,
    instance: dg.DagsterInstance,
) -> None:
    result = run_job(built, instance, "one", CONFIG)
    langfuse = langfuse_environment
    evaluations = [e for e in result.get_asset_check_evaluations() if e.asset_key.to_user_string() in ASSETS]
    wanted = {(e.asset_key.to_user_string(), e.check_name, float(e.passed)) for e in evaluations}
    found = {(asset, name, value) for asset in ASSETS for name, value in langfuse.scores_of(trace_of(result, asset)).items()}
    assert wanted <= found
    assert {name for asset, name, _ in found - wanted} == {"critique", "critique_refilled_rows", "critique_dropped_rows"}
    assert 8 <= langfuse.scores_of(trace_of(result, "shop/reviews"))["critique"] <= 10
    # The checks again, by themselves, in another run: the same scores, replaced.
    kept = dict(langfuse.scores)
    written = len(langfuse.score_writes)
    names = built.names
    keys = {key for op in built.definitions.asset_checks or () for key in op.check_keys if key.asset_key.path[-1] == "reviews"}
    checks = built.definitions.resolve_job_def(names.job).get_subset(asset_selection=frozenset(), asset_check_selection=frozenset(keys))
    again = checks.execute_in_process(run_config=QUIET, partition_key="one", instance=instance, tags=names.run_tags("one"))
    assert {e.check_name for e in again.get_asset_check_evaluations()} == {key.name for key in keys}
    assert again.run_id != result.run_id
    assert len(langfuse.score_writes) > written
    assert {i: s["value"] for i, s in langfuse.scores.items()} == {i: s["value"] for i, s in kept.items()}


def test_a_second_run_is_another_session_that_cost_nothing(
    writing: GeminiEmulator,
    langfuse_environment: LangfuseReceiver,
    built: SchemaDefinitions,
    instance: dg.DagsterInstance,
) -> None:
    first = run_job(built, instance, "one", CONFIG)
    langfuse_environment.reset()
    second = run_job(built, instance, "one")
    shown = metadata_of(second)["shop/reviews"]
    assert first.run_id != second.run_id
    assert {s.attributes["session.id"] for s in langfuse_environment.spans} == {second.run_id}
    assert not langfuse_environment.generations()
    assert shown["trace"].endswith(trace_of(second, "shop/reviews"))
    assert shown["ai trace"].endswith(trace_of(first, "shop/reviews")), "where the questions are that its texts come from"


def test_with_ai_off_nothing_is_sent(
    writing: GeminiEmulator, langfuse_environment: LangfuseReceiver, built: SchemaDefinitions, instance: dg.DagsterInstance
) -> None:
    result = run_job(built, instance, "one", {**CONFIG, "ai": "off"})
    assert result.success
    assert not langfuse_environment.paths
    assert not writing.calls()
    assert not [name for shown in metadata_of(result).values() for name in shown if name in {"trace", "tracing", "ai trace"}]


def test_an_asset_that_fails_is_an_error_in_its_trace(
    gemini_environment: GeminiEmulator, langfuse_environment: LangfuseReceiver, built: SchemaDefinitions, instance: dg.DagsterInstance
) -> None:
    gemini_environment.inject("http_403", times=-1)
    result = run_job(built, instance, "one", {**CONFIG, "ai": "required"})
    assert not result.success
    root = langfuse_environment.roots()["shop/_plan"]
    assert (root.is_error, root.attributes["langfuse.observation.status_message"]) == (True, "LLM108")
    assert {s.metadata()["error_code"] for s in langfuse_environment.generations()} == {"LLM108"}


def test_labelled_text_is_traced_and_scored_too(
    gemini_environment: GeminiEmulator, langfuse_environment: LangfuseReceiver, data_dir: Path, instance: dg.DagsterInstance
) -> None:
    ScriptedAuthor().take_part(gemini_environment)
    result = run_labelled(small(), instance)
    assert result.success
    trace_id = trace_of(result, "small/messages", dataset="")
    assert len(langfuse_environment.generations(trace_id)) == len(gemini_environment.calls("generateContent"))
    assert set(langfuse_environment.roots()) == {"small/messages", "small/train", "small/validation", "small/test"}
    for asset in ("small/messages", "small/test"):
        found = langfuse_environment.scores_of(trace_of(result, asset, dataset=""))
        checks = [
            e for e in result.get_asset_check_evaluations() if e.asset_key.to_user_string() == asset and e.check_name != "ai_fallback"
        ]
        assert found == {e.check_name: float(e.passed) for e in checks}
        assert found


@pytest.mark.parametrize("fault", ["refuses", "hangs", "no such name", "500"])
def test_a_server_that_fails_costs_a_run_next_to_nothing(
    writing: GeminiEmulator,
    langfuse_environment: LangfuseReceiver,
    built: SchemaDefinitions,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    with pytest.MonkeyPatch.context() as without:
        without.delenv("LANGFUSE_PUBLIC_KEY")
        run_job(built, instance, "warm", CONFIG)
        plain, _ = _timed(built, instance, "plain")
    langfuse = langfuse_environment
    # Another key: what this process knows of the receiver does not count.
    monkeypatch.setattr(langfuse, "public_key", f"pk-{fault.replace(' ', '-')}")
    langfuse.status = int(fault) if fault.isdigit() else 200
    with hanging_host() as hanging:
        hosts = {"refuses": refusing_host(), "hangs": hanging, "no such name": "http://no-such-host.invalid"}
        for name, value in {**langfuse.environment, "LANGFUSE_BASE_URL": hosts.get(fault, langfuse.url)}.items():
            monkeypatch.setenv(name, value)
        for attempt in range(ATTEMPTS):
            seconds, result = _timed(built, instance, f"try-{attempt}")
            if seconds - plain < MOST_SECONDS:
                break
    assert result.success
    assert seconds - plain < MOST_SECONDS, f"{seconds:.2f} s, and {plain:.2f} s without keys"
    for shown in (metadata_of(result)[asset] for asset in ASSETS):
        assert shown["tracing"].startswith("failed: Langfuse is out of reach: ")
        assert not {"trace", "ai trace"} & shown.keys()
        assert shown["ai answers from the cache"] > 0, "as in the run without keys that it is compared with"


def _timed(built: SchemaDefinitions, instance: dg.DagsterInstance, dataset: str) -> tuple[float, dg.ExecuteInProcessResult]:
    started = time.monotonic()
    result = run_job(built, instance, dataset, CONFIG)
    return time.monotonic() - started, result


# Other processes


def _generate(folder: Path, gemini: GeminiEmulator, out: str, **environment: str) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Run `synth generate` in a process of its own; return its seconds, its end included."""
    (folder / "shop.sql").write_text(DDL, encoding="utf-8")
    (folder / "request.yaml").write_text("rows: 30\ngemini: {rows: 10}\n", encoding="utf-8")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LANGFUSE", "SYNTH"))}
    own = {**inherited, **gemini.environment, "PYTHONPATH": str(REPOSITORY), "SYNTH_LLM_DIR": str(folder / out / "llm"), **environment}
    arguments = ["generate", "shop.sql", "--dialect", "sqlite", "--request", "request.yaml", "--out", f"{out}-rows"]
    started = time.monotonic()
    command = [sys.executable, "-c", "from synth_assets.cli.main import app; app()", *arguments]
    done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False, timeout=120)
    return time.monotonic() - started, done


@pytest.mark.processes
def test_a_command_ends_in_time_whatever_the_server_does(gemini: GeminiEmulator, langfuse: LangfuseReceiver, tmp_path: Path) -> None:
    let_write(gemini)
    plain = min(_generate(tmp_path, gemini, f"plain{n}")[0] for n in range(2))
    with hanging_host() as hanging:
        for name, host in (("hangs", hanging), ("refuses", refusing_host())):
            for attempt in range(ATTEMPTS):
                seconds, done = _generate(tmp_path, gemini, f"{name}{attempt}", **{**langfuse.environment, "LANGFUSE_BASE_URL": host})
                assert done.returncode == 0, done.stderr
                assert "tracing: failed: Langfuse is out of reach" in done.stderr
                if seconds - plain < MOST_SECONDS:
                    break
            assert seconds - plain < MOST_SECONDS, f"{name}: {seconds:.2f} s, and {plain:.2f} s without keys"


@pytest.mark.processes
def test_a_command_is_traced(gemini: GeminiEmulator, langfuse: LangfuseReceiver, tmp_path: Path) -> None:
    let_write(gemini)
    _, done = _generate(tmp_path, gemini, "traced", **langfuse.environment)
    assert done.returncode == 0, done.stderr
    (root,) = langfuse.roots().values()
    assert root.name.startswith("generate shop/")
    assert len(langfuse.generations()) == len(gemini.calls("generateContent")) == root.metadata()["questions"]
    assert f"/traces/{root.trace_id}" in done.stderr


@pytest.mark.processes
def test_steps_in_processes_of_their_own_are_traced(gemini: GeminiEmulator, langfuse: LangfuseReceiver, tmp_path: Path) -> None:
    """Each step ends its process: what it did not send by then would be lost."""
    let_write(gemini)
    environment = {"SYNTH_EXECUTOR": "multiprocess", "PYTHONPATH": str(REPOSITORY), **gemini.environment, **langfuse.environment}
    processes = Processes(tmp_path, environment)
    (tmp_path / "workspace.yaml").write_text((REPOSITORY / "workspace.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    try:
        processes.start("dev", "dagster", "dev", "--workspace", "workspace.yaml", "--host", "127.0.0.1", "--port", str(processes.port))
        processes.wait("the web server", lambda: processes.ask("{ version }"))
        processes.upload("shop", DDL, "rows: 30\ndataset: one\ngemini: {rows: 10}\n")
        run = processes.wait_for_run("generate_shop", "SUCCESS", seconds=120)["runId"]
    finally:
        processes.end()
    assert set(langfuse.roots()) >= set(ASSETS)
    assert len(langfuse.generations()) == len(gemini.calls("generateContent"))
    for asset in ("shop/products", "shop/reviews"):
        trace_id = TraceSubject(asset, session=run, partition="one").trace_id
        assert langfuse.generations(trace_id)
        assert langfuse.scores_of(trace_id)["not_null"] == 1.0
