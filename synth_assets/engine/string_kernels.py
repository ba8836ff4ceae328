"""Compiled loops over bytes: gathering and joining strings, filling digits, UUIDs.

A piece is (index, offsets, data): row i contributes entry index[i] of a dictionary of UTF-8
strings laid out as in Arrow. Joining pieces writes one Arrow string array without a Python object.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.kernels import U, mix, scale

_jit: Any = nb.njit(nogil=True, cache=True)

_ZERO, _HASH, _PERCENT = np.uint8(48), np.uint8(35), np.uint8(37)


@dataclass(frozen=True)
class Piece:
    """Strings by row: `data[offsets[k]:offsets[k + 1]]` with k = index[row].

    Attributes:
        index: int32 or int64, shape (rows,).
        offsets: int64, shape (entries + 1,).
        data: uint8.
    """

    index: NDArray[Any]
    offsets: NDArray[np.int64]
    data: NDArray[np.uint8]


def dictionary_of(values: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return (offsets, data) of a list of strings."""
    encoded = [v.encode() for v in values]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(v) for v in encoded], out=offsets[1:])
    return offsets, np.frombuffer(b"".join(encoded) or b"\0", dtype=np.uint8)


def piece_of_array(array: pa.Array) -> Piece:
    """Return the piece of an Arrow string array; NULL counts as the empty string."""
    if array.null_count:
        array = array.fill_null("")
    array = array.cast(pa.large_string())
    _, offsets_buffer, data_buffer = array.buffers()
    offsets = (
        np.frombuffer(offsets_buffer, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
        if offsets_buffer
        else np.zeros(1, np.int64)
    )
    data = np.frombuffer(data_buffer, dtype=np.uint8) if data_buffer and data_buffer.size else np.zeros(1, np.uint8)
    return Piece(np.arange(len(array), dtype=np.int64), offsets, data)


def constant_piece(text: str, count: int) -> Piece:
    """Return a piece that gives the same text in `count` rows."""
    return Piece(np.zeros(count, dtype=np.int32), *dictionary_of([text]))


@_jit
def _add_lengths(index, offsets, lengths):  # type: ignore[no-untyped-def]
    for i in range(index.size):
        k = index[i]
        lengths[i] += offsets[k + 1] - offsets[k]


@_jit
def _append(index, offsets, data, cursors, out):  # type: ignore[no-untyped-def]
    for i in range(index.size):
        k = index[i]
        at = cursors[i]
        for j in range(offsets[k], offsets[k + 1]):
            out[at] = data[j]
            at += 1
        cursors[i] = at


def join_pieces(pieces: Sequence[Piece]) -> pa.Array:
    """Return the concatenation of the pieces, row by row, as an Arrow string array.

    Raises:
        OverflowError: If the result exceeds 2 GiB, the limit of 32-bit offsets; use smaller chunks.
    """
    count = pieces[0].index.size
    lengths = np.zeros(count, dtype=np.int64)
    for piece in pieces:
        _add_lengths(piece.index, piece.offsets, lengths)
    offsets = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    if offsets[-1] >= 2**31:
        raise OverflowError("the strings of one chunk exceed 2 GiB")
    out = np.empty(int(offsets[-1]), dtype=np.uint8)
    cursors = offsets[:-1].copy()
    for piece in pieces:
        _append(piece.index, piece.offsets, piece.data, cursors, out)
    return string_array(offsets, out)


def string_array(offsets: NDArray[np.int64], data: NDArray[np.uint8]) -> pa.Array:
    """Wrap offsets and UTF-8 data as an Arrow string array."""
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), offsets.size - 1, buffers)


@_jit
def _fill_digits(draws, offsets, data):  # type: ignore[no-untyped-def]
    for i in range(draws.size):
        state = draws[i]
        for j in range(offsets[i], offsets[i + 1]):
            if data[j] == _HASH or data[j] == _PERCENT:
                state = mix(state, U(0x632BE59BD9B4E019), U(0x9FB21C651E98DF25))
                if data[j] == _HASH:
                    data[j] = _ZERO + np.uint8(scale(state, U(10)))
                else:
                    data[j] = _ZERO + np.uint8(1) + np.uint8(scale(state, U(9)))


def fill_digits(array: pa.Array, draws: NDArray[np.uint64]) -> pa.Array:
    """Return the strings with each `#` replaced by a digit 0-9 and each `%` by 1-9, drawn per row."""
    piece = piece_of_array(array)
    data = piece.data.copy()
    _fill_digits(draws, piece.offsets, data)
    return string_array(piece.offsets - piece.offsets[0], data[piece.offsets[0] : piece.offsets[-1]])


@_jit
def _pick_symbols(draws, index, sizes, tail, out):  # type: ignore[no-untyped-def]
    for i in range(draws.size):
        state = draws[i]
        rest = index[i]
        for j in range(sizes.size - 1, -1, -1):
            if j >= tail:
                out[i, j] = np.int32(rest % sizes[j])
                rest //= sizes[j]
            else:
                state = mix(state, U(0x632BE59BD9B4E019), U(0x9FB21C651E98DF25))
                out[i, j] = np.int32(scale(state, U(sizes[j])))


def pick_symbols(draws: NDArray[np.uint64], index: NDArray[np.int64], sizes: NDArray[np.int64], tail: int) -> NDArray[np.int32]:
    """Return a symbol number for each row and position: int32, shape (rows, positions).

    Positions from `tail` on spell `index` in mixed radix (distinct indexes give distinct symbols); those
    before it are drawn.
    """
    out = np.empty((draws.size, sizes.size), dtype=np.int32)
    _pick_symbols(draws, index, sizes, tail, out)
    return out


@_jit
def _write_uuids(first, second, hexadecimal, out):  # type: ignore[no-untyped-def]
    for i in range(first.size):
        a = (first[i] & U(0xFFFFFFFFFFFF0FFF)) | U(0x4000)
        b = (second[i] & U(0x3FFFFFFFFFFFFFFF)) | U(0x8000000000000000)
        at = 0
        for j in range(16):
            if j == 8 or j == 12:
                out[i, at] = np.uint8(45)
                at += 1
            out[i, at] = hexadecimal[(a >> U(60 - 4 * j)) & U(15)]
            at += 1
        out[i, at] = np.uint8(45)
        at += 1
        for j in range(16):
            if j == 4:
                out[i, at] = np.uint8(45)
                at += 1
            out[i, at] = hexadecimal[(b >> U(60 - 4 * j)) & U(15)]
            at += 1


_HEXADECIMAL = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def write_uuids(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> pa.Array:
    """Return version-4-shaped UUID texts from two draws a row (122 of the 128 bits are used)."""
    out = np.empty((first.size, 36), dtype=np.uint8)
    _write_uuids(first, second, _HEXADECIMAL, out)
    return fixed_width(out)


def fixed_width(characters: NDArray[np.uint8]) -> pa.Array:
    """Return the rows of a (rows, width) matrix of ASCII bytes as an Arrow string array."""
    count, width = characters.shape
    return string_array(np.arange(count + 1, dtype=np.int64) * width, np.ascontiguousarray(characters).reshape(-1))
