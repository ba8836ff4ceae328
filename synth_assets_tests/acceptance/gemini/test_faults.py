"""Every fault of the emulator during a whole run, once and always, at every kind of question, for `auto` and `required`.

Whatever happens: a dataset that is stored holds nothing but what an undisturbed model wrote or what the rules make, SQLite takes it, and
asked again when the fault is over, nothing that was answered is asked again. What happens in each case is the table of docs/gemini.md.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synth_assets.databases import parse_database_url
from synth_assets.engine import Generator
from synth_assets.errors import LlmError
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.pipeline.prove import prove_directory
from synth_assets.plan.request import DatasetRequest
from synth_assets_tests.acceptance.gemini.conftest import cooking
from synth_assets_tests.acceptance.gemini.kitchen import RESTAURANTS, Made, journal, make, read, wanted
from synth_assets_tests.acceptance.gemini.outcomes import FaultTable, Outcome
from synth_assets_tests.acceptance.gemini.restaurateur import PURPOSES, about, let_cook, purpose
from synth_assets_tests.gemini import FAULTS, GeminiEmulator, RecordedRequest

BISTRO = RESTAURANTS.with_name("bistro.sql")
ROWS = 8
UNDISTURBED = 2 * len(PURPOSES)
TEXTS = {"dishes": "description", "opinions": "comment"}
DETAILS: dict[str, dict[str, Any]] = {"slow": {"delay": 1.4}, "rate_limit": {"retry_after": 0.02}}
TIMEOUT_SECONDS = "0.9"


class Bistro:
    """The schema, the dataset that an undisturbed model gives, and what is compared with it."""

    def __init__(self, folder: Path) -> None:
        self.schema = read(BISTRO)
        self.written: dict[tuple[str, int], dict[str, str]] = {}
        with cooking(folder) as gemini:
            let_cook(gemini, self._remember)
            self.whole = make(BISTRO, folder / "out", wanted(ROWS, rows=ROWS))
            assert len(gemini.calls()) == UNDISTURBED
        self.rules = plan_dataset(self.schema, wanted(ROWS, rows=ROWS)).plan

    def _remember(self, request: RecordedRequest, value: Any) -> Any:
        if purpose(request) == "rows":
            self.written |= {(about(request), row["row"]): row for row in value["rows"]}
        return value

    def judge(self, made: Made) -> tuple[int, int]:
        """Return the undecided columns and the unfilled texts of a dataset; fails where it holds anything else than these or Gemini's."""
        undecided = unfilled = 0
        for key in TEXTS:
            columns = zip(made.plan.table(key).columns, self.whole.plan.table(key).columns, self.rules.table(key).columns, strict=True)
            for found, decided, ruled in columns:
                assert found == decided or found.strategy == ruled.strategy, f"{key}.{found.column}: {found}"
                undecided += found != decided and found.strategy == ruled.strategy
            unfilled += self._judge_rows(made, key)
        return undecided, unfilled

    def _judge_rows(self, made: Made, key: str) -> int:
        plain = Generator(self.schema, made.plan, {}).generate_rows(key, 0, ROWS).to_pylist()
        stored = list(csv.DictReader((made.folder / f"{key}.csv").open(encoding="utf-8", newline="")))
        assert len(stored) == ROWS
        by_rules = 0
        for number, (row, ruled) in enumerate(zip(stored, plain, strict=True)):
            text = row.pop(TEXTS[key])
            if text != self.written[key, number][TEXTS[key]]:
                assert text == ruled[TEXTS[key]], f"nobody wrote this: {text!r}"
                by_rules += 1
            assert row == {k: str(v) for k, v in ruled.items() if k != TEXTS[key]}
        return by_rules


@pytest.fixture(scope="module")
def bistro(tmp_path_factory: pytest.TempPathFactory) -> Bistro:
    return Bistro(tmp_path_factory.mktemp("bistro"))


@pytest.fixture
def kitchen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GeminiEmulator]:
    """The emulator; questions come one after another, so that which of them meets a fault is no accident."""
    with cooking(tmp_path) as gemini:
        monkeypatch.setenv("SYNTH_GEMINI_WORKERS", "1")
        yield gemini


