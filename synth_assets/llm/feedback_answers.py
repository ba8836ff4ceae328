"""What a model may answer to feedback, and the patch that becomes of it: what fits in the patch, the rest in sentences.

The vocabulary: row counts, shares of values, least and greatest, where most numbers lie, shares of NULL. Here: the form of the answer
and its way into a patch. Not here: asking (`feedback`), and how a strategy takes a change (`reshaping`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.json_schema import SkipJsonSchema

from synth_assets.llm.reshaping import CannotTakeError, change_shape, limit_strategy, share_values
from synth_assets.plan.model import ColumnPlan, Plan, TablePlan
from synth_assets.plan.patch import ColumnPatch, PlanPatch, TablePatch
from synth_assets.plan.request import MAX_ROWS
from synth_assets.schema.model import Column, Schema, Table

_LONGEST_SENTENCE = 400
Named = TypeVar("Named")

Shape = Literal["uniform", "normal", "lognormal", "exponential", "falling", "rising"]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


def _as_text(value: Any) -> Any:
    """A model writes numbers and booleans as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value


class ShareAnswer(_Answer):
    """One value, and the share of rows that shall hold it."""

    value: str
    share: Annotated[float, Field(ge=0)]

    _text = field_validator("value", mode="before")(_as_text)


class ChangeAnswer(_Answer):
    """What becomes of one column, or of a table's row count."""

    table: str
    column: str | SkipJsonSchema[None] = None
    rows: Annotated[int, Field(ge=0, le=MAX_ROWS)] | SkipJsonSchema[None] = None
    shares: list[ShareAnswer] | SkipJsonSchema[None] = None
    low: str | SkipJsonSchema[None] = Field(default=None, description="a number, or a day as YYYY-MM-DD")
    high: str | SkipJsonSchema[None] = Field(default=None, description="a number, or a day as YYYY-MM-DD")
    typical: float | SkipJsonSchema[None] = None
    shape: Shape | SkipJsonSchema[None] = None
    null_share: Annotated[float, Field(ge=0, le=1)] | SkipJsonSchema[None] = None
    reason: str = ""

    _texts = field_validator("low", "high", mode="before")(_as_text)


class FeedbackAnswer(_Answer):
    """The whole answer; `answer` comes first, because a person waits for it."""

    answer: str
    changes: list[ChangeAnswer] = []
    not_possible: list[str] = []


class _Envelope(_Answer):
    """The outer form alone: one bad change does not spoil the others."""

    answer: str
    changes: list[Any] = []
    not_possible: list[str] = []


@dataclass(frozen=True)
class ReadFeedback:
    """An answer as far as it can be read, and in sentences what was passed over."""

    answer: FeedbackAnswer
    notes: tuple[str, ...]


def response_schema() -> dict[str, Any]:
    """Return the JSON schema of `FeedbackAnswer`."""
    return FeedbackAnswer.model_json_schema()


def read_feedback(document: Any) -> ReadFeedback:
    """Read a decoded answer change by change.

    Raises:
        ValueError: It is not of the form, or says neither what changes nor why nothing does; then it is asked again.
    """
    envelope = _Envelope.model_validate(document)
    changes, notes = [], []
    for entry in envelope.changes:
        try:
            changes.append(ChangeAnswer.model_validate(entry))
        except ValidationError as error:
            problem = error.errors()[0]
            notes.append(f"a change could not be read: {'.'.join(map(str, problem['loc']))} {problem['msg'][:120]}")
    not_possible = [_one_line(s) for s in envelope.not_possible if s.strip()]
    if not changes and not not_possible:
        raise ValueError(notes[0] if notes else "the answer says neither what changes nor what is not possible")
    answer = FeedbackAnswer(answer=_one_line(envelope.answer), changes=changes, not_possible=not_possible)
    return ReadFeedback(answer, tuple(notes))


