"""Rosters and what is picked from them: who exists by then, values as codes, pairs that never repeat."""

import time

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_assets.engine import Generator
from synth_assets.engine.roster_kernels import pair_up, pick, step
from synth_assets.engine.value_codes import code_values
from synth_assets_tests.engine import shop

TOP = np.uint64(2**64 - 1)


def integers(*values):
    return np.array(values, dtype=np.int64)


GROUPED = (integers(0, 3, 5), integers(7, 2, 9, 4, 1), integers(0, 2, 6, 3, 8))
"""Two groups: members 7, 2, 9 since rows 0, 2, 6; members 4, 1 since rows 3, 8."""


def picked(rows, groups, draws, *, always=True):
    return pick(integers(*rows), integers(*groups), np.array(draws, dtype=np.uint64), *GROUPED, always=always).tolist()


def test_only_members_that_exist_by_then_are_picked():
    assert picked([0, 1, 2, 5, 6], [0] * 5, [TOP] * 5) == [7, 7, 2, 2, 9]
    assert picked([6, 6], [0, 0], [0, TOP]) == [7, 9]


def test_where_none_exists_yet_the_first_that_will_is_taken_or_nobody():
    assert picked([0, 2, 3], [1, 1, 1], [TOP] * 3) == [4, 4, 4]
    assert picked([0, 2, 3], [1, 1, 1], [TOP] * 3, always=False) == [-1, -1, 4]
    assert picked([9], [-1], [0]) == [-1]


def test_siblings_step_through_different_members():
    ordinals = integers(0, 1, 2, 3)
    same = np.full(4, 12345678901234567890, dtype=np.uint64)
    found = step(integers(10, 11, 12, 13), integers(0, 0, 0, 0), ordinals, same, same, *GROUPED, at_least=1)
    assert sorted(found[:3].tolist()) == [2, 7, 9]
    assert found[3] == -1


@given(st.lists(st.tuples(st.integers(-3, 40), st.sampled_from(["x", "y", "z", "é"])), min_size=1, max_size=60), st.integers(1, 10**7))
def test_codes_tell_combinations_apart_and_know_nothing_else(pairs, stretch):
    """Close numbers are looked up by place, far ones by value: `stretch` makes both."""
    columns = [pa.array([a * stretch for a, _ in pairs], pa.int64()), pa.array([b for _, b in pairs])]
    codes, groups = code_values([pa.chunked_array([c.slice(0, 1), c.slice(1)]) for c in columns], len(pairs))
    assert groups.tolist() == codes.groups_of(columns, len(pairs)).tolist()
    assert {(g == h) == (p == q) for g, p in zip(groups, pairs, strict=True) for h, q in zip(groups, pairs, strict=True)} == {True}
    assert sorted(set(groups.tolist())) == list(range(codes.count))
    strange = [pa.array([None, 41 * stretch, pairs[0][0] * stretch], pa.int64()), pa.array(["x", "x", "w"])]
    assert codes.groups_of(strange, 3).tolist() == [-1, -1, -1]


def paired(owners, group_of, members_of, rows, seed=1):
    """Return pairs of owners (a list of row numbers) with members of their group, all of which exist from row 0."""
    sizes = [len(m) for m in members_of]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    members = integers(*(m for group in members_of for m in group))
    keys = [np.array([seed, salt], dtype=np.uint64) for salt in (3, 4)]
    since = np.zeros(members.size, dtype=np.int64)
    return pair_up(integers(*owners), np.zeros(len(owners), np.int64), integers(*group_of), starts, members, since, 10**6, *keys, rows)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-1, 2), min_size=1, max_size=8), st.lists(st.integers(0, 6), min_size=3, max_size=3), st.integers(0, 2**32))
def test_every_pair_that_agrees_can_be_made_and_none_twice(group_of, sizes, seed):
    members_of = [[100 * g + k for k in range(size)] for g, size in enumerate(sizes)]
    owners = list(range(len(group_of)))
    possible = {(o, m) for o, g in zip(owners, group_of, strict=True) if g >= 0 for m in members_of[g]}
    pairs, made = paired(owners, group_of, members_of, len(possible) + 1, seed)
    assert made == len(possible)
    assert set(zip(*pairs[:, :made].tolist(), strict=True)) == possible


def test_pairs_of_fewer_rows_are_the_first_of_more():
    owners, group_of, members_of = list(range(50)), [i % 3 for i in range(50)], [list(range(20 * g, 20 * g + 20)) for g in range(3)]
    small, _ = paired(owners, group_of, members_of, 300)
    large, _ = paired(owners, group_of, members_of, 900)
    assert small.tolist() == large[:, :300].tolist()


def test_as_many_rows_as_there_are_pairs_are_made_in_a_moment():
    """Owners that have all their members are not looked at again: this took four seconds, and minutes for a million rows."""
    count = 80_000
    one_each, since = np.arange(count), np.arange(count)
    keys = [np.array([1, salt], dtype=np.uint64) for salt in (3, 4)]
    pair_up(one_each[:9], since[:9], one_each[:9], np.arange(10), one_each[:9], since[:9], count, *keys, 9)  # compiled by then
    started = time.perf_counter()
    pairs, made = pair_up(one_each, since, one_each, np.arange(count + 1), one_each, since, count, *keys, count)
    assert time.perf_counter() - started < 1.5
    assert made == count
    assert sorted(pairs[0].tolist()) == pairs[1][np.argsort(pairs[0])].tolist() == list(range(count))


def test_a_matching_relation_agrees_with_the_parent_it_compares():
    generator = Generator(shop.shop_schema(), shop.shop_plan(items=300))
    items, pairs = generator.generate_rows("Item", 0, 300), generator.generate_rows("Pair", 0, 750)
    status = dict(zip(items["id"].to_pylist(), items["status"].to_pylist(), strict=True))
    peers = list(zip(pairs["item"].to_pylist(), pairs["peer"].to_pylist(), strict=True))
    assert all(status[item] == status[peer] for item, peer in peers)
    assert len({peer for _, peer in peers}) > 150


def test_threads_build_a_roster_once_and_get_the_same_rows():
    one, many = (Generator(shop.shop_schema(), shop.shop_plan(items=2000)) for _ in range(2))
    alone = pa.concat_tables(one.generate_chunks("Pair", chunk_rows=5000, threads=1))
    together = pa.concat_tables(many.generate_chunks("Pair", chunk_rows=100, threads=8))
    assert together.equals(alone)
    assert sum(name[0] == "roster" for name in many._program._cache if isinstance(name, tuple)) == 1
