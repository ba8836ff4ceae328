"""What is certain of a column's cells in a plan: values, ranges, lengths, NULL or not, and its order to other columns.

The ground on which `proofs` stands: nothing here guesses, and what is not certain is left unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache, partial

from synth_assets.plan.capacity import decimals_of
from synth_assets.plan.cells import follow
from synth_assets.plan.model import AS_OF, ColumnPlan, Layout, NullWhen, TablePlan
from synth_assets.plan.shapes import Lengths, Neighbours, lengths_of
from synth_assets.plan.strategies import (
    Aggregate,
    AnyRow,
    Case,
    Categorical,
    Combination,
    Constant,
    Copy,
    Filled,
    ForeignKeyValue,
    Fraction,
    Leading,
    Number,
    Offset,
    Ordinal,
    Product,
    Reference,
    Sequence,
    Span,
    Strategy,
    Temporal,
    Total,
    Vocabulary,
)
from synth_assets.plan.sums import Bounds, bounds_of_aggregate, bounds_of_product, bounds_of_total
from synth_assets.schema.model import Table
from synth_assets.schema.types import LogicalType
from synth_assets.vocabulary import load_words

NOT_NULL = "\0not null"
"""Marks, in a situation, any value but NULL and those told apart."""

Key = tuple[int, Decimal, str]


@lru_cache(maxsize=100_000)
def key_of(text: str) -> Key:
    """Return a sort key of canonical text: numbers by value, anything else by its letters."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        return (1, Decimal(0), text.replace(" ", "T", 1).removesuffix("T00:00:00") if text[:4].isdigit() else text)
    return (0, number, "") if number.is_finite() else (1, Decimal(0), text)


@dataclass(frozen=True)
class Known:
    """What is certain of one value.

    Attributes:
        null: None when unknown, else whether it is NULL.
        values: All texts it can be; None for more than is worth listing.
        low, high: Bounds as sort keys, inclusive; None for none.
        lengths: Characters of text.
    """

    null: bool | None = None
    values: frozenset[str] | None = None
    low: Key | None = None
    high: Key | None = None
    lengths: Lengths | None = None


Tables = Mapping[str, tuple[Table, TablePlan]]
"""Every table of a plan by key."""

_FARTHEST = 6


@dataclass(frozen=True)
class Situation:
    """One assignment of the columns taken case by case: a text, None for NULL, or a mark for any other value but NULL.

    Attributes:
        told: The texts that have a case of their own, by column: the mark means none of them.
        around: All tables with their plans, for values that follow from other tables; empty where those are not known.
        depth: How many tables away from the one that was asked about.
    """

    table: Table
    plan: TablePlan
    locale: str
    today: date = AS_OF
    facts: Mapping[str, str | None] = field(default_factory=dict)
    told: Mapping[str, frozenset[str]] = field(default_factory=dict)
    around: Tables = field(default_factory=dict, repr=False)
    depth: int = 0


def describe(case: Situation, name: str) -> Known:
    """Return what is certain of a column in a case."""
    column = case.plan.columns_by_name[name]
    fact = case.facts.get(name, "\0")
    if fact is None:
        return Known(null=True)
    if fact not in ("\0", NOT_NULL):
        return Known(False, frozenset({fact}), key_of(fact), key_of(fact), Lengths(len(fact), len(fact)))
    strategy = resolve(column.strategy, case)
    known = _of_strategy(strategy, case)
    if isinstance(strategy, Product | Total | Aggregate):
        known = _rounded(known, case.table.column(name).type)
    if case.table.column(name).type.kind == "date" and known.high and known.high[0] == 1:
        known = replace(known, high=key_of(known.high[2][:10]))
    if fact == NOT_NULL:
        return replace(known, null=False)
    return replace(known, null=_null(column, strategy, known, case))


def _null(column: ColumnPlan, strategy: Strategy, known: Known, case: Situation) -> bool | None:
    conditions = [_holds(n, case) for n in column.null_when]
    if known.null or True in conditions:
        return True
    open_conditions = None in conditions
    if column.null_fraction or column.null_from is not None or open_conditions or known.null is None:
        return None
    if isinstance(strategy, ForeignKeyValue):
        relation = case.plan.relations_by_name.get(strategy.relation)
        return None if relation is None or relation.may_lack or relation.fan_out.kind in ("earlier", "matching") else False
    return False