def patch_of(read: ReadFeedback, schema: Schema, plan: Plan) -> tuple[PlanPatch, tuple[str, ...]]:
    """Return the patch an answer makes, and in sentences everything that is not in it; the patch may be empty."""
    notes = [*read.answer.not_possible, *read.notes]
    tables: dict[str, TablePatch] = {}
    for change in read.answer.changes:
        table = _find(change.table, {t.key: t for t in schema.tables})
        if table is None:
            notes.append(f"{change.table}: the dataset has no such table")
            continue
        before = tables.get(table.key, TablePatch())
        patched, said = _apply(change, table, plan.table(table.key), before, plan.as_of)
        tables[table.key] = patched
        notes += said
    patch = PlanPatch(reason=read.answer.answer, tables={key: t for key, t in tables.items() if t.changes})
    return patch, tuple(dict.fromkeys(notes))


def _apply(change: ChangeAnswer, table: Table, plan: TablePlan, patch: TablePatch, today: date) -> tuple[TablePatch, list[str]]:
    """Return the table's patch with one change in it, and what the change asks for in vain."""
    notes: list[str] = []
    if change.rows is not None:
        patch = patch.model_copy(update={"rows": change.rows})
    if change.column is None:
        if change.rows is None:
            notes.append(f"{table.key}: the change names no column and no number of rows")
        return patch, notes
    column = _find(change.column, {c.name: c for c in table.columns})
    if column is None:
        return patch, [*notes, f"{table.key}.{change.column}: the table has no such column"]
    if column.generated is not None:
        return patch, [*notes, f"{table.key}.{column.name}: the database computes it from other columns"]
    own = patch.columns.get(column.name, ColumnPatch())
    for wish in _wishes(change):
        try:
            own = _grant(wish, change, column, table, plan, own, today)
        except CannotTakeError as error:
            notes.append(f"{table.key}.{column.name}: {error}")
    if own.changes:
        own = own.model_copy(update={"reason": _one_line(change.reason) or own.reason})
        patch = patch.model_copy(update={"columns": {**patch.columns, column.name: own}})
    elif not notes and change.rows is None:
        notes.append(f"{table.key}.{column.name}: the change says nothing to do")
    return patch, notes


Wish = Literal["shares", "limits", "shape", "nulls"]


def _wishes(change: ChangeAnswer) -> Iterator[Wish]:
    if change.shares:
        yield "shares"
    if change.low is not None or change.high is not None:
        yield "limits"
    if change.shape is not None or change.typical is not None:
        yield "shape"
    if change.null_share is not None:
        yield "nulls"


def _grant(wish: Wish, change: ChangeAnswer, column: Column, table: Table, plan: TablePlan, patch: ColumnPatch, today: date) -> ColumnPatch:
    """Return the column's patch with one wish in it. Raises CannotTakeError with the reason why it cannot be."""
    former = plan.column(column.name)
    now = former if patch.strategy is None else former.model_copy(update={"strategy": patch.strategy})
    match wish:
        case "shares":
            shares = [(s.value, s.share) for s in change.shares or ()]
            return patch.model_copy(update={"strategy": share_values(shares, column, table, now)})
        case "limits":
            return patch.model_copy(update={"strategy": limit_strategy(change.low, change.high, column, plan, now, today)})
        case "shape":
            return patch.model_copy(update={"strategy": change_shape(change.shape, change.typical, now)})
        case _:
            return patch.model_copy(update={"null_fraction": _null_share(change.null_share or 0.0, column, now)})


def _null_share(share: float, column: Column, plan: ColumnPlan) -> float:
    if share and not column.nullable:
        raise CannotTakeError("it is NOT NULL")
    if share == plan.null_fraction and not plan.null_when:
        raise CannotTakeError(f"{share:.0%} of its rows are NULL already")
    return round(share, 6)


def _find(name: str, known: dict[str, Named]) -> Named | None:
    """Return what has a name, letter case and quotes aside; None where there is none, or two."""
    if name in known:
        return known[name]
    plain = name.strip().strip('"`[]').casefold()
    found = [value for key, value in known.items() if plain in {key.casefold(), key.casefold().rpartition(".")[2]}]
    return found[0] if len(found) == 1 else None


def _one_line(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST_SENTENCE else f"{line[: _LONGEST_SENTENCE - 1]}…"
