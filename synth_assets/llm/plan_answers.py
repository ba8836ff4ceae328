"""What a model may say of a table's columns, and the strategy each answer becomes.

The vocabulary is small on purpose: values with weights, ranges with a shape, periods, word lists, templates, shares of NULL. Here: the
form of an answer, and turning one column's answer into a `Decision`, or saying why it does not fit. Not here: asking (`plan_writer`).
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.json_schema import SkipJsonSchema

from synth_assets.errors import SynthAssetsError
from synth_assets.plan.distributions import Distribution, Exponential, LogNormal, Normal, Power, Uniform
from synth_assets.plan.free_columns import Decision, FreeColumn
from synth_assets.plan.shapes import Lengths, Neighbours, lengths_of
from synth_assets.plan.strategies import Categorical, Number, Strategy, Template, Temporal, Vocabulary
from synth_assets.plan.templates import slots_of
from synth_assets.schema.model import Table
from synth_assets.schema.types import DecimalType, TextType
from synth_assets.vocabulary import word_list_names

MOST_VALUES = 60
MOST_TEMPLATES = 12
_LONGEST_VALUE = 200
_LONGEST_TEMPLATE = 400
_LONGEST_REASON = 300
_LONGEST_OTHER = 40
"""Characters of a number, a day or a truth value at most."""
_EARLIEST, _LATEST = date(1900, 1, 2), date(2037, 12, 31)
"""Days that every dialect's DATE and TIMESTAMP hold, or that only dates of birth come before."""
_FIRST_TIMESTAMP = date(1970, 1, 2)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TRUTHS = {"true": "true", "t": "true", "1": "true", "yes": "true", "false": "false", "f": "false", "0": "false", "no": "false"}

Shape = Literal["uniform", "normal", "lognormal", "exponential", "falling", "rising"]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class WeightedValue(_Answer):
    """One value as it stands in the database, and how often it comes, on any positive scale."""

    value: str
    weight: float = 1.0

    @field_validator("value", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        """A model writes numbers and booleans as they are."""
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, (int, float)) else value


class ColumnAnswer(_Answer):
    """What a model says of one column; which fields count is decided by `kind`."""

    column: str
    kind: Literal["categorical", "number", "temporal", "vocabulary", "template", "keep"]
    reason: str
    null_fraction: Annotated[float, Field(ge=0, le=1)] | SkipJsonSchema[None] = None
    values: list[WeightedValue] | SkipJsonSchema[None] = Field(default=None, description="categorical")
    low: float | SkipJsonSchema[None] = Field(default=None, description="number")
    high: float | SkipJsonSchema[None] = Field(default=None, description="number")
    typical: float | SkipJsonSchema[None] = Field(default=None, description="number")
    shape: Shape | SkipJsonSchema[None] = Field(default=None, description="number, temporal")
    first_day: str | SkipJsonSchema[None] = Field(default=None, description="temporal: YYYY-MM-DD")
    last_day: str | SkipJsonSchema[None] = Field(default=None, description="temporal: YYYY-MM-DD")
    time_of_day: Literal["business", "waking", "any", "midnight"] | SkipJsonSchema[None] = Field(default=None, description="temporal")
    vocabulary: str | SkipJsonSchema[None] = Field(default=None, description="vocabulary")
    templates: list[str] | SkipJsonSchema[None] = Field(default=None, description="template")


class TableAnswer(_Answer):
    """What a model says of one table."""

    columns: list[ColumnAnswer]


class _Envelope(_Answer):
    """The outer form alone: one bad column does not spoil the others."""

    columns: list[Any]


@dataclass(frozen=True)
class ReadAnswer:
    """The columns of an answer that can be read, each once, and what was passed over, in sentences."""

    columns: tuple[ColumnAnswer, ...]
    notes: tuple[str, ...]


class MisfitError(ValueError):
    """An answer does not fit its column; the message ends the sentence `<column>: ...`."""


