"""Text that meets all conditions on its column together: what is there already, its own kin, or shapes found in the conditions."""

from collections.abc import Iterator
from functools import reduce

from synth_assets.plan.languages import Language, UnreadablePatternError, shapes_of, texts_of
from synth_assets.plan.languages.automata import both
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.shapes import Lengths, Neighbours, lengths_of
from synth_assets.plan.strategies import Categorical, Email, Pattern, Strategy, Template, Vocabulary
from synth_assets.plan.templates import Slot, parse_template
from synth_assets.plan.text_proofs import language_of_check
from synth_assets.schema.expressions import Expression
from synth_assets.vocabulary import load_words

_MOST_INLINE_VALUES = 60
_FEWEST_WORDS = 3
CASES = ("lower", "upper")


def language_of_conditions(conditions: tuple[Expression, ...], evidence: Evidence) -> Language | None:
    """Return the texts that meet all conditions that can be told; None when there is none of those."""
    single = evidence.max_length == 1
    found = [language_of_check(c, evidence.name, one_character=single) for c in conditions]
    known = [language for language in found if language is not None]
    return reduce(both, known) if known else None


def obey_conditions(strategy: Strategy, conditions: tuple[Expression, ...], evidence: Evidence) -> Strategy:
    """Return the strategy, or the nearest one, whose texts meet the conditions; itself where nobody can say."""
    language = language_of_conditions(conditions, evidence)
    if language is None or writes_only(strategy, language, evidence):
        return strategy
    kin = next((k for k in _kin(strategy, language, evidence) if writes_only(k, language, evidence)), None)
    return kin or shaped(language, evidence) or strategy


def writes_only(strategy: Strategy, language: Language, evidence: Evidence, *, unique: bool = False) -> bool:
    """Tell whether every text of a strategy, cut to the column's length, is in the language."""
    lengths, texts = _lengths(strategy, evidence), texts_of(strategy, evidence.setting.locale, unique=unique)
    if texts is None or lengths is None:
        return False
    limit = evidence.max_length
    is_cut = limit is not None and (lengths.longest is None or lengths.longest > limit)
    return language.verdicts(texts, prefixes=is_cut) == {True}


def _lengths(strategy: Strategy, evidence: Evidence) -> Lengths | None:
    try:
        return lengths_of(strategy, Neighbours(evidence.setting.locale))
    except ValueError:
        return None


def _kin(strategy: Strategy, language: Language, evidence: Evidence) -> Iterator[Strategy]:
    """Yield the strategy without what the language lacks, then in lower and in upper case, then the same of that."""
    yield from _without_strangers(strategy, language, evidence)
    for case in CASES:
        folded = fold(strategy, case)
        if folded != strategy:
            yield folded
            yield from _without_strangers(folded, language, evidence)
    if evidence.ends("email", "mail"):
        yield Email()


def _without_strangers(strategy: Strategy, language: Language, evidence: Evidence) -> Iterator[Strategy]:
    match strategy:
        case Categorical(values=values, weights=weights):
            places = [i for i, v in enumerate(values) if _holds(language, v)]
            if places and len(places) < len(values):
                kept = tuple(weights[i] for i in places) if weights else None
                yield Categorical(values=tuple(values[i] for i in places), weights=kept)
        case Vocabulary(name=name, locale=locale) if not name.startswith(("templates.", "sentences.")):
            words = load_words(name, locale or evidence.setting.locale)
            limit = evidence.max_length or 10_000
            places = [i for i, v in enumerate(words.values) if len(v) <= limit and _holds(language, v)]
            if len(places) >= _FEWEST_WORDS:
                weight = words.weights or (1.0,) * len(words.values)
                places = sorted(sorted(places, key=lambda i: -weight[i])[:_MOST_INLINE_VALUES])
                kept = tuple(words.weights[i] for i in places) if words.weights else None
                yield Categorical(values=tuple(words.values[i] for i in places), weights=kept)
        case Template(templates=templates):
            fitting = tuple(t for t in templates if writes_only(Template(templates=(t,)), language, evidence))
            if fitting:
                yield Template(templates=fitting)


def _holds(language: Language, text: str) -> bool:
    try:
        return language.holds(text)
    except UnreadablePatternError:
        return False


def shaped(language: Language, evidence: Evidence, *, wide: bool = False) -> Strategy | None:
    """Return a strategy for texts found in the language, or None when none is found.

    Args:
        wide: Many texts matter more than plain ones: for unique columns.
    """
    limit = evidence.max_length
    found = shapes_of(language, 0 if limit == 0 else 1, limit, wide=wide) or shapes_of(language, 0, limit, wide=wide)
    if found is None:
        return None
    if found.texts:
        from synth_assets.plan.rules.categories import default_of, weigh

        return Categorical(values=found.texts, weights=weigh(found.texts, default_of(evidence)))
    plain = [p for p in found.patterns if "\\{" not in p and "\\}" not in p]
    if len(plain) < 2:
        return Pattern(pattern=found.patterns[0])
    return Template(templates=tuple(f"{{pattern:{p}}}" for p in plain))


def fold(strategy: Strategy, case: str) -> Strategy:
    """Return the strategy written in lower or upper case, where that is a matter of words; itself otherwise."""
    match strategy:
        case Vocabulary(name=name, locale=None):
            return Template(templates=(f"{{vocabulary:{name}|{case}}}",))
        case Categorical(values=values, weights=weights):
            changed = tuple(dict.fromkeys(getattr(v, case)() for v in values))
            return Categorical(values=changed, weights=weights if len(changed) == len(values) else None)
        case Template(templates=templates):
            return strategy.model_copy(update={"templates": tuple(_fold_template(t, case) for t in templates)})
        case _:
            return strategy


def _fold_template(template: str, case: str) -> str:
    return "".join(_fold_part(part, case) for part in parse_template(template))


def _fold_part(part: str | Slot, case: str) -> str:
    if isinstance(part, str):
        return str(getattr(part, case)()).replace("{", "{{").replace("}", "}}")
    filters = part.filters if part.kind in {"pattern", "number"} or "slug" in part.filters else (*part.filters, case)
    return "{" + ":".join(p for p in (part.kind, part.argument) if p) + "".join(f"|{f}" for f in filters) + "}"
