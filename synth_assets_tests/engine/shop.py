"""A small schema and plan that use every strategy and every fan-out; written by hand, so no rule is involved."""

from datetime import date
from decimal import Decimal

from synth_assets.errors import SourcePosition
from synth_assets.plan import model as m
from synth_assets.plan import strategies as s
from synth_assets.plan.distributions import Exponential, LogNormal, Power
from synth_assets.schema import types as t
from synth_assets.schema.model import Column, Schema, Table

HERE = SourcePosition(file="shop.sql")
TODAY = date(2026, 6, 30)
INTEGER, TEXT = t.IntegerType(), t.TextType(max_length=255)


def column(name: str, logical: t.LogicalType, *, nullable: bool = False) -> Column:
    return Column(name=name, type=logical, sql_type=logical.kind, nullable=nullable, where=HERE)


def plan(name: str, strategy: s.Strategy, **more: object) -> m.ColumnPlan:
    return m.ColumnPlan(column=name, strategy=strategy, **more)  # type: ignore[arg-type]


def relation(name: str, parent: str, fan_out: m.FanOut, null_fraction: float = 0.0) -> m.Relation:
    return m.Relation(name=name, columns=(name,), parent_table=parent, parent_columns=("id",), fan_out=fan_out, null_fraction=null_fraction)


def key(name: str) -> m.ColumnPlan:
    return plan(name, s.ForeignKeyValue(relation=name, parent_column="id"))


ref = s.Reference

ITEM: tuple[tuple[str, t.LogicalType, m.ColumnPlan], ...] = (
    ("id", INTEGER, plan("id", s.Sequence())),
    ("code", t.UuidType(), plan("code", s.Uuid())),
    ("first_name", TEXT, plan("first_name", s.Vocabulary(name="first_name"))),
    ("last_name", TEXT, plan("last_name", s.Vocabulary(name="last_name"))),
    ("email", TEXT, plan("email", s.Email(given_name="first_name", family_name="last_name"), unique=True)),
    (
        "price",
        t.DecimalType(precision=10, scale=2),
        plan("price", s.Number(low=Decimal(1), high=Decimal(500), distribution=LogNormal(median=25, sigma=0.8))),
    ),
    ("quantity", INTEGER, plan("quantity", s.Number(low=Decimal(1), high=Decimal(20), distribution=Exponential(mean=3)))),
    ("available", INTEGER, plan("available", s.Fraction(base=ref(column="quantity")))),
    ("total", t.DecimalType(precision=12, scale=2), plan("total", s.Product(left=ref(column="quantity"), right=ref(column="price")))),
    (
        "status",
        t.EnumType(values=("open", "closed", "lost")),
        plan("status", s.Categorical(values=("open", "closed", "lost"), weights=(5, 3, 1))),
    ),
    ("city", TEXT, plan("city", s.Record(vocabulary="places", field="city"))),
    ("postal_code", TEXT, plan("postal_code", s.Record(vocabulary="places", field="postal_code"))),
    ("isbn", t.TextType(max_length=20), plan("isbn", s.Pattern(pattern=r"97[89]\d{9}", checksum="ean13"), unique=True)),
    ("label", TEXT, plan("label", s.Template(templates=("{column:first_name|upper}-{number:1-9}", "{pattern:[A-Z]{3}} {{x}}")))),
    ("bio", t.TextType(), plan("bio", s.Text(topic="biography", subject="author", max_sentences=4))),
    ("taken", t.TimestampType(), plan("taken", s.Temporal(low=date(2023, 1, 1), high=TODAY, distribution=Power(exponent=0.6)))),
    ("due", t.DateType(), plan("due", s.Offset(base=ref(column="taken"), low=0, high=28))),
    (
        "returned",
        t.TimestampType(),
        plan(
            "returned",
            s.Offset(base=ref(column="taken"), low=0, high=60, maximum=TODAY),
            null_when=(m.NullWhen(column="status", values=("open",)),),
        ),
    ),
    (
        "note",
        t.TextType(max_length=60),
        plan(
            "note",
            s.Case(
                column="status", branches=(s.Branch(values=("lost",), strategy=s.Constant(value=None)),), otherwise=s.Text(topic="comment")
            ),
        ),
    ),
    ("blob", t.BinaryType(), plan("blob", s.Bytes(min_length=3, max_length=12), null_fraction=0.2)),
    ("taken_copy", t.DateType(), plan("taken_copy", s.Copy(base=ref(column="taken")))),
    ("pair_count", INTEGER, plan("pair_count", s.Aggregate(table="Pair", relation="item", function="count"))),
    (
        "worth",
        t.DecimalType(precision=12, scale=2),
        plan("worth", s.Total(plus=(ref(column="total"), s.Aggregate(table="Pair", relation="any_item", function="sum", column="line")))),
    ),
    ("any_boss", INTEGER, plan("any_boss", s.AnyRow(table="Pair", column="id", parents=5, children=2))),
)
OF_CHILDREN = {"Item": ("pair_count", "worth")}
"""Columns that add up children, by table: they alone change when the children grow in number."""

