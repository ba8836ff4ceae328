"""What is certain of sums: bounds of products, totals and aggregates, and when one is exactly what a condition says."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from synth_assets.plan.equations import key_of_term, terms_of
from synth_assets.plan.strategies import Aggregate, Product, Reference, Strategy, Total
from synth_assets.schema.expressions import Expression
from synth_assets.schema.model import Table
from synth_assets.schema.types import DecimalType, IntegerType


@dataclass(frozen=True)
class Bounds:
    """A number's range; None for no bound. `missing`: whether it may be NULL."""

    low: Decimal | None = None
    high: Decimal | None = None
    missing: bool = True

    @property
    def with_nothing(self) -> "Bounds":
        """The range where NULL counts as 0."""
        if not self.missing:
            return self
        low, high = (None if b is None else b for b in (self.low, self.high))
        return Bounds(None if low is None else min(low, Decimal(0)), None if high is None else max(high, Decimal(0)), missing=False)


BoundsOf = Callable[[Reference], Bounds]
"""What is certain of a column of the row, or of a parent."""

ChildBoundsOf = Callable[[Aggregate, str], Bounds]
"""What is certain of a column of an aggregate's children."""


def bounds_of_product(product: Product, bounds_of: BoundsOf) -> Bounds:
    """Return the range of a product of two numbers that are not negative; of any others nothing is known."""
    left, right = bounds_of(product.left), bounds_of(product.right)
    missing = left.missing or right.missing
    if left.low is None or right.low is None or left.low < 0 or right.low < 0:
        return Bounds(missing=missing)
    return Bounds(left.low * right.low, None if left.high is None or right.high is None else left.high * right.high, missing)


def bounds_of_total(total: Total, bounds_of: BoundsOf, child_bounds_of: ChildBoundsOf) -> Bounds:
    """Return the range of a total."""
    low, high = Decimal(0), Decimal(0)
    lows, highs = True, True
    for sign, terms in ((1, total.plus), (-1, total.minus)):
        for term in terms:
            part = bounds_of_term(term, bounds_of, child_bounds_of).with_nothing
            least, most = (part.low, part.high) if sign > 0 else (part.high, part.low)
            lows, highs = lows and least is not None, highs and most is not None
            low, high = low + sign * (least or 0), high + sign * (most or 0)
    return Bounds(low if lows else None, high if highs else None, missing=False)


def bounds_of_term(term: Reference | Product | Aggregate, bounds_of: BoundsOf, child_bounds_of: ChildBoundsOf) -> Bounds:
    match term:
        case Reference():
            return bounds_of(term)
        case Product():
            return bounds_of_product(term, bounds_of)
        case Aggregate():
            return bounds_of_aggregate(term, child_bounds_of)


def bounds_of_aggregate(aggregate: Aggregate, child_bounds_of: ChildBoundsOf) -> Bounds:
    """Return the range of an aggregate of numbers; how many children there are is not known."""
    empty = None if aggregate.empty is None else Decimal(aggregate.empty)
    if aggregate.column is None:
        return Bounds(Decimal(0) if empty is None else min(empty, Decimal(1)), missing=False)
    value = child_bounds_of(aggregate, aggregate.column)
    if aggregate.times is not None:
        factor = child_bounds_of(aggregate, aggregate.times)
        known = value.low is not None and factor.low is not None and value.low >= 0 and factor.low >= 0
        value = Bounds(value.low * factor.low) if known and value.low is not None and factor.low is not None else Bounds()
    if aggregate.function == "sum":
        least = None if value.low is None or value.low < 0 else Decimal(0) if empty is None else min(empty, value.low)
        return Bounds(least, missing=False)
    low, high = value.low, value.high
    if aggregate.function == "average":
        # rounded to the column's own scale: only whole bounds are certain
        low = None if low is None else low.to_integral_value(rounding="ROUND_FLOOR")
        high = None if high is None else high.to_integral_value(rounding="ROUND_CEILING")
    if empty is not None:
        low, high = (None if low is None else min(low, empty)), (None if high is None else max(high, empty))
    return Bounds(low, high, missing=empty is None)


def is_sum_of(table: Table, column: str, strategy: Strategy, expression: Expression) -> bool:
    """Tell whether a column is computed as exactly what an expression says, so that it equals it wherever neither is NULL."""
    wanted = terms_of(expression)
    match strategy:
        case Product():
            given: tuple[tuple[object, ...], tuple[object, ...]] = ((strategy,), ())
        case Total(plus=plus, minus=minus):
            given = (plus, minus)
        case _:
            return False
    if wanted is None or any(sorted(map(key_of_term, w)) != sorted(map(key_of_term, g)) for w, g in zip(wanted, given, strict=True)):
        return False
    own = _scale(table, column)
    scales = [_scale_of_term(table, term) for group in wanted for term in group]
    return own is not None and all(scale is not None and scale <= own for scale in scales)


def _scale_of_term(table: Table, term: Reference | Product) -> int | None:
    if isinstance(term, Reference):
        return _scale(table, term.column)
    left, right = _scale(table, term.left.column), _scale(table, term.right.column)
    return None if left is None or right is None else left + right


def _scale(table: Table, column: str) -> int | None:
    """Return the digits after the point of an exact number; None for a floating one."""
    match table.column(column).type:
        case IntegerType():
            return 0
        case DecimalType(precision=int(), scale=scale):
            return scale
        case _:
            return None
