"""Cut a DDL text into statements, in one pass, whatever else a dump or a script holds.

Known here: quotes, dollar quotes, nested comments, psql commands, COPY data, GO, DELIMITER, SQL*Plus
commands, `/`, bodies of triggers and functions. Not known here: what a statement says.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from synth_assets.ddl.lexicon import end_of_block_comment, splitting_pattern

MAX_RECOVERIES = 20
"""Times reading is taken up again behind a quote that is never closed; each costs a pass over the rest."""

_BODY = re.compile(
    r"(?:CREATE|ALTER)\s+(?:OR\s+(?:REPLACE|ALTER)\s+)?(?:DEFINER\s*=\s*\S+\s+)?(?:(?:NON)?EDITIONABLE\s+|CONSTRAINT\s+|AGGREGATE\s+|TEMP\s+|TEMPORARY\s+)?"
    r"(?:FUNCTION|PROC|PROCEDURE|TRIGGER|PACKAGE|EVENT|TYPE\s+BODY)\b",
    re.IGNORECASE,
)
_ORACLE_BLOCK = re.compile(r"(?:DECLARE|BEGIN)\b", re.IGNORECASE)
_ORACLE_ALTER = re.compile(r"ALTER\b", re.IGNORECASE)
"""`ALTER TRIGGER t DISABLE` brings no body along; only SQL Server states a routine anew with ALTER."""
_BEGIN = re.compile(r"\bBEGIN\b", re.IGNORECASE)
_ATOMIC = re.compile(r"\bBEGIN\s+ATOMIC\b", re.IGNORECASE)
_HEAD = 4_000
"""Characters of a routine that are searched for its BEGIN; more would make many semicolons costly."""
_COPY = re.compile(r"COPY\b[^;]*\bFROM\s+STDIN\b", re.IGNORECASE)
_RESUME = re.compile(r"^[ \t]*(?:CREATE|ALTER)[ \t]+(?:\w+[ \t]+)?TABLE\b", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A stretch of the text.

    Attributes:
        begin: Where the stretch starts, comments above the statement included.
        start: Its first character that counts.
        end: After its last character, the semicolon excluded.
        kind: `sql`, `client` (a psql, SQL*Plus or DELIMITER command), `data` (rows of COPY) or `open` (a quote never closed).
        unfinished: No delimiter before the next statement begins.
    """

    begin: int
    start: int
    end: int
    kind: str = "sql"
    unfinished: bool = False


def split_statements(text: str, dialect: str) -> Iterator[Statement]:
    """Yield the statements of a text in order; a quote that is never closed gives one of kind `open`."""
    at = 0
    for _ in range(MAX_RECOVERIES):
        splitter = _Splitter(text, dialect, at)
        yield from splitter.run()
        if splitter.broken_at is None:
            return
        resume = _RESUME.search(text, splitter.broken_at + 1)
        if resume is None:
            return
        at = resume.start()


