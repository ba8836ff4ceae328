"""Making text fit: the length of its column, lengths and shapes that CHECKs ask for."""

from synth_assets.plan.patterns import parse_pattern
from synth_assets.plan.rules.check_domains import Domain
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.rules.text_domains import language_of_conditions, obey_conditions, shaped
from synth_assets.plan.shapes import Lengths, Neighbours, lengths_of
from synth_assets.plan.strategies import Categorical, Email, Pattern, Record, Strategy, Template, Text, Vocabulary
from synth_assets.schema.expressions import Call, Comparison
from synth_assets.vocabulary import load_words

_SHORTEST_SENTENCE_COLUMN = 30
_MOST_INLINE_VALUES = 60
_TOLERATED_WEIGHT = 0.97
"""Share of a vocabulary, by weight, that must fit for the rest to be cut."""

_TOLERATED_CUT = 0.6
"""Share of a vocabulary's longest entry that must fit for the rest to be cut at a word by the engine."""


def measured(strategy: Strategy, evidence: Evidence) -> Lengths | None:
    """Return the lengths of a strategy's text in this table's setting; columns it quotes have no known length."""
    return lengths_of(strategy, Neighbours(evidence.setting.locale))


def fit_text(strategy: Strategy, evidence: Evidence, limit: int | None = None) -> Strategy:
    """Return the strategy, or a shorter kin, for a column of `limit` characters (its own maximum by default)."""
    limit = evidence.max_length if limit is None else limit
    lengths = measured(strategy, evidence) if limit is not None else None
    if limit is None or lengths is None or (lengths.longest is not None and lengths.longest <= limit):
        return strategy
    match strategy:
        case Categorical():
            return _shorter_values(strategy, limit)
        case Vocabulary(name=name):
            return _shorter_words(strategy, name, lengths, limit, evidence)
        case Record(field=field):
            shorter = {"state": "state_code", "country": "country_code", "phone_international": "phone"}.get(field)
            tight = lengths.longest is not None and limit < _TOLERATED_CUT * lengths.longest
            return strategy.model_copy(update={"field": shorter}) if shorter and tight else strategy
        case Text():
            if limit < _SHORTEST_SENTENCE_COLUMN:
                return fit_text(Vocabulary(name="templates.label"), evidence, limit) if limit > 12 else code_of(limit)
            return strategy.model_copy(update={"min_sentences": 1, "max_sentences": max(1, min(strategy.max_sentences, limit // 110))})
        case Template(templates=templates):
            kept = tuple(t for t in templates if _fits(t, evidence, limit))
            return Template(templates=kept) if kept else strategy if limit > 12 else code_of(limit)
        case Pattern(pattern=pattern):
            return _shorter_pattern(pattern, limit)
        case Email() if limit < 25:
            return Pattern(pattern=rf"[a-z]{{{limit - 10}}}@a\.example") if limit > 12 else code_of(limit)
        case _:
            return strategy


def code_of(limit: int) -> Pattern:
    """Return capital letters and digits of at most eight characters."""
    return Pattern(pattern="[A-Z]" if limit <= 1 else f"[A-Z0-9]{{{min(limit, 8)}}}")


def _fits(template: str, evidence: Evidence, limit: int) -> bool:
    lengths = measured(Template(templates=(template,)), evidence)
    return lengths is not None and lengths.longest is not None and lengths.longest <= limit


def _shorter_values(strategy: Categorical, limit: int) -> Strategy:
    places = [i for i, v in enumerate(strategy.values) if len(v) <= limit]
    if not places:
        initials = tuple(dict.fromkeys(v[:limit].strip() or "A" for v in strategy.values))
        return Categorical(values=initials)
    weights = tuple(strategy.weights[i] for i in places) if strategy.weights else None
    return Categorical(values=tuple(strategy.values[i] for i in places), weights=weights)


def _shorter_words(strategy: Vocabulary, name: str, lengths: Lengths, limit: int, evidence: Evidence) -> Strategy:
    if lengths.longest is not None and limit >= _TOLERATED_CUT * lengths.longest and limit >= 12:
        return strategy
    if not name.startswith(("templates.", "sentences.")):
        words = load_words(name, strategy.locale or evidence.setting.locale)
        places = [i for i, v in enumerate(words.values) if len(v) <= limit]
        weight = words.weights or (1.0,) * len(words.values)
        if sum(weight[i] for i in places) >= _TOLERATED_WEIGHT * sum(weight):
            return strategy
        if len(places) >= 3:
            places = sorted(sorted(places, key=lambda i: -weight[i])[:_MOST_INLINE_VALUES])
            weights = tuple(words.weights[i] for i in places) if words.weights else None
            return Categorical(values=tuple(words.values[i] for i in places), weights=weights)
    return fit_text(Vocabulary(name="tag"), evidence, limit) if limit >= 6 and name != "tag" else code_of(limit) if limit < 12 else strategy


def _shorter_pattern(pattern: str, limit: int) -> Strategy:
    """Cut a pattern's front away, character by character, keeping what varies."""
    positions = parse_pattern(pattern)[-limit:]
    if all(len(option) == 1 for options in positions for option in options) and any(len(o) > 1 for o in positions):
        return Pattern(pattern="".join(_position(o) for o in positions))
    return code_of(limit)


def _position(options: tuple[str, ...]) -> str:
    if options == tuple("0123456789"):
        return r"\d"
    if len(options) == 1:
        return options[0] if options[0].isalnum() or options[0] in "-_ #:/@" else "\\" + options[0]
    return "[" + "".join(o for o in options if o.isalnum()) + "]"


def fit_shape(strategy: Strategy, domain: Domain, evidence: Evidence) -> Strategy:
    """Return a strategy whose text has the length, the shape and the case that CHECKs ask for, as far as they can be read."""
    first, last = domain.low or "", domain.high or ""
    if len(first) == len(last) == 1 and first.isalnum() and last.isalnum() and first <= last:
        return Pattern(pattern=f"[{first}-{last}]" if first < last else first)
    if domain.max_length is not None:
        strategy = fit_text(strategy, evidence, min(domain.max_length, evidence.max_length or domain.max_length))
    lengths = measured(strategy, evidence)
    if lengths is not None and only_lengths(domain) and lengths.shortest >= (domain.min_length or 0) and _is_short_enough(lengths, domain):
        return strategy
    return obey_conditions(strategy, domain.conditions, evidence)


def fit_unique_text(domain: Domain, evidence: Evidence) -> Strategy | None:
    """Return as many texts as the conditions on a column allow, in one shape; None where nobody can say what they allow."""
    language = language_of_conditions(domain.conditions, evidence)
    return None if language is None else shaped(language, evidence, wide=True)


def only_lengths(domain: Domain) -> bool:
    """Tell whether the conditions on a column are about its length alone."""
    return all(isinstance(c, Comparison) and isinstance(c.left, Call) and c.left.function == "length" for c in domain.conditions)


def _is_short_enough(lengths: Lengths, domain: Domain) -> bool:
    return domain.max_length is None or (lengths.longest is not None and lengths.longest <= domain.max_length)
