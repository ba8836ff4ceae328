"""Does every strategy suit its column: type, NULLs, weights, ranges, lengths, patterns and vocabularies."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial

from synth_assets.errors import Diagnostic, closest_name
from synth_assets.plan.cells import leaves
from synth_assets.plan.model import ColumnPlan, Plan
from synth_assets.plan.patterns import parse_pattern
from synth_assets.plan.rules.fitting import type_bounds
from synth_assets.plan.strategies import (
    Bytes,
    Categorical,
    Constant,
    Email,
    Fraction,
    Number,
    Offset,
    Pattern,
    Record,
    Strategy,
    Template,
    Temporal,
    Text,
    Vocabulary,
)
from synth_assets.plan.templates import slots_of
from synth_assets.plan.validation.scope import TableScope, problem, scopes
from synth_assets.schema.model import Column, Schema
from synth_assets.schema.types import length_of
from synth_assets.vocabulary import load_records, record_list_names, word_list_names

_NUMBERS = frozenset({"integer", "decimal", "float"})
_MOMENTS = frozenset({"date", "timestamp"})
_WORDS = frozenset({"text", "enum", "json", "interval", "array", "unknown", "uuid"})
_ALL = frozenset({*_NUMBERS, *_MOMENTS, *_WORDS, "boolean", "time", "binary"})
SUITABLE: dict[str, frozenset[str]] = {
    "sequence": _NUMBERS | {"text", "unknown"},
    "number": _NUMBERS | {"text", "unknown", "interval"},
    "categorical": _ALL - {"binary"},
    "vocabulary": _WORDS | _NUMBERS,
    "record": _WORDS | _NUMBERS,
    "pattern": _WORDS | _NUMBERS,
    "template": _WORDS | _NUMBERS | _MOMENTS | {"time"},
    "email": frozenset({"text", "unknown"}),
    "text": frozenset({"text", "unknown", "json"}),
    "temporal": _MOMENTS | {"time", "text", "unknown"},
    "offset": _MOMENTS | {"text"},
    "fraction": _NUMBERS,
    "product": _NUMBERS,
    "aggregate": _NUMBERS | _MOMENTS,
    "total": _NUMBERS,
    "any_row": _ALL,
    "copy": _ALL,
    "foreign_key": _ALL,
    "ordinal": _NUMBERS | _MOMENTS | {"text"},
    "combination": _ALL - {"binary"},
    "leading": _ALL - {"binary"},
    "span": _MOMENTS | {"integer", "text", "unknown"},
    "constant": _ALL,
    "uuid": frozenset({"uuid", "text", "unknown"}),
    "bytes": frozenset({"binary"}),
    "filled": frozenset({"text", "unknown"}),
}
"""Kinds of columns that each kind of strategy can fill; `case` is judged by its branches."""


def validate_values(schema: Schema, plan: Plan) -> Iterator[Diagnostic]:
    """Yield what does not suit its column."""
    for scope in scopes(schema, plan):
        for column, column_plan in scope.columns:
            where = f"{scope.table.key}.{column.name}"
            yield from _nulls(column, column_plan, where)
            for strategy in leaves(column_plan.strategy):
                yield from _strategy(scope, column, strategy, where)


def _nulls(column: Column, plan: ColumnPlan, where: str) -> Iterator[Diagnostic]:
    if column.nullable:
        return
    if plan.null_fraction > 0 or plan.null_when or plan.null_from is not None:
        hint = "set null_fraction to 0 and leave null_when and null_from out"
        yield problem("PLAN122", where, f"the column is NOT NULL ({column.where})", f"null_fraction {plan.null_fraction:g}", hint)
    if any(isinstance(s, Constant) and s.value is None for s in leaves(plan.strategy)):
        yield problem("PLAN122", where, f"the column is NOT NULL ({column.where})", "constant NULL")


def _strategy(scope: TableScope, column: Column, strategy: Strategy, where: str) -> Iterator[Diagnostic]:
    if column.type.kind not in SUITABLE[strategy.kind]:
        kinds = ", ".join(sorted(SUITABLE[strategy.kind]))
        yield problem(
            "PLAN121",
            where,
            f"strategy '{strategy.kind}' cannot fill a column of type {column.sql_type}",
            strategy.kind,
            f"it fills: {kinds}",
        )
        return
    match strategy:
        case Number():
            yield from _number(column, strategy, where)
        case Fraction(low=low, high=high) if low > high:
            yield problem("PLAN127", where, "low is above high", f"{low:g} > {high:g}")
        case Offset(low=low, high=high) if low > high:
            yield problem("PLAN127", where, "low is above high", f"{low} > {high}")
        case Temporal(low=first, high=last) if first > last:
            yield problem("PLAN127", where, "low is after high", f"{first} > {last}")
        case Bytes(min_length=shortest, max_length=longest) if shortest > longest:
            yield problem("PLAN127", where, "min_length is above max_length", f"{shortest} > {longest}")
        case Categorical(values=values, weights=weights):
            yield from _weights(weights, len(values), where)
            yield from (p for v in values if (p := _misfit(column, v, where)))
        case Constant(value=str() as value):
            found = _misfit(column, value, where)
            yield from [found] if found else []
        case _:
            yield from _text(scope, strategy, where)


def _number(column: Column, strategy: Number, where: str) -> Iterator[Diagnostic]:
    if strategy.low > strategy.high:
        yield problem("PLAN127", where, "low is above high", f"{strategy.low} > {strategy.high}")
    low, high = type_bounds(column.type)
    if (low is not None and strategy.low < low) or (high is not None and strategy.high > high):
        found = f"{strategy.low} to {strategy.high}"
        yield problem("PLAN127", where, f"the range does not fit {column.sql_type}", found, f"stay within {low} to {high}")


def _weights(weights: tuple[float, ...] | None, count: int, where: str) -> Iterator[Diagnostic]:
    if weights is None:
        return
    if len(weights) != count:
        yield problem(
            "PLAN125", where, f"there are {count} values and {len(weights)} weights", str(weights)[:80], "give one weight per value"
        )
    elif any(w < 0 or w != w or w == float("inf") for w in weights) or not sum(weights):
        yield problem("PLAN125", where, "weights are positive numbers", str(weights)[:80])


def _misfit(column: Column, value: str, where: str) -> Diagnostic | None:
    """Return a diagnostic when a constant is no value of the column's type."""
    logical = column.type
    message = f"the value does not fit {column.sql_type}"
    if logical.kind == "enum" and value not in logical.values:
        return problem("PLAN126", where, "the value is none of the enum's", value, closest_name(value, logical.values))
    if logical.kind == "text" and not logical.holds(value):
        return problem("PLAN126", where, f"{message}: {length_of(value, in_bytes=logical.in_bytes)} {logical.unit}", value[:80])
    if logical.kind in _NUMBERS:
        return _misfit_number(column, value, where, message)
    try:
        if logical.kind == "date":
            date.fromisoformat(value[:10])
        elif logical.kind == "timestamp":
            datetime.fromisoformat(value)
    except ValueError:
        return problem("PLAN126", where, message, value[:80], "write it as 2024-05-01 or 2024-05-01T08:30:00")
    if logical.kind == "boolean" and value.lower() not in {"true", "false", "1", "0", "t", "f"}:
        return problem("PLAN126", where, message, value[:80], "write true or false")
    return None


