"""sqlglot's tree of a condition to ours: casts stripped, `= ANY (ARRAY[...])` to IN, the rest opaque."""

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from synth_assets.ddl import moments
from synth_assets.schema.expressions import (
    And,
    Arithmetic,
    Call,
    CaseWhen,
    ColumnRef,
    Comparison,
    Expression,
    InList,
    IsNull,
    Literal,
    Match,
    Not,
    Opaque,
    Or,
)

_COMPARISONS: dict[type[Any], str] = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_ARITHMETIC: dict[type[Any], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.DPipe: "||"}
_CALLS: dict[type[Any], str] = {
    exp.Length: "length", exp.Lower: "lower", exp.Upper: "upper", exp.Abs: "abs", exp.Floor: "floor", exp.Ceil: "ceil", exp.Sign: "sign",
}  # fmt: skip
_CLOCKS: dict[type[Any], str] = {
    exp.CurrentDate: "current_date",
    exp.CurrentTimestamp: "current_timestamp",
    exp.CurrentDatetime: "current_timestamp",
    exp.Localtimestamp: "current_timestamp",
}
_NAMED_CALLS = {"octet_length": "octet_length", "datalength": "octet_length", "len": "length", "char_length": "length",
                "character_length": "length", "btrim": "trim", "now": "current_timestamp", "getdate": "current_timestamp",
                "sysdate": "current_timestamp", "clock_timestamp": "current_timestamp", "statement_timestamp": "current_timestamp",
                "transaction_timestamp": "current_timestamp", "isnull": "coalesce", "nvl": "coalesce",
                "num_nonnulls": "num_nonnulls", "num_nulls": "num_nulls", "ifnull": "coalesce"}  # fmt: skip
_NUMERIC_TYPES = frozenset(
    {exp.DType.INT, exp.DType.BIGINT, exp.DType.SMALLINT, exp.DType.TINYINT, exp.DType.DECIMAL, exp.DType.FLOAT, exp.DType.DOUBLE}
)


_QUANTIFIERS: dict[type[Any], str] = {exp.NEQ: "ALL", exp.EQ: "SOME"}


def any_options(node: Any) -> list[Any] | None:
    """Return the members of `= ANY (ARRAY[...])` or `<> ALL (ARRAY[...])`, or None when the comparison is none."""
    right = node.expression
    if (isinstance(node, exp.EQ) and isinstance(right, exp.Any)) or (isinstance(node, exp.NEQ) and isinstance(right, exp.All)):
        inside = right.this
    elif isinstance(right, exp.Anonymous) and right.name.upper() == _QUANTIFIERS.get(type(node)) and len(right.expressions) == 1:
        inside = right.expressions[0]
    else:
        return None
    while isinstance(inside, (exp.Paren, exp.Cast)):
        inside = inside.this
    return list(inside.expressions) if isinstance(inside, exp.Array) else None


