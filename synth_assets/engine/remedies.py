"""Values that a row may be given outright when no draw meets its CHECKs: what the DDL itself names.

NULL where the column allows it, its DEFAULT, and the literals of the CHECKs with their neighbours; one column at a time, together
as one alternative of a CHECK names them, and over a row that is otherwise NULL or at its DEFAULTs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import combinations, islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synth_assets.engine.casting import parse_values
from synth_assets.engine.streams import Rows
from synth_assets.schema.expressions import And, ColumnRef, Comparison, Expression, InList, IsNull, Literal, walk_expression
from synth_assets.schema.model import Column, Table
from synth_assets.schema.types import EnumType, IntegerType, TextType

MAX_REMEDIES = 1024
_MAX_VALUES = 12
_DEFAULT = re.compile(r"[\s(]*(?:N?'((?:[^']|'')*)'|([+-]?\d+(?:\.\d+)?|true|false))[\s)]*(?:::[^()]*(?:\(\d+\))?)?[\s)]*", re.IGNORECASE)
_NUMBERS = frozenset({"integer", "decimal", "float"})
_SETTABLE = _NUMBERS | {"text", "enum", "boolean", "date", "timestamp"}

Remedy = Mapping[str, str | None]
"""Canonical texts by column; None is NULL. Columns that it does not name keep what they are drawn."""


@dataclass(frozen=True)
class Remedies:
    """The remedies of some columns of a table, in the order they are tried. A row's is named by a number below zero."""

    table: Table
    listed: tuple[Remedy, ...]

    @cached_property
    def columns(self) -> frozenset[str]:
        return frozenset(c for remedy in self.listed for c in remedy)

    def apply(self, column: str, values: pa.Array, numbers: Rows) -> pa.Array:
        """Return a column's values with those of each row's remedy in their place; `numbers` are what the rows are drawn with."""
        if column not in self.columns or not (numbers < 0).any():
            return values
        places = pa.array(-1 - numbers, mask=numbers >= 0)
        return pc.if_else(pa.array(self.names(column, numbers)), self._values[column].take(places), values)

    def names(self, column: str, numbers: Rows) -> NDArray[np.bool_]:
        """Return which rows have a remedy that names a column."""
        named = np.array([*(column in remedy for remedy in self.listed), False])
        places: NDArray[np.bool_] = named[np.where(numbers < 0, -1 - numbers, len(self.listed))]
        return places

    @cached_property
    def _values(self) -> dict[str, pa.Array]:
        return {c: parse_values([r.get(c) for r in self.listed], self.table.column(c).type) for c in sorted(self.columns)}


def find_remedies(table: Table, columns: Iterable[str], only_null: frozenset[str], conditions: Iterable[Expression]) -> Remedies:
    """Return what may be tried on the columns of CHECKs, likeliest first.

    Args:
        columns: Those drawn again for the CHECKs.
        only_null: Those of them that take no value but NULL: foreign keys.
        conditions: The CHECKs' trees.
    """
    conditions = tuple(conditions)
    free = [table.column(c) for c in sorted(set(columns) - _told_apart(table))]
    choices = {c.name: tuple(_choices(c, () if c.name in only_null else conditions)) for c in free}
    return Remedies(table, tuple(islice(_distinct(_combined(free, choices, conditions)), MAX_REMEDIES)))


def _told_apart(table: Table) -> frozenset[str]:
    """Return the columns that some constraint compares between rows: one value for several rows could break it."""
    unique = (c for u in table.unique_constraints for c in u.columns)
    spans = (c for x in table.exclusions for c in (*x.columns, x.interval.start, x.interval.end))
    return frozenset({*(table.primary_key.columns if table.primary_key else ()), *unique, *spans})