def _misfit_number(column: Column, value: str, where: str, message: str) -> Diagnostic | None:
    low, high = type_bounds(column.type)
    try:
        number = Decimal(value)
    except InvalidOperation:
        return problem("PLAN126", where, message, value[:80], "write a number")
    if not number.is_finite() or (low is not None and number < low) or (high is not None and number > high):
        return problem("PLAN126", where, message, value[:80])
    return None


def _text(scope: TableScope, strategy: Strategy, where: str) -> Iterator[Diagnostic]:
    """Vocabularies exist, patterns and templates can be read."""
    match strategy:
        case Vocabulary(name=name):
            yield from _vocabulary(name, where)
        case Text(topic=topic):
            yield from _vocabulary(f"sentences.{topic}", where)
            if strategy.min_sentences > strategy.max_sentences:
                yield problem(
                    "PLAN127", where, "min_sentences is above max_sentences", f"{strategy.min_sentences} > {strategy.max_sentences}"
                )
        case Record(vocabulary=name, field=field):
            if name not in record_list_names():
                yield problem("PLAN124", where, "there is no such list of records", name, closest_name(name, record_list_names()))
            elif field not in (fields := load_records(name, strategy.locale or scope.plan.locale).fields):
                yield problem("PLAN124", where, f"the records of '{name}' have no such field", field, f"fields: {', '.join(fields)}")
        case Pattern(pattern=pattern):
            yield from _readable(partial(parse_pattern, pattern), pattern, where)
        case Template(templates=templates, weights=weights):
            yield from _weights(weights, len(templates), where)
            for template in templates:
                yield from _template(template, where)
        case Email():
            return


def _vocabulary(name: str, where: str) -> Iterator[Diagnostic]:
    if name not in word_list_names():
        yield problem("PLAN124", where, "there is no such vocabulary", name, closest_name(name, word_list_names()))


def _template(template: str, where: str) -> Iterator[Diagnostic]:
    unreadable = list(_readable(partial(slots_of, template), template, where))
    yield from unreadable
    for slot in () if unreadable else slots_of(template):
        if slot.kind == "vocabulary":
            yield from _vocabulary(slot.argument, where)
        elif slot.kind == "pattern":
            yield from _readable(partial(parse_pattern, slot.argument), slot.argument, where)


def _readable(read: Callable[[], object], text: str, where: str) -> Iterator[Diagnostic]:
    try:
        read()
    except ValueError as error:
        yield problem("PLAN128", where, f"cannot be read: {error}", text[:80])
