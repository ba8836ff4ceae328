"""Whatever stops the engine says which code, table, CHECK and row, and what to do; one plan for each code."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest

from synth_assets import engine
from synth_assets.engine import Generator
from synth_assets.engine.relations import find_parents
from synth_assets.engine.rows import RowSet
from synth_assets.engine.tables import quantile_knots
from synth_assets.engine.vocabularies import vocabularies_of
from synth_assets.errors import GenerationError
from synth_assets.plan import model as m
from synth_assets.plan import strategies as s
from synth_assets.plan.distributions import Distribution, Exponential, LogNormal, Normal, Power, Uniform
from synth_assets.schema import expressions as e
from synth_assets.schema import types as t
from synth_assets.schema.model import Schema, Table
from synth_assets_tests.engine import shop

SOURCES = {path: path.read_text(encoding="utf-8") for path in Path(engine.__file__).parent.rglob("*.py")}
NEVER = e.And(operands=(e.IsNull(operand=e.ColumnRef(name="a")), e.IsNull(operand=e.ColumnRef(name="a"), negated=True)))
A_PRODUCT = e.Arithmetic(operator="*", left=e.ColumnRef(name="a"), right=e.Literal(type="text", text="x"))


def one_table(strategy: s.Strategy, logical: t.LogicalType, redraws: tuple[m.Redraw, ...] = (), **column_plan: Any) -> Generator:
    table = Table(name="t", columns=(shop.column("a", logical),), where=shop.HERE)
    table_plan = m.TablePlan(table="t", row_count=20, columns=(shop.plan("a", strategy, **column_plan),), redraws=redraws)
    plan = m.Plan(schema_name="x", schema_fingerprint="", tables=(table_plan,))
    return Generator(Schema(name="x", dialect="postgres", tables=(table,)), plan)


def reading_generated() -> pa.Table:
    """A table whose column is a copy of what its parent's database computes."""
    odd_one = shop.column("b", shop.TEXT).model_copy(update={"generated": "oddly(a)", "generated_tree": e.Opaque(sql="oddly(a)")})
    tables = (
        Table(name="t", columns=(shop.column("a", shop.TEXT), odd_one), where=shop.HERE),
        Table(name="u", columns=(shop.column("b", shop.TEXT),), where=shop.HERE),
    )
    relation = m.Relation(name="b", columns=("b",), parent_table="t", parent_columns=("b",), fan_out=m.OneToOne())
    plans = (
        m.TablePlan(table="t", row_count=5, columns=(shop.plan("a", s.Uuid()),)),
        m.TablePlan(
            table="u", row_count=5, relations=(relation,), columns=(shop.plan("b", s.ForeignKeyValue(relation="b", parent_column="b")),)
        ),
    )
    plan = m.Plan(schema_name="x", schema_fingerprint="", tables=plans)
    return Generator(Schema(name="x", dialect="postgres", tables=tables), plan).generate_rows("u", 0, 5)


def adding_up(strategy: s.Strategy, logical: t.LogicalType) -> Generator:
    """A table whose second column is the square of its first."""
    table = Table(name="t", columns=(shop.column("a", shop.INTEGER), shop.column("b", logical)), where=shop.HERE)
    square = s.Total(plus=(s.Product(left=shop.ref(column="a"), right=shop.ref(column="a")),))
    table_plan = m.TablePlan(table="t", row_count=20, columns=(shop.plan("a", strategy), shop.plan("b", square)))
    plan = m.Plan(schema_name="x", schema_fingerprint="", tables=(table_plan,))
    return Generator(Schema(name="x", dialect="postgres", tables=(table,)), plan)


def redrawn(expression: e.Expression) -> pa.Table:
    redraw = m.Redraw(check="a_is_small", expression=expression, columns=("a",))
    return one_table(s.Number(low=Decimal(0), high=Decimal(9)), shop.INTEGER, (redraw,)).generate_rows("t", 5, 10)


def paired(**fan_outs: m.FanOut) -> Generator:
    """The shop, with other fan-outs for relations of its pairs."""
    plan = shop.shop_plan(items=40)
    pairs = plan.table("Pair")
    relations = tuple(r.model_copy(update={"fan_out": fan_outs.get(r.name, r.fan_out)}) for r in pairs.relations)
    changed = pairs.model_copy(update={"relations": relations})
    return Generator(shop.shop_schema(), plan.model_copy(update={"tables": tuple(changed if x is pairs else x for x in plan.tables)}))


def of_pairs(generator: Generator) -> pa.Table:
    return generator.generate_rows("Pair", 0, 100)


def matching(parent_column: str, column: str, relation: str, **more: Any) -> m.Matching:
    """A fan-out whose parents have in a column what another parent of the row has in one."""
    condition = m.Condition(parent_column=parent_column, value=shop.ref(column=column, relation=relation))
    return m.Matching(conditions=(condition,), parents=2, children=5, **more)


