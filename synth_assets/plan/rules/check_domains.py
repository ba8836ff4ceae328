"""What the CHECKs of a table say about one column by itself: ranges, sets, lengths, shapes; several CHECKs intersected.

Only conditions that must hold whenever the column is not NULL count: the members of conjunctions, and of
disjunctions with `column IS NULL`. Comparisons of two columns are read by `comparisons`.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from synth_assets.plan.model import AS_OF
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
    Match,
    Not,
    Or,
    columns_of,
    is_understood,
    walk_expression,
)
from synth_assets.schema.model import Table

FLIPPED: dict[ComparisonOperator, ComparisonOperator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
EVALUABLE_CALLS = frozenset({"length", "octet_length", "trim", "lower", "upper", "abs", "floor", "ceil", "sign", "coalesce", "nullif",
 "greatest", "least", "num_nulls", "num_nonnulls", "current_date", "current_timestamp"})  # fmt: skip
"""Functions that the engine evaluates over Arrow columns; what else DuckDB knows is left to it."""

NEGATED: dict[ComparisonOperator, ComparisonOperator] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "<>", "<>": "="}


@dataclass(frozen=True)
class Domain:
    """What a column may hold.

    Attributes:
        low, high: Bounds in canonical text (numbers or dates); None for none. `low_strict`, `high_strict`: the bound itself is out.
        options: The only values allowed, in canonical text; None for no such list.
        excluded: Values not allowed.
        min_length, max_length: Characters of text.
        required: The column must not be NULL. `empty`: it must be NULL.
        conditions: All conditions that read no other column: for text, they are met together (`plan.languages`).
    """

    low: str | None = None
    high: str | None = None
    low_strict: bool = False
    high_strict: bool = False
    options: tuple[str, ...] | None = None
    excluded: frozenset[str] = frozenset()
    min_length: int | None = None
    max_length: int | None = None
    required: bool = False
    empty: bool = False
    conditions: tuple[Expression, ...] = ()


def domain_of(table: Table, column: str, today: date = AS_OF) -> Domain:
    """Return the intersection of all that the table's CHECKs say about one column; `today` stands for CURRENT_DATE."""
    domain = Domain()
    for check in table.checks:
        if column in check.columns:
            for atom in conjuncts(check.expression):
                domain = _read(domain, atom, column, today)
    return domain


def domain_of_conditions(conditions: list[Expression], column: str, today: date = AS_OF) -> Domain:
    """Return what conditions that must all hold say about one column."""
    domain = Domain()
    for condition in conditions:
        domain = _read(domain, condition, column, today)
    return domain


def _read(domain: Domain, condition: Expression, column: str, today: date) -> Domain:
    kept = _without_null_escape(condition, column)
    domain = _narrow(domain, kept, column, today)
    alone = columns_of(kept) == (column,) and not isinstance(kept, IsNull)
    return replace(domain, conditions=(*domain.conditions, kept)) if alone else domain


def conjuncts(expression: Expression) -> Iterator[Expression]:
    """Yield the conditions that must all hold, negations pushed inwards."""
    match expression:
        case And(operands=operands):
            for operand in operands:
                yield from conjuncts(operand)
        case Not(operand=Or(operands=operands)):
            for operand in operands:
                yield from conjuncts(Not(operand=operand))
        case Not(operand=Comparison(operator=operator, left=left, right=right)):
            yield Comparison(operator=NEGATED[operator], left=left, right=right)
        case Not(operand=InList() | IsNull() | Match() as inner):
            yield inner.model_copy(update={"negated": not inner.negated})
        case Not(operand=Not(operand=inner)):
            yield from conjuncts(inner)
        case _:
            yield expression


def _without_null_escape(expression: Expression, column: str) -> Expression:
    """Drop `column IS NULL` from a disjunction: NULL meets the rest anyway."""
    if not isinstance(expression, Or):
        return expression
    kept = tuple(o for o in expression.operands if not (isinstance(o, IsNull) and not o.negated and _is(o.operand, column)))
    return kept[0] if len(kept) == 1 else Or(operands=kept) if kept else expression


def _is(expression: Expression, column: str) -> bool:
    """Tell whether an expression is the column, whatever trims or casts stand around it."""
    return isinstance(expression, ColumnRef) and expression.name == column


