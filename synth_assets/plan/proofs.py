"""Whether a plan can violate a CHECK at all: a conservative proof over what its strategies can give.

Each column is reduced to what is certain of it: the values it can take, a range, lengths, whether it can be
NULL. Columns of few values and columns that may be NULL are taken case by case, so that `null_when` and
`Case` count. A check is proved when no case lets it be FALSE. Nothing here guesses: what cannot be proved is
redrawn by the engine and reported.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from math import prod

from synth_assets.plan.certainty import NOT_NULL, Known, Situation, Tables, decided_strategy, describe, finite, key_of
from synth_assets.plan.model import AS_OF, ColumnPlan, TablePlan
from synth_assets.plan.orderings import added_up, later_by, paired_in_order, tied, told_apart
from synth_assets.plan.rules.check_domains import literal_text
from synth_assets.plan.strategies import Case, Number, Sequence, Strategy
from synth_assets.plan.text_proofs import may_write, text_verdicts
from synth_assets.plan.value_bounds import is_even_step, truth_of_choice, value_of_arithmetic, value_of_call, value_of_choice
from synth_assets.schema.expressions import (
    And,
    Arithmetic,
    Call,
    CaseWhen,
    ColumnRef,
    Comparison,
    ComparisonOperator,
    Expression,
    InList,
    IsNull,
    Literal,
    Match,
    Not,
    Or,
    columns_of,
    walk_expression,
)
from synth_assets.schema.model import CheckConstraint, Table

Truth = frozenset[bool | None]
ANY: Truth = frozenset({True, False, None})
CONDITIONS = (And, Or, Not, IsNull, Comparison, InList, Match)
"""Parts that are TRUE, FALSE or UNKNOWN, and may be compared as such."""
_TEXT_CASES = 12
_MOST_CASES = 4096


def proves(table: Table, plan: TablePlan, check: CheckConstraint, locale: str, today: date = AS_OF, around: Tables | None = None) -> bool:
    """Tell whether the plan cannot violate the check.

    Args:
        table, plan, check: What is judged.
        locale: The plan's.
        today: Stands for CURRENT_DATE.
        around: All tables with their plans, so that values computed from other tables count.
    """
    columns = columns_of(check.expression)
    if any(c not in plan.columns_by_name for c in columns):
        return False
    own = _counted(plan, columns[0]) if len(columns) == 1 else plan
    whole = Situation(table, own, locale, today, around=around or {})
    return all(False not in truth_of(check.expression, case) for case in _cases(whole, check.expression, columns))


def excludes(table: Table, plan: TablePlan, check: CheckConstraint, locale: str, today: date = AS_OF) -> bool:
    """Tell whether the check can be TRUE in no row of the plan: all that could save a row is a NULL."""
    columns = columns_of(check.expression)
    if any(c not in plan.columns_by_name for c in columns):
        return False
    whole = Situation(table, plan, locale, today)
    return all(True not in truth_of(check.expression, case) for case in _cases(whole, check.expression, columns))


def _counted(plan: TablePlan, name: str) -> TablePlan:
    """Give a column that counts the end its rows give it: only a CHECK that reads nothing else may depend on how many there are."""
    column = plan.columns_by_name[name]
    if not isinstance(column.strategy, Sequence) or column.strategy.step < 1 or not plan.row_count:
        return plan
    first, last = column.strategy.start, column.strategy.start + column.strategy.step * (plan.row_count - 1)
    counted = column.model_copy(update={"strategy": Number(low=Decimal(first), high=Decimal(last))})
    return plan.model_copy(update={"columns": tuple(counted if c.column == name else c for c in plan.columns)})


def never_holds(table: Table, plan: TablePlan, condition: Expression, locale: str, today: date = AS_OF) -> bool:
    """Tell whether no row of the plan can make a condition TRUE, as that of a partial index."""
    columns = columns_of(condition)
    if any(c not in plan.columns_by_name for c in columns):
        return False
    whole = Situation(table, plan, locale, today)
    return all(True not in truth_of(condition, case) for case in _cases(whole, condition, columns))


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
    known = describe(case, name)
    if known.null:
        return (None,)
    missing: tuple[str | None, ...] = () if known.null is False else (None,)
    if known.values is not None and len(known.values) <= _TEXT_CASES:
        return (*sorted(known.values), *missing)
    return (*sorted(case.told.get(name, ())), NOT_NULL, *missing)


def _is_feasible(case: Situation, name: str) -> bool:
    """Tell whether a column can be what the case says, given the rest of the case."""
    others = replace(case, facts={k: v for k, v in case.facts.items() if k != name})
    known, fact = describe(others, name), case.facts[name]
    if fact is None:
        return known.null is not False
    if known.null:
        return False
    if fact == NOT_NULL:
        return True
    key = key_of(fact)
    below = known.low is not None and known.low[0] == key[0] and key < known.low
    above = known.high is not None and known.high[0] == key[0] and key > known.high
    return not below and not above and (known.values is None or fact in known.values) and may_write(others, name, fact)


def truth_of(expression: Expression, case: Situation) -> Truth:
    """Return the truth values an expression can have in a case; None stands for SQL's UNKNOWN."""
    by_texts = text_verdicts(expression, case)
    if by_texts is not None:
        return by_texts
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
        case Match(operand=operand, syntax="like"):
            return _like(expression, value_of(operand, case))
        case CaseWhen():
            return truth_of_choice(expression, lambda e: truth_of(e, case))
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


