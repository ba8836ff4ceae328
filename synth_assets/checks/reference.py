"""What the plan says a column's values are distributed like, read from its strategy without asking the engine.

A strategy whose values are no independent draws from a known distribution gives `NotCompared` with the
reason; the result shows it, so nothing is left out silently.
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from synth_assets.checks.distances import SMALLEST_MASS, CategoryReference, NumericReference, as_text
from synth_assets.plan import strategies as s
from synth_assets.plan.capacity import FLOAT_DECIMALS
from synth_assets.plan.distributions import Power, Uniform
from synth_assets.plan.model import ColumnPlan, Plan, TablePlan
from synth_assets.schema.arrow import UNBOUNDED_DECIMAL_SCALE, arrow_type
from synth_assets.schema.model import Column, Table
from synth_assets.schema.types import DateType, DecimalType, FloatType, IntegerType, TextType, TimestampType
from synth_assets.vocabulary import VocabularyError, load_records, load_words

EPOCH_ORDINAL = 719163
"""`date(1970, 1, 1).toordinal()`."""


@dataclass(frozen=True)
class NotCompared:
    """Why a column's values have no reference distribution."""

    reason: str


ColumnReference = NumericReference | CategoryReference | NotCompared

REASONS: dict[type[Any], str] = {
    s.Sequence: "values count up row by row",
    s.Pattern: "text is put together character by character",
    s.Template: "text is put together from pieces",
    s.Email: "text is put together from names",
    s.Text: "text is put together from sentences",
    s.Offset: "values follow from another date",
    s.Fraction: "values follow from another number",
    s.Product: "values follow from two other numbers",
    s.Aggregate: "values follow from the child rows",
    s.Total: "values follow from other numbers",
    s.AnyRow: "values follow from the rows of another table",
    s.Copy: "values follow from another column",
    s.ForeignKeyValue: "values follow from the parent rows",
    s.Ordinal: "values count up within each parent",
    s.Combination: "values follow from the row's place among its siblings",
    s.Leading: "values follow from the row's place among its siblings",
    s.Span: "values follow from the row's place among its siblings",
    s.Uuid: "values never repeat",
    s.Bytes: "values are random bytes",
    s.Filled: "texts were written row by row",
    s.Case: "the strategy depends on another column",
}
"""Strategies that are never compared."""

_FOLLOWS_NULLS = (s.Offset, s.Fraction, s.Product, s.Copy, s.ForeignKeyValue, s.Aggregate, s.AnyRow)


def reference_of(plan: Plan, table: Table, name: str) -> ColumnReference:
    """Return the reference distribution of a column's non-NULL values, or why there is none."""
    table_plan, column = plan.table(table.key), table.column(name)
    column_plan = table_plan.column(name)
    strategy = column_plan.strategy
    if type(strategy) in REASONS:
        return NotCompared(REASONS[type(strategy)])
    if reason := _not_independent(table, table_plan, column_plan):
        return NotCompared(reason)
    return REFERENCES[type(strategy)](strategy, column, plan)


def null_fraction_of(plan: Plan, table: Table, name: str) -> float | NotCompared:
    """Return the planned share of NULLs in a column, or why it cannot be told."""
    table_plan = plan.table(table.key)
    column_plan = table_plan.column(name)
    if column_plan.null_when:
        return NotCompared("NULLs follow from another column")
    if any(name in redraw.columns for redraw in table_plan.redraws):
        return NotCompared("rows are drawn again to meet a CHECK")
    if _decides_nulls(column_plan.strategy):
        return NotCompared("NULLs follow from other columns or rows")
    always = isinstance(column_plan.strategy, s.Constant) and column_plan.strategy.value is None
    if column_plan.null_from is not None:
        kept = min(1.0, column_plan.null_from / max(1, table_plan.row_count))
        return 1.0 - kept * (1.0 - column_plan.null_fraction)
    return 1.0 if always else column_plan.null_fraction


def _decides_nulls(strategy: s.Strategy) -> bool:
    if isinstance(strategy, s.Case):
        leaves = (strategy.otherwise, *(branch.strategy for branch in strategy.branches))
        return any(_decides_nulls(leaf) or (isinstance(leaf, s.Constant) and leaf.value is None) for leaf in leaves)
    if isinstance(strategy, s.Filled):
        return _decides_nulls(strategy.otherwise)
    return isinstance(strategy, _FOLLOWS_NULLS)


