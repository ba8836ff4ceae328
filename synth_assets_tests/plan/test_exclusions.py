"""EXCLUDE constraints: PostgreSQL takes the rows with every one of them on, and the spans look like what their names say."""

from datetime import timedelta

import pytest

from synth_assets.engine import Generator
from synth_assets.plan import validate_plan
from synth_assets.plan.strategies import Span
from synth_assets_tests.plan.servers import planned, rows_of, run_in_postgres, script
from synth_assets_tests.postgres import postgres_uri  # noqa: F401 (a fixture)

BEFORE = "CREATE EXTENSION btree_gist; CREATE TABLE room (id serial PRIMARY KEY); CREATE TABLE guest (id serial PRIMARY KEY);"
ROOM = "room_id integer NOT NULL REFERENCES room"
GUEST = "guest_id integer NOT NULL REFERENCES guest"
DAYS = "check_in date NOT NULL, check_out date NOT NULL, CHECK (check_out > check_in)"
TABLES = {
    "days of a room": f"CREATE TABLE booking ({ROOM}, {DAYS}, "
    "EXCLUDE USING gist (room_id WITH =, daterange(check_in, check_out, '[)') WITH &&))",
    "both days included": f"CREATE TABLE booking ({ROOM}, {DAYS}, "
    "EXCLUDE USING gist (room_id WITH =, daterange(check_in, check_out, '[]') WITH &&))",
    "only where not cancelled": f"CREATE TABLE booking ({ROOM}, {DAYS}, deleted_at timestamp, "
    "EXCLUDE USING gist (room_id WITH =, daterange(check_in, check_out, '[]') WITH &&) WHERE (deleted_at IS NULL))",
    "an open end": f"CREATE TABLE membership ({ROOM}, {GUEST}, valid_from date NOT NULL, valid_to date, CHECK (valid_to > valid_from), "
    "EXCLUDE USING gist (room_id WITH =, guest_id WITH =, daterange(valid_from, COALESCE(valid_to, 'infinity'::date), '[]') WITH &&))",
    "a generated range": f"CREATE TABLE trainer ({ROOM}, since timestamptz NOT NULL, until timestamptz, "
    "active_range tstzrange GENERATED ALWAYS AS (tstzrange(since, until, '[)')) STORED NOT NULL, CHECK (until > since), "
    "EXCLUDE USING gist (room_id WITH =, active_range WITH &&))",
    "a stored range of moments": f"CREATE TABLE meeting ({ROOM}, during tstzrange NOT NULL, "
    "EXCLUDE USING gist (room_id WITH =, during WITH &&))",
    "a stored range of days": f"CREATE TABLE price ({ROOM}, valid daterange NOT NULL, EXCLUDE USING gist (room_id WITH =, valid WITH &&))",
    "a stored range of numbers": f"CREATE TABLE block ({ROOM}, pages int4range, EXCLUDE USING gist (room_id WITH =, pages WITH &&))",
    "no parent": "CREATE TABLE closing (starts_at timestamp NOT NULL, ends_at timestamp NOT NULL, "
    "EXCLUDE USING gist (tsrange(starts_at, ends_at) WITH &&))",
    "a text in place of a parent": "CREATE TABLE rate (code varchar(5) NOT NULL, valid_from date NOT NULL, valid_to date, "
    "EXCLUDE USING gist (code WITH =, daterange(valid_from, valid_to, '[]') WITH &&))",
    "an expression in place of a parent": "CREATE TABLE rate (name text NOT NULL, valid_from date NOT NULL, valid_to date NOT NULL, "
    "EXCLUDE USING gist (lower(name) WITH =, daterange(valid_from, valid_to) WITH &&))",
    "two parents, each by itself": f"CREATE TABLE booking ({ROOM}, {GUEST}, {DAYS}, "
    "EXCLUDE USING gist (room_id WITH =, daterange(check_in, check_out) WITH &&), "
    "EXCLUDE USING gist (guest_id WITH =, daterange(check_in, check_out) WITH &&))",
    "whole numbers": f"CREATE TABLE seats ({ROOM}, low integer NOT NULL, high integer NOT NULL, CHECK (low < high), "
    "EXCLUDE USING gist (room_id WITH =, int4range(low, high, '[]') WITH &&))",
    "a key that begins with the span": f"CREATE TABLE booking ({ROOM}, {DAYS}, PRIMARY KEY (room_id, check_in), "
    "EXCLUDE USING gist (room_id WITH =, daterange(check_in, check_out) WITH &&))",
    "at least a night": f"CREATE TABLE booking ({ROOM}, check_in date NOT NULL, check_out date NOT NULL, "
    "CHECK (check_out >= check_in + '1 day'::interval), EXCLUDE USING gist (room_id WITH =, daterange(check_in, check_out) WITH &&))",
    "equalities alone": f"CREATE TABLE badge ({ROOM}, code varchar(12) NOT NULL, EXCLUDE USING gist (room_id WITH =, code WITH =))",
}  # fmt: skip


