"""What is left of a CHECK once part of it is decided: TRUE and FALSE parts taken out, negations pushed inwards."""

from collections.abc import Callable
from itertools import islice, product

from synth_assets.plan.narrowing import without_not
from synth_assets.schema.expressions import And, CaseWhen, Comparison, Expression, InList, IsNull, Literal, Match, Not, Or, columns_of

ALWAYS = Literal(type="boolean", text="true")
NEVER = Literal(type="boolean", text="false")
MOST_ALTERNATIVES = 16

TruthOf = Callable[[Expression], frozenset[bool | None]]


def residual(condition: Expression, truth_of: TruthOf) -> Expression:
    """Return a condition that is not FALSE exactly where the one given is not, as far as its parts are open.

    Args:
        condition: A CHECK; unknown counts as met, as everywhere in CHECKs.
        truth_of: The truth values that a part can still have.
    """
    return _residual(_spelled_out(condition, truth_of), truth_of)


def _residual(condition: Expression, truth_of: TruthOf) -> Expression:
    truth = truth_of(condition)
    if False not in truth:
        return ALWAYS
    if truth == {False}:
        return NEVER
    if not isinstance(condition, And | Or):
        return condition
    parts = [_residual(o, truth_of) for o in condition.operands]
    stop, neutral = (NEVER, ALWAYS) if isinstance(condition, And) else (ALWAYS, NEVER)
    left = tuple(p for p in parts if p != neutral)
    if stop in left:
        return stop
    return neutral if not left else left[0] if len(left) == 1 else type(condition)(operands=left)


def _spelled_out(condition: Expression, truth_of: TruthOf) -> Expression:
    """Push negations inwards; a CASE whose conditions are decided becomes its result, an equality of conditions an OR of both ways."""
    condition = without_not(condition)
    match condition:
        case And(operands=operands) | Or(operands=operands):
            return type(condition)(operands=tuple(_spelled_out(o, truth_of) for o in operands))
        case Not(operand=CaseWhen() as choice):
            chosen = _chosen(choice, truth_of)
            return condition if chosen is None else _spelled_out(Not(operand=chosen), truth_of)
        case CaseWhen():
            chosen = _chosen(condition, truth_of)
            return condition if chosen is None else _spelled_out(chosen, truth_of)
        case Comparison(operator="=" | "<>" as operator, left=left, right=right) if _is_condition(left) and _is_condition(right):
            same = operator == "="
            both = And(operands=(left, right if same else Not(operand=right)))
            neither = And(operands=(Not(operand=left), Not(operand=right) if same else right))
            return _spelled_out(Or(operands=(both, neither)), truth_of)
        case Comparison(operator="=" | "<>" as operator, left=left, right=Literal(type="boolean", text=text)) if _is_condition(left):
            return _spelled_out(left if (operator == "=") == (text == "true") else Not(operand=left), truth_of)
        case _:
            return condition


def _is_condition(expression: Expression) -> bool:
    return isinstance(expression, And | Or | Not | Comparison | InList | IsNull | Match)


def _chosen(choice: CaseWhen, truth_of: TruthOf) -> Expression | None:
    """Return the result of a CASE whose conditions are decided as far as it matters, or None."""
    for condition, result in zip(choice.conditions, choice.results, strict=True):
        truth = truth_of(condition)
        if truth == {True}:
            return result
        if True in truth:
            return None
    return choice.otherwise


def alternatives_of(condition: Expression) -> list[tuple[Expression, ...]]:
    """Return the ways to meet a condition, each as parts that must all be met; the first ones of many."""
    match condition:
        case And(operands=operands):
            ways = [alternatives_of(o) for o in operands]
            return [tuple(part for way in chosen for part in way) for chosen in islice(product(*ways), MOST_ALTERNATIVES)]
        case Or(operands=operands) if not _is_of_one_column(condition):
            return [way for o in operands for way in alternatives_of(o)][:MOST_ALTERNATIVES]
        case _:
            return [(condition,)]


def _is_of_one_column(condition: Expression) -> bool:
    return len(columns_of(condition)) == 1
