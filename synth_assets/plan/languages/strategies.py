"""Which texts a strategy can write, as a tree: never fewer than it does, sometimes more; None where nobody can say."""

from dataclasses import dataclass
from functools import lru_cache

from synth_assets.plan.languages.charsets import CharSet, in_any_case, intersect, of_text, unchanged, union
from synth_assets.plan.languages.syntax import DIGIT, Chain, Chars, Either, Node, Repeat, Words, map_chars
from synth_assets.plan.patterns import parse_pattern
from synth_assets.plan.strategies import (
    Case,
    Categorical,
    Constant,
    Email,
    Ordinal,
    Pattern,
    Record,
    Sequence,
    Strategy,
    Template,
    Text,
    Uuid,
    Vocabulary,
)
from synth_assets.plan.templates import Slot, parse_number_range, parse_template
from synth_assets.vocabulary import load_records, load_words

_BLANK = Chars(of_text(" "))
_SLUG = Repeat(Chars(of_text("abcdefghijklmnopqrstuvwxyz0123456789")), 0, None)
_DEEPEST = 4
_DIGITS = Repeat(Chars(DIGIT), 1, 19)
_HEX = Chars(of_text("0123456789abcdef"))


def texts_of(strategy: Strategy, locale: str, *, unique: bool = False) -> Node | None:
    """Return the texts a strategy can write before any cut to the column's length.

    Args:
        strategy: Of a text column.
        locale: The plan's.
        unique: The column's plan is unique, which makes some strategies add a number.
    """
    try:
        return _texts(strategy, locale, unique)
    except ValueError:
        return None  # a pattern or template that cannot be read: validation says so


def _texts(strategy: Strategy, locale: str, unique: bool) -> Node | None:
    match strategy:
        case Constant(value=value):
            return Words((value,)) if value is not None else Either(())
        case Categorical(values=values):
            return Words(tuple(dict.fromkeys(values)))
        case Vocabulary(name=name, locale=own):
            return None if unique and _is_rendered(name) else _vocabulary(name, own or locale, 0)
        case Record(vocabulary=vocabulary, field=field, locale=own):
            return _record(vocabulary, field, own or locale)
        case Pattern(pattern=pattern, checksum=checksum):
            shape = pattern_node(pattern)
            return Chain((shape, Chars(DIGIT))) if checksum else shape
        case Template(templates=templates) if not unique or _tells_rows_apart(templates):
            return _either([_template(t, locale, 0) for t in templates])
        case Text(topic=topic, subject=subject, min_sentences=least, max_sentences=most):
            sentences = _sentences(topic, subject, locale)
            return None if sentences is None else outline_of(Chain((sentences, Repeat(Chain((_BLANK, sentences)), least - 1, most - 1))))
        case Email():
            return _addresses()
        case Uuid():
            return Chain(
                tuple(Repeat(_HEX, n, n) if isinstance(n, int) else Chars(of_text(n)) for n in (8, "-", 4, "-", 4, "-", 4, "-", 12))
            )
        case Sequence() | Ordinal():
            return Chain((Repeat(Chars(of_text("-")), 0, 1), _DIGITS)) if getattr(strategy, "origin", None) is None else None
        case Case(branches=branches, otherwise=otherwise):
            return _either([_texts(s, locale, unique) for s in (*(b.strategy for b in branches), otherwise)])
        case _:
            return None


def _is_rendered(name: str) -> bool:
    return name.startswith(("templates.", "sentences."))


def _tells_rows_apart(templates: tuple[str, ...]) -> bool:
    """Tell whether the slots of a unique template spell the row, so that no number is added."""
    return len(templates) == 1 and any(
        isinstance(p, Slot) and (p.kind in {"number", "pattern"} or (p.kind == "vocabulary" and not _is_rendered(p.argument)))
        for p in parse_template(templates[0])
    )


def _either(parts: list[Node | None]) -> Node | None:
    known = tuple(p for p in parts if p is not None)
    return None if len(known) < len(parts) else known[0] if len(known) == 1 else Either(known)


@lru_cache(maxsize=1024)
def pattern_node(pattern: str) -> Node:
    """Return the tree of a plan's pattern. Raises ValueError when it cannot be read."""
    parts: list[Node] = []
    for options in parse_pattern(pattern):
        single = all(len(o) == 1 for o in options)
        parts.append(Chars(of_text("".join(options))) if single else Words(options))
    return Chain(tuple(parts))


@lru_cache(maxsize=256)
def _vocabulary(name: str, locale: str, depth: int) -> Node | None:
    values = load_words(name, locale).values
    if not _is_rendered(name):
        return Words(tuple(dict.fromkeys(values)))
    rendered = None if depth > _DEEPEST else _either([_template(v, locale, depth + 1) for v in values])
    return None if rendered is None else outline_of(rendered)


@lru_cache(maxsize=64)
def _record(vocabulary: str, field: str, locale: str) -> Node:
    values = dict.fromkeys(load_records(vocabulary, locale).field_values(field))
    plain = tuple(v for v in values if "#" not in v and "%" not in v)
    filled = [Chain(tuple(Chars(DIGIT if c in "#%" else of_text(c)) for c in v)) for v in values if "#" in v or "%" in v]
    return Either((Words(plain), *filled))


@lru_cache(maxsize=64)
def _sentences(topic: str, subject: str, locale: str) -> Node | None:
    found = _either([_template(t, locale, 0, subject) for t in load_words(f"sentences.{topic}", locale).values])
    return None if found is None else outline_of(found)


