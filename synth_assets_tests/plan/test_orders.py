"""CHECKs between columns whose names say otherwise: chains, circles, differences, and sums that a CHECK bounds."""

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.plan import make_plan
from synth_assets.plan.capacity import capacity_of, shown_decimals
from synth_assets.plan.model import TablePlan
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.strategies import Constant, Copy, Fraction, Number, Product, Record
from synth_assets.schema.types import DecimalType
from synth_assets.vocabulary import load_records


def made(columns: str) -> tuple[TablePlan, pa.Table]:
    """The plan and 500 rows of one table."""
    schema = read_ddl(f"CREATE TABLE t (id integer PRIMARY KEY, {columns});", source="t.sql", dialect="postgres").schema
    assert schema is not None
    plan = make_plan(schema, DatasetRequest(rows=500))
    return plan.table("t"), Generator(schema, plan).generate_rows("t", 0, 500)


def test_a_chain_leaves_room_for_its_last_column() -> None:
    plan, rows = made("n integer, m integer NOT NULL, quantity integer NOT NULL, CHECK (n < m), CHECK (m < quantity)")
    assert not plan.redraws
    assert pc.all(pc.less(rows["n"], rows["m"])).as_py()
    assert pc.all(pc.less(rows["m"], rows["quantity"])).as_py()
    assert pc.max(rows["quantity"]).as_py() <= 20, "the name still says how many"


def test_a_pair_that_may_be_equal_seldom_is() -> None:
    plan, rows = made("low_price numeric(8,2) NOT NULL, high_price numeric(8,2) NOT NULL, CHECK (low_price <= high_price)")
    assert isinstance(plan.column("low_price").strategy, Fraction)
    assert pc.mean(pc.less(rows["low_price"], rows["high_price"]).cast("int8")).as_py() > 0.9


def test_days_lie_in_the_order_of_a_check_whatever_they_are_called() -> None:
    plan, rows = made("hired_on date NOT NULL, birth_date date NOT NULL, CHECK (hired_on <= birth_date)")
    assert not plan.redraws
    assert pc.all(pc.less_equal(rows["hired_on"], rows["birth_date"])).as_py()


def test_a_circle_of_no_more_than_is_one_value() -> None:
    plan, rows = made("a date NOT NULL, b date, c date NOT NULL, CHECK (a <= b), CHECK (b <= c), CHECK (c <= a)")
    assert sum(isinstance(plan.column(n).strategy, Copy) for n in "abc") == 2
    assert rows["a"].equals(rows["b"])
    assert rows["b"].equals(rows["c"])


def test_a_circle_of_less_than_is_broken_by_a_null() -> None:
    plan, _ = made("a integer NOT NULL, b integer NOT NULL, c integer, CHECK (a < b), CHECK (b < c), CHECK (c < a)")
    assert plan.column("c").strategy == Constant()
    assert not plan.redraws


def test_no_more_than_and_different_is_less() -> None:
    plan, rows = made("a integer NOT NULL, b integer NOT NULL, CHECK (a <= b), CHECK (a <> b)")
    assert not plan.redraws
    assert pc.all(pc.less(rows["a"], rows["b"])).as_py()


def test_places_that_must_differ_are_two_and_each_city_stays_in_its_state() -> None:
    columns = ", ".join(f"{name} varchar(30) NOT NULL" for name in ("city", "state", "city2", "state2"))
    plan, rows = made(f"{columns}, CHECK (state <> state2)")
    groups = {n: s.group for n in ("city", "state", "city2", "state2") if isinstance(s := plan.column(n).strategy, Record)}
    assert groups["city"] == groups["state"] != groups["city2"] == groups["state2"]
    assert plan.redraws, "two draws may be of one state, so rows are drawn again"
    assert pc.all(pc.not_equal(rows["state"], rows["state2"])).as_py()
    places = load_records("places", "en_US")
    city, state = places.fields.index("city"), places.fields.index("state")
    known = {(place[city], place[state]) for place in places.rows}
    for number in ("", "2"):
        assert set(zip(rows[f"city{number}"].to_pylist(), rows[f"state{number}"].to_pylist(), strict=True)) <= known


@pytest.mark.parametrize(
    ("condition", "is_product"), [("total > 0 AND total < 1", False), ("total <= 500", True), ("total >= 0", True), ("total > 9000", True)]
)
def test_a_total_is_a_product_as_far_as_its_check_allows(condition: str, is_product: bool) -> None:
    plan, rows = made(f"quantity integer NOT NULL, unit_price numeric(10,2) NOT NULL, total numeric(10,2) NOT NULL CHECK ({condition})")
    assert isinstance(plan.column("total").strategy, Product) == is_product
    assert not plan.redraws
    assert len(set(rows["total"].to_pylist())) > 50


@pytest.mark.parametrize(
    ("low", "high", "decimals", "scale", "shown", "count"),
    [
        ("0.1", "80", 2, 0, 0, 80),
        ("0.101", "0.899", 2, 3, 2, 79),
        ("0.101", "0.109", 2, 6, 3, 9),
        ("-0.75", "-0.5", None, 1, 1, 3),
        ("0.1", "0.9", None, 0, 0, 0),
    ],
)
def test_a_number_has_the_values_that_lie_in_its_range(
    low: str, high: str, decimals: int | None, scale: int, shown: int, count: int
) -> None:
    number = Number(low=Decimal(low), high=Decimal(high), decimals=decimals)
    assert shown_decimals(number, scale) == shown
    assert capacity_of(number, DecimalType(precision=10, scale=scale), "en_US") == count
