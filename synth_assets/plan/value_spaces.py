"""What a column can hold at all, by its type and its CHECKs: listed values, ranges of units, lengths of text.

A space is never smaller than the truth: a condition that is not understood narrows nothing, so a space that is empty
is a contradiction, and a space that is counted bounds every key over the column. Collations may make values equal that
a space counts apart, never the other way round. NULL is no value here.
"""

from dataclasses import dataclass
from datetime import date, datetime

from synth_assets.schema.model import Column
from synth_assets.schema.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    FloatType,
    IntegerType,
    TextType,
    TimestampType,
)

UNCOUNTED = 10**15
"""From this many values on a space is said to have no bound: a hundred thousand times the most rows of a request."""

_FINE = 30
"""Digits after the point of numbers that have no scale of their own: finer than any constant people write."""

FAR = 10**90
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (wall clock: a literal without a zone)


@dataclass(frozen=True)
class Listed:
    """These values, in canonical text; `boolean` ones are `true` and `false`."""

    values: tuple[str, ...]
    boolean: bool = False


@dataclass(frozen=True)
class Ranged:
    """Whole units in closed ranges, ascending and apart: 10**-scale of a number, days since 1970, microseconds since 1970."""

    ranges: tuple[tuple[int, int], ...]
    unit: str = "number"
    scale: int = 0


@dataclass(frozen=True)
class Worded:
    """Text (or bytes, `alphabet` 256) of so many characters; longest None has no bound."""

    shortest: int = 0
    longest: int | None = None
    binary: bool = False


@dataclass(frozen=True)
class Open:
    """Nothing is known that bounds it."""


Space = Listed | Ranged | Worded | Open
EMPTY = Listed(())


def is_empty(space: Space) -> bool:
    """Tell whether no value is left."""
    match space:
        case Listed(values=values):
            return not values
        case Ranged(ranges=ranges):
            return not ranges
        case Worded(shortest=shortest, longest=longest):
            return longest is not None and shortest > longest
        case Open():
            return False


def count_values(space: Space, alphabet: int) -> int | None:
    """Return how many values a space has, None from `UNCOUNTED` on; text counts its longest texts over `alphabet` characters."""
    match space:
        case Listed(values=values):
            return len(set(values))
        case Ranged(ranges=ranges):
            total = sum(high - low + 1 for low, high in ranges)
            return total if total < UNCOUNTED else None
        case Worded(shortest=shortest, longest=longest, binary=binary):
            if longest is None or longest > 50:
                return None
            total = (256 if binary else alphabet) ** longest if longest >= shortest else 0
            return total if total < UNCOUNTED else None
        case Open():
            return None


def space_of_type(column: Column, dialect: str) -> Space:
    """Return what a column's type holds."""
    match column.type:
        case BooleanType():
            return Listed(("false", "true"), boolean=True)
        case EnumType(values=values):
            return Listed(values)
        case IntegerType(low=low, high=high):
            return Ranged(((low, high),))
        case DecimalType(precision=precision, scale=scale) if precision is not None:
            return Ranged(((1 - 10**precision, 10**precision - 1),), scale=scale)
        case DecimalType() | FloatType():
            return Ranged(((-FAR, FAR),), scale=_FINE)
        case DateType():
            first = date(1000, 1, 1) if dialect == "mysql" else date.min
            return Ranged(((days_since_epoch(first), days_since_epoch(date.max)),), unit="day")
        case TimestampType():
            return Ranged(((-FAR, FAR),), unit="microsecond")
        case TextType(max_length=longest):
            return Worded(0, longest)
        case BinaryType(max_length=longest):
            return Worded(0, longest, binary=True)
        case _:
            return Open()


def days_since_epoch(day: date) -> int:
    return day.toordinal() - EPOCH.date().toordinal()
