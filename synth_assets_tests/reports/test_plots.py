"""Pictures of tables: the right columns, one size, the same bytes, and no input they cannot draw."""

import pyarrow as pa
import pytest

from synth_assets.reports import plot_table
from synth_assets.reports.panels import Panel, choose_panels
from synth_assets.schema.model import Table
from synth_assets.schema.types import BooleanType, DecimalType, TextType, TimestampType
from synth_assets_tests.exports.rows import EVERYTHING, HERE, INTEGER, column, everything, key, reference

ORDERS = Table(
    name="orders",
    columns=(
        column("id", INTEGER, nullable=False, identity=True),
        column("customer_id", INTEGER),
        column("status", TextType()),
        column("total", DecimalType(precision=10, scale=2)),
        column("placed_at", TimestampType()),
        column("is_gift", BooleanType()),
        column("note", TextType()),
        column("empty", TextType()),
    ),
    primary_key=key("id"),
    foreign_keys=(reference("customer_id", "customers"),),
    where=HERE,
)


def orders(count: int) -> pa.Table:
    return pa.table({
        "id": pa.array(range(count), pa.int32()),
        "customer_id": pa.array([i * i % 17 for i in range(count)], pa.int32()),
        "status": [["new", "paid $5$", "a very long status that is cut", "sent\n"][i % 4] for i in range(count)],
        "total": pa.array([i % 90 for i in range(count)]).cast(pa.decimal128(21, 2)).cast(pa.decimal128(10, 2)),
        "placed_at": pa.array([i * 86_400_000_000 for i in range(count)], pa.timestamp("us")),
        "is_gift": pa.array([None if i % 5 == 0 else i % 2 == 0 for i in range(count)], pa.bool_()),
        "note": [f"note {i} {'x' * (i % 30)}" for i in range(count)],
        "empty": pa.nulls(count, pa.string()),
    })  # fmt: skip


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def test_the_telling_columns_are_chosen_in_their_order() -> None:
    assert choose_panels(ORDERS, orders(200)) == (
        Panel("customer_id", "fan_out"),
        Panel("status", "categories"),
        Panel("total", "numbers"),
        Panel("placed_at", "dates"),
        Panel("is_gift", "categories"),
        Panel("note", "lengths"),
    )


def test_a_picture_repeats_itself_and_follows_its_rows() -> None:
    rows = orders(200)
    picture = plot_table(ORDERS, rows)
    assert size_of(picture) == (900, 500)
    assert plot_table(ORDERS, rows) == picture
    assert plot_table(ORDERS, orders(199)) != picture


@pytest.mark.parametrize("count", [0, 1, 2, 60])
def test_every_type_and_any_number_of_rows_can_be_drawn(count: int) -> None:
    assert size_of(plot_table(EVERYTHING, everything(count))) == (900, 500)
    assert size_of(plot_table(ORDERS, orders(count))) == (900, 500)


def test_a_table_of_keys_says_so() -> None:
    table = Table(name="t", columns=(column("id", INTEGER),), primary_key=key("id"), where=HERE)
    assert choose_panels(table, pa.table({"id": pa.array([1, 2], pa.int32())})) == ()
    assert size_of(plot_table(table, pa.table({"id": pa.array([1, 2], pa.int32())}))) == (900, 500)
