"""Random conditions over random rows: the engine's own verdict, and DuckDB's, are those of an independent judge."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.checks.sql_rules import CheckRule, SqlJudge
from synth_assets.ddl.expressions import read_expression
from synth_assets.engine import strategies as kernels
from synth_assets.engine.predicates import violates
from synth_assets.engine.program import Program
from synth_assets.engine.rows import RowSet
from synth_assets.engine.sql_conditions import violates_sql
from synth_assets.plan import strategies as s
from synth_assets.plan.model import Plan, TablePlan
from synth_assets.plan.rules.check_domains import is_evaluable
from synth_assets.schema import types as t
from synth_assets.schema.model import CheckConstraint, Schema, Table
from synth_assets_tests.engine import shop

ROWS = 120
assert kernels  # importing them is what registers them
INTEGERS = frozenset({"a", "b"})
COLUMNS = (
    shop.column("a", shop.INTEGER, nullable=True),
    shop.column("b", shop.INTEGER, nullable=True),
    shop.column("d", t.DecimalType(precision=6, scale=2), nullable=True),
    shop.column("t", t.TextType(), nullable=True),
    shop.column("f", t.BooleanType(), nullable=True),
)
PLANS = (
    shop.plan("a", s.Number(low=Decimal(-4), high=Decimal(9)), null_fraction=0.2),
    shop.plan("b", s.Number(low=Decimal(-9), high=Decimal(4)), null_fraction=0.2),
    shop.plan("d", s.Number(low=Decimal("-3"), high=Decimal("3")), null_fraction=0.2),
    shop.plan("t", s.Categorical(values=("", "a", "Ab", "ab ", " b", "abc", "C")), null_fraction=0.2),
    shop.plan("f", s.Categorical(values=("true", "false")), null_fraction=0.2),
)

whole = st.recursive(
    st.sampled_from(["a", "b", "0", "1", "2", "(-3)", "7", "length(t)"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "%"]), inner).map(lambda p: f"({p[0]} {p[1]} nullif({p[2]}, 0))"),
        inner.map(lambda x: f"abs({x})"),
        st.tuples(st.sampled_from(["coalesce", "greatest", "least", "nullif"]), inner, inner).map(lambda p: f"{p[0]}({p[1]}, {p[2]})"),
    ),
    max_leaves=4,
)
number = st.one_of(
    whole,
    st.sampled_from(["d", "2.5", "0.01"]),
    st.tuples(whole, st.sampled_from(["+", "-", "*"])).map(lambda p: f"(d {p[1]} {p[0]})"),
    st.lists(st.sampled_from(["a", "b", "d", "t"]), min_size=1, max_size=3).map(lambda c: f"num_nonnulls({', '.join(c)})"),
)
word = st.sampled_from(["t", "lower(t)", "upper(t)", "trim(t)", "'ab'", "'Ab'"])
comparison = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
simple = st.one_of(
    st.tuples(number, comparison, number).map(" ".join),
    st.tuples(word, st.sampled_from(["=", "<>"]), word).map(" ".join),
    st.tuples(word, st.sampled_from(["LIKE 'a%'", "NOT LIKE '_b%'", "~ '^[a-b]+$'", "!~ 'b'", "~* '^AB'"])).map(" ".join),
    st.tuples(number, st.sampled_from(["IS NULL", "IS NOT NULL", "BETWEEN -1 AND 3", "IN (1, 2, 5)", "NOT IN (0, 3)"])).map(" ".join),
    st.tuples(whole, whole).map(lambda p: f"{p[0]} IS DISTINCT FROM {p[1]}"),
    st.sampled_from(["f", "NOT f", "f IS TRUE", "f IS NOT FALSE", "f = (a > 0)"]),
)
condition = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR", "=", "<>"]), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
        inner.map(lambda x: f"NOT ({x})"),
        inner.map(lambda x: f"({x}) IS NOT TRUE"),
        st.tuples(inner, inner, inner).map(lambda p: f"CASE WHEN {p[0]} THEN {p[1]} ELSE {p[2]} END"),
    ),
    max_leaves=5,
)


def rows_of(seed: int) -> RowSet:
    schema = Schema(name="x", dialect="postgres", tables=(Table(name="t", columns=COLUMNS, where=shop.HERE),))
    plan = Plan(schema_name="x", schema_fingerprint="", seed=seed, tables=(TablePlan(table="t", row_count=ROWS, columns=PLANS),))
    return RowSet(Program(schema, plan), "t", np.arange(ROWS))


@settings(deadline=None)
@given(condition, st.integers(0, 5))
def test_arrow_and_duckdb_agree_on_which_rows_violate(sql: str, seed: int) -> None:
    names = {c.name for c in COLUMNS}
    read = read_expression(sql, "postgres", lambda n, _: n if n in names else None, frozenset({"t"}), integer_columns=INTEGERS)
    assert read.duckdb_sql is not None
    assert is_evaluable(read.expression), sql
    rows = rows_of(seed)
    check = CheckConstraint(sql=sql, duckdb_sql=read.duckdb_sql, expression=read.expression, columns=tuple(names), where=shop.HERE)
    with SqlJudge() as judge:
        judged = judge.find_violations(CheckRule(read.duckdb_sql), pa.table({n: rows.column(n) for n in sorted(names)}))
    assert violates(read.expression, rows).tolist() == judged.tolist(), read.expression
    assert violates_sql(check, rows).tolist() == judged.tolist()