def literal_text(expression: Expression, today: date = AS_OF) -> str | None:
    """Return the canonical text of a constant: a sign before it and `current_date - interval` included; None for anything else."""
    match expression:
        case Literal(type="null"):
            return None
        case Literal(text=text):
            return text
        case Call(function="current_date" | "current_timestamp"):
            return today.isoformat()
        case Arithmetic(operator="-", left=Literal(type="number", text="0"), right=Literal(type="number", text=text)):
            return f"-{text}"
        case Arithmetic(operator="+" | "-" as sign, left=left, right=Literal(type="text" | "interval", text=text)) if base := _day_of(
            literal_text(left, today)
        ):
            moved = shift(base, text, 1 if sign == "+" else -1)
            return None if moved is None else moved.isoformat()
        case Arithmetic(operator="+" | "-" as sign, left=Call(function="current_date"), right=Literal(type="number", text=text)):
            moved = shift(today, f"{text} days", 1 if sign == "+" else -1)
            return None if moved is None else moved.isoformat()
        case Call(function="date", arguments=(inner,)):
            return literal_text(inner, today)
        case _:
            return None


def _day_of(text: str | None) -> date | None:
    try:
        return None if text is None or len(text) < 10 else date.fromisoformat(text[:10])
    except ValueError:
        return None


def shift(day: date, interval: str, sign: int) -> date | None:
    """Return a day moved by an interval such as `18 years`, by the calendar; hours round up to days. None when it is none."""
    found = re.fullmatch(r"\s*([-+]?\d{1,6})\s*(year|month)s?\s*", interval, re.IGNORECASE)
    try:
        if found is None:
            days = interval_days(interval)
            return None if days is None else day + timedelta(days=sign * days)
        months = sign * int(found[1]) * (12 if found[2].lower() == "year" else 1)
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError):
        return None