def _holds(condition: NullWhen, case: Situation) -> bool | None:
    """Tell whether a condition holds in a case; None where the case leaves it open."""
    fact = case.facts.get(condition.column, "\0")
    if fact == "\0" or (fact == NOT_NULL and not set(condition.values) <= {*case.told.get(condition.column, ()), None}):
        return None
    return (fact in condition.values) != condition.negated


def decided_strategy(case: Situation, name: str) -> Strategy:
    """Return the strategy that gives a column its values in a case."""
    return resolve(case.plan.columns_by_name[name].strategy, case)


def resolve(strategy: Strategy, case: Situation) -> Strategy:
    """Return the branch that a case decides, or the strategy itself."""
    while isinstance(strategy, Case):
        fact = case.facts.get(strategy.column, "\0")
        if fact == "\0":
            return strategy
        if fact == NOT_NULL:
            told = {*case.told.get(strategy.column, ()), None}
            if not all(set(b.values) <= told for b in strategy.branches):
                return strategy
            strategy = strategy.otherwise
            continue
        strategy = next((b.strategy for b in strategy.branches if fact in b.values), strategy.otherwise)
    return strategy


def _of_strategy(strategy: Strategy, case: Situation) -> Known:
    match strategy:
        case Constant(value=value):
            return Known(null=True) if value is None else finite([value])
        case Categorical(values=values):
            return finite(values)
        case Vocabulary(name=name, locale=locale) if not name.startswith(("templates.", "sentences.")):
            return finite(load_words(name, locale or case.locale).values)
        case Number(low=low, high=high):
            return Known(False, None, key_of(str(low)), key_of(str(high)))
        case Temporal(low=low, high=high):
            return Known(False, None, key_of(low.isoformat()), key_of(f"{high.isoformat()}T23:59:59.999999"))
        case Sequence() | Ordinal(origin=None):
            return _of_count(strategy, case)
        case Case(branches=branches, otherwise=otherwise):
            return union_of([_of_strategy(s, case) for s in (*(b.strategy for b in branches), otherwise)])
        case Offset() | Fraction() | Copy():
            return _of_computed(strategy, case)
        case Product() | Total() | Aggregate() | AnyRow():
            return _of_sum(strategy, case)
        case Combination() | Leading() | Span():
            return _of_sibling(strategy)
        case ForeignKeyValue():
            return Known(null=False)
        case _:  # of a text that was filled, no more than that it is there; what stands in for it may be NULL
            is_there = not isinstance(strategy, Filled) or _of_strategy(strategy.otherwise, case).null is False
            return Known(False if is_there else None, None, None, None, lengths_of(strategy, Neighbours(case.locale)))


def _of_sibling(strategy: Combination | Leading | Span) -> Known:
    match strategy:
        case Leading(first=first, values=values):
            return finite((*first, *values))
        case Combination(values=values) if values:
            return finite(values)
        case Combination(start=start, sizes=sizes, position=position, origin=origin):
            last = start + sizes[position] - 1
            ends = (str(start), str(last)) if origin is None else ((origin + timedelta(days=d)).isoformat() for d in (start, last))
            low, high = map(key_of, ends)
            return Known(False, None, low, high)
        case Span(edge=edge, is_open=is_open, unit=unit, origin=origin):
            null = None if is_open and edge == "end" else False
            return Known(null, None, key_of("0"), None) if unit == "numbers" else Known(null, None, None, key_of(origin.isoformat()))


def _of_sum(strategy: Product | Total | Aggregate | AnyRow, case: Situation) -> Known:
    """Bounds of what is added up or multiplied, of this row or of others; the key of any row is one of that table's keys."""
    match strategy:
        case Product():
            return _from_bounds(bounds_of_product(strategy, partial(row_bounds, case)))
        case Total():
            return _from_bounds(_bounds_of_total(strategy, case))
        case Aggregate(function="count" | "sum" | "average"):
            return _from_bounds(bounds_of_aggregate(strategy, partial(child_bounds, case)))
        case Aggregate():
            return Known(None if strategy.empty is None else False)
        case AnyRow(table=table, column=column):
            return replace(_elsewhere(table, column, case), null=None)


