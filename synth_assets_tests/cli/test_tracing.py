"""Commands that ask Gemini name their trace on standard error, and end as they would without it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from synth_assets.cli.main import app
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.labelled_text.author import ScriptedAuthor
from synth_assets_tests.labelled_text.samples import EXAMPLE
from synth_assets_tests.langfuse import LangfuseReceiver, refusing_host

CLINIC = Path(__file__).parents[1] / "llm" / "golden" / "clinic.sql"


def test_a_plan_is_traced_under_its_dataset(
    gemini_environment: GeminiEmulator, langfuse_environment: LangfuseReceiver, tmp_path: Path
) -> None:
    request = tmp_path / "request.yaml"
    request.write_text("dataset: first\nrows: 20\ngemini: {rows: 0}\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["plan", str(CLINIC), "--request", str(request)])
    assert result.exit_code == 0, result.stderr
    (root,) = langfuse_environment.roots().values()
    assert (root.name, root.attributes["session.id"]) == ("plan clinic/first", "synth plan clinic/first")
    assert len(langfuse_environment.generations(root.trace_id)) == len(gemini_environment.calls("generateContent")) > 0
    assert f"/traces/{root.trace_id}" in result.stderr


def test_labelled_text_is_traced(gemini_environment: GeminiEmulator, langfuse_environment: LangfuseReceiver, tmp_path: Path) -> None:
    ScriptedAuthor().take_part(gemini_environment)
    result = CliRunner().invoke(app, ["label", str(EXAMPLE), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.stderr
    (root,) = langfuse_environment.roots().values()
    assert root.name.startswith("label support_inbox/")
    assert len(langfuse_environment.generations()) == len(gemini_environment.calls("generateContent"))


def test_a_command_that_fails_sends_what_it_asked(
    gemini_environment: GeminiEmulator, langfuse_environment: LangfuseReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    gemini_environment.inject("http_403", times=-1)
    result = CliRunner().invoke(app, ["plan", str(CLINIC), "--ai", "required"])
    assert result.exit_code == 3
    (root,) = langfuse_environment.roots().values()
    assert root.attributes["langfuse.observation.status_message"] == "LLM108"
    monkeypatch.setenv("LANGFUSE_BASE_URL", refusing_host())
    unheard = CliRunner().invoke(app, ["plan", str(CLINIC), "--ai", "required"])
    assert (unheard.exit_code, unheard.stdout) == (result.exit_code, result.stdout)
    assert "tracing: failed: Langfuse is out of reach: connection refused" in unheard.stderr
