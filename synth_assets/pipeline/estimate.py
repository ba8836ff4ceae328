"""Say what a dataset will ask of Gemini before anything is asked: planned by the rules, counted by arithmetic."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from time import time

from synth_assets.llm.estimate import Estimate, TableSize, estimate_calls
from synth_assets.llm.plan_writer import Passages, plan_questions
from synth_assets.llm.table_text import describe_neighbours, describe_table
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.filling import with_filled
from synth_assets.plan.free_columns import free_columns
from synth_assets.plan.model import Plan, TablePlan
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.strategies import Filled
from synth_assets.schema.model import Schema
from synth_assets.schema.types import TextType
from synth_assets.settings import LlmSettings

_LIKELY_TEXT_BYTES = 240


def estimate_dataset(
    schema: Schema, request: DatasetRequest, settings: LlmSettings, day: date | None = None, passages: Passages | None = None
) -> Estimate:
    """Return the calls, tokens and dollars of a request, table by table. Nothing is asked, no key is needed.

    Args:
        settings: Of this process: the model, where the request names none.
        day: Whose prices hold; None is today.
        passages: Texts out of the user's documents, by table key, that the questions quote.

    Raises:
        RequestError, PlanError: As `plan_dataset` does.
    """
    planning_model = request.gemini.model or settings.model
    when = day or datetime.fromtimestamp(time(), UTC).date()
    if request.ai == "off":
        return estimate_calls((), planning_model, when)
    by_rules = plan_dataset(schema, request).plan
    questions = plan_questions(schema, by_rules, request, passages or {})
    free = free_columns(schema, by_rules)
    asked = {key: _Asked(len(free.get(key, ())), question.parts) for key, question in questions.items() if question}
    return estimate_calls(_sizes(schema, request, with_filled(schema, by_rules, request), planning_model, asked), planning_model, when)


def estimate_texts(schema: Schema, plan: Plan, request: DatasetRequest, settings: LlmSettings, day: date | None = None) -> Estimate:
    """Return the calls, tokens and dollars of writing the texts of a plan that is there: tables without such texts are left out.

    Args:
        settings, day: As in `estimate_dataset`.
    """
    model = request.gemini.model or settings.model
    written = [size for size in _sizes(schema, request, plan, model, {}) if size.filled_rows]
    return estimate_calls(written, model, day or datetime.fromtimestamp(time(), UTC).date())


@dataclass(frozen=True)
class _Asked:
    """A question about the columns of a table: how many they are, and what it is made of."""

    columns: int
    parts: Sequence[object]


def _sizes(schema: Schema, request: DatasetRequest, plan: Plan, planning_model: str, asked: Mapping[str, _Asked]) -> Iterator[TableSize]:
    for table_plan in plan.tables:
        key, wishes = table_plan.table, request.gemini.of_table(table_plan.table)
        filled = {c.column: c.strategy.rows for c in table_plan.columns if isinstance(c.strategy, Filled)}
        question = asked.get(key)
        described = "".join(p for p in question.parts if isinstance(p, str)) if question else _description(schema, key)
        yield TableSize(
            table=key,
            asked_columns=question.columns if question else 0,
            filled_rows=min(max(filled.values(), default=0), table_plan.row_count),
            filled_columns=len(filled),
            description_bytes=len(described.encode(errors="surrogatepass")),
            row_text_bytes=_text_bytes(schema, table_plan, filled),
            instructions=wishes.instructions,
            model=wishes.model or planning_model,
        )


def _description(schema: Schema, key: str) -> str:
    table = schema.table(key)
    return describe_table(table) + describe_neighbours(schema, table)


def _text_bytes(schema: Schema, table_plan: TablePlan, filled: dict[str, int]) -> int:
    columns = [schema.table(table_plan.table).column(name) for name in filled]
    lengths = [c.type.max_length for c in columns if isinstance(c.type, TextType)]
    return sum(min(length or _LIKELY_TEXT_BYTES, _LIKELY_TEXT_BYTES) for length in lengths)
