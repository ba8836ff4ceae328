"""How many distinct values a strategy can give a column: what a unique column can hold at most.

A capacity is what the engine's permutation of the strategy's domain reaches, not a guess at collisions:
a strategy without such a domain (sentences, offsets, copies) has capacity 0 and cannot be unique.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import assert_never

from synth_assets.plan.shapes import pattern_capacity
from synth_assets.plan.strategies import (
    Aggregate,
    AnyRow,
    Bytes,
    Case,
    Categorical,
    Combination,
    Constant,
    Copy,
    Email,
    Filled,
    ForeignKeyValue,
    Fraction,
    Leading,
    Number,
    Offset,
    Ordinal,
    Pattern,
    Product,
    Record,
    Sequence,
    Span,
    Strategy,
    Template,
    Temporal,
    Text,
    Total,
    Uuid,
    Vocabulary,
)
from synth_assets.plan.templates import parse_number_range, slots_of
from synth_assets.schema.arrow import UNBOUNDED_DECIMAL_SCALE
from synth_assets.schema.types import DecimalType, FloatType, IntegerType, LogicalType, TextType
from synth_assets.vocabulary import load_words

SECONDS_A_DAY = 86_400
FLOAT_DECIMALS = 4


def capacity_of(strategy: Strategy, logical: LogicalType, locale: str) -> int | None:
    """Return the number of distinct values a strategy gives a column of this type; None when it has no bound.

    Raises:
        ValueError: If a pattern or template cannot be read.
        VocabularyError: If a vocabulary does not exist.
    """
    match strategy:
        case Sequence() | Ordinal():
            return _counting_capacity(strategy, logical)
        case Uuid():
            return None if not isinstance(logical, TextType) or logical.max_length is None or logical.max_length >= 36 else 0
        case Email():
            return None
        case Number():
            return _number_capacity(strategy, logical)
        case Vocabulary(name=name, locale=own):
            return 0 if name.startswith(("templates.", "sentences.")) else len(load_words(name, own or locale).values)
        case Pattern(pattern=pattern):
            return pattern_capacity(pattern)
        case Template():
            return _template_capacity(strategy, locale)
        case Temporal():
            return _temporal_capacity(strategy, logical)
        case Categorical() | Bytes() | Constant():
            return _small_capacity(strategy)
        case Text() | Record() | Offset() | Fraction() | Product() | Copy() | ForeignKeyValue() | Case() | Aggregate() | Total():
            return 0  # no domain to permute
        case AnyRow() | Combination() | Leading() | Span() | Filled():
            return 0  # never alone
        case _:
            assert_never(strategy)


def _small_capacity(strategy: Categorical | Bytes | Constant) -> int | None:
    if isinstance(strategy, Categorical):
        return len(set(strategy.values))
    if isinstance(strategy, Constant):
        return 0 if strategy.value is None else 1
    return None if strategy.min_length >= 8 else 256**strategy.min_length


def _counting_capacity(strategy: Sequence | Ordinal, logical: LogicalType) -> int | None:
    match logical:
        case IntegerType():
            return _steps_to(logical.high, strategy)
        case DecimalType(precision=precision, scale=scale) if precision is not None:
            return _steps_to(10 ** (precision - scale) - 1, strategy)
        case TextType(max_length=length) if length is not None:
            return _steps_to(10**length - 1, strategy)
        case FloatType(bits=bits):
            return 2 ** (24 if bits == 32 else 53)
        case _:
            return None


def _steps_to(highest: int, strategy: Sequence | Ordinal) -> int:
    return max(0, (int(highest) - strategy.start) // max(1, strategy.step) + 1)


def decimals_of(logical: LogicalType) -> int:
    """Return the digits after the point that a numeric column shows."""
    match logical:
        case DecimalType(precision=None):
            return UNBOUNDED_DECIMAL_SCALE
        case DecimalType(scale=scale):
            return scale
        case FloatType():
            return FLOAT_DECIMALS
        case _:
            return 0


def _number_capacity(strategy: Number, logical: LogicalType) -> int:
    if strategy.step is not None:
        return int((strategy.high - strategy.low) // strategy.step) + 1
    return max(0, _count_inside(strategy, shown_decimals(strategy, decimals_of(logical))))


def shown_decimals(strategy: Number, own: int) -> int:
    """Return the digits after the point that numbers are drawn with: `decimals`, or more where no value of so few lies in the range.

    Args:
        own: The digits the column has.
    """
    shown = own if strategy.decimals is None else min(strategy.decimals, own)
    while shown < own and _count_inside(strategy, shown) < 1:
        shown += 1
    return shown


def _count_inside(strategy: Number, decimals: int) -> int:
    """Count the multiples of 10**-decimals in the range."""
    low = strategy.low.scaleb(decimals).to_integral_value(rounding=ROUND_CEILING)
    return int(strategy.high.scaleb(decimals).to_integral_value(rounding=ROUND_FLOOR) - low) + 1


def _template_capacity(strategy: Template, locale: str) -> int:
    """Count the number and pattern slots of a single template; a template without any counts its plain vocabularies."""
    if len(strategy.templates) != 1:
        return 0
    counted, words = 1, 1
    slots = slots_of(strategy.templates[0])
    for slot in slots:
        if slot.kind == "number":
            low, high = parse_number_range(slot.argument)
            counted *= high - low + 1
        elif slot.kind == "pattern":
            counted *= pattern_capacity(slot.argument)
        elif slot.kind == "vocabulary":
            words *= 1 if slot.argument.startswith("templates.") else len(load_words(slot.argument, locale).values)
    return counted if any(s.kind in ("number", "pattern") for s in slots) else words


def _temporal_capacity(strategy: Temporal, logical: LogicalType) -> int:
    days = (strategy.high - strategy.low).days + 1
    if logical.kind == "date":
        return days
    hours = {"business": 10, "waking": 16, "any": 24, "midnight": 0}[strategy.time_of_day]
    seconds = max(1, hours * 3600)
    return seconds if logical.kind == "time" else days * seconds
