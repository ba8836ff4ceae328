"""Text: patterns, templates, addresses made of the row's names, sentences about a subject, bytes."""

import math
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.casting import convert, parse_values
from synth_assets.engine.fitting import fit_text
from synth_assets.engine.kernels import permute, scale_draws
from synth_assets.engine.patterns import compile_pattern, render_pattern
from synth_assets.engine.program import Program
from synth_assets.engine.registry import kernel
from synth_assets.engine.rows import RowSet
from synth_assets.engine.streams import Draws, StreamKey
from synth_assets.engine.string_kernels import Piece, constant_piece, dictionary_of, join_pieces, piece_of_array
from synth_assets.engine.templates import Source, render_indexed, render_templates, unique_sizes
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.strategies import Bytes, Pattern, Template, Text
from synth_assets.schema.types import LogicalType

_BYTES_LEFT_TO_CHANCE = 8
"""From this length on random bytes do not repeat; `plan.capacity` counts on it."""

_ROOM_FOR_SPACE = 12
"""Shortest column in which a space parts a text from its number."""

SENTENCE_POOL = 8192
"""Sentences rendered once for each topic, subject and number of stripes; rows pick from them."""


@kernel("pattern")
def draw_pattern(rows: RowSet, plan: ColumnPlan, strategy: Pattern) -> pa.Array:
    """Draw texts of a fixed shape; unique ones spell a permuted row number."""
    compiled = compile_pattern(strategy.pattern)
    index = None
    if plan.unique:
        key = rows.key(plan.column, "permutation")
        index = permute(rows.numbers, compiled.capacity, key.first, key.second)
    texts = render_pattern(compiled, rows.draws(plan.column), index, strategy.checksum)
    return _finish(texts, rows, plan)


@kernel("template")
def draw_template(rows: RowSet, plan: ColumnPlan, strategy: Template) -> pa.Array:
    """Render one of the templates in each row."""
    return draw_templates(rows, plan, strategy.templates, strategy.weights, None)


def draw_templates(
    rows: RowSet, plan: ColumnPlan, templates: Sequence[str], weights: Sequence[float] | None, locale: str | None
) -> pa.Array:
    """Return a rendered template a row; where the plan says unique, its slots spell the row, or a number at its end does."""
    source = row_source(rows, plan.column)
    sizes = unique_sizes(rows.program, templates[0], locale) if plan.unique and len(templates) == 1 else {}
    if math.prod(sizes.values()) >= max(2, rows.plan.row_count):
        index = _slot_index(rows, plan, math.prod(sizes.values()), growing="{pattern" not in templates[0])
        return _finish(render_indexed(rows.program, source, templates[0], index, sizes, plan.column, locale), rows, plan)
    texts = render_templates(rows.program, source, templates, weights, plan.column, locale)
    return _finish(_numbered(texts, rows, plan) if plan.unique else texts, rows, plan)


def _slot_index(rows: RowSet, plan: ColumnPlan, capacity: int, *, growing: bool) -> NDArray[np.int64]:
    """Return a distinct number below `capacity` a row; numbers stay short while there are few rows, patterns look drawn."""
    key, capacity = rows.key(plan.column, "permutation"), min(capacity, 2**62)
    if growing:
        return growing_permutation(rows.numbers, key, min(100, capacity), capacity)
    return permute(rows.numbers, capacity, key.first, key.second)


def _numbered(texts: pa.Array, rows: RowSet, plan: ColumnPlan) -> pa.Array:
    """Append a number no other row has, cutting the text before it if the column is short.

    The number can be read back from the text, hence no two rows meet: where there is no room for a space before
    it, a text that ends in a digit has a hyphen there. Only the row's own number decides where its text is cut.
    """
    numbers = growing_permutation(rows.numbers, rows.key(plan.column, "permutation"), 100) + 1
    limit = getattr(rows.table.column(plan.column).type, "max_length", None)
    if limit is not None:
        texts = _cut(texts, np.maximum(0, limit - 1 - np.char.str_len(numbers.astype(str))))
    if limit is None or limit >= _ROOM_FOR_SPACE:
        separator = constant_piece(" ", len(texts))
    else:
        ends_in_digit = pa.compute.match_substring_regex(pa.compute.fill_null(texts, ""), r"[0-9]$")
        separator = Piece(ends_in_digit.to_numpy(zero_copy_only=False).astype(np.int32), *dictionary_of(["", "-"]))
    return join_pieces([piece_of_array(texts), separator, piece_of_array(pa.array(numbers).cast(pa.string()))])


def _cut(texts: pa.Array, lengths: NDArray[np.int64]) -> pa.Array:
    """Return the first `lengths[i]` characters of each text."""
    for length in np.unique(lengths):
        chosen = pa.array(lengths == length)
        texts = pa.compute.if_else(chosen, pa.compute.utf8_slice_codeunits(texts, 0, int(length)), texts)
    return texts