def response_schema() -> dict[str, Any]:
    """Return the JSON schema of `TableAnswer`."""
    return TableAnswer.model_json_schema()


def read_answer(document: Any) -> ReadAnswer:
    """Read a decoded answer column by column: one that is not of the form is passed over, with a note.

    Raises:
        ValueError: The whole is not of the form, or none of its columns is; then it is asked again.
    """
    entries = _Envelope.model_validate(document).columns
    read: dict[str, ColumnAnswer] = {}
    notes = []
    for entry in entries:
        try:
            answer = ColumnAnswer.model_validate(entry)
        except ValidationError as error:
            problem = error.errors()[0]
            notes.append(f"an answer could not be read: {'.'.join(map(str, problem['loc']))} {problem['msg'][:120]}")
            continue
        read.setdefault(answer.column, answer)
    if entries and not read:
        raise ValueError(notes[0])
    return ReadAnswer(tuple(read.values()), tuple(dict.fromkeys(notes)))


def decide(answer: ColumnAnswer, free: FreeColumn, table: Table, locale: str) -> tuple[Decision | None, str]:
    """Return what an answer decides for its column (None: nothing), and a note where only a part of it fits.

    Raises:
        MisfitError: The answer does not fit the column, or would change what other columns depend on.
    """
    strategy = None if answer.kind == "keep" else _STRATEGIES[answer.kind](answer, free, table, locale)
    share, note = _null_share(answer, free)
    if strategy == free.plan.strategy:
        strategy = None
    if strategy is None and share is None:
        return None, note
    return Decision(strategy, share, _one_line(answer.reason)), note


def _null_share(answer: ColumnAnswer, free: FreeColumn) -> tuple[float | None, str]:
    share = None if answer.null_fraction is None else round(answer.null_fraction, 4)
    if share is None or share == free.plan.null_fraction:
        return None, ""
    if not free.has_own_nulls:
        why = "it is NOT NULL" if not free.column.nullable else "other columns decide or depend on when it is NULL"
        return None, f"its share of NULL stays, {why}" if share or free.column.nullable else ""
    return share, ""


def _categorical(answer: ColumnAnswer, free: FreeColumn, table: Table, locale: str) -> Strategy:  # noqa: ARG001 - one form for all
    kind = free.column.type.kind
    if kind in {"date", "timestamp", "float"}:
        raise MisfitError(f"listed values do not suit {free.column.sql_type}")
    weights: dict[str, float] = {}
    for entry in answer.values or ():
        if not math.isfinite(entry.weight) or entry.weight < 0:
            raise MisfitError("a weight is no positive number")
        if entry.weight:
            value = _value_of(entry.value, free)
            weights[value] = weights.get(value, 0.0) + entry.weight
    if not 2 <= len(weights) <= MOST_VALUES:
        raise MisfitError(f"{len(weights)} values are listed; 2 to {MOST_VALUES} are taken")
    if free.is_condition:
        known = free.plan.strategy.values if isinstance(free.plan.strategy, Categorical) else ()
        if strange := [v for v in weights if v not in known]:
            raise MisfitError(f"other columns depend on its values, and {strange[0]!r} is none of them")
    total = sum(weights.values())
    return Categorical(values=tuple(weights), weights=tuple(round(w / total, 6) or 1e-6 for w in weights.values()))


def _value_of(text: str, free: FreeColumn) -> str:
    """Return a value in canonical text."""
    logical = free.column.type
    if not text.strip() or len(text) > _LONGEST_VALUE or _UNPRINTABLE.search(text):
        raise MisfitError(f"a value is empty, longer than {_LONGEST_VALUE} characters, or holds control characters")
    if logical.kind == "boolean":
        if text.strip().lower() not in _TRUTHS:
            raise MisfitError(f"{text!r} is no truth value")
        return _TRUTHS[text.strip().lower()]
    if logical.kind in {"integer", "decimal"}:
        return _number_of(text, free)
    if isinstance(logical, TextType) and not logical.holds(text):
        raise MisfitError(f"{text!r} is longer than {free.column.sql_type}")
    return text


