"""CHECK expressions over Arrow columns, in SQL's three-valued logic: only FALSE violates."""

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synth_assets.engine.casting import as_text
from synth_assets.engine.failures import failure
from synth_assets.engine.rows import RowSet
from synth_assets.schema.expressions import (
    And,
    Arithmetic,
    Call,
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


class UnknownPartError(ValueError):
    """An expression holds a part that cannot be evaluated; the planner keeps such CHECKs out of redraws."""


def violates(expression: Expression, rows: RowSet, check: str = "without a name") -> NDArray[np.bool_]:
    """Return which rows make the expression FALSE (not NULL): bool, one a row. `check` is what a failure calls it.

    Raises:
        GenerationError: If the expression has a part that cannot be evaluated.
    """
    try:
        truth = evaluate(expression, rows)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, UnknownPartError) as error:
        first = rows.numbers[0] if len(rows) else 0
        raise failure("GEN103", rows.table.key, f"CHECK {check} cannot be evaluated on the rows from {first} on", str(error)) from None
    if isinstance(truth, pa.Scalar):
        return np.full(len(rows), truth.is_valid and not truth.as_py(), dtype=np.bool_)
    false: NDArray[np.bool_] = truth.fill_null(True).to_numpy(zero_copy_only=False) == np.False_
    return false


def evaluate(expression: Expression, rows: RowSet) -> Any:
    """Return an Arrow array (one value a row) or scalar of an expression."""
    match expression:
        case Literal():
            return _literal(expression)
        case ColumnRef(name=name):
            return _plain(rows.column(name))
        case Comparison(operator=operator, left=left, right=right):
            return _COMPARE[operator](*_alike(evaluate(left, rows), evaluate(right, rows)))
        case And(operands=operands):
            return _fold(pc.and_kleene, operands, rows)
        case Or(operands=operands):
            return _fold(pc.or_kleene, operands, rows)
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
        case _:
            raise UnknownPartError(f"it holds a part that is not understood: {expression.model_dump_json()}")


def _literal(literal: Literal) -> pa.Scalar:
    value = literal.value
    if literal.type == "null":
        return pa.scalar(None, type=pa.bool_())
    return pa.scalar(float(value)) if literal.type == "number" else pa.scalar(value)  # type: ignore[arg-type]


def _plain(array: pa.Array) -> pa.Array:
    """Numbers as float64, dates and timestamps as ISO text: types that compare with literals and one another."""
    if pa.types.is_decimal(array.type) or pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        return array.cast(pa.float64())
    if pa.types.is_date(array.type) or pa.types.is_timestamp(array.type):
        return array.cast(pa.timestamp("us"))
    return array


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Bring two operands to one type: text literals are read as the other side's type."""
    for one, other, swapped in ((left, right, False), (right, left, True)):
        if pa.types.is_timestamp(one.type) and pa.types.is_string(other.type):
            parsed = pc.cast(other, pa.timestamp("us"))
            return (parsed, one) if swapped else (one, parsed)
        if pa.types.is_string(one.type) and not pa.types.is_string(other.type) and isinstance(other, pa.Array):
            text = as_text(other)
            return (text, one) if swapped else (one, text)
        if pa.types.is_boolean(one.type) and pa.types.is_floating(other.type):
            number = pc.cast(pc.cast(one, pa.int8()), pa.float64())
            return (other, number) if swapped else (number, other)
    return left, right


def _fold(combine: Any, operands: Any, rows: RowSet) -> Any:
    result = evaluate(operands[0], rows)
    for operand in operands[1:]:
        result = combine(result, evaluate(operand, rows))
    return result


def _match(expression: Match, rows: RowSet) -> Any:
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
    if operator == "||":
        return pc.binary_join_element_wise(as_text(left), as_text(right), "")
    if operator == "%":
        return pc.subtract(left, pc.multiply(pc.floor(pc.divide(left, right)), right))
    return _ARITHMETIC[operator](left, right)


def _call(expression: Call, rows: RowSet) -> Any:
    arguments = [evaluate(a, rows) for a in expression.arguments]
    match expression.function:
        case "length":
            return pc.cast(pc.utf8_length(arguments[0]), pa.float64())
        case "octet_length":
            return pc.cast(pc.binary_length(arguments[0]), pa.float64())
        case "trim":
            return pc.utf8_trim_whitespace(arguments[0])
        case "lower":
            return pc.utf8_lower(arguments[0])
        case "upper":
            return pc.utf8_upper(arguments[0])
        case "abs":
            return pc.abs(arguments[0])
        case "coalesce":
            return pc.coalesce(*arguments)
        case "current_date" | "current_timestamp":
            return pc.cast(pa.scalar(rows.program.plan.as_of), pa.timestamp("us"))
        case _:
            raise UnknownPartError(f"it calls {expression.function}, which is not known")
