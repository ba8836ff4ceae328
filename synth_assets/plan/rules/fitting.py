"""Making what was chosen fit: CHECK ranges, sets and lengths; the type's limits; NOT NULL."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from struct import pack, unpack

from synth_assets.plan.capacity import capacity_of, decimals_of
from synth_assets.plan.distributions import Distribution, LogNormal, Normal, Uniform
from synth_assets.plan.languages.syntax import literal
from synth_assets.plan.row_limits import must_have_value
from synth_assets.plan.rules.check_domains import Domain, domain_of, order
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.rules.fitting_text import fit_shape, fit_text, fit_unique_text
from synth_assets.plan.rules.present_parents import needed_by_children
from synth_assets.plan.rules.text_domains import language_of_conditions
from synth_assets.plan.rules.types import largest_decimal, number_of_type, recent
from synth_assets.plan.rules.unique_room import space_of
from synth_assets.plan.strategies import (
    Case,
    Categorical,
    Constant,
    Copy,
    ForeignKeyValue,
    Fraction,
    Number,
    Offset,
    Product,
    Sequence,
    Strategy,
    Temporal,
)
from synth_assets.plan.value_spaces import is_empty
from synth_assets.schema.types import DecimalType, FloatType, IntegerType, LogicalType


def fit_domains(draft: TableDraft) -> None:
    """Every column obeys what the CHECKs say about it alone."""
    for evidence in draft.evidences:
        domain = domain_of(draft.table, evidence.name, draft.setting.as_of)
        if domain == Domain() or isinstance(draft.strategy(evidence.name), ForeignKeyValue):
            continue
        if evidence.kind == "uuid":
            continue
        if is_empty(space_of(evidence)):
            _without_values(draft, evidence)
            continue
        before = draft.strategy(evidence.name)
        after = fit_strategy(before, domain, evidence)
        if draft.columns[evidence.name].unique and capacity_of(after, evidence.type, draft.setting.locale) == 0:
            after = fit_unique_text(domain, evidence) or after
        if after != before:
            draft.change(evidence.name, strategy=after, origin="ddl", because=f"{draft.columns[evidence.name].reason}; fitted to the CHECK")
        if domain.required:
            draft.change(evidence.name, null_fraction=0.0, null_when=())


def _without_values(draft: TableDraft, evidence: Evidence) -> None:
    """CHECKs that contradict each other leave NULL, where the column takes it; else no row, which the limits say (PLAN401)."""
    if not must_have_value(evidence.table, evidence.column):
        draft.change(evidence.name, strategy=Constant(), unique=False, origin="ddl", because="NULL: no other value meets the CHECKs")


def fit_strategy(strategy: Strategy, domain: Domain, evidence: Evidence) -> Strategy:
    """Return the strategy, or the nearest one, whose values obey a domain."""
    if domain.empty and evidence.column.nullable:
        return Constant()
    if isinstance(strategy, Case):
        return over_branches(strategy, lambda s: fit_strategy(s, domain, evidence))
    if domain.options is not None:
        return _fit_options(strategy, domain, evidence)
    if evidence.is_number:
        return _fit_number(strategy, domain, evidence)
    if evidence.is_moment:
        return _fit_moment(strategy, domain, evidence)
    return fit_shape(strategy, domain, evidence) if evidence.kind == "text" else _fit_excluded(strategy, domain)


def over_branches(strategy: Case, fit: Callable[[Strategy], Strategy]) -> Case:
    """Return the case with every branch fitted."""
    branches = tuple(b.model_copy(update={"strategy": fit(b.strategy)}) for b in strategy.branches)
    return strategy.model_copy(update={"branches": branches, "otherwise": fit(strategy.otherwise)})


def is_inside(text: str, domain: Domain) -> bool:
    """Tell whether a constant obeys a domain's bounds, exclusions and lengths."""
    key = order(text)
    if domain.low is not None and (key < order(domain.low) or (domain.low_strict and key == order(domain.low))):
        return False
    if domain.high is not None and (key > order(domain.high) or (domain.high_strict and key == order(domain.high))):
        return False
    long_enough = domain.min_length is None or len(text) >= domain.min_length
    short_enough = domain.max_length is None or len(text) <= domain.max_length
    return long_enough and short_enough and all(order(text) != order(x) for x in domain.excluded)


def _fit_options(strategy: Strategy, domain: Domain, evidence: Evidence) -> Strategy:
    allowed = tuple(v for v in domain.options or () if is_inside(v, domain))
    if evidence.kind == "text" and (language := language_of_conditions(domain.conditions, evidence)) is not None:
        allowed = tuple(v for v in allowed if language.verdicts(literal(v)) != {False}) or allowed
    if isinstance(strategy, Categorical):
        kept = _keep(strategy, lambda v: any(order(v) == order(a) for a in allowed))
        if kept:
            return kept
    if isinstance(strategy, Constant) and strategy.value in allowed:
        return strategy
    from synth_assets.plan.rules.categories import default_of, weigh

    return Categorical(values=allowed, weights=weigh(allowed, default_of(evidence))) if allowed else strategy


