"""Killed half-way and executed again: no answered question is asked twice. And replayed with no Gemini there: the same bytes."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from synth_assets.llm.ledger import JournalEntry
from synth_assets_tests.acceptance.gemini.conftest import cooking
from synth_assets_tests.acceptance.gemini.kitchen import DATASET, RESTAURANTS, digests, journal
from synth_assets_tests.acceptance.gemini.processes import finish, kill_after, start_dagster, start_synth
from synth_assets_tests.acceptance.gemini.test_faults import BISTRO
from synth_assets_tests.gemini import GeminiEmulator

pytestmark = pytest.mark.processes
WORKERS = 4
LATENCY = 0.1
REQUEST = f"dataset: {DATASET}\nrows: 60\nai: required\ngemini: {{rows: 50}}\n"
GENERATE = ("generate", str(RESTAURANTS), "--request", "request.yaml", "--format", "parquet", "--out")
QUESTIONS = 8 + 5 * (1 + 2 + 2)
KILLED_AT = 19


def assert_nothing_asked_twice(gemini: GeminiEmulator, entries: tuple[JournalEntry, ...], questions: int) -> None:
    """The journal and the server's own log agree; only what was under way at the kill is sent again."""
    answered = Counter(e.key for e in entries if e.outcome == "answered")
    assert set(answered.values()) == {1}
    abandoned = [e for e in entries if e.outcome == "abandoned"]
    assert len(abandoned) <= WORKERS
    sent = Counter((r.prompt, str(r.schema)) for r in gemini.calls("generateContent"))
    assert len(sent) == len({e.key for e in entries}) == questions
    assert max(sent.values()) <= 2
    assert sum(sent.values()) <= len(entries), "a request that was sent is written down"
    # Whatever was sent twice had its process killed before its answer was kept.
    again = Counter(e.key for e in entries)
    assert {key for key, count in again.items() if count > 1} == {e.key for e in abandoned}
    assert not [e for e in entries if e.outcome == "open"]


@dataclass(frozen=True)
class Killed:
    """A folder with the output of `synth generate` that was killed once, and what the server and the journal saw."""

    folder: Path
    requests: int
    when_killed: int
    left: list[str]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """Afterwards the emulator is gone."""
    folder = tmp_path_factory.mktemp("killed")
    (folder / "request.yaml").write_text(REQUEST)
    with cooking(folder) as gemini:
        gemini.latency = LATENCY
        when = kill_after(start_synth(folder, gemini.environment, *GENERATE, "out"), gemini, KILLED_AT)
        left = [p.name for p in (folder / "out").glob("*") if not p.name.startswith(".")]
        gemini.latency = 0.0
        finish(start_synth(folder, gemini.environment, *GENERATE, "out"))
        assert_nothing_asked_twice(gemini, journal(), QUESTIONS)
        requests = len(gemini.calls())
    return Killed(folder, requests, when, left)


def test_a_killed_command_is_executed_again_without_paying_twice(killed: Killed) -> None:
    assert KILLED_AT <= killed.when_killed < QUESTIONS
    assert QUESTIONS <= killed.requests <= QUESTIONS + WORKERS
    assert killed.left == [], "a killed run leaves no file that could be taken for a dataset"
    assert not list((killed.folder / "out").glob(".*"))


def test_a_replay_without_gemini_gives_the_same_bytes(killed: Killed) -> None:
    """Another process, without a key, and nobody listens any more."""
    said = finish(start_synth(killed.folder, {"SYNTH_GEMINI_CACHE": "replay"}, *GENERATE, "again"))
    assert "loaded []" in said
    first = digests(killed.folder / "out")
    assert len([name for name in first if name.endswith(".filled.parquet")]) == 5
    assert digests(killed.folder / "again") == first


def test_a_replay_that_knows_too_little_fails_and_leaves_nothing(killed: Killed) -> None:
    (killed.folder / "other.yaml").write_text(REQUEST + "prompt: Only vegans come here.\n")
    other = [word.replace("request.yaml", "other.yaml") for word in GENERATE]
    said = finish(start_synth(killed.folder, {"SYNTH_GEMINI_CACHE": "replay"}, *other, "other"), code=3)
    assert "LLM106" in said
    assert not (killed.folder / "other").exists()


def test_a_killed_dagster_run_is_executed_again_without_paying_twice(tmp_path: Path) -> None:
    config = {"rows": 60, "ai": "required", "gemini": {"rows": 50}}
    with cooking(tmp_path) as gemini:
        gemini.latency = LATENCY
        kill_after(start_dagster(tmp_path, gemini.environment, BISTRO, evening=config), gemini, 6)
        tables = tmp_path / "data" / "datasets" / "bistro" / DATASET / "tables"
        before = {p.name for p in tables.glob("*.parquet")}
        assert before < {"dishes.parquet", "opinions.parquet"}
        finish(start_dagster(tmp_path, gemini.environment, BISTRO, evening=config))
        assert_nothing_asked_twice(gemini, journal(), 2 + 2 * (1 + 2 + 2))
        assert {p.name for p in tables.glob("*.parquet")} == {"dishes.parquet", "opinions.parquet"}