def growing_permutation(numbers: NDArray[np.int64], key: StreamKey, first_block: int, capacity: int = 2**62) -> NDArray[np.int64]:
    """Return a permutation of the row numbers below `capacity` that keeps [0, b), [b, 10 b), [10 b, 100 b) ... to themselves.

    Small row numbers stay small, and more rows never change the image of earlier ones.
    """
    out = np.empty_like(numbers)
    low, high = 0, first_block
    while True:
        inside = (numbers >= low) & (numbers < high)
        if inside.any():
            out[inside] = permute(numbers[inside] - low, high - low, key.first, key.second) + low
        if not (numbers >= high).any():
            return out
        low, high = high, min(high * 10, capacity)


@kernel("text")
def draw_text(rows: RowSet, plan: ColumnPlan, strategy: Text) -> pa.Array:
    """Put together a few sentences of the topic's pool, each of another stripe of it, in an order of the row's own."""
    stripes = min(strategy.max_sentences, len(rows.program.words(f"sentences.{strategy.topic}", None).values))
    name = ("sentences", strategy.topic, strategy.subject, stripes)
    offsets, data = rows.program.once(name, lambda: _render_pool(rows.program, strategy.topic, strategy.subject, stripes))
    per_stripe, empty = (offsets.size - 2) // stripes, offsets.size - 2
    fewest = min(strategy.min_sentences, stripes)
    counts = scale_draws(rows.draws(plan.column, "sentences"), stripes - fewest + 1) + fewest
    first = scale_draws(rows.draws(plan.column, "stripe"), stripes)
    space = dictionary_of(["", " "])
    pieces = []
    for k in range(stripes):
        present = counts > k
        if k:
            pieces.append(Piece(present.astype(np.int32), *space))
        index = (first + k) % stripes * per_stripe + scale_draws(rows.draws(plan.column, f"sentence:{k}"), per_stripe)
        pieces.append(Piece(np.where(present, index, empty), offsets, data))
    return _finish(join_pieces(pieces), rows, plan)


def _render_pool(program: Program, topic: str, subject: str, stripes: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Render the pool of a topic as (offsets, data), its last entry empty: the same for every dataset, whatever the seed.

    The topic's sentences are dealt to `stripes` stripes, so sentences of different stripes are different ones.
    """
    words = program.words(f"sentences.{topic}", None)
    numbers = np.arange(SENTENCE_POOL // stripes, dtype=np.int64)

    def source(chosen: NDArray[np.int64], path: str) -> Source:
        return Source(
            count=chosen.size,
            draw=lambda slot: program.key("", "", f"{path}:{slot}").draw(chosen),
            column=_no_columns,
            take=lambda positions: source(chosen[positions], path),
            subject=subject,
        )

    parts = []
    for k in range(stripes):
        path = f"pool:{topic}:{k}/{stripes}"
        weights = None if words.weights is None else words.weights[k::stripes]
        parts.append(render_templates(program, source(numbers, path), words.values[k::stripes], weights, path, None))
    piece = piece_of_array(pa.concat_arrays([*parts, pa.array([""])]))
    return piece.offsets, piece.data


def _no_columns(name: str) -> pa.Array:
    raise ValueError(f"a sentence of a pool cannot name column {name}")


@kernel("bytes")
def draw_bytes(rows: RowSet, plan: ColumnPlan, strategy: Bytes) -> pa.Array:
    """Draw random bytes of random length; unique ones too short to leave that to chance spell a permuted row number."""
    if plan.unique and 0 < strategy.min_length < _BYTES_LEFT_TO_CHANCE:
        return _spell_bytes(rows, plan, strategy.min_length)
    lengths = scale_draws(rows.draws(plan.column, "length"), strategy.max_length - strategy.min_length + 1) + strategy.min_length
    words = -(-strategy.max_length // 8)
    if words == 0:
        return pa.array([b""] * len(rows), type=pa.binary())
    block = np.stack([rows.draws(plan.column, f"word:{w}") for w in range(words)], axis=1).astype("<u8").view(np.uint8)
    block = block.reshape(len(rows), words * 8)
    kept = np.arange(words * 8)[None, :] < lengths[:, None]
    offsets = np.zeros(len(rows) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.Array.from_buffers(pa.binary(), len(rows), [None, pa.py_buffer(offsets), pa.py_buffer(block[kept])])


def _spell_bytes(rows: RowSet, plan: ColumnPlan, width: int) -> pa.Array:
    key = rows.key(plan.column, "permutation")
    numbers = permute(rows.numbers, 256**width, key.first, key.second)
    block = np.ascontiguousarray(numbers.astype(">u8").view(np.uint8).reshape(len(rows), 8)[:, 8 - width :])
    offsets = np.arange(len(rows) + 1, dtype=np.int32) * np.int32(width)
    return pa.Array.from_buffers(pa.binary(), len(rows), [None, pa.py_buffer(offsets), pa.py_buffer(block)])


def row_source(rows: RowSet, column: str) -> Source:
    """Return the slot source of real rows: draws of the column's streams, text of the row's other columns."""

    def draw(path: str) -> Draws:
        return rows.draws(column, path)

    return Source(count=len(rows), draw=draw, column=rows.column, take=lambda positions: row_source(rows.take(positions), column))


def _finish(texts: pa.Array, rows: RowSet, plan: ColumnPlan) -> pa.Array:
    logical: LogicalType = rows.table.column(plan.column).type
    if logical.kind == "binary":
        return parse_values(texts.to_pylist(), logical)
    return fit_text(convert(texts, logical), rows, plan)
