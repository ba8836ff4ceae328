"""An expression of the schema as SQLite's SQL, with the functions of `sqlite_functions`; what cannot be said exactly raises.

Each part has a family: whole numbers, texts and truths are SQLite's own; decimals are canonical text and compared and
added up by functions; dates and timestamps are compared as instants; an interval is a number of seconds.
"""

import re
from dataclasses import dataclass
from typing import Literal as Choice

from synth_assets.databases.sqlite_functions import PARTS, calculate, canonical_decimal, compile_like, compile_regex, parse_interval
from synth_assets.ddl import quote_name
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
from synth_assets.schema.model import Column, Table
from synth_assets.schema.types import IntegerType, TextType

Family = Choice["integer", "decimal", "float", "text", "binary", "boolean", "date", "timestamp", "time", "interval", "null"]

_TEXTS = frozenset({"text", "enum", "uuid"})
_EXACT = frozenset({"integer", "decimal"})
_NUMBERS = frozenset({"integer", "decimal", "float"})
_MOMENTS = frozenset({"date", "timestamp"})
_TRUTHS = frozenset({"boolean", "integer", "null"})
_TRUNCATING = frozenset({"postgres", "sqlite", "tsql"})
"""Dialects in which a whole number divided by a whole number is one."""
_PADDING = frozenset({"postgres", "oracle"})


class NoSuchSql(Exception):
    """SQLite has no exact form of an expression; the text says why."""


@dataclass(frozen=True)
class Rendered:
    """SQL of one value, and what kind of value it is."""

    sql: str
    family: Family


def family_of(column: Column) -> Family | None:
    """Return the family of a column's values; None for types whose values are only kept, never looked into."""
    match column.type:
        case IntegerType(bits=64, unsigned=True):
            return "decimal"
        case kind if kind.kind in _TEXTS:
            return "text"
        case kind if kind.kind in {"integer", "decimal", "float", "binary", "boolean", "date", "timestamp", "time"}:
            return kind.kind
        case _:
            return None


