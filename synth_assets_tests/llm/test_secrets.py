"""A key shows nowhere: no repr, no error, no log, no file, no record; and what asks nothing loads nothing of Google's or Langfuse's."""

import logging
import os
import pickle
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from typer.testing import CliRunner

from synth_assets.cli.main import app
from synth_assets.errors import LlmError
from synth_assets.llm.calls import CallTally
from synth_assets.settings import LlmSettings, load_llm_settings
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.llm.gateways import KEY, gateway_to, question, read_rows, settings_for

LIBRARY = """
CREATE TABLE authors (id INT PRIMARY KEY, name VARCHAR(80) NOT NULL);
CREATE TABLE books (id INT PRIMARY KEY, author_id INT NOT NULL REFERENCES authors(id), title VARCHAR(100), summary TEXT);
"""


def test_settings_and_gateways_do_not_show_it(gemini: GeminiEmulator, tmp_path: Path) -> None:
    settings = settings_for(gemini, tmp_path, langfuse_secret_key=KEY)
    gateway = gateway_to(gemini, tmp_path)
    gateway.ask(question(), read_rows)
    shown = [f(x) for f in (repr, str) for x in (settings, gateway, gateway.door, gateway.door.terms)]
    assert not [text for text in (*shown, settings.model_dump_json()) if KEY in text]


def test_a_bad_setting_is_refused_without_showing_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("SYNTH_GEMINI_CACHE", KEY)
    with pytest.raises(ValueError) as caught:
        load_llm_settings()
    assert KEY not in str(caught.value)


def test_empty_variables_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GEMINI_API_KEY", "SYNTH_GEMINI_BASE_URL", "SYNTH_GEMINI_CACHE", "SYNTH_LLM_DIR", "LANGFUSE_SECRET_KEY"):
        monkeypatch.setenv(name, "")
    assert not load_llm_settings().may_ask
    assert not load_llm_settings().may_trace
    assert load_llm_settings().cache == "readwrite"
    monkeypatch.setenv("GOOGLE_API_KEY", KEY)
    assert load_llm_settings().may_ask


def test_the_settings_have_the_names_of_the_manual(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {
        "GEMINI_API_KEY": "a",
        "GOOGLE_API_KEY": "b",
        "SYNTH_GEMINI_MODEL": "gemini-4-argon",
        "SYNTH_GEMINI_CRITIQUE_MODEL": "c",
        "SYNTH_GEMINI_EMBEDDING_MODEL": "e",
        "SYNTH_GEMINI_REQUESTS_PER_MINUTE": "7",
        "SYNTH_GEMINI_VERTEX_PROJECT": "p",
        "SYNTH_GEMINI_VERTEX_LOCATION": "europe-west4",
        "SYNTH_DATA_DIR": str(tmp_path),
        "LANGFUSE_PUBLIC_KEY": "pk",
        "LANGFUSE_SECRET_KEY": "sk",
        "LANGFUSE_HOST": "http://traces",
    }
    monkeypatch.delenv("SYNTH_LLM_DIR", raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = load_llm_settings()
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "a", "the one that names Gemini"
    assert (settings.model, settings.critique_model, settings.embedding_model) == ("gemini-4-argon", "c", "e")
    assert (settings.requests_per_minute, settings.vertex_project, settings.vertex_location) == (7, "p", "europe-west4")
    assert settings.folder == tmp_path.resolve() / "llm"
    assert settings.may_trace
    assert settings.langfuse_base_url == "http://traces"


@pytest.mark.parametrize("fault", ["http_400", "http_503", "http_403", "reset_before", "bad_json_body", "slow"])
def test_errors_and_logs_do_not_show_it(gemini: GeminiEmulator, tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str) -> None:
    """Even where the server repeats the key in its own words."""
    gemini.inject(fault, times=-1, delay=0.6, message=f"the key {KEY} may not do this")
    gateway = gateway_to(gemini, tmp_path, max_wait_seconds=0.1, timeout_seconds=0.2 if fault == "slow" else 5)
    with caplog.at_level(logging.DEBUG), pytest.raises(LlmError) as caught:
        gateway.ask(question(), read_rows)
    error = caught.value
    told = "".join(traceback.format_exception(error))
    assert KEY not in told + str(error) + repr(error) + caplog.text + error.diagnostics[0].render()
    assert KEY.encode() not in pickle.dumps(error)
    assert "Gemini" in pickle.loads(pickle.dumps(error)).message


def test_files_and_records_do_not_hold_it(gemini: GeminiEmulator, tmp_path: Path) -> None:
    tally = CallTally()
    gateway = gateway_to(gemini, tmp_path, [tally])
    gateway.ask(question(), read_rows)
    gateway.embed(["text"])
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"answers.sqlite", "ledger.sqlite", "rate_limit.sqlite"}
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    assert KEY not in repr(tally.records()) + "".join(str(vars(r)) for r in tally.records())


def test_the_key_is_sent(gemini: GeminiEmulator, tmp_path: Path) -> None:
    """Or the tests above would prove nothing."""
    gateway_to(gemini, tmp_path).ask(question(), read_rows)
    assert gemini.calls()[0].headers["x-goog-api-key"] == KEY


@pytest.mark.processes
@pytest.mark.parametrize(
    ("arguments", "key"),
    [(("generate",), None), (("plan",), None), (("estimate",), KEY), (("generate", "--request", "off.yaml"), KEY)],
    ids=["generate without a key", "plan without a key", "estimate with a key", "generate with ai: off"],
)
def test_what_asks_nothing_loads_nothing(tmp_path: Path, arguments: tuple[str, ...], key: str | None) -> None:
    (tmp_path / "library.sql").write_text(LIBRARY, encoding="utf-8")
    (tmp_path / "off.yaml").write_text("ai: off\n", encoding="utf-8")
    command, *options = arguments
    out = ["--out", str(tmp_path / "rows")] if command == "generate" else []
    code = f"""
import sys
from synth_assets.cli.main import app
try:
    app({[command, "library.sql", *options, *out, "--rows", "5"]!r})
except SystemExit as ended:
    assert not ended.code, ended.code
print("loaded:", sorted(n for n in sys.modules if n.split(".")[0] in ("langfuse", "opentelemetry") or n.startswith("google.genai")))
"""
    environment = {k: v for k, v in os.environ.items() if k not in {"GEMINI_API_KEY", "GOOGLE_API_KEY"}}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2]), **({"GEMINI_API_KEY": key} if key else {})}
    # Keys for Langfuse change nothing where nothing is asked.
    environment |= {"LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_SECRET_KEY": "sk", "LANGFUSE_BASE_URL": "http://127.0.0.1:9"}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.stdout.splitlines()[-1:] == ["loaded: []"], ran.stdout + ran.stderr


