"""Sizes of text: how many distinct texts a strategy makes, and how long they get.

The language of `Pattern` and `Template` is read by `plan.patterns` and `plan.templates`; here it is only measured.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import assert_never

from synth_assets.plan.patterns import parse_pattern
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
from synth_assets.plan.templates import Slot, parse_number_range, parse_template
from synth_assets.vocabulary import load_records, load_words

EMAIL_LENGTH = 60
"""Longest address made of drawn names; those of the row's own names are cut by the engine like any text."""

_DEEPEST_NESTING = 5


@dataclass(frozen=True)
class Lengths:
    """Least and greatest number of characters; greatest None when there is no bound."""

    shortest: int
    longest: int | None

    def then(self, other: "Lengths") -> "Lengths":
        longest = None if self.longest is None or other.longest is None else self.longest + other.longest
        return Lengths(self.shortest + other.shortest, longest)

    def either(self, other: "Lengths") -> "Lengths":
        longest = None if self.longest is None or other.longest is None else max(self.longest, other.longest)
        return Lengths(min(self.shortest, other.shortest), longest)


_FIXED_LENGTHS = {
    "uuid": Lengths(36, 36),
    "email": Lengths(10, EMAIL_LENGTH),
    "sequence": Lengths(1, 19),
    "ordinal": Lengths(1, 19),
}


@dataclass(frozen=True)
class Neighbours:
    """What measuring needs to know of a row's other columns: their lengths, by name."""

    locale: str
    lengths: Mapping[str, Lengths] = field(default_factory=dict)
    subject: str = ""


def lengths_of(strategy: Strategy, around: Neighbours) -> Lengths | None:
    """Return the lengths of the texts a strategy writes, before any cut; None when the strategy itself does not say.

    Raises:
        ValueError: If a pattern or a template cannot be read.
        VocabularyError: If a vocabulary does not exist.
    """
    match strategy:
        case Categorical() | Constant() | Combination() | Leading() | Span():
            return _listed_lengths(strategy)
        case Vocabulary(name=name, locale=locale):
            return vocabulary_lengths(name, locale or around.locale)
        case Record(vocabulary=name, field=record_field, locale=locale):
            values = load_records(name, locale or around.locale).field_values(record_field)
            return Lengths(min(map(len, values)), max(map(len, values)))
        case Pattern(pattern=pattern, checksum=checksum):
            return pattern_lengths(pattern).then(Lengths(1, 1) if checksum else Lengths(0, 0))
        case Template(templates=templates):
            return _any_of([template_lengths(t, around) for t in templates])
        case Text():
            return _text_lengths(strategy, around)
        case Uuid() | Email() | Sequence() | Ordinal():
            return _FIXED_LENGTHS[strategy.kind]
        case Case(branches=branches, otherwise=otherwise):
            parts = [lengths_of(s, around) for s in (*(b.strategy for b in branches), otherwise)]
            known = [p for p in parts if p is not None]
            return _any_of(known) if len(known) == len(parts) else None
        case Number() | Temporal() | Offset() | Fraction() | Product() | Copy() | ForeignKeyValue() | Bytes():
            return None
        case Aggregate() | Total() | AnyRow() | Filled():
            return None
        case _:
            assert_never(strategy)


def _listed_lengths(strategy: Categorical | Constant | Combination | Leading | Span) -> Lengths | None:
    """Lengths of listed values; numbers, dates and ranges have the type's own."""
    match strategy:
        case Constant(value=value):
            values: tuple[str, ...] = (value or "",)
        case Leading(first=first, values=others):
            values = (*first, *others)
        case Categorical(values=values) | Combination(values=values):
            pass
        case Span():
            values = ()
    return Lengths(min(map(len, values)), max(map(len, values))) if values else None


def _any_of(parts: list[Lengths]) -> Lengths:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.either(part)
    return whole


def _text_lengths(strategy: Text, around: Neighbours) -> Lengths:
    neighbours = Neighbours(around.locale, around.lengths, strategy.subject)
    sentences = [template_lengths(t, neighbours) for t in load_words(f"sentences.{strategy.topic}", around.locale).values]
    one = _any_of(sentences)
    longest = None if one.longest is None else (one.longest + 1) * strategy.max_sentences - 1
    return Lengths((one.shortest + 1) * strategy.min_sentences - 1, longest)


@lru_cache(maxsize=10_000)
def pattern_lengths(pattern: str) -> Lengths:
    """Return the lengths of a pattern's texts. Raises ValueError when it cannot be read."""
    positions = parse_pattern(pattern)
    return Lengths(sum(min(map(len, p)) for p in positions), sum(max(map(len, p)) for p in positions))


@lru_cache(maxsize=10_000)
def pattern_capacity(pattern: str) -> int:
    """Return how many texts a pattern can tell apart; 0 where two ways of filling it may read the same, as in `(a|ab)(c|bc)`.

    Raises ValueError when it cannot be read.
    """
    positions = parse_pattern(pattern)
    of_several_lengths = sum(len({len(text) for text in p}) > 1 for p in positions)
    return math.prod(len(p) for p in positions) if of_several_lengths < 2 else 0


@lru_cache(maxsize=10_000)
def vocabulary_lengths(name: str, locale: str, depth: int = 0) -> Lengths:
    """Return the lengths of a vocabulary's entries, slots of template lists filled. Raises VocabularyError, ValueError."""
    values = load_words(name, locale).values
    if not name.startswith(("templates.", "sentences.")):
        return Lengths(min(map(len, values)), max(map(len, values)))
    if depth > _DEEPEST_NESTING:
        raise ValueError(f"vocabulary '{name}' refers to itself")
    return _any_of([template_lengths(v, Neighbours(locale), depth + 1) for v in values])


def template_lengths(template: str, around: Neighbours, depth: int = 0) -> Lengths:
    """Return the lengths of one template's texts. Raises ValueError, VocabularyError."""
    whole = Lengths(0, 0)
    for part in parse_template(template):
        whole = whole.then(Lengths(len(part), len(part)) if isinstance(part, str) else _slot_lengths(part, around, depth))
    return whole


def _slot_lengths(slot: Slot, around: Neighbours, depth: int) -> Lengths:
    match slot.kind:
        case "vocabulary":
            return vocabulary_lengths(slot.argument, around.locale, depth)
        case "column":
            return around.lengths.get(slot.argument, Lengths(0, None))
        case "number":
            low, high = parse_number_range(slot.argument)
            return Lengths(len(str(low)), len(str(high)))
        case "pattern":
            return pattern_lengths(slot.argument)
        case _:
            return Lengths(len(around.subject), len(around.subject))
