"""The tree of a CHECK expression, free of any SQL dialect.

`ddl` writes it from SQL, `plan` reads domains out of it, `engine` evaluates what could not be met
by construction. Comparisons follow SQL's three-valued logic: a CHECK is violated only by FALSE.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated
from typing import Literal as Choice

from pydantic import BaseModel, ConfigDict, Field

ComparisonOperator = Choice["=", "<>", "<", "<=", ">", ">="]


class _Node(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Literal(_Node):
    """A constant. `text` is its canonical spelling: `3.50`, `true`, `Active`, `18 years` (an interval); empty for NULL."""

    kind: Choice["literal"] = "literal"
    type: Choice["number", "text", "boolean", "interval", "null"]
    text: str = ""

    @property
    def value(self) -> Decimal | str | bool | None:
        if self.type == "number":
            return Decimal(self.text)
        if self.type == "boolean":
            return self.text == "true"
        return None if self.type == "null" else self.text


class ColumnRef(_Node):
    """A column of the row under test, spelled as the table spells it."""

    kind: Choice["column"] = "column"
    name: str


class Call(_Node):
    """A function by its canonical lower-case name.

    Known names: length, octet_length, trim, lower, upper, left, substring (text, first from 1, length), position (part,
    text), abs, floor, ceil, sign, round, coalesce, nullif, greatest and least (both pass over NULLs), num_nulls, num_nonnulls,
    date, date_part (unit as text, moment), days_between (later, earlier), current_date, current_timestamp.
    """

    kind: Choice["call"] = "call"
    function: str
    arguments: tuple["Expression", ...] = ()


class Arithmetic(_Node):
    kind: Choice["arithmetic"] = "arithmetic"
    operator: Choice["+", "-", "*", "/", "%", "||"]
    left: "Expression"
    right: "Expression"


class Comparison(_Node):
    kind: Choice["comparison"] = "comparison"
    operator: ComparisonOperator
    left: "Expression"
    right: "Expression"


class InList(_Node):
    kind: Choice["in"] = "in"
    operand: "Expression"
    options: tuple["Expression", ...]
    negated: bool = False


class IsNull(_Node):
    kind: Choice["is_null"] = "is_null"
    operand: "Expression"
    negated: bool = False


class Match(_Node):
    """LIKE (`%`, `_`), or a POSIX regular expression searched anywhere in the value."""

    kind: Choice["match"] = "match"
    operand: "Expression"
    pattern: str
    syntax: Choice["like", "regex"]
    ignore_case: bool = False
    negated: bool = False


class CaseWhen(_Node):
    """The result of the first condition that is TRUE, else `otherwise`; `conditions` and `results` are alike long."""

    kind: Choice["case_when"] = "case_when"
    conditions: tuple["Expression", ...]
    results: tuple["Expression", ...]
    otherwise: "Expression"


class And(_Node):
    kind: Choice["and"] = "and"
    operands: tuple["Expression", ...]


class Or(_Node):
    kind: Choice["or"] = "or"
    operands: tuple["Expression", ...]


class Not(_Node):
    kind: Choice["not"] = "not"
    operand: "Expression"


class Opaque(_Node):
    """Something this tree has no word for; `sql` is the text as written."""

    kind: Choice["opaque"] = "opaque"
    sql: str


Expression = Annotated[
    Literal | ColumnRef | Call | Arithmetic | Comparison | InList | IsNull | Match | CaseWhen | And | Or | Not | Opaque,
    Field(discriminator="kind"),
]

for _model in (Call, Arithmetic, Comparison, InList, IsNull, Match, CaseWhen, And, Or, Not):
    _model.model_rebuild()


def walk_expression(expression: Expression) -> Iterator[Expression]:
    """Yield the expression and everything below it, parents first."""
    yield expression
    for child in children_of(expression):
        yield from walk_expression(child)


def children_of(expression: Expression) -> tuple[Expression, ...]:
    """Return the direct operands of an expression, left to right."""
    match expression:
        case Call(arguments=arguments):
            return arguments
        case Arithmetic(left=left, right=right) | Comparison(left=left, right=right):
            return (left, right)
        case InList(operand=operand, options=options):
            return (operand, *options)
        case IsNull(operand=operand) | Match(operand=operand) | Not(operand=operand):
            return (operand,)
        case And(operands=operands) | Or(operands=operands):
            return operands
        case CaseWhen(conditions=conditions, results=results, otherwise=otherwise):
            return (*conditions, *results, otherwise)
        case _:
            return ()


def columns_of(expression: Expression) -> tuple[str, ...]:
    """Return the distinct columns an expression reads, in order of first appearance."""
    return tuple(dict.fromkeys(e.name for e in walk_expression(expression) if isinstance(e, ColumnRef)))


def is_understood(expression: Expression) -> bool:
    """Tell whether no part of the expression is opaque."""
    return not any(isinstance(e, Opaque) for e in walk_expression(expression))