@lru_cache(maxsize=4096)
def _template(template: str, locale: str, depth: int, subject: str = "") -> Node | None:
    parts = [Words((p,)) if isinstance(p, str) else _slot(p, locale, depth, subject) for p in parse_template(template)]
    known = tuple(p for p in parts if p is not None)
    return Chain(known) if len(known) == len(parts) else None


def _slot(slot: Slot, locale: str, depth: int, subject: str) -> Node | None:
    inner: Node | None
    match slot.kind:
        case "vocabulary":
            inner = _vocabulary(slot.argument, locale, depth)
        case "number":
            low, high = parse_number_range(slot.argument)
            inner = Repeat(Chars(DIGIT), len(str(low)), len(str(high)))
        case "pattern":
            inner = pattern_node(slot.argument)
        case "subject" if subject:
            inner = Words((subject,))
        case _:
            inner = None
    if "slug" in slot.filters:
        return _SLUG
    for name in slot.filters:
        inner = None if inner is None else _filtered(inner, name)
    return inner


def _filtered(node: Node, name: str) -> Node:
    """Return what a filter makes of texts: exactly for lists of words, at least for shapes."""
    if name == "title":
        return _in_any_case(node)
    match node:
        case Words(words=words):
            return Words(tuple(dict.fromkeys(getattr(w, name)() for w in words)))
        case Chain(parts=parts):
            return Chain(tuple(_filtered(p, name) for p in parts))
        case Either(parts=parts):
            return Either(tuple(_filtered(p, name) for p in parts))
        case Repeat(part=part, low=low, high=high):
            return Repeat(_filtered(part, name), low, high)
        case _:
            return map_chars(node, lambda chars: _case_of(chars, name))


def _case_of(chars: CharSet, case: str) -> CharSet:
    return intersect(in_any_case(chars), unchanged(case))


def _in_any_case(node: Node) -> Node:
    match node:
        case Words(words=words):
            return Either(tuple(Chain(tuple(Chars(in_any_case(of_text(c))) for c in w)) for w in words))
        case Chain(parts=parts):
            return Chain(tuple(_in_any_case(p) for p in parts))
        case Either(parts=parts):
            return Either(tuple(_in_any_case(p) for p in parts))
        case Repeat(part=part, low=low, high=high):
            return Repeat(_in_any_case(part), low, high)
        case _:
            return map_chars(node, in_any_case)


@dataclass(frozen=True)
class _Outline:
    """What texts begin with, hold and end in, and how short the shortest is; `first` and `last` hold nothing of an empty text."""

    first: CharSet
    every: CharSet
    last: CharSet
    shortest: int


_LEAST_KEPT = 12


def outline_of(node: Node) -> Node:
    """Return all texts with the same first, last and other characters that are as long as the shortest, or longer: far fewer states."""
    outline = _outline(node)
    if not outline.shortest:
        return Repeat(Chars(outline.every), 0, None)
    middle = Chain((Repeat(Chars(outline.every), max(0, min(outline.shortest, _LEAST_KEPT) - 2), None), Chars(outline.last)))
    both_ends = intersect(outline.first, outline.last)
    if outline.shortest == 1:
        return Either((Chars(both_ends), Chain((Chars(outline.first), middle)))) if both_ends else Chain((Chars(outline.first), middle))
    return Chain((Chars(outline.first), middle))


def _outline(node: Node) -> _Outline:
    match node:
        case Chars(chars=chars):
            return _Outline(chars, chars, chars, 1)
        case Words(words=words):
            first, last = of_text("".join(w[:1] for w in words)), of_text("".join(w[-1:] for w in words))
            return _Outline(first, of_text("".join(words)), last, min(map(len, words), default=0))
        case Either(parts=parts) if parts:
            found = [_outline(p) for p in parts]
            ends = [union(*(getattr(o, name) for o in found)) for name in ("first", "every", "last")]
            return _Outline(ends[0], ends[1], ends[2], min(o.shortest for o in found))
        case Repeat(part=part, low=low):
            inner = _outline(part)
            return _Outline(inner.first, inner.every, inner.last, inner.shortest * low)
        case Chain(parts=parts):
            return _outline_of_chain([_outline(p) for p in parts])
        case _:
            return _Outline((), (), (), 0)


def _outline_of_chain(parts: list[_Outline]) -> _Outline:
    """A part that may be empty lets the next one begin, or the one before end, the whole."""
    ends: list[CharSet] = []
    for ordered, name in ((parts, "first"), (parts[::-1], "last")):
        reached: list[CharSet] = []
        for part in ordered:
            reached.append(getattr(part, name))
            if part.shortest:
                break
        ends.append(union(*reached))
    return _Outline(ends[0], union(*(p.every for p in parts)), ends[1], sum(p.shortest for p in parts))


@lru_cache(maxsize=1)
def _addresses() -> Node:
    """Addresses as the engine writes them: letters, a separator or none, letters, digits or none, at a reserved domain."""
    letters = Repeat(Chars(of_text("abcdefghijklmnopqrstuvwxyz")), 1, None)
    separator = Either((Chain(), Words((".", "_"))))
    number = Repeat(Chars(DIGIT), 0, None)
    return Chain((letters, separator, letters, number, Words(("@",)), Words(load_words("email_domain", "en_US").values)))
