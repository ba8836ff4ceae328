"""CHECK text to the expression tree, and to DuckDB's SQL; sqlglot reads the expression, and stays in here.

Raises nothing: what cannot be read becomes `Opaque`.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from synth_assets.ddl.drafts import DraftFunction
from synth_assets.schema.expressions import Expression, Opaque, children_of

MAX_NESTING = 60
"""Parentheses, NOTs and signs one inside the other; compiled sqlglot has no recursion limit of its own."""
MAX_CHARACTERS = 50_000
_OPERATOR = re.compile(r"'(?:[^']++|'')*+'|\bOPERATOR\s*\(\s*(?:\w+\.)?([^\s\w()'\"]+)\s*\)", re.IGNORECASE)
"""`OPERATOR(public.~)`, as pg_dump writes operators of extensions, and strings, which are left alone."""
_ESCAPE_STRING = re.compile(r"\be'", re.IGNORECASE)
_BARE_WORD = re.compile(r"'(?:[^']++|'')*+'|\"[^\"]*+\"|`[^`]*+`|\[[^\]]*+\]|(?<![\w.@$:])([^\W\d]\w*+)(?!\s*[(.'])")
"""Words that may be columns, and strings and quoted names, which are left alone; what calls, qualifies or types a string is none."""
_QUOTES = {"mysql": ("`", "`"), "tsql": ("[", "]")}
_COMPACT_DATE = re.compile(r"'\d{8}[ T']")


@dataclass(frozen=True)
class ReadExpression:
    """A CHECK as read.

    Attributes:
        expression: Its tree.
        columns: The columns it reads, spelled as declared.
        unknown: Names that are no column of the table.
        duckdb_sql: The same in DuckDB's SQL, or None.
        too_deep: It was not read because it is nested too deeply or too long.
        not_inlined: Functions of the same text that it calls, and that are no single expression.
    """

    expression: Expression
    columns: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    duckdb_sql: str | None = None
    too_deep: bool = False
    not_inlined: tuple[str, ...] = ()


def read_expression(
    sql: str,
    dialect: str,
    resolve: Callable[[str, bool], str | None],
    text_columns: frozenset[str] = frozenset(),
    functions: Mapping[str, DraftFunction | None] = MappingProxyType({}),
    integer_columns: frozenset[str] = frozenset(),
    date_columns: frozenset[str] = frozenset(),
) -> ReadExpression:
    """Read a condition.

    Args:
        sql: The condition as written, without the word CHECK.
        dialect: One of `dialects.DIALECTS`.
        resolve: Gives the declared spelling of a column for its name and whether it is quoted, or None.
        text_columns: Columns that hold characters; DuckDB counts their bytes with another function.
        integer_columns: Columns that hold whole numbers; DuckDB divides those with another sign.
        date_columns: Columns that hold dates or moments; what they are compared with is read as a date: '19000101'.
        functions: Those the text declares, by lower-case name; calls of them are written out.
    """
    if len(sql) > MAX_CHARACTERS or nesting(sql) > MAX_NESTING:
        return ReadExpression(Opaque(sql=sql), (), too_deep=True)
    parsed = _parse(sql, dialect) or _parse(_quote_columns(sql, dialect, resolve), dialect)
    if parsed is None:
        return ReadExpression(Opaque(sql=sql), ())
    from synth_assets.ddl.date_literals import spell_dates
    from synth_assets.ddl.duckdb_text import to_duckdb
    from synth_assets.ddl.expression_tree import ExpressionReader

    reader = ExpressionReader(dialect, resolve)
    not_inlined: tuple[str, ...] = ()
    try:
        if functions:
            parsed, not_inlined = _write_out(parsed, functions, dialect)
        if date_columns and _COMPACT_DATE.search(sql):
            parsed = spell_dates(parsed, resolve, date_columns)
        tree = reader.read(parsed)
        duckdb_sql = None if reader.unknown else to_duckdb(parsed, dialect, resolve, text_columns, integer_columns)
    except RecursionError:
        return ReadExpression(Opaque(sql=sql), (), too_deep=True)
    if depth_of(tree) > MAX_NESTING:
        return ReadExpression(Opaque(sql=sql), tuple(dict.fromkeys(reader.columns)), too_deep=True)
    columns = tuple(dict.fromkeys(reader.columns))
    if isinstance(tree, Opaque):
        tree = Opaque(sql=sql)
    return ReadExpression(tree, columns, tuple(reader.unknown), duckdb_sql, not_inlined=not_inlined)


def _write_out(parsed: Any, functions: Mapping[str, DraftFunction | None], dialect: str) -> tuple[Any, tuple[str, ...]]:
    """Return the tree with calls of the text's own functions written out, and the names of those that could not be."""
    from synth_assets.ddl.inlining import Inliner

    inliner = Inliner(functions, lambda body: _parse(body, dialect))
    return inliner.write_out(parsed.copy()), tuple(dict.fromkeys(inliner.opaque))


def depth_of(tree: Expression) -> int:
    """Return the number of levels of a tree; counted without recursion, for that is what it guards."""
    level: list[Expression] = [tree]
    depth = 0
    while level:
        level = [child for node in level for child in children_of(node)]
        depth += 1
    return depth


def nesting(sql: str) -> int:
    """Return the greatest depth of brackets plus the longest run of prefix words and signs, quotes not looked at."""
    depth = deepest = run = longest = 0
    for word in (
        sql.replace("(", " ( ")
        .replace(")", " ) ")
        .replace("[", " ( ")
        .replace("]", " ) ")
        .replace("-", " - ")
        .replace("+", " + ")
        .replace("~", " - ")
        .split()
    ):
        if word == "(":
            depth += 1
        elif word == ")":
            depth -= 1
        deepest = max(deepest, depth)
        run = run + 1 if word in {"-", "+"} or word.upper() in {"NOT", "CASE"} else 0
        longest = max(longest, run)
    return deepest + longest


@lru_cache(maxsize=4096)
def _parse(sql: str, dialect: str) -> Any:
    """Return sqlglot's tree, or None. Never change it: it is cached."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        text = _OPERATOR.sub(lambda m: m[0] if m[1] is None else m[1], sql)
        parsed: Any = sqlglot.parse_one(text, dialect=dialect, into=sqlglot.exp.Condition)
    except (SqlglotError, RecursionError, ValueError):
        return None
    if isinstance(parsed, sqlglot.exp.Command):  # A column named as a statement begins, such as `lock = 'X'`.
        return None
    return _as_plain_strings(parsed) if dialect == "postgres" and _ESCAPE_STRING.search(sql) else parsed


def _as_plain_strings(parsed: Any) -> Any:
    """Return the tree with E'...' as the plain string it stands for: sqlglot has decoded it, and takes it for bytes."""
    from sqlglot import exp

    return parsed.transform(lambda node: exp.Literal.string(node.this) if isinstance(node, exp.ByteString) else node)


def _quote_columns(sql: str, dialect: str, resolve: Callable[[str, bool], str | None]) -> str:
    """Return the condition with columns in quotes wherever they stand bare: their names may be words of sqlglot's own."""
    opening, closing = _QUOTES.get(dialect, ('"', '"'))

    def quoted(match: re.Match[str]) -> str:
        word, column = match[0], match[1] and resolve(match[1], False)
        spellings = (word, word.lower(), word.upper())
        same = next((s for s in spellings if column and resolve(s, True) == column), None)
        return word if same is None else f"{opening}{same}{closing}"

    return _BARE_WORD.sub(quoted, sql)