def _bounds_of_total(total: Total, case: Situation) -> Bounds:
    """Return the range of a total; shares taken away from what is added leave something of it."""
    whole = bounds_of_total(total, partial(row_bounds, case), partial(child_bounds, case))
    bases = _bases_of_shares(total, case)
    if bases is None:
        return whole
    others = tuple(t for t in total.plus if t not in bases)
    rest = bounds_of_total(Total(plus=others), partial(row_bounds, case), partial(child_bounds, case)) if others else Bounds(Decimal(0))
    return replace(whole, low=rest.low)


def _bases_of_shares(total: Total, case: Situation) -> set[Reference] | None:
    """Return the added columns of which all that is taken away is a share, no more than the whole; None where some is not."""
    added = {t for t in total.plus if isinstance(t, Reference) and t.relation is None and _is_positive(case, t)}
    taken = [decided_strategy(case, t.column) for t in total.minus if isinstance(t, Reference) and t.relation is None]
    shares = [s for s in taken if isinstance(s, Fraction) and s.base in added and s.fallback is None and s.low >= 0]
    most = {base: sum(s.high for s in shares if s.base == base) for base in added}
    complete = bool(shares) and len(shares) == len(total.minus) and all(share <= 1 for share in most.values())
    return {s.base for s in shares} if complete else None


def _is_positive(case: Situation, reference: Reference) -> bool:
    low = row_bounds(case, reference).low
    return low is not None and low >= 0


def _of_computed(strategy: Offset | Fraction | Copy, case: Situation) -> Known:
    """Bounds of values computed from this row, or from its parent's."""
    base = base_of(strategy.base.column, strategy.base.relation, case)
    if isinstance(strategy, Copy):
        return base
    safe = base.null is False or strategy.fallback is not None
    null = False if safe else base.null
    if (
        isinstance(strategy, Fraction)
        and base.low
        and base.low[0] == 0
        and base.low[1] >= 0
        and strategy.low >= 0
        and strategy.fallback is None
    ):
        # cut to the column's scale, so only whole bounds are certain
        low = Decimal(int(base.low[1] * Decimal(str(strategy.low))))
        return Known(null, None, (0, low, ""), base.high if strategy.high <= 1 else None)
    if isinstance(strategy, Offset):
        low_key, high_key = bounds_of_offset(strategy, base)
        return Known(null, None, low_key, high_key)
    return Known(null)


def _of_count(strategy: Sequence | Ordinal, case: Situation) -> Known:
    last = _last_place(strategy.relation, case) if isinstance(strategy, Ordinal) else None
    ends = [strategy.start] if last is None else sorted((strategy.start, strategy.start + strategy.step * last))
    low = key_of(str(ends[0])) if strategy.step > 0 or last is not None else None
    return Known(False, None, low, None if last is None else key_of(str(ends[-1])), lengths_of(strategy, Neighbours(case.locale)))


def _last_place(relation: str, case: Situation) -> int | None:
    """Return the greatest place, from 0, that a child can have among its siblings, or None where runs have no limit."""
    found = case.plan.relations_by_name.get(relation)
    limit = found.fan_out.limit if found is not None and isinstance(found.fan_out, Layout) else None
    return None if limit is None else limit - 1


def bounds_of_offset(strategy: Offset, base: Known) -> tuple[Key | None, Key | None]:
    """Return the least and the greatest moment of an offset, as sort keys; None where there is no bound."""
    low_key, high_key = _moved(base.low, strategy, strategy.low, "00:00:00"), _moved(base.high, strategy, strategy.high, "23:59:59.999999")
    if strategy.after:
        low_key, high_key = (base.low if strategy.low >= 0 else None), None
    if strategy.maximum is not None and strategy.low >= 0 and base.high is not None and not strategy.after:
        ceiling = key_of(f"{strategy.maximum.isoformat()}T23:59:59.999999")
        high_key = max(ceiling, base.high) if high_key is None else min(high_key, max(ceiling, base.high))
    if strategy.fallback is not None and base.null is not False:
        low_key = min(low_key, key_of(strategy.fallback.low.isoformat())) if low_key else None
        high_key = max(high_key, key_of(f"{strategy.fallback.high.isoformat()}T23:59:59.999999")) if high_key else None
    return low_key, high_key


