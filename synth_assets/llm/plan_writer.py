"""A model's part in a plan: one question a table, the answers turned into decisions for free columns.

Here: asking, for all tables at once, and what came of it. Not here: the form of answers (`plan_answers`), which columns are free
(`plan.free_columns`), whether the decisions hold together (`pipeline.ai_plan`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from synth_assets.errors import LlmError
from synth_assets.llm.circuit_breaker import CircuitBreaker
from synth_assets.llm.plan_answers import MisfitError, ReadAnswer, decide, find_column, read_answer, response_schema
from synth_assets.llm.prompt_files import load_prompt
from synth_assets.llm.questions import Answer, Asks, Question
from synth_assets.llm.report import PLAN_LABEL, Asked, Fallback
from synth_assets.llm.side_by_side import Asking, ask_side_by_side
from synth_assets.llm.table_text import describe_free_columns, describe_neighbours, describe_table
from synth_assets.plan.cells import Cell
from synth_assets.plan.free_columns import Decision, FreeColumn, free_columns
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.model import Schema
from synth_assets.vocabulary import word_list_names

PROMPT = "plan_table@1"
MOST_COLUMNS = 80
"""Columns of one table that are asked about; the rules keep the others."""
WORKERS = 4

Passages = Mapping[str, Sequence[str]]
"""Texts out of the user's documents, by key of the table they may say something about."""


@dataclass(frozen=True)
class TableOutcome:
    """What came of one table's question.

    Attributes:
        table: Its key.
        decisions: For free columns, each by itself of the right type and form.
        notes: What was passed over, in sentences that name the column.
        asked: What it took; None where it failed.
        error: Why there is no answer.
    """

    table: str
    decisions: Mapping[Cell, Decision]
    notes: tuple[str, ...] = ()
    asked: Asked | None = None
    error: LlmError | None = None

    @property
    def fallback(self) -> Fallback | None:
        """What the rules do instead, where there is no answer."""
        return Fallback.of_error(self.table, self.error) if self.error else None


def plan_questions(schema: Schema, plan: Plan, request: DatasetRequest, passages: Passages) -> dict[str, Question]:
    """Return the question about each table that has free columns, by table key, in schema order.

    Row counts and the seed are no part of it: more rows, or other rows of the same kind, ask nothing anew.
    """
    return {key: _question(schema, plan, request, key, free, passages.get(key, ())) for key, free in free_columns(schema, plan).items()}


def ask_tables(
    schema: Schema, plan: Plan, request: DatasetRequest, asks: Asks, passages: Passages, *, workers: int = WORKERS
) -> tuple[TableOutcome, ...]:
    """Ask about every table that has free columns, several at a time; the outcomes are in schema order, whoever answers first.

    A question that fails is an outcome with an error; nothing is raised for it.
    """
    free = free_columns(schema, plan)
    questions = plan_questions(schema, plan, request, passages)
    found = ask_side_by_side(CircuitBreaker(asks), [Asking(question, read_answer) for question in questions.values()], workers)
    return tuple(
        TableOutcome(key, {}, error=outcome) if isinstance(outcome, LlmError) else _outcome(outcome, schema, key, free[key], plan.locale)
        for key, outcome in zip(questions, found, strict=True)
    )


def _question(
    schema: Schema, plan: Plan, request: DatasetRequest, key: str, free: Mapping[str, FreeColumn], passages: Sequence[str]
) -> Question:
    table, wishes = schema.table(key), request.gemini.of_table(key)
    values = {
        "table": describe_table(table),
        "columns": describe_free_columns(list(free.values())[:MOST_COLUMNS]),
        "neighbours": describe_neighbours(schema, table),
        "vocabularies": ", ".join(offered_word_lists()),
        "locale": plan.locale,
        "as_of": plan.as_of.isoformat(),
        "wish": "\n\n".join(filter(None, (request.prompt, wishes.prompt))),
        "passages": tuple(passages),
    }
    rendered = load_prompt(PROMPT).render(values)
    return rendered.as_question(label=PLAN_LABEL, response_schema=response_schema(), wishes=wishes)


def offered_word_lists() -> tuple[str, ...]:
    """Return the word lists that a column may be given: single words and names, no sentences."""
    return tuple(sorted(name for name in word_list_names() if "." not in name))


def _outcome(answer: Answer[ReadAnswer], schema: Schema, key: str, free: Mapping[str, FreeColumn], locale: str) -> TableOutcome:
    """Return what each column's answer decides; what does not fit is left out, with a note."""
    table = schema.table(key)
    decisions: dict[Cell, Decision] = {}
    unasked = len(free) - MOST_COLUMNS
    notes = [f"{key}: {unasked} of its columns were not asked about"] if unasked > 0 else []
    notes += [f"{key}: {note}" for note in answer.value.notes]
    for column_answer in answer.value.columns:
        name = find_column(column_answer.column, free)
        if name is None:
            notes.append(_not_free(key, column_answer.column, table.columns_by_name))
            continue
        try:
            decision, note = decide(column_answer, free[name], table, locale)
        except MisfitError as error:
            notes.append(f"{key}.{name}: the rules decide: {error}")
            continue
        notes += [f"{key}.{name}: {note}"] if note else []
        if decision is not None:
            decisions.setdefault((key, name), decision)
    return TableOutcome(key, decisions, tuple(notes), Asked.of(PROMPT, answer))


def _not_free(table: str, said: str, columns: Iterable[str]) -> str:
    name = find_column(said, columns)
    if name is None:
        return f"{table}: an answer names a column that is not there"
    return f"{table}.{name}: the rules decide: a key, a constraint or other columns hold it"