class ExpressionRenderer:
    """Renders expressions over the columns of one table."""

    def __init__(self, table: Table, dialect: str, absent: frozenset[str] = frozenset()) -> None:
        self.table = table
        self.dialect = dialect
        self.absent = absent

    def condition(self, expression: Expression) -> str:
        """Return a condition's SQL. Raises NoSuchSql."""
        rendered = self.render(expression)
        if rendered.family not in _TRUTHS:
            raise NoSuchSql(f"a value of type {rendered.family} stands where a condition should")
        return rendered.sql

    def render(self, expression: Expression) -> Rendered:
        """Return the SQL of any expression. Raises NoSuchSql."""
        match expression:
            case Literal():
                return _literal(expression)
            case ColumnRef(name=name):
                return self._column(name)
            case CaseWhen():
                return self._case(expression)
            case Arithmetic(operator=operator, left=left, right=right):
                return self._arithmetic(operator, self.render(left), self.render(right))
            case Call(function=function, arguments=arguments):
                return self._call(function, arguments)
            case Opaque(sql=sql):
                raise NoSuchSql(f"not understood: {sql[:80]}")
            case _:
                return Rendered(self._predicate(expression), "boolean")

    def _predicate(self, expression: Expression) -> str:
        match expression:
            case And(operands=operands) | Or(operands=operands):
                word = " AND " if isinstance(expression, And) else " OR "
                return f"({word.join(map(self.condition, operands))})"
            case Not(operand=operand):
                return f"(NOT {self.condition(operand)})"
            case IsNull(operand=operand, negated=negated):
                return f"({self._any(operand)} IS {'NOT ' if negated else ''}NULL)"
            case Comparison(operator=operator, left=left, right=right):
                return self._comparison(operator, self.render(left), self.render(right))
            case InList(operand=operand, options=options, negated=negated):
                return self._in_list(operand, options, negated=negated)
            case Match():
                return self._match(expression)
            case _:
                raise NoSuchSql(f"not understood: {expression.kind}")

    def _column(self, name: str) -> Rendered:
        family = None if name in self.absent else family_of(self.table.column(name))
        if family is None:
            raise NoSuchSql(f"it reads column {name}, whose values are not looked into")
        return Rendered(quote_name(name), family)

    def _any(self, expression: Expression) -> str:
        """Of IS NULL alone: whether a column of any type is there can always be said."""
        if isinstance(expression, ColumnRef) and expression.name not in self.absent:
            return quote_name(expression.name)
        return self.render(expression).sql

    def _comparison(self, operator: str, left: Rendered, right: Rendered) -> str:
        families = {left.family, right.family} - {"null"}
        if "float" in families and families <= _NUMBERS:
            return f"(CAST({left.sql} AS REAL) {operator} CAST({right.sql} AS REAL))"
        if "text" in families and families & (_NUMBERS | _MOMENTS | {"time", "boolean"}):
            return self._comparison(operator, *_as_alike(left, right))
        if families & _MOMENTS and families <= _MOMENTS:
            alike = families == {"date"} and left.sql.startswith('"') and right.sql.startswith('"')
            return f"({left.sql} {operator} {right.sql})" if alike else f"(synth_instant({left.sql}) {operator} synth_instant({right.sql}))"
        if families <= {"integer", "boolean"} or (len(families) <= 1 and not families & {"decimal", "text", "interval"}):
            return f"({left.sql} {operator} {right.sql})"
        if families == {"interval"}:
            return f"(synth_seconds({left.sql}) {operator} synth_seconds({right.sql}))"
        if families <= _EXACT:
            return f"(synth_compare({left.sql}, {right.sql}) {operator} 0)"
        if families == {"text"}:
            if operator not in {"=", "<>"}:
                raise NoSuchSql("the order of texts depends on the server's collation")
            return f"({left.sql} {operator} {right.sql})"
        raise NoSuchSql(f"{left.family} is compared with {right.family}")

    def _in_list(self, operand: Expression, options: tuple[Expression, ...], *, negated: bool) -> str:
        value, listed = self.render(operand), [self.render(o) for o in options]
        if value.family in {"text", "integer"} and all(o.family == value.family for o in listed):
            return f"({value.sql} {'NOT ' if negated else ''}IN ({', '.join(o.sql for o in listed)}))"
        any_of = " OR ".join(self._comparison("=", value, o) for o in listed)
        return f"(NOT ({any_of}))" if negated else f"({any_of})"

    def _match(self, match: Match) -> str:
        operand = self.render(match.operand)
        if operand.family != "text":
            raise NoSuchSql(f"a pattern is matched against a value of type {operand.family}")
        try:
            (compile_regex if match.syntax == "regex" else compile_like)(match.pattern, match.ignore_case)
        except re.error as error:
            raise NoSuchSql(f"the pattern {match.pattern[:60]} cannot be read: {error}") from None
        ignores = match.ignore_case or (self.dialect == "mysql" and self._ignores_case(match.operand))
        sql = f"synth_{match.syntax}({self._padded(match.operand) or operand.sql}, {_text(match.pattern)}, {int(ignores)})"
        return f"(NOT {sql})" if match.negated else sql

    def _padded(self, operand: Expression) -> str:
        """Patterns see the blanks behind the values of a CHAR(n), where the dialect keeps them."""
        if self.dialect not in _PADDING or not isinstance(operand, ColumnRef):
            return ""
        match self.table.column(operand.name).type:
            case TextType(fixed=True, max_length=int(width)):
                return f"substr({quote_name(operand.name)} || printf('%{width}s', ''), 1, {width})"
            case _:
                return ""

    def _ignores_case(self, operand: Expression) -> bool:
        return isinstance(operand, ColumnRef) and self.table.column(operand.name).collation.ignores_case

    def _case(self, case: CaseWhen) -> Rendered:
        results = [self.render(r) for r in (*case.results, case.otherwise)]
        family = _common(results)
        whens = (f"WHEN {self.condition(c)} THEN {r.sql}" for c, r in zip(case.conditions, results, strict=False))
        return Rendered(f"(CASE {' '.join(whens)} ELSE {results[-1].sql} END)", family)

    def _arithmetic(self, operator: str, left: Rendered, right: Rendered) -> Rendered:
        if operator == "||":
            return self._joined(left, right)
        families = {left.family, right.family}
        if families & {"date", "timestamp", "interval"}:
            return _moved(operator, left, right)
        if families <= {"integer"} and (operator != "/" or self.dialect in _TRUNCATING):
            return Rendered(f"({left.sql} {operator} {right.sql})", "integer")
        if families <= _EXACT:
            return Rendered(f"synth_calculate('{operator}', {left.sql}, {right.sql})", "decimal")
        if families <= _NUMBERS and operator != "%":
            return Rendered(f"(CAST({left.sql} AS REAL) {operator} CAST({right.sql} AS REAL))", "float")
        raise NoSuchSql(f"{left.family} {operator} {right.family}")

    def _joined(self, left: Rendered, right: Rendered) -> Rendered:
        if not {left.family, right.family} <= {"text", "integer", "null"}:
            raise NoSuchSql(f"{left.family} is written as text")
        return Rendered(f"({left.sql} || {right.sql})", "text")

    def _call(self, function: str, arguments: tuple[Expression, ...]) -> Rendered:
        if function in {"num_nulls", "num_nonnulls"}:
            word = "NULL" if function == "num_nulls" else "NOT NULL"
            return Rendered("(" + " + ".join(f"({self._any(a)} IS {word})" for a in arguments) + ")", "integer")
        return _called(function, [self.render(a) for a in arguments])


