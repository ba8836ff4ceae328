"""Narrowing what a column can hold by conditions: the CHECKs of its table, the predicate of an index.

Only what certainly excludes a value narrows: a condition that is not understood, that reads other columns, or that letter
case, blanks or a zone might turn leaves the space as it is.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import partial
from math import ceil, floor

from synth_assets.plan.rules.check_domains import FLIPPED, NEGATED
from synth_assets.plan.value_spaces import EMPTY, EPOCH, FAR, Listed, Ranged, Space, Worded, is_empty, space_of_type
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
)
from synth_assets.schema.model import CheckConstraint, Column, Table

_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True)
class Narrowed:
    """A column's space, and the CHECKs that made it smaller, in declaration order."""

    space: Space
    checks: tuple[CheckConstraint, ...] = ()


def narrowed_space(table: Table, column: Column, dialect: str) -> Narrowed:
    """Return what a column can hold by its type and all CHECKs of its table."""
    space = space_of_type(column, dialect)
    narrowing: list[CheckConstraint] = []
    for check in table.checks:
        if column.name not in check.columns:
            continue
        smaller = restrict(space, check.expression, column.name)
        if smaller != space:
            space, narrowing = smaller, [*narrowing, check]
    return Narrowed(space, tuple(narrowing))


def restrict(space: Space, condition: Expression, column: str) -> Space:
    """Return what is left of a column's space where a condition is not FALSE."""
    return _restrict(space, without_not(condition), column)


def without_not(condition: Expression, *, negated: bool = False) -> Expression:
    """Return a condition with its negations pushed down to comparisons, lists and columns."""
    match condition:
        case Not(operand=inner):
            return without_not(inner, negated=not negated)
        case And(operands=operands) | Or(operands=operands):
            parts = tuple(without_not(o, negated=negated) for o in operands)
            return And(operands=parts) if isinstance(condition, And) != negated else Or(operands=parts)
        case _ if not negated:
            return condition
        case Comparison(operator=operator, left=left, right=right):
            return Comparison(operator=NEGATED[operator], left=left, right=right)
        case InList() | IsNull() | Match():
            return condition.model_copy(update={"negated": not condition.negated})
        case Literal(type="boolean", text=text):
            return Literal(type="boolean", text="false" if text == "true" else "true")
        case _:
            return Not(operand=condition)


def _restrict(space: Space, condition: Expression, column: str) -> Space:
    match condition:
        case And(operands=operands):
            for operand in operands:
                space = _restrict(space, operand, column)
            return space
        case Or(operands=operands):
            return _union(space, [_restrict(space, o, column) for o in operands])
        case Literal(type="boolean", text="false"):
            return EMPTY
        case IsNull(operand=ColumnRef(name=name), negated=False) if name == column:
            return EMPTY
        case Comparison(left=Literal() as left, right=Literal() as right, operator=operator):
            return space if _may_compare(left, operator, right) else EMPTY
    if isinstance(space, Listed):
        kept = tuple(v for v in space.values if _may_hold(v, condition, column, boolean=space.boolean))
        return space if kept == space.values else Listed(kept, space.boolean)
    if isinstance(space, Worded):
        return _restrict_text(space, condition, column)
    return _restrict_ranges(space, condition, column) if isinstance(space, Ranged) else space


def _union(whole: Space, parts: list[Space]) -> Space:
    """Return the union of what alternatives leave of a space; the whole where a union has no form of its own."""
    parts = [p for p in parts if not is_empty(p)]
    if not parts or any(p == whole for p in parts):
        return whole if parts else EMPTY
    if all(isinstance(p, Listed) for p in parts):
        values = tuple(dict.fromkeys(v for p in parts if isinstance(p, Listed) for v in p.values))
        return Listed(values, isinstance(whole, Listed) and whole.boolean)
    if isinstance(whole, Ranged):
        return Ranged(_merged(r for p in parts if isinstance(p, Ranged) for r in p.ranges), whole.unit, whole.scale)
    return whole


