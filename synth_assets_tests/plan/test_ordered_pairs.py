"""Pairs of parents in a CHECK's order: each at most once, all of them where all are asked for, and the same rows when tables grow alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.errors import PlanError
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.request import DatasetRequest

DDL = """
CREATE TABLE users (id integer PRIMARY KEY, name text);
CREATE TABLE friendships (user_id integer NOT NULL REFERENCES users, friend_id integer NOT NULL REFERENCES users,
    PRIMARY KEY (user_id, friend_id), CHECK (user_id < friend_id));
"""


def pairs(users: int, friendships: int) -> list[tuple[int, int]]:
    schema = read_ddl(DDL, source="pairs.sql", dialect="postgres").schema
    assert schema is not None
    planned = plan_dataset(schema, DatasetRequest(rows_by_table={"users": users, "friendships": friendships}))
    assert [d for d in planned.diagnostics if d.code in {"PLAN301", "PLAN303"}] == [], "met by construction, and known to be"
    rows = Generator(schema, planned.plan).generate_rows("friendships", 0, friendships)
    return list(zip(rows.column("user_id").to_pylist(), rows.column("friend_id").to_pylist(), strict=True))


@given(st.integers(2, 60), st.floats(0, 1))
def test_every_share_of_all_pairs_is_met(users: int, share: float) -> None:
    wanted = round(share * users * (users - 1) // 2)
    found = pairs(users, wanted)
    assert len(set(found)) == wanted
    assert all(1 <= one < other <= users for one, other in found)


def test_one_more_than_all_pairs_is_refused() -> None:
    with pytest.raises(PlanError, match="45 pairs of ordered rows of 'users'"):
        pairs(10, 46)


def test_rows_stay_when_both_tables_grow_alike() -> None:
    assert pairs(6_000, 18_000)[:9_000] == pairs(3_000, 9_000)


def test_owners_have_runs_of_different_lengths_all_over_the_table() -> None:
    owners = [other for _, other in pairs(3_000, 9_000)]
    lengths = {owners.count(owner) for owner in set(owners)}
    assert len(lengths) > 4
    assert len(set(owners)) > 2_000
