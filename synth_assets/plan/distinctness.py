"""Whether the values of a strategy that never repeats still differ as the database compares them: letter case, accents, blanks.

A proof over the strategy's domain, never over rows: digits and one letter case differ under every collation, a number at
the end of a text can be read back from it, and a list of words is simply compared.
"""

from itertools import groupby

from synth_assets.plan.patterns import parse_pattern
from synth_assets.plan.strategies import (
    Categorical,
    Email,
    ForeignKeyValue,
    Number,
    Ordinal,
    Pattern,
    Sequence,
    Strategy,
    Template,
    Temporal,
    Uuid,
    Vocabulary,
)
from synth_assets.plan.templates import slots_of
from synth_assets.schema.collations import Collation, differ, holds
from synth_assets.vocabulary import load_words

CASE_AND_BLANKS = Collation(ignores_case=True, pads=True)
"""What `lower`, `upper` and `trim` around a column make of its values."""


def stays_distinct(strategy: Strategy, locale: str, seen: Collation) -> bool:
    """Tell whether a strategy's distinct values still differ under a collation, and none of them changes to fit its charset."""
    match strategy:
        case Sequence() | Uuid() | Email() | Number() | Temporal() | Ordinal() | ForeignKeyValue():
            return True  # digits, one letter case, or what the parent's own key keeps apart
        case Categorical(values=values):
            return values_differ(values, seen)
        case Vocabulary(name=name, locale=own) if not name.startswith(("templates.", "sentences.")):
            return values_differ(load_words(name, own or locale).values, seen)
        case Pattern(pattern=pattern):
            return pattern_differs(pattern, seen)
        case Template(templates=(template,)):
            return _template_differs(template, locale, seen)
        case _:
            return seen.is_exact and seen.charset is None


def _template_differs(template: str, locale: str, seen: Collation) -> bool:
    slots = slots_of(template)
    if any(s.kind in ("number", "pattern") for s in slots):
        return all(pattern_differs(s.argument, seen) for s in slots if s.kind == "pattern")
    words = [s for s in slots if s.kind == "vocabulary"]
    if len(words) != 1:
        return seen.is_exact and seen.charset is None
    return values_differ(load_words(words[0].argument, locale).values, seen)


def values_differ(values: tuple[str, ...], seen: Collation) -> bool:
    """Tell whether listed values differ under a collation, blanks before them left away too where those behind them are."""
    compared = {v.strip() for v in values} if seen.pads else set(values)
    return len(compared) == len(set(values)) and all(holds(v, seen.charset) for v in values) and differ(compared, seen)


def pattern_differs(pattern: str, seen: Collation) -> bool:
    """Tell whether two texts of a pattern differ under a collation wherever they differ at all.

    Each position must tell its own options apart; a blank that could end a text must not decide where lengths vary.
    """
    positions = parse_pattern(pattern)
    uneven = any(len({len(option) for option in p}) > 1 for p in positions)
    if seen.pads and uneven and any(" " in option for p in positions for option in p):
        return False
    if seen.pads and not uneven:  # texts of one length: a blank counts like any other character
        seen = seen.model_copy(update={"pads": False})
    return all(values_differ(p, seen) for p in set(positions))


def narrowed_to(strategy: Strategy, seen: Collation) -> Strategy | None:
    """Return the strategy without values that a collation takes for others; None where it cannot be narrowed so."""
    match strategy:
        case Categorical(values=values, weights=weights):
            kept = distinct_values(values, seen)
            shares = dict(zip(values, weights, strict=False)) if weights else {}
            return Categorical(values=kept, weights=tuple(shares[v] for v in kept) if shares.keys() >= set(kept) else None)
        case Pattern(pattern=pattern):
            narrowed = narrowed_pattern(pattern, seen)
            return None if narrowed is None else strategy.model_copy(update={"pattern": narrowed})
        case _:
            return None


def narrowed_pattern(pattern: str, seen: Collation) -> str | None:
    """Return a pattern of fewer texts that all differ under a collation: of each option and its twins the first.

    None where nothing is left to vary, or where an option is more than one character, which no class can hold.
    """
    kept: list[str] = []
    for options, run in groupby(parse_pattern(pattern)):
        if any(len(o) != 1 for o in options):
            return None
        different = _first_of_twins(options, seen)
        if not different:
            return None
        count = len(list(run))
        kept.append(_class_of(different) + (f"{{{count}}}" if count > 1 else ""))
    return "".join(kept)


def _first_of_twins(options: tuple[str, ...], seen: Collation) -> tuple[str, ...]:
    kept: tuple[str, ...] = ()
    for option in options:
        if values_differ((*kept, option), seen):
            kept = (*kept, option)
    return kept


def _class_of(options: tuple[str, ...]) -> str:
    """Write characters as a class: ranges where they follow one another, a character by itself escaped."""
    if len(options) == 1:
        return options[0] if options[0].isalnum() else f"\\{options[0]}"
    plain = sorted(o for o in options if o not in "]-^\\")
    parts = []
    for _, group in groupby(enumerate(plain), key=lambda pair: ord(pair[1]) - pair[0]):
        run = [character for _, character in group]
        parts.append(f"{run[0]}-{run[-1]}" if len(run) > 2 else "".join(run))
    closing = "]" if "]" in options else ""
    rest = "".join(o for o in ("\\", "^", "-") if o in options)
    body = f"{closing}{''.join(parts)}{rest}"
    return f"[{'-^' if body == '^-' else body}]"


def distinct_values(values: tuple[str, ...], seen: Collation) -> tuple[str, ...]:
    """Return the values without those that a collation takes for an earlier one."""
    return _first_of_twins(tuple(dict.fromkeys(values)), seen.model_copy(update={"charset": None}))
