"""Whether a plan can violate a CHECK at all: a conservative proof over what its strategies can give.

Each column is reduced to what is certain of it: the values it can take, a range, lengths, whether it can be
NULL. Columns of few values and columns that may be NULL are taken case by case, so that `null_when` and
`Case` count. A check is proved when no case lets it be FALSE. Nothing here guesses: what cannot be proved is
redrawn by the engine and reported.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import product
from math import prod

from synth_assets.plan.model import AS_OF, ColumnPlan, NullWhen, TablePlan
from synth_assets.plan.rules.check_domains import interval_days, literal_text
from synth_assets.plan.shapes import Lengths, Neighbours, lengths_of
from synth_assets.plan.strategies import (
    Case,
    Categorical,
    Constant,
    Copy,
    ForeignKeyValue,
    Fraction,
    Number,
    Offset,
    Ordinal,
    Product,
    Sequence,
    Strategy,
    Temporal,
    Vocabulary,
)
from synth_assets.schema.expressions import (
    And,
    Arithmetic,
    Call,
    ColumnRef,
    Comparison,
    ComparisonOperator,
    Expression,
    InList,
    IsNull,
    Literal,
    Not,
    Or,
    columns_of,
    is_understood,
    walk_expression,
)
from synth_assets.schema.model import CheckConstraint, Table
from synth_assets.vocabulary import load_words

Truth = frozenset[bool | None]
ANY: Truth = frozenset({True, False, None})
_TEXT_CASES = 12
_MOST_CASES = 4096
_NOT_NULL = "\0not null"
Key = tuple[int, Decimal, str]


def key_of(text: str) -> Key:
    """Return a sort key of canonical text: numbers by value, anything else by its letters."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        return (1, Decimal(0), text)
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


def proves(table: Table, plan: TablePlan, check: CheckConstraint, locale: str, today: date = AS_OF) -> bool:
    """Tell whether the plan cannot violate the check; `today` stands for CURRENT_DATE."""
    columns = columns_of(check.expression)
    if not is_understood(check.expression) or any(c not in plan.columns_by_name for c in columns):
        return False
    whole = Situation(table, plan, locale, today)
    return all(False not in truth_of(check.expression, case) for case in _cases(whole, check.expression, columns))


def _cases(whole: Situation, expression: Expression, columns: tuple[str, ...]) -> Iterator[Situation]:
    """Yield every feasible case of the columns and of those that decide about them."""
    told = _told(whole.plan, expression, columns)
    known = replace(whole, told=told)
    choices = {name: _choices(known, name) for name in told if name in whole.plan.columns_by_name}
    if prod(len(options) for options in choices.values()) > _MOST_CASES:
        yield whole
        return
    for combination in product(*choices.values()):
        case = replace(known, facts=dict(zip(choices, combination, strict=True)))
        if all(_is_feasible(case, name) for name in choices):
            yield case