NULLABLE = {"returned", "note", "blob"}

PAIR_RELATIONS = (
    relation("item", "Item", m.Layout(children=5, parents=2, limit=20)),
    relation("other", "Item", m.Stride(owner="item", parents=2, children=5)),
    relation("any_item", "Item", m.Attachment(parents=2, children=5)),
    relation("boss", "Pair", m.Earlier(), 0.1),
    relation("one", "Pair", m.OneToOne()),
    relation(
        "peer",
        "Item",
        m.Matching(conditions=(m.Condition(parent_column="status", value=ref(column="status", relation="item")),), parents=2, children=5),
    ),
)
COLOURS = tuple(f"colour {letter}" for letter in "abcdefghijklmnopqrstuvwx")
PAIR_COLUMNS = ("item", "other", "any_item", "boss", "one", "peer")

DENSE_RELATIONS = (
    relation("left", "Item", m.Product(group="d", sizes=(40, 30), position=0)),
    relation("right", "Pair", m.Product(group="d", sizes=(40, 30), position=1)),
)

TABLES = (
    Table(name="Item", columns=tuple(column(n, logical, nullable=n in NULLABLE) for n, logical, _ in ITEM), where=HERE),
    Table(
        name="Pair",
        columns=(
            column("id", INTEGER),
            *(column(n, INTEGER, nullable=n == "boss") for n in PAIR_COLUMNS),
            column("line", INTEGER),
            column("colour", TEXT),
            column("is_first", t.BooleanType()),
            column("since", t.DateType()),
            column("until", t.DateType(), nullable=True),
            column("hours", t.UnknownType(name="tstzrange")),
            column("item_price", t.DecimalType(precision=10, scale=2)),
            column("remark", t.TextType(max_length=80)),
        ),
        where=HERE,
    ),
    Table(name="Dense", columns=(column("left", INTEGER), column("right", INTEGER)), where=HERE),
)


REMARK = s.Filled(
    rows=12, match=("is_first",), mentions=(ref(column="label", relation="item"),), otherwise=s.Text(topic="comment", max_sentences=1)
)
"""Without texts it is what it is otherwise; `test_filled` gives it some."""


def shop_schema() -> Schema:
    """Return the schema of three tables: Item, its children Pair, and a dense junction."""
    return Schema(name="shop", dialect="postgres", tables=TABLES)


def shop_plan(items: int = 400, seed: int = 42) -> m.Plan:
    """Return its plan with `items` items, 2.5 pairs an item and 1,000 of 1,200 possible dense rows."""
    pairs = (
        plan("id", s.Sequence()),
        *(key(n) for n in PAIR_COLUMNS),
        plan("line", s.Ordinal(relation="item")),
        plan("colour", s.Combination(group="item,colour", sizes=(24,), relation="item", values=COLOURS)),
        plan("is_first", s.Leading(relation="item", first=("true",), values=("false",))),
        plan("since", s.Span(group="stay", edge="start", relation="item", unit="days", step=30, longest=20, origin=TODAY)),
        plan("until", s.Span(group="stay", edge="end", relation="item", unit="days", step=30, longest=20, origin=TODAY, is_open=True)),
        plan("hours", s.Span(group="hours", edge="both", unit="hours", step=24, longest=8, origin=TODAY)),
        plan("item_price", s.Copy(base=ref(column="price", relation="item"))),
        plan("remark", REMARK),
    )
    return m.Plan(
        schema_name="shop",
        schema_fingerprint="by hand",
        seed=seed,
        tables=(
            m.TablePlan(table="Item", row_count=items, columns=tuple(p for _, _, p in ITEM)),
            m.TablePlan(table="Pair", row_count=items * 5 // 2, relations=PAIR_RELATIONS, columns=pairs),
            m.TablePlan(table="Dense", row_count=1000, relations=DENSE_RELATIONS, columns=(key("left"), key("right"))),
        ),
    )