_FORMS: dict[str, tuple[tuple[frozenset[str], ...], str, Family]] = {
    "current_date": ((), "synth_today()", "date"),
    "current_timestamp": ((), "synth_now()", "timestamp"),
    "length": ((frozenset({"text", "binary"}),), "length({0})", "integer"),
    "octet_length": ((frozenset({"text", "binary"}),), "length(CAST({0} AS BLOB))", "integer"),
    "trim": ((frozenset({"text"}),), "trim({0})", "text"),
    "lower": ((frozenset({"text"}),), "synth_lower({0})", "text"),
    "upper": ((frozenset({"text"}),), "synth_upper({0})", "text"),
    "left": ((frozenset({"text"}), frozenset({"integer"})), "substr({0}, 1, max({1}, 0))", "text"),
    "substring": ((frozenset({"text"}), frozenset({"integer"}), frozenset({"integer"})), "substr({0}, {1}, {2})", "text"),
    "position": ((frozenset({"text"}), frozenset({"text"})), "instr({1}, {0})", "integer"),
    "date": ((_MOMENTS,), "substr({0}, 1, 10)", "date"),
}
"""By function: the families of its arguments, its SQL, and the family of its result."""


def _called(function: str, arguments: list[Rendered]) -> Rendered:
    """Return a function of rendered arguments. Raises NoSuchSql for functions and arguments SQLite has no exact form of."""
    sql, families = [a.sql for a in arguments], [a.family for a in arguments]
    wanted, form, family = _FORMS.get(function, ((), "", "null"))
    if form and len(wanted) == len(families) and all(f in w for f, w in zip(families, wanted, strict=True)):
        return Rendered(form.format(*sql), family)
    match function, families:
        case "abs", ["integer"]:
            return Rendered(f"abs({sql[0]})", "integer")
        case "abs", ["decimal"]:
            return Rendered(f"ltrim({sql[0]}, '-')", "decimal")
        case (("floor" | "ceil" | "round"), ["integer"]):
            return arguments[0]
        case "date_part", ["text", "date" | "timestamp"] if sql[0].strip("'").lower() in PARTS:
            return Rendered(f"synth_part({sql[0]}, {sql[1]})", "integer")
        case "coalesce", _:
            return Rendered(f"coalesce({', '.join(sql)})", _common(arguments))
        case "nullif", [one, other] if one == other and one in {"text", "integer", "decimal", "date"}:
            return Rendered(f"nullif({', '.join(sql)})", one)
        case (("greatest" | "least"), _) if len(arguments) > 1:
            return _extreme(function, arguments)
        case _:
            raise NoSuchSql(f"the function {function}({', '.join(families)})")