def _keep(strategy: Categorical, wanted: Callable[[str], bool]) -> Categorical | None:
    """Return the categories that pass with their weights, or None when none do."""
    places = [i for i, v in enumerate(strategy.values) if wanted(v)]
    if len(places) == len(strategy.values):
        return strategy
    weights = tuple(strategy.weights[i] for i in places) if strategy.weights and len(strategy.weights) == len(strategy.values) else None
    return Categorical(values=tuple(strategy.values[i] for i in places), weights=weights) if places else None


def _fit_excluded(strategy: Strategy, domain: Domain) -> Strategy:
    if isinstance(strategy, Categorical):
        return _keep(strategy, lambda v: is_inside(v, domain)) or strategy
    return strategy


def step_of(logical: LogicalType) -> Decimal:
    """Return the smallest difference between two numbers of a column; 0.01 where there is no end to them."""
    match logical:
        case IntegerType():
            return Decimal(1)
        case DecimalType(precision=precision, scale=scale) if precision is not None:
            return Decimal(1).scaleb(-scale)
        case _:
            return Decimal("0.01")


def _number(text: str | None) -> Decimal | None:
    return None if text is None or order(text)[0] != 0 else order(text)[1]


def _least_above(bound: Decimal, step: Decimal, *, strict: bool) -> Decimal:
    """Return the least multiple of a step from a bound on, beyond it when strict."""
    least = (bound / step).to_integral_value(rounding="ROUND_CEILING") * step
    return least + step if strict and least == bound else least


def _inside(domain: Domain, logical: LogicalType) -> tuple[Decimal | None, Decimal | None]:
    """Return the least and the greatest number of a domain that the column can hold.

    Single precision keeps one step away from a bound: what it holds of 0.7 is less than 0.7.
    """
    low, high = _number(domain.low), _number(domain.high)
    step = step_of(logical)
    if not _is_exact(logical) and low is not None and high is not None and high - low < 100 * step:
        step = Decimal(1).scaleb(-decimals_of(logical))
    is_single = isinstance(logical, FloatType) and logical.bits == 32
    strict = [s or (is_single and not _is_binary(b)) for s, b in ((domain.low_strict, low), (domain.high_strict, high))]
    if low is not None and (_is_exact(logical) or strict[0]):
        low = _least_above(low, step, strict=strict[0])
    if high is not None and (_is_exact(logical) or strict[1]):
        high = -_least_above(-high, step, strict=strict[1])
    return low, high


def _is_exact(logical: LogicalType) -> bool:
    return not isinstance(logical, FloatType) and not (isinstance(logical, DecimalType) and logical.precision is None)


_LARGEST_SINGLE = Decimal("3.4e38")


def _is_binary(bound: Decimal | None) -> bool:
    """Tell whether single precision holds a number as it is."""
    return bound is None or abs(bound) > _LARGEST_SINGLE or Decimal(unpack("f", pack("f", bound))[0]) == bound


def _fit_number(strategy: Strategy, domain: Domain, evidence: Evidence) -> Strategy:
    (low, high), step = _inside(domain, evidence.type), step_of(evidence.type)
    match strategy:
        case Number():
            return avoid(clamp(strategy, low, high), domain, step)
        case Categorical():
            kept = _keep(strategy, lambda v: is_inside(v, domain))
            return kept or clamp(number_of_type(evidence), low, high)
        case Constant(value=value) if value is not None and not is_inside(value, domain):
            return clamp(number_of_type(evidence), low, high)
        case Sequence(start=start) if low is not None and start < low:
            return strategy.model_copy(update={"start": int(low.to_integral_value(rounding="ROUND_CEILING"))})
        case _:
            return strategy


def clamp(number: Number, low: Decimal | None, high: Decimal | None) -> Number:
    """Return the number within the bounds; where its own range lies outside, the bounds themselves are the range."""
    new_low = number.low if low is None or low <= number.low else low
    new_high = number.high if high is None or high >= number.high else high
    if new_low > new_high:
        new_low = low if low is not None else (high or Decimal(0)) - 100
        new_high = high if high is not None else new_low + max(abs(new_low), Decimal(100))
    if (new_low, new_high) == (number.low, number.high):
        return number
    return number.model_copy(update={"low": new_low, "high": new_high, "distribution": _within(number.distribution, new_low, new_high)})


