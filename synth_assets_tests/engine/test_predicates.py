"""CHECKs in three-valued logic, and rows drawn again until they meet them."""

from decimal import Decimal

import numpy as np
import pytest

from synth_assets.engine import Generator
from synth_assets.engine.predicates import violates
from synth_assets.engine.program import Program
from synth_assets.engine.rows import RowSet
from synth_assets.errors import GenerationError
from synth_assets.plan import strategies as s
from synth_assets.plan.model import Plan, Redraw, TablePlan
from synth_assets.schema import expressions as e
from synth_assets.schema import types as t
from synth_assets.schema.model import Schema, Table
from synth_assets_tests.engine import shop

A, B, C = e.ColumnRef(name="a"), e.ColumnRef(name="b"), e.ColumnRef(name="c")


def number(text: str) -> e.Literal:
    return e.Literal(type="number", text=text)


def word(text: str) -> e.Literal:
    return e.Literal(type="text", text=text)


def compare(left: e.Expression, operator: str, right: e.Expression) -> e.Comparison:
    return e.Comparison(operator=operator, left=left, right=right)  # type: ignore[arg-type]


def table_of(redraws: tuple[Redraw, ...] = ()) -> tuple[Schema, Plan]:
    columns = (shop.column("a", shop.INTEGER), shop.column("b", shop.INTEGER, nullable=True), shop.column("c", t.TextType()))
    plans = (
        shop.plan("a", s.Number(low=Decimal(0), high=Decimal(9))),
        shop.plan("b", s.Number(low=Decimal(0), high=Decimal(9)), null_fraction=0.3),
        shop.plan("c", s.Categorical(values=("Ann", "bob", "Cy "))),
    )
    schema = Schema(name="x", dialect="postgres", tables=(Table(name="t", columns=columns, where=shop.HERE),))
    return schema, Plan(
        schema_name="x", schema_fingerprint="", tables=(TablePlan(table="t", row_count=200, columns=plans, redraws=redraws),)
    )


CASES = [
    (compare(A, ">=", number("3")), lambda a, b, c: a < 3),
    (compare(A, "<", B), lambda a, b, c: b is not None and a >= b),
    (e.IsNull(operand=B), lambda a, b, c: b is not None),
    (e.IsNull(operand=B, negated=True), lambda a, b, c: b is None),
    (e.Or(operands=(e.IsNull(operand=B), compare(B, ">", A))), lambda a, b, c: b is not None and b <= a),
    (e.And(operands=(compare(A, ">", number("2")), compare(B, ">", number("5")))), lambda a, b, c: a <= 2 or (b is not None and b <= 5)),
    (e.Not(operand=compare(A, "=", number("4"))), lambda a, b, c: a == 4),
    (e.InList(operand=C, options=(word("Ann"), word("bob"))), lambda a, b, c: c not in {"Ann", "bob"}),
    (e.InList(operand=A, options=(number("1"), number("2")), negated=True), lambda a, b, c: a in {1, 2}),
    (e.Match(operand=C, pattern="A%", syntax="like"), lambda a, b, c: not c.startswith("A")),
    (e.Match(operand=C, pattern="^[a-z]+$", syntax="regex", ignore_case=True), lambda a, b, c: not c.strip().isalpha() or c.endswith(" ")),
    (
        compare(e.Call(function="length", arguments=(e.Call(function="trim", arguments=(C,)),)), ">", number("2")),
        lambda a, b, c: len(c.strip()) <= 2,
    ),
    (compare(C, "=", e.Call(function="lower", arguments=(C,))), lambda a, b, c: c != c.lower()),
    (compare(e.Arithmetic(operator="+", left=A, right=B), "<=", number("10")), lambda a, b, c: b is not None and a + b > 10),
    (compare(e.Arithmetic(operator="%", left=A, right=number("2")), "=", number("0")), lambda a, b, c: a % 2 == 1),
]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_only_false_violates(expression: e.Expression, expected: object) -> None:
    rows = RowSet(Program(*table_of()), "t", np.arange(200))
    values = zip(*(rows.column(c).to_pylist() for c in "abc"), strict=True)
    assert violates(expression, rows).tolist() == [expected(*v) for v in values]  # type: ignore[operator]


def test_rows_are_drawn_again_until_they_meet_the_check_and_stay_chunk_free() -> None:
    redraw = Redraw(check="a_plus_b", expression=compare(e.Arithmetic(operator="+", left=A, right=B), "=", number("9")), columns=("a", "b"))
    generator = Generator(*table_of((redraw,)))
    rows = generator.generate_rows("t", 0, 200)
    assert all(r["b"] is None or r["a"] + r["b"] == 9 for r in rows.to_pylist())
    assert generator.generate_rows("t", 50, 90).equals(rows.slice(50, 40).combine_chunks())
    plain = Generator(*table_of()).generate_rows("t", 0, 200)
    assert plain["c"].equals(rows["c"]), "columns outside the redraw keep their bytes"


def test_a_check_that_cannot_be_met_names_itself() -> None:
    never = e.And(operands=(e.IsNull(operand=A), e.IsNull(operand=A, negated=True)))
    redraw = Redraw(check="impossible", expression=never, columns=("a",))
    with pytest.raises(GenerationError, match="impossible after 64 attempts"):
        Generator(*table_of((redraw,))).generate_rows("t", 0, 10)