class ExpressionReader:
    """Turns one condition into our tree; collects the columns it met and the names it could not resolve."""

    def __init__(self, dialect: str, resolve: Callable[[str, bool], str | None]) -> None:
        self.dialect = dialect
        self.resolve = resolve
        self.columns: list[str] = []
        self.unknown: list[str] = []

    def read(self, node: Any) -> Expression:
        """Return the tree; whatever has no word in it is `Opaque` with its SQL."""
        node = self._strip(node)
        for reader in (self._read_logic, self._read_predicate, self._read_value):
            found = reader(node)
            if found is not None:
                return found
        return self._opaque(node)

    def _strip(self, node: Any) -> Any:
        while isinstance(node, (exp.Paren, exp.Collate, exp.Introducer)) or (
            isinstance(node, (exp.Cast, exp.TryCast)) and not _is_number_cast(node) and not moments.is_kept_cast(node)
        ):
            node = node.expression if isinstance(node, exp.Introducer) else node.this
        return node

    def _opaque(self, node: Any) -> Opaque:
        for column in node.find_all(exp.Column):
            self._column(column)
        return Opaque(sql=node.sql(dialect=self.dialect))

    def _read_logic(self, node: Any) -> Expression | None:
        if isinstance(node, (exp.And, exp.Or)):
            operands = [self.read(n) for n in _flatten(node, type(node))]
            return And(operands=tuple(operands)) if isinstance(node, exp.And) else Or(operands=tuple(operands))
        if isinstance(node, exp.Not):
            inner = self._strip(node.this)
            if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Boolean):
                return _is_truth(self.read(inner.this), wanted=bool(inner.expression.this), negated=not inner.args.get("negate"))
            return negate(self.read(node.this))
        if isinstance(node, exp.Xor):
            return Comparison(operator="<>", left=self.read(node.this), right=self.read(node.expression))
        if isinstance(node, exp.Between):
            value, low, high = self.read(node.this), self.read(node.args["low"]), self.read(node.args["high"])
            if node.args.get("symmetric"):
                return self._opaque(node)
            between = And(operands=(Comparison(operator=">=", left=value, right=low), Comparison(operator="<=", left=value, right=high)))
            return Not(operand=between) if node.args.get("negate") else between
        return None

    def _read_predicate(self, node: Any) -> Expression | None:
        if isinstance(node, (exp.EQ, exp.NEQ)):
            options = any_options(node)
            if options is not None:
                return self._in_list(node.this, options, negated=isinstance(node, exp.NEQ))
        operator = _COMPARISONS.get(type(node))
        if operator is not None:
            return self._comparison(node, operator)
        if isinstance(node, exp.In):
            if node.args.get("query") or node.args.get("unnest") or not node.expressions:
                return None
            return self._in_list(node.this, node.expressions, negated=bool(node.args.get("negate")))
        if isinstance(node, exp.Is):
            return self._is(node)
        if isinstance(node, (exp.NullSafeEQ, exp.NullSafeNEQ)):
            same = _null_safe(self.read(node.this), self.read(node.expression))
            return Not(operand=same) if isinstance(node, exp.NullSafeNEQ) else same
        return self._choice(node) or self._match(node)

    def _comparison(self, node: Any, operator: str) -> Expression | None:
        left, right = node.this, node.expression
        if (
            isinstance(right, (exp.Any, exp.All))
            or isinstance(left, exp.Tuple)
            or (isinstance(right, exp.Anonymous) and right.name.upper() in {"ALL", "ANY", "SOME"})
        ):
            return None
        return Comparison(operator=operator, left=self.read(left), right=self.read(right))

    def _in_list(self, operand: Any, options: list[Any], *, negated: bool) -> Expression:
        return InList(operand=self.read(operand), options=tuple(self.read(o) for o in options), negated=negated)

    def _is(self, node: Any) -> Expression | None:
        operand, negated, right = self.read(node.this), bool(node.args.get("negate")), node.expression
        if isinstance(right, exp.Not):
            right, negated = right.this, not negated
        if isinstance(right, exp.Null):
            return IsNull(operand=operand, negated=negated)
        if isinstance(right, exp.Boolean):
            return _is_truth(operand, wanted=bool(right.this), negated=negated)
        return None

    def _choice(self, node: Any) -> Expression | None:
        """`CASE`, and `IIF` and `IF` of three arguments."""
        if isinstance(node, exp.If):
            ifs, default = [node], node.args.get("false")
        elif isinstance(node, exp.Case):
            ifs, default = node.args["ifs"], node.args.get("default")
        else:
            return None
        subject = node.this if isinstance(node, exp.Case) else None
        tests = [self.read(i.this) for i in ifs]
        conditions = tests if subject is None else [Comparison(operator="=", left=self.read(subject), right=t) for t in tests]
        results = tuple(self.read(i.args["true"]) for i in ifs)
        return CaseWhen(
            conditions=tuple(conditions), results=results, otherwise=Literal(type="null") if default is None else self.read(default)
        )

    def _match(self, node: Any) -> Expression | None:
        if isinstance(node, exp.StartsWith) and isinstance(self._strip(node.expression), exp.Literal):
            return Match(operand=self.read(node.this), pattern="^" + re.escape(self._strip(node.expression).this), syntax="regex")
        escape = ""
        if isinstance(node, exp.Escape):
            escape, node = node.expression.name, node.this
        readers: dict[type[Any], tuple[str, bool]] = {
            exp.Like: ("like", False), exp.ILike: ("like", True), exp.RegexpLike: ("regex", self.dialect == "mysql"),
            exp.RegexpILike: ("regex", True), exp.SimilarTo: ("similar", False), exp.Glob: ("glob", False),
        }  # fmt: skip
        if type(node) not in readers:
            return None
        syntax, ignore_case = readers[type(node)]
        pattern = _literal(self._strip(node.expression))
        if pattern is None or pattern.type != "text" or node.args.get("flag"):
            return None
        written = _pattern(pattern.text, syntax, escape, self.dialect)
        if written is None:
            return None
        ignore_case = ignore_case or (syntax == "like" and self.dialect in {"mysql", "sqlite", "tsql"})
        syntax = "like" if syntax == "like" and written == pattern.text else "regex"
        return Match(
            operand=self.read(node.this), pattern=written, syntax=syntax, ignore_case=ignore_case, negated=bool(node.args.get("negate"))
        )

    def _read_value(self, node: Any) -> Expression | None:
        if isinstance(node, exp.Column):
            return self._column(node)
        literal = _literal(node)
        if literal is not None:
            return literal
        operator = _ARITHMETIC.get(type(node))
        if operator is not None:
            return self._arithmetic(node, operator)
        moment = moments.read_moment(node, self.read)
        if moment is not None:
            return moment
        if isinstance(node, exp.Neg):
            return Arithmetic(operator="-", left=Literal(type="number", text="0"), right=self.read(node.this))
        return self._call(node)

    def _arithmetic(self, node: Any, operator: str) -> Expression:
        left, right = self.read(node.this), self.read(node.expression)
        if operator in ("+", "-") and isinstance(right, Literal) and right.type == "text" and moments.is_interval(right.text):
            right = Literal(type="interval", text=right.text)
        if operator == "/" and self.dialect in {"mysql", "oracle"}:  # whole numbers divide to decimals there
            left = Arithmetic(operator="*", left=left, right=Literal(type="number", text="1.0"))
        return Arithmetic(operator=operator, left=left, right=right)

    def _column(self, node: Any) -> Expression | None:
        if not isinstance(node.this, exp.Identifier):
            return None
        quoted = bool(node.this.args.get("quoted"))
        if not quoted and node.name.lower() in {"sysdate", "systimestamp", "localtimestamp"}:
            return Call(function="current_timestamp")
        name = self.resolve(node.name, quoted)
        if name is None:
            if self.dialect in {"mysql", "sqlite"} and quoted:
                return Literal(type="text", text=node.name)
            if not quoted and node.name.upper() in {"TRUE", "FALSE"}:
                return Literal(type="boolean", text=node.name.lower())
            self.unknown.append(node.name)
            return Opaque(sql=node.sql(dialect=self.dialect))
        self.columns.append(name)
        return ColumnRef(name=name)

    def _call(self, node: Any) -> Expression | None:
        if type(node) in _CLOCKS:
            return Call(function=_CLOCKS[type(node)])
        if type(node) in _CALLS:
            return Call(function=_CALLS[type(node)], arguments=(self.read(node.this),))
        if isinstance(node, exp.Coalesce):
            return Call(function="coalesce", arguments=tuple(self.read(n) for n in (node.this, *node.expressions)))
        if isinstance(node, exp.Trim):
            plain = not node.expression and str(node.args.get("position") or "BOTH").upper() == "BOTH"
            return Call(function="trim", arguments=(self.read(node.this),)) if plain else None
        if isinstance(node, exp.Nullif):
            return Call(function="nullif", arguments=(self.read(node.this), self.read(node.expression)))
        if isinstance(node, (exp.Greatest, exp.Least)) and self.dialect in {"postgres", "tsql"}:  # the others give NULL for any NULL
            function = "greatest" if isinstance(node, exp.Greatest) else "least"
            return Call(function=function, arguments=tuple(self.read(n) for n in (node.this, *node.expressions)))
        if isinstance(node, exp.Round):
            decimals = (self.read(node.args["decimals"]),) if node.args.get("decimals") is not None else ()
            return Call(function="round", arguments=(self.read(node.this), *decimals))
        return self._part_of_text(node) or self._named_call(node)

    def _part_of_text(self, node: Any) -> Expression | None:
        if isinstance(node, exp.Left):
            return Call(function="left", arguments=(self.read(node.this), self.read(node.expression)))
        if isinstance(node, exp.Substring) and node.args.get("start") is not None:
            length = node.args.get("length")
            parts = (node.this, node.args["start"], *((length,) if length is not None else ()))
            return Call(function="substring", arguments=tuple(self.read(n) for n in parts))
        if isinstance(node, exp.StrPosition) and not node.args.get("position") and not node.args.get("occurrence"):
            return Call(function="position", arguments=(self.read(node.args["substr"]), self.read(node.this)))
        return None

    def _named_call(self, node: Any) -> Expression | None:
        if isinstance(node, exp.Anonymous) and node.name.lower() in _NAMED_CALLS:
            return Call(function=_NAMED_CALLS[node.name.lower()], arguments=tuple(self.read(n) for n in node.expressions))
        return None


