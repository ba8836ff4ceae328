"""Logical column types: what a column can hold, whatever its dialect called it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Type(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def length_of(text: str, *, in_bytes: bool) -> int:
    """Return the length of a text in characters, or in bytes of UTF-8."""
    return len(text.encode(errors="surrogatepass")) if in_bytes else len(text)


def head_of(text: str, limit: int, *, in_bytes: bool) -> str:
    """Return the first whole characters of a text that are no more than `limit` characters, or bytes of UTF-8."""
    return text.encode(errors="surrogatepass")[:limit].decode(errors="ignore") if in_bytes else text[:limit]


class IntegerType(_Type):
    """Whole numbers of `bits` bits; `low` and `high` give the inclusive range."""

    kind: Literal["integer"] = "integer"
    bits: Literal[8, 16, 24, 32, 64] = 32
    unsigned: bool = False

    @property
    def low(self) -> int:
        return 0 if self.unsigned else -(1 << (self.bits - 1))

    @property
    def high(self) -> int:
        return (1 << self.bits if self.unsigned else 1 << (self.bits - 1)) - 1


class DecimalType(_Type):
    """Exact numbers with `precision` digits in all, `scale` of them after the point (precision None: unbounded)."""

    kind: Literal["decimal"] = "decimal"
    precision: int | None = None
    scale: int = 0


class FloatType(_Type):
    """Binary floating point of 32 or 64 bits."""

    kind: Literal["float"] = "float"
    bits: Literal[32, 64] = 64


class TextType(_Type):
    """Characters.

    Attributes:
        max_length: Characters at most, or with `in_bytes` bytes of UTF-8; None is unbounded.
        fixed: CHAR(n).
        in_bytes: The database counts bytes: Oracle's VARCHAR2(n), SQL Server's VARCHAR(n) in a UTF-8 collation.
    """

    kind: Literal["text"] = "text"
    max_length: int | None = None
    fixed: bool = False
    in_bytes: bool = Field(default=False, exclude_if=lambda said: not said)

    @property
    def unit(self) -> str:
        """What `max_length` counts, for people."""
        return "bytes" if self.in_bytes else "characters"

    def holds(self, text: str) -> bool:
        """Tell whether a text is short enough."""
        return self.max_length is None or length_of(text, in_bytes=self.in_bytes) <= self.max_length


class BooleanType(_Type):
    kind: Literal["boolean"] = "boolean"


class DateType(_Type):
    kind: Literal["date"] = "date"


class TimeType(_Type):
    kind: Literal["time"] = "time"
    with_zone: bool = False


class TimestampType(_Type):
    """A date with a time of day; `with_zone` values are stored in UTC."""

    kind: Literal["timestamp"] = "timestamp"
    with_zone: bool = False


class IntervalType(_Type):
    kind: Literal["interval"] = "interval"


class UuidType(_Type):
    kind: Literal["uuid"] = "uuid"


class JsonType(_Type):
    kind: Literal["json"] = "json"


class BinaryType(_Type):
    """Bytes; `max_length` counts bytes, None is unbounded."""

    kind: Literal["binary"] = "binary"
    max_length: int | None = None


class EnumType(_Type):
    """One of `values`, in declaration order; `name` is None for an inline MySQL ENUM."""

    kind: Literal["enum"] = "enum"
    name: str | None = None
    values: tuple[str, ...]


class ArrayType(_Type):
    """An array, kept in its text form (`{a,b}`)."""

    kind: Literal["array"] = "array"
    element: "LogicalType"


class CompositeField(_Type):
    """One part of a composite type."""

    name: str
    type: "LogicalType"


class UnknownType(_Type):
    """A type we know by name only, or by its parts too (`fields`, of a composite type); its values are kept in their text form."""

    kind: Literal["unknown"] = "unknown"
    name: str
    fields: tuple[CompositeField, ...] = ()


LogicalType = Annotated[
    IntegerType
    | DecimalType
    | FloatType
    | TextType
    | BooleanType
    | DateType
    | TimeType
    | TimestampType
    | IntervalType
    | UuidType
    | JsonType
    | BinaryType
    | EnumType
    | ArrayType
    | UnknownType,
    Field(discriminator="kind"),
]

ArrayType.model_rebuild()
CompositeField.model_rebuild()
UnknownType.model_rebuild()
