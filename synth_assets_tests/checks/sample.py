"""A schema by hand with every kind of constraint, its plan, and rows that meet both, made without the engine."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pyarrow as pa

from synth_assets.errors import SourcePosition
from synth_assets.plan.model import ColumnPlan, OneToOne, Plan, Relation, TablePlan
from synth_assets.plan.strategies import (
    Categorical,
    Constant,
    ForeignKeyValue,
    Number,
    Offset,
    Pattern,
    Reference,
    Sequence,
    Strategy,
    Temporal,
    Uuid,
)
from synth_assets.schema.arrow import arrow_schema
from synth_assets.schema.expressions import Opaque
from synth_assets.schema.model import CheckConstraint, Column, ForeignKey, PrimaryKey, Schema, Table, UniqueConstraint
from synth_assets.schema.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    EnumType,
    FloatType,
    IntegerType,
    JsonType,
    LogicalType,
    TextType,
    TimestampType,
    UuidType,
)

HERE = SourcePosition(file="shop.sql")
ROWS = 400
DEPOTS = 20
STATUSES = ("new", "paid", "void")
WEIGHTS = (5.0, 3.0, 2.0)
LOW_DAY, HIGH_DAY = date(2025, 1, 1), date(2025, 12, 31)


def column(name: str, type_: LogicalType, *, nullable: bool = False, generated: str | None = None) -> Column:
    return Column(name=name, type=type_, sql_type=type_.kind, nullable=nullable, generated=generated, where=HERE)


def check(sql: str, *columns: str, name: str | None = None, duckdb_sql: str | None = "same") -> CheckConstraint:
    text = sql if duckdb_sql == "same" else duckdb_sql
    return CheckConstraint(name=name, sql=sql, duckdb_sql=text, expression=Opaque(sql=sql), columns=columns, where=HERE)


def unique(*columns: str, **more: object) -> UniqueConstraint:
    return UniqueConstraint.model_validate({"columns": columns, "where": HERE, **more})


def foreign_key(columns: tuple[str, ...], parent: str, parent_columns: tuple[str, ...]) -> ForeignKey:
    return ForeignKey(columns=columns, parent_table=parent, parent_columns=parent_columns, where=HERE)


DEPOT = Table(
    name="depots",
    columns=(column("country", TextType(max_length=2, fixed=True)), column("number", IntegerType(bits=16)), column("Name", TextType())),
    primary_key=PrimaryKey(columns=("country", "number"), where=HERE),
    where=HERE,
)

ORDER = Table(
    name="orders",
    namespace="sales",
    columns=(
        column("id", IntegerType(bits=64)),
        column("previous_id", IntegerType(bits=64), nullable=True),
        column("depot_country", TextType(max_length=2, fixed=True), nullable=True),
        column("depot_number", IntegerType(bits=16), nullable=True),
        column("status", EnumType(name="status", values=STATUSES)),
        column("Amount", DecimalType(precision=10, scale=2)),
        column("discount", DecimalType(precision=10, scale=2), nullable=True),
        column("rating", FloatType(), nullable=True),
        column("placed_on", DateType()),
        column("shipped_on", DateType(), nullable=True),
        column("seen_at", TimestampType(with_zone=True)),
        column("code", TextType(max_length=8), nullable=True),
        column("email", TextType(max_length=30), nullable=True),
        column("token", UuidType()),
        column("extra", JsonType(), nullable=True),
        column("digest", BinaryType(max_length=4)),
        column("quantity", IntegerType(bits=24)),
        column("gift", BooleanType()),
        column("total", DecimalType(precision=12, scale=2), nullable=True, generated="amount * quantity"),
    ),
    primary_key=PrimaryKey(columns=("id",), where=HERE),
    unique_constraints=(
        unique("code"),
        unique("depot_country", "depot_number", "placed_on", name="one_a_day"),
        unique("email", name="live_email", predicate="status <> 'void'", is_index=True),
        unique(name="folded_code", expressions=("lower(code)",), is_index=True),
        unique("digest", "extra", name="strict", nulls_distinct=False),
    ),
    foreign_keys=(
        foreign_key(("depot_country", "depot_number"), "depots", ("country", "number")),
        foreign_key(("previous_id",), "sales.orders", ("id",)),
    ),
    checks=(
        check('"Amount" > 0', "Amount", name="amount_positive"),
        check('discount <= "Amount"', "discount", "Amount", name="discount_bounded"),
        check("shipped_on >= placed_on", "shipped_on", "placed_on", name="dates_in_order"),
        check("status <> 'new' OR shipped_on IS NULL", "status", "shipped_on", name="new_is_unshipped"),
        check("seen_at <= CURRENT_TIMESTAMP", "seen_at", name="seen_in_the_past"),
        check("total >= 0", "total", name="total_positive"),
        check("oddly(quantity)", "quantity", name="no_such_function"),
        check("quantity MEMBER OF (x)", "quantity", name="not_duckdb", duckdb_sql=None),
    ),
    where=HERE,
)

SCHEMA = Schema(name="shop", dialect="postgres", tables=(DEPOT, ORDER))


def plan_of(name: str, strategy: Strategy, **more: object) -> ColumnPlan:
    return ColumnPlan.model_validate({"column": name, "strategy": strategy, **more})


ORDER_PLAN = TablePlan(
    table="sales.orders",
    row_count=ROWS,
    relations=(
        Relation(
            name="depot_country,depot_number",
            columns=("depot_country", "depot_number"),
            parent_table="depots",
            parent_columns=("country", "number"),
            fan_out=OneToOne(),
        ),
    ),
    columns=(
        plan_of("id", Sequence()),
        plan_of("previous_id", ForeignKeyValue(relation="previous_id", parent_column="id")),
        plan_of("depot_country", ForeignKeyValue(relation="depot_country,depot_number", parent_column="country")),
        plan_of("depot_number", ForeignKeyValue(relation="depot_country,depot_number", parent_column="number")),
        plan_of("status", Categorical(values=STATUSES, weights=WEIGHTS)),
        plan_of("Amount", Number(low=Decimal("0.01"), high=Decimal("500.00"))),
        plan_of("discount", Constant(value="0.01"), null_fraction=0.5),
        plan_of("rating", Number(low=Decimal(0), high=Decimal(5)), null_fraction=0.25),
        plan_of("placed_on", Temporal(low=LOW_DAY, high=HIGH_DAY)),
        plan_of("shipped_on", Offset(base=Reference(column="placed_on"), low=1, high=9)),
        plan_of("seen_at", Temporal(low=LOW_DAY, high=HIGH_DAY)),
        plan_of("code", Pattern(pattern="C\\d{4}"), unique=True, null_fraction=0.02),
        plan_of("email", Pattern(pattern="[a-z]{5}@example\\.org"), null_fraction=0.25),
        plan_of("token", Uuid()),
        plan_of("extra", Constant(), null_fraction=0),
        plan_of("digest", Pattern(pattern="x")),
        plan_of("quantity", Number(low=Decimal(1), high=Decimal(4))),
        plan_of("gift", Categorical(values=("true", "false"), weights=(1.0, 3.0))),
    ),
)
DEPOT_PLAN = TablePlan(
    table="depots",
    row_count=DEPOTS,
    columns=(plan_of("country", Pattern(pattern="[A-Z]{2}")), plan_of("number", Sequence()), plan_of("Name", Pattern(pattern="Depot"))),
)
PLAN = Plan(schema_name="shop", schema_fingerprint="none", tables=(DEPOT_PLAN, ORDER_PLAN))


def depot_rows() -> pa.Table:
    rows = {
        "country": ["AT" if i % 2 else "DE" for i in range(DEPOTS)],
        "number": list(range(DEPOTS)),
        "Name": [f"Depot {i}" for i in range(DEPOTS)],
    }
    return pa.table(rows, schema=arrow_schema(DEPOT))


def order_values() -> dict[str, list[object]]:
    """The rows of `sales.orders` by column; quotas are met exactly, so nothing here is random."""
    span = (HIGH_DAY - LOW_DAY).days + 1
    numbers = range(ROWS)
    status = [STATUSES[0] if i % 10 < 5 else STATUSES[1] if i % 10 < 8 else STATUSES[2] for i in numbers]
    placed = [LOW_DAY + timedelta(days=i * 7 % span) for i in numbers]
    at_depot = [i % 4 != 0 for i in numbers]
    return {
        "id": [i + 1 for i in numbers],
        "previous_id": [None if i == 0 else (i + 1) // 2 for i in numbers],
        "depot_country": [("AT" if i % 2 else "DE") if at_depot[i] else None for i in numbers],
        "depot_number": [i % DEPOTS if at_depot[i] or i % 8 else None for i in numbers],
        "status": status,
        "Amount": [Decimal(1 + i * 49_999 // (ROWS - 1)).scaleb(-2) for i in numbers],
        "discount": [Decimal("0.01") if i % 2 else None for i in numbers],
        "rating": [None if i % 4 == 3 else (i * 37 % ROWS) / ROWS * 5 for i in numbers],
        "placed_on": placed,
        "shipped_on": [None if status[i] == "new" else placed[i] + timedelta(days=i % 9 + 1) for i in numbers],
        "seen_at": [datetime(2025, 1, 1, 9, tzinfo=UTC) + timedelta(days=i * 11 % span, minutes=i) for i in numbers],
        "code": [None if i % 50 == 0 else f"C{i:04}" for i in numbers],
        "email": [None if i % 4 == 1 else f"{'void' if status[i] == 'void' else i}@example.org" for i in numbers],
        "token": [str(UUID(int=i)) for i in numbers],
        "extra": [None] * ROWS,
        "digest": [i.to_bytes(2, "big") for i in numbers],
        "quantity": [i % 4 + 1 for i in numbers],
        "gift": [i % 4 == 0 for i in numbers],
    }


def order_rows(**replaced: list[object]) -> pa.Table:
    """The correct rows, with whole columns replaced by others."""
    return pa.table({**order_values(), **replaced}, schema=arrow_schema(ORDER))


def load_parent(key: str, columns: tuple[str, ...]) -> pa.Table:
    assert key == "depots"
    return depot_rows().select(list(columns))
