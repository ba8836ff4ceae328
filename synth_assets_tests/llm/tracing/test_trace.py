"""A trace as it arrives: the real gateway and SDK before the emulator, the receiver behind the tracer."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synth_assets.errors import LlmError
from synth_assets.llm.calls import CallTally
from synth_assets.llm.tracing import Trace, TraceOutcome, TraceSubject, score_id_of, traced, traced_command
from synth_assets.llm.tracing.sender import MOST_WAITING
from synth_assets.settings import LlmSettings
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.langfuse import LangfuseReceiver, hanging_host, refusing_host
from synth_assets_tests.langfuse.server import PROJECT
from synth_assets_tests.llm.gateways import KEY, gateway_to, question, read_rows, settings_for

LONGEST = 2.5
"""Seconds that a trace may cost whatever the server does; a loaded machine counts in."""


def subject(**changes: Any) -> TraceSubject:
    given = {"name": "shop/reviews", "session": "run-1", "partition": "first", "metadata": {"schema": "shop", "table": "reviews"}}
    return TraceSubject(**{**given, **changes})


def keys(langfuse: LangfuseReceiver, **changes: Any) -> dict[str, Any]:
    """Return settings that point to the receiver, or elsewhere."""
    given = {"public_key": langfuse.public_key, "secret_key": langfuse.secret_key, "base_url": langfuse.url, **changes}
    return {f"langfuse_{name}": value for name, value in given.items()}


def settings(folder: Path, langfuse: LangfuseReceiver, **changes: Any) -> LlmSettings:
    return LlmSettings(llm_dir=folder, **keys(langfuse, **changes))


def scored(folder: Path, langfuse: LangfuseReceiver, about: TraceSubject, **changes: Any) -> TraceOutcome:
    """Give one score by a trace of its own, as a check's process does."""
    trace = Trace(about)
    assert trace.begin(settings(folder, langfuse, **changes))
    trace.score("rows", True)
    return trace.finish(root=False)


def test_every_question_is_a_generation_of_the_trace(gemini: GeminiEmulator, langfuse: LangfuseReceiver, tmp_path: Path) -> None:
    tally = CallTally()
    with traced(subject()) as trace:
        gateway = gateway_to(gemini, tmp_path, [tally], **keys(langfuse))
        gateway.ask(question("Write 3 rows of reviews, glad ones."), read_rows)
        gateway.ask(question("Write 3 rows of reviews, cross ones."), read_rows)
        gateway.ask(question("Write 3 rows of reviews, glad ones."), read_rows)
        outcome = trace.finish()
    assert (outcome.state, outcome.sent, outcome.dropped) == ("sent", 4, 0)
    about, made = subject(), langfuse.generations()
    took = tally.sum_of()
    assert sum(s.usage["total"] for s in made) == took.tokens > 0
    assert sum(n for s in made for name, n in s.usage.items() if name != "total") == took.tokens, "each token is counted once"
    assert sum(s.dollars for s in made) == pytest.approx(took.dollars)
    assert {(s.trace_id, s.parent_id) for s in made} == {(about.trace_id, about.root_id)}
    assert [s.metadata()["cached"] for s in made] == [False, False, True]
    assert [s.metadata()["attempts"] for s in made] == [1, 1, 0]
    assert {s.metadata()["prompt"] for s in made} == {"reviews@1"}
    assert "cross ones" in made[1].attributes["langfuse.observation.input"]
    assert len(json.loads(made[1].attributes["langfuse.observation.output"])["rows"]) == 3
    assert [(s.started, s.ended) for s in made] == [(int(r.started_at * 1e9), int(r.ended_at * 1e9)) for r in tally.records()]
    root = langfuse.roots()["shop/reviews"]
    assert (root.span_id, root.attributes["session.id"], root.metadata("trace")) == (about.root_id, "run-1", dict(about.metadata))
    assert root.metadata()["tokens"] == took.tokens
    assert outcome.url == f"{langfuse.url}/project/{PROJECT}/traces/{about.trace_id}"