def _not_independent(table: Table, table_plan: TablePlan, column_plan: ColumnPlan) -> str:
    """Return why rows are no independent draws, or an empty string."""
    name = column_plan.column
    if column_plan.unique or (name,) in table.unique_keys:
        return "values never repeat, so rows are not independent"
    if key := next((u for u in table.unique_constraints if name in u.columns), None):
        return f"it is part of the unique key ({', '.join(key.columns)})"
    if table.primary_key and name in table.primary_key.columns:
        return f"it is part of the primary key ({', '.join(table.primary_key.columns)})"
    if redraw := next((r for r in table_plan.redraws if name in r.columns), None):
        return f"rows are drawn again to meet {redraw.check}"
    return ""


def _number(strategy: s.Number, column: Column, plan: Plan) -> ColumnReference:  # noqa: ARG001
    if strategy.step is not None:
        return NotCompared(f"only every {strategy.step}th number counts")
    match column.type:
        case IntegerType():
            scale = 0
        case DecimalType(precision=None):
            scale = UNBOUNDED_DECIMAL_SCALE
        case DecimalType(scale=declared):
            scale = declared
        case FloatType():
            scale = FLOAT_DECIMALS
        case _:
            return NotCompared(f"numbers are kept in a column of type {column.sql_type}")
    digits = scale if strategy.decimals is None else min(scale, strategy.decimals)
    return _cut(NumericReference(float(strategy.low), float(strategy.high), strategy.distribution, 10.0**-digits))


def _temporal(strategy: s.Temporal, column: Column, plan: Plan) -> ColumnReference:  # noqa: ARG001
    if not isinstance(column.type, DateType | TimestampType):
        return NotCompared(f"the hours of a column of type {column.sql_type} have no stated distribution")
    if not isinstance(strategy.distribution, Uniform | Power):
        return NotCompared(f"a {strategy.distribution.kind} distribution of dates has no stated origin")
    low, high = (day.toordinal() - EPOCH_ORDINAL for day in (strategy.low, strategy.high))
    return NumericReference(float(low), float(high), strategy.distribution, 1.0)


def _cut(reference: NumericReference) -> ColumnReference:
    if not math.isfinite(reference.mass) or reference.mass < SMALLEST_MASS:
        return NotCompared("the range lies too far in the distribution's tail")
    return reference


def _categorical(strategy: s.Categorical, column: Column, plan: Plan) -> ColumnReference:  # noqa: ARG001
    return _categories(strategy.values, strategy.weights, column)


def _constant(strategy: s.Constant, column: Column, plan: Plan) -> ColumnReference:  # noqa: ARG001
    return NotCompared("every value is NULL") if strategy.value is None else _categories((strategy.value,), None, column)


def _vocabulary(strategy: s.Vocabulary, column: Column, plan: Plan) -> ColumnReference:
    try:
        words = load_words(strategy.name, strategy.locale or plan.locale)
    except VocabularyError as error:
        return NotCompared(str(error))
    return _words(words.values, words.weights, column, filled_in="{")


def _record(strategy: s.Record, column: Column, plan: Plan) -> ColumnReference:
    try:
        records = load_records(strategy.vocabulary, strategy.locale or plan.locale)
    except VocabularyError as error:
        return NotCompared(str(error))
    if strategy.field not in records.fields:
        return NotCompared(f"the records have no field '{strategy.field}'")
    at = records.fields.index(strategy.field)
    return _words(tuple(row[at] for row in records.rows), records.weights, column, filled_in="#%")


def _words(values: tuple[str, ...], weights: tuple[float, ...] | None, column: Column, *, filled_in: str) -> ColumnReference:
    if any(mark in value for value in values for mark in filled_in):
        return NotCompared("entries hold places that are filled in")
    logical = column.type
    if isinstance(logical, TextType) and not all(map(logical.holds, values)):
        return NotCompared(f"the vocabulary has entries longer than the column's {logical.max_length} {logical.unit}")
    return _categories(values, weights, column)


def _categories(values: tuple[str, ...], weights: tuple[float, ...] | None, column: Column) -> ColumnReference:
    """Return the probabilities by the text of the stored value, so that `12.5` and `12.50` are one."""
    try:
        stored = as_text(pa.array(values, pa.string()).cast(arrow_type(column.type))).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return NotCompared(f"the values cannot be written as {column.sql_type}")
    total = sum(weights) if weights else len(values)
    probabilities: Counter[str] = Counter()
    for text, weight in zip(stored, weights or [1.0] * len(values), strict=True):
        probabilities[text] += weight / total  # type: ignore[assignment]
    return CategoryReference(dict(probabilities))


REFERENCES: dict[type[Any], Callable[[Any, Column, Plan], ColumnReference]] = {
    s.Number: _number,
    s.Categorical: _categorical,
    s.Vocabulary: _vocabulary,
    s.Record: _record,
    s.Temporal: _temporal,
    s.Constant: _constant,
}
"""Strategies that are compared where the column's rows are independent draws."""
