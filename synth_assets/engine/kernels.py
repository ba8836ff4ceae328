"""Compiled loops over numbers: hashing, ranges, tables, permutations, fan-outs.

All are pure, release the GIL and take row numbers, never positions. Integer arithmetic only, so
that every machine computes the same bits.
"""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

U = np.uint64
_GOLDEN = U(0x9E3779B97F4A7C15)
_MIX1 = U(0xBF58476D1CE4E5B9)
_MIX2 = U(0x94D049BB133111EB)
_LOW32 = U(0xFFFFFFFF)
_S27, _S30, _S31, _S32 = U(27), U(30), U(31), U(32)

TABLE_BITS = 12
"""A quantile table has 2**12 intervals."""

_jit: Any = nb.njit(nogil=True, cache=True)
_inline: Any = nb.njit(nogil=True, inline="always")


@_inline
def mix(row, first, second):  # type: ignore[no-untyped-def]
    x = row * _GOLDEN + first
    x = (x ^ (x >> _S30)) * _MIX1
    x = ((x ^ (x >> _S27)) ^ second) * _MIX2
    return x ^ (x >> _S31)


@_inline
def scale(draw, n):  # type: ignore[no-untyped-def]
    """floor(draw * n / 2**64): an unbiased-to-2**-64 pick in [0, n) (Lemire 2019), by 32-bit halves."""
    high, low = draw >> _S32, draw & _LOW32
    n_high, n_low = n >> _S32, n & _LOW32
    middle = high * n_low + ((low * n_low) >> _S32)
    other = low * n_high + (middle & _LOW32)
    return high * n_high + (middle >> _S32) + (other >> _S32)


@_jit
def _hash_rows(rows, first, second, out):  # type: ignore[no-untyped-def]
    for i in range(rows.size):
        out[i] = mix(U(rows[i]), first, second)


def hash_rows(rows: NDArray[np.int64], first: np.uint64, second: np.uint64) -> NDArray[np.uint64]:
    """Return the draw of each row number: uint64, shape (n,)."""
    out = np.empty(rows.size, dtype=np.uint64)
    _hash_rows(rows, first, second, out)
    return out


@_jit
def _scale_draws(draws, n, out):  # type: ignore[no-untyped-def]
    for i in range(draws.size):
        out[i] = np.int64(scale(draws[i], n))


def scale_draws(draws: NDArray[np.uint64], n: int) -> NDArray[np.int64]:
    """Return uniform picks in [0, n), n up to 2**63: int64, shape (n,)."""
    out = np.empty(draws.size, dtype=np.int64)
    _scale_draws(draws, U(n), out)
    return out


@_jit
def _interpolate(draws, knots, shift, out):  # type: ignore[no-untyped-def]
    half = np.int64(1) << np.int64(shift) >> np.int64(1)
    for i in range(draws.size):
        j = draws[i] >> U(64 - TABLE_BITS)
        fraction = draws[i] << U(TABLE_BITS)
        left = knots[j]
        x = left + np.int64(scale(fraction, U(knots[j + U(1)] - left)))
        out[i] = (x + half) >> np.int64(shift)


def interpolate(draws: NDArray[np.uint64], knots: NDArray[np.int64], shift: int) -> NDArray[np.int64]:
    """Return values of an inverse CDF given by 2**12 + 1 non-decreasing knots, rounded half up.

    Args:
        draws: uint64, shape (n,).
        knots: int64 fixed-point numbers with `shift` fraction bits, shape (4097,).
        shift: Fraction bits of the knots.
    """
    out = np.empty(draws.size, dtype=np.int64)
    _interpolate(draws, knots, shift, out)
    return out


@_jit
def _look_up(draws, table, out):  # type: ignore[no-untyped-def]
    for i in range(draws.size):
        out[i] = table[draws[i] >> U(48)]


