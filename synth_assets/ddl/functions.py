"""CREATE FUNCTION whose body is one expression: what a CHECK that calls it means.

`LANGUAGE sql AS $$ SELECT expr $$`, `RETURN expr` and `BEGIN ATOMIC ... END` (PostgreSQL), `AS BEGIN RETURN expr END` (SQL
Server), `RETURN expr` (MySQL). Any other body is left alone: a CHECK that calls it is judged by the database.
"""

import re

from synth_assets.ddl.catalogue import Catalogue
from synth_assets.ddl.cursor import Cursor
from synth_assets.ddl.drafts import DraftFunction
from synth_assets.ddl.tokens import Kind

MAX_FUNCTION = 4_000
"""Characters of a declaration that are read: what is longer is no single expression."""
_MODES = frozenset({"IN", "VARIADIC"})
_SELECT = re.compile(r"\s*(?:SELECT|RETURN)\b\s*(.+?)\s*;?\s*\Z", re.IGNORECASE | re.DOTALL)
_BLOCK = re.compile(r"\s*(?:AS\s+)?BEGIN(?:\s+ATOMIC)?\b(.*)\bEND\s*;?\s*\Z", re.IGNORECASE | re.DOTALL)
_QUERY = re.compile(r";|\b(?:SELECT|WHERE|UNION|LIMIT|INTO)\b", re.IGNORECASE)
_SOURCE = re.compile(r"\bFROM\b", re.IGNORECASE)
_FROM_OF_A_CALL = re.compile(r"\bDISTINCT\s+FROM\b|\([^()]*\bFROM\b[^()]*\)", re.IGNORECASE)
"""`IS DISTINCT FROM`, `substring(a FROM 2)`, `extract(year FROM d)`: no query."""
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def read_create_function(cursor: Cursor, catalogue: Catalogue) -> bool:
    """Read from after `CREATE [OR REPLACE] FUNCTION`; tell whether its body is one expression."""
    name = cursor.qualified_name("a function name")
    parameters = tuple(_parameter(part) for part in cursor.group("the parameters in parentheses").split() if not part.done)
    body = _body_of(cursor)
    key = name.last.text.lower()
    if body is None or key in catalogue.functions:
        catalogue.functions[key] = None  # declared twice, for other types perhaps: nobody can say which one is meant
        return False
    catalogue.functions[key] = DraftFunction(parameters, body)
    return True


def _parameter(part: Cursor) -> str:
    """Return the name of a parameter: the first word, unless it is the only one and so the type."""
    if part.key() in _MODES:
        part.take()
    first = part.take()
    if part.done or part.at("DEFAULT") or part.at("=") or first.kind not in {Kind.WORD, Kind.QUOTED}:
        return ""
    return first.text.removeprefix("@").lower()


def _body_of(cursor: Cursor) -> str | None:
    """Return the expression that is the whole body, or None."""
    dialect = cursor.dialect
    language = "sql" if dialect != "postgres" else ""
    while not cursor.done:
        if cursor.accept("LANGUAGE"):
            language = cursor.take().text.lower()
        elif cursor.at("AS") and cursor.kind(1) is Kind.STRING:
            cursor.take()
            inside = _expression_of(cursor.take().text)
            return inside if (language or _language_after(cursor)) == "sql" else None
        elif cursor.at("RETURN") or cursor.at("BEGIN") or (dialect == "tsql" and cursor.at("AS")):
            return _expression_of(cursor.text())
        elif not cursor.skip_group():
            cursor.take()
    return None


def _language_after(cursor: Cursor) -> str:
    while not cursor.done:
        if cursor.accept("LANGUAGE") and not cursor.done:
            return cursor.take().text.lower()
        cursor.take()
    return ""


def _expression_of(text: str) -> str | None:
    """Return the expression of `SELECT expr`, `RETURN expr` or a block of one such statement; None for anything else."""
    bare = _COMMENT.sub(" ", text)
    block = _BLOCK.match(bare)
    found = _SELECT.match(block[1] if block else bare)
    if found is None:
        return None
    expression = found[1]
    outside = re.sub(r"'(?:[^']|'')*'", "''", expression)
    return None if _QUERY.search(outside) or _SOURCE.search(_FROM_OF_A_CALL.sub(" ", outside)) else expression