def _like(match: Match, known: Known) -> Truth:
    """Decide LIKE for values that are all known."""
    if known.null:
        return frozenset({None})
    if known.values is None:
        return ANY
    expression = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in match.pattern)
    flags = re.DOTALL | (re.IGNORECASE if match.ignore_case else 0)
    truths: set[bool | None] = {bool(re.fullmatch(expression, v, flags)) != match.negated for v in known.values}
    return frozenset(truths if known.null is False else {*truths, None})


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
            return finite([text])
        case ColumnRef(name=name):
            return describe(case, name)
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
            return finite([f"{case.today.isoformat()}T23:59:59.999999"])
        case _:
            constant = literal_text(expression, case.today)
            return _computed(expression, case) if constant is None else finite([constant])


def _computed(expression: Expression, case: Situation) -> Known:
    """Return what is certain of arithmetic, of a choice and of a function."""

    def inner(part: Expression) -> Known:
        return value_of(part, case)

    match expression:
        case Arithmetic(operator="%", left=ColumnRef(name=name), right=Literal(type="number", text=text)) if isinstance(
            number := decided_strategy(case, name), Number
        ) and is_even_step(number, Decimal(text)):
            return replace(finite([str(number.low % Decimal(text))]), null=describe(case, name).null)
        case Arithmetic():
            return value_of_arithmetic(expression, inner)
        case CaseWhen():
            return value_of_choice(expression, inner, lambda condition: truth_of(condition, case))
        case Call():
            return value_of_call(expression, inner)
        case _:
            return Known()


def _compare(operator: ComparisonOperator, left: Expression, right: Expression, case: Situation) -> Truth:
    one, two = value_of(left, case), value_of(right, case)
    if operator in ("=", "<>") and (isinstance(left, CONDITIONS) or isinstance(right, CONDITIONS)):
        pairs = [(a, b) for a in truth_of(left, case) for b in truth_of(right, case)]
        return frozenset(None if a is None or b is None else (a == b) == (operator == "=") for a, b in pairs)
    if one.null or two.null:
        return frozenset({None})
    outcomes = _ordering(left, right, case) & _by_bounds(one, two) & _told_apart(left, two, case) & _told_apart(right, one, case)
    meaning = {"=": {0}, "<>": {-1, 1}, "<": {-1}, "<=": {-1, 0}, ">": {1}, ">=": {0, 1}}[operator]
    truths: set[bool | None] = {o in meaning for o in outcomes}
    return frozenset(truths if one.null is False and two.null is False else {*truths, None})


def _told_apart(side: Expression, other: Known, case: Situation) -> set[int]:
    """A column in the case of `any other value` is none of the values that have cases of their own."""
    if isinstance(side, ColumnRef) and case.facts.get(side.name) == NOT_NULL and other.values is not None:
        told = {key_of(t) for t in case.told.get(side.name, ())}
        if all(key_of(v) in told for v in other.values):
            return {-1, 1}
    return {-1, 0, 1}


def _by_bounds(one: Known, two: Known) -> set[int]:
    """Return the possible orders (-1, 0, 1) of two values by their values and ranges."""
    if one.values is not None and two.values is not None:
        if not one.values or not two.values:
            return set()
        here, there = {key_of(v) for v in one.values}, {key_of(v) for v in two.values}
        found = {-1: min(here) < max(there), 0: not here.isdisjoint(there), 1: max(here) > min(there)}
        return {order for order, is_possible in found.items() if is_possible}
    outcomes = {-1, 0, 1}
    if one.high is not None and two.low is not None and one.high[0] == two.low[0]:
        outcomes -= {0, 1} if one.high < two.low else {1} if one.high == two.low else set()
    if one.low is not None and two.high is not None and one.low[0] == two.high[0]:
        outcomes -= {-1, 0} if one.low > two.high else {-1} if one.low == two.high else set()
    return outcomes


def _ordering(left: Expression, right: Expression, case: Situation) -> set[int]:
    """Return the possible orders of two columns that one strategy ties together."""
    if isinstance(left, ColumnRef) and isinstance(right, Arithmetic):
        return later_by(left.name, right, case) & added_up(left.name, right, case)
    if isinstance(left, Arithmetic) and isinstance(right, ColumnRef):
        return added_up(right.name, left, case)
    if not (isinstance(left, ColumnRef) and isinstance(right, ColumnRef)):
        return {-1, 0, 1}
    if left.name == right.name:
        return {0}
    paired = paired_in_order(left.name, right.name, case)
    if told_apart(left.name, right.name, case):
        return paired & {-1, 1}
    return paired & tied(left.name, right.name, case) & {-o for o in tied(right.name, left.name, case)}
