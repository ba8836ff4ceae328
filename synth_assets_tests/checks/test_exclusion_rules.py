"""Overlaps are found as PostgreSQL finds them: bounds included or not, open ends, NULLs, ranges stored as text."""

from datetime import date, timedelta
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.checks.exclusion_rules import exclusion_rule
from synth_assets.checks.sql_rules import SqlJudge
from synth_assets.ddl import read_ddl
from synth_assets_tests.plan.servers import planned, rows_of
from synth_assets_tests.plan.test_exclusions import BEFORE, TABLES

FIRST = date(2024, 1, 1)
SPANS = st.lists(st.tuples(st.none() | st.integers(0, 1), st.integers(0, 12), st.none() | st.integers(0, 6)), max_size=12)


def is_broken(ddl: str, rows: pa.Table) -> bool:
    schema = read_ddl(ddl, source="t.sql", dialect="postgres").schema
    assert schema is not None
    table = schema.tables[-1]
    with SqlJudge() as judge:
        rules = [exclusion_rule(table, e, "postgres") for e in table.exclusions]
        return any(judge.find_violations(rule, rows).any() for rule in rules if rule is not None)


@given(SPANS, st.booleans())
def test_days_overlap_where_their_sets_do(spans: list[tuple[int | None, int, int | None]], included: bool):
    style = "[]" if included else "[)"
    ddl = f"CREATE TABLE t (k integer, a date NOT NULL, b date, EXCLUDE USING gist (k WITH =, daterange(a, b, '{style}') WITH &&));"
    ends = [None if n is None else FIRST + timedelta(days=at + n) for _, at, n in spans]
    starts = [FIRST + timedelta(days=at) for _, at, _ in spans]
    rows = pa.table({
        "k": pa.array([k for k, _, _ in spans], pa.int32()), "a": pa.array(starts, pa.date32()), "b": pa.array(ends, pa.date32()),
    })  # fmt: skip
    sets = [(k, set(range(at, 99 if n is None else at + n + included))) for k, at, n in spans if k is not None]
    overlap = any(k == other and days & more for i, (k, days) in enumerate(sets) for other, more in sets[:i])
    assert is_broken(ddl, rows) == overlap


@pytest.mark.parametrize(
    ("kind", "spans", "broken"),
    [
        ("daterange", ["[2024-01-01,2024-01-05)", "[2024-01-05,2024-01-07)"], False),
        ("daterange", ["[2024-01-01,2024-01-05]", "[2024-01-05,2024-01-07)"], True),
        ("daterange", ["[2024-01-01,2024-01-05]", "(2024-01-05,2024-01-07)", "empty", None], False),
        ("int4range", ["[1,5)", "[5,)"], False),
        ("int4range", ["[1,)", "[900,901)"], True),
        ("tstzrange", ['["2024-01-01 10:00:00+00","2024-01-01 11:00:00+00")', '["2024-01-01 11:00:00+01","2024-01-01 11:30:00+01")'], True),
        ("tsrange", ["[2024-01-01 10:00:00,2024-01-01 11:00:00)", "(,2024-01-01 10:00:00)"], False),
    ],
)
def test_stored_ranges_are_read(kind: str, spans: list[str], broken: bool):
    ddl = f"CREATE TABLE t (r {kind}, EXCLUDE USING gist (r WITH &&));"
    assert is_broken(ddl, pa.table({"r": pa.array(spans, pa.string())})) == broken


@pytest.mark.parametrize("case", [c for c in TABLES if c != "equalities alone"])
def test_generated_spans_pass_and_a_copied_one_fails(case: str):
    ddl = f"{BEFORE} {TABLES[case]};"
    schema, plan = planned(ddl, "postgres", rows=60)
    rows = rows_of(schema, plan, schema.tables[-1].key)
    assert not is_broken(ddl, rows)
    key = schema.tables[-1].exclusions[0].interval.end
    present = next(i for i, v in enumerate(rows.column(key).to_pylist()) if v is not None)
    alive = [i for i in range(60) if "deleted_at" not in rows.column_names or rows.column("deleted_at")[i].as_py() is None]
    twin = rows.slice(present if present in alive else alive[0], 1)
    assert is_broken(ddl, pa.concat_tables([rows, twin]).combine_chunks())


def test_places_of_the_pairs_that_touch_are_no_overlap():
    spans = [(n * 10, n * 10 + 10) for n in range(5)]
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    rows = pa.table({"low": pa.array([a for a, _ in spans], pa.int32()), "high": pa.array([b for _, b in spans], pa.int32())})
    assert not is_broken("CREATE TABLE t (low int, high int, EXCLUDE USING gist (int4range(low, high) WITH &&));", rows)
