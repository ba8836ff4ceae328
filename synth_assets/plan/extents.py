"""How large numbers can get across tables: what a sum over children, a total or a product has to hold.

A family's size is bounded by its fan-out. Where that is a matter of chance, the bound is one that a dataset does not meet in
practice (ten standard deviations); the engine refuses to write a sum that is larger, so no bound here is ever taken on trust.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, log, prod, sqrt
from typing import Protocol

from synth_assets.plan.cells import follow
from synth_assets.plan.model import Attachment, Earlier, Layout, OneToOne, Plan, Product, Relation
from synth_assets.plan.rules.fitting import type_bounds
from synth_assets.plan.strategies import (
    Aggregate,
    Case,
    Categorical,
    Constant,
    Copy,
    ForeignKeyValue,
    Fraction,
    Number,
    Ordinal,
    Reference,
    Sequence,
    Strategy,
    Total,
)
from synth_assets.plan.strategies import Product as ProductStrategy
from synth_assets.schema.arrow import UNBOUNDED_DECIMAL_SCALE
from synth_assets.schema.model import Schema
from synth_assets.schema.types import DecimalType, LogicalType

_DEEPEST = 12
_DEVIATIONS = 10
_LONGEST_RUN = 16
"""Times the average that a run of a layout grows to at most: the largest of 64 log-normal weights, with room."""

_MANY = 1_000_000
_COUNTED = 2**61


class Tables(Protocol):
    """What a plan and a draft have in common, for measuring."""

    def strategy(self, table: str, column: str) -> Strategy | None: ...
    def relations(self, table: str) -> Mapping[str, Relation]: ...
    def rows(self, table: str) -> int: ...
    def type(self, table: str, column: str) -> LogicalType: ...


@dataclass(frozen=True)
class PlannedTables:
    """A finished plan."""

    schema: Schema
    plan: Plan

    def strategy(self, table: str, column: str) -> Strategy | None:
        found = self.plan.tables_by_key.get(table)
        return found.columns_by_name[column].strategy if found and column in found.columns_by_name else None

    def relations(self, table: str) -> Mapping[str, Relation]:
        found = self.plan.tables_by_key.get(table)
        return found.relations_by_name if found else {}

    def rows(self, table: str) -> int:
        found = self.plan.tables_by_key.get(table)
        return found.row_count if found else 0

    def type(self, table: str, column: str) -> LogicalType:
        return self.schema.table(table).column(column).type


def largest_family(relation: Relation, parents: int, children: int) -> int:
    """Return how many children one parent has at most.

    Up to a million parents only the ratio of the two counts matters, so that plans of tables that grow alike stay the same.
    """
    if parents == 0 or children == 0:
        return 0
    average = children / parents
    reach = log(max(parents, _MANY) / max(1, getattr(relation.fan_out, "floor", 1)))
    match relation.fan_out:
        case OneToOne():
            return 1
        case Layout(limit=limit):
            return ceil(_LONGEST_RUN * average) + 8 if limit is None else max(limit, ceil(average)) + ceil(average)
        case Product(sizes=sizes, position=position):
            return min(children, prod(sizes) // max(1, sizes[position]))
        case Earlier():
            return _likely(1 + reach)
        case Attachment():
            return _likely(average * (1 + reach) + 1)
        case _:
            return _likely(4 * average * (1 + reach) + 8)  # picks among few that agree: a parent without rivals gets more


def _likely(mean: float) -> int:
    return ceil(mean + _DEVIATIONS * sqrt(mean) + _DEVIATIONS)


def largest_number(tables: Tables, table: str, column: str, depth: int = 0) -> Decimal | None:
    """Return the largest absolute value of a numeric column, or None where its strategy and type do not say."""
    strategy = tables.strategy(table, column)
    found = None if strategy is None or depth > _DEEPEST else largest_of(tables, table, strategy, depth)
    if found is not None:
        return found
    low, high = type_bounds(tables.type(table, column))
    return None if low is None or high is None else max(abs(low), abs(high))


def largest_of(tables: Tables, table: str, strategy: Strategy | Reference, depth: int = 0) -> Decimal | None:
    """Return the largest absolute value that a strategy can give in a table, or None where it does not say."""
    match strategy:
        case Reference():
            return _of_reference(tables, table, strategy, depth)
        case Number(low=low, high=high):
            return max(abs(low), abs(high))
        case Categorical(values=values):
            return max((n for v in values if (n := _number(v)) is not None), default=None)
        case Constant(value=value):
            return None if value is None else _number(value)
        case Sequence(start=start, step=step) | Ordinal(start=start, step=step):
            return Decimal(abs(start) + abs(step) * tables.rows(table))
        case Copy(base=base):
            return _of_reference(tables, table, base, depth)
        case Fraction(base=base, low=low, high=high):
            whole = _of_reference(tables, table, base, depth)
            return None if whole is None else whole * Decimal(str(max(abs(low), abs(high))))
        case ForeignKeyValue(relation=relation, parent_column=column):
            return _of_reference(tables, table, Reference(column=column, relation=relation), depth)
        case _:
            return _of_several(tables, table, strategy, depth)


def largest_exact(tables: Tables, table: str, column: str, strategy: Strategy) -> Decimal:
    """Return the largest sum or product for a column that 64 bits count exactly, in units of the finest number behind it."""
    finest = max(_digits(tables.type(table, column)), _digits_behind(tables, table, strategy))
    return Decimal(_COUNTED).scaleb(-finest)


def _digits_behind(tables: Tables, table: str, strategy: Strategy | Reference) -> int:
    """Return the digits after the point of the exact result."""
    match strategy:
        case Reference():
            try:
                steps = follow(table, strategy.relation, tables.relations) if strategy.relation else ()
            except KeyError:
                return 0
            return _digits(tables.type(steps[-1].parent_table if steps else table, strategy.column))
        case ProductStrategy(left=left, right=right):
            return _digits_behind(tables, table, left) + _digits_behind(tables, table, right)
        case Total(plus=plus, minus=minus):
            return max(_digits_behind(tables, table, t) for t in (*plus, *minus))
        case Aggregate(table=child, column=column, times=times):
            return sum(_digits(tables.type(child, c)) for c in (column, times) if c is not None)
        case _:
            return 0


def _digits(logical: LogicalType) -> int:
    match logical:
        case DecimalType(precision=precision, scale=scale):
            return scale if precision is not None else UNBOUNDED_DECIMAL_SCALE
        case _:
            return 0


def _of_several(tables: Tables, table: str, strategy: Strategy, depth: int) -> Decimal | None:
    match strategy:
        case ProductStrategy(left=left, right=right):
            return _times(_of_reference(tables, table, left, depth), _of_reference(tables, table, right, depth))
        case Total(plus=plus, minus=minus):
            parts = [largest_of(tables, table, t, depth) for t in (*plus, *minus)]
            return None if any(p is None for p in parts) else sum((p for p in parts if p is not None), Decimal(0))
        case Case(branches=branches, otherwise=otherwise):
            parts = [largest_of(tables, table, s, depth) for s in (*(b.strategy for b in branches), otherwise)]
            return None if any(p is None for p in parts) else max(p for p in parts if p is not None)
        case Aggregate():
            return _of_aggregate(tables, strategy, depth)
        case _:
            return None


def _of_aggregate(tables: Tables, aggregate: Aggregate, depth: int) -> Decimal | None:
    relation = tables.relations(aggregate.table).get(aggregate.relation)
    if relation is None:
        return None
    family = Decimal(largest_family(relation, tables.rows(relation.parent_table), tables.rows(aggregate.table)))
    if aggregate.column is None:
        return family
    value = largest_number(tables, aggregate.table, aggregate.column, depth + 1)
    if aggregate.times is not None:
        value = _times(value, largest_number(tables, aggregate.table, aggregate.times, depth + 1))
    return _times(value, family) if aggregate.function == "sum" else value


def _of_reference(tables: Tables, table: str, reference: Reference, depth: int) -> Decimal | None:
    if reference.relation is None:
        return largest_number(tables, table, reference.column, depth + 1)
    try:
        parent = follow(table, reference.relation, tables.relations)[-1].parent_table
    except KeyError:
        return None
    return largest_number(tables, parent, reference.column, depth + 1)


def _times(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    return None if left is None or right is None else left * right


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return None
    return abs(number) if number.is_finite() else None
