"""Making text fit: the length of its column, lengths and shapes that CHECKs ask for."""

import re

from synth_assets.plan.patterns import parse_pattern
from synth_assets.plan.rules.check_domains import Domain
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.shapes import Lengths, Neighbours, lengths_of
from synth_assets.plan.strategies import Categorical, Constant, Email, Pattern, Record, Strategy, Template, Text, Vocabulary
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
    for pattern, syntax, ignore_case in domain.likes:
        shaped = pattern_of_like(pattern) if syntax == "like" else pattern_of_regex(pattern)
        if shaped and not _matches_already(strategy, pattern, syntax, ignore_case):
            strategy = Pattern(pattern=shaped)
    if isinstance(strategy, Categorical) and domain.excluded:
        kept = tuple(v for v in strategy.values if v not in domain.excluded)
        strategy = strategy if len(kept) == len(strategy.values) or not kept else Categorical(values=kept)
    if domain.max_length is not None:
        strategy = fit_text(strategy, evidence, min(domain.max_length, evidence.max_length or domain.max_length))
    lengths = measured(strategy, evidence)
    least = domain.min_length or 0
    if lengths is not None and least > 1 and lengths.shortest < least:
        size = min(max(least, 8), domain.max_length or 1000, evidence.max_length or 1000)
        strategy = Pattern(pattern=f"[A-Za-z0-9]{{{size}}}") if least <= 64 else strategy
    return fold(strategy, domain.folded) if domain.folded else strategy


def _matches_already(strategy: Strategy, pattern: str, syntax: str, ignore_case: bool) -> bool:
    """Tell whether every value of a short list matches the shape."""
    values = (
        strategy.values
        if isinstance(strategy, Categorical)
        else (strategy.value,)
        if isinstance(strategy, Constant) and strategy.value
        else ()
    )
    expression = _regex_of_like(pattern) if syntax == "like" else pattern
    try:
        return bool(values) and all(re.search(expression, v, re.IGNORECASE if ignore_case else 0) for v in values)
    except re.error:
        return False


def _regex_of_like(pattern: str) -> str:
    return "^" + "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern) + "$"


def pattern_of_like(pattern: str) -> str | None:
    """Return a pattern whose texts match LIKE: `%` becomes four letters, `_` one."""
    return "".join("[a-z]{4}" if c == "%" else "[a-z]" if c == "_" else c if c.isalnum() or c in "-_ @:/#" else "\\" + c for c in pattern)


def pattern_of_regex(expression: str) -> str | None:
    """Return a pattern whose texts match a simple regular expression, or None when it is not simple.

    Open-ended repeats become three; anything optional is left out. The result is checked against the expression.
    """
    body = expression.removeprefix("^").removesuffix("$").replace("[[:digit:]]", "[0-9]").replace("[[:alpha:]]", "[A-Za-z]")
    body = body.replace("[[:alnum:]]", "[A-Za-z0-9]").replace("[[:upper:]]", "[A-Z]").replace("[[:lower:]]", "[a-z]")
    found = re.findall(r"(\\.|\[[^\]^][^\]]*\]|[^\\\[\](){}*+?|^$])(\{\d+(?:,\d*)?\}|[*+?])?", body)
    if "".join(atom + count for atom, count in found) != body:
        return None
    pieces = []
    for atom, count in found:
        atom = {".": "[a-z]", r"\w": "[A-Za-z0-9]", r"\s": " "}.get(atom, atom.replace("\\", "") if atom.startswith("[") else atom)
        if count in ("*", "?"):
            continue
        repeat = re.match(r"\{(\d+)", count)
        times = max(1, int(repeat.group(1))) if repeat else 3 if count == "+" else 1
        pieces.append(atom + (f"{{{times}}}" if times > 1 else ""))
    shaped = "".join(pieces)
    return shaped if _proved(shaped, expression) else None


def _proved(shaped: str, expression: str) -> bool:
    """Try the first and the last text of the pattern, and one between, against the expression."""
    try:
        positions = parse_pattern(shaped)
        texts = ["".join(p[0] for p in positions), "".join(p[-1] for p in positions), "".join(p[len(p) // 2] for p in positions)]
        translated = expression.replace("[[:digit:]]", "[0-9]").replace("[[:alpha:]]", "[A-Za-z]").replace("[[:alnum:]]", "[A-Za-z0-9]")
        return bool(texts[0]) and all(
            re.search(translated.replace("[[:upper:]]", "[A-Z]").replace("[[:lower:]]", "[a-z]"), t) for t in texts
        )
    except (re.error, ValueError):
        return False


def fold(strategy: Strategy, case: str) -> Strategy:
    """Return the strategy written in lower or upper case."""
    change = str.lower if case == "lower" else str.upper
    match strategy:
        case Vocabulary(name=name):
            return Template(templates=(f"{{vocabulary:{name}|{case}}}",))
        case Categorical(values=values):
            return Categorical(values=tuple(dict.fromkeys(change(v) for v in values)))
        case Pattern(pattern=pattern):
            swapped = re.sub(r"A-Z|a-z", "a-z" if case == "lower" else "A-Z", pattern)
            literal = re.sub(r"(\\.)|([A-Za-z])(?![^\[]*\])", lambda m: m[1] or change(m[2]), swapped)
            return Pattern(pattern=literal.replace("a-za-z", "a-z").replace("A-ZA-Z", "A-Z"))
        case _:
            return strategy
