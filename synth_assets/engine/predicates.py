"""CHECK expressions over Arrow columns, in SQL's three-valued logic: only FALSE violates."""

import re
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synth_assets.engine.casting import as_text
from synth_assets.schema.expressions import (
    And,
    Arithmetic,
    Call,
    CaseWhen,
    ColumnRef,
    Comparison,
    Expression,
    InList,
    IsNull,
    Literal,
    Match,
    Not,
    Or,
)

_COMPARE = {"=": pc.equal, "<>": pc.not_equal, "<": pc.less, "<=": pc.less_equal, ">": pc.greater, ">=": pc.greater_equal}
_ARITHMETIC = {"+": pc.add, "-": pc.subtract, "*": pc.multiply, "/": pc.divide}
_CHECKED = {"+": pc.add_checked, "-": pc.subtract_checked, "*": pc.multiply_checked, "/": pc.divide}
_DIGITS = 9
_ONE_ARGUMENT = {"length": pc.utf8_length, "octet_length": pc.binary_length, "trim": pc.utf8_trim_whitespace, "lower": pc.utf8_lower,
 "upper": pc.utf8_upper, "abs": pc.abs, "floor": pc.floor, "ceil": pc.ceil, "sign": pc.sign}  # fmt: skip
_COUNT = frozenset({"length", "octet_length", "sign"})
_GIVE_TEXT = frozenset({"trim", "lower", "upper"})


class Cells(Protocol):
    """Rows of which a condition is asked: their number, their columns by name, and what `now()` is to them."""

    @property
    def today(self) -> date: ...

    def __len__(self) -> int: ...

    def column(self, name: str) -> pa.Array: ...


class UnknownPartError(ValueError):
    """An expression holds a part that cannot be evaluated; the planner keeps such CHECKs out of redraws."""


def violates(expression: Expression, rows: Cells) -> NDArray[np.bool_]:
    """Return which rows make the expression FALSE (not NULL): bool, one a row.

    Raises:
        UnknownPartError: If a part of the expression cannot be evaluated on these rows.
    """
    try:
        truth = evaluate(expression, rows)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise UnknownPartError(str(error)) from None
    if isinstance(truth, pa.Scalar):
        return np.full(len(rows), truth.is_valid and not truth.as_py(), dtype=np.bool_)
    false: NDArray[np.bool_] = truth.fill_null(True).to_numpy(zero_copy_only=False) == np.False_
    return false


def evaluate(expression: Expression, rows: Cells) -> Any:
    """Return an Arrow array (one value a row) or scalar of an expression."""
    match expression:
        case Literal() | ColumnRef():
            return _literal(expression) if isinstance(expression, Literal) else _plain(rows.column(expression.name))
        case Comparison(operator=operator, left=left, right=right):
            return _COMPARE[operator](*_alike(evaluate(left, rows), evaluate(right, rows)))
        case And(operands=operands) | Or(operands=operands):
            return _fold(pc.and_kleene if isinstance(expression, And) else pc.or_kleene, operands, rows)
        case Not(operand=operand):
            return pc.invert(evaluate(operand, rows))
        case IsNull(operand=operand, negated=negated):
            value = evaluate(operand, rows)
            return pc.is_valid(value) if negated else pc.is_null(value)
        case InList(operand=operand, options=options, negated=negated):
            found = _fold(pc.or_kleene, [Comparison(operator="=", left=operand, right=o) for o in options], rows)
            return pc.invert(found) if negated else found
        case Match():
            return _match(expression, rows)
        case Arithmetic(operator=operator, left=left, right=right):
            return _arithmetic(operator, evaluate(left, rows), evaluate(right, rows))
        case Call():
            return _call(expression, rows)
        case CaseWhen():
            return _choice(expression, rows)
        case _:
            raise UnknownPartError(f"it holds a part that is not understood: {expression.model_dump_json()}")


def _literal(literal: Literal) -> pa.Scalar:
    value = literal.value
    if literal.type == "null":
        return pa.scalar(None, type=pa.bool_())
    if literal.type == "number" and isinstance(value, Decimal):
        return pa.scalar(int(value), pa.int64()) if _is_whole(literal.text) else _rounded(pa.scalar(float(value), pa.float64()))
    return pa.scalar(value)


def _is_whole(text: str) -> bool:
    """Tell whether a number is written without a point and fits 64 bits: whole numbers divide to whole numbers in SQL."""
    return text.strip().lstrip("+-").isdecimal() and len(text) <= 18


def _plain(array: pa.Array) -> pa.Array:
    """Whole numbers as int64, others as float64, dates as timestamps: types that compare with literals and one another."""
    if pa.types.is_integer(array.type):
        return array.cast(pa.int64())
    if pa.types.is_decimal(array.type) or pa.types.is_floating(array.type):
        return _rounded(array.cast(pa.float64()))
    if pa.types.is_date(array.type) or pa.types.is_timestamp(array.type):
        return array.cast(pa.timestamp("us"))
    return array


def _rounded(value: Any) -> Any:
    """Return floating point numbers at nine digits: decimals, and sums of them, miss their last binary digit."""
    return pc.round(value, ndigits=_DIGITS)


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Bring two operands to one type: text literals are read as the other side's type."""
    for one, other, swapped in ((left, right, False), (right, left, True)):
        if pa.types.is_timestamp(one.type) and pa.types.is_string(other.type):
            parsed = pc.cast(other, pa.timestamp("us"))
            return (parsed, one) if swapped else (one, parsed)
        if pa.types.is_string(one.type) and not pa.types.is_string(other.type) and isinstance(other, pa.Array):
            text = as_text(other)
            return (text, one) if swapped else (one, text)
        if pa.types.is_boolean(one.type) and _is_number(other):
            number = pc.cast(pc.cast(one, pa.int8()), other.type)
            return (other, number) if swapped else (number, other)
    if _is_number(left) and _is_number(right) and left.type != right.type:
        return pc.cast(left, pa.float64()), pc.cast(right, pa.float64())
    return left, right


