"""Budgets hold before a request is sent: by calls, tokens and dollars, over threads, and after a process died in the middle."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.ddl import read_ddl
from synth_assets.errors import LlmError
from synth_assets.llm import ledger as ledgers
from synth_assets.llm.calls import CallTally
from synth_assets.llm.ledger import Ledger, Order
from synth_assets.llm.prices import price_of
from synth_assets.llm.questions import Sampling, Usage
from synth_assets.pipeline.gemini import budget_name
from synth_assets.plan.request import BudgetRequest, DatasetRequest, GeminiRequest
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.llm.gateways import ACCOUNT, gateway_to, ledger_in, question, read_rows


def order(tokens: int = 10, dollars: float = 0.0, account: str = ACCOUNT, lease: float = 60) -> Order:
    return Order(account, "Reviews", "rows", "reviews@1", "gemini-3.8-flash", "k", 1, 5, tokens, dollars, lease)


def test_after_ten_calls_the_eleventh_is_never_sent(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gateway = gateway_to(gemini, tmp_path, budget=BudgetRequest(calls=10))
    for number in range(10):
        gateway.ask(question(f"Write 3 rows, {number}."), read_rows)
    with pytest.raises(LlmError, match=r"gemini\.budget\.calls") as caught:
        gateway.ask(question("Write 3 rows, 10."), read_rows)
    assert caught.value.code == "LLM102"
    assert len(gemini.calls()) == 10
    assert gateway.ask(question("Write 3 rows, 4."), read_rows).cached, "what is kept costs nothing"


def test_further_attempts_count_and_end_with_the_budget(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gemini.inject("bad_enum", times=-1)
    tally = CallTally()
    with pytest.raises(LlmError) as caught:
        gateway_to(gemini, tmp_path, [tally], BudgetRequest(calls=3)).ask(question(), read_rows)
    assert caught.value.code == "LLM102"
    assert len(gemini.calls()) == tally.sum_of().calls == 3


def test_threads_share_a_budget(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gateway = gateway_to(gemini, tmp_path, budget=BudgetRequest(calls=10))

    def ask(number: int) -> str:
        try:
            gateway.ask(question(f"Write 3 rows, {number}."), read_rows)
        except LlmError as error:
            return error.code
        return "answered"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(ask, range(16)))
    assert outcomes.count("answered") == 10
    assert outcomes.count("LLM102") == 6
    assert len(gemini.calls()) == 10


@pytest.mark.parametrize("budget", [BudgetRequest(tokens=3_000), BudgetRequest(dollars=0.01)], ids=["tokens", "dollars"])
def test_tokens_and_dollars_are_never_overspent(gemini: GeminiEmulator, tmp_path: Path, budget: BudgetRequest) -> None:
    gateway = gateway_to(gemini, tmp_path, budget=budget)
    for number in range(100):
        try:
            gateway.ask(question(f"Write 3 rows, {number}.", sampling=Sampling(max_output_tokens=1_000)), read_rows)
        except LlmError as error:
            assert error.code == "LLM102"  # noqa: PT017  (how many came before is the point)
            break
    spent = ledger_in(tmp_path).totals(ACCOUNT)
    assert 2 <= spent.calls < 100
    assert spent.tokens <= (budget.tokens or spent.tokens)
    assert spent.dollars <= (budget.dollars or spent.dollars)


def test_a_budget_of_nothing_sends_nothing(gemini: GeminiEmulator, tmp_path: Path) -> None:
    for budget in (BudgetRequest(calls=0), BudgetRequest(tokens=0), BudgetRequest(dollars=0)):
        with pytest.raises(LlmError) as caught:
            gateway_to(gemini, tmp_path, budget=budget).ask(question(), read_rows)
        assert caught.value.code == "LLM102"
        with pytest.raises(LlmError):
            gateway_to(gemini, tmp_path, budget=budget).embed(["text"])
    assert not gemini.calls()


def test_a_budget_in_dollars_needs_a_price(gemini: GeminiEmulator, tmp_path: Path) -> None:
    asked = question(model="gemini-unpriced")
    with pytest.raises(LlmError) as caught:
        gateway_to(gemini, tmp_path, budget=BudgetRequest(dollars=5)).ask(asked, read_rows)
    assert caught.value.code == "LLM109"
    assert not gemini.calls()
    assert gateway_to(gemini, tmp_path, budget=BudgetRequest(calls=5)).ask(asked, read_rows).dollars == 0


def test_datasets_have_budgets_of_their_own(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.reserve(order(), BudgetRequest(calls=1))
    ledger.reserve(order(account="shop/second"), BudgetRequest(calls=1))
    with pytest.raises(LlmError):
        ledger.reserve(order(), BudgetRequest(calls=1))


def test_what_is_under_way_counts_at_its_most(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    first = ledger.reserve(order(tokens=800), BudgetRequest(tokens=1_000))
    with pytest.raises(LlmError):
        ledger.reserve(order(tokens=800), BudgetRequest(tokens=1_000))
    ledger.settle(first, Usage(100, 0, 20, 5), 0.0, "answered")
    ledger.reserve(order(tokens=800), BudgetRequest(tokens=1_000))
    assert ledger.totals(ACCOUNT).tokens == 925


def test_what_a_dead_process_reserved_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    code = (
        "import os, signal, sys; from synth_assets_tests.llm.test_budget import *\n"
        "Ledger(Path(sys.argv[1])).reserve(order(tokens=900, lease=3600), BudgetRequest(tokens=1_000))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=60)
    ledger = Ledger(path)
    assert [e.outcome for e in ledger.entries()] == ["open"]
    ledger.reserve(order(tokens=900), BudgetRequest(tokens=1_000, calls=2))
    dead, _ = ledger.entries()
    assert (dead.outcome, dead.tokens, dead.dollars) == ("abandoned", 0, 0.0)
    assert ledger.totals(ACCOUNT).calls == 2, "the request may have been sent"


def test_what_another_machine_reserved_is_given_back_when_its_lease_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    monkeypatch.setattr(ledgers.socket, "gethostname", lambda: "elsewhere")
    ledger.reserve(order(tokens=900, lease=100), BudgetRequest(tokens=1_000))
    monkeypatch.undo()
    with pytest.raises(LlmError):
        ledger.reserve(order(tokens=900), BudgetRequest(tokens=1_000))
    now = ledgers.time()
    monkeypatch.setattr(ledgers, "time", lambda: now + 101)
    ledger.reserve(order(tokens=900), BudgetRequest(tokens=1_000))


def test_a_living_process_keeps_what_it_reserved(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.reserve(order(tokens=900), BudgetRequest())
    assert ledger.totals(ACCOUNT).tokens == 900


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500), st.booleans()), max_size=25), st.integers(0, 3_000))
def test_no_order_of_events_overspends(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, bool]], limit: int) -> None:
    """Whatever is reserved and settled, in whatever order: what was really taken stays within the limit."""
    ledger = Ledger(tmp_path_factory.mktemp("budget") / "ledger.sqlite")
    under_way: list[tuple[int, int]] = []
    for reserved, taken, settles in steps:
        if settles and under_way:
            number, most = under_way.pop(0)
            ledger.settle(number, Usage(min(taken, most)), 0.0, "answered")
            continue
        try:
            under_way.append((ledger.reserve(order(tokens=reserved), BudgetRequest(tokens=limit)), reserved))
        except LlmError:
            assert ledger.totals(ACCOUNT).tokens + reserved > limit
    assert ledger.totals(ACCOUNT).tokens <= limit


def test_prices_change_with_the_day() -> None:
    now, later, before = (price_of("gemini-3.8-flash", day) for day in (date(2026, 11, 1), date(2027, 1, 1), date(2020, 1, 1)))
    assert now is not None
    assert later is not None
    assert before is not None
    assert (now.output, later.output, before.output) == (3.75, 7.50, 3.75)
    assert price_of("models/gemini-3.8-flash") == price_of("gemini-3.8-flash")
    assert price_of("gemini-unheard-of") is None


def test_who_raises_a_budget_goes_on_with_what_was_spent(tmp_path: Path) -> None:
    """A dataset without a name is known by what it is, not by what it may cost."""
    schema = read_ddl("CREATE TABLE t (id int PRIMARY KEY, body text)", source="t.sql").schema
    small = DatasetRequest(gemini=GeminiRequest(budget=BudgetRequest(calls=5)))
    great = DatasetRequest(ai="required", gemini=GeminiRequest(budget=BudgetRequest(calls=50)))
    assert budget_name(schema, small) == budget_name(schema, great)
    assert budget_name(schema, DatasetRequest(rows=7)) != budget_name(schema, small)
    assert budget_name(schema, DatasetRequest(gemini=GeminiRequest(rows=7))) != budget_name(schema, small)