def _moved(key: Key | None, strategy: Offset, amount: int, rest_of_day: str) -> Key | None:
    """Return a moment moved by an amount, to the end of the day it may fall on."""
    if key is None or key[0] != 1:
        return None
    per_day = {"days": 1, "hours": 24, "minutes": 1440, "seconds": 86_400}[strategy.unit]
    whole = amount // per_day if rest_of_day.startswith("00") else -(-amount // per_day)
    if not amount:
        return key
    try:
        moved = date.fromisoformat(key[2][:10]) + timedelta(days=whole)
    except (ValueError, OverflowError):
        return None
    return key_of(f"{moved.isoformat()}T{rest_of_day}") if rest_of_day.startswith("23") else key_of(moved.isoformat())


def base_of(column: str, relation: str | None, case: Situation) -> Known:
    """Return what is certain of a column of the row, or of the parent's where the tables around are known."""
    if relation is None:
        return describe(case, column) if column in case.plan.columns_by_name else Known()
    try:
        path = follow(case.table.key, relation, lambda key: case.around[key][1].relations_by_name if key in case.around else {})
    except KeyError:
        return Known()
    known = _elsewhere(path[-1].parent_table, column, case)
    sure = all(not step.may_lack and step.fan_out.kind not in ("earlier", "matching") for step in path)
    return known if sure or known.null else replace(known, null=None)


def _elsewhere(table: str, column: str, case: Situation) -> Known:
    """Return what is certain of a column of another table, whatever its row."""
    if table not in case.around or case.depth >= _FARTHEST or column not in case.around[table][1].columns_by_name:
        return Known()
    there, plan = case.around[table]
    return describe(Situation(there, plan, case.locale, case.today, around=case.around, depth=case.depth + 1), column)


def row_bounds(case: Situation, reference: Reference) -> Bounds:
    """Return the range of a number of the row, or of a parent."""
    return _to_bounds(base_of(reference.column, reference.relation, case))


def child_bounds(case: Situation, aggregate: Aggregate, column: str) -> Bounds:
    """Return the range of a number of an aggregate's children."""
    return _to_bounds(_elsewhere(aggregate.table, column, case))


def _to_bounds(known: Known) -> Bounds:
    low, high = (key[1] if key is not None and key[0] == 0 else None for key in (known.low, known.high))
    return Bounds(low, high, missing=known.null is not False)


def _from_bounds(bounds: Bounds) -> Known:
    """Return a range as what is known, before it is rounded to a column's scale."""
    low, high = (None if bound is None else (0, bound, "") for bound in (bounds.low, bounds.high))
    return Known(None if bounds.missing else False, None, low, high)


def _rounded(known: Known, logical: LogicalType) -> Known:
    """Return a range of sums as the column holds them: rounded half up to its scale, as the engine does."""
    step = Decimal(1).scaleb(-decimals_of(logical))
    low, high = (key if key is None or key[0] else (0, _round(key[1], step), "") for key in (known.low, known.high))
    return replace(known, low=low, high=high)


def _round(number: Decimal, step: Decimal) -> Decimal:
    return (number / step + Decimal("0.5")).to_integral_value(rounding="ROUND_FLOOR") * step


def finite(values: tuple[str, ...] | list[str]) -> Known:
    keys = [key_of(v) for v in values]
    lengths = Lengths(min(map(len, values)), max(map(len, values)))
    return Known(False, frozenset(values), min(keys), max(keys), lengths)


def union_of(parts: list[Known]) -> Known:
    """Return what is certain of a value that is one of several, nobody says which."""
    nulls = {p.null for p in parts}
    parts = [p for p in parts if p.null is not True] or parts
    lows, highs = [p.low for p in parts], [p.high for p in parts]
    values = frozenset[str]().union(*(p.values for p in parts if p.values is not None))
    lengths = [p.lengths for p in parts]
    both = None
    if all(x is not None for x in lengths):
        both = lengths[0]
        for part in lengths[1:]:
            both = both.either(part) if both and part else None
    return Known(
        null=nulls.pop() if len(nulls) == 1 else None,
        values=values if all(p.values is not None for p in parts) else None,
        low=min(x for x in lows if x) if all(lows) else None,
        high=max(x for x in highs if x) if all(highs) else None,
        lengths=both,
    )
