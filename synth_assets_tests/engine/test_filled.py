"""Filled texts: a row's own, else those of a row that agrees with it, with the names of its own parents."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.engine import Generator
from synth_assets.plan.filled_texts import may_be_slot, slot_of, split_text, with_slots, without_slots
from synth_assets.plan.model import Plan
from synth_assets.plan.strategies import Branch, Case, Reference, Text
from synth_assets_tests.engine import shop

NAME = Reference(column="label", relation="item")
KEPT = pa.table({"remark": [f"Text {i} of {{item.label}}!" if i != 3 else None for i in range(12)]})
TABLES = {"Pair": KEPT}


def replanned(plan: Plan, **changes: object) -> Plan:
    """Return the plan with fields of the filled column's strategy changed."""
    pair = plan.table("Pair")
    columns = tuple(
        c.model_copy(update={"strategy": c.strategy.model_copy(update=changes)}) if c.column == "remark" else c for c in pair.columns
    )
    tables = tuple(t.model_copy(update={"columns": columns}) if t.table == "Pair" else t for t in plan.tables)
    return plan.model_copy(update={"tables": tables})


def rows_of(plan: Plan, tables: dict[str, pa.Table] = TABLES, stop: int | None = None) -> list[dict[str, object]]:
    generator = Generator(shop.shop_schema(), plan, tables)
    rows = generator.generate_rows("Pair", 0, stop or plan.table("Pair").row_count).to_pylist()
    (labels,) = generator.read_texts("Pair", len(rows), [NAME])
    return [{**row, "label": label} for row, label in zip(rows, labels, strict=True)]


def test_a_filled_row_has_its_own_text_with_its_own_parents_name():
    for i, row in enumerate(rows_of(shop.shop_plan(), stop=12)):
        expected = f"Text {i} of {row['label']}!"
        assert row["remark"] == expected or i == 3


def test_a_row_beyond_borrows_from_one_that_agrees_and_speaks_of_its_own_parent():
    rows = rows_of(shop.shop_plan())
    donors = {bool(row["is_first"]): set() for row in rows[:12]}
    for i, row in enumerate(rows[:12]):
        if i != 3:
            donors[bool(row["is_first"])].add(i)
    assert all(len(d) > 1 for d in donors.values())
    used = Counter()
    for row in rows[12:]:
        start, _, rest = str(row["remark"]).partition(" of ")
        assert rest == f"{row['label']}!"
        number = int(start.removeprefix("Text "))
        assert number in donors[bool(row["is_first"])]
        used[number] += 1
    assert set(used) == donors[True] | donors[False]


def test_a_dropped_row_and_rows_that_match_nothing_take_the_other_strategy():
    plan = shop.shop_plan()
    otherwise = Generator(shop.shop_schema(), plan).generate_rows("Pair", 0, 500).column("remark")
    rows = rows_of(plan, stop=500)
    assert rows[3]["remark"] == otherwise[3].as_py()
    first = [bool(r["is_first"]) for r in rows[:12]]
    only_first = {"Pair": pa.table({"remark": [f"One {i}" if first[i] else None for i in range(12)]})}
    for i, row in enumerate(rows_of(plan, only_first, stop=500)):
        assert str(row["remark"]).startswith("One ") == bool(row["is_first"])
        assert row["is_first"] or row["remark"] == otherwise[i].as_py()


def test_no_texts_and_texts_of_other_columns_give_what_the_plan_says_otherwise():
    plan = shop.shop_plan()
    pair = plan.table("Pair")
    columns = tuple(c.model_copy(update={"strategy": shop.REMARK.otherwise}) if c.column == "remark" else c for c in pair.columns)
    plain = plan.model_copy(
        update={"tables": tuple(t.model_copy(update={"columns": columns}) if t.table == "Pair" else t for t in plan.tables)}
    )
    expected = Generator(shop.shop_schema(), plain).generate_rows("Pair", 0, 300)
    for tables in ({}, {"Item": KEPT}, {"Pair": pa.table({"other": ["x"]})}, {"Pair": KEPT.slice(0, 0)}):
        assert Generator(shop.shop_schema(), plan, tables).generate_rows("Pair", 0, 300).equals(expected)


def test_growth_and_cuts_change_no_row():
    small, large = shop.shop_plan(items=200), shop.shop_plan(items=800)
    whole = Generator(shop.shop_schema(), large, TABLES).generate_rows("Pair", 0, 2000).column("remark")
    grown = Generator(shop.shop_schema(), small, TABLES).generate_rows("Pair", 0, 500).column("remark")
    assert whole.slice(0, 500).to_pylist() == grown.to_pylist()
    cut = [c.column("remark") for c in Generator(shop.shop_schema(), large, TABLES).generate_chunks("Pair", chunk_rows=77, threads=2)]
    assert pa.chunked_array([x for c in cut for x in c.chunks]).to_pylist() == whole.to_pylist()


def test_other_columns_do_not_change():
    plain, filled = (Generator(shop.shop_schema(), shop.shop_plan(), t).generate_rows("Pair", 0, 400) for t in ({}, TABLES))
    assert plain.drop_columns(["remark"]).equals(filled.drop_columns(["remark"]))