def _within(distribution: Distribution, low: Decimal, high: Decimal) -> Distribution:
    """Return the distribution, or an even one where its middle lies outside the new range."""
    middle = {"log_normal": "median", "normal": "mean"}.get(distribution.kind)
    if middle is None or low <= Decimal(str(getattr(distribution, middle))) <= high:
        return distribution
    if isinstance(distribution, LogNormal | Normal) and low > 0:
        return LogNormal(median=float(low + (high - low) / 3), sigma=0.6)
    return Uniform()


def avoid(number: Number, domain: Domain, step: Decimal) -> Number:
    """Return the number without excluded values at its ends."""
    out = {value for text in domain.excluded if (value := _number(text)) is not None}
    low, high = number.low, number.high
    if low <= 0 <= high and Decimal(0) in out and high > 0:
        low = step
    while low in out and low < high:
        low += step
    while high in out and low < high:
        high -= step
    return number if (low, high) == (number.low, number.high) else number.model_copy(update={"low": low, "high": high})


def day_of(text: str | None) -> date | None:
    """Return the day that a text begins with, or None."""
    try:
        return None if text is None else date.fromisoformat(text[:10])
    except ValueError:
        return None


def _fit_moment(strategy: Strategy, domain: Domain, evidence: Evidence) -> Strategy:
    low, high = day_of(domain.low), day_of(domain.high)
    low = low + timedelta(days=1) if low and domain.low_strict else low
    high = high - timedelta(days=1) if high and (domain.high_strict or len(domain.high or "") > 10) else high
    if low is None and high is None:
        return strategy
    if isinstance(strategy, Offset) and isinstance(strategy.fallback, Temporal) and strategy.base.relation is not None:
        strategy = strategy.fallback
    if not isinstance(strategy, Temporal):
        return strategy
    new_low, new_high = max(strategy.low, low or date.min), min(strategy.high, high or date.max)
    if new_low > new_high:
        new_low, new_high = (low or (high or new_high) - timedelta(days=365)), (high or (low or new_low) + timedelta(days=365))
    after = () if high is not None and high < evidence.setting.as_of else strategy.after  # parents of today come too late for it
    return strategy.model_copy(update={"low": new_low, "high": new_high, "after": after})


def fit_types(draft: TableDraft) -> None:
    """Numbers stay within the type, text within its length."""
    for evidence in draft.evidences:
        before = draft.strategy(evidence.name)
        after = _fit_type(before, evidence)
        if after != before:
            draft.change(
                evidence.name, strategy=after, because=f"{draft.columns[evidence.name].reason}; fitted to {evidence.column.sql_type}"
            )


def _fit_type(strategy: Strategy, evidence: Evidence) -> Strategy:
    match strategy:
        case Case():
            return over_branches(strategy, lambda s: _fit_type(s, evidence))
        case Number():
            return clamp(strategy, *type_bounds(evidence.type))
        case Fraction(fallback=Number() as fallback):
            return strategy.model_copy(update={"fallback": clamp(fallback, *type_bounds(evidence.type))})
        case _:
            return fit_text(strategy, evidence) if evidence.kind == "text" else strategy


def type_bounds(logical: LogicalType) -> tuple[Decimal | None, Decimal | None]:
    """Return the smallest and largest number of a numeric type, or None for none."""
    match logical:
        case IntegerType():
            return Decimal(logical.low), Decimal(logical.high)
        case DecimalType(precision=precision) if precision is not None:
            return -largest_decimal(logical), largest_decimal(logical)
        case _:
            return None, None


def respect_not_null(draft: TableDraft) -> None:
    """A NOT NULL column has no share of NULLs, no condition for them, and nothing it is computed from may be missing.

    The same goes for a nullable column that children need in every row (see `present_parents`).
    """
    wanted = needed_by_children(draft)
    for evidence in draft.evidences:
        if evidence.column.nullable and evidence.name not in wanted:
            continue
        draft.change(evidence.name, null_fraction=0.0, null_when=())
        strategy = draft.strategy(evidence.name)
        if isinstance(strategy, Offset) and strategy.fallback is None:
            draft.change(evidence.name, strategy=strategy.model_copy(update={"fallback": recent(evidence)}))
        elif (isinstance(strategy, Fraction) and strategy.fallback is None) or isinstance(strategy, Copy):
            _require(draft, strategy.base.column, strategy.base.relation)
        elif isinstance(strategy, Product):
            for side in (strategy.left, strategy.right):
                _require(draft, side.column, side.relation)


def _require(draft: TableDraft, column: str, relation: str | None) -> None:
    """Let a column of the row never be NULL because a NOT NULL one is computed from it."""
    if relation is None and column in draft.columns:
        draft.change(column, null_fraction=0.0, null_when=())