def _merged(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def constant_of(expression: Expression) -> Literal | None:
    """Return a constant other than NULL, a sign before it included."""
    match expression:
        case Literal(type="null"):
            return None
        case Literal():
            return expression
        case Arithmetic(operator="-", left=Literal(type="number", text="0"), right=Literal(type="number", text=text)):
            return Literal(type="number", text=text.removeprefix("-") if text.startswith("-") else f"-{text}")
        case _:
            return None


def _compared(condition: Expression, wanted: Callable[[Expression], bool]) -> tuple[ComparisonOperator, Literal] | None:
    """Return (operator, constant) of a comparison of the wanted side with a constant."""
    if isinstance(condition, Comparison):
        for side, other, operator in (
            (condition.left, condition.right, condition.operator),
            (condition.right, condition.left, FLIPPED[condition.operator]),
        ):
            constant = constant_of(other)
            if constant is not None and wanted(side):
                return operator, constant
    return None


def _listed(condition: Expression, column: str) -> tuple[list[Literal], bool] | None:
    """Return (constants, negated) of a list of constants; with a NULL among them the list is never FALSE."""
    if not (isinstance(condition, InList) and condition.operand == ColumnRef(name=column)):
        return None
    constants = [constant_of(o) for o in condition.options]
    known = [c for c in constants if c is not None]
    return (known, condition.negated) if len(known) == len(constants) else None


def _restrict_ranges(space: Ranged, condition: Expression, column: str) -> Space:
    listed, compared = _listed(condition, column), _compared(condition, partial(_is_column, column=column))
    if compared is not None:
        operator, constant = compared
        bounds = _allowed(space, operator, constant)
        return space if bounds is None else _cut(space, bounds)
    if listed is None:
        return space
    constants, negated = listed
    for_each = [_allowed(space, "<>" if negated else "=", c) for c in constants]
    known = [bounds for bounds in for_each if bounds is not None]
    if len(known) < len(for_each):
        return space
    if not negated:
        return _cut(space, [r for bounds in known for r in bounds])
    for bounds in known:
        space = _cut(space, bounds)
    return space


def _is_column(side: Expression, column: str) -> bool:
    return side == ColumnRef(name=column)


def _cut(space: Ranged, bounds: Iterable[tuple[int, int]]) -> Ranged:
    kept = [(max(a, c), min(b, d)) for a, b in space.ranges for c, d in _merged(bounds) if max(a, c) <= min(b, d)]
    return Ranged(_merged(kept), space.unit, space.scale)


def _allowed(space: Ranged, operator: ComparisonOperator, constant: Literal) -> list[tuple[int, int]] | None:
    """Return the ranges that a comparison with a constant allows, or None when the constant says nothing to this unit."""
    exact = _in_units(space, constant)
    if exact is None:
        return None
    below, above = floor(exact), ceil(exact)
    match operator:
        case "=":
            return [(below, below)] if below == above else []
        case "<>":
            return [(-FAR, below - 1), (below + 1, FAR)] if below == above else [(-FAR, FAR)]
        case ">":
            return [(below + 1, FAR)]
        case ">=":
            return [(above, FAR)]
        case "<":
            return [(-FAR, above - 1)]
        case _:
            return [(-FAR, below)]


def _in_units(space: Ranged, constant: Literal) -> Fraction | None:
    try:
        if space.unit == "number":
            number = Decimal(constant.text)
            return Fraction(number) * 10**space.scale if number.is_finite() and abs(number.adjusted()) < 40 else None
        moment = datetime.fromisoformat(constant.text)
    except (ValueError, InvalidOperation):
        return None
    if moment.tzinfo is not None:
        return None
    ticks = Fraction((moment - EPOCH) // _MICROSECOND)
    return ticks if space.unit == "microsecond" else ticks / _MICROSECONDS_A_DAY


def _restrict_text(space: Worded, condition: Expression, column: str) -> Space:
    compared = _compared(condition, partial(_is_length, column=column))
    if compared is not None and re.fullmatch(r"\d{1,9}", compared[1].text):
        operator, number = compared[0], int(compared[1].text)
        low = {">": number + 1, ">=": number, "=": number}.get(operator, 0)
        high = {"<": number - 1, "<=": number, "=": number}.get(operator)
        low = 1 if (operator, number) == ("<>", 0) else low
        longest = space.longest if high is None else high if space.longest is None else min(space.longest, high)
        return Worded(max(space.shortest, low), longest, space.binary)
    equal = _compared(condition, partial(_is_column, column=column))
    listed = _listed(condition, column)
    texts = [equal[1]] if equal and equal[0] == "=" else listed[0] if listed and not listed[1] else None
    if texts is None or space.binary:
        return space
    fitting = [t.text for t in texts if space.longest is None or len(t.text.rstrip()) <= space.longest]
    return Listed(tuple(dict.fromkeys(t for t in fitting if len(t) >= space.shortest)))


def _is_length(side: Expression, column: str) -> bool:
    """Octets are left out: more characters fit into a limit of bytes than a limit of characters says, or fewer."""
    return isinstance(side, Call) and side.function == "length" and side.arguments == (ColumnRef(name=column),)


def _may_hold(value: str, condition: Expression, column: str, *, boolean: bool) -> bool:
    """Tell whether a condition on one value may be anything but FALSE."""
    match condition:
        case ColumnRef(name=name) if name == column and boolean:
            return value == "true"
        case Not(operand=ColumnRef(name=name)) if name == column and boolean:
            return value == "false"
        case Match(operand=ColumnRef(name=name), pattern=pattern, syntax="like", negated=negated) if name == column:
            return _may_be_like(value, pattern, negated=negated)
    compared = _compared(condition, partial(_is_column, column=column))
    if compared is not None:
        return _may_be(value, compared[0], compared[1], boolean=boolean)
    length = _compared(condition, partial(_is_length, column=column))
    if length is not None and not boolean and length[1].type == "number":
        return _may_compare(Literal(type="number", text=str(len(value))), length[0], length[1])
    listed = _listed(condition, column)
    if listed is None:
        return True
    constants, negated = listed
    if negated:
        return all(_may_be(value, "<>", c, boolean=boolean) for c in constants)
    return any(_may_be(value, "=", c, boolean=boolean) for c in constants)


def _may_be(value: str, operator: ComparisonOperator, constant: Literal, *, boolean: bool) -> bool:
    """Compare a value with a constant; letter case and blanks at the end may or may not count, so they never exclude."""
    if boolean:
        meant = {"true": "true", "t": "true", "1": "true", "false": "false", "f": "false", "0": "false"}.get(constant.text.lower())
        if meant is None or operator not in ("=", "<>"):
            return True
        return (value == meant) == (operator == "=")
    if operator == "=":
        return value.casefold().rstrip() == constant.text.casefold().rstrip() or constant.type == "number"
    return operator != "<>" or value != constant.text


def _may_be_like(value: str, pattern: str, *, negated: bool) -> bool:
    if "\\" in pattern:
        return True
    expression = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    if negated:
        return re.fullmatch(expression, value, re.DOTALL) is None
    return re.fullmatch(expression, value, re.DOTALL | re.IGNORECASE) is not None


def _may_compare(left: Literal, operator: ComparisonOperator, right: Literal) -> bool:
    """Compare two constants: False only for numbers (or booleans) that are certainly otherwise."""
    if left.type != right.type or left.type not in ("number", "boolean"):
        return True
    one, two = (Decimal(c.text) if c.type == "number" else Decimal(c.text == "true") for c in (left, right))
    return {"=": one == two, "<>": one != two, "<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two}[operator]
