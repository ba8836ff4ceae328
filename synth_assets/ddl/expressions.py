"""CHECK text to the expression tree, and to DuckDB's SQL; sqlglot reads the expression, and stays in here.

Raises nothing: what cannot be read becomes `Opaque`.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from synth_assets.schema.expressions import Expression, Opaque, children_of

MAX_NESTING = 60
"""Parentheses, NOTs and signs one inside the other; compiled sqlglot has no recursion limit of its own."""
MAX_CHARACTERS = 50_000
_OPERATOR = re.compile(r"'(?:[^']++|'')*+'|\bOPERATOR\s*\(\s*(?:\w+\.)?([^\s\w()'\"]+)\s*\)", re.IGNORECASE)
"""`OPERATOR(public.~)`, as pg_dump writes operators of extensions, and strings, which are left alone."""


@dataclass(frozen=True)
class ReadExpression:
    """A CHECK as read.

    Attributes:
        expression: Its tree.
        columns: The columns it reads, spelled as declared.
        unknown: Names that are no column of the table.
        duckdb_sql: The same in DuckDB's SQL, or None.
        too_deep: It was not read because it is nested too deeply or too long.
    """

    expression: Expression
    columns: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    duckdb_sql: str | None = None
    too_deep: bool = False


def read_expression(
    sql: str, dialect: str, resolve: Callable[[str, bool], str | None], text_columns: frozenset[str] = frozenset()
) -> ReadExpression:
    """Read a condition.

    Args:
        sql: The condition as written, without the word CHECK.
        dialect: One of `dialects.DIALECTS`.
        resolve: Gives the declared spelling of a column for its name and whether it is quoted, or None.
        text_columns: Columns that hold characters; DuckDB counts their bytes with another function.
    """
    if len(sql) > MAX_CHARACTERS or nesting(sql) > MAX_NESTING:
        return ReadExpression(Opaque(sql=sql), (), too_deep=True)
    parsed = _parse(sql, dialect)
    if parsed is None:
        return ReadExpression(Opaque(sql=sql), ())
    from synth_assets.ddl.expression_tree import ExpressionReader

    reader = ExpressionReader(dialect, resolve)
    try:
        tree = reader.read(parsed)
        duckdb_sql = None if reader.unknown else _to_duckdb(parsed, dialect, resolve, text_columns)
    except RecursionError:
        return ReadExpression(Opaque(sql=sql), (), too_deep=True)
    if depth_of(tree) > MAX_NESTING:
        return ReadExpression(Opaque(sql=sql), tuple(dict.fromkeys(reader.columns)), too_deep=True)
    columns = tuple(dict.fromkeys(reader.columns))
    if isinstance(tree, Opaque):
        tree = Opaque(sql=sql)
    return ReadExpression(tree, columns, tuple(reader.unknown), duckdb_sql)


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
        return sqlglot.parse_one(_OPERATOR.sub(lambda m: m[0] if m[1] is None else m[1], sql), dialect=dialect, into=sqlglot.exp.Condition)
    except (SqlglotError, RecursionError, ValueError):
        return None


def _to_duckdb(parsed: Any, dialect: str, resolve: Callable[[str, bool], str | None], text_columns: frozenset[str]) -> str | None:
    from sqlglot import ErrorLevel, exp
    from sqlglot.errors import SqlglotError

    foreign = False

    def rewrite(node: Any) -> Any:
        nonlocal foreign
        if isinstance(node, exp.Column):
            name = resolve(node.name, bool(node.this.args.get("quoted"))) if isinstance(node.this, exp.Identifier) else None
            return exp.column(exp.to_identifier(name, quoted=True)) if name else node
        if isinstance(node, exp.Cast) and node.to.this in {exp.DType.USERDEFINED, exp.DType.UNKNOWN, exp.DType.MONEY, exp.DType.INET}:
            return node.this
        if isinstance(node, (exp.Introducer,)):
            return node.expression
        if isinstance(node, exp.Cast) and node.to.this == exp.DType.DECIMAL and not node.to.expressions:
            return node.this  # DuckDB's DECIMAL has three digits after the point; PostgreSQL's numeric has all of them
        if isinstance(node, exp.Anonymous):
            if node.name.lower() == "octet_length" and len(node.expressions) == 1:
                of_text = node.expressions[0].name in text_columns
                return exp.Anonymous(this="strlen" if of_text else "octet_length", expressions=node.expressions)
            foreign = foreign or node.name.lower() not in {"strlen"}
        return node

    try:
        sql = (
            parsed.copy()
            .transform(_any_to_in)
            .transform(lambda n: _match_to_duckdb(n, dialect))
            .transform(rewrite)
            .sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)
        )
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError):
        return None  # sqlglot has no DuckDB form for it
    return None if foreign else str(sql)


def _match_to_duckdb(node: Any, dialect: str) -> Any:
    """Give DuckDB's LIKE and regular expressions the case and the brackets they have in the dialect."""
    from sqlglot import exp

    from synth_assets.ddl.expression_tree import like_as_regex

    blind = dialect in {"mysql", "sqlite", "tsql"}
    if isinstance(node, exp.Like) and blind:
        pattern = node.expression.this if isinstance(node.expression, exp.National) else node.expression.name
        regex = None if isinstance(node.parent, exp.Escape) else like_as_regex(str(pattern), dialect)
        if regex is None:
            return exp.ILike(**node.args)
        matched = exp.RegexpILike(this=node.this, expression=exp.Literal.string(regex))
        return exp.Not(this=matched) if node.args.get("negate") else matched
    if isinstance(node, exp.RegexpLike) and dialect == "mysql":
        return exp.RegexpILike(**node.args)
    return node


def _any_to_in(node: Any) -> Any:
    from sqlglot import exp

    from synth_assets.ddl.expression_tree import any_options

    options = any_options(node) if isinstance(node, (exp.EQ, exp.NEQ)) else None
    if options is None:
        return node
    listed = exp.In(this=node.this, expressions=[o.copy() for o in options])
    return exp.Not(this=exp.Paren(this=listed)) if isinstance(node, exp.NEQ) else listed
