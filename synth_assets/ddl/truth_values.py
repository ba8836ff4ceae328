"""0 and 1 beside a boolean column mean false and true: SQLite and MySQL have no other way to write them."""

from synth_assets.schema.expressions import (
    And,
    CaseWhen,
    ColumnRef,
    Comparison,
    Expression,
    InList,
    Literal,
    Not,
    Or,
)

_WORDS = {"0": "false", "1": "true"}


def with_truth_values(expression: Expression, boolean_columns: frozenset[str]) -> Expression:
    """Return the tree with number literals 0 and 1 that meet a boolean column turned into boolean literals."""
    if not boolean_columns:
        return expression
    match expression:
        case And(operands=operands):
            return And(operands=tuple(with_truth_values(o, boolean_columns) for o in operands))
        case Or(operands=operands):
            return Or(operands=tuple(with_truth_values(o, boolean_columns) for o in operands))
        case Not(operand=operand):
            return Not(operand=with_truth_values(operand, boolean_columns))
        case CaseWhen(conditions=conditions, results=results, otherwise=otherwise):
            first, second = (tuple(with_truth_values(p, boolean_columns) for p in parts) for parts in (conditions, results))
            return CaseWhen(conditions=first, results=second, otherwise=with_truth_values(otherwise, boolean_columns))
        case Comparison(operator=operator, left=left, right=right) if _meets(left, right, boolean_columns):
            return Comparison(operator=operator, left=_truth(left), right=_truth(right))
        case InList(operand=ColumnRef(name=name), options=options) if name in boolean_columns:
            return expression.model_copy(update={"options": tuple(_truth(o) for o in options)})
        case _:
            return expression


def _meets(left: Expression, right: Expression, boolean_columns: frozenset[str]) -> bool:
    return any(isinstance(side, ColumnRef) and side.name in boolean_columns for side in (left, right))


def _truth(expression: Expression) -> Expression:
    if isinstance(expression, Literal) and expression.type in {"number", "text"} and expression.text in _WORDS:
        return Literal(type="boolean", text=_WORDS[expression.text])
    return expression