def _extreme(function: str, arguments: list[Rendered]) -> Rendered:
    """The greatest or least of whole numbers or dates, NULLs passed over, as a choice between two at a time."""
    family = _common(arguments)
    if family not in {"integer", "date"}:
        raise NoSuchSql(f"the {function} of values of type {family}")
    sql = arguments[0].sql
    for other in arguments[1:]:
        sql = f"{'max' if function == 'greatest' else 'min'}(coalesce({sql}, {other.sql}), coalesce({other.sql}, {sql}))"
    return Rendered(sql, family)


def _moved(operator: str, left: Rendered, right: Rendered) -> Rendered:
    """Dates and timestamps plus or minus days and intervals, and the distance of two."""
    match left.family, operator, right.family:
        case "date", "-", "date":
            return Rendered(f"synth_days_between({left.sql}, {right.sql})", "integer")
        case (("date" | "timestamp"), "-", ("date" | "timestamp")):
            return Rendered(f"synth_seconds_between({left.sql}, {right.sql})", "interval")
        case "date", ("+" | "-"), "integer":
            return Rendered(f"synth_add_days({left.sql}, {'-' if operator == '-' else ''}({right.sql}))", "date")
        case (("date" | "timestamp"), ("+" | "-"), "interval") if right.sql.startswith("'"):
            sign = -1 if operator == "-" else 1
            return Rendered(f"synth_shift({left.sql}, {right.sql}, {sign})", "timestamp")
        case _:
            raise NoSuchSql(f"{left.family} {operator} {right.family}")


def _as_alike(left: Rendered, right: Rendered) -> tuple[Rendered, Rendered]:
    """A text beside a number, a date or a truth is a constant written as one."""
    return (left, _read_as(right, left.family)) if right.family == "text" else (_read_as(left, right.family), right)


def _read_as(text: Rendered, family: Family) -> Rendered:
    if not text.sql.startswith("'"):
        raise NoSuchSql(f"text is compared with {family}")
    value = text.sql[1:-1].replace("''", "'")
    if family in _EXACT | {"float"}:
        try:
            return Rendered(_text(canonical_decimal(value)), "decimal")
        except ValueError:
            raise NoSuchSql(f"{text.sql} is compared with {family}") from None
    if family == "boolean":
        known = {"t": "1", "true": "1", "1": "1", "yes": "1", "f": "0", "false": "0", "0": "0", "no": "0"}
        if value.lower() in known:
            return Rendered(known[value.lower()], "boolean")
        raise NoSuchSql(f"{text.sql} is compared with a truth value")
    return Rendered(text.sql, family)


def _common(values: list[Rendered]) -> Family:
    families = {v.family for v in values} - {"null"}
    if families and families <= _EXACT:
        return "integer" if families == {"integer"} else "decimal"
    if len(families) > 1:
        raise NoSuchSql(f"values of different types: {', '.join(sorted(families))}")
    return next(iter(families), "null")


def _literal(literal: Literal) -> Rendered:
    match literal.type:
        case "null":
            return Rendered("NULL", "null")
        case "boolean":
            return Rendered("1" if literal.text == "true" else "0", "boolean")
        case "text":
            return Rendered(_text(literal.text), "text")
        case "interval":
            return _interval(literal.text)
        case _:
            number = calculate("+", literal.text.strip(), 0) or "0"
            whole = re.fullmatch(r"-?\d{1,18}", number)
            return Rendered(number if whole else _text(number), "integer" if whole else "decimal")


def _interval(text: str) -> Rendered:
    try:
        parse_interval(text)
    except (ValueError, KeyError):
        raise NoSuchSql(f"the interval {text}") from None
    return Rendered(_text(text), "interval")


def _text(value: str) -> str:
    if "\0" in value:
        raise NoSuchSql("a constant with a NUL character")
    return "'" + value.replace("'", "''") + "'"
