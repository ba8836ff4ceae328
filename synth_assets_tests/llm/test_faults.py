"""Everything that can go wrong with an answer, and what becomes of the question: mended, refused, or given up, and counted each time."""

import json
import time
from pathlib import Path

import pytest

from synth_assets.errors import LlmError
from synth_assets.llm.calls import CallTally
from synth_assets.llm.failures import TruncatedError
from synth_assets_tests.gemini import FAULTS, GeminiEmulator, Reply
from synth_assets_tests.llm.gateways import ACCOUNT, gateway_to, ledger_in, question, read_rows

# fault -> attempts until the answer is accepted, when it happens once
MENDED = {
    "rate_limit": 2,
    "http_408": 2,
    "http_500": 2,
    "http_503": 2,
    "http_504": 2,
    "html_502": 2,
    "reset_before": 2,
    "bad_json_body": 2,
    "not_json": 2,
    "empty_text": 2,
    "empty_candidates": 2,
    "other": 2,
    "malformed_function_call": 2,
    "wrong_types": 2,
    "extra_columns": 2,
    "missing_columns": 2,
    "duplicate_rows": 2,
    "bad_enum": 2,
    "prose": 1,
    "fenced": 1,
}

# fault -> code, and requests sent, when it happens every time
LASTING = {
    "http_400": ("LLM108", 1),
    "http_401": ("LLM108", 1),
    "http_403": ("LLM108", 1),
    "http_404": ("LLM108", 1),
    "safety_prompt": ("LLM103", 1),
    "safety": ("LLM103", 1),
    "recitation": ("LLM103", 1),
    "truncate": ("LLM105", 1),
    "no_parts": ("LLM105", 1),
    "not_json": ("LLM104", 5),
    "empty_text": ("LLM104", 5),
    "empty_candidates": ("LLM104", 5),
    "wrong_types": ("LLM104", 5),
    "bad_enum": ("LLM104", 5),
    "malformed_function_call": ("LLM104", 5),
}

# What needs a stream or a setting of its own, tested below or in test_gateway.
ELSEWHERE = {"slow", "reset_mid_stream", "stream_error_event", "refuses_sampling"}


def test_every_fault_of_the_emulator_is_tried() -> None:
    assert FAULTS.keys() == MENDED.keys() | LASTING.keys() | ELSEWHERE


@pytest.mark.parametrize(("fault", "attempts"), MENDED.items(), ids=MENDED)
def test_what_happens_once_is_mended(gemini: GeminiEmulator, tmp_path: Path, fault: str, attempts: int) -> None:
    gemini.inject(fault, retry_after=0.1)
    tally = CallTally()
    answer = gateway_to(gemini, tmp_path, [tally]).ask(question(), read_rows)
    assert (len(answer.value), answer.attempts) == (3, attempts)
    assert len(gemini.calls()) == attempts
    entries = ledger_in(tmp_path).entries(ACCOUNT)
    assert [e.attempt for e in entries] == list(range(1, attempts + 1))
    assert entries[-1].outcome == "answered"
    assert answer.usage.total == sum(e.usage.total for e in entries), "attempts that failed cost as well"
    assert tally.sum_of().calls == attempts


@pytest.mark.parametrize(("fault", "code", "requests"), [(f, *outcome) for f, outcome in LASTING.items()], ids=LASTING)
def test_what_happens_every_time_is_an_error_with_a_code(
    gemini: GeminiEmulator, tmp_path: Path, fault: str, code: str, requests: int
) -> None:
    gemini.inject(fault, times=-1)
    tally = CallTally()
    gateway = gateway_to(gemini, tmp_path, [tally])
    with pytest.raises(LlmError) as caught:
        gateway.ask(question(), read_rows)
    assert caught.value.code == code
    assert caught.value.diagnostics[0].where == "Reviews: rows"
    assert len(gemini.calls()) == requests
    assert [e.outcome for e in ledger_in(tmp_path).entries()] == [code] * requests
    (told,) = tally.records()
    assert (told.error_code, told.attempts, told.output) == (code, requests, "")
    gemini.faults.clear()
    assert not gateway.ask(question(), read_rows).cached, "nothing of it was kept"


@pytest.mark.parametrize("fault", ["http_503", "reset_before", "bad_json_body"])
def test_a_service_that_stays_away_is_given_up(gemini: GeminiEmulator, tmp_path: Path, fault: str) -> None:
    gemini.inject(fault, times=-1)
    with pytest.raises(LlmError) as caught:
        gateway_to(gemini, tmp_path, max_wait_seconds=1).ask(question(), read_rows)
    assert caught.value.code == "LLM107"
    assert 2 <= len(gemini.calls()) <= 5


