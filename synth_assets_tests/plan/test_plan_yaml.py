"""Plans as YAML: back to the same plan, readable, bounded, with errors by line."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.errors import PlanError
from synth_assets.plan import dump_plan, fingerprint_plan, infer_plan, load_plan
from synth_assets.plan.distributions import Exponential, LogNormal, Normal, Power, Uniform
from synth_assets.plan.model import ColumnPlan, NullWhen, Plan, TablePlan
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.strategies import (
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
    Template,
    Temporal,
    Text,
    Uuid,
    Vocabulary,
)  # fmt: skip
from synth_assets_tests.plan.schemas import schema
from synth_assets_tests.plan.test_scaling import SHOP

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
finite = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=1e-6, max_value=1e12)
dates = st.dates(min_value=date(1, 1, 1))
decimals = st.decimals(allow_nan=False, allow_infinity=False)
references = st.builds(Reference, column=texts, relation=st.none() | texts)
distributions = st.one_of(
    st.just(Uniform()), st.builds(Normal, mean=finite, standard_deviation=positive), st.builds(LogNormal, median=positive, sigma=positive),
    st.builds(Exponential, mean=positive), st.builds(Power, exponent=positive),
)  # fmt: skip
temporals = st.builds(Temporal, low=dates, high=dates, distribution=distributions)
numbers = st.builds(Number, low=decimals, high=decimals, distribution=distributions, decimals=st.none() | st.integers(0, 9))
values = st.lists(texts, min_size=1, max_size=4).map(tuple)
leaves = st.one_of(
    st.builds(Sequence, start=st.integers(), step=st.integers()),
     numbers, temporals, st.builds(Categorical, values=values, weights=st.none() | st.lists(finite).map(tuple)),
    st.builds(Vocabulary, name=texts), st.builds(Record, vocabulary=texts, field=texts, group=texts), st.builds(Pattern, pattern=texts),
    st.builds(Template, templates=values), st.builds(Email, given_name=st.none() | texts), st.builds(Text, topic=texts),
    st.builds(Offset, base=references, low=st.integers(), high=st.integers(), maximum=st.none() | dates, fallback=st.none() | temporals),
    st.builds(Fraction, base=references, low=finite, fallback=st.none() | numbers), st.builds(Product, left=references, right=references),
     st.builds(Copy, base=references),
    st.builds(ForeignKeyValue, relation=texts, parent_column=texts), st.builds(Ordinal, relation=texts, origin=st.none() | dates),
    st.builds(Combination, group=texts, sizes=st.just((2, 3)), relation=st.none() | texts, values=values, origin=st.none() | dates),
    st.builds(Leading, relation=st.none() | texts, first=values, values=values),
    st.builds(Span, group=texts, edge=st.just("end"), unit=st.just("days"), step=st.integers(3, 9), longest=st.just(2), origin=dates),
    st.builds(Constant, value=st.none() | texts), st.just(Uuid()), st.builds(Bytes),
)  # fmt: skip
branch_values = st.lists(st.none() | texts, min_size=1, max_size=3).map(tuple)
strategies = st.recursive(
    leaves,
    lambda inner: (
        st.builds(
            Case,
            column=texts,
            branches=st.lists(st.builds(Branch, values=branch_values, strategy=inner), min_size=1, max_size=2).map(tuple),
            otherwise=inner,
        )
        | st.builds(
            Filled, rows=st.integers(0, 100_000), match=values, mentions=st.lists(references, max_size=2).map(tuple), otherwise=inner
        )
    ),
    max_leaves=4,
)
columns = st.builds(
    ColumnPlan, column=texts, strategy=strategies, null_fraction=st.floats(0, 1), unique=st.booleans(), reason=texts,
    null_when=st.lists(st.builds(NullWhen, column=texts, values=branch_values), max_size=2).map(tuple),
)  # fmt: skip
tables = st.builds(TablePlan, table=texts, row_count=st.integers(0, 10**10), columns=st.lists(columns, max_size=3).map(tuple))
plans = st.builds(
    Plan,
    schema_name=texts,
    schema_fingerprint=texts,
    seed=st.integers(),
    as_of=dates,
    prompt=texts,
    tables=st.lists(tables, max_size=2).map(tuple),
)


@settings(max_examples=120, deadline=None)
@given(plans)
def test_a_plan_comes_back_from_yaml(plan):
    text = dump_plan(plan)
    again = load_plan(text, "plan.yaml")
    assert again == plan
    assert dump_plan(again) == text
    assert fingerprint_plan(again) == fingerprint_plan(plan)


def test_an_inferred_plan_is_compact_and_comes_back():
    plan = infer_plan(schema(*SHOP), DatasetRequest())
    text = dump_plan(plan)
    assert load_plan(text, "plan.yaml") == plan
    assert "null_fraction: 0.0\n" not in text
    assert "&id" not in text
    assert len(text) < 20_000


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("tables: [", "PLAN101", "p.yaml:"),
        ("- a\n- b\n", "PLAN102", "p.yaml"),
        ("schema_name: x\nschema_fingerprint: y\ntables:\n- table: t\n  row_count: -1\n  columns: []\n", "PLAN103", "p.yaml:5:"),
        ("schema_name: x\nschema_fingerprint: y\ntables: []\nsurprise: 1\n", "PLAN103", "p.yaml:4:"),
        ("a: &x [1]\nb: *x\n", "PLAN101", "p.yaml:2:"),
        ("[" * 200 + "]" * 200, "PLAN101", "p.yaml:1:"),
        ("", "PLAN102", "p.yaml"),
        ("as_of: 2024-99-99\n", "PLAN101", "p.yaml"),
        ("x: !!python/object:os.system {}\n", "PLAN101", "p.yaml:1:"),
    ],
)
def test_what_is_no_plan_says_where(text, code, where):
    with pytest.raises(PlanError) as caught:
        load_plan(text, "p.yaml")
    assert caught.value.diagnostics[0].code == code
    assert caught.value.diagnostics[0].where.startswith(where)


def test_numbers_keep_their_value():
    for value in ("0.1", "12.50", "1E+30", "-7", "123456789012345678901234567890.123"):
        number = Number(low=Decimal(value), high=Decimal(value))
        plan = Plan(
            schema_name="s",
            schema_fingerprint="f",
            tables=(TablePlan(table="t", row_count=1, columns=(ColumnPlan(column="c", strategy=number),)),),
        )
        assert load_plan(dump_plan(plan), "p").tables[0].column("c").strategy == number