def test_texts_are_cut_to_the_column_after_their_names_are_in():
    long = {"Pair": pa.table({"remark": ["{item.label} " * 3 + "and much more than eighty characters in all, " * 3] * 12})}
    texts = [str(r["remark"]) for r in rows_of(shop.shop_plan(), long, stop=200)]
    assert max(map(len, texts)) <= 80
    assert min(map(len, texts)) > 40


def test_a_text_that_names_what_the_plan_does_not_list_is_not_used():
    unknown = {"Pair": pa.table({"remark": ["Zzz {item.price}"] * 12})}
    assert not any("Zzz" in str(r["remark"]) for r in rows_of(shop.shop_plan(), unknown, stop=200))


def test_rows_without_a_parent_borrow_only_from_rows_without_one():
    boss = Reference(column="line", relation="boss")
    plan = replanned(shop.shop_plan(), match=(), mentions=(boss,), rows=40)
    generator = Generator(shop.shop_schema(), plan)
    (bosses,) = generator.read_texts("Pair", 1000, [boss])
    assert None in bosses[:40]
    assert None in bosses[40:]
    texts = [f"{i} under {{boss.line}}" if bosses[i] is not None else f"{i} alone" for i in range(40)]
    remarks = Generator(shop.shop_schema(), plan, {"Pair": pa.table({"remark": texts})}).generate_rows("Pair", 0, 1000).column("remark")
    for name, remark in zip(bosses, remarks.to_pylist(), strict=True):
        assert remark.endswith(" alone" if name is None else f" under {name}")


def test_all_filled_columns_of_a_row_come_from_one_row():
    schema, plan = shop.shop_schema(), shop.shop_plan()
    pair, table = plan.table("Pair"), schema.table("Pair")
    twin = pair.column("remark").model_copy(update={"column": "remark_2"})
    plan = plan.model_copy(
        update={"tables": tuple(t.model_copy(update={"columns": (*t.columns, twin)}) if t.table == "Pair" else t for t in plan.tables)}
    )
    columns = (*table.columns, table.column("remark").model_copy(update={"name": "remark_2"}))
    schema = schema.model_copy(
        update={"tables": tuple(t.model_copy(update={"columns": columns}) if t.key == "Pair" else t for t in schema.tables)}
    )
    texts = {"Pair": pa.table({"remark": [f"a{i}" for i in range(12)], "remark_2": [f"b{i}" for i in range(12)]})}
    made = Generator(schema, plan, texts).generate_rows("Pair", 0, 900)
    assert all(a[1:] == b[1:] for a, b in zip(made["remark"].to_pylist(), made["remark_2"].to_pylist(), strict=True))


def test_draws_are_even():
    plan = replanned(shop.shop_plan(items=4000), match=(), mentions=())
    texts = {"Pair": pa.table({"remark": [str(i) for i in range(12)]})}
    made = Generator(shop.shop_schema(), plan, texts).generate_rows("Pair", 12, 10_000).column("remark").to_pylist()
    counts = np.array(list(Counter(made).values()))
    assert len(counts) == 12
    assert counts.min() > 0.85 * counts.mean()
    assert counts.max() < 1.15 * counts.mean()


def test_a_filled_strategy_may_stand_in_a_branch():
    case = Case(column="is_first", branches=(Branch(values=("false",), strategy=Text(topic="comment")),), otherwise=shop.REMARK)
    plan = shop.shop_plan()
    columns = tuple(c.model_copy(update={"strategy": case}) if c.column == "remark" else c for c in plan.table("Pair").columns)
    tables = tuple(t.model_copy(update={"columns": columns}) if t.table == "Pair" else t for t in plan.tables)
    for row in rows_of(plan.model_copy(update={"tables": tables}), stop=400)[12:]:
        assert str(row["remark"]).startswith("Text ") == row["is_first"]


texts = st.text(max_size=40)


@settings(max_examples=300, deadline=None)
@given(texts, st.lists(texts, max_size=3))
def test_a_kept_text_comes_back(text, names):
    mentions = [(Reference(column=f"c{i}", relation="r"), name) for i, name in enumerate(names)]
    assert without_slots(with_slots(text, mentions), mentions) == text


def test_names_become_slots_whole_and_longest_first():
    mentions = [(Reference(column="name", relation="p"), "Aurora"), (Reference(column="title", relation="q"), "Aurora Kettle")]
    kept = with_slots("The Aurora Kettle by Aurora {sic}; Auroras.", mentions)
    assert kept == "The {q.title} by {p.name} {{sic}}; Auroras."
    assert split_text(kept) == (("The ", " by ", " {sic}; Auroras."), ("q.title", "p.name"))


@pytest.mark.parametrize("name", [None, "", "ab", "  "])
def test_names_that_tell_nothing_stay(name):
    assert with_slots("ab and all", [(Reference(column="name", relation="p"), name)]) == "ab and all"


def test_references_that_no_slot_can_spell():
    assert may_be_slot(NAME)
    assert slot_of(NAME) == "item.label"
    assert not may_be_slot(Reference(column="own"))
    assert not may_be_slot(Reference(column="a}", relation="r"))
