"""Regular expressions as databases write them (POSIX and PostgreSQL's advanced ones), read into a tree.

Known: literals, `.`, classes with ranges and `[[:alpha:]]`, `\\d \\w \\s`, groups, `|`, `* + ? {m,n}` (lazy ones too), `^`, `$`,
`\\A`, `\\Z`, `(?i)` in front. Not known, because no finite automaton has them: references back, looking ahead or behind.
Nor are word boundaries; whoever meets an `UnreadablePatternError` leaves the expression to something else.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from synth_assets.plan.languages.charsets import ANY, LAST, CharSet, charset, complement, in_any_case, of_text, union

_BACKTRACKING = re.compile(r"\(\?(?:[=!>]|<[=!])|(?<!\\)(?:\\\\)*\\[1-9]")

MAX_NESTING = 40
MAX_REPEAT = 1_000
"""Repeats beyond which an expression is not read: an automaton spells them out."""

DIGIT: CharSet = charset([(48, 57)])
WORD: CharSet = charset([(48, 57), (65, 90), (95, 95), (97, 122)])
SPACE: CharSet = charset([(9, 13), (32, 32)])
_LOWER, _UPPER = charset([(97, 122)]), charset([(65, 90)])
_PUNCTUATION = charset([(33, 47), (58, 64), (91, 96), (123, 126)])
_NAMED: dict[str, CharSet] = {
    "alpha": union(_LOWER, _UPPER), "digit": DIGIT, "alnum": union(_LOWER, _UPPER, DIGIT), "upper": _UPPER, "lower": _LOWER,
    "space": SPACE, "blank": of_text(" \t"), "punct": _PUNCTUATION, "xdigit": charset([(48, 57), (65, 70), (97, 102)]),
    "word": WORD, "print": charset([(32, 126)]), "graph": charset([(33, 126)]), "cntrl": charset([(0, 31), (127, 127)]),
}  # fmt: skip
_ESCAPED_SETS = {"d": DIGIT, "w": WORD, "s": SPACE, "D": complement(DIGIT), "W": complement(WORD), "S": complement(SPACE)}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b"}


class UnreadablePatternError(ValueError):
    """A regular expression is broken, or holds what no finite automaton has."""


class Node:
    """A part of an expression."""


@dataclass(frozen=True)
class Chars(Node):
    """One character of a set."""

    chars: CharSet


@dataclass(frozen=True)
class Words(Node):
    """One of a list of texts."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Chain(Node):
    """One part after the other; none is the empty text."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Either(Node):
    """One of several alternatives."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat(Node):
    """A part `low` to `high` times; `high` None for any number."""

    part: Node
    low: int
    high: int | None


@dataclass(frozen=True)
class Anchor(Node):
    """The start of the text, or its end."""

    at_end: bool


ANYTHING = Repeat(Chars(ANY), 0, None)


def literal(text: str, *, ignore_case: bool = False) -> Node:
    """Return the node of a text, or of the text in any letter case."""
    sets = (of_text(c) for c in text)
    return Chain(tuple(Chars(in_any_case(s) if ignore_case else s) for s in sets))


def needs_backtracking(pattern: str) -> bool:
    """Tell whether an expression looks around or refers back, which neither Arrow nor DuckDB can evaluate (both use RE2)."""
    return _BACKTRACKING.search(pattern) is not None


@lru_cache(maxsize=1024)
def read_regex(pattern: str, *, ignore_case: bool = False) -> Node:
    """Return the tree of all texts in which the expression is found.

    Raises:
        UnreadablePatternError: If it cannot be read.
    """
    if pattern.startswith("(?i)"):
        pattern, ignore_case = pattern[4:], True
    reader = _Reader(pattern.removeprefix("***:"), ignore_case)
    found = reader.read_alternatives(0)
    if reader.at < len(reader.text):
        raise UnreadablePatternError(f"')' at character {reader.at + 1} closes nothing")
    return Chain((ANYTHING, found, ANYTHING))


@lru_cache(maxsize=1024)
def read_like(pattern: str, *, ignore_case: bool = False) -> Node:
    """Return the tree of all texts that are like a pattern of `%` and `_`."""
    parts: list[Node] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            at += 1
            parts.append(literal(pattern[at], ignore_case=ignore_case))
        else:
            parts.append(ANYTHING if char == "%" else Chars(ANY) if char == "_" else literal(char, ignore_case=ignore_case))
        at += 1
    return Chain(tuple(parts))