def negate(expression: Expression) -> Expression:
    """Return NOT expression, in the shortest form that means the same in three-valued logic."""
    match expression:
        case IsNull() | InList() | Match():
            return expression.model_copy(update={"negated": not expression.negated})
        case Not(operand=operand):
            return operand
        case _:
            return Not(operand=expression)


def _flatten(node: Any, kind: type[Any]) -> list[Any]:
    """Return the operands of a chain of ANDs (or ORs) left to right, without recursion: chains are long."""
    waiting, found = [node], []
    while waiting:
        at = waiting.pop()
        if isinstance(at, kind):
            waiting += [at.expression, at.this]
        elif isinstance(at, exp.Paren) and isinstance(at.this, kind):
            waiting.append(at.this)
        else:
            found.append(at)
    return found


def _literal(node: Any) -> Literal | None:
    if isinstance(node, exp.Null):
        return Literal(type="null")
    if isinstance(node, exp.Boolean):
        return Literal(type="boolean", text="true" if node.this else "false")
    if isinstance(node, exp.National):
        return Literal(type="text", text=str(node.this.name if hasattr(node.this, "name") else node.this))
    if isinstance(node, (exp.Cast, exp.TryCast)):
        return Literal(type="number", text=node.this.this.strip()) if _is_number_cast(node) else None
    if isinstance(node, exp.Neg):
        inner = node.this
        while isinstance(inner, (exp.Paren, exp.Cast)):
            inner = inner.this
        found = _literal(inner)
        return (
            Literal(type="number", text=f"-{found.text}") if found and found.type == "number" and not found.text.startswith("-") else None
        )
    if isinstance(node, exp.Literal):
        if node.is_string:
            return Literal(type="text", text=node.this)
        return Literal(type="number", text=node.this) if _is_number(node.this) else None
    return None


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?\s*", text)) and len(text) < 200


