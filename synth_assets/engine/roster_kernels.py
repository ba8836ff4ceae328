"""Compiled loops over rosters: picking from the part of a group that exists by then, and pairs that never repeat.

A group is a slice of `members` (parent row numbers); `since` beside it is sorted within the slice and says from which
child row on a member exists. Integer arithmetic only, as in `kernels`.
"""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from synth_assets.engine.kernels import U, mix, scale

Integers = NDArray[np.int64]

_jit: Any = nb.njit(nogil=True, cache=True)

_TRIES = 8
"""Random pairs tried for a row before its owners are searched one by one."""


@_jit
def _existing(since, low, high, row):  # type: ignore[no-untyped-def]
    """Count the members of since[low:high] that exist at a row: a binary search."""
    left, right = low, high
    while left < right:
        middle = (left + right) // 2
        if since[middle] <= row:
            left = middle + 1
        else:
            right = middle
    return left - low


@_jit
def _pick(rows, groups, draws, starts, members, since, first_at_least, out):  # type: ignore[no-untyped-def]
    for i in range(rows.size):
        out[i] = -1
        if groups[i] < 0:
            continue
        low, high = starts[groups[i]], starts[groups[i] + 1]
        count = max(_existing(since, low, high, rows[i]), min(first_at_least, high - low))
        if count > 0:
            out[i] = members[low + np.int64(scale(draws[i], U(count)))]


def pick(
    rows: Integers, groups: Integers, draws: NDArray[np.uint64], starts: Integers, members: Integers, since: Integers, *, always: bool
) -> Integers:
    """Return a member of each row's group, uniform over those that exist by then; -1 where there is none.

    Args:
        rows: Row numbers; `groups` the group of each, -1 for none; `draws` one draw each.
        starts, members, since: The roster.
        always: Where no member exists yet, take the first that will.
    """
    out = np.empty(rows.size, dtype=np.int64)
    _pick(rows, groups, draws, starts, members, since, 1 if always else 0, out)
    return out


@_jit
def _step(rows, groups, ordinals, begins, steps, starts, members, since, at_least, out):  # type: ignore[no-untyped-def]
    for i in range(rows.size):
        out[i] = -1
        if groups[i] < 0:
            continue
        low, high = starts[groups[i]], starts[groups[i] + 1]
        window = max(_existing(since, low, high, rows[i] - ordinals[i]), min(at_least, high - low))
        if ordinals[i] >= window:
            continue
        step = max(np.int64(scale(steps[i], U(window))), np.int64(1))
        while True:
            a, b = step, window
            while b:
                a, b = b, a % b
            if a == 1:
                break
            step += 1
        begin = np.int64(scale(begins[i], U(window)))
        out[i] = members[low + (begin + ordinals[i] * (step % window)) % window]


def step(
    rows: Integers,
    groups: Integers,
    ordinals: Integers,
    begins: NDArray[np.uint64],
    steps: NDArray[np.uint64],
    starts: Integers,
    members: Integers,
    since: Integers,
    at_least: int,
) -> Integers:
    """Return different members of one group for the siblings of one owner, as `kernels.stride`; -1 where the group has too few.

    `begins` and `steps` depend on the owner only; `at_least` members count as existing from the start.
    """
    out = np.empty(rows.size, dtype=np.int64)
    _step(rows, groups, ordinals, begins, steps, starts, members, since, at_least, out)
    return out


@_jit
def _claim(table, key):  # type: ignore[no-untyped-def]
    """Put a key into an open-addressing table; False when it was there."""
    mask = table.size - 1
    at = np.int64(mix(U(key), U(0), U(0)) & U(mask))
    while table[at] != -1:
        if table[at] == key:
            return False
        at = (at + 1) & mask
    table[at] = key
    return True


@_jit
def _claim_in_group(table, owner, begin, count, low, members, span):  # type: ignore[no-untyped-def]
    """Claim the first free pair of an owner with one of `count` members, from `begin` on; the member, or -1."""
    for k in range(count):
        member = members[low + (begin + k) % count]
        if _claim(table, owner * span + member):
            return member
    return np.int64(-1)


