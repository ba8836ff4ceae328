"""Everything wrong with a plan, at once: one plan per fault, and completeness over the kinds of strategies."""

from datetime import date
from decimal import Decimal
from typing import get_args

import pytest

from synth_assets.plan import explain_plan, infer_plan, validate_plan
from synth_assets.plan.capacity import capacity_of
from synth_assets.plan.explain import describe_strategy
from synth_assets.plan.model import ColumnPlan, NullWhen
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.shapes import Neighbours, lengths_of
from synth_assets.plan.strategies import (
    Aggregate,
    AnyRow,
    Branch,
    Bytes,
    Case,
    Categorical,
    Combination,
    Constant,
    Copy,
    Email,
    Filled,
    ForeignKeyValue,
    Fraction,
    Leading,
    Number,
    Offset,
    Ordinal,
    Pattern,
    Product,
    Record,
    Reference,
    Sequence,
    Span,
    Strategy,
    Template,
    Temporal,
    Text,
    Total,
    Uuid,
    Vocabulary,
)
from synth_assets.plan.validation.references import references_of
from synth_assets.plan.validation.values import SUITABLE
from synth_assets.schema.types import TextType
from synth_assets_tests.plan.schemas import schema, table

DAY = date(2024, 1, 1)
EXAMPLES = {
    "sequence": Sequence(),
    "number": Number(low=Decimal(1), high=Decimal(9)),
    "categorical": Categorical(values=("a", "b")),
    "vocabulary": Vocabulary(name="first_name"),
    "record": Record(vocabulary="places", field="city"),
    "pattern": Pattern(pattern=r"\d{3}"),
    "template": Template(templates=("{number:1-9}",)),
    "email": Email(),
    "text": Text(topic="generic"),
    "temporal": Temporal(low=DAY, high=DAY),
    "offset": Offset(base=Reference(column="a"), low=0, high=1),
    "fraction": Fraction(base=Reference(column="a")),
    "product": Product(left=Reference(column="a"), right=Reference(column="b")),
    "aggregate": Aggregate(table="b", relation="a", function="sum", column="c"),
    "total": Total(plus=(Reference(column="a"),), minus=(Reference(column="b"),)),
    "any_row": AnyRow(table="b", column="id", parents=1, children=1),
    "copy": Copy(base=Reference(column="a")),
    "foreign_key": ForeignKeyValue(relation="a", parent_column="id"),
    "ordinal": Ordinal(relation="a"),
    "combination": Combination(group="a,b", sizes=(2, 3), values=("x", "y")),
    "leading": Leading(first=("true",), values=("false",)),
    "span": Span(group="a,b", edge="start", unit="days", step=10, longest=4, origin=DAY),
    "constant": Constant(value="1"),
    "uuid": Uuid(),
    "bytes": Bytes(),
    "filled": Filled(rows=3, match=("a",), mentions=(Reference(column="name", relation="b"),), otherwise=Text(topic="generic")),
    "case": Case(column="a", branches=(Branch(values=("x",), strategy=Uuid()),), otherwise=Constant()),
}


def kinds():
    union = get_args(get_args(Strategy)[0])
    return {model.model_fields["kind"].default for model in union}


def test_every_kind_of_strategy_is_an_example_here():
    assert set(EXAMPLES) == kinds()


def test_every_kind_is_judged_by_type():
    assert set(SUITABLE) | {"case"} == kinds()


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_every_kind_is_explained_and_measured(kind):
    strategy = EXAMPLES[kind]
    assert 1 <= len(describe_strategy(strategy)) <= 100
    room = capacity_of(strategy, TextType(max_length=40), "en_US")
    assert room is None or room >= 0
    lengths_of(strategy, Neighbours("en_US"))
    assert isinstance(references_of(strategy), list)


class OfAnotherKind:
    """A member that a union might get, and that nothing knows yet."""

    kind = "of_another_kind"


@pytest.mark.parametrize(
    "measure",
    [lambda s: capacity_of(s, TextType(), "en_US"), lambda s: lengths_of(s, Neighbours("en_US")), references_of],
    ids=["capacity", "lengths", "references"],
)
def test_a_strategy_that_is_nowhere_listed_is_not_passed_over(measure):
    with pytest.raises(AssertionError, match="unreachable"):
        measure(OfAnotherKind())


