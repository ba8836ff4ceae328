"""Aggregates and totals equal what pandas groups the generated tables to, for every fan-out, however the tables are cut."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as h

from synth_assets.engine import Generator
from synth_assets.plan import model as m
from synth_assets.plan import strategies as s
from synth_assets.schema import types as t
from synth_assets.schema.model import Schema, Table
from synth_assets_tests.engine import shop

MONEY = t.DecimalType(precision=12, scale=2)
FAN_OUTS: dict[str, m.FanOut] = {
    "attachment": m.Attachment(parents=1, children=4, floor=8),
    "layout": m.Layout(children=4, parents=1),
    "earlier": m.Earlier(),
    "one_to_one": m.OneToOne(),
    "stride": m.Stride(owner="owner", parents=1, children=4, floor=64),
    "product": m.Product(group="p", sizes=(200, 5), position=0),
}
PARENTS, CHILDREN = 200, 800
COUNTED = s.Where(column="status", values=("open", None))


def aggregate(function: str, column: str | None = None, **more: object) -> s.Aggregate:
    return s.Aggregate(table="child", relation="parent", function=function, column=column, **more)  # type: ignore[arg-type]


AGGREGATES: dict[str, tuple[t.LogicalType, s.Strategy]] = {
    "n": (shop.INTEGER, aggregate("count")),
    "n_open": (shop.INTEGER, aggregate("count", where=(COUNTED,))),
    "n_closed": (shop.INTEGER, aggregate("count", where=(COUNTED.model_copy(update={"negated": True}),))),
    "paid": (MONEY, aggregate("sum", "amount")),
    "worth": (MONEY, aggregate("sum", "amount", times="quantity")),
    "dearest": (MONEY, aggregate("max", "amount")),
    "mean": (t.DecimalType(precision=8, scale=3), aggregate("average", "amount")),
    "last": (t.TimestampType(), aggregate("max", "made")),
    "first": (t.DateType(), aggregate("min", "made", empty="2020-01-01")),
    "left_over": (MONEY, s.Total(plus=(s.Reference(column="paid"), s.Reference(column="fee")), minus=(aggregate("count"),))),
}
CHILD: dict[str, tuple[t.LogicalType, m.ColumnPlan]] = {
    "id": (shop.INTEGER, shop.plan("id", s.Sequence())),
    "amount": (MONEY, shop.plan("amount", s.Number(low=Decimal("-5"), high=Decimal(90)), null_fraction=0.2)),
    "quantity": (shop.INTEGER, shop.plan("quantity", s.Number(low=Decimal(1), high=Decimal(9)))),
    "status": (shop.TEXT, shop.plan("status", s.Categorical(values=("open", "shut", "lost")), null_fraction=0.1)),
    "made": (t.TimestampType(), shop.plan("made", s.Temporal(low=shop.TODAY.replace(year=2020), high=shop.TODAY))),
}


def family(fan_out: str) -> Generator:
    """Two tables, `parent` that adds up and `child`; the forest of `earlier` is one table that does both."""
    forest = fan_out == "earlier"
    rows = PARENTS if fan_out == "one_to_one" else CHILDREN
    relation = shop.relation("parent", "child" if forest else "parent", FAN_OUTS[fan_out], 0.0 if fan_out in ("layout", "stride") else 0.1)
    owner = (shop.relation("owner", "parent", m.Layout(children=4, parents=1, limit=20)),) if fan_out == "stride" else ()
    keys = [shop.key("parent"), *(shop.key("owner") for _ in owner)]
    sums = [
        shop.plan("fee", s.Number(low=Decimal(0), high=Decimal(3)), null_fraction=0.5),
        *(shop.plan(n, x) for n, (_, x) in AGGREGATES.items()),
    ]
    sum_types = {"fee": MONEY, **{n: logical for n, (logical, _) in AGGREGATES.items()}}
    child_plans = [p for _, p in CHILD.values()] + keys + (sums if forest else [])
    child_types = {**{n: logical for n, (logical, _) in CHILD.items()}, **{k.column: shop.INTEGER for k in keys}}
    tables = [table("child", child_types | sum_types if forest else child_types, child_plans)]
    plans = [m.TablePlan(table="child", row_count=rows, relations=(*owner, relation), columns=tuple(child_plans))]
    if not forest:
        parent_plans = [shop.plan("id", s.Sequence()), *sums]
        tables.insert(0, table("parent", {"id": shop.INTEGER, **sum_types}, parent_plans))
        plans.append(m.TablePlan(table="parent", row_count=PARENTS, columns=tuple(parent_plans)))
    plan = m.Plan(schema_name="x", schema_fingerprint="", tables=tuple(plans))
    return Generator(Schema(name="x", dialect="postgres", tables=tuple(tables)), plan)


def table(name: str, types: dict[str, t.LogicalType], plans: list[m.ColumnPlan]) -> Table:
    columns = tuple(shop.column(p.column, types[p.column], nullable=True) for p in plans)
    return Table(name=name, columns=columns, where=shop.HERE)


def frames(generator: Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (parents by id, children)."""
    whole = {p.table: generator.generate_rows(p.table, 0, p.row_count).to_pandas() for p in generator.plan.tables}
    return whole.get("parent", whole["child"]).set_index("id"), whole["child"]


