"""A condition in DuckDB's SQL, for the judge and for rows that are drawn again."""

from collections.abc import Callable
from typing import Any

from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

from synth_assets.ddl.expression_tree import any_options, like_as_regex, similar_as_regex

_CLOCKS = frozenset({"now", "sysdate", "getdate", "sysdatetime", "statement_timestamp", "clock_timestamp", "transaction_timestamp"})
_UNTYPED = frozenset({exp.DType.USERDEFINED, exp.DType.UNKNOWN, exp.DType.MONEY, exp.DType.INET})


class _Writer:
    """Rewrites one tree node by node; `foreign` is set when it met a function that DuckDB may not have."""

    def __init__(self, resolve: Callable[[str, bool], str | None], text_columns: frozenset[str]) -> None:
        self.resolve, self.text_columns = resolve, text_columns
        self.foreign = False

    def rewrite(self, node: Any) -> Any:
        """Return what takes the place of a node."""
        if isinstance(node, exp.Column):
            name = self.resolve(node.name, bool(node.this.args.get("quoted"))) if isinstance(node.this, exp.Identifier) else None
            return exp.column(exp.to_identifier(name, quoted=True)) if name else node
        if isinstance(node, exp.Cast) and node.to.this in _UNTYPED:
            return node.this
        if isinstance(node, exp.Introducer):
            return node.expression
        if isinstance(node, exp.Cast) and node.to.this == exp.DType.DECIMAL and not node.to.expressions:
            return node.this  # DuckDB's DECIMAL has three digits after the point; PostgreSQL's numeric has all of them
        if isinstance(node, exp.Anonymous):
            return self._call(node)
        return node

    def _call(self, node: Any) -> Any:
        name, arguments = node.name.lower(), node.expressions
        if name == "octet_length" and len(arguments) == 1:
            of_text = arguments[0].name in self.text_columns
            return exp.Anonymous(this="strlen" if of_text else "octet_length", expressions=arguments)
        self.foreign = self.foreign or name != "strlen"
        return node


def _write_out(node: Any, dialect: str) -> Any:
    """Return calls that DuckDB has no function for in other words."""
    if isinstance(node, exp.Cast) and node.to.this == exp.DType.DATE and str(_innermost(node).name).lower() in {"now", "today"}:
        return exp.CurrentDate() if isinstance(_innermost(node), exp.Literal) else node
    if not isinstance(node, exp.Anonymous):
        return node
    name, arguments = node.name.lower(), node.expressions
    if name in {"num_nonnulls", "num_nulls"} and arguments:
        return _count(arguments, nulls=name == "num_nulls")
    if name in _CLOCKS and not arguments:
        return exp.CurrentTimestamp()
    if dialect == "sqlite" and name in {"date", "datetime"} and arguments:
        return _sqlite_date(arguments) or node
    return node


def _innermost(node: Any) -> Any:
    while isinstance(node, (exp.Cast, exp.Paren)):
        node = node.this
    return node


def _sqlite_date(arguments: list[Any]) -> Any:
    """`date('now', '-18 years')`; None for steps such as `start of month`."""
    first = arguments[0]
    base = exp.CurrentDate() if isinstance(first, exp.Literal) and first.this == "now" else first
    for step in arguments[1:]:
        if not (isinstance(step, exp.Literal) and step.this[:1] in "+-0123456789" and ":" not in step.this):
            return None
        base = exp.Add(this=base, expression=exp.Cast(this=step.copy(), to=exp.DataType.build("interval")))
    return exp.Paren(this=exp.Cast(this=exp.Paren(this=base), to=exp.DataType.build("date")))


def _divide(tree: Any, integers: frozenset[str]) -> Any:
    """Whole numbers divide to whole numbers in most dialects; DuckDB has another sign for that."""
    tree = exp.Paren(this=tree)
    for node in list(tree.find_all(exp.Div)):
        if _is_whole(node.this, integers) and _is_whole(node.expression, integers):
            node.replace(exp.Paren(this=exp.IntDiv(this=node.this, expression=node.expression)))
    return tree.this