def run(bistro: Bistro, gemini: GeminiEmulator, out: Path, request: DatasetRequest) -> Outcome:
    """Make the dataset, whatever comes of it, and judge what is stored."""
    before = len(gemini.calls())
    made, failed = try_to_make(out, request)
    if made is None:
        assert failed is not None
        assert all(d.message for d in failed.diagnostics)
        assert failed.diagnostics
        assert not out.exists()
        return Outcome(None, failed, len(gemini.calls()) - before, 0, 0)
    undecided, unfilled = bistro.judge(made)
    proof = prove_directory(out, parse_database_url("sqlite://"))
    assert proof.accepted
    assert [t.accepted for t in proof.tables] == [ROWS, ROWS]
    return Outcome(made, None, len(gemini.calls()) - before, undecided, unfilled)


def try_to_make(out: Path, request: DatasetRequest) -> tuple[Made | None, LlmError | None]:
    try:
        return make(BISTRO, out, request), None
    except LlmError as error:
        return None, error


def resume(bistro: Bistro, gemini: GeminiEmulator, out: Path, request: DatasetRequest, first: Outcome) -> None:
    """Ask for the same again with the fault gone: what was answered is not asked again, and nothing is missing any more."""
    gemini.faults.clear()
    answered = {e.key for e in journal() if e.outcome == "answered"}
    then = run(bistro, gemini, out, request)
    keys = [e.key for e in journal() if e.outcome == "answered"]
    assert len(keys) == len(set(keys)) >= len(answered), "an answered question was asked again"
    assert then.error is None
    if first.error or (first.made and first.made.fallbacks):
        assert (then.made.fallbacks, then.unfilled) == ({}, 0)  # type: ignore[union-attr]


class _EveryFault:
    """The two below are two classes, and not parameters, so that they run side by side."""

    ai: str
    resumed: tuple[str, ...] = ()
    """Where runs that ended with fallbacks are asked for again; those that failed always are."""

    @pytest.mark.parametrize("fault", sorted(FAULTS))
    def test_a_fault_leaves_a_dataset_or_an_error(
        self, bistro: Bistro, kitchen: GeminiEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
    ) -> None:
        sampling = {"temperature": 0.4, "model": "gemini-2.5-flash"} if fault == "refuses_sampling" else {}
        request = wanted(ROWS, self.ai, rows=ROWS, **sampling)
        told = []
        for where in ("once", *PURPOSES):
            folder = tmp_path / where
            monkeypatch.setenv("SYNTH_LLM_DIR", str(folder / "llm"))
            # A fault that always happens is waited for as long as it takes only where that costs no time.
            monkeypatch.setenv("SYNTH_GEMINI_MAX_WAIT_SECONDS", "0" if fault == "slow" and where != "once" else "2")
            if fault == "slow":
                monkeypatch.setenv("SYNTH_GEMINI_TIMEOUT_SECONDS", TIMEOUT_SECONDS)
            spoil(kitchen, fault, where)
            outcome = run(bistro, kitchen, folder / "out", request)
            told.append(outcome.words(UNDISTURBED))
            monkeypatch.delenv("SYNTH_GEMINI_TIMEOUT_SECONDS", raising=False)
            if told[-1] != "whole" and (outcome.error or where in self.resumed):
                resume(bistro, kitchen, folder / "out", request, outcome)
        FaultTable(self.ai).compare_or_renew(fault, told)

    def test_the_table_has_every_fault(self) -> None:
        assert list(FaultTable(self.ai).rows()) == list(FAULTS)


class TestAuto(_EveryFault):
    ai = "auto"
    resumed = ("once", "rows")


class TestRequired(_EveryFault):
    ai = "required"


def spoil(gemini: GeminiEmulator, fault: str, where: str) -> None:
    """Let a fault happen once at each kind of question, or always at one."""
    gemini.faults.clear()
    for one in PURPOSES if where == "once" else (where,):
        times = 1 if where == "once" else -1
        gemini.inject(fault, when=lambda request, one=one: purpose(request) == one, times=times, **DETAILS.get(fault, {}))