def test_further_attempts_have_other_seeds_and_the_same_key(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gemini.inject("bad_enum", times=2)
    gateway = gateway_to(gemini, tmp_path)
    gateway.ask(question(seed=40), read_rows)
    assert [r.config["seed"] for r in gemini.calls()] == [40, 41, 42]
    assert gateway.ask(question(seed=40), read_rows).cached


def test_the_server_is_given_the_time_it_asks_for(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gemini.inject("rate_limit", retry_after=1.2)
    started = time.monotonic()
    gateway_to(gemini, tmp_path).ask(question(), read_rows)
    assert time.monotonic() - started >= 1.2


def test_a_server_that_asks_for_too_long_is_not_waited_for(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gemini.inject("rate_limit", times=-1, retry_after=3600)
    started = time.monotonic()
    with pytest.raises(LlmError, match="retry in 3600s") as caught:
        gateway_to(gemini, tmp_path).ask(question(), read_rows)
    assert caught.value.code == "LLM107"
    assert time.monotonic() - started < 2
    assert len(gemini.calls()) == 1


def test_an_answer_that_does_not_come_in_time_is_asked_for_again(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gemini.inject("slow", delay=1.5)
    answer = gateway_to(gemini, tmp_path, timeout_seconds=0.5).ask(question(), read_rows)
    assert answer.attempts == 2
    lost, _ = ledger_in(tmp_path).entries()
    assert lost.outcome == "LLM107"
    assert lost.usage.input_tokens > 0, "it may have been read and billed"


def test_nobody_listens(tmp_path: Path, gemini: GeminiEmulator) -> None:
    with pytest.raises(LlmError) as caught:
        gateway_to(gemini, tmp_path, base_url="http://127.0.0.1:9", max_wait_seconds=0.5).ask(question(), read_rows)
    assert caught.value.code == "LLM107"


@pytest.mark.parametrize("address", ["localhost", "ftp://localhost", "https://[oops", "http://host:99999", "https://", "http://u:pw@[x"])
def test_an_address_that_is_none_is_refused_at_once(tmp_path: Path, gemini: GeminiEmulator, address: str) -> None:
    with pytest.raises(LlmError) as caught:
        gateway_to(gemini, tmp_path, base_url=address).ask(question(), read_rows)
    (told,) = caught.value.diagnostics
    assert (told.code, told.where) == ("LLM108", "SYNTH_GEMINI_BASE_URL")
    assert "pw" not in str(caught.value)
    assert gemini.calls() == []


@pytest.mark.parametrize("fault", ["reset_mid_stream", "stream_error_event", "http_503", "prose"])
def test_a_stream_that_breaks_is_begun_again(gemini: GeminiEmulator, tmp_path: Path, fault: str) -> None:
    gemini.inject(fault)
    pieces: list[str] = []
    answer = gateway_to(gemini, tmp_path).ask(question(), read_rows, on_text=pieces.append)
    assert answer.attempts == (1 if fault == "prose" else 2)
    assert "".join(pieces).endswith(answer.text)


def test_a_truncated_answer_gives_what_it_has(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gemini.on("reviews", {"rows": [{"row": i, "body": "words " * 20} for i in range(20)]})
    gemini.inject("truncate", fraction=0.5)
    with pytest.raises(TruncatedError) as caught:
        gateway_to(gemini, tmp_path).ask(question(), read_rows)
    assert caught.value.text.startswith('{"rows": [{"row": 0')
    assert 'row": 19' not in caught.value.text


def test_an_unknown_model_and_a_wrong_key_are_said_in_the_servers_words(gemini: GeminiEmulator, tmp_path: Path) -> None:
    with pytest.raises(LlmError, match="models/gemini-9 is not found") as caught:
        gateway_to(gemini, tmp_path).ask(question(model="gemini-9"), read_rows)
    assert caught.value.code == "LLM108"
    gemini.api_keys = {"another"}
    with pytest.raises(LlmError, match="API key not valid") as caught:
        gateway_to(gemini, tmp_path).ask(question(), read_rows)
    assert caught.value.code == "LLM108"


def test_the_last_words_of_the_reader_are_in_the_error(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gemini.on("reviews", Reply(json.dumps({"rows": [{"row": 1}]})))
    with pytest.raises(LlmError, match=r"columns: \['row'\]"):
        gateway_to(gemini, tmp_path).ask(question(), read_rows)


def test_a_bug_of_the_reader_is_no_unusable_answer(gemini: GeminiEmulator, tmp_path: Path) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        gateway_to(gemini, tmp_path).ask(question(), broken)
    assert len(gemini.calls()) == 1
    assert ledger_in(tmp_path).entries()[0].outcome == "failed"


@pytest.mark.parametrize(("fault", "code"), [("http_403", "LLM108"), ("http_503", None)])
def test_embeddings_fail_and_recover_alike(gemini: GeminiEmulator, tmp_path: Path, fault: str, code: str | None) -> None:
    gemini.inject(fault)
    gateway = gateway_to(gemini, tmp_path)
    if code is None:
        assert len(gateway.embed(["one", "two"])) == 2
        assert len(gemini.calls()) == 2
    else:
        with pytest.raises(LlmError) as caught:
            gateway.embed(["one", "two"])
        assert caught.value.code == code
