"""Every strategy is compared or says why not; what is compared is what the plan says."""

from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest

from synth_assets.checks.distances import CategoryReference, NumericReference
from synth_assets.checks.reference import REASONS, REFERENCES, NotCompared, null_fraction_of, reference_of
from synth_assets.plan.distributions import Exponential, Normal, Power, Uniform
from synth_assets.plan.model import NullWhen, Plan, Redraw, TablePlan
from synth_assets.plan.strategies import (
    Branch,
    Case,
    Categorical,
    Constant,
    Copy,
    Number,
    Record,
    Reference,
    Sequence,
    Strategy,
    Temporal,
    Vocabulary,
)
from synth_assets.schema.expressions import Opaque
from synth_assets.schema.model import Column, PrimaryKey, Table
from synth_assets.schema.types import (
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
from synth_assets.vocabulary import load_records, load_words, record_list_names, word_list_names
from synth_assets_tests.checks.sample import HERE, column, plan_of, unique


def planned(type_: LogicalType, strategy: Strategy, *more: Column, table: dict[str, Any] | None = None, **column_plan: Any) -> Any:
    """The plan and table of one column `c`, with changes to its table, its column plan and the table's plan."""
    redraws = column_plan.pop("redraws", ())
    made = Table(name="t", columns=(column("c", type_, nullable=True), *more), where=HERE).model_copy(update=table or {})
    columns = (plan_of("c", strategy, **column_plan), *(plan_of(m.name, Sequence()) for m in more))
    return Plan(
        schema_name="s", schema_fingerprint="none", tables=(TablePlan(table="t", row_count=9, columns=columns, redraws=redraws),)
    ), made


def referenced(type_: LogicalType, strategy: Strategy, *more: Column, **changes: Any) -> Any:
    return reference_of(*planned(type_, strategy, *more, **changes), "c")


def test_every_strategy_is_compared_or_says_why_not() -> None:
    kinds = set(get_args(get_args(Strategy)[0]))
    assert len(kinds) > 15
    assert kinds == REASONS.keys() | REFERENCES.keys()
    assert not REASONS.keys() & REFERENCES.keys()
    assert all(reason and reason == reason.strip(".") for reason in REASONS.values())


@pytest.mark.parametrize(
    ("type_", "decimals", "step"),
    [
        (IntegerType(), None, 1.0),
        (IntegerType(), 2, 1.0),
        (DecimalType(precision=8, scale=2), None, 0.01),
        (DecimalType(precision=8, scale=2), 1, 0.1),
        (DecimalType(), None, 1e-6),
        (FloatType(), None, 0.0001),
        (FloatType(), 3, 0.001),
    ],
)
def test_numbers_lie_on_the_grid_of_their_column(type_: LogicalType, decimals: int | None, step: float) -> None:
    shape = Exponential(mean=2)
    reference = referenced(type_, Number(low=Decimal("0.5"), high=Decimal(8), decimals=decimals, distribution=shape))
    assert reference == NumericReference(0.5, 8.0, shape, pytest.approx(step))


@pytest.mark.parametrize("type_", [DateType(), TimestampType()])
def test_dates_count_days(type_: LogicalType) -> None:
    strategy = Temporal(low=date(1970, 1, 2), high=date(1970, 1, 11), distribution=Power(exponent=2))
    assert referenced(type_, strategy) == NumericReference(1.0, 10.0, Power(exponent=2), 1.0)


@pytest.mark.parametrize(
    ("type_", "strategy", "expected"),
    [
        (TextType(), Categorical(values=("a", "b"), weights=(3, 1)), {"a": 0.75, "b": 0.25}),
        (TextType(), Categorical(values=("a", "b", "a")), {"a": 2 / 3, "b": 1 / 3}),
        (DecimalType(precision=5, scale=2), Categorical(values=("1.5", "1.50")), {"1.50": 1.0}),
        (BooleanType(), Categorical(values=("true", "false")), {"true": 0.5, "false": 0.5}),
        (IntegerType(), Constant(value="7"), {"7": 1.0}),
    ],
)
def test_categories_are_the_texts_of_stored_values(type_: LogicalType, strategy: Strategy, expected: dict[str, float]) -> None:
    assert referenced(type_, strategy) == CategoryReference(pytest.approx(expected))


def test_vocabularies_keep_their_weights() -> None:
    words = load_words("given_name" if "given_name" in word_list_names() else word_list_names()[0], "en_US")
    reference = referenced(TextType(), Vocabulary(name=words.name))
    assert set(reference.probabilities) == set(words.values)
    total = sum(words.weights or [1.0] * len(words.values))
    assert reference.probabilities[words.values[0]] == pytest.approx((words.weights[0] if words.weights else 1) / total)


def test_record_fields_add_up_over_the_records_that_share_them() -> None:
    records = load_records(record_list_names()[0], "en_US")
    compared = 0
    for at, name in enumerate(records.fields):
        reference = referenced(TextType(), Record(vocabulary=records.name, field=name))
        if isinstance(reference, CategoryReference):
            compared += 1
            assert set(reference.probabilities) == {row[at] for row in records.rows}
            assert sum(reference.probabilities.values()) == pytest.approx(1)
    assert compared


NUMBER = Number(low=Decimal(0), high=Decimal(9))
REDRAW = Redraw(check="c < d", expression=Opaque(sql="c < d"), columns=("c",))


@pytest.mark.parametrize(
    ("type_", "strategy", "changes", "word"),
    [
        (IntegerType(), Sequence(), {}, "row by row"),
        (IntegerType(), NUMBER, {"unique": True}, "never repeat"),
        (IntegerType(), NUMBER, {"table": {"unique_constraints": (unique("c"),)}}, "never repeat"),
        (IntegerType(), NUMBER, {"table": {"unique_constraints": (unique("c", "d"),)}}, "part of the unique key (c, d)"),
        (IntegerType(), NUMBER, {"table": {"primary_key": PrimaryKey(columns=("c", "d"), where=HERE)}}, "part of the primary key"),
        (IntegerType(), NUMBER, {"redraws": (REDRAW,)}, "drawn again to meet c < d"),
        (TextType(), NUMBER, {}, "of type text"),
        (IntegerType(), Number(low=Decimal(0), high=Decimal(1), distribution=Normal(mean=99, standard_deviation=1)), {}, "tail"),
        (IntegerType(), Categorical(values=("one",)), {}, "cannot be written as integer"),
        (IntegerType(), Constant(), {}, "NULL"),
        (TimeType(), Temporal(low=date(2025, 1, 1), high=date(2025, 1, 2)), {}, "hours"),
        (DateType(), Temporal(low=date(2025, 1, 1), high=date(2025, 1, 2), distribution=Exponential(mean=3)), {}, "no stated origin"),
        (TextType(), Vocabulary(name="no such list"), {}, "no such list"),
        (TextType(max_length=1), Vocabulary(name=word_list_names()[0]), {}, "longer than the column's 1 characters"),
        (TextType(), Record(vocabulary=record_list_names()[0], field="no such field"), {}, "no such field"),
    ],
)
def test_what_is_not_compared_says_why(type_: LogicalType, strategy: Strategy, changes: dict[str, Any], word: str) -> None:
    other = column("d", IntegerType())
    reference = referenced(type_, strategy, other, **changes)
    assert isinstance(reference, NotCompared)
    assert word in reference.reason


CASE = {"column": "d", "otherwise": NUMBER}


@pytest.mark.parametrize(
    ("strategy", "changes", "expected"),
    [
        (NUMBER, {"null_fraction": 0.25}, 0.25),
        (Constant(), {}, 1.0),
        (Constant(value="1"), {"null_fraction": 0.5}, 0.5),
        (Case(branches=(Branch(values=("x",), strategy=NUMBER),), **CASE), {"null_fraction": 0.1}, 0.1),
        (Case(branches=(Branch(values=("x",), strategy=Constant()),), **CASE), {}, None),
        (Copy(base=Reference(column="d")), {}, None),
        (NUMBER, {"null_when": (NullWhen(column="d", values=("x",)),)}, None),
        (NUMBER, {"redraws": (REDRAW,)}, None),
    ],
)
def test_planned_null_fraction(strategy: Strategy, changes: dict[str, Any], expected: float | None) -> None:
    fraction = null_fraction_of(*planned(IntegerType(), strategy, column("d", IntegerType()), **changes), "c")
    assert fraction == expected if expected is not None else isinstance(fraction, NotCompared)


def test_uniform_is_the_default_shape() -> None:
    assert referenced(IntegerType(), NUMBER).distribution == Uniform()