SCHEMA = schema(
    table("parents", id="serial pk", name="text nn", born="date"),
    table(
        "rows",
        id="serial pk",
        parent_id="int nn fk parents.id",
        kind="enum(a|b) nn",
        code="varchar(4)",
        amount="numeric(5,2)",
        day="date",
        other="date",
    ),
)


def with_column(column, **fields):
    plan = infer_plan(SCHEMA, DatasetRequest(rows=100))
    target = plan.table("rows")
    changed = tuple(c.model_copy(update=fields) if c.column == column else c for c in target.columns)
    rows = target.model_copy(update={"columns": changed, "redraws": ()})
    return plan.model_copy(update={"tables": (plan.tables[0], rows)})


FAULTS = {
    "type": ("PLAN121", "code", {"strategy": Temporal(low=DAY, high=DAY).model_copy(update={}), "null_fraction": 0.0}, False),
    "binary for text": ("PLAN121", "code", {"strategy": Bytes()}, True),
    "null": ("PLAN122", "kind", {"null_fraction": 0.5}, True),
    "null when": ("PLAN122", "kind", {"null_when": (NullWhen(column="code", values=(None,)),)}, True),
    "constant null": ("PLAN122", "kind", {"strategy": Constant()}, True),
    "itself": ("PLAN123", "day", {"strategy": Offset(base=Reference(column="day"), low=1, high=2)}, True),
    "vocabulary": ("PLAN124", "code", {"strategy": Vocabulary(name="first_nam")}, True),
    "vocabulary in a template": ("PLAN124", "code", {"strategy": Template(templates=("{vocabulary:nowhere}",))}, True),
    "record": ("PLAN124", "code", {"strategy": Record(vocabulary="places", field="planet")}, True),
    "topic": ("PLAN124", "code", {"strategy": Text(topic="nothing")}, True),
    "weights": ("PLAN125", "kind", {"strategy": Categorical(values=("a", "b"), weights=(1.0,))}, True),
    "negative weights": ("PLAN125", "kind", {"strategy": Categorical(values=("a", "b"), weights=(1.0, -1.0))}, True),
    "enum value": ("PLAN126", "kind", {"strategy": Categorical(values=("a", "c"))}, True),
    "long value": ("PLAN126", "code", {"strategy": Categorical(values=("abcde",))}, True),
    "no number": ("PLAN126", "amount", {"strategy": Constant(value="much")}, True),
    "no date": ("PLAN126", "day", {"strategy": Constant(value="tomorrow")}, True),
    "range": ("PLAN127", "amount", {"strategy": Number(low=Decimal(9), high=Decimal(1))}, True),
    "beyond the type": ("PLAN127", "amount", {"strategy": Number(low=Decimal(0), high=Decimal(1000))}, True),
    "beyond counting": ("PLAN127", "amount", {"strategy": Number(low=Decimal(0), high=Decimal(2**61))}, True),
    "a slot beyond counting": ("PLAN127", "code", {"strategy": Template(templates=("{number:1-9999999999999999999}",))}, True),
    "uuid in four characters": ("PLAN127", "code", {"strategy": Uuid()}, True),
    "out of the calendar": ("PLAN127", "day", {"strategy": Offset(base=Reference(column="other"), low=0, high=10**7)}, True),
    "pattern": ("PLAN128", "code", {"strategy": Pattern(pattern="a+")}, True),
    "template": ("PLAN128", "code", {"strategy": Template(templates=("{oops}",))}, True),
    "column": ("PLAN117", "day", {"strategy": Copy(base=Reference(column="dya"))}, True),
    "relation": ("PLAN117", "day", {"strategy": Copy(base=Reference(column="born", relation="parent"))}, True),
    "parent column": ("PLAN117", "day", {"strategy": Copy(base=Reference(column="birth", relation="parent_id"))}, True),
    "condition": ("PLAN117", "day", {"null_when": (NullWhen(column="nothing", values=("x",)),)}, True),
    "ordinal": ("PLAN134", "amount", {"strategy": Ordinal(relation="parent_id")}, True),
    "capacity": ("PLAN131", "code", {"strategy": Pattern(pattern=r"\d"), "unique": True}, True),
    "unique text that is too long": ("PLAN131", "code", {"strategy": Pattern(pattern=r"\d{6}"), "unique": True}, True),
    "unique sentences": ("PLAN131", "code", {"strategy": Text(topic="generic"), "unique": True}, True),
    "key": ("PLAN133", "id", {"strategy": Number(low=Decimal(1), high=Decimal(9)), "unique": False}, True),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(name):
    code, column, fields, wrong = FAULTS[name]
    codes = {d.code for d in validate_plan(SCHEMA, with_column(column, **fields)) if d.is_error}
    assert (code in codes) == wrong


def test_a_fan_out_that_is_nowhere_listed_is_not_passed_over():
    plan = infer_plan(SCHEMA, DatasetRequest())
    rows = plan.table("rows")
    relations = tuple(r.model_copy(update={"fan_out": OfAnotherKind()}) for r in rows.relations)
    odd = plan.model_copy(update={"tables": (plan.tables[0], rows.model_copy(update={"relations": relations}))})
    with pytest.raises(AssertionError, match="unreachable"):
        validate_plan(SCHEMA, odd)


def test_an_inferred_plan_has_no_fault():
    assert validate_plan(SCHEMA, infer_plan(SCHEMA, DatasetRequest())) == ()


def test_cells_that_depend_on_one_another_across_tables_are_found():
    plan = infer_plan(SCHEMA, DatasetRequest())
    column = ColumnPlan(column="day", strategy=Offset(base=Reference(column="other"), low=0, high=1))
    other = ColumnPlan(column="other", strategy=Copy(base=Reference(column="day")))
    rows = plan.table("rows")
    columns = tuple({"day": column, "other": other}.get(c.column, c) for c in rows.columns)
    looped = plan.model_copy(update={"tables": (plan.tables[0], rows.model_copy(update={"columns": columns}))})
    (found,) = [d for d in validate_plan(SCHEMA, looped) if d.code == "PLAN123"]
    assert "rows.day" in found.found
    assert "rows.other" in found.found


def test_a_foreign_key_on_a_generated_column_is_left_to_the_database_and_said_so():
    (parents, rows) = SCHEMA.tables
    columns = tuple(c.model_copy(update={"generated": "amount + 1"}) if c.name == "parent_id" else c for c in rows.columns)
    computed = schema(parents, rows.model_copy(update={"columns": columns}))
    (found,) = validate_plan(computed, infer_plan(computed, DatasetRequest()))
    assert (found.code, found.where, found.is_error) == ("PLAN136", "rows.parent_id", False)
    assert "'parent_id'" in found.message
    assert "'parents'" in found.message
    assert validate_plan(computed, infer_plan(computed, DatasetRequest(rows_by_table={"rows": 0}))) == ()


def test_missing_columns_wrong_order_and_other_schemas_are_found():
    plan = infer_plan(SCHEMA, DatasetRequest())
    rows = plan.table("rows")
    short = plan.model_copy(update={"tables": (plan.tables[0], rows.model_copy(update={"columns": rows.columns[1:]}))})
    assert "PLAN115" in {d.code for d in validate_plan(SCHEMA, short)}
    turned = plan.model_copy(update={"tables": (plan.tables[0], rows.model_copy(update={"columns": rows.columns[::-1]}))})
    assert "PLAN115" in {d.code for d in validate_plan(SCHEMA, turned)}
    assert {"PLAN113"} == {d.code for d in validate_plan(SCHEMA, plan.model_copy(update={"tables": plan.tables[1:]}))} - {"PLAN135"}
    assert {d.code for d in validate_plan(schema(*SCHEMA.tables[:1]), plan)} == {"PLAN111", "PLAN112"}


def test_explanations_cover_every_column():
    plan = infer_plan(SCHEMA, DatasetRequest())
    entries = explain_plan(plan)
    assert [(e.table, e.column) for e in entries] == [(t.table, c.column) for t in plan.tables for c in t.columns]
    assert all(e.reason and e.strategy for e in entries)
