"""What a migration says only if it has to: statements in a `DO` block, and behind SQL Server's IF.

A schema is read as if into an empty database, so both sides of a condition are read in their order. What such a
statement asks for and cannot have (a column to rename that nobody made, a column to add that is there) is no
mistake: the condition is there for that.
"""

from collections.abc import Iterator

from synth_assets.ddl.statements import Statement, split_statements
from synth_assets.ddl.tokens import Kind, Token, tokenize

GUARDED_CODES = frozenset({"DDL205", "DDL206", "DDL210", "DDL211", "DDL212"})
"""What a condition may be there to prevent."""

_VERBS = frozenset({"CREATE", "ALTER", "DROP", "COMMENT"})
_BEFORE_STATEMENT = frozenset({"BEGIN", "THEN", "ELSE", "LOOP", ">>"})
_ENDS_OF_PARTS = frozenset({"IF", "LOOP", "CASE"})


def statements_in_block(text: str, start: int, end: int, dialect: str) -> Iterator[Statement]:
    """Yield the statements about tables and types in the block `text[start:end]`, each from its own first word on.

    A statement that is one quoted text behind EXECUTE counts as written there; what an EXCEPTION part does is left out.
    """
    body = text[start:end]
    in_exception = False
    for piece in split_statements(body, dialect):
        if piece.kind != "sql":
            continue
        tokens = tokenize(body, piece.start, piece.end, dialect)
        outer = _outside_parentheses(tokens.items, tokens.partner)
        for number, token in enumerate(outer):
            after = outer[number + 1] if number + 1 < len(outer) else None
            if token.key == "EXCEPTION" and after is not None and after.key == "WHEN":
                in_exception = True
            elif token.key == "END" and (after is None or after.key not in _ENDS_OF_PARTS):
                in_exception = False
            elif not in_exception and (number == 0 or outer[number - 1].key in _BEFORE_STATEMENT):
                inner = _statement_at(token, after, body, piece.end)
                if inner is not None:
                    yield Statement(start + inner.start, start + inner.start, start + inner.end)
                    break


def _outside_parentheses(items: list[Token], partner: dict[int, int]) -> list[Token]:
    found = []
    at = 0
    while at < len(items):
        found.append(items[at])
        at = partner.get(at, at) + 1
    return found


def _statement_at(token: Token, after: Token | None, body: str, end: int) -> Statement | None:
    if token.key in _VERBS:
        return Statement(token.start, token.start, end)
    if token.key == "EXECUTE" and after is not None and after.kind is Kind.STRING:
        inside = body[after.start + 1 : after.end - 1]
        if body[after.start] == "'" and inside == after.text and inside.split(None, 1)[:1] and inside.split(None, 1)[0].upper() in _VERBS:
            return Statement(after.start + 1, after.start + 1, after.end - 1)
    return None


class Conditions:
    """Which statements of a SQL Server batch stand behind an IF: the one below it, or all up to its END."""

    def __init__(self) -> None:
        self._pending = False
        self._blocks = 0

    def take(self, words: list[str], text: str, unfinished: bool) -> bool:
        """Return whether the statement beginning with `words` stands behind a condition; `unfinished`: no `;` or GO ends it."""
        first = words[0]
        opens = text.rstrip().upper().endswith("BEGIN")
        if first in {"IF", "ELSE"}:
            self._pending = unfinished and not opens
            self._blocks += opens
            return True
        if first == "BEGIN" and words[1:2] not in (["TRAN"], ["TRANSACTION"], ["TRY"], ["CATCH"]):
            self._blocks += self._pending or self._blocks > 0
            self._pending = False
        elif first == "END":
            self._blocks = max(self._blocks - 1, 0)
        guarded, self._pending = self._pending or self._blocks > 0, False
        return guarded
