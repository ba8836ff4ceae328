"""A dataset is a pure function of schema, plan and seed: cuts, threads, growth and neighbours change no cell."""

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as h

from synth_assets.engine import Generator
from synth_assets.engine.registry import KERNELS
from synth_assets.errors import PlanError
from synth_assets.plan.model import Plan, TablePlan
from synth_assets.plan.strategies import Strategy, Template, Vocabulary
from synth_assets.schema.arrow import arrow_schema
from synth_assets.schema.model import Schema, Table
from synth_assets_tests.engine import shop

TABLES = ("Item", "Pair", "Dense")


@pytest.fixture(scope="module")
def generator() -> Generator:
    return Generator(shop.shop_schema(), shop.shop_plan())


def whole(generator: Generator, table: str) -> pa.Table:
    return generator.generate_rows(table, 0, generator.plan.table(table).row_count)


def test_every_strategy_has_a_kernel() -> None:
    kinds = {member.model_fields["kind"].default for member in Strategy.__origin__.__args__}  # type: ignore[attr-defined]
    assert set(KERNELS) == kinds


def test_the_shop_uses_every_strategy(generator: Generator) -> None:
    used = {c.strategy.kind for t in generator.plan.tables for c in t.columns} | {"constant"}
    assert used == set(KERNELS)


@pytest.mark.parametrize("table", TABLES)
def test_rows_have_the_schema_of_the_table(generator: Generator, table: str) -> None:
    rows = whole(generator, table)
    assert rows.schema == arrow_schema(generator.schema.table(table))
    for column in generator.schema.table(table).columns:
        assert column.nullable or rows[column.name].null_count == 0


@settings(max_examples=15)
@given(h.sampled_from(TABLES), h.integers(1, 400), h.integers(1, 3))
def test_cuts_and_threads_change_no_byte(table: str, chunk_rows: int, threads: int) -> None:
    generator = Generator(shop.shop_schema(), shop.shop_plan(items=200))
    chunks = list(generator.generate_chunks(table, chunk_rows=chunk_rows, threads=threads))
    assert pa.concat_tables(chunks).combine_chunks().equals(whole(generator, table).combine_chunks())


@pytest.mark.parametrize("table", ["Item", "Pair"])
def test_growth_keeps_earlier_rows(generator: Generator, table: str) -> None:
    grown = Generator(shop.shop_schema(), shop.shop_plan(items=440))
    before, after = (whole(g, table).drop_columns(shop.OF_CHILDREN.get(table, ())) for g in (generator, grown))
    assert after.slice(0, before.num_rows).combine_chunks().equals(before.combine_chunks())


def test_another_seed_is_another_dataset(generator: Generator) -> None:
    other = Generator(shop.shop_schema(), shop.shop_plan(seed=43))
    mine, theirs = whole(generator, "Item"), whole(other, "Item")
    same = [c for c in mine.column_names if mine[c].equals(theirs[c])]
    assert same == ["id"]


def test_a_new_column_changes_no_other_cell(generator: Generator) -> None:
    table = generator.schema.table("Item")
    wider = table.model_copy(update={"columns": (*table.columns[:3], shop.column("nick", shop.TEXT, nullable=True), *table.columns[3:])})
    schema = generator.schema.model_copy(update={"tables": (wider, *generator.schema.tables[1:])})
    item = generator.plan.tables[0]
    planned = (*item.columns[:3], shop.plan("nick", Vocabulary(name="first_name"), null_fraction=0.5), *item.columns[3:])
    plan = generator.plan.model_copy(update={"tables": (item.model_copy(update={"columns": planned}), *generator.plan.tables[1:])})
    grown = Generator(Schema.model_validate(schema.model_dump()), Plan.model_validate(plan.model_dump()))
    assert whole(grown, "Item").drop_columns("nick").equals(whole(generator, "Item"))


def test_unique_columns_never_repeat(generator: Generator) -> None:
    rows = whole(generator, "Item")
    for name in ("id", "code", "email", "isbn"):
        assert pc.count_distinct(rows[name]).as_py() == rows.num_rows, name


def test_keys_point_at_rows_that_exist(generator: Generator) -> None:
    pairs = whole(generator, "Pair")
    for name in ("item", "other", "any_item"):
        assert pc.min(pairs[name]).as_py() >= 1
        assert pc.max(pairs[name]).as_py() <= 400
    assert pairs["one"].equals(pairs["id"])


