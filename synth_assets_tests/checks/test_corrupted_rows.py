"""Each way of spoiling correct rows fails exactly the checks that should notice, with counts and the values at fault."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from synth_assets.checks import run_checks
from synth_assets.ddl import read_ddl
from synth_assets.errors import CheckError
from synth_assets.plan import make_plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.arrow import arrow_schema
from synth_assets.schema.model import Schema
from synth_assets_tests.checks.sample import DEPOT, ORDER, PLAN, ROWS, SCHEMA, check, depot_rows, load_parent, order_rows, order_values

LAST = ROWS - 1
LONG = "x" * 300


@dataclass(frozen=True)
class Corruption:
    """Rows, the checks that must fail, and of the first of them: count, values and a word of the note."""

    name: str
    rows: Callable[[], pa.Table]
    failing: tuple[str, ...]
    count: int = 0
    values: tuple[str, ...] = ()
    note: str = ""
    load: Callable[[str, tuple[str, ...]], pa.Table] = field(default=load_parent)


def with_cells(**cells: dict[int, Any]) -> Callable[[], pa.Table]:
    """The correct rows with single cells replaced: column -> row -> value."""

    def build() -> pa.Table:
        values = order_values()
        for name, replaced in cells.items():
            for row, value in replaced.items():
                values[name][row] = value
        return order_rows(**values)

    return build


def with_column(name: str, make: Callable[[list[Any]], list[Any]]) -> Callable[[], pa.Table]:
    return lambda: order_rows(**{name: make(order_values()[name])})


def with_array(name: str, make: Callable[[pa.ChunkedArray], Any]) -> Callable[[], pa.Table]:
    def build() -> pa.Table:
        rows = order_rows()
        return rows.set_column(rows.column_names.index(name), name, make(rows.column(name)))

    return build


def reordered() -> pa.Table:
    rows = order_rows()
    return rows.select([rows.column_names[1], rows.column_names[0], *rows.column_names[2:]])


def repeated_name() -> pa.Table:
    rows = order_rows()
    return rows.append_column("rating", rows.column("rating"))


CORRUPTIONS = (
    # columns, types, row count
    Corruption(
        "extra column",
        lambda: order_rows().append_column("more", pa.array(range(ROWS))),
        ("columns_and_types",),
        values=("expected nothing, found 'more'",),
    ),
    Corruption("a column name twice", repeated_name, ("columns_and_types",), count=1, values=("rating",), note="more than once"),
    Corruption("missing column", lambda: order_rows().drop_columns(["rating"]), ("columns_and_types",)),
    Corruption("missing key column", lambda: order_rows().drop_columns(["id"]), ("columns_and_types", "primary_key", "foreign_keys")),
    Corruption(
        "missing column under a CHECK",
        lambda: order_rows().drop_columns(["Amount"]),
        ("columns_and_types", "not_null", "check_constraints"),
    ),
    Corruption(
        "reordered columns",
        reordered,
        ("columns_and_types",),
        values=("expected 'id', found 'previous_id'", "expected 'previous_id', found 'id'"),
    ),
    Corruption(
        "wrong type",
        with_array("rating", lambda c: c.cast(pa.string())),
        ("columns_and_types",),
        count=1,
        values=("rating: string",),
        note="column 'rating' holds string, not double",
    ),
    Corruption("narrower integer", with_array("id", lambda c: c.cast(pa.int32())), ("columns_and_types",), count=1, values=("id: int32",)),
    Corruption(
        "text where a CHECK compares numbers",
        with_array("Amount", lambda c: pa.array(["plenty"] * len(c))),
        ("columns_and_types", "check_constraints"),
        count=1,
        values=("Amount: string",),
    ),
    Corruption(
        "a column of nothing",
        with_array("rating", lambda c: pa.nulls(len(c))),
        ("columns_and_types", "distributions"),
        1,
        ("rating: null",),
    ),
    Corruption("MEDIUMINT out of range", with_cells(quantity={5: 8_388_608}), ("columns_and_types",), 1, ("8388608",)),
    Corruption("no UUID", with_cells(token={5: "five"}), ("columns_and_types",), 1, ("five",)),
    Corruption("no JSON", with_cells(extra={5: "{"}), ("columns_and_types", "distributions"), 1, ("{",)),
    Corruption("missing row", lambda: order_rows().slice(0, LAST), ("row_count",), note="399 rows instead of 400"),
    Corruption("no rows", lambda: order_rows().slice(0, 0), ("row_count",), note="0 rows instead of 400"),
    # keys
    Corruption("NULL in NOT NULL", with_cells(placed_on={5: None, 6: None}), ("not_null",), 2, ("NULL", "NULL")),
    Corruption("NULL in the primary key", with_cells(id={LAST: None}), ("primary_key",), 1, ("NULL",)),
    Corruption("repeated primary key", with_cells(id={LAST: 399}), ("primary_key",), 2, ("399", "399")),
    Corruption("repeated value", with_cells(code={7: "C0008"}), ("unique",), 4, ("C0008",) * 4),
    Corruption(
        "repeated composite key",
        with_cells(depot_country={1: "AT", 3: "AT"}, depot_number={1: 1, 3: 1}, placed_on={1: date(2025, 1, 1), 3: date(2025, 1, 1)}),
        ("unique",),
        2,
        ("depot_country=AT, depot_number=1, placed_on=2025-01-01",) * 2,
    ),
    Corruption(
        "repeated value under the predicate",
        with_cells(email={0: "2@example.org"}),
        ("unique",),
        2,
        ("email=2@example.org, status=new",) * 2,
    ),
    Corruption("repeated expression", with_cells(code={7: "c0008"}), ("unique",), 2, ("c0008", "C0008")),
    Corruption("repeated key with NULL, NULLs alike", with_cells(digest={7: b"\x00\x08"}), ("unique",), 2),
    Corruption("orphan", with_cells(previous_id={9: 999_999}), ("foreign_keys",), 1, ("999999",)),
    Corruption("orphan of composite key", with_cells(depot_country={9: "DE"}), ("foreign_keys",), 1, ("depot_country=DE, depot_number=9",)),
    Corruption(
        "parent without its key",
        order_rows,
        ("foreign_keys",),
        note="the parent 'depots' has no column 'number'",
        load=lambda key, columns: depot_rows().select(["country"]),
    ),
    Corruption("childless parent table", order_rows, ("foreign_keys",), 300, load=lambda key, columns: depot_rows().slice(0, 0)),
    # values
    Corruption("CHECK of a column", with_cells(Amount={5: Decimal("-1.50")}, discount={5: None}), ("check_constraints",), 1, ("-1.50",)),
    Corruption(
        "CHECK of two columns", with_cells(discount={1: Decimal("400.00")}), ("check_constraints",), 1, ("discount=400.00, Amount=1.26",)
    ),
    Corruption(
        "CHECK of two dates",
        with_cells(shipped_on={5: date(2024, 1, 1)}),
        ("check_constraints",),
        1,
        ("shipped_on=2024-01-01, placed_on=2025-02-05",),
    ),
    Corruption("CHECK against the clock", with_cells(seen_at={5: datetime(2026, 7, 1, tzinfo=UTC)}), ("check_constraints",), 1),
    Corruption("text too long", with_cells(email={5: LONG}), ("lengths",), 1, ("x" * 199 + "…",)),
    Corruption("bytes too long", with_cells(digest={5: b"\xff" * 5}), ("lengths",), 1, (r"b'\xff\xff\xff\xff\xff'",)),
    Corruption("value outside the enum", with_cells(status={5: "lost", 6: "LOST"}), ("value_sets",), 2, ("lost", "LOST")),
    # distributions
    Corruption(
        "shifted numbers",
        with_column("Amount", lambda v: [max(a / 2, Decimal("0.01")).quantize(Decimal("0.01")) for a in v]),
        ("distributions",),
    ),
    Corruption("numbers beyond the range", with_column("rating", lambda v: [None if a is None else a + 2 for a in v]), ("distributions",)),
    Corruption("not a number", with_column("rating", lambda v: [None if a is None else float("nan") for a in v]), ("distributions",)),
    Corruption("one value only", with_column("quantity", lambda v: [2] * len(v)), ("distributions",)),
    Corruption(
        "shifted dates",
        with_column("seen_at", lambda v: [a.replace(month=1) for a in v if a.day < 29] + v[: sum(a.day > 28 for a in v)]),
        ("distributions",),
    ),
    Corruption("wrong weights", with_column("gift", lambda v: [not a for a in v]), ("distributions",)),
    Corruption(
        "unplanned category", with_column("discount", lambda v: [None if a is None else Decimal("0.00") for a in v]), ("distributions",)
    ),
    Corruption("too many NULLs", with_column("rating", lambda v: [a if i % 2 else None for i, a in enumerate(v)]), ("distributions",)),
    Corruption("too few NULLs", with_column("discount", lambda v: [Decimal("0.01")] * len(v)), ("distributions",)),
)


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda c: c.name)
def test_exactly_the_right_checks_fail(corruption: Corruption) -> None:
    results = run_checks(SCHEMA, PLAN, "sales.orders", corruption.rows(), corruption.load)
    failed = [r for r in results if not r.passed]
    assert {r.name: r.note for r in failed}.keys() == set(corruption.failing)
    first = failed[0]
    if corruption.count:
        assert first.unexpected_count == corruption.count
    if corruption.values:
        assert first.failing_values == corruption.values
    assert corruption.note in first.note
    if first.name == "distributions":
        assert first.statistic is not None
        assert first.threshold is not None
        assert first.statistic > first.threshold


def test_a_failing_check_names_the_expectation_that_failed() -> None:
    rows = with_cells(previous_id={9: 999_999})()
    (check,) = (r for r in run_checks(SCHEMA, PLAN, "sales.orders", rows, load_parent) if r.name == "foreign_keys")
    assert [(e.subject, e.passed, e.element_count) for e in check.expectations] == [
        ("depot_country, depot_number -> depots(country, number)", True, ROWS),
        ("previous_id -> sales.orders(id)", False, ROWS),
    ]


def test_a_value_that_a_check_cannot_evaluate_fails_it() -> None:
    table = ORDER.model_copy(update={"checks": (check("CAST(substr(code, 2) AS INTEGER) < 9999", "code", name="numbered"),)})
    schema = Schema(name="shop", dialect="postgres", tables=(DEPOT, table))
    good, bad = order_rows(), with_cells(code={5: "Cfive"})()
    for rows, passed in ((good, True), (bad, False)):
        (result,) = run_checks(schema, PLAN, "sales.orders", rows, load_parent, only={"check_constraints"})
        assert (result.passed, "five" in result.note) == (passed, not passed)


def test_a_failure_that_is_not_the_datas_is_a_check_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*_: object) -> None:
        raise MemoryError("no room left")

    monkeypatch.setattr("synth_assets.checks.sql_rules.SqlJudge.find_violations", out_of_memory)
    with pytest.raises(CheckError, match=r"CHK103.*\n.*no room left"):
        run_checks(SCHEMA, PLAN, "sales.orders", order_rows(), load_parent, only={"primary_key"})


def test_concurrent_runs_do_not_mix() -> None:
    tables = [with_cells(code={5: "C0009"} if odd else {})() for odd in (0, 1) * 4]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda rows: run_checks(SCHEMA, PLAN, "sales.orders", rows, load_parent), tables))
    assert [[r.name for r in results if not r.passed] for results in outcomes] == [[], ["unique"]] * 4


def test_failing_values_are_at_most_five() -> None:
    rows = with_cells(previous_id={i: 10_000 + i for i in range(1, 300)})()
    (check,) = run_checks(SCHEMA, PLAN, "sales.orders", rows, load_parent, only={"foreign_keys"})
    assert check.unexpected_count == 299
    assert check.failing_values == ("10001", "10002", "10003", "10004", "10005")


def test_rows_without_columns_fail_and_do_not_raise() -> None:
    results = run_checks(SCHEMA, PLAN, "sales.orders", pa.table({}), load_parent)
    failed = [r.name for r in results if not r.passed]
    assert failed == [r.name for r in results if r.name != "distributions"]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([[1, 2]] * ROWS),
        pa.array([{"a": 1}] * ROWS),
        pa.array([[("k", 1)]] * ROWS, pa.map_(pa.string(), pa.int64())),
        pa.array([timedelta(seconds=1)] * ROWS),
        pa.array([time(1, 2)] * ROWS),
        pa.array([b"\xff"] * ROWS, pa.binary(1)),
        pa.array([pa.MonthDayNano([1, 2, 3])] * ROWS),
        pa.array([Decimal(1)] * ROWS, pa.decimal256(60, 2)),
        pa.array([1.5] * ROWS, pa.float16()),
        pa.array(["x"] * ROWS, pa.string_view()),
        pa.array([b"0123456789abcdef"] * ROWS, pa.binary(16)).cast(pa.uuid()),
        pa.array([datetime(2025, 1, 1)] * ROWS, pa.timestamp("ns", "Europe/Vienna")),
    ],
    ids=lambda array: str(array.type),
)
def test_rows_of_any_type_get_a_verdict(array: pa.Array) -> None:
    rows = order_rows()
    for name in ("status", "id", "seen_at"):
        rows = rows.set_column(rows.column_names.index(name), name, array)
    failed = {r.name for r in run_checks(SCHEMA, PLAN, "sales.orders", rows, load_parent) if not r.passed}
    assert {"columns_and_types", "primary_key", "value_sets"} <= failed


def test_rows_of_text_only_fail_and_do_not_raise() -> None:
    rows = order_rows()
    text = pa.table({n: pa.array(["?"] * len(rows)) for n in rows.column_names})
    failed = {r.name for r in run_checks(SCHEMA, PLAN, "sales.orders", text, load_parent) if not r.passed}
    assert {"columns_and_types", "primary_key", "unique", "foreign_keys", "check_constraints", "value_sets"} <= failed


def test_bytes_are_counted_where_the_type_counts_them() -> None:
    """Twenty letters with accents are forty bytes: too long for 20 bytes, not for 20 characters."""
    ddl = b"CREATE TABLE notes (id NUMBER(9) PRIMARY KEY, said VARCHAR2(20), heard VARCHAR2(20 CHAR))"
    schema = read_ddl(ddl, source="notes.sql", dialect="oracle").schema
    assert schema is not None
    plan = make_plan(schema, DatasetRequest(rows=3))
    texts = ["x" * 20, "é" * 20, "é" * 10]
    columns = arrow_schema(schema.table("notes"))
    rows = pa.table([pa.array([Decimal(n) for n in range(3)], columns.field("id").type), pa.array(texts), pa.array(texts)], schema=columns)
    (lengths,) = run_checks(schema, plan, "notes", rows, load_parent, only=("lengths",))
    assert not lengths.passed
    assert [(e.passed, e.unexpected_count) for e in lengths.expectations] == [(False, 1), (True, 0)]
    assert lengths.failing_values == ("é" * 20,)