BAD = [
    ("SYNTH_GEMINI_CACHE", KEY),
    ("SYNTH_GEMINI_WORKERS", "many"),
    ("SYNTH_GEMINI_TIMEOUT_SECONDS", "inf"),
    ("SYNTH_GEMINI_TIMEOUT_SECONDS", "nan"),
    ("SYNTH_GEMINI_MAX_WAIT_SECONDS", "1e300"),
]


@pytest.mark.parametrize(("variable", "value"), BAD)
def test_the_command_names_a_bad_variable_and_not_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    (tmp_path / "library.sql").write_text(LIBRARY, encoding="utf-8")
    monkeypatch.setenv(variable, value)
    result = CliRunner().invoke(app, ["estimate", str(tmp_path / "library.sql")])
    assert result.exit_code == 2
    assert variable in result.stderr
    assert value not in result.output


@pytest.mark.parametrize("key", [f"{KEY}\n", f"  {KEY}", f"{KEY}\r\n"])
def test_a_key_out_of_a_file_loses_the_blanks_around_it(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", key)
    found = load_llm_settings().api_key
    assert found is not None
    assert found.get_secret_value() == KEY


@pytest.mark.parametrize("spoiled", [f"{KEY}\n{KEY}", f"{KEY}\u00fc", f"\ufeff{KEY}", f"{KEY} {KEY}"])
def test_a_key_that_no_header_holds_is_refused_without_showing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoiled: str) -> None:
    """The transport would quote the whole header, escaped, where no mask finds it."""
    (tmp_path / "library.sql").write_text(LIBRARY, encoding="utf-8")
    monkeypatch.setenv("GEMINI_API_KEY", spoiled)
    result = CliRunner().invoke(app, ["plan", str(tmp_path / "library.sql")])
    assert result.exit_code == 2, result.output
    assert "GEMINI_API_KEY" in result.output
    assert KEY not in result.output


def test_blanks_are_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "  ")
    assert not load_llm_settings().may_ask


def test_gemini_required_without_a_key_ends_with_three(tmp_path: Path) -> None:
    (tmp_path / "library.sql").write_text(LIBRARY, encoding="utf-8")
    (tmp_path / "required.yaml").write_text("ai: required", encoding="utf-8")
    arguments = ["plan", str(tmp_path / "library.sql"), "--request", str(tmp_path / "required.yaml")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 3
    assert "LLM101" in result.stderr


def test_vertex_is_asked_with_googles_own_login(gemini: GeminiEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import google.auth
    from google.auth.credentials import Credentials

    class Login(Credentials):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.token = "a-login-that-must-show-nowhere"

        def refresh(self, request: object) -> None:
            """It never ends."""

    monkeypatch.setattr(google.auth, "default", lambda **_: (Login(), "other-project"))
    gateway = gateway_to(gemini, tmp_path, api_key=None, vertex_project="my-project", vertex_location="global")
    gateway.ask(question(), read_rows)
    assert len(gateway.embed(["one", "two"])) == 2
    asked, embedded = gemini.calls()
    assert (asked.mode, embedded.mode) == ("vertex", "vertex")
    assert "/projects/my-project/locations/global/" in asked.path
    assert asked.headers["authorization"] == "Bearer a-login-that-must-show-nowhere"


def test_vertex_without_a_login_is_said(gemini: GeminiEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    gateway = gateway_to(gemini, tmp_path, api_key=None, vertex_project="nobodys-project")
    with pytest.raises(LlmError) as caught:
        gateway.ask(question(), read_rows)
    assert caught.value.code == "LLM108"
    assert not gemini.calls()


def test_pointing_to_vertex_needs_no_key() -> None:
    assert LlmSettings(vertex_project="p").may_ask


def test_what_asks_without_keys_for_langfuse_loads_nothing_of_it(gemini: GeminiEmulator, tmp_path: Path) -> None:
    """Nor does looking at the module that traces."""
    code = f"""
import sys
from pathlib import Path
from synth_assets.llm.tracing import TraceSubject, traced
from synth_assets_tests.llm.gateways import gateway_to, question, read_rows
class Emulator: url = {gemini.url!r}
with traced(TraceSubject("shop/reviews", session="run")) as trace:
    gateway_to(Emulator(), Path({str(tmp_path)!r})).ask(question(), read_rows)
    assert trace.finish().state == "off"
print("loaded:", sorted(n for n in sys.modules if n.split(".")[0] in ("langfuse", "opentelemetry")))
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert ran.stdout.splitlines()[-1:] == ["loaded: []"], ran.stdout + ran.stderr
    assert len(gemini.calls()) == 1
