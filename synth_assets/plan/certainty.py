"""What is certain of a column's cells in a plan: values, ranges, lengths, NULL or not, and its order to other columns.

The ground on which `proofs` stands: nothing here guesses, and what is not certain is left unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from synth_assets.plan.model import AS_OF, ColumnPlan, NullWhen, TablePlan
from synth_assets.plan.rules.check_domains import interval_days
from synth_assets.plan.shapes import Lengths, Neighbours, lengths_of
from synth_assets.plan.strategies import (
    Case,
    Categorical,
    Combination,
    Constant,
    Copy,
    ForeignKeyValue,
    Fraction,
    Leading,
    Number,
    Offset,
    Ordinal,
    Product,
    Sequence,
    Span,
    Strategy,
    Temporal,
    Vocabulary,
)
from synth_assets.schema.expressions import (
    Arithmetic,
    ColumnRef,
    Literal,
)
from synth_assets.schema.model import Table
from synth_assets.vocabulary import load_words

NOT_NULL = "\0not null"
"""Marks, in a situation, any value but NULL and those told apart."""

Key = tuple[int, Decimal, str]


def key_of(text: str) -> Key:
    """Return a sort key of canonical text: numbers by value, anything else by its letters."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        return (1, Decimal(0), text.replace(" ", "T", 1) if text[:4].isdigit() else text)
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


@dataclass(frozen=True)
class Situation:
    """One assignment of the columns taken case by case: a text, None for NULL, or a mark for any other value but NULL.

    `told` holds the texts that have a case of their own, by column: the mark means none of them.
    """

    table: Table
    plan: TablePlan
    locale: str
    today: date = AS_OF
    facts: Mapping[str, str | None] = field(default_factory=dict)
    told: Mapping[str, frozenset[str]] = field(default_factory=dict)


def describe(case: Situation, name: str) -> Known:
    """Return what is certain of a column in a case."""
    column = case.plan.columns_by_name[name]
    fact = case.facts.get(name, "\0")
    if fact is None:
        return Known(null=True)
    if fact not in ("\0", NOT_NULL):
        return Known(False, frozenset({fact}), key_of(fact), key_of(fact), Lengths(len(fact), len(fact)))
    strategy = _resolve(column.strategy, case)
    known = _of_strategy(strategy, case)
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
        return None if relation is None or relation.null_fraction or relation.fan_out.kind in ("earlier", "matching") else False
    return False


def _holds(condition: NullWhen, case: Situation) -> bool | None:
    """Tell whether a condition holds in a case; None where the case leaves it open."""
    fact = case.facts.get(condition.column, "\0")
    if fact == "\0" or (fact == NOT_NULL and not set(condition.values) <= {*case.told.get(condition.column, ()), None}):
        return None
    return (fact in condition.values) != condition.negated


def _resolve(strategy: Strategy, case: Situation) -> Strategy:
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
        case Constant(value=None):
            return Known(null=True)
        case Constant(value=value) if value is not None:
            return finite([value])
        case Categorical(values=values):
            return finite(values)
        case Vocabulary(name=name, locale=locale) if not name.startswith(("templates.", "sentences.")):
            return finite(load_words(name, locale or case.locale).values)
        case Number(low=low, high=high):
            return Known(False, None, key_of(str(low)), key_of(str(high)))
        case Temporal(low=low, high=high):
            return Known(False, None, key_of(low.isoformat()), key_of(f"{high.isoformat()}T23:59:59.999999"))
        case Sequence(start=start, step=step) | Ordinal(start=start, step=step, origin=None):
            return Known(False, None, key_of(str(start)) if step > 0 else None, None, lengths_of(strategy, Neighbours(case.locale)))
        case Case(branches=branches, otherwise=otherwise):
            return _union([_of_strategy(s, case) for s in (*(b.strategy for b in branches), otherwise)])
        case Offset() | Fraction() | Product() | Copy():
            return _of_computed(strategy, case)
        case Combination() | Leading() | Span():
            return _of_sibling(strategy)
        case ForeignKeyValue():
            return Known(null=False)
        case _:
            return Known(False, None, None, None, lengths_of(strategy, Neighbours(case.locale)))


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


def _of_computed(strategy: Offset | Fraction | Product | Copy, case: Situation) -> Known:
    """Bounds of values computed from this row; across relations nothing is known."""
    if isinstance(strategy, Product):
        sides = [_base(r.column, r.relation, case) for r in (strategy.left, strategy.right)]
        positive = all(s.low is not None and s.low[0] == 0 and s.low[1] >= 0 for s in sides)
        low = sides[0].low[1] * sides[1].low[1] if positive and sides[0].low and sides[1].low else None
        return Known(
            False if all(s.null is False for s in sides) else None, low=None if low is None else (0, low.quantize(Decimal("1e-9")), "")
        )
    base = _base(strategy.base.column, strategy.base.relation, case)
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
    if isinstance(strategy, Offset) and strategy.low >= 0:
        low_key = base.low
        if strategy.fallback is not None and base.null is not False:
            low_key = min(low_key, key_of(strategy.fallback.low.isoformat())) if low_key else None
        high_key = None
        if strategy.maximum is not None and base.high is not None:
            ends = [key_of(f"{strategy.maximum.isoformat()}T23:59:59.999999"), base.high]
            ends += [key_of(f"{strategy.fallback.high.isoformat()}T23:59:59.999999")] if strategy.fallback else []
            high_key = max(ends)
        return Known(null, None, low_key, high_key)
    return Known(null)