def test_a_question_without_an_answer_is_an_error(gemini: GeminiEmulator, langfuse: LangfuseReceiver, tmp_path: Path) -> None:
    gemini.inject("http_403", times=-1)
    with traced(subject()) as trace:
        with pytest.raises(LlmError):
            gateway_to(gemini, tmp_path, **keys(langfuse)).ask(question(), read_rows)
        trace.finish(error="LLM108")
    (asked,) = langfuse.generations()
    assert asked.is_error
    assert (asked.attributes["langfuse.observation.level"], asked.metadata()["error_code"]) == ("ERROR", "LLM108")
    assert langfuse.roots()["shop/reviews"].is_error


def test_a_score_is_found_by_names_alone_and_replaces_itself(langfuse: LangfuseReceiver, tmp_path: Path) -> None:
    """As check steps give it: another process, which knows the run, the asset and the partition."""
    for _ in range(2):
        trace = Trace(subject(metadata={}))
        trace.begin(settings(tmp_path, langfuse))
        trace.score("not_null", True, details={"rows": 7})
        trace.score("critique", 8.25)
        trace.score("verdict", "poor")
        assert trace.finish(root=False).sent == 3
    assert len(langfuse.score_writes) == 6
    assert len(langfuse.scores) == 3
    trace_id = subject().trace_id
    assert langfuse.scores_of(trace_id) == {"not_null": 1.0, "critique": 8.25, "verdict": "poor"}
    kept = langfuse.scores[score_id_of(trace_id, "not_null")]
    assert (kept["dataType"], kept["metadata"]) == ("BOOLEAN", {"rows": 7})
    assert not langfuse.spans


def test_other_runs_assets_and_partitions_are_other_traces() -> None:
    changes: list[dict[str, str]] = [{}, {"session": "run-2"}, {"name": "shop/orders"}, {"partition": "second"}]
    assert len({subject(**change).trace_id for change in changes}) == 4
    assert subject(metadata={}).trace_id == subject().trace_id


def test_a_command_has_a_trace_for_each_dataset(gemini: GeminiEmulator, langfuse: LangfuseReceiver, tmp_path: Path) -> None:
    with traced_command("generate") as traces:
        gateway_to(gemini, tmp_path, **keys(langfuse)).ask(question(), read_rows)
        (outcome,) = traces.finish()
    root = langfuse.roots()["generate shop/first"]
    assert root.attributes["session.id"] == "synth generate shop/first"
    assert root.metadata("trace") == {"command": "generate", "schema": "shop", "dataset": "first"}
    assert outcome.url.endswith(root.trace_id)


def test_outside_of_a_trace_and_without_keys_nothing_is_sent(gemini: GeminiEmulator, langfuse: LangfuseReceiver, tmp_path: Path) -> None:
    gateway_to(gemini, tmp_path, **keys(langfuse)).ask(question(), read_rows)
    with traced(subject()) as trace:
        gateway = gateway_to(gemini, tmp_path, **keys(langfuse, secret_key=None))
        assert not gateway.door.observers
        assert trace.finish().state == "off"
    assert not langfuse.paths


# Servers that fail


def test_a_host_that_refuses_is_left_alone(langfuse: LangfuseReceiver, tmp_path: Path) -> None:
    outcome = scored(tmp_path, langfuse, subject(), base_url=refusing_host())
    assert (outcome.state, outcome.sent, outcome.dropped, outcome.url) == ("failed", 0, 1, "")
    assert outcome.problem == "Langfuse is out of reach: connection refused"


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503, 302])
@pytest.mark.parametrize("path", ["", "/scores"])
def test_a_host_that_answers_badly_is_told_by_its_status(langfuse: LangfuseReceiver, tmp_path: Path, status: int, path: str) -> None:
    langfuse.status, langfuse.failing_paths = status, path
    outcome = scored(
        tmp_path, langfuse, subject(session=f"{status} {path}"), public_key=f"pk-{status}{path}" if not path else langfuse.public_key
    )
    assert (outcome.state, outcome.dropped) == ("failed", 1)
    assert outcome.problem == f"Langfuse is out of reach: HTTP {status}"


