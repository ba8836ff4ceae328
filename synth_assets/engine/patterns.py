"""Patterns: a small, bounded part of regular expressions, compiled to positions with alternatives.

Each position is a list of alternatives, so a pattern's language is the product of its positions,
its size is known, and a row's text is a number in mixed radix.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.string_kernels import Piece, dictionary_of, fixed_width, join_pieces, pick_symbols
from synth_assets.plan.patterns import parse_pattern

_MAX_INDEX = 2**62


@dataclass(frozen=True)
class CompiledPattern:
    """A pattern ready to be drawn.

    Attributes:
        positions: The alternatives of each position, left to right.
        tail: The first position that a unique index spells; those before it are drawn.
        capacity: Number of distinct unique texts: the product of the tail's sizes (at most 2**62).
    """

    positions: tuple[tuple[str, ...], ...]
    tail: int
    capacity: int

    @property
    def is_fixed_width(self) -> bool:
        return all(len(a) == 1 and a.isascii() for position in self.positions for a in position)


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> CompiledPattern:
    """Return the compiled form of a pattern. Raises ValueError when it is not in the subset."""
    positions = parse_pattern(pattern)
    capacity, tail = 1, len(positions)
    while tail > 0 and capacity * len(positions[tail - 1]) <= _MAX_INDEX:
        tail -= 1
        capacity *= len(positions[tail])
    return CompiledPattern(positions, tail, capacity)


def render_pattern(pattern: CompiledPattern, draws: NDArray[np.uint64], index: NDArray[np.int64] | None, checksum: str | None) -> pa.Array:
    """Return one text a row.

    Args:
        draws: One draw a row, for the positions that are not indexed.
        index: Distinct numbers below `capacity` for unique texts, or None to draw every position.
        checksum: `ean13` or `luhn` to append a check digit over the digits so far.
    """
    if not pattern.positions:
        return pa.array([""] * draws.size, type=pa.string())
    sizes = np.array([len(p) for p in pattern.positions], dtype=np.int64)
    tail = pattern.tail if index is not None else len(pattern.positions)
    symbols = pick_symbols(draws, np.zeros(draws.size, np.int64) if index is None else index, sizes, tail)
    if pattern.is_fixed_width:
        alphabet = np.full((len(pattern.positions), int(sizes.max())), 0, dtype=np.uint8)
        for j, options in enumerate(pattern.positions):
            alphabet[j, : len(options)] = np.frombuffer("".join(options).encode("ascii"), dtype=np.uint8)
        characters = alphabet[np.arange(len(pattern.positions)), symbols]
        return fixed_width(append_check_digit(characters, checksum) if checksum else characters)
    texts = join_pieces([Piece(np.ascontiguousarray(symbols[:, j]), *dictionary_of(p)) for j, p in enumerate(pattern.positions)])
    return _append_to_texts(texts, checksum) if checksum else texts


def append_check_digit(characters: NDArray[np.uint8], checksum: str) -> NDArray[np.uint8]:
    """Return the (rows, width) ASCII matrix with a check digit column; non-digits are skipped.

    `ean13` is GS1 mod-10 (weights 3, 1 from the right); `luhn` is ISO/IEC 7812-1 annex B.
    """
    total = np.zeros(characters.shape[0], dtype=np.int64)
    rank = np.zeros(characters.shape[0], dtype=np.int64)
    for j in range(characters.shape[1] - 1, -1, -1):
        digit = characters[:, j].astype(np.int64) - 48
        is_digit = (digit >= 0) & (digit <= 9)
        odd = rank % 2 == 0
        if checksum == "ean13":
            value = np.where(odd, digit * 3, digit)
        else:
            doubled = digit * 2
            value = np.where(odd, np.where(doubled > 9, doubled - 9, doubled), digit)
        total += np.where(is_digit, value, 0)
        rank += is_digit
    check = ((10 - total % 10) % 10 + 48).astype(np.uint8)
    return np.concatenate([characters, check[:, None]], axis=1)


def _append_to_texts(texts: pa.Array, checksum: str) -> pa.Array:
    """Append check digits to texts of varying length, grouped by byte length."""
    lengths = pa.compute.binary_length(texts).to_numpy(zero_copy_only=False)
    out = np.empty(len(texts), dtype=object)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        block = np.frombuffer("".join(texts.take(pa.array(rows)).to_pylist()).encode(), dtype=np.uint8).reshape(rows.size, int(length))
        out[rows] = fixed_width(append_check_digit(block, checksum)).to_pylist()
    return pa.array(out, type=pa.string())


def capacity_of(pattern: str) -> int:
    """Return how many distinct texts a pattern has (not capped)."""
    return math.prod(len(p) for p in parse_pattern(pattern))