@pytest.mark.parametrize("fan_out", FAN_OUTS)
def test_an_aggregate_is_what_a_person_would_add_up(fan_out: str) -> None:
    parents, children = frames(family(fan_out))
    children["worth"] = [None if a is None else a * int(q) for a, q in zip(children["amount"], children["quantity"], strict=True)]
    of = dict(iter(children.groupby("parent")))
    assert len(of) > 1
    for number, row in parents.iterrows():
        mine = of.get(number, children.iloc[:0])
        amounts = [a for a in mine["amount"] if a is not None]
        is_open = mine["status"].isin(["open"]) | mine["status"].isna()
        assert (row["n"], row["n_open"], row["n_closed"]) == (len(mine), is_open.sum(), (~is_open).sum())
        assert row["paid"] == sum(amounts, Decimal(0))
        assert row["worth"] == sum((w for w in mine["worth"] if w is not None), Decimal(0))
        assert row["dearest"] == max(amounts, default=None)
        assert (row["mean"] is None) == (not amounts)
        assert not amounts or abs(row["mean"] - sum(amounts) / len(amounts)) <= Decimal("0.000501")
        assert (row["last"] == mine["made"].max()) or (pd.isna(row["last"]) and mine.empty)
        assert row["first"] == (pd.Timestamp("2020-01-01") if mine.empty else mine["made"].min()).date()
        assert row["left_over"] == row["paid"] + (row["fee"] or 0) - len(mine)


WHOLE = {
    fan_out: family(fan_out).generate_rows("child" if fan_out == "earlier" else "parent", 0, PARENTS) for fan_out in ("layout", "earlier")
}


@settings(max_examples=10)
@given(h.sampled_from(sorted(WHOLE)), h.integers(1, 150), h.integers(1, 3))
def test_cuts_and_threads_change_no_sum(fan_out: str, chunk_rows: int, threads: int) -> None:
    import pyarrow as pa

    name = "child" if fan_out == "earlier" else "parent"
    chunks = list(family(fan_out).generate_chunks(name, stop=PARENTS, chunk_rows=chunk_rows, threads=threads))
    assert pa.concat_tables(chunks).combine_chunks().equals(WHOLE[fan_out].combine_chunks())


def test_an_aggregate_alone_changes_when_children_are_added() -> None:
    small, large = family("attachment"), family("attachment")
    grown = [t if t.table == "parent" else t.model_copy(update={"row_count": t.row_count + 400}) for t in large.plan.tables]
    large = Generator(large.schema, large.plan.model_copy(update={"tables": tuple(grown)}))
    before, after = (g.generate_rows("parent", 0, PARENTS) for g in (small, large))
    assert before.select(["id", "fee"]).equals(after.select(["id", "fee"]))
    assert not before["n"].equals(after["n"])
    assert small.generate_rows("child", 0, CHILDREN).equals(large.generate_rows("child", 0, CHILDREN))


def test_a_reference_may_lead_over_several_relations() -> None:
    """A pair's item is that of its twin's twin where both are the row itself; a chain of bosses is NULL where one is missing."""
    schema, plan = shop.shop_schema(), shop.shop_plan(items=40)
    pairs = plan.table("Pair")
    wanted = {"item_price": s.Copy(base=s.Reference(column="price", relation="one/boss/item"))}
    columns = tuple(c.model_copy(update={"strategy": wanted[c.column]}) if c.column in wanted else c for c in pairs.columns)
    tables = tuple(p.model_copy(update={"columns": columns}) if p.table == "Pair" else p for p in plan.tables)
    generator = Generator(schema, plan.model_copy(update={"tables": tables}))
    prices = generator.generate_rows("Item", 0, 40)["price"].to_pylist()
    rows = generator.generate_rows("Pair", 0, 100).to_pylist()
    for row in rows:
        wanted_price = None if row["boss"] is None else prices[rows[row["boss"] - 1]["item"] - 1]
        assert row["item_price"] == wanted_price