def _number_of(text: str, free: FreeColumn) -> str:
    try:
        number = Decimal(text.strip())
        whole = number == number.quantize(_unit(free))
    except InvalidOperation:
        raise MisfitError(f"{text!r} is no number that {free.column.sql_type} holds") from None
    if not whole:
        raise MisfitError(f"{text!r} has more digits than {free.column.sql_type}")
    return f"{number.quantize(_unit(free)):f}"


def _unit(free: FreeColumn) -> Decimal:
    scale = free.column.type.scale if isinstance(free.column.type, DecimalType) else 0
    return Decimal(1).scaleb(-scale)


def _number(answer: ColumnAnswer, free: FreeColumn, table: Table, locale: str) -> Strategy:  # noqa: ARG001 - one form for all
    kind, before = free.column.type.kind, free.plan.strategy
    if kind not in {"integer", "decimal", "float"}:
        raise MisfitError(f"a range of numbers does not suit {free.column.sql_type}")
    if free.is_condition:
        raise MisfitError("other columns depend on which value it holds")
    if answer.low is None or answer.high is None:
        raise MisfitError("the range has no low or no high")
    low, high = Decimal(repr(answer.low)), Decimal(repr(answer.high))
    if kind != "float":
        try:
            low, high = low.quantize(_unit(free), ROUND_CEILING), high.quantize(_unit(free), ROUND_FLOOR)
        except InvalidOperation:
            raise MisfitError(f"the range is beyond {free.column.sql_type}") from None
    if low >= high:
        raise MisfitError(f"low {answer.low:g} is not below high {answer.high:g}")
    decimals = before.decimals if isinstance(before, Number) else None
    return Number(low=low, high=high, distribution=number_shape(answer.shape, answer.typical, float(low), float(high)), decimals=decimals)


def number_shape(shape: str | None, typical: float | None, low: float, high: float) -> Distribution:
    """Return the distribution of a range by the word for its shape; a typical value outside of it leaves the middle."""
    given = typical if typical is not None and low < typical < high else None
    match shape:
        case "normal":
            return Normal(mean=(low + high) / 2 if given is None else given, standard_deviation=(high - low) / 6)
        case "lognormal" if given is not None and given > 0:
            # The range's end is taken for about the 99th of a hundred values.
            return LogNormal(median=given, sigma=round(min(max(math.log(high / given) / 2.3, 0.2), 1.5), 3))
        case "exponential":
            return Exponential(mean=(high - low) / 4 if given is None else given - low)
        case "falling" | "lognormal":
            return Power(exponent=2.0)
        case "rising":
            return Power(exponent=0.5)
        case _:
            return Uniform()


def _temporal(answer: ColumnAnswer, free: FreeColumn, table: Table, locale: str) -> Strategy:  # noqa: ARG001 - one form for all
    kind, before = free.column.type.kind, free.plan.strategy
    if kind not in {"date", "timestamp"}:
        raise MisfitError(f"a period does not suit {free.column.sql_type}")
    if free.is_condition:
        raise MisfitError("other columns depend on which value it holds")
    known = before if isinstance(before, Temporal) else None
    first, last = _day(answer.first_day, known.low if known else None), _day(answer.last_day, known.high if known else None)
    if known and known.after:
        last = known.high  # Rows it must come after may lie just before that day.
    if first >= last:
        raise MisfitError(f"the first day {first} is not before the last day {last}")
    earliest = _FIRST_TIMESTAMP if kind == "timestamp" else _EARLIEST
    if first < min(earliest, known.low if known else earliest) or last > max(_LATEST, known.high if known else _LATEST):
        raise MisfitError(f"the period {first} to {last} is out of the ordinary")
    if free.is_read and known and last > known.high:
        raise MisfitError(f"other columns come after it, and leave no room beyond {known.high}")
    shape: Distribution = {"rising": Power(exponent=0.5), "falling": Power(exponent=2.0)}.get(answer.shape or "", Uniform())
    times = answer.time_of_day or (known.time_of_day if known else "waking")
    return Temporal(low=first, high=last, distribution=shape, time_of_day=times, after=known.after if known else ())