def _is_whole(node: Any, integers: frozenset[str]) -> bool:
    """Tell whether an operand is certainly a whole number."""
    if isinstance(node, (exp.Paren, exp.Neg, exp.Abs)):
        return _is_whole(node.this, integers)
    if isinstance(node, (exp.Coalesce, exp.Greatest, exp.Least)):
        return all(_is_whole(n, integers) for n in (node.this, *node.expressions))
    if isinstance(node, (exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Div, exp.IntDiv, exp.Nullif)):
        return _is_whole(node.this, integers) and _is_whole(node.expression, integers)
    if isinstance(node, (exp.Literal, exp.Column)):
        return node.name in integers if isinstance(node, exp.Column) else not node.is_string and node.this.isdecimal()
    return isinstance(node, exp.Length)


def _count(arguments: list[Any], *, nulls: bool) -> Any:
    """Return a sum that counts the arguments that are, or are not, NULL."""
    one, zero = exp.Literal.number(1), exp.Literal.number(0)
    ones = [
        exp.Case(ifs=[exp.If(this=exp.Is(this=exp.Paren(this=a.copy()), expression=exp.Null()), true=one if nulls else zero)],
                 default=zero if nulls else one)
        for a in arguments
    ]  # fmt: skip
    total: Any = ones[0]
    for more in ones[1:]:
        total = exp.Add(this=total, expression=more)
    return exp.Paren(this=total)


def to_duckdb(
    parsed: Any, dialect: str, resolve: Callable[[str, bool], str | None], texts: frozenset[str], integers: frozenset[str]
) -> str | None:
    """Return a condition in DuckDB's SQL, columns quoted as declared; None where DuckDB has no form for it.

    Args:
        parsed: sqlglot's tree; it is not changed.
        dialect, resolve: As in `read_expression`.
        texts, integers: Columns that hold characters, and whole numbers.
    """
    writer = _Writer(resolve, texts)
    try:
        tree = (
            parsed.copy()
            .transform(_any_to_in)
            .transform(lambda n: _match_to_duckdb(n, dialect))
            .transform(lambda n: _write_out(n, dialect))
            .transform(writer.rewrite)
        )
        tree = _divide(tree, integers) if dialect in {"postgres", "tsql", "sqlite"} else tree
        sql = tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError):
        return None  # sqlglot has no DuckDB form for it
    return None if writer.foreign else str(sql)


def _match_to_duckdb(node: Any, dialect: str) -> Any:
    """Give DuckDB's LIKE and regular expressions the case and the brackets they have in the dialect."""
    blind = dialect in {"mysql", "sqlite", "tsql"}
    if isinstance(node, exp.Like) and blind:
        pattern = node.expression.this if isinstance(node.expression, exp.National) else node.expression.name
        regex = None if isinstance(node.parent, exp.Escape) else like_as_regex(str(pattern), dialect)
        if regex is None:
            return exp.ILike(**node.args)
        matched = exp.RegexpILike(this=node.this, expression=exp.Literal.string(regex))
        return exp.Not(this=matched) if node.args.get("negate") else matched
    if isinstance(node, exp.SimilarTo) and isinstance(node.expression, exp.Literal):
        regex = similar_as_regex(node.expression.this)
        return node if regex is None else exp.RegexpLike(this=node.this, expression=exp.Literal.string(regex))
    if isinstance(node, exp.RegexpLike) and dialect == "mysql":
        return exp.RegexpILike(**node.args)
    return node


def _any_to_in(node: Any) -> Any:
    options = any_options(node) if isinstance(node, (exp.EQ, exp.NEQ)) else None
    if options is None:
        return node
    listed = exp.In(this=node.this, expressions=[o.copy() for o in options])
    return exp.Not(this=exp.Paren(this=listed)) if isinstance(node, exp.NEQ) else listed
