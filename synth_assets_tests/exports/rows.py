"""Tables and rows that hold everything an export can get wrong."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa

from synth_assets.errors import SourcePosition
from synth_assets.schema.arrow import arrow_schema
from synth_assets.schema.model import Column, ForeignKey, PrimaryKey, Schema, Table
from synth_assets.schema.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    FloatType,
    IntegerType,
    LogicalType,
    TextType,
    TimestampType,
    TimeType,
)

HERE = SourcePosition(file="test.sql")
INTEGER = IntegerType()


def column(
    name: str, logical: LogicalType, sql_type: str = "x", *, nullable: bool = True, identity: bool = False, always: bool = False
) -> Column:
    return Column(name=name, type=logical, sql_type=sql_type, nullable=nullable, identity=identity, identity_always=always, where=HERE)


def key(*names: str) -> PrimaryKey:
    return PrimaryKey(columns=names, where=HERE)


def reference(name: str, parent: str, parent_column: str = "id") -> ForeignKey:
    return ForeignKey(columns=(name,), parent_table=parent, parent_columns=(parent_column,), where=HERE)


EVERYTHING = Table(
    name="Everything",
    columns=(
        column("id", INTEGER, "INTEGER", nullable=False),
        column("text", TextType(), "TEXT"),
        column("price", DecimalType(precision=30, scale=10), "NUMERIC(30,10)"),
        column("ratio", FloatType(), "DOUBLE PRECISION"),
        column("small", FloatType(bits=32), "REAL"),
        column("flag", BooleanType(), "BOOLEAN"),
        column("day", DateType(), "DATE"),
        column("at", TimeType(), "TIME"),
        column("made", TimestampType(), "TIMESTAMP"),
        column("seen", TimestampType(with_zone=True), "TIMESTAMPTZ"),
        column("raw", BinaryType(), "BYTEA"),
        column('Big, "odd" name', IntegerType(bits=64), "BIGINT"),
    ),
    primary_key=key("id"),
    where=HERE,
)

TEXTS = [
    "plain", "", None, "NULL", "\\N", "\\.", "a,b", 'say "hi"', "two\nlines", "cr\r\nlf", " spaced ", "tab\there",
    "größe 中 😀", "back\\slash", "it's", "\x01\x1f control", "{}", "'", '"', "\\", "%s :name $1 ?", "-- no comment",
    "/* none */ ;", "\u2028", "&amp", "true", "1e5", "x" * 3000,
]  # fmt: skip


def everything(count: int = 60) -> pa.Table:
    """Rows whose every third value is NULL, and whose texts are nasty."""

    def values(make: list[object]) -> list[object]:
        return [None if i % 3 == 2 else make[i % len(make)] for i in range(count)]

    instants = [
        datetime(2024, 5, 1, 8, 30),
        datetime(2024, 5, 1, 8, 30, 0, 5),
        datetime(1969, 12, 31, 23, 59, 59, 999_999),
        datetime(1, 1, 1),
    ]
    data: list[list[object]] = [
        list(range(count)),
        [TEXTS[i % len(TEXTS)] for i in range(count)],
        values([Decimal("0.0000001"), Decimal("-12345678901234567890.0000000001"), Decimal(0), Decimal("12.5")]),
        values([0.1, 1e300, -1e-300, 3.0, 1 / 3, 5e-324]),
        values([0.5, 1e10, -0.1, 16777217.0]),
        values([True, False]),
        values([date(2024, 2, 29), date(1, 1, 1), date(9999, 12, 31)]),
        values([time(8, 30), time(23, 59, 59, 999_999), time(0, 0)]),
        values(list(instants)),
        values([t.replace(tzinfo=UTC) for t in instants]),
        values([b"", b"\x00\xff\n\"',", bytes(range(256))]),
        values([2**63 - 1, -(2**63), 0]),
    ]
    schema = arrow_schema(EVERYTHING)
    return pa.table([pa.array(v, f.type) for v, f in zip(data, schema, strict=True)], schema=schema)


def chunks_of(rows: pa.Table, size: int = 7) -> list[pa.Table]:
    return [rows.slice(i, size) for i in range(0, rows.num_rows, size)]


def schema_of(*tables: Table, dialect: str = "postgres") -> Schema:
    return Schema(name="test", dialect=dialect, tables=tables)