@_jit
def _next_open(onward, owner):  # type: ignore[no-untyped-def]
    """Return the first owner from one on that `onward` does not pass over, shortening the way for whoever comes next."""
    while onward[owner] != owner:
        onward[owner] = onward[onward[owner]]
        owner = onward[owner]
    return owner


@_jit
def _search(table, row, first, owned, groups, used, onward, starts, members, since, span, limit):  # type: ignore[no-untyped-def]
    """Find an owner with a free member among the first `limit` owners, from `first` on; (owner, member), -1 for none."""
    for begin, end in ((first, limit), (np.int64(0), first)):
        owner = _next_open(onward, begin)
        while owner < end:
            group = groups[owner]
            low = starts[max(group, 0)]
            high = starts[group + 1] if group >= 0 else low
            if used[owner] >= high - low:
                # It has all members it will ever have: looked at once more for every row, full owners would take a table's square.
                onward[owner] = owner + 1
            else:
                count = _existing(since, low, high, row)
                if used[owner] < count:
                    member = _claim_in_group(table, owned[owner], np.int64(0), count, low, members, span)
                    if member >= 0:
                        return owner, member
            owner = _next_open(onward, owner + 1)
    return np.int64(-1), np.int64(-1)


@_jit
def _pair_up(table, owned, owned_since, groups, starts, members, since, span, owner_key, member_key, out):  # type: ignore[no-untyped-def]
    used = np.zeros(owned.size, np.int64)
    onward = np.arange(owned.size + 1)
    existing = np.int64(0)
    for row in range(out.shape[1]):
        while existing < owned.size and owned_since[existing] <= row:
            existing += 1
        window = max(existing, np.int64(1))
        owner, member = np.int64(-1), np.int64(-1)
        for attempt in range(_TRIES):
            number = U(row) + (U(attempt) << U(44))
            at = np.int64(scale(mix(number, owner_key[0], owner_key[1]), U(window))) if row > 0 or attempt > 0 else np.int64(0)
            if groups[at] < 0:
                continue
            low, high = starts[groups[at]], starts[groups[at] + 1]
            count = max(_existing(since, low, high, row), min(np.int64(1), high - low))
            if used[at] >= count:
                continue
            begin = np.int64(scale(mix(number, member_key[0], member_key[1]), U(count))) if row > 0 else np.int64(0)
            found = _claim_in_group(table, owned[at], begin, count, low, members, span)
            if found >= 0:
                owner, member = at, found
                break
        if owner < 0:
            first = np.int64(scale(mix(U(row), owner_key[0], owner_key[1]), U(window)))
            owner, member = _search(table, row, first, owned, groups, used, onward, starts, members, since, span, window)
        if owner < 0:
            ever = np.iinfo(np.int64).max
            owner, member = _search(table, ever, np.int64(0), owned, groups, used, onward, starts, members, since, span, owned.size)
        if owner < 0:
            return row
        used[owner] += 1
        out[0, row] = owned[owner]
        out[1, row] = member
    return out.shape[1]


def pair_up(
    owned: Integers,
    owned_since: Integers,
    groups: Integers,
    starts: Integers,
    members: Integers,
    since: Integers,
    span: int,
    owner_key: NDArray[np.uint64],
    member_key: NDArray[np.uint64],
    count: int,
) -> tuple[Integers, int]:
    """Return pairs (owner, member of the owner's group) of rows 0 to `count`, no pair twice, and how many could be made.

    Row by row: later rows give way to earlier ones, so that the pairs of a smaller dataset are the first of a larger one.

    Args:
        owned: Owners by row number in the order in which they come to be, since `owned_since`; `groups` the group of each.
        starts, members, since: The roster of the members.
        span: More than any member's row number; times the largest owner it stays below 2**63.
        owner_key, member_key: Two 64-bit halves of each stream's key.
        count: How many rows.
    """
    out = np.full((2, count), -1, dtype=np.int64)
    table = np.full(1 << max(4, int(2 * count).bit_length()), -1, dtype=np.int64)
    made = _pair_up(table, owned, owned_since, groups, starts, members, since, span, owner_key, member_key, out)
    return out, int(made)