class _Splitter:
    """One pass over the text; `broken_at` is set when a quote has no end."""

    def __init__(self, text: str, dialect: str, at: int) -> None:
        self.text = text
        self.dialect = dialect
        self.at = self.begin = at
        self.start: int | None = None
        self.delimiter = ";"
        self.suspect: int | None = None
        self.broken_at: int | None = None
        self.ends_with_end: bool | None = None

    def run(self) -> Iterator[Statement]:
        size = len(self.text)
        pattern = splitting_pattern(self.dialect, self.delimiter)
        match_at = pattern.match
        while self.at < size and (match := match_at(self.text, self.at)) is not None:
            kind = match.lastgroup or "plain"
            if kind == "plain" and self.start is not None:  # nearly all of a text: no call for it
                self.at = match.end()
                continue
            before = self.delimiter
            yield from self._take(kind, match)
            if self.broken_at is not None:
                return
            if self.delimiter != before:
                match_at = splitting_pattern(self.dialect, self.delimiter).match
        yield from self._finish(size, size)

    def _take(self, kind: str, match: re.Match[str]) -> Iterator[Statement]:
        self.at = match.end()
        if kind in {"plain", "quoted"}:
            self._mark(match.start())
            if kind == "quoted":
                self._suspect(match)
        elif kind == "end":
            yield from self._end(match)
        elif kind == "block":
            yield from self._skip_to(end_of_block_comment(self.text, match.start(), self.dialect), match.start())
        elif kind == "dollar":
            self._mark(match.start())
            close = self.text.find(match.group(), match.end())
            yield from self._skip_to(close if close < 0 else close + len(match.group()), match.start())
        elif kind == "open":
            self._mark(match.start())
            yield from self._break(match.start())
        elif kind in {"meta", "delimiter", "batch", "sqlplus", "restart"}:
            yield from self._line(kind, match)

    def _line(self, kind: str, match: re.Match[str]) -> Iterator[Statement]:
        if kind == "restart":
            yield from self._restart(match)
        elif kind == "sqlplus" and self.start is not None:
            self.at = match.start() + 1
        elif kind == "meta" and self.start is not None:
            pass  # `\gexec` and the like below a query: the line is left out of the statement's reading
        else:
            yield from self._finish(match.start(), match.end())
            if kind == "delimiter":
                self.delimiter = match.group().split(None, 1)[1].strip() or ";"
            if kind != "batch":
                yield Statement(match.start(), match.start(), match.end(), "client")

    def _restart(self, match: re.Match[str]) -> Iterator[Statement]:
        """Begin a new statement at a line that starts like one, unless this is the body of a routine."""
        if self.start is not None and not self._is_body():
            yield from self._finish(match.end(), match.end(), unfinished=True)
        self._mark(match.end())
        self.at = match.end() + 1

    def _end(self, match: re.Match[str]) -> Iterator[Statement]:
        if self.start is not None and self.delimiter == ";" and self._is_body() and not self._body_ends(match.start()):
            return
        start = self.start
        yield from self._finish(match.start(), match.end())
        if start is not None and self.dialect == "postgres" and _COPY.match(self.text, start, match.start()):
            close = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE).search(self.text, self.at)
            end = close.end() if close else len(self.text)
            yield Statement(self.at, self.at, end, "data")
            self.at = self.begin = end

    def _is_body(self) -> bool:
        """Tell whether the statement under way is a routine, in which semicolons separate statements of its own."""
        if self.start is None:
            return False
        if self.dialect == "postgres":
            return bool(_BODY.match(self.text, self.start)) and bool(
                _ATOMIC.search(self.text, self.start, min(self.at, self.start + _HEAD))
            )
        if self.dialect == "oracle" and _ORACLE_ALTER.match(self.text, self.start):
            return False
        if self.dialect == "oracle" and _ORACLE_BLOCK.match(self.text, self.start):
            return True
        return bool(_BODY.match(self.text, self.start))

    def _body_ends(self, semicolon: int) -> bool:
        """Tell whether a `;` inside a routine is its last: never in batch dialects, else after END, or when there is no BEGIN."""
        if self.dialect in {"oracle", "tsql"}:
            return False
        if self.ends_with_end is None:
            head = (self.start or 0) + _HEAD
            self.ends_with_end = bool(_BEGIN.search(self.text, self.start or 0, min(semicolon, head)))
        return not self.ends_with_end or bool(re.search(r"\bEND\s*\Z", self.text[max(semicolon - 40, 0) : semicolon], re.IGNORECASE))

    def _mark(self, at: int) -> None:
        if self.start is None:
            self.start = at

    def _suspect(self, match: re.Match[str]) -> None:
        """Remember a string that spans lines and holds what looks like another statement: if a quote stays open, it began here."""
        if self.suspect is None and "\n" in match.group() and _RESUME.search(match.group()):
            self.suspect = match.start()

    def _skip_to(self, end: int, opening: int) -> Iterator[Statement]:
        if end < 0:
            yield from self._break(opening)
        else:
            self.at = end

    def _break(self, opening: int) -> Iterator[Statement]:
        self.broken_at = self.suspect if self.suspect is not None else opening
        yield Statement(self.begin, self.broken_at, len(self.text), "open")

    def _finish(self, end: int, after: int, *, unfinished: bool = False) -> Iterator[Statement]:
        if self.start is not None:
            yield Statement(self.begin, self.start, end, "sql", unfinished)
        self.begin, self.start, self.ends_with_end = after, None, None