def _fold(combine: Any, operands: Any, rows: Cells) -> Any:
    result = evaluate(operands[0], rows)
    for operand in operands[1:]:
        result = combine(result, evaluate(operand, rows))
    return result


def _match(expression: Match, rows: Cells) -> Any:
    value = evaluate(expression.operand, rows)
    if expression.syntax == "like":
        found = pc.match_like(value, expression.pattern, ignore_case=expression.ignore_case)
    else:
        found = pc.match_substring_regex(value, _re2(expression.pattern), ignore_case=expression.ignore_case)
    return pc.invert(found) if expression.negated else found


def _re2(pattern: str) -> str:
    """Return a POSIX pattern in RE2's spelling: word boundaries of PostgreSQL become \\b."""
    return re.sub(r"\\[mMy]", r"\\b", pattern)


def _arithmetic(operator: str, left: Any, right: Any) -> Any:
    """Return a result as SQL has it: whole numbers divide to whole numbers, a remainder has the sign of the dividend.

    Division by zero gives NULL.
    """
    if operator == "||":
        return pc.binary_join_element_wise(_text(left), _text(right), "")
    if _is_missing(left) or _is_missing(right):
        return pa.scalar(None, pa.float64())
    if not (_is_number(left) and _is_number(right)):
        raise UnknownPartError(f"it computes with {left.type} and {right.type}")
    if operator in "/%":
        right = pc.if_else(pc.equal(right, 0), pa.scalar(None, right.type), right)
    if pa.types.is_integer(left.type) and pa.types.is_integer(right.type):
        if operator != "%":
            return _CHECKED[operator](left, right)
        return pc.subtract(left, pc.multiply(pc.divide(left, right), right))
    left, right = pc.cast(left, pa.float64()), pc.cast(right, pa.float64())
    if operator == "%":
        return _rounded(pc.subtract(left, pc.multiply(pc.trunc(pc.divide(left, right)), right)))
    return _rounded(_ARITHMETIC[operator](left, right))


def _is_number(value: Any) -> bool:
    return bool(pa.types.is_integer(value.type) or pa.types.is_floating(value.type))


def _is_missing(value: Any) -> bool:
    return isinstance(value, pa.Scalar) and not value.is_valid


def _text(value: Any) -> Any:
    return as_text(value) if isinstance(value, pa.Array) else pa.scalar(None if not value.is_valid else str(value.as_py()), pa.string())


def _choice(choice: CaseWhen, rows: Cells) -> Any:
    """Return the result of the first condition that is TRUE; NULL counts as not."""
    result = evaluate(choice.otherwise, rows)
    for condition, value in zip(reversed(choice.conditions), reversed(choice.results), strict=True):
        holds = pc.fill_null(evaluate(condition, rows), False)
        one, other = _same_type(evaluate(value, rows), result)
        result = pc.if_else(holds, one, other)
    return result


def _same_type(one: Any, other: Any) -> tuple[Any, Any]:
    """Bring two results to one type: whole and other numbers to float64, NULL to whatever stands beside it."""
    if one.type == other.type:
        return one, other
    if _is_missing(one):
        return pa.scalar(None, other.type), other
    if _is_missing(other):
        return one, pa.scalar(None, one.type)
    if _is_number(one) and _is_number(other):
        return pc.cast(one, pa.float64()), pc.cast(other, pa.float64())
    raise UnknownPartError(f"its results are {one.type} and {other.type}")


def _call(expression: Call, rows: Cells) -> Any:
    arguments = [evaluate(a, rows) for a in expression.arguments]
    function = expression.function
    if function in _ONE_ARGUMENT:
        if _is_missing(arguments[0]):
            return pa.scalar(None, pa.string() if function in _GIVE_TEXT else pa.int64())
        result = _ONE_ARGUMENT[function](arguments[0])
        return pc.cast(result, pa.int64()) if function in _COUNT else result
    match function:
        case "coalesce" | "greatest" | "least":
            alike = _all_alike(arguments)
            return {"coalesce": pc.coalesce, "greatest": pc.max_element_wise, "least": pc.min_element_wise}[function](*alike)
        case "nullif":
            same = pc.fill_null(pc.equal(*_alike(arguments[0], arguments[1])), False)
            return pc.if_else(same, pa.scalar(None, arguments[0].type), arguments[0])
        case "num_nulls" | "num_nonnulls":
            return _count_nulls(arguments, len(rows), nulls=function == "num_nulls")
        case "current_date" | "current_timestamp":
            return pc.cast(pa.scalar(rows.today), pa.timestamp("us"))
        case _:
            raise UnknownPartError(f"it calls {function}, which is not known")


def _all_alike(values: list[Any]) -> list[Any]:
    """Bring several values to one type; those that are NULL in every row are left out."""
    there = [v for v in values if not _is_missing(v)] or values[:1]
    if all(_is_number(v) for v in there) and len({v.type for v in there}) > 1:
        return [pc.cast(v, pa.float64()) for v in there]
    if len({v.type for v in there}) > 1:
        raise UnknownPartError("it chooses among values of several types")
    return there


def _count_nulls(values: list[Any], count: int, *, nulls: bool) -> Any:
    total: Any = pa.array(np.zeros(count, dtype=np.int64))
    for value in values:
        flags = pc.is_null(value) if nulls else pc.is_valid(value)
        total = pc.add(total, pc.cast(flags, pa.int64()))
    return total