def interval_days(text: str) -> int | None:
    """Return the days of an interval such as `18 years`, `1 day` or `36 hours`, rounded up; None when it is none."""
    found = re.fullmatch(r"\s*(\d+)\s*(year|month|week|day|hour|minute|second)s?\s*", text, re.IGNORECASE)
    if not found:
        return None
    number, unit = int(found.group(1)), found.group(2).lower()
    whole = {"year": 366, "month": 31, "week": 7, "day": 1}
    per_day = {"hour": 24, "minute": 1440, "second": 86_400}
    return number * whole[unit] if unit in whole else -(-number // per_day[unit])


def is_evaluable(expression: Expression) -> bool:
    """Tell whether the engine can evaluate a CHECK: nothing opaque in it, and no arithmetic with text such as intervals."""
    if not is_understood(expression):
        return False
    sums = (e for e in walk_expression(expression) if isinstance(e, Arithmetic) and e.operator != "||")
    known = all(not isinstance(e, Call) or e.function in EVALUABLE_CALLS for e in walk_expression(expression))
    return known and not any(isinstance(side, Literal) and side.type in ("text", "interval") for e in sums for side in (e.left, e.right))


def _narrow(domain: Domain, atom: Expression, column: str, today: date) -> Domain:
    match atom:
        case And(operands=operands):
            for operand in operands:
                domain = _narrow(domain, operand, column, today)
            return domain
        case Comparison(operator=operator, left=left, right=right):
            text = literal_text(right, today)
            if text is not None:
                return _compare(domain, left, operator, text, column)
            text = literal_text(left, today)
            if text is not None:
                return _compare(domain, right, FLIPPED[operator], text, column)
            return domain
        case InList(operand=operand, options=options, negated=negated):
            return _list(domain, operand, [literal_text(o) for o in options], negated, column)
        case Or(operands=operands):
            values = [_equal_to(o, column) for o in operands]
            return domain if None in values else _choose(domain, tuple(v for group in values if group for v in group))
        case IsNull(operand=operand, negated=negated) if _is(operand, column):
            return replace(domain, required=domain.required or negated, empty=domain.empty or not negated)
        case ColumnRef(name=name) if name == column:
            return _choose(domain, ("true",))
        case Not(operand=ColumnRef(name=name)) if name == column:
            return _choose(domain, ("false",))
        case _:
            return domain


def _equal_to(expression: Expression, column: str) -> tuple[str, ...] | None:
    """Return the values that an alternative allows, or None when it is no equality of the column with constants."""
    match expression:
        case Comparison(operator="=", left=left, right=right) if _is(left, column):
            text = literal_text(right)
            return (text,) if text is not None else None
        case InList(operand=operand, options=options, negated=False) if _is(operand, column):
            texts = [literal_text(o) for o in options]
            return tuple(t for t in texts if t is not None)
        case Match(operand=operand, pattern=pattern, syntax="like", negated=False) if _is(operand, column):
            plain = pattern.strip("%")
            return (plain,) if plain and "%" not in plain and "_" not in plain else None
        case And(operands=operands):
            return next((found for o in operands if (found := _equal_to(o, column)) is not None), None)
        case Or(operands=operands):
            groups = [_equal_to(o, column) for o in operands]
            return None if None in groups else tuple(value for group in groups for value in group or ())
        case _:
            return None


def _compare(domain: Domain, side: Expression, operator: ComparisonOperator, text: str, column: str) -> Domain:
    if isinstance(side, Call) and side.function in {"length", "octet_length"} and _is(_untrimmed(side.arguments[0]), column):
        return _length(domain, operator, text)
    if isinstance(side, Call) and side.function == "date_part" and _is(side.arguments[1], column):
        return _in_years(domain, operator, text, column) if side.arguments[0] == Literal(type="text", text="year") else domain
    if not _is(side, column):
        return domain
    match operator:
        case "=":
            return _choose(domain, (text,))
        case "<>":
            return replace(domain, excluded=domain.excluded | {text})
        case ">" | ">=":
            strict = operator == ">"
            higher = domain.low is None or order(text) > order(domain.low) or (text == domain.low and strict)
            return replace(domain, low=text, low_strict=strict) if higher else domain
        case _:
            strict = operator == "<"
            lower = domain.high is None or order(text) < order(domain.high) or (text == domain.high and strict)
            return replace(domain, high=text, high_strict=strict) if lower else domain


def _in_years(domain: Domain, operator: ComparisonOperator, text: str, column: str) -> Domain:
    """`YEAR(d) >= 2000` says from which day on."""
    if not re.fullmatch(r"\d{4}", text):
        return domain
    side, year = ColumnRef(name=column), int(text)
    if operator in (">", ">=", "="):
        domain = _compare(domain, side, ">=", f"{year + (operator == '>'):04}-01-01", column)
    if operator in ("<", "<=", "="):
        domain = _compare(domain, side, "<=", f"{year - (operator == '<'):04}-12-31", column)
    return domain


def _untrimmed(expression: Expression) -> Expression:
    while isinstance(expression, Call) and expression.function in {"trim", "lower", "upper"} and expression.arguments:
        expression = expression.arguments[0]
    return expression


def order(text: str) -> tuple[int, Decimal, str]:
    """Return a sort key of a canonical constant: numbers by value, anything else (dates) by text."""
    try:
        return (0, Decimal(text), "")
    except InvalidOperation:
        return (1, Decimal(0), text)


def _length(domain: Domain, operator: ComparisonOperator, text: str) -> Domain:
    if not re.fullmatch(r"\d+", text):
        return domain
    number = int(text)
    low = {">": number + 1, ">=": number, "=": number}.get(operator)
    high = {"<": number - 1, "<=": number, "=": number}.get(operator)
    if operator == "<>" and number == 0:
        low = 1
    lows = [v for v in (low, domain.min_length) if v is not None]
    highs = [v for v in (high, domain.max_length) if v is not None]
    return replace(domain, min_length=max(lows, default=None), max_length=min(highs, default=None))


def _list(domain: Domain, operand: Expression, texts: list[str | None], negated: bool, column: str) -> Domain:
    known = tuple(t for t in texts if t is not None)
    if isinstance(operand, Call) and operand.function in {"lower", "upper", "trim"} and _is(_untrimmed(operand), column) and not negated:
        return _choose(domain, known)
    if not _is(operand, column):
        return domain
    return replace(domain, excluded=domain.excluded | set(known)) if negated else _choose(domain, known)


def _choose(domain: Domain, values: tuple[str, ...]) -> Domain:
    distinct = tuple(dict.fromkeys(values))
    options = distinct if domain.options is None else tuple(v for v in domain.options if v in distinct)
    return replace(domain, options=options)


@dataclass(frozen=True)
class Between:
    """`left operator right + days` of two columns of a row, whenever both are not NULL."""

    left: str
    operator: ComparisonOperator
    right: str
    days: int = 0


def comparisons(table: Table) -> tuple[Between, ...]:
    """Return the comparisons of two columns that must hold in every row where both are not NULL: `<=` and `<>` make `<`."""
    found: list[Between] = []
    for check in table.checks:
        for atom in conjuncts(check.expression):
            kept = atom
            for column in check.columns:
                kept = _without_null_escape(kept, column)
            match kept:
                case Comparison(operator=operator, left=ColumnRef(name=left), right=ColumnRef(name=right)):
                    found.append(Between(left, operator, right))
                case Comparison(
                    operator=">" | ">=" as operator,
                    left=ColumnRef(name=left),
                    right=Arithmetic(operator="+", left=ColumnRef(name=right), right=Literal(type="text" | "interval", text=text)),
                ):
                    found.append(Between(left, operator, right, interval_days(text) or 0))
    apart = {frozenset((b.left, b.right)) for b in found if b.operator == "<>"}
    return tuple(replace(b, operator=_STRICT.get(b.operator, b.operator)) if {b.left, b.right} in apart else b for b in found)


_STRICT: dict[ComparisonOperator, ComparisonOperator] = {"<=": "<", ">=": ">"}
