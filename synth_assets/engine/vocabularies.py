"""Which vocabularies a plan draws from, nested ones included: their content is part of a dataset's identity."""

from collections.abc import Iterator
from typing import assert_never

from synth_assets.plan.model import Plan
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
from synth_assets.plan.templates import slots_of
from synth_assets.vocabulary import load_words


def vocabularies_of(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Return the distinct (name, locale) of every word or record list that the plan's strategies use, sorted."""
    found: set[tuple[str, str]] = set()
    for table in plan.tables:
        for column in table.columns:
            found.update(_used(column.strategy, plan.locale))
    return tuple(sorted(found))


def _used(strategy: Strategy, locale: str) -> Iterator[tuple[str, str]]:
    match strategy:
        case Vocabulary(name=name, locale=own):
            yield from _with_nested(name, own or locale)
        case Record(vocabulary=name, locale=own):
            yield name, own or locale
        case Template(templates=templates):
            yield from _in_templates(templates, locale)
        case Text(topic=topic):
            yield from _with_nested(f"sentences.{topic}", locale)
        case Email():
            yield from (("email_domain", "en_US"), ("first_name", locale), ("last_name", locale))
        case Case(branches=branches, otherwise=otherwise):
            for inner in (*(b.strategy for b in branches), otherwise):
                yield from _used(inner, locale)
        case Filled(otherwise=otherwise):
            yield from _used(otherwise, locale)
        case Sequence() | Number() | Categorical() | Pattern() | Temporal() | Ordinal() | Constant() | Uuid() | Bytes():
            return
        case Combination() | Leading() | Span():
            return
        case Offset() | Fraction() | Product() | Copy() | ForeignKeyValue() | Aggregate() | Total() | AnyRow():
            return  # their fallbacks are numbers and dates: no words either
        case _:
            assert_never(strategy)


def _with_nested(name: str, locale: str) -> Iterator[tuple[str, str]]:
    yield name, locale
    if name.startswith(("templates.", "sentences.")):
        yield from _in_templates(load_words(name, locale).values, locale)


def _in_templates(templates: tuple[str, ...], locale: str) -> Iterator[tuple[str, str]]:
    for name in sorted({s.argument for t in templates for s in slots_of(t) if s.kind == "vocabulary"}):
        yield from _with_nested(name, locale)
