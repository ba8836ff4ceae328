"""Real processes that share a folder: a budget, a rate limit, a process killed in the middle and run again."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from synth_assets.llm.rate_limit import RateLimit
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.llm.gateways import ACCOUNT, gateway_to, ledger_in, question, read_rows

pytestmark = pytest.mark.processes

ASK = """
import sys
from pathlib import Path
from synth_assets.errors import LlmError
from synth_assets.llm.access import open_gateway
from synth_assets.plan.request import BudgetRequest, GeminiRequest
from synth_assets.settings import load_llm_settings
from synth_assets_tests.llm.gateways import ACCOUNT, question, read_rows

prefix, count, calls = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
gateway = open_gateway(load_llm_settings(), "required", GeminiRequest(budget=BudgetRequest(calls=calls)), ACCOUNT)
for number in range(count):
    try:
        gateway.ask(question(f"{prefix} {number}: write 3 rows."), read_rows)
        print("answered", flush=True)
    except LlmError as error:
        print(error.code, flush=True)
"""


def start(prefix: str, count: int, calls: int = 1_000) -> subprocess.Popen[str]:
    """Start a process that asks `count` questions, one after another."""
    return subprocess.Popen([sys.executable, "-c", ASK, prefix, str(count), str(calls)], stdout=subprocess.PIPE, text=True)


def test_two_processes_share_a_budget(gemini_environment: GeminiEmulator, tmp_path: Path) -> None:
    running = [start(name, 9, calls=10) for name in ("first", "second")]
    outcomes = Counter(line for process in running for line in process.communicate(timeout=120)[0].split())
    assert outcomes == {"answered": 10, "LLM102": 8}
    assert len(gemini_environment.calls()) == 10
    assert ledger_in(tmp_path / "llm").totals(ACCOUNT).calls == 10


def test_two_processes_share_a_rate_limit(gemini_environment: GeminiEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both get through what the first minute allows, and not one request more."""
    monkeypatch.setenv("SYNTH_GEMINI_REQUESTS_PER_MINUTE", "12")
    running = [start(name, 20) for name in ("first", "second")]
    deadline = time.monotonic() + 60
    while len(gemini_environment.calls()) < 12 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.5)
    for process in running:
        process.kill()
        process.wait(timeout=30)
    assert len(gemini_environment.calls()) == 12
    assert sum(e.outcome == "answered" for e in ledger_in(tmp_path / "llm").entries()) == 12


def test_turns_come_back_as_the_minute_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the clock put a minute ahead, the same number of turns is there again."""
    from synth_assets.llm import rate_limit

    limit, offset = RateLimit(tmp_path / "rate.sqlite", 3), 0.0
    slept: list[float] = []

    def pass_time(seconds: float) -> None:
        nonlocal offset
        slept.append(seconds)
        offset += seconds

    real_time, real_monotonic = time.time_ns, time.monotonic
    monkeypatch.setattr(rate_limit, "time_ns", lambda: real_time() + int(offset * 1e9))
    monkeypatch.setattr(rate_limit, "monotonic", lambda: real_monotonic() + offset)
    monkeypatch.setattr(rate_limit, "sleep", pass_time)
    waited = [limit.wait("test") for _ in range(7)]
    assert [w < 1 for w in waited] == [True, True, True, False, True, True, False]
    assert 110 < sum(slept) < 130


def test_killed_in_the_middle_and_run_again_repeats_no_request(gemini_environment: GeminiEmulator, tmp_path: Path) -> None:
    """The journal and the server's own log agree; only the request that was under way at the kill is sent twice."""
    gemini = gemini_environment
    gemini.latency = 0.1
    process = start("run", 12)
    deadline = time.monotonic() + 60
    while len(gemini.calls()) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    before = len(gemini.calls())
    assert 5 <= before < 12
    gemini.latency = 0.0
    assert start("run", 12).communicate(timeout=120)[0].split() == ["answered"] * 12

    journal = ledger_in(tmp_path / "llm").entries(ACCOUNT)
    sent = Counter(request.prompt for request in gemini.calls())
    answered = Counter(e.key for e in journal if e.outcome == "answered")
    assert len(sent) == 12
    assert set(answered.values()) == {1}
    assert len(answered) == 12
    assert sum(sent.values()) - 12 == sum(e.outcome == "abandoned" for e in journal) <= 1
    assert not [e for e in journal if e.outcome == "open"]


def test_a_run_is_replayed_without_a_key_and_without_a_socket(gemini: GeminiEmulator, tmp_path: Path) -> None:
    """Another process, no key, every socket forbidden, google not even loaded: the same answers; a new question is refused."""
    texts = [gateway_to(gemini, tmp_path).ask(question(f"again {n}: write 3 rows."), read_rows).text for n in range(3)]
    code = """
import socket, sys
from synth_assets_tests.llm.test_processes import *
from synth_assets.errors import LlmError
from synth_assets.llm.access import open_gateway
from synth_assets.plan.request import GeminiRequest
from synth_assets.settings import load_llm_settings
def refuse(*args, **kwargs):
    raise AssertionError("a socket was opened")
socket.socket = socket.create_connection = refuse
gateway = open_gateway(load_llm_settings(), "required", GeminiRequest(), "another/account")
for number in range(3):
    print(gateway.ask(question(f"again {number}: write 3 rows."), read_rows).text)
try:
    gateway.ask(question("never asked"), read_rows)
except LlmError as error:
    print(error.code)
print("google.genai" in sys.modules)
"""
    environment = {k: v for k, v in os.environ.items() if k not in {"GEMINI_API_KEY", "GOOGLE_API_KEY"}}
    environment |= {"SYNTH_GEMINI_CACHE": "replay", "SYNTH_LLM_DIR": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert ran.stdout.splitlines() == [*texts, "LLM106", "False"], ran.stderr
    assert len(gemini.calls()) == 3
