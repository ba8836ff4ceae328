"""Feedback in words becomes a patch: one question, with the words and the plan as it is, both as data.

Here: what is asked, and the sentences of the answer while it comes. Not here: the form of the answer (`feedback_answers`), and whether the
patch can be made (`plan.patch`).
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from synth_assets.llm.feedback_answers import patch_of, read_feedback, response_schema
from synth_assets.llm.prompt_files import load_prompt
from synth_assets.llm.questions import Asks, Question
from synth_assets.llm.report import Asked, AssetAiReport, report_of
from synth_assets.plan.explain import explain_table
from synth_assets.plan.model import Plan, TablePlan
from synth_assets.plan.patch import PlanPatch
from synth_assets.plan.request import GeminiRequest
from synth_assets.plan.strategies import Categorical
from synth_assets.schema.model import Schema, Table

PROMPT = "feedback_patch@1"
FEEDBACK_LABEL = "_feedback"
MOST_TABLES = 40
"""Tables whose columns the question spells out: those the words are nearest to; of the others it has the names."""
_MOST_VALUES = 40
_WORD = re.compile(r"[^\W\d_]{3,}")
_BEGIN = re.compile(r'\s*\{\s*"answer"')
_ANSWER = re.compile(r'^\s*\{\s*"answer"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL)


@dataclass(frozen=True)
class AskedPatch:
    """What came of the words.

    Attributes:
        patch: The changes that can be expressed; it may be empty.
        notes: In sentences, every wish that is not in it.
        said: What the model says to the user.
        report: What it took.
    """

    patch: PlanPatch
    notes: tuple[str, ...]
    said: str
    report: AssetAiReport


def ask_for_patch(
    schema: Schema,
    plan: Plan,
    words: str,
    asks: Asks,
    *,
    table: str = "",
    wishes: GeminiRequest | None = None,
    on_text: Callable[[str], None] | None = None,
) -> AskedPatch:
    """Return the patch that words ask for.

    Args:
        schema, plan: The dataset as it is.
        words: What the user says.
        table: Key of the table the words are about; empty for the whole dataset.
        wishes: Model and sampling that the dataset's request asks for.
        on_text: Called with pieces of the model's sentences to the user, as they arrive.

    Raises:
        LlmError: There is no usable answer.
    """
    question = feedback_question(schema, plan, words, table=table, wishes=wishes)
    answer = asks.ask(question, read_feedback, on_text=None if on_text is None else SpokenAnswer(on_text).hear)
    patch, notes = patch_of(answer.value, schema, plan)
    report = report_of(FEEDBACK_LABEL, [Asked.of(question.prompt, answer)], notes=notes)
    return AskedPatch(patch, notes, answer.value.answer.answer, report)


def feedback_question(schema: Schema, plan: Plan, words: str, *, table: str = "", wishes: GeminiRequest | None = None) -> Question:
    """Return the question: the words, the tables they may be about with what holds every column, and the names of the others."""
    shown = [table] if table else nearest_tables(schema, words)
    values = {
        "words": words,
        "about": table,
        "tables": "\n\n".join(describe_present(schema.table(key), plan.table(key)) for key in shown),
        "others": ", ".join(t.key for t in schema.tables if t.key not in shown),
        "locale": plan.locale,
        "as_of": plan.as_of.isoformat(),
    }
    return load_prompt(PROMPT).render(values).as_question(label=FEEDBACK_LABEL, response_schema=response_schema(), wishes=wishes)


def nearest_tables(schema: Schema, words: str) -> list[str]:
    """Return the keys of at most `MOST_TABLES` tables, in schema order: those that share most words with what was said."""
    said = {_stem(w) for w in _WORD.findall(words.casefold())}

    def nearness(table: Table) -> int:
        own, columns = _stems(table.key), set().union(*(_stems(c.name) for c in table.columns))
        return 3 * len(said & own) + len(said & columns)

    ranked = sorted(range(len(schema.tables)), key=lambda at: (-nearness(schema.tables[at]), at))
    return [schema.tables[at].key for at in sorted(ranked[:MOST_TABLES])]


def _stems(name: str) -> set[str]:
    return {_stem(w) for w in _WORD.findall(name.replace("_", " ").casefold())}


def _stem(word: str) -> str:
    return word.removesuffix("s")


def describe_present(table: Table, plan: TablePlan) -> str:
    """Return a table as it is now: its rows, and a line for each column with its type, what holds it, and its plan in words."""
    lines = [f"{table.key}: {plan.row_count} rows"]
    unique = {c for key in table.unique_keys for c in key}
    foreign = {c for key in table.foreign_keys for c in key.columns}
    for entry in explain_table(plan):
        column = table.column(entry.column)
        held = ["key or unique"] if column.name in unique else []
        held += ["foreign key"] if column.name in foreign else []
        held += [] if column.nullable else ["NOT NULL"]
        strategy = plan.column(column.name).strategy
        words = _every_value(strategy) if isinstance(strategy, Categorical) else entry.strategy
        nulls = f"; {entry.null_share:.0%} NULL" if entry.null_share else ""
        lines.append(f"- {column.name} ({', '.join([column.sql_type, *held])}): {words}{nulls}")
    return "\n".join(lines)


def _every_value(strategy: Categorical) -> str:
    """A share can only be asked of a value whose spelling is known: the line of `explain` stops after a few."""
    weights = strategy.weights or (1.0,) * len(strategy.values)
    shown = [f"{value} {weight / sum(weights):.1%}" for value, weight in list(zip(strategy.values, weights, strict=True))[:_MOST_VALUES]]
    return ", ".join(shown) + (f", {len(strategy.values) - _MOST_VALUES} more" if len(strategy.values) > _MOST_VALUES else "")


class SpokenAnswer:
    """Hears an answer's JSON as it arrives and passes on the sentences to the user, which stand at its beginning."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._heard = ""
        self._told = 0

    def hear(self, piece: str) -> None:
        """Take the next piece of the answer; what it adds to the sentences is told at once.

        Where the answer was of no use and is asked for again, another one begins: on a line of its own.
        """
        if self._heard and (_BEGIN.match(piece) or _is_whole(self._heard)):
            self._heard, self._told = "", 0
            self._tell("\n")
        self._heard += piece
        found = _ANSWER.match(self._heard)
        if found is None:
            return
        spoken = _decoded(found[1])
        if len(spoken) > self._told:
            self._tell(spoken[self._told :])
            self._told = len(spoken)


def _is_whole(text: str) -> bool:
    if not text.rstrip().endswith("}"):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _decoded(text: str) -> str:
    """Return the characters of a JSON string that may end in the middle of an escape."""
    for end in range(len(text), max(-1, len(text) - 12), -1):
        try:
            decoded: str = json.loads(f'"{text[:end]}"')
        except ValueError:
            continue
        if not decoded or not "\ud800" <= decoded[-1] <= "\udfff":
            return decoded
    return ""
