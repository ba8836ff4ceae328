"""What an expression member of a unique index makes of one column's values, and whether values that differ still do so behind it.

An expression is reduced to a column and the operations around it: `lower(trim(email))`, `created_at::date`, `left(code, 8)`,
a column at one end of `a || ' ' || b`. Whatever else is in the index only adds to what tells rows apart.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from synth_assets.plan.distinctness import CASE_AND_BLANKS, stays_distinct
from synth_assets.plan.patterns import parse_pattern
from synth_assets.plan.shapes import Neighbours, lengths_of
from synth_assets.plan.strategies import Categorical, Constant, Email, Number, Pattern, Sequence, Strategy, Template, Temporal, Uuid
from synth_assets.plan.templates import Slot, parse_template
from synth_assets.schema.expressions import Arithmetic, Call, ColumnRef, Expression, Literal, Opaque
from synth_assets.schema.model import Column, UniqueConstraint

_NAME = r"\(?\s*\"?(\w+)\"?\s*\)?\s*(?:::\s*\w+)?"
_MD5 = re.compile(rf"\s*md5\s*\(\s*{_NAME}\s*\)\s*", re.IGNORECASE)
_DAY = re.compile(rf"\s*date_trunc\s*\(\s*'day'(?:::\s*text)?\s*,\s*{_NAME}\s*\)\s*", re.IGNORECASE)
_DATE = re.compile(rf"\s*(?:date\s*\(\s*{_NAME}\s*\)|cast\s*\(\s*{_NAME}\s+as\s+date\s*\)|{_NAME}\s*::\s*date)\s*", re.IGNORECASE)
_FIELD = re.compile(r"\s*\(?\s*\"?(\w+)\"?\s*-(?:>>?)\s*'([^']*)'.*", re.DOTALL)


@dataclass(frozen=True)
class Folded:
    """One column inside an index expression, and what becomes of its values there.

    Attributes:
        ignores_case: `lower`, `upper` or `trim` is around it.
        fills_null: COALESCE gives all its NULLs one value.
        days: Only its day counts.
        length: Only so many first characters count.
        before, after: It stands at the start (the end) of a text that goes on (begins) with this literal next to it.
    """

    column: str
    ignores_case: bool = False
    fills_null: bool = False
    days: bool = False
    length: int | None = None
    before: str = ""
    after: str = ""


def folded_members(constraint: UniqueConstraint) -> Iterator[Folded]:
    """Yield every column of a constraint's expression members that could tell rows apart, the likeliest of a member first."""
    for sql, tree in zip(constraint.expressions, constraint.expression_trees, strict=False):
        for folded in _folded(tree):
            yield replace(folded, days=True) if _DATE.fullmatch(sql) else folded


def _folded(tree: Expression) -> Iterator[Folded]:
    match tree:
        case ColumnRef(name=name):
            yield Folded(name)
        case Call(function="lower" | "upper" | "trim", arguments=(inner,)):
            yield from (replace(f, ignores_case=True) for f in _folded(inner))
        case Call(function="coalesce", arguments=(inner, *_)):
            yield from (replace(f, fills_null=True) for f in _folded(inner))
        case Call(function="date", arguments=(inner,)):
            yield from (replace(f, days=True) for f in _folded(inner))
        case Call(function="left", arguments=(inner, Literal(type="number", text=length))) if length.isdigit():
            yield from (replace(f, length=int(length)) for f in _folded(inner))
        case Call(function="substring", arguments=(inner, Literal(text="1"), Literal(type="number", text=length))) if length.isdigit():
            yield from (replace(f, length=int(length)) for f in _folded(inner))
        case Arithmetic(operator="||"):
            yield from _joined(list(_operands(tree)))
        case Opaque(sql=sql) if found := _MD5.fullmatch(sql):
            yield Folded(found[1])
        case Opaque(sql=sql) if found := _DAY.fullmatch(sql):
            yield Folded(found[1], days=True)
        case _:
            return


def _operands(tree: Expression) -> Iterator[Expression]:
    if isinstance(tree, Arithmetic) and tree.operator == "||":
        yield from _operands(tree.left)
        yield from _operands(tree.right)
    else:
        yield tree


def _joined(operands: list[Expression]) -> Iterator[Folded]:
    """The last operand first: a number at the end of a name reads better than one in its middle."""
    match operands:
        case [*_, Literal(type="text", text=text), last] if text:
            yield from (replace(f, after=text) for f in _folded(last) if not (f.before or f.after))
    match operands:
        case [first, Literal(type="text", text=text), *_] if text:
            yield from (replace(f, before=text) for f in _folded(first) if not (f.before or f.after))


def keeps_distinct(strategy: Strategy, folded: Folded, column: Column, locale: str) -> bool:
    """Tell whether values of a strategy that never repeats still differ behind the operations of an index expression."""
    if folded.ignores_case and not stays_distinct(strategy, locale, CASE_AND_BLANKS):
        return False
    if folded.days and column.type.kind != "date" and not (isinstance(strategy, Temporal) and strategy.time_of_day == "midnight"):
        return False
    if folded.length is not None:
        lengths = lengths_of(strategy, Neighbours(locale))
        if lengths is None or lengths.longest is None or lengths.longest > folded.length:
            return False
    if folded.after and not (_is_free_of(strategy, folded.after) or _ends_in_a_number(strategy)):
        return False
    return not folded.before or _is_free_of(strategy, folded.before)


def _is_free_of(strategy: Strategy, separator: str) -> bool:
    """Tell whether no text of a strategy shares a character with a separator, so that the separator can be found again."""
    match strategy:
        case Sequence() | Number() | Uuid():
            return not set(separator) & set("0123456789abcdef-.")
        case Email():
            return separator.isspace()
        case Pattern(pattern=pattern):
            return not any(set(separator) & set(option) for options in set(parse_pattern(pattern)) for option in options)
        case _:
            return False


def _ends_in_a_number(strategy: Strategy) -> bool:
    """Tell whether the digits at the end of a unique text are a number that no other row has, whatever stands before."""
    if not isinstance(strategy, Template) or len(strategy.templates) != 1:
        return False
    *rest, last = parse_template(strategy.templates[0])
    counted = [p for p in rest if isinstance(p, Slot) and p.kind in ("number", "pattern")]
    parted = bool(rest) and isinstance(rest[-1], str) and not rest[-1][-1:].isdigit()
    return isinstance(last, Slot) and last.kind == "number" and not counted and parted


def lacks_fields(constraint: UniqueConstraint, strategy_of: dict[str, Strategy]) -> bool:
    """Tell whether a member `data ->> 'key'` is NULL in every row because no document has that key."""
    found = (m for e in constraint.expressions if (m := _FIELD.fullmatch(e)) and "coalesce" not in e.lower())
    return any(_is_without_key(strategy_of.get(m[1]), m[2]) for m in found)


def _is_without_key(strategy: Strategy | None, key: str) -> bool:
    match strategy:
        case Constant(value=value):
            texts: tuple[str, ...] = (value or "",)
        case Categorical(values=texts) | Template(templates=texts):
            pass
        case Pattern(pattern=pattern):
            texts = (pattern,)
        case _:
            return False
    return all(f'"{key}"' not in text and "{column:" not in text for text in texts)
