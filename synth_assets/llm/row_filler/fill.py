"""From a task to texts: scenarios, chunks side by side, three levels of judgement, one second try for what failed."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from synth_assets.errors import LlmError
from synth_assets.llm.circuit_breaker import CircuitBreaker
from synth_assets.llm.estimate import ROWS_IN_CHUNK, ROWS_IN_CRITIQUE
from synth_assets.llm.failures import REFUSED, TruncatedError
from synth_assets.llm.prompt_files import load_prompt
from synth_assets.llm.questions import Answer, Asks, Question
from synth_assets.llm.report import Asked, AssetAiReport, Critique, Fallback, report_of
from synth_assets.llm.row_filler.answers import ReadRows, read_partial, reader_of, response_schema
from synth_assets.llm.row_filler.asking import ChunkAsker, Outcome, may_come_later, spans
from synth_assets.llm.row_filler.critique import Verdict, critique_question, verdict_reader
from synth_assets.llm.row_filler.instructions import ask_instructions
from synth_assets.llm.row_filler.skeleton import columns_as_text, rows_as_text
from synth_assets.llm.row_filler.statistics import Comparison, distinct_share
from synth_assets.llm.row_filler.task import FILL, INSTRUCTIONS, LEAST_REFILLED, FillTask, SkeletonRow, chunks_of

WORKERS = 4
_EXAMPLES = 5
_LEAST_DISTINCT = 0.5


@dataclass(frozen=True)
class FilledRows:
    """What was written of a task.

    Attributes:
        texts: By row number (in task order) and column; rows that failed twice, or that nobody was asked for, are not among them.
        report: What it took.
        is_whole: Whether every row was written and judged as far as it can be; else another run may go on, where the budget ended.
    """

    texts: Mapping[int, Mapping[str, str]]
    report: AssetAiReport
    is_whole: bool


def fill_rows(asks: Asks, task: FillTask, *, tolerant: bool, workers: int = WORKERS) -> FilledRows:
    """Write the texts of a task's rows. The same answers give the same texts, whichever comes first.

    Args:
        tolerant: Rows of a question without an answer are dropped and reported, whatever the reason, and texts that could not be judged
            are kept; else that raises. What is refused is asked in halves; rows that are refused alone are dropped and reported in
            any case, and where not `tolerant`, those that the judge refuses as well.
        workers: Questions side by side.

    Raises:
        LlmError: No scenarios; with `tolerant` off, any failure of a question but a refusal.
    """
    return _Filling(CircuitBreaker(asks), task, tolerant, ChunkAsker(tolerant=tolerant, workers=workers)).run()


@dataclass
class _Filling:
    asks: Asks
    task: FillTask
    tolerant: bool
    asker: ChunkAsker
    asked: list[Asked] = field(default_factory=list)
    texts: dict[int, dict[str, str]] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)
    errors: dict[int, LlmError] = field(default_factory=dict)  # of rows that are not written, or not judged
    refused: set[int] = field(default_factory=set)  # rows that nobody writes: they are not asked for again
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> FilledRows:
        answer = ask_instructions(self.asks, self.task)
        self.asked.append(Asked.of(INSTRUCTIONS, answer))
        rows, scenarios, compared = self.task.rows, answer.value, Comparison(self.task)
        chunks = list(chunks_of(rows, ROWS_IN_CHUNK))
        scenario_of = {row.number: scenarios[place % len(scenarios)] for place, chunk in enumerate(chunks) for row in chunk}
        self._write(chunks, scenario_of, compared)
        failed = [row for row in rows if row.number not in self.texts and row.number not in self.refused]
        # Asking again takes no more questions than asking did: see `estimate.calls_of_table`.
        size = max(LEAST_REFILLED, ceil(len(failed) / max(1, len(chunks))))
        self._write(list(chunks_of(failed, size)), scenario_of, compared)
        texts = {row.number: self.texts[row.number] for row in rows if row.number in self.texts}
        return FilledRows(texts, self._report(scenarios, failed), not any(may_come_later(e) for e in self.errors.values()))

    def _write(self, chunks: Sequence[Sequence[SkeletonRow]], scenario_of: Mapping[int, str], compared: Comparison) -> None:
        """Ask for the texts of some rows, and keep those that pass all three levels; what fails leaves its problem."""
        passed: list[SkeletonRow] = []
        for outcome in self.asker.ask(lambda chunk: self._ask_chunk(chunk, scenario_of[chunk[0].number]), chunks):
            if outcome.answer is None:
                self._leave_unwritten(outcome)
                continue
            read = outcome.answer
            for row in outcome.rows:
                self.errors.pop(row.number, None)
                texts = read.texts.get(row.number)
                problem = read.problems.get(row.number, "it is missing")
                problem = problem if texts is None else compared.judge(row, texts, scenario_of[row.number])
                if texts is None or problem:
                    self.problems[row.number] = problem
                else:
                    self.texts[row.number] = texts
                    self.verdicts.pop(row.number, None)  # on a text that is gone
                    passed.append(row)
        self._criticise(passed)

    def _leave_unwritten(self, outcome: Outcome[ReadRows]) -> None:
        for row in outcome.rows:
            self.problems.setdefault(row.number, "it is missing")
            self._note_error(row.number, outcome.error)
            if outcome.error is not None and outcome.error.code == REFUSED:
                self.refused.add(row.number)

    def _note_error(self, number: int, error: LlmError | None) -> None:
        if error is not None:
            self.errors[number] = error

    def _ask_chunk(self, chunk: Sequence[SkeletonRow], scenario: str) -> ReadRows:
        numbers = [row.number for row in chunk]
        question = fill_question(self.task, chunk, scenario, {n: self.problems[n] for n in numbers if n in self.problems})
        try:
            answer = self.asks.ask(question, reader_of(self.task.columns, numbers))
        except TruncatedError as error:
            read = read_partial(error.text, self.task.columns, numbers)
            return ReadRows(read.texts, {n: read.problems.get(n, "it was cut off: write less") for n in numbers})
        self._took(question, answer)
        return answer.value

    def _criticise(self, passed: Sequence[SkeletonRow]) -> None:
        """Let the model score rows; those below the threshold are taken back, with its reason."""
        for outcome in self.asker.ask(self._ask_critique, list(chunks_of(passed, ROWS_IN_CRITIQUE))):
            if outcome.answer is None:
                self._leave_unjudged(outcome)
                continue
            for row in outcome.rows:
                verdict = outcome.answer.get(row.number)
                if verdict is None:
                    continue
                self.verdicts[row.number] = verdict
                if verdict.score < self.task.threshold:
                    self.problems[row.number] = f"scored {verdict.score} of 10: {verdict.reason}"
                    del self.texts[row.number]

    def _leave_unjudged(self, outcome: Outcome[dict[int, Verdict]]) -> None:
        """Keep texts that are not judged where that is tolerated; else they count as failed."""
        for row in outcome.rows:
            self._note_error(row.number, outcome.error)
            if not self.tolerant:
                self.problems[row.number] = "the judge refuses to read it"
                del self.texts[row.number]

    def _ask_critique(self, chunk: Sequence[SkeletonRow]) -> dict[int, Verdict]:
        question = critique_question(self.task, chunk, self.texts)
        answer = self.asks.ask(question, verdict_reader([row.number for row in chunk]))
        self._took(question, answer)
        return answer.value

    def _took(self, question: Question, answer: Answer[Any]) -> None:
        with self.lock:
            self.asked.append(Asked.of(question.prompt, answer))

    def _report(self, scenarios: tuple[str, ...], failed: Sequence[SkeletonRow]) -> AssetAiReport:
        rows = self.task.rows
        report = report_of(self.task.table, self.asked, fallbacks=self._fallbacks(), notes=self._notes())
        dropped = len(rows) - len(self.texts)
        scores = Counter(v.score for _, v in sorted(self.verdicts.items()))
        critique = Critique(scores=dict(sorted(scores.items())), refilled=len(failed), dropped=dropped)
        return report.model_copy(update={"instructions": scenarios, "critique": critique, "examples": self._examples()})

    def _fallbacks(self) -> list[Fallback]:
        """Return the rows whose questions have no answer: the rules' texts stand there, or texts that nobody judged."""
        rows_of: dict[tuple[str, str, bool], list[int]] = {}
        for row in self.task.rows:
            if (error := self.errors.get(row.number)) is not None:
                told = Fallback.of_error("", error)
                rows_of.setdefault((told.code, told.message, row.number in self.texts), []).append(row.number)
        return [
            Fallback(what=f"{self.task.table} rows {first}-{last}{', not judged' if written else ''}", code=code, message=message)
            for (code, message, written), numbers in rows_of.items()
            for first, last in spans(numbers)
        ]

    def _why_dropped(self, number: int) -> str:
        error = self.errors.get(number)
        if error is None:
            return self.problems.get(number, "")
        diagnostic = error.diagnostics[0]
        return ": ".join(filter(None, (f"{error.code} {diagnostic.message}", diagnostic.found)))

    def _notes(self) -> list[str]:
        """Return what a reader should know of the texts as a whole: columns that hardly vary, and why rows were dropped."""
        shares = {c.name: distinct_share(texts[c.name] for texts in self.texts.values()) for c in self.task.columns}
        notes = [f"{name}: only {share:.0%} of its texts differ" for name, share in shares.items() if share < _LEAST_DISTINCT]
        unjudged = sum(number not in self.verdicts for number in self.texts)
        notes += [f"{unjudged} of its rows were not judged"] if unjudged else []
        dropped = [row.number for row in self.task.rows if row.number not in self.texts]
        return notes + [f"row {number} dropped: {self._why_dropped(number)}" for number in dropped[:_EXAMPLES]]

    def _examples(self) -> tuple[dict[str, str | None], ...]:
        shown = [row for row in self.task.rows if row.number in self.texts][:_EXAMPLES]
        return tuple({"row": str(r.number), **dict(r.shown), **self.texts[r.number]} for r in shown)


def fill_question(task: FillTask, chunk: Sequence[SkeletonRow], scenario: str, problems: Mapping[int, str]) -> Question:
    """Return the question for the texts of some rows; `problems` says what was wrong with an earlier try."""
    values = {
        "count": len(chunk),
        "table": task.outline,
        "columns": columns_as_text(task.columns),
        "scenario": scenario,
        "rows": rows_as_text(chunk),
        "problems": "\n".join(f"row {number}: {problem}" for number, problem in sorted(problems.items())),
        "locale": task.locale,
        "as_of": task.as_of,
        "wish": task.wish,
    }
    schema = response_schema(task.columns, len(chunk))
    return load_prompt(FILL).render(values).as_question(label=task.table, response_schema=schema, wishes=task.wishes)
