"""Conditions of the form `column = a + b - c * d`: what the rules make totals of, and what proofs recognise again."""

from collections.abc import Iterator

from synth_assets.plan.strategies import Product, Reference
from synth_assets.schema.expressions import Arithmetic, Call, ColumnRef, Expression, Literal

Term = Reference | Product


def terms_of(expression: Expression) -> tuple[tuple[Term, ...], tuple[Term, ...]] | None:
    """Return (what is added, what is taken away) of a sum of columns and products of two; None for anything else."""
    found = list(_terms(expression, 1))
    if not isinstance(expression, Arithmetic) or any(term is None for _, term in found):
        return None
    plus, minus = (tuple(term for sign, term in found if sign == wanted and term is not None) for wanted in (1, -1))
    return (plus, minus) if plus else None


def _terms(expression: Expression, sign: int) -> Iterator[tuple[int, Term | None]]:
    match expression:
        case ColumnRef(name=name) | Call(function="coalesce", arguments=(ColumnRef(name=name), Literal(text="0"))):
            yield sign, Reference(column=name)
        case Arithmetic(operator="+" | "-" as operator, left=left, right=right):
            yield from _terms(left, sign)
            yield from _terms(right, sign if operator == "+" else -sign)
        case Arithmetic(operator="*", left=ColumnRef(name=left), right=ColumnRef(name=right)):
            yield sign, Product(left=Reference(column=left), right=Reference(column=right))
        case _:
            yield sign, None


def key_of_term(term: object) -> str:
    """Return a text that is the same for terms of one value: the sides of a product may be swapped."""
    match term:
        case Product(left=left, right=right):
            return " * ".join(sorted((left.model_dump_json(), right.model_dump_json())))
        case Reference():
            return term.model_dump_json()
        case _:
            return repr(term)