def _base(column: str, relation: str | None, case: Situation) -> Known:
    if relation is not None or column not in case.plan.columns_by_name:
        return Known()
    return describe(case, column)


def finite(values: tuple[str, ...] | list[str]) -> Known:
    keys = [key_of(v) for v in values]
    lengths = Lengths(min(map(len, values)), max(map(len, values)))
    return Known(False, frozenset(values), min(keys), max(keys), lengths)


def _union(parts: list[Known]) -> Known:
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


def later_by(name: str, sum_: Arithmetic, case: Situation) -> set[int]:
    """Return the possible orders of a column and `base + interval`, when the column is an offset of that base."""
    strategy = _resolve(case.plan.columns_by_name[name].strategy, case)
    if not (isinstance(strategy, Offset) and isinstance(sum_.left, ColumnRef) and isinstance(sum_.right, Literal) and sum_.operator == "+"):
        return {-1, 0, 1}
    days = interval_days(sum_.right.text)
    alike = case.table.column(name).type.kind == case.table.column(sum_.left.name).type.kind
    same = strategy.base.relation is None and strategy.base.column == sum_.left.name and alike
    a_day = {"days": 1, "hours": 24, "minutes": 1440, "seconds": 86_400}[strategy.unit]
    enough = days is not None and strategy.low >= days * a_day and strategy.maximum is None
    return {0, 1} if same and enough else {-1, 0, 1}


def told_apart(name: str, other: str, case: Situation) -> bool:
    """Tell whether two columns are keys of one column of the same table, and one relation never picks the other's row."""
    plans = [case.plan.columns_by_name[c].strategy for c in (name, other)]
    one, two = (case.plan.relations_by_name.get(s.relation) if isinstance(s, ForeignKeyValue) else None for s in plans)
    if one is None or two is None or len(one.columns) != 1 or one.parent_columns != two.parent_columns:
        return False
    return one.parent_table == two.parent_table and (one.differs_from == two.name or two.differs_from == one.name)


def tied(name: str, other: str, case: Situation) -> set[int]:
    """Return the possible orders of a column and another that it is computed from, through any number of steps."""
    strategy, alike = _resolve(case.plan.columns_by_name[name].strategy, case), set[int]({-1, 0, 1})
    if isinstance(strategy, Span) and isinstance(base := _resolve(case.plan.columns_by_name[other].strategy, case), Span):
        return _order_of_edges(strategy, base)
    if not isinstance(strategy, Offset | Fraction | Copy) or strategy.base.relation is not None:
        return alike
    step = _step(strategy, name, case)
    if strategy.base.column == other:
        return step
    onward = tied(strategy.base.column, other, case) if strategy.base.column in case.plan.columns_by_name else alike
    if step <= {0, 1} and onward <= {0, 1}:
        return {1} if step == {1} or onward == {1} else {0, 1}
    if step <= {0, -1} and onward <= {0, -1}:
        return {-1} if step == {-1} or onward == {-1} else {0, -1}
    return alike


def _order_of_edges(span: Span, other: Span) -> set[int]:
    """Return the possible orders of two bounds: the end of a span lies behind its start."""
    if (span.group, span.relation) != (other.group, other.relation):
        return {-1, 0, 1}
    order = {"start": 0, "end": 1}.get(span.edge, 0) - {"start": 0, "end": 1}.get(other.edge, 0)
    return {order}


def _step(strategy: Offset | Fraction | Copy, name: str, case: Situation) -> set[int]:
    if isinstance(strategy, Copy):
        return {0}
    if isinstance(strategy, Fraction):
        base = _base(strategy.base.column, None, case)
        sure = base.low is not None and base.low[0] == 0 and base.low[1] >= 0 and strategy.low >= 0 and strategy.high <= 1
        return {-1, 0} if sure else {-1, 0, 1}
    own, base_kind = case.table.column(name).type.kind, case.table.column(strategy.base.column).type.kind
    whole_day = strategy.unit == "days" and strategy.low >= 1
    if strategy.low < 0 or (own == "date" and base_kind == "timestamp" and not whole_day):
        return {-1, 0, 1}
    if own == "date" and base_kind == "timestamp":
        return {0, 1} if strategy.maximum is None and strategy.low >= 2 else {-1, 0, 1}
    longer = strategy.low >= 1 and (strategy.unit == "days" or own == "timestamp") and strategy.maximum is None
    return {1} if longer else {0, 1}