def _day(text: str | None, otherwise: date | None) -> date:
    if not text and otherwise is not None:
        return otherwise
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        raise MisfitError(f"{text!r} is no day") from None


def _vocabulary(answer: ColumnAnswer, free: FreeColumn, table: Table, locale: str) -> Strategy:  # noqa: ARG001 - one form for all
    if answer.vocabulary not in word_list_names():
        raise MisfitError(f"there is no word list {answer.vocabulary!r}")
    return _fitting_text(Vocabulary(name=answer.vocabulary), free, Neighbours(locale))


def _template(answer: ColumnAnswer, free: FreeColumn, table: Table, locale: str) -> Strategy:
    templates = tuple(dict.fromkeys(answer.templates or ()))
    if not 1 <= len(templates) <= MOST_TEMPLATES:
        raise MisfitError(f"{len(templates)} templates are given; 1 to {MOST_TEMPLATES} are taken")
    for template in templates:
        if not template.strip() or len(template) > _LONGEST_TEMPLATE or _UNPRINTABLE.search(template):
            raise MisfitError(f"a template is empty, longer than {_LONGEST_TEMPLATE} characters, or holds control characters")
        _check_slots(template, free, table)
    return _fitting_text(Template(templates=templates), free, Neighbours(locale, _lengths_by_type(table)))


def _check_slots(template: str, free: FreeColumn, table: Table) -> None:
    try:
        slots = slots_of(template)
    except ValueError as error:
        raise MisfitError(f"a template cannot be read: {error}") from None
    for slot in slots:
        if slot.kind == "subject":
            raise MisfitError("a template names {subject}, which no text here has")
        if slot.kind == "column":
            named = table.columns_by_name.get(slot.argument)
            if named is None or named.generated is not None or named.nullable or named.name == free.column.name:
                raise MisfitError(f"a template names {slot.argument!r}, which is no column of the row that always holds a value")


def _lengths_by_type(table: Table) -> dict[str, Lengths]:
    """Return the most characters a row's other columns have, whatever their strategies."""
    limits = {c.name: c.type.max_length if isinstance(c.type, TextType) else _LONGEST_OTHER for c in table.columns}
    return {name: Lengths(0, longest) for name, longest in limits.items()}


def _fitting_text(strategy: Strategy, free: FreeColumn, around: Neighbours) -> Strategy:
    logical = free.column.type
    if not isinstance(logical, TextType):
        raise MisfitError(f"words do not suit {free.column.sql_type}")
    if free.is_condition:
        raise MisfitError("other columns depend on which value it holds")
    try:
        lengths = lengths_of(strategy, around)
    except (ValueError, SynthAssetsError) as error:
        raise MisfitError(f"cannot be read: {str(error).splitlines()[0][:120]}") from None
    if logical.max_length is not None and (lengths is None or lengths.longest is None or lengths.longest > logical.max_length):
        raise MisfitError(f"its texts may be longer than {free.column.sql_type}")
    return strategy


_STRATEGIES = {
    "categorical": _categorical,
    "number": _number,
    "temporal": _temporal,
    "vocabulary": _vocabulary,
    "template": _template,
}


def _one_line(reason: str) -> str:
    text = " ".join(_UNPRINTABLE.sub(" ", reason).split()) or "no reason given"
    return text if len(text) <= _LONGEST_REASON else f"{text[: _LONGEST_REASON - 1]}…"


def find_column(name: str, among: Iterable[str]) -> str | None:
    """Return the column a model means: by its exact name, else by the only one that differs in letter case."""
    names = tuple(among)
    if name in names:
        return name
    alike = [n for n in names if n.casefold() == name.strip().strip('"`[]').casefold()]
    return alike[0] if len(alike) == 1 else None