def _combined(free: list[Column], choices: Mapping[str, tuple[str | None, ...]], conditions: tuple[Expression, ...]) -> Iterator[Remedy]:
    nothing: Remedy = {c.name: None for c in free if c.nullable}
    defaults = {c.name: d for c in free if (d := _default_of(c)) is not None and d in choices[c.name]}
    alternatives = [{c: v for c, v in a.items() if v in choices.get(c, ())} for a in _alternatives(conditions)]
    singles: list[Remedy] = [{name: value} for name, values in choices.items() for value in values]
    yield from alternatives
    yield from singles
    yield from (defaults, nothing)
    for base in (nothing, defaults):
        yield from ({**base, **a} for a in alternatives)
        yield from ({**base, **s} for s in singles)
    for one, other in combinations(singles, 2):
        yield {**one, **other}
        yield {**nothing, **one, **other}


def _distinct(remedies: Iterable[Remedy]) -> Iterator[Remedy]:
    seen = set[tuple[tuple[str, str | None], ...]]()
    for remedy in remedies:
        key = tuple(sorted(remedy.items(), key=lambda item: item[0]))
        if key and key not in seen:
            seen.add(key)
            yield remedy


def _choices(column: Column, conditions: tuple[Expression, ...]) -> Iterator[str | None]:
    if column.nullable:
        yield None
    if column.type.kind in _SETTABLE and conditions:
        texts = [_default_of(column), *(t for c in conditions for t in _literals(column, c))]
        yield from islice(dict.fromkeys(t for t in texts if t is not None and _suits(t, column)), _MAX_VALUES)


def _literals(column: Column, condition: Expression) -> Iterator[str]:
    """Yield the literals of a CHECK, and of numbers their neighbours; those that the column is compared with come first."""
    beside = [e for e in walk_expression(condition) if isinstance(e, Comparison | InList) and ColumnRef(name=column.name) in _sides(e)]
    for part in (*beside, condition):
        for literal in walk_expression(part):
            if isinstance(literal, Literal) and literal.type in {"number", "text", "boolean"}:
                yield literal.text
                if literal.type == "number" and column.type.kind in _NUMBERS:
                    yield from (str(Decimal(literal.text) + step) for step in (1, -1))


def _sides(part: Comparison | InList) -> tuple[Expression, ...]:
    return (part.left, part.right) if isinstance(part, Comparison) else (part.operand,)


def _alternatives(conditions: tuple[Expression, ...]) -> Iterator[dict[str, str | None]]:
    """Yield what each conjunction within the CHECKs asks of its columns: literals they equal, and NULLs."""
    for condition in conditions:
        for part in walk_expression(condition):
            if isinstance(part, And):
                yield dict(pair for operand in part.operands for pair in _asked(operand))


def _asked(part: Expression) -> Iterator[tuple[str, str | None]]:
    match part:
        case And(operands=operands):
            yield from (pair for operand in operands for pair in _asked(operand))
        case Comparison(operator="=" | ">=" | "<=", left=ColumnRef(name=name), right=Literal(text=text)):
            yield name, text
        case Comparison(operator=">" | "<" as sign, left=ColumnRef(name=name), right=Literal(type="number", text=text)):
            yield name, str(Decimal(text) + (1 if sign == ">" else -1))
        case InList(operand=ColumnRef(name=name), options=(Literal(text=text), *_), negated=False):
            yield name, text
        case IsNull(operand=ColumnRef(name=name), negated=False):
            yield name, None
        case _:
            return


def _default_of(column: Column) -> str | None:
    """Return the canonical text of a DEFAULT that is a literal."""
    found = _DEFAULT.fullmatch(column.default or "")
    if found is None:
        return None
    return found[2].lower() if found[1] is None else found[1].replace("''", "'")


def _suits(text: str, column: Column) -> bool:
    """Tell whether a text is a value of a column's type as it stands, nothing rounded and nothing cut."""
    logical = column.type
    if isinstance(logical, EnumType):
        return text in logical.values
    if isinstance(logical, TextType):
        return logical.holds(text)
    try:
        value = parse_values([text], logical)[0].as_py()
    except ValueError:
        return False
    if isinstance(logical, IntegerType):
        return bool(Decimal(text) == value) and logical.low <= value <= logical.high
    return logical.kind not in _NUMBERS or bool(Decimal(text) == Decimal(str(value)))
