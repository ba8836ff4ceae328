"""Numbers with more digits than 64 bits count: sums are exact, or refused, never wrapped."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.engine.casting import to_units
from synth_assets.errors import GenerationError
from synth_assets.plan import make_plan
from synth_assets.plan.request import build_request

ORDERS = """
CREATE TABLE orders (id bigserial PRIMARY KEY, total_amount numeric(38, 6) NOT NULL);
CREATE TABLE order_items (id bigserial PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders,
    quantity bigint NOT NULL, unit_price numeric(20, 6) NOT NULL);
"""
TOKENS = """
CREATE TABLE orders (id bigserial PRIMARY KEY, total_amount numeric(38, 6) NOT NULL);
CREATE TABLE order_items (id bigserial PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders, amount numeric(38, 18) NOT NULL);
CREATE TABLE bills (id bigserial PRIMARY KEY, subtotal numeric(38, 18) NOT NULL, tax numeric(38, 18) NOT NULL,
    total numeric(38, 18) NOT NULL);
CREATE TABLE lines (id bigserial PRIMARY KEY, quantity integer NOT NULL, unit_price numeric(38, 18) NOT NULL,
    line_total numeric(38, 18) NOT NULL);
"""


def generator_of(ddl: str, **request: object) -> Generator:
    schema = read_ddl(ddl, source="x.sql", dialect="postgres").schema
    assert schema is not None
    return Generator(schema, make_plan(schema, build_request({"rows": 50, **request}, "test")))


@pytest.mark.parametrize("digits", [6, 18, 20])
def test_what_64_bits_do_not_hold_is_clipped_and_does_not_wrap(digits: int) -> None:
    values = ["0.000001", "1", "-1", "9223372036854.775807", "18446744073710", "123456789012345678901234", "-123456789012345678901234"]
    array = pa.array([Decimal(v) for v in values], pa.decimal128(38, 6))
    exact = [Decimal(v).scaleb(digits) for v in values]
    expected = [int(v) if abs(v) <= 2**62 else None for v in exact]
    for unit, whole, value in zip(to_units(array, digits).tolist(), expected, exact, strict=True):
        assert unit == whole or (abs(value) > 2**62 and abs(unit) >= 2**62 and (unit > 0) == (value > 0))


@pytest.mark.parametrize(("quantity", "price"), [(10**9, 10**7), (3 * 10**9, 3100), (4 * 10**9, 4612)])
def test_a_sum_that_is_not_counted_is_refused(quantity: int, price: int) -> None:
    def between(low: int) -> dict[str, object]:
        return {"strategy": {"kind": "number", "low": str(low), "high": str(low + 10), "distribution": {"kind": "uniform"}}}

    overrides = {"order_items": {"columns": {"quantity": between(quantity), "unit_price": between(price)}}}
    with pytest.raises(GenerationError, match="GEN121"):
        generator_of(ORDERS, overrides=overrides).generate_rows("orders", 0, 50)


def test_sums_of_many_digits_that_nobody_demands_are_left_out() -> None:
    generator = generator_of(TOKENS)
    for table in ("orders", "order_items", "bills", "lines"):
        assert generator.generate_rows(table, 0, 50).num_rows == 50


def test_a_table_of_pairs_without_rows_beside_an_empty_parent() -> None:
    ddl = """
    CREATE TABLE tenants (id int PRIMARY KEY);
    CREATE TABLE users (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, UNIQUE (tenant_id, id));
    CREATE TABLE teams (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, UNIQUE (tenant_id, id));
    CREATE TABLE members (tenant_id int NOT NULL, user_id int NOT NULL, team_id int NOT NULL, PRIMARY KEY (user_id, team_id),
        FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
        FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id));
    """
    generator = generator_of(ddl, rows_by_table={"users": 0, "members": 0})
    assert generator.generate_rows("members", 0, 0).num_rows == 0
    assert np.array_equal(generator.generate_rows("teams", 0, 50)["id"], np.arange(1, 51))
