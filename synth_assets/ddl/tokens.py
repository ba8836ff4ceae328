"""Tokens of one statement, each with its place in the whole text, and the pairs of parentheses among them."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from enum import Enum

from synth_assets.ddl.lexicon import end_of_block_comment, token_pattern
from synth_assets.errors import SourcePosition


class Kind(Enum):
    WORD = "word"
    QUOTED = "quoted"
    STRING = "string"
    NUMBER = "number"
    SYMBOL = "symbol"


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `text` has no quotes; `key` is the upper-case word or the symbol, empty for anything quoted."""

    kind: Kind
    text: str
    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Comment:
    """A `-- ...` comment: its words, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Tokens:
    """The tokens of a statement; `partner[i]` is the index of the parenthesis that closes token `i`.

    Attributes:
        unbalanced: Index of the first parenthesis without a partner, or None.
    """

    items: list[Token]
    comments: list[Comment]
    partner: dict[int, int] = field(default_factory=dict)
    unbalanced: int | None = None


class Source:
    """A text and its name, able to say the line and column of any offset in logarithmic time."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self._line_starts = [0, *(m.end() for m in re.finditer(r"\n", text))]

    def position(self, offset: int) -> SourcePosition:
        line = bisect_right(self._line_starts, offset)
        return SourcePosition(file=self.file, line=line, column=offset - self._line_starts[line - 1] + 1)

    def line_of(self, offset: int) -> int:
        """Return the line number, counted from 1."""
        return bisect_right(self._line_starts, offset)

    def is_alone_on_line(self, offset: int) -> bool:
        """Tell whether only blanks stand before the offset on its line."""
        return not self.text[self._line_starts[self.line_of(offset) - 1] : offset].strip()


def tokenize(text: str, start: int, end: int, dialect: str) -> Tokens:
    """Return the tokens of `text[start:end]`, a stretch in which every quote is closed."""
    pattern = token_pattern(dialect)
    items: list[Token] = []
    comments: list[Comment] = []
    at = start
    while at < end:
        match = pattern.match(text, at, end)
        if match is None:
            break
        kind, at = match.lastgroup, match.end()
        if kind == "block":
            at = max(end_of_block_comment(text, match.start(), dialect), at)
        elif kind == "comment":
            comments.append(Comment(match.group().lstrip("-#").strip(), match.start(), at))
        elif kind == "dollar":
            close = text.find(match.group(), at, end)
            close = end if close < 0 else close
            items.append(Token(Kind.STRING, text[at:close], "", match.start(), min(close + len(match.group()), end)))
            at = items[-1].end
        elif kind not in {"space", "unwrapped"}:
            items.append(_token(str(kind), match, dialect))
    partner, unbalanced = _pair_parentheses(items)
    return Tokens(items, comments, partner, unbalanced)


def _token(kind: str, match: re.Match[str], dialect: str) -> Token:
    text = match.group()
    if kind == "word":
        return Token(Kind.WORD, text, text.upper(), match.start(), match.end())
    if kind == "string":
        return Token(Kind.STRING, _string_value(text, dialect), "", match.start(), match.end())
    if kind == "quoted":
        return Token(Kind.QUOTED, _quoted_value(text), "", match.start(), match.end())
    return Token(Kind(kind), text, text, match.start(), match.end())


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a", "f": "\f"}


def _string_value(raw: str, dialect: str) -> str:
    opening = min((i for i in (raw.find("'"), raw.find('"') if dialect == "mysql" else -1) if i >= 0), default=0)
    quote, body = raw[opening], raw[opening + 1 : -1]
    if raw[:opening].lower().endswith("q"):
        return body[1:-1]
    if dialect == "mysql" or raw[:1] in "eE":
        return re.sub(r"\\(.)|" + quote * 2, lambda m: quote if m[1] is None else _ESCAPES.get(m[1], m[1]), body, flags=re.DOTALL)
    return body.replace(quote * 2, quote)


def _quoted_value(raw: str) -> str:
    raw = raw[2:] if raw[:2] in {"U&", "u&"} else raw
    closing = raw[-1]
    return raw[1:-1].replace(closing * 2, closing)


def _pair_parentheses(items: list[Token]) -> tuple[dict[int, int], int | None]:
    partner: dict[int, int] = {}
    waiting: list[int] = []
    for index, token in enumerate(items):
        if token.key == "(":
            waiting.append(index)
        elif token.key == ")":
            if not waiting:
                return partner, index
            partner[waiting.pop()] = index
    return partner, waiting[0] if waiting else None
