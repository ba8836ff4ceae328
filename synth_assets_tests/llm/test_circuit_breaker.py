"""Questions that come to nothing in a row: with the real SDK before the emulator, what is still sent, and what is not any more."""

from pathlib import Path

import pytest

from synth_assets.errors import LlmError
from synth_assets.llm.circuit_breaker import MOST_UNREACHABLE, MOST_UNUSABLE, CircuitBreaker
from synth_assets.llm.failures import NotAskedError
from synth_assets_tests.gemini.server import GeminiEmulator
from synth_assets_tests.llm.gateways import gateway_to, question, read_rows

ATTEMPTS = 5


def ask(breaker: CircuitBreaker, number: int, prompt: str = "reviews@1") -> str:
    """Return the code of what came of a question of its own; empty for an answer."""
    try:
        breaker.ask(question(f"Write row {number} of reviews.", prompt=prompt), read_rows)
    except LlmError as error:
        return error.code
    return ""


def test_answers_of_no_use_in_a_row_end_the_questions_of_that_prompt(gemini: GeminiEmulator, tmp_path: Path) -> None:
    breaker = CircuitBreaker(gateway_to(gemini, tmp_path))
    gemini.inject("not_json", times=-1)
    assert {ask(breaker, number) for number in range(MOST_UNUSABLE + 10)} == {"LLM104"}
    assert len(gemini.calls("generateContent")) == MOST_UNUSABLE * ATTEMPTS
    with pytest.raises(NotAskedError, match="4 questions in a row: the rest is not asked"):
        breaker.ask(question("One more."), read_rows)
    gemini.faults.clear()
    assert ask(breaker, 0, prompt="critique@1") == ""


def test_a_usable_answer_begins_the_count_anew_and_a_kept_one_does_not(gemini: GeminiEmulator, tmp_path: Path) -> None:
    breaker = CircuitBreaker(gateway_to(gemini, tmp_path))
    useless = {1, 2, 3, 5, 6, 8}
    gemini.inject("not_json", times=-1, when=lambda request: any(f"row {n} of" in request.prompt for n in useless))
    assert [ask(breaker, number) for number in range(1, 8)] == ["LLM104"] * 3 + [""] + ["LLM104"] * 2 + [""]
    assert [ask(breaker, number) for number in (1, 2, 3, 4, 5, 9)] == ["LLM104"] * 3 + ["", "LLM104", "LLM104"]
    assert not any("row 9 of" in request.prompt for request in gemini.calls("generateContent"))


def test_a_service_that_is_down_is_asked_no_more_by_any_prompt(gemini: GeminiEmulator, tmp_path: Path) -> None:
    breaker = CircuitBreaker(gateway_to(gemini, tmp_path, max_wait_seconds=0))
    gemini.inject("http_503", times=-1)
    assert [ask(breaker, number) for number in range(MOST_UNREACHABLE)] == ["LLM107"] * MOST_UNREACHABLE
    sent = len(gemini.calls("generateContent"))
    assert ask(breaker, 99, prompt="critique@1") == "LLM107"
    assert len(gemini.calls("generateContent")) == sent