class _Reader:
    def __init__(self, text: str, ignore_case: bool) -> None:
        self.text, self.ignore_case, self.at = text, ignore_case, 0

    def _next(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def _chars(self, chars: CharSet) -> Chars:
        return Chars(in_any_case(chars) if self.ignore_case else chars)

    def read_alternatives(self, depth: int) -> Node:
        if depth > MAX_NESTING:
            raise UnreadablePatternError("it is nested too deeply")
        parts = [self._read_chain(depth)]
        while self._next() == "|":
            self.at += 1
            parts.append(self._read_chain(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _read_chain(self, depth: int) -> Node:
        parts: list[Node] = []
        while self._next() and self._next() not in "|)":
            atom = self._read_atom(depth)
            parts.append(self._read_repeats(atom))
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def _read_atom(self, depth: int) -> Node:
        char = self._next()
        self.at += 1
        if char == "(":
            return self._read_group(depth)
        if char == "[":
            return self._read_class()
        if char == "\\":
            return self._read_escape()
        if char in "^$":
            return Anchor(at_end=char == "$")
        if char in "*+?":
            raise UnreadablePatternError(f"'{char}' at character {self.at} repeats nothing")
        return Chars(ANY) if char == "." else self._chars(of_text(char))

    def _read_group(self, depth: int) -> Node:
        if self._next() == "?":
            if not self.text.startswith("?:", self.at):
                raise UnreadablePatternError("it looks ahead or behind, or sets flags inside")
            self.at += 2
        inside = self.read_alternatives(depth + 1)
        if self._next() != ")":
            raise UnreadablePatternError("a '(' is never closed")
        self.at += 1
        return inside

    def _read_escape(self) -> Node:
        char = self._next()
        self.at += 1
        if char in _ESCAPED_SETS and char:
            return self._chars(_ESCAPED_SETS[char])
        if char and char in "AZz":
            return Anchor(at_end=char != "A")
        if char in _CONTROLS and char:
            return Chars(of_text(_CONTROLS[char]))
        if not char or char.isalnum():
            raise UnreadablePatternError(f"'\\{char}' is not known")
        return self._chars(of_text(char))

    def _read_class(self) -> Chars:
        negated = self._next() == "^"
        self.at += negated
        found: list[CharSet] = []
        first = True
        while first or self._next() != "]":
            if not self._next():
                raise UnreadablePatternError("a '[' is never closed")
            found.append(self._read_member())
            first = False
        self.at += 1
        chars = union(*found)
        chars = in_any_case(chars) if self.ignore_case else chars
        return Chars(complement(chars) if negated else chars)

    def _read_member(self) -> CharSet:
        if self.text.startswith("[:", self.at):
            end = self.text.find(":]", self.at)
            name = self.text[self.at + 2 : end] if end > 0 else ""
            if name not in _NAMED:
                raise UnreadablePatternError(f"the class [:{name}:] is not known")
            self.at = end + 2
            return _NAMED[name]
        low = self._read_class_character()
        if isinstance(low, tuple):
            return low
        if self._next() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
            self.at += 1
            high = self._read_class_character()
            if isinstance(high, tuple) or high < low:
                raise UnreadablePatternError("a range in a class ends before it begins")
            return ((low, min(high, LAST)),)
        return ((low, low),)

    def _read_class_character(self) -> int | CharSet:
        char = self._next()
        self.at += 1
        if char != "\\":
            return ord(char)
        escaped = self._next()
        self.at += 1
        if escaped in _ESCAPED_SETS and escaped:
            return _ESCAPED_SETS[escaped]
        if not escaped:
            raise UnreadablePatternError("it ends in a backslash")
        return ord(_CONTROLS.get(escaped, escaped))

    def _read_repeats(self, atom: Node) -> Node:
        while self._next() and self._next() in "*+?{":
            bounds = self._read_bounds()
            if bounds is None:
                break
            if isinstance(atom, Anchor):
                raise UnreadablePatternError("an anchor is repeated")
            atom = Repeat(atom, *bounds)
            if self._next() == "?":
                self.at += 1  # a lazy repeat finds the same texts
        return atom

    def _read_bounds(self) -> tuple[int, int | None] | None:
        char = self._next()
        self.at += 1
        if char != "{":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
        end = self.text.find("}", self.at)
        low, comma, high = self.text[self.at : end].partition(",")
        numbers = [n for n in (low, high) if n]
        if end < 0 or not low.isdecimal() or not all(n.isdecimal() and len(n) <= 6 for n in numbers):
            raise UnreadablePatternError("a count in braces is not a number")
        bounds = int(low), (None if not high else int(high)) if comma else int(low)
        if max(int(n) for n in numbers) > MAX_REPEAT or (bounds[1] is not None and bounds[1] < bounds[0]):
            raise UnreadablePatternError("a count in braces is too large, or ends before it begins")
        self.at = end + 1
        return bounds


def map_chars(node: Node, change: Callable[[CharSet], CharSet]) -> Node:
    """Return the tree with every set of characters changed."""
    match node:
        case Chars(chars=chars):
            return Chars(change(chars))
        case Chain(parts=parts):
            return Chain(tuple(map_chars(p, change) for p in parts))
        case Either(parts=parts):
            return Either(tuple(map_chars(p, change) for p in parts))
        case Repeat(part=part, low=low, high=high):
            return Repeat(map_chars(part, change), low, high)
        case _:
            return node