def test_a_self_reference_is_a_forest(generator: Generator) -> None:
    pairs = whole(generator, "Pair").select(["id", "boss"]).to_pylist()
    assert pairs[0]["boss"] is None
    assert all(p["boss"] is None or p["boss"] < p["id"] for p in pairs)


def test_junctions_hold_no_pair_twice(generator: Generator) -> None:
    pairs, dense = whole(generator, "Pair"), whole(generator, "Dense")
    assert len(set(zip(pairs["item"].to_pylist(), pairs["other"].to_pylist(), strict=True))) == pairs.num_rows
    assert len(set(zip(pairs["item"].to_pylist(), pairs["line"].to_pylist(), strict=True))) == pairs.num_rows
    assert len(set(zip(dense["left"].to_pylist(), dense["right"].to_pylist(), strict=True))) == dense.num_rows


def test_fan_out_is_skewed_and_leaves_some_parents_childless(generator: Generator) -> None:
    children = Counter(whole(generator, "Pair")["item"].to_pylist())
    counts = [children.get(i + 1, 0) for i in range(400)]
    assert max(counts) >= 8
    assert counts.count(0) > 10


def test_a_child_sees_its_parent(generator: Generator) -> None:
    prices = whole(generator, "Item")["price"].to_pylist()
    pairs = whole(generator, "Pair").select(["item", "item_price"]).to_pylist()
    assert all(p["item_price"] == prices[p["item"] - 1] for p in pairs)


def test_derived_values_keep_their_law(generator: Generator) -> None:
    for row in whole(generator, "Item").to_pylist():
        assert 0 <= row["available"] <= row["quantity"]
        assert row["total"] == row["quantity"] * row["price"]
        assert row["due"] >= row["taken"].date()
        assert row["taken_copy"] == row["taken"].date()
        assert (row["returned"] is None) == (row["status"] == "open")
        assert row["returned"] is None or row["taken"] <= row["returned"]
        assert row["returned"] is None or row["returned"].date() <= shop.TODAY
        assert (row["note"] is None) == (row["status"] == "lost")
        assert row["note"] is None or len(row["note"]) <= 60
        assert row["email"].rsplit(".", 1)[1] in {"com", "org", "net", "example"}
        digits = [int(d) for d in row["isbn"]]
        assert sum(d * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0


def test_vocabularies_are_named_with_their_content(generator: Generator) -> None:
    found = generator.vocabulary_fingerprints()
    assert {"first_name@en_US", "places@en_US", "sentences.biography@en_US", "email_domain@en_US"} <= set(found)
    assert all(len(digest) >= 16 for digest in found.values())


def test_a_plan_of_another_schema_is_refused_with_everything_wrong() -> None:
    schema = shop.shop_schema()
    with pytest.raises(PlanError) as caught:
        Generator(
            schema.model_copy(update={"tables": schema.tables[:2]}),
            shop.shop_plan().model_copy(update={"tables": shop.shop_plan().tables[1:]}),
        )
    assert {d.where for d in caught.value.diagnostics} == {"Dense", "Item"}


@pytest.mark.parametrize(
    ("template", "rows"),
    [
        ("{vocabulary:color} {number:1-99999}", 5000),
        ("{pattern:[A-Z]{2}}-{vocabulary:noun}-{number:1-9}", 5000),
        ("{vocabulary:color} {vocabulary:noun}", 900),
        ("{column:name}", 300),
    ],
)
def test_unique_templates_spell_the_row(template: str, rows: int) -> None:
    """Number and pattern slots tell rows apart, else plain words; a template with neither gets a number at its end."""
    columns = (shop.column("name", shop.TEXT), shop.column("label", shop.TEXT))
    schema = Schema(name="x", dialect="postgres", tables=(Table(name="t", columns=columns, where=shop.HERE),))
    plans = (shop.plan("name", Vocabulary(name="first_name")), shop.plan("label", Template(templates=(template,)), unique=True))
    plan = Plan(schema_name="x", schema_fingerprint="", tables=(TablePlan(table="t", row_count=rows, columns=plans),))
    generator = Generator(schema, plan)
    labels = generator.generate_rows("t", 0, rows)["label"]
    assert pc.count_distinct(labels).as_py() == rows
    assert generator.generate_rows("t", 10, 20)["label"].to_pylist() == labels.slice(10, 10).to_pylist()
