"""CHECKs: read as domains, met by construction where they can be, proved or redrawn, and always reported."""

from decimal import Decimal

import pytest

from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.rules.check_domains import domain_of
from synth_assets.schema.expressions import And, Arithmetic, Call, ColumnRef, Comparison, InList, IsNull, Literal, Match, Not, Opaque, Or
from synth_assets_tests.plan.schemas import schema, table


def col(name):
    return ColumnRef(name=name)


def num(value):
    return Literal(type="number", text=str(value))


def txt(value):
    return Literal(type="text", text=value)


def cmp(left, operator, right):
    return Comparison(operator=operator, left=left, right=right)


def missing(name, negated=False):
    return IsNull(operand=col(name), negated=negated)


MET = {
    "range": (And(operands=(cmp(col("n"), ">=", num(1)), cmp(col("n"), "<=", num(5)))), {"n": "int"}),
    "strict range": (And(operands=(cmp(col("n"), ">", num(0)), cmp(col("n"), "<", num(1)))), {"n": "numeric(5,2)"}),
    "range out of reach": (cmp(col("salary"), ">", num(9_000_000)), {"salary": "numeric(12,2)"}),
    "list": (InList(operand=col("kind"), options=(txt("x"), txt("y"))), {"kind": "varchar(10)"}),
    "or of equalities": (Or(operands=(cmp(col("n"), "=", num(1)), cmp(col("n"), "=", num(7)))), {"n": "int"}),
    "not in a list": (InList(operand=col("status"), options=(txt("active"),), negated=True), {"status": "enum(active|closed)"}),
    "not zero": (cmp(col("n"), "<>", num(0)), {"n": "int"}),
    "length": (cmp(Call(function="length", arguments=(col("code"),)), "=", num(6)), {"code": "text"}),
    "shortest length": (cmp(Call(function="length", arguments=(Call(function="trim", arguments=(col("name"),)),)), ">", num(0)),
    {"name": "varchar(40) nn"}),
    "null or range": (Or(operands=(missing("n"), cmp(col("n"), ">", num(10)))), {"n": "int"}),
    "negated": (Not(operand=cmp(col("n"), "<", num(3))), {"n": "int"}),
    "columns in order": (cmp(col("end_date"), ">=", col("start_date")), {"start_date": "date nn", "end_date": "date"}),
    "columns in strict order": (cmp(col("b"), ">", col("a")), {"a": "timestamp nn", "b": "timestamp nn"}),
    "a day later": (cmp(col("check_out"), ">=", Arithmetic(operator="+", left=col("check_in"), right=txt("1 day"))),
    {"check_in": "date nn", "check_out": "date nn"}),
    "smaller number": (cmp(col("low_price"), "<=", col("high_price")), {"low_price": "numeric(8,2) nn", "high_price": "numeric(8,2) nn"}),
    "one is there": (Or(operands=(missing("a", True), missing("b", True))), {"a": "int", "b": "text"}),
    "one requires the other": (Or(operands=(missing("a"), missing("b", True))), {"a": "int", "b": "int"}),
    "both or none": (cmp(missing("a"), "=", missing("b")), {"a": "int", "b": "text"}),
    "one or the other": (cmp(missing("a"), "<>", missing("b")), {"a": "int", "b": "text"}),
    "missing in a status": (Or(operands=(cmp(col("status"), "<>", txt("open")), missing("b"))), {"status": "enum(open|closed)",
    "b": "int"}),
    "there in a status": (Or(operands=(cmp(col("status"), "<>", txt("closed")), missing("b", True))), {"status": "enum(open|closed)",
    "b": "int"}),
    "guarded": (
        Or(operands=(And(operands=(cmp(col("t"), "=", txt("x")), missing("b", True))), And(operands=(cmp(col("t"), "<>", txt("x")),
         missing("b"))))),
        {"t": "enum(x|y)", "b": "int"},
    ),
    "equivalent": (cmp(cmp(col("n"), "=", num(2)), "=", missing("b", True)), {"n": "int nn", "b": "text"}),
    "one of two shapes": (
        Or(operands=tuple(Match(operand=col("extra"), pattern=f"%{x}%", syntax="like") for x in ("Trailers", "Scenes"))),
        {"extra": "varchar(100)"},
    ),
    "boolean": (col("agreed"), {"agreed": "bool nn"}),
    "lower case": (cmp(col("code"), "=", txt("abc")), {"code": "text"}),
    "not after today": (cmp(col("hired"), "<=", Call(function="current_date")), {"hired": "date"}),
}  # fmt: skip


@pytest.mark.parametrize("name", MET)
def test_a_check_is_met_by_construction(name):
    expression, columns = MET[name]
    one = schema(table("t", checks=(expression,), id="serial pk", **columns))
    plan = infer_plan(one, DatasetRequest(rows=100))
    assert plan.tables[0].redraws == ()
    assert validate_plan(one, plan) == ()


def test_what_cannot_be_met_by_construction_is_redrawn_and_reported():
    expression = cmp(Arithmetic(operator="+", left=col("a"), right=col("b")), "<>", num(1500))
    one = schema(table("t", checks=(expression,), id="serial pk", a="int nn", b="int nn"))
    plan = infer_plan(one, DatasetRequest(rows=10))
    assert plan.tables[0].redraws[0].columns == ("a", "b")
    (warning,) = validate_plan(one, plan)
    assert (warning.code, warning.is_error) == ("PLAN301", False)


def test_what_is_not_understood_is_reported_and_not_redrawn():
    one = schema(table("t", checks=(Opaque(sql="is_json(a)"),), id="serial pk", a="text"))
    plan = infer_plan(one, DatasetRequest(rows=10))
    assert plan.tables[0].redraws == ()
    assert [d.code for d in validate_plan(one, plan)] == ["PLAN302"]


def test_several_checks_of_a_column_are_intersected():
    one = table("t", checks=(cmp(col("n"), ">=", num(3)), cmp(num(9), ">", col("n")), cmp(col("n"), "<", num(20))), id="serial pk", n="int")
    domain = domain_of(one, "n")
    assert (domain.low, domain.high, domain.low_strict, domain.high_strict) == ("3", "9", False, True)


def test_a_shape_is_followed():
    one = schema(
        table("t", checks=(Match(operand=col("code"), pattern="^[A-Z]{2}[0-9]{4}$", syntax="regex"),), id="serial pk", code="varchar(20)")
    )
    strategy = infer_plan(one, DatasetRequest(rows=10)).tables[0].column("code").strategy
    assert strategy.pattern == r"[A-Z]{2}\d{4}"


def test_numbers_stay_within_their_type():
    one = schema(table("t", id="serial pk", salary="numeric(5,2)", price="numeric(3,2)", views="smallint"))
    plan = infer_plan(one, DatasetRequest(rows=10))
    assert validate_plan(one, plan) == ()
    assert plan.tables[0].column("salary").strategy.high <= Decimal("999.99")
    assert plan.tables[0].column("price").strategy.high <= Decimal("9.99")