def look_up(draws: NDArray[np.uint64], table: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the category of each draw from a table of 65,536 entries: int32, shape (n,)."""
    out = np.empty(draws.size, dtype=np.int32)
    _look_up(draws, table, out)
    return out


@_inline
def _permute_bits(x, first, second, half, third, mask):  # type: ignore[no-untyped-def]
    """A bijection of [0, 2**bits): odd multipliers, added constants and xor-shifts, all modulo 2**bits."""
    x = (x ^ first) & mask
    x = (x * _MIX1) & mask
    x ^= x >> half
    x = (x * (second | U(1))) & mask
    x ^= x >> third
    x = (x + (second >> U(7))) & mask
    x = (x * _MIX2) & mask
    x ^= x >> half
    x = (x * ((first >> U(3)) | U(1))) & mask
    return x ^ (x >> half)


@_jit
def _permute(rows, n, first, second, bits, out):  # type: ignore[no-untyped-def]
    half, third = U((bits + 1) // 2), U(max(1, bits // 3))
    mask = (U(1) << U(bits)) - U(1)
    for i in range(rows.size):
        x = _permute_bits(U(rows[i]), first, second, half, third, mask)
        while x >= n:
            x = _permute_bits(x, first, second, half, third, mask)
        out[i] = np.int64(x)


def permute(rows: NDArray[np.int64], n: int, first: np.uint64, second: np.uint64) -> NDArray[np.int64]:
    """Return a keyed permutation of [0, n) at each row number (rows < n <= 2**62), by cycle-walking.

    Cycle-walking (Black and Rogaway 2002): a bijection of the next power of two is applied until it lands below n.

    Raises:
        ValueError: If a row number is n or more: walking from there might never end.
    """
    if rows.size and int(rows.max()) >= n:
        raise ValueError(f"row {int(rows.max())} needs a distinct value, and there are {n}")
    out = np.empty(rows.size, dtype=np.int64)
    _permute(rows, U(n), first, second, max(1, (n - 1).bit_length()), out)
    return out


@_jit
def _attach(rows, draws, parents, numerator, denominator, floor, out):  # type: ignore[no-untyped-def]
    for i in range(rows.size):
        window = (rows[i] + 1) * numerator // denominator
        window = min(parents, max(window, floor))
        out[i] = np.int64(scale(draws[i], U(window)))


def attach(
    rows: NDArray[np.int64], draws: NDArray[np.uint64], parents: int, numerator: int, denominator: int, floor: int
) -> NDArray[np.int64]:
    """Return a parent row for each child row, uniform over the window of `plan.model.Attachment`."""
    out = np.empty(rows.size, dtype=np.int64)
    _attach(rows, draws, parents, numerator, denominator, max(1, floor), out)
    return out


@_jit
def _earlier(rows, draws, out):  # type: ignore[no-untyped-def]
    for i in range(rows.size):
        out[i] = np.int64(scale(draws[i], U(rows[i]))) if rows[i] > 0 else np.int64(0)


def earlier(rows: NDArray[np.int64], draws: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return an earlier row for each row number; row 0 gets itself."""
    out = np.empty(rows.size, dtype=np.int64)
    _earlier(rows, draws, out)
    return out


@_jit
def _run_lengths(block, first, second, weights, children, limit, counts):  # type: ignore[no-untyped-def]
    """Fill `counts` with the run lengths of one block, in valid (ballot) order."""
    size = counts.size
    total = np.int64(0)
    for p in range(size):
        counts[p] = weights[mix(U(block * size + p), first, second) >> U(56)]
        total += counts[p]
    cumulative, before = np.int64(0), np.int64(0)
    for p in range(size):
        cumulative += counts[p]
        boundary = cumulative * children // total
        counts[p] = boundary - before
        before = boundary
    excess = np.int64(0)
    for p in range(size):
        if counts[p] > limit:
            excess += counts[p] - limit
            counts[p] = limit
    while excess > 0:
        for p in range(size):
            if excess > 0 and counts[p] < limit:
                counts[p] += 1
                excess -= 1
    # Cycle lemma (Dvoretzky and Motzkin 1947): the rotation that starts after the lowest prefix sum keeps every
    # prefix at or above its mean, so parent p is never used before child row p * children / size.
    height, lowest, start = np.int64(0), np.int64(0), 0
    for p in range(size):
        height += counts[p] * size - children
        if height < lowest:
            lowest, start = height, p + 1
    rotated = np.empty(size, np.int64)
    for p in range(size):
        rotated[p] = counts[(start + p) % size]
    counts[:] = rotated


@_jit
def _lay_out(rows, order, first, second, weights, size, children, limit, parent, ordinal):  # type: ignore[no-untyped-def]
    counts = np.empty(size, np.int64)
    ends = np.empty(size, np.int64)
    current = np.int64(-1)
    for position in range(rows.size):
        i = order[position]
        block = rows[i] // children
        if block != current:
            _run_lengths(block, first, second, weights, children, limit, counts)
            ends[:] = np.cumsum(counts)
            current = block
        offset = rows[i] - block * children
        p = np.searchsorted(ends, offset, side="right")
        parent[i] = block * size + p
        ordinal[i] = offset - (ends[p] - counts[p])


def lay_out(
    rows: NDArray[np.int64], first: np.uint64, second: np.uint64, weights: NDArray[np.int64], size: int, children: int, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (parent row, ordinal among siblings) of each child row under a `plan.model.Layout`.

    Args:
        rows: Child row numbers in any order.
        weights: 256 positive integers, the parents' weights by the top byte of their draw.
        size: Parents in a block. children: Children of a block. limit: Longest run; size * limit >= children.
    """
    parent = np.empty(rows.size, dtype=np.int64)
    ordinal = np.empty(rows.size, dtype=np.int64)
    order = np.arange(rows.size) if _is_sorted(rows) else np.argsort(rows, kind="stable")
    _lay_out(rows, order, first, second, weights, size, children, limit, parent, ordinal)
    return parent, ordinal


def _is_sorted(rows: NDArray[np.int64]) -> bool:
    return bool(np.all(rows[1:] >= rows[:-1]))


@_jit
def _stride(ordinal, starts, steps, windows, out):  # type: ignore[no-untyped-def]
    for i in range(ordinal.size):
        window = windows[i]
        step = np.int64(scale(steps[i], U(window))) if window > 1 else np.int64(1)
        step = max(step, np.int64(1))
        while True:
            a, b = step, window
            while b:
                a, b = b, a % b
            if a == 1:
                break
            step += 1
        start = np.int64(scale(starts[i], U(window)))
        # ordinal < window, so the product stays below 2**63 for windows up to 2**31
        out[i] = (start + (ordinal[i] % window) * (step % window)) % window


def stride(
    ordinal: NDArray[np.int64], starts: NDArray[np.uint64], steps: NDArray[np.uint64], windows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return distinct picks in [0, window) for the siblings (by ordinal) of each owner.

    An arithmetic progression modulo the window whose step is coprime to it: distinct for ordinals below the window.
    `starts`, `steps` and `windows` depend on the owner only.
    """
    out = np.empty(ordinal.size, dtype=np.int64)
    _stride(ordinal, starts, steps, windows, out)
    return out