@pytest.mark.parametrize("rows", [40, 1_500])
@pytest.mark.parametrize("case", TABLES)
def test_postgres_takes_every_row(postgres_uri: str, case: str, rows: int):  # noqa: F811
    ddl = f"{BEFORE} {TABLES[case]};"
    schema, plan = planned(ddl, "postgres", rows_by_table={"room": 25, "guest": 30, schema_table(case): rows})
    assert not [str(d) for d in validate_plan(schema, plan)]
    run_in_postgres(postgres_uri, script(ddl, schema, plan))


def schema_table(case: str) -> str:
    return TABLES[case].split()[2]


def test_stays_last_days_and_lie_in_the_recent_past():
    schema, plan = planned(f"{BEFORE} {TABLES['days of a room']};", "postgres", rows_by_table={"room": 200, "guest": 1, "booking": 1_000})
    rows = rows_of(schema, plan, "booking").to_pylist()
    lengths = [(r["check_out"] - r["check_in"]).days for r in rows]
    assert (min(lengths), max(lengths)) == (1, 7)
    assert plan.as_of - timedelta(days=365) < min(r["check_in"] for r in rows) <= max(r["check_out"] for r in rows) <= plan.as_of


def test_the_latest_membership_of_each_may_be_open():
    schema, plan = planned(f"{BEFORE} {TABLES['an open end']};", "postgres", rows_by_table={"room": 100, "guest": 50, "membership": 400})
    rows = rows_of(schema, plan, "membership").to_pylist()
    open_rows = [r for r in rows if r["valid_to"] is None]
    assert 10 < len(open_rows) <= 100
    assert all(r["valid_from"] < plan.as_of for r in open_rows)


@pytest.mark.parametrize("case", TABLES)
def test_growth_keeps_the_first_rows(case: str):
    table = schema_table(case)
    small = planned(f"{BEFORE} {TABLES[case]};", "postgres", rows_by_table={"room": 200, "guest": 200, table: 1_000})
    large = planned(f"{BEFORE} {TABLES[case]};", "postgres", rows_by_table={"room": 220, "guest": 220, table: 1_100})
    assert Generator(*large).generate_rows(table, 0, 1_000).equals(rows_of(*small, table))


def test_more_spans_than_the_calendar_holds_are_refused():
    schema, plan = planned(f"{BEFORE} {TABLES['a text in place of a parent']};", "postgres", rows=10)
    columns = tuple(
        c.model_copy(update={"strategy": c.strategy.model_copy(update={"step": 10**6})}) if isinstance(c.strategy, Span) else c
        for c in plan.table("rate").columns
    )
    tables = tuple(t.model_copy(update={"columns": columns}) if t.table == "rate" else t for t in plan.tables)
    codes = {d.code for d in validate_plan(schema, plan.model_copy(update={"tables": tables})) if d.is_error}
    assert codes == {"PLAN233"}