REQUIRED = m.Requirement(table="Pair", relation="peer", values=(shop.ref(column="id"),))
STRIDE = next(r for r in shop.PAIR_RELATIONS if isinstance(r.fan_out, m.Stride))
FAILURES: dict[str, tuple[Callable[[], pa.Table], str, tuple[str, ...]]] = {
    "GEN101": (
        lambda: one_table(s.Constant(value="twelve"), shop.INTEGER).generate_rows("t", 5, 10),
        "t.a",
        ("rows 5 to 10", "twelve", "override"),
    ),
    "GEN102": (lambda: redrawn(NEVER), "t", ("row 5,", "CHECK a_is_small", "64 attempts", "override: a")),
    "GEN103": (lambda: redrawn(e.Opaque(sql="oddly(a)")), "t", ("rows from 5", "CHECK a_is_small", "oddly(a)")),
    "GEN104": (lambda: of_pairs(paired(item=m.Attachment(parents=1, children=1))), "Pair.item", ("layout", "attachment")),
    "GEN105": (
        lambda: of_pairs(paired(**{STRIDE.name: m.Stride(owner="item", parents=1, children=10_000, floor=1)})),
        f"Pair.{STRIDE.name}",
        ("row ", "Item", "more children", "ask for fewer"),
    ),
    "GEN106": (
        lambda: one_table(s.Pattern(pattern=r"\d{9}"), t.TextType(max_length=8), unique=True).generate_rows("t", 5, 10),
        "t.a",
        ("row 5 ", "8 characters"),
    ),
    "GEN111": (
        lambda: of_pairs(paired(peer=matching("status", "first_name", "item"))),
        "Pair.peer",
        ("row 0,", "no row of Item", "agrees"),
    ),
    "GEN112": (
        lambda: of_pairs(
            paired(any_item=m.Matching(requires=(REQUIRED,)), peer=matching("id", "id", "any_item", distinct_within="any_item"))
        ),
        "Pair.peer",
        ("only 40 pairs", "at most 40 rows"),
    ),
    "GEN113": (lambda: reading_generated(), "t.b", ("computes", "oddly(a)", "stored column")),
    "GEN121": (
        lambda: adding_up(s.Number(low=Decimal(400), high=Decimal(400)), t.IntegerType(bits=16)).generate_rows("t", 5, 10),
        "t.b",
        ("row 5,", "adds up to more", "160000"),
    ),
}


@pytest.mark.parametrize("code", FAILURES)
def test_a_failure_says_code_place_and_next_step(code: str) -> None:
    provoke, where, words = FAILURES[code]
    with pytest.raises(GenerationError) as caught:
        provoke()
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.where) == (code, where)
    assert problem.hint
    assert [word for word in words if word not in problem.render()] == []


def test_a_check_that_arrow_cannot_compute_is_told_as_ours() -> None:
    with pytest.raises(GenerationError, match="GEN103 CHECK a_is_small cannot be evaluated"):
        redrawn(e.Comparison(operator="=", left=A_PRODUCT, right=e.Literal(type="number", text="1")))


def test_every_code_is_provoked_here() -> None:
    assert {code for text in SOURCES.values() for code in re.findall(r'"(GEN\d{3})"', text)} == set(FAILURES)


def test_no_failure_leaves_the_engine_without_a_code() -> None:
    assert [path.name for path, text in SOURCES.items() if re.search(r"\bGenerationError\(", text)] == ["failures.py"]


def odd() -> Any:
    """A member that a union might get, and that nothing knows yet."""
    return object()


def test_a_strategy_that_is_nowhere_listed_is_not_passed_over() -> None:
    column = m.ColumnPlan.model_construct(column="a", strategy=odd())
    table = m.TablePlan.model_construct(table="t", row_count=1, columns=(column,))
    with pytest.raises(AssertionError, match="unreachable"):
        vocabularies_of(m.Plan.model_construct(schema_name="x", tables=(table,)))


def test_a_distribution_that_is_nowhere_listed_is_not_passed_over() -> None:
    with pytest.raises(AssertionError, match="unreachable"):
        quantile_knots(odd(), Decimal(0), Decimal(9), Decimal(1))


def test_every_distribution_has_quantiles() -> None:
    known = (Uniform(), Normal(mean=5, standard_deviation=2), LogNormal(median=4, sigma=0.5), Exponential(mean=3), Power(exponent=2))
    assert {type(d) for d in known} == set(get_args(get_args(Distribution)[0]))
    for distribution in known:
        knots, _ = quantile_knots(distribution, Decimal(1), Decimal(9), Decimal("0.1"))
        assert knots[0] < knots[-1]


def test_a_fan_out_that_is_nowhere_listed_is_not_passed_over() -> None:
    generator = Generator(shop.shop_schema(), shop.shop_plan(items=40))
    rows = RowSet(generator._program, "Pair", pa.array(range(5)).to_numpy())
    relation = shop.PAIR_RELATIONS[0].model_copy(update={"fan_out": odd()})
    with pytest.raises(AssertionError, match="unreachable"):
        find_parents(rows, relation)


def test_the_shop_uses_every_fan_out() -> None:
    used = {type(r.fan_out) for x in shop.shop_plan().tables for r in x.relations}
    assert used == set(get_args(get_args(m.FanOut)[0]))
