"""A DDL text for a server: its statements with their lines, and the same statements with their objects in other namespaces."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from synth_assets.ddl.statements import split_statements
from synth_assets.ddl.tokens import Kind, Source, Token, tokenize

_QUALIFIED = re.compile(r'\s*("(?:[^"]|"")+"|\w+)\s*\.\s*("(?:[^"]|"")+"|\w+)\s*(\(\s*\))?')
_NAMES = (Kind.WORD, Kind.QUOTED)
_QUOTES = {"mysql": "`"}


@dataclass(frozen=True)
class DdlStatement:
    """One statement as written, MySQL's version comments included, and the line its first word stands on."""

    text: str
    line: int


def split_ddl(text: str, dialect: str) -> Iterator[DdlStatement]:
    """Yield the SQL statements of a text in order; client commands, rows of COPY and open quotes are left out."""
    source = Source(text.replace("\r\n", "\n").replace("\r", "\n"), "")
    for statement in split_statements(source.text, dialect):
        if statement.kind == "sql":
            begin = statement.begin if dialect == "mysql" else statement.start
            yield DdlStatement(source.text[begin : statement.end], source.line_of(statement.start))


def relocate(
    sql: str,
    dialect: str,
    namespaces: Mapping[str, str],
    inside_bodies: Mapping[str, str] | None = None,
    kept: Collection[tuple[str, str]] = frozenset(),
    only: Mapping[str, Collection[str]] | None = None,
) -> str:
    """Return a statement whose qualified names lie in other namespaces.

    `sales.orders` becomes `"new".orders`, also in a string that holds nothing but such a name
    (`nextval('sales.orders_id_seq')`) and behind the word SCHEMA. Bodies of functions are text until they run, so they
    may be given namespaces of their own.

    Args:
        namespaces: New names by old ones in lower case.
        inside_bodies: The same for dollar-quoted text; by default as outside.
        kept: Objects, as (namespace, name) in lower case, that stay where they are: those of extensions.
        only: For namespaces that are called like a table: the names of their objects. There, `person.name` may be a column.
    """
    moves = _Moves(dialect, namespaces, inside_bodies or namespaces, kept, only or {})
    tokens = tokenize(sql, 0, len(sql), dialect).items
    pieces: list[str] = []
    at = 0
    for index, token in enumerate(tokens):
        new = _replacement(sql, tokens, index, moves)
        if new is not None:
            pieces += [sql[at : token.start], new]
            at = token.end
    return "".join(pieces) + sql[at:]


def qualifiers_of(sql: str, dialect: str) -> Iterator[tuple[str, str]]:
    """Yield each name that qualifies another, as `sales` in `sales.orders`, with the upper-case word before it; version comments count."""
    tokens = tokenize(sql, 0, len(sql), dialect).items
    for index, token in enumerate(tokens[:-1]):
        before = tokens[index - 1].key if index else ""
        # A string is a name where a session takes double quotes for those of names.
        if tokens[index + 1].key == "." and before != "." and token.kind in (*_NAMES, Kind.STRING):
            yield token.text, before


def quote_name(name: str, dialect: str = "postgres") -> str:
    """Return a name as a quoted identifier of the dialect."""
    mark = _QUOTES.get(dialect, '"')
    return mark + name.replace(mark, mark * 2) + mark


@dataclass(frozen=True)
class _Moves:
    """What moves where, as `relocate` is told."""

    dialect: str
    namespaces: Mapping[str, str]
    inside_bodies: Mapping[str, str]
    kept: Collection[tuple[str, str]]
    only: Mapping[str, Collection[str]]

    def target(self, namespace: str, name: str) -> str | None:
        """Return the new namespace of an object, quoted, or None where it stays."""
        old = namespace.lower()
        if old not in self.namespaces or (old, name.lower()) in self.kept:
            return None
        if name and old in self.only and name.lower() not in self.only[old] and not name.lower().endswith("_seq"):
            return None
        return quote_name(self.namespaces[old], self.dialect)


def _replacement(sql: str, tokens: list[Token], index: int, moves: _Moves) -> str | None:
    token = tokens[index]
    before = tokens[index - 1].key if index else ""
    if token.kind in _NAMES and before != ".":
        if index + 2 < len(tokens) and tokens[index + 1].key == ".":
            named = tokens[index + 2]
            if named.kind is Kind.SYMBOL and any(k[0] == token.text.lower() and k[1].startswith(named.text) for k in moves.kept):
                return None
            return moves.target(token.text, named.text)
        return moves.target(token.text, "") if before == "SCHEMA" else None
    if token.kind is not Kind.STRING:
        return None
    raw = sql[token.start : token.end]
    if raw.startswith("$"):
        mark = raw[: raw.index("$", 1) + 1]
        return mark + relocate(token.text, moves.dialect, moves.inside_bodies, None, moves.kept, moves.only) + mark
    return _relocated_string(raw, moves)


def _relocated_string(raw: str, moves: _Moves) -> str | None:
    found = _QUALIFIED.fullmatch(raw[1:-1]) if raw.startswith("'") else None
    target = moves.target(found[1].strip('"'), found[2].strip('"')) if found else None
    if found is None or target is None:
        return None
    return "'" + target.replace("'", "''") + f".{found[2]}{found[3] or ''}'"