@pytest.mark.parametrize(
    "host", ["http://no-such-host.invalid", "not an address", "http://[::1", "ftp://127.0.0.1", "http://127.0.0.1:99999"]
)
def test_an_address_that_is_none_is_told(langfuse: LangfuseReceiver, tmp_path: Path, host: str) -> None:
    outcome = scored(tmp_path, langfuse, subject(), base_url=host)
    assert outcome.state == "failed"
    assert outcome.problem


def test_a_run_waits_once_for_a_host_that_hangs(langfuse: LangfuseReceiver, tmp_path: Path) -> None:
    """Twenty steps of one run, each as a process of its own would do it; another run asks again."""
    with hanging_host() as host:
        started = time.monotonic()
        outcomes = [scored(tmp_path, langfuse, subject(name=f"shop/t{n}"), base_url=host) for n in range(20)]
        assert time.monotonic() - started < LONGEST
        assert [o.problem for o in outcomes] == ["Langfuse is out of reach: no answer in time"] * 20
        other = scored(tmp_path, langfuse, subject(session="run-2"), base_url=host)
        assert other.problem == "Langfuse is out of reach: no answer in time"


@pytest.mark.parametrize("delay", [0.4, 0.7, 20.0])
def test_a_run_waits_a_moment_for_a_host_that_dawdles(langfuse: LangfuseReceiver, tmp_path: Path, delay: float) -> None:
    scored(tmp_path, langfuse, subject(session="warm"))  # loads the SDK, which is no part of what is measured
    langfuse.delay = delay
    started = time.monotonic()
    outcomes = [scored(tmp_path, langfuse, subject(name=f"shop/t{n}")) for n in range(20)]
    assert time.monotonic() - started < 3
    assert outcomes[-1].state == "failed"


def test_one_outage_is_shared_by_threads_of_a_step(gemini: GeminiEmulator, langfuse: LangfuseReceiver, tmp_path: Path) -> None:
    """What looks on costs a question nothing, whatever the host does."""
    with hanging_host() as host, traced(subject()) as trace:
        gateway = gateway_to(gemini, tmp_path, **keys(langfuse, base_url=host))
        gateway.ask(question(), read_rows)
        observe = gateway.door.observers[-1]
        tally = CallTally()
        gateway_to(gemini, tmp_path, [tally], **keys(langfuse, base_url=host)).ask(question(), read_rows)
        (record,) = tally.records()
        started = time.monotonic()
        threads = [threading.Thread(target=_repeat, args=(observe, record, MOST_WAITING // 2)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert time.monotonic() - started < 1
        outcome = trace.finish()
    assert outcome.state == "failed"
    assert outcome.dropped == 2 * MOST_WAITING + 3, "two questions, those of the threads, and the asset itself"


def _repeat(observe: Callable[[Any], None], record: Any, times: int) -> None:
    for _ in range(times):
        observe(record)


def test_nothing_shows_the_keys(gemini: GeminiEmulator, langfuse: LangfuseReceiver, tmp_path: Path) -> None:
    """Not even a server that repeats them."""
    langfuse.status, langfuse.failing_paths = 500, "/otel"
    with traced(subject()) as trace:
        gateway_to(gemini, tmp_path, **keys(langfuse)).ask(question(f"Write 3 rows of reviews. {KEY} {langfuse.secret_key}"), read_rows)
        outcome = trace.finish()
    assert outcome.state == "failed"
    shown = f"{outcome!r} {trace.subject!r} {settings_for(None, tmp_path, **keys(langfuse))!r}"
    assert langfuse.secret_key not in shown
    assert KEY not in shown
    assert not langfuse.holds(KEY)
    assert not [p for p in (tmp_path / "langfuse").iterdir() if langfuse.secret_key in p.read_text()]