def _told(plan: TablePlan, expression: Expression, columns: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Return the columns to take case by case with the texts that conditions and the check itself name."""
    found: dict[str, set[str]] = {name: set() for name in columns}
    for name in columns:
        for column, values in _conditions(plan.columns_by_name[name]):
            found.setdefault(column, set()).update(v for v in values if v is not None)
    for part in walk_expression(expression):
        if isinstance(part, Comparison) and part.operator in ("=", "<>"):
            for side, other in ((part.left, part.right), (part.right, part.left)):
                if isinstance(side, ColumnRef) and isinstance(other, Literal) and other.type != "null":
                    found[side.name].add(other.text)
        elif isinstance(part, InList) and isinstance(part.operand, ColumnRef) and len(part.options) <= _TEXT_CASES:
            found[part.operand.name].update(o.text for o in part.options if isinstance(o, Literal) and o.type != "null")
    return {name: frozenset(texts) for name, texts in found.items()}


def _conditions(column: ColumnPlan) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    """Yield the columns and values that decide about a column: its conditions on NULL and its cases."""
    for condition in column.null_when:
        yield condition.column, condition.values
    waiting: list[Strategy] = [column.strategy]
    while waiting:
        strategy = waiting.pop()
        if isinstance(strategy, Case):
            for branch in strategy.branches:
                yield strategy.column, branch.values
                waiting.append(branch.strategy)
            waiting.append(strategy.otherwise)


def _choices(case: Situation, name: str) -> tuple[str | None, ...]:
    known = _describe(case, name)
    if known.null:
        return (None,)
    missing: tuple[str | None, ...] = () if known.null is False else (None,)
    if known.values is not None and len(known.values) <= _TEXT_CASES:
        return (*sorted(known.values), *missing)
    return (*sorted(case.told.get(name, ())), _NOT_NULL, *missing)


def _is_feasible(case: Situation, name: str) -> bool:
    """Tell whether a column can be what the case says, given the rest of the case."""
    others = replace(case, facts={k: v for k, v in case.facts.items() if k != name})
    known, fact = _describe(others, name), case.facts[name]
    if fact is None:
        return known.null is not False
    if known.null:
        return False
    if fact == _NOT_NULL:
        return True
    key = key_of(fact)
    below = known.low is not None and known.low[0] == key[0] and key < known.low
    above = known.high is not None and known.high[0] == key[0] and key > known.high
    return not below and not above and (known.values is None or fact in known.values)


def _describe(case: Situation, name: str) -> Known:
    """Return what is certain of a column in a case."""
    column = case.plan.columns_by_name[name]
    fact = case.facts.get(name, "\0")
    if fact is None:
        return Known(null=True)
    if fact not in ("\0", _NOT_NULL):
        return Known(False, frozenset({fact}), key_of(fact), key_of(fact), Lengths(len(fact), len(fact)))
    strategy = _resolve(column.strategy, case)
    known = _of_strategy(strategy, case)
    if case.table.column(name).type.kind == "date" and known.high and known.high[0] == 1:
        known = replace(known, high=key_of(known.high[2][:10]))
    if fact == _NOT_NULL:
        return replace(known, null=False)
    return replace(known, null=_null(column, strategy, known, case))


def _null(column: ColumnPlan, strategy: Strategy, known: Known, case: Situation) -> bool | None:
    if known.null or any(n.column in case.facts and case.facts[n.column] in n.values for n in column.null_when):
        return True
    open_conditions = any(_is_open(n, case) for n in column.null_when)
    if column.null_fraction or open_conditions or known.null is None:
        return None
    if isinstance(strategy, ForeignKeyValue):
        relation = case.plan.relations_by_name.get(strategy.relation)
        return None if relation is None or relation.null_fraction or relation.fan_out.kind == "earlier" else False
    return False


def _is_open(condition: NullWhen, case: Situation) -> bool:
    """Tell whether a case leaves it open that the condition holds."""
    fact = case.facts.get(condition.column, "\0")
    return fact == "\0" or (fact == _NOT_NULL and not set(condition.values) <= {*case.told.get(condition.column, ()), None})


def _resolve(strategy: Strategy, case: Situation) -> Strategy:
    """Return the branch that a case decides, or the strategy itself."""
    while isinstance(strategy, Case):
        fact = case.facts.get(strategy.column, "\0")
        if fact == "\0":
            return strategy
        if fact == _NOT_NULL:
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
            return _finite([value])
        case Categorical(values=values):
            return _finite(values)
        case Vocabulary(name=name, locale=locale) if not name.startswith(("templates.", "sentences.")):
            return _finite(load_words(name, locale or case.locale).values)
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
        case ForeignKeyValue():
            return Known(null=False)
        case _:
            return Known(False, None, None, None, lengths_of(strategy, Neighbours(case.locale)))


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
    return _describe(case, column)


def _finite(values: tuple[str, ...] | list[str]) -> Known:
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


def truth_of(expression: Expression, case: Situation) -> Truth:
    """Return the truth values an expression can have in a case; None stands for SQL's UNKNOWN."""
    match expression:
        case And(operands=operands):
            return _combine(operands, case, stop=False)
        case Or(operands=operands):
            return _combine(operands, case, stop=True)
        case Not(operand=operand):
            return frozenset(None if t is None else not t for t in truth_of(operand, case))
        case IsNull(operand=operand, negated=negated):
            null = value_of(operand, case).null
            return frozenset({True, False}) if null is None else frozenset({null != negated})
        case Comparison(operator=operator, left=left, right=right):
            return _compare(operator, left, right, case)
        case InList(operand=operand, options=options, negated=negated):
            parts = tuple(Comparison(operator="=", left=operand, right=o) for o in options)
            truth = _in(operand, options, case) or truth_of(Or(operands=parts), case)
            return frozenset(None if t is None else t != negated for t in truth)
        case ColumnRef() | Literal():
            known = value_of(expression, case)
            return _boolean(known)
        case _:
            return ANY


def _in(operand: Expression, options: tuple[Expression, ...], case: Situation) -> Truth | None:
    """Decide membership of known values in constants at once."""
    known, listed = value_of(operand, case), [value_of(o, case).values for o in options]
    if known.values is None or known.null is not False or any(v is None for v in listed):
        return None
    allowed = {key_of(v) for values in listed if values for v in values}
    return frozenset(key_of(v) in allowed for v in known.values)


def _boolean(known: Known) -> Truth:
    if known.null:
        return frozenset({None})
    texts = {v.lower() in {"true", "1", "t"} for v in known.values} if known.values is not None else {True, False}
    return frozenset(texts if known.null is False else {*texts, None})


def _combine(operands: tuple[Expression, ...], case: Situation, *, stop: bool) -> Truth:
    """Fold AND (stop False) or OR (stop True) over sets of truth values."""
    reached: set[bool | None] = {not stop}
    for operand in operands:
        truths = truth_of(operand, case)
        reached = {stop if stop in (a, b) else None if None in (a, b) else not stop for a in reached for b in truths}
    return frozenset(reached)


def value_of(expression: Expression, case: Situation) -> Known:
    """Return what is certain of an operand."""
    match expression:
        case Literal(type="null"):
            return Known(null=True)
        case Literal(text=text):
            return _finite([text])
        case ColumnRef(name=name):
            return _describe(case, name)
        case Call(function="length" | "octet_length", arguments=(inner,)):
            known = value_of(inner, case)
            if known.lengths is None:
                return Known(null=known.null)
            limit = getattr(case.table.column(inner.name).type, "max_length", None) if isinstance(inner, ColumnRef) else None
            longest = known.lengths.longest
            cut = limit if longest is None else longest if limit is None else min(limit, longest)
            return Known(
                known.null,
                None,
                (0, Decimal(min(known.lengths.shortest, cut or known.lengths.shortest)), ""),
                None if cut is None else (0, Decimal(cut), ""),
            )
        case Call(function="trim", arguments=(inner,)):
            return value_of(inner, case)
        case Call(function="lower" | "upper" as fold, arguments=(inner,)):
            known = value_of(inner, case)
            values = known.values if known.values is None else frozenset(getattr(v, fold)() for v in known.values)
            return Known(known.null, values, None, None, known.lengths)
        case Call(function="current_timestamp"):
            return _finite([f"{case.today.isoformat()}T23:59:59.999999"])
        case _:
            constant = literal_text(expression, case.today)
            return Known() if constant is None else _finite([constant])


def _compare(operator: ComparisonOperator, left: Expression, right: Expression, case: Situation) -> Truth:
    one, two = value_of(left, case), value_of(right, case)
    if isinstance(left, IsNull) or isinstance(right, IsNull):
        return frozenset((a == b) == (operator == "=") for a in truth_of(left, case) for b in truth_of(right, case))
    if one.null or two.null:
        return frozenset({None})
    outcomes = _ordering(left, right, case) & _by_bounds(one, two) & _told_apart(left, two, case) & _told_apart(right, one, case)
    meaning = {"=": {0}, "<>": {-1, 1}, "<": {-1}, "<=": {-1, 0}, ">": {1}, ">=": {0, 1}}[operator]
    truths: set[bool | None] = {o in meaning for o in outcomes}
    return frozenset(truths if one.null is False and two.null is False else {*truths, None})


def _told_apart(side: Expression, other: Known, case: Situation) -> set[int]:
    """A column in the case of `any other value` is none of the values that have cases of their own."""
    if isinstance(side, ColumnRef) and case.facts.get(side.name) == _NOT_NULL and other.values is not None:
        told = {key_of(t) for t in case.told.get(side.name, ())}
        if all(key_of(v) in told for v in other.values):
            return {-1, 1}
    return {-1, 0, 1}


def _by_bounds(one: Known, two: Known) -> set[int]:
    """Return the possible orders (-1, 0, 1) of two values by their values and ranges."""
    if one.values is not None and two.values is not None:
        pairs = [(key_of(a), key_of(b)) for a in one.values for b in two.values]
        return {(a > b) - (a < b) for a, b in pairs}
    outcomes = {-1, 0, 1}
    if one.high is not None and two.low is not None and one.high[0] == two.low[0]:
        outcomes -= {0, 1} if one.high < two.low else {1} if one.high == two.low else set()
    if one.low is not None and two.high is not None and one.low[0] == two.high[0]:
        outcomes -= {-1, 0} if one.low > two.high else {-1} if one.low == two.high else set()
    return outcomes


def _ordering(left: Expression, right: Expression, case: Situation) -> set[int]:
    """Return the possible orders of two columns that one strategy ties together."""
    if isinstance(left, ColumnRef) and isinstance(right, Arithmetic):
        return _later_by(left.name, right, case)
    if not (isinstance(left, ColumnRef) and isinstance(right, ColumnRef)):
        return {-1, 0, 1}
    if left.name == right.name:
        return {0}
    return _tied(left.name, right.name, case) & {-o for o in _tied(right.name, left.name, case)}


def _later_by(name: str, sum_: Arithmetic, case: Situation) -> set[int]:
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


def _tied(name: str, other: str, case: Situation) -> set[int]:
    """Return the possible orders of a column and another that it is computed from, through any number of steps."""
    strategy, alike = _resolve(case.plan.columns_by_name[name].strategy, case), set[int]({-1, 0, 1})
    if not isinstance(strategy, Offset | Fraction | Copy) or strategy.base.relation is not None:
        return alike
    step = _step(strategy, name, case)
    if strategy.base.column == other:
        return step
    onward = _tied(strategy.base.column, other, case) if strategy.base.column in case.plan.columns_by_name else alike
    if step <= {0, 1} and onward <= {0, 1}:
        return {1} if step == {1} or onward == {1} else {0, 1}
    if step <= {0, -1} and onward <= {0, -1}:
        return {-1} if step == {-1} or onward == {-1} else {0, -1}
    return alike


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