def _is_number_cast(node: Any) -> bool:
    """Tell whether the node is `'0'::numeric`: a number written as a string."""
    inner = node.this
    return isinstance(inner, exp.Literal) and inner.is_string and node.to.this in _NUMERIC_TYPES and _is_number(inner.this)


def _null_safe(left: Expression, right: Expression) -> Expression:
    both_null = And(operands=(IsNull(operand=left), IsNull(operand=right)))
    neither = (IsNull(operand=left, negated=True), IsNull(operand=right, negated=True))
    return Or(operands=(both_null, And(operands=(*neither, Comparison(operator="=", left=left, right=right)))))


def _is_truth(operand: Expression, *, wanted: bool, negated: bool) -> Expression:
    """`x IS TRUE` is FALSE, not unknown, for NULL; `x IS NOT TRUE` is TRUE for NULL."""
    value = Literal(type="boolean", text="true" if wanted != negated else "false")
    same = Comparison(operator="=", left=operand, right=value)
    if negated:
        return Or(operands=(IsNull(operand=operand), same))
    return And(operands=(IsNull(operand=operand, negated=True), same))


def _pattern(pattern: str, syntax: str, escape: str, dialect: str) -> str | None:
    """Return the pattern in LIKE or in regular-expression form (see `_match` for which); None when it has neither."""
    if syntax == "regex":
        return pattern
    if syntax == "similar":
        return similar_as_regex(pattern)
    if syntax == "glob":
        return "^" + _wildcards_to_regex(pattern, "*", "?", "") + "$"
    brackets = dialect == "tsql" and "[" in pattern
    if brackets or (escape and escape != "\\"):
        return "^" + _wildcards_to_regex(pattern, "%", "_", escape, brackets=brackets) + "$"
    return pattern


def similar_as_regex(pattern: str) -> str | None:
    """Return a SIMILAR TO pattern as a regular expression; None when it escapes something."""
    return None if "\\" in pattern else "^(?:" + re.sub(r"%|_", lambda m: ".*" if m[0] == "%" else ".", pattern) + ")$"


def like_as_regex(pattern: str, dialect: str) -> str | None:
    """Return a LIKE pattern with SQL Server's brackets as a regular expression; None when LIKE says it as well."""
    written = _pattern(pattern, "like", "", dialect)
    return None if written == pattern else written


def _wildcards_to_regex(pattern: str, many: str, one: str, escape: str, *, brackets: bool = True) -> str:
    """Return the regular expression of a LIKE or GLOB pattern, without its anchors."""
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if escape and char == escape and at + 1 < len(pattern):
            at += 1
            out.append(re.escape(pattern[at]))
        elif char == many:
            out.append(".*")
        elif char == one:
            out.append(".")
        elif brackets and char == "[" and (close := pattern.find("]", at + 2)) > 0:
            out.append(pattern[at : close + 1].replace("\\", "\\\\"))
            at = close
        else:
            out.append(re.escape(char))
        at += 1
    return "".join(out)
