"""What is certain of a computed operand: sums and products of ranges, counts of NULLs, the first value that is there, choices."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import product

from synth_assets.plan.certainty import Known, finite, key_of, union_of
from synth_assets.plan.strategies import Number
from synth_assets.schema.expressions import Arithmetic, Call, CaseWhen, Expression, Literal

ValueOf = Callable[[Expression], Known]
TruthOf = Callable[[Expression], frozenset[bool | None]]

Bound = Decimal | None
_MANY = 40
"""Pairs of values beyond which sums of values are looked at as ranges."""


def value_of_arithmetic(expression: Arithmetic, value_of: ValueOf) -> Known:
    """Return what is certain of `a + b` and its like; nothing of text and dates."""
    one, two = value_of(expression.left), value_of(expression.right)
    null = True if one.null or two.null else False if one.null is False and two.null is False else None
    exact = _of_values(expression.operator, one, two)
    if exact is not None:
        return replace(finite(sorted(exact)), null=null)
    low, high = _ranges(expression.operator, (_end(one, 0), _end(one, 1)), (_end(two, 0), _end(two, 1)))
    return Known(null, None, None if low is None else (0, low, ""), None if high is None else (0, high, ""))


def is_even_step(number: Number, divisor: Decimal) -> bool:
    """Tell whether all numbers of a strategy leave the same remainder."""
    return number.step is not None and divisor > 0 and number.step % divisor == 0 and (number.low >= 0 or number.low % divisor == 0)


def _end(known: Known, side: int) -> Bound:
    """Return the lower (0) or upper (1) bound as a number, or None for none."""
    key = (known.low, known.high)[side]
    return key[1] if key is not None and key[0] == 0 else None


def _of_values(operator: str, one: Known, two: Known) -> set[str] | None:
    """Return all results of few known numbers; None for anything else."""
    if one.values is None or two.values is None or operator in ("/", "||") or len(one.values) * len(two.values) > _MANY:
        return None
    found: set[str] = set()
    for left, right in product(sorted(one.values), sorted(two.values)):
        a, b = key_of(left), key_of(right)
        if a[0] or b[0] or (operator == "%" and not b[1]):
            return None
        results = {"+": a[1] + b[1], "-": a[1] - b[1], "*": a[1] * b[1], "%": a[1] % b[1] if b[1] else Decimal(0)}
        found.add(str(results[operator]))
    return found


def _ranges(operator: str, one: tuple[Bound, Bound], two: tuple[Bound, Bound]) -> tuple[Bound, Bound]:
    match operator:
        case "+":
            return _sum(one[0], two[0]), _sum(one[1], two[1])
        case "-":
            return _sum(one[0], _minus(two[1])), _sum(one[1], _minus(two[0]))
        case "*":
            return _product(one, two)
        case "%":
            return _remainder(one, two)
        case "/" if two[0] is not None and two[0] > 0 and one[0] is not None and one[0] >= 0:
            # whole numbers are cut, so that the lower bound is the whole number below
            low = Decimal(0) if two[1] is None else (one[0] / two[1]).to_integral_value(rounding="ROUND_FLOOR")
            return low, None if one[1] is None else one[1] / two[0]
        case _:
            return None, None


def _sum(one: Bound, two: Bound) -> Bound:
    return None if one is None or two is None else one + two


def _minus(number: Bound) -> Bound:
    return None if number is None else -number


def _product(one: tuple[Bound, Bound], two: tuple[Bound, Bound]) -> tuple[Bound, Bound]:
    ends = [a * b for a in one for b in two if a is not None and b is not None]
    if len(ends) == 4:
        return min(ends), max(ends)
    positive = one[0] is not None and two[0] is not None and one[0] >= 0 and two[0] >= 0
    return (one[0] * two[0] if positive and one[0] is not None and two[0] is not None else None), None


def _remainder(one: tuple[Bound, Bound], two: tuple[Bound, Bound]) -> tuple[Bound, Bound]:
    """The sign of a remainder is that of the dividend."""
    if two[0] is None or two[1] is None or two[0] <= 0:
        return None, None
    return (Decimal(0) if one[0] is not None and one[0] >= 0 else -two[1]), two[1]


def value_of_call(call: Call, value_of: ValueOf) -> Known:
    """Return what is certain of a call; nothing of a function that is not known here."""
    parts = [value_of(a) for a in call.arguments]
    match call.function:
        case "date_part" if call.arguments[0] == Literal(type="text", text="year"):
            return _year(parts[1])
        case "abs":
            return _absolute(parts[0])
        case "coalesce":
            return _first_there(parts)
        case "greatest" | "least":
            return _extreme(parts, 1 if call.function == "greatest" else -1)
        case "num_nulls" | "num_nonnulls":
            return _count(parts, counts_nulls=call.function == "num_nulls")
        case "floor" | "ceil" | "round" if len(parts) == 1:
            return _whole(parts[0])
        case "sign":
            return Known(parts[0].null, None, (0, Decimal(_sign(_end(parts[0], 0), -1)), ""), (0, Decimal(_sign(_end(parts[0], 1), 1)), ""))
        case _:
            return Known()


def _year(known: Known) -> Known:
    """Return the years of a range of days."""
    low, high = (int(k[2][:4]) if k is not None and k[0] == 1 and k[2][:4].isdecimal() else None for k in (known.low, known.high))
    return Known(known.null, None, None if low is None else (0, Decimal(low), ""), None if high is None else (0, Decimal(high), ""))


def _sign(number: Bound, unknown: int) -> int:
    return unknown if number is None else (number > 0) - (number < 0)


def _absolute(known: Known) -> Known:
    low, high = _end(known, 0), _end(known, 1)
    if low is not None and low >= 0:
        return known
    most = None if low is None or high is None else max(abs(low), abs(high))
    least = abs(high) if high is not None and high < 0 else Decimal(0)
    return Known(known.null, None, (0, least, ""), None if most is None else (0, most, ""))


def _whole(known: Known) -> Known:
    low, high = _end(known, 0), _end(known, 1)
    return Known(
        known.null,
        None,
        None if low is None else (0, low.to_integral_value(rounding="ROUND_FLOOR"), ""),
        None if high is None else (0, high.to_integral_value(rounding="ROUND_CEILING"), ""),
    )


def _first_there(parts: list[Known]) -> Known:
    reached: list[Known] = []
    for part in parts:
        if part.null is True:
            continue
        reached.append(part)
        if part.null is False:
            return replace(union_of([replace(p, null=False) for p in reached]), null=False)
    return replace(union_of(reached), null=None) if reached else Known(null=True)


def _extreme(parts: list[Known], sign: int) -> Known:
    """The greatest (or least) of those that are not NULL."""
    there = [p for p in parts if p.null is not True]
    if not there:
        return Known(null=True)
    null = False if any(p.null is False for p in there) else None
    lows, highs = [p.low for p in there], [p.high for p in there]
    sure = [p for p in there if p.null is False]
    if sign > 0:
        low = max((p.low for p in sure if p.low), default=None) or (min(x for x in lows if x) if all(lows) else None)
        high = max(x for x in highs if x) if all(highs) else None
    else:
        low = min(x for x in lows if x) if all(lows) else None
        high = min((p.high for p in sure if p.high), default=None) or (max(x for x in highs if x) if all(highs) else None)
    return Known(null, None, low, high)


def _count(parts: list[Known], *, counts_nulls: bool) -> Known:
    sure = sum(p.null is counts_nulls for p in parts)
    open_ = sum(p.null is None for p in parts)
    return finite([str(n) for n in range(sure, sure + open_ + 1)])


def value_of_choice(choice: CaseWhen, value_of: ValueOf, truth_of: TruthOf) -> Known:
    """Return the union of the results that a case leaves possible."""
    possible: list[Known] = []
    for condition, result in zip(choice.conditions, choice.results, strict=True):
        truth = truth_of(condition)
        if True in truth:
            possible.append(value_of(result))
        if truth == {True}:
            return union_of(possible)
    return union_of([*possible, value_of(choice.otherwise)])


def truth_of_choice(choice: CaseWhen, truth_of: TruthOf) -> frozenset[bool | None]:
    """Return the truth values of a CASE whose results are conditions."""
    found: set[bool | None] = set()
    for condition, result in zip(choice.conditions, choice.results, strict=True):
        truth = truth_of(condition)
        if True in truth:
            found |= truth_of(result)
        if truth == {True}:
            return frozenset(found)
    return frozenset(found | truth_of(choice.otherwise))
