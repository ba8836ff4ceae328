"""Filled texts made ready: which filled row a row takes its texts from, and the texts with the names of its own parents.

A row of the filled ones takes its own. Any other takes one of those that agree with it in the columns to match: a draw of its
own, from a list that depends on nothing but the filled rows, so that growth changes no row.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synth_assets.engine.casting import as_text
from synth_assets.engine.rows import RowSet
from synth_assets.plan.filled_texts import slot_of, split_text
from synth_assets.plan.strategies import Filled

_NULL = "\0"
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Donors:
    """Rows to borrow from, by what a row must have in common with them.

    Attributes:
        groups: The values that rows of one group share, one text a group.
        starts, counts: Where each group lies in `rows`, int64 and uint64.
        rows: Numbers of filled rows, group after group.
    """

    groups: pa.Array
    starts: NDArray[np.int64]
    counts: NDArray[np.uint64]
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class Texts:
    """The texts of one column, cut at their slots: literal, slot, literal, ... padded with nothing to one length.

    Attributes:
        literals: One array for each place, a text a filled row; NULL in `literals[0]` where the row has no text.
        slots: One array for each place between them: which of the mentions, or their number for none; int8 a filled row.
    """

    literals: tuple[pa.Array, ...]
    slots: tuple[pa.Array, ...]


def choose_rows(rows: RowSet, strategy: Filled, filled: pa.Table) -> NDArray[np.int64]:
    """Return the filled row that each row takes its texts from, -1 for none; the same for all columns of equal match and mentions."""
    name = f"\0filled:{strategy.rows}:{strategy.match}:{strategy.mentions}"
    chosen = rows.memoize(name, lambda: pa.array(_choose(rows, strategy, filled)))
    numbers: NDArray[np.int64] = chosen.to_numpy()
    return numbers


def _choose(rows: RowSet, strategy: Filled, filled: pa.Table) -> NDArray[np.int64]:
    known = min(strategy.rows, filled.num_rows)
    chosen = np.where(rows.numbers < known, rows.numbers, np.int64(-1))
    beyond = np.flatnonzero(rows.numbers >= known)
    if not beyond.size or not known:
        return chosen
    build = ("filled donors", rows.table.key, strategy.rows, strategy.match, strategy.mentions)
    donors: Donors = rows.program.alone(build, lambda: _find_donors(rows, strategy, filled, known))
    group = pc.index_in(_common(rows.take(beyond), strategy), value_set=donors.groups)
    found = group.is_valid().to_numpy(zero_copy_only=False)
    places = group.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)[found]
    draws = rows.key("", "filled").draw(rows.numbers[beyond[found]])
    picked = ((draws >> np.uint64(32)) * donors.counts[places]) >> np.uint64(32)
    chosen[beyond[found]] = donors.rows[donors.starts[places] + picked.astype(np.int64)]
    return chosen


def _find_donors(rows: RowSet, strategy: Filled, filled: pa.Table, known: int) -> Donors:
    """Group the filled rows that have all their texts, in the order of their numbers."""
    whole = np.ones(known, dtype=np.bool_)
    for column in filled.slice(0, known).columns:
        whole &= column.combine_chunks().is_valid().to_numpy(zero_copy_only=False)
    numbers = np.flatnonzero(whole)
    common = _common(RowSet(rows.program, rows.table.key, numbers), strategy).dictionary_encode()
    codes = common.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    counts = np.bincount(codes, minlength=len(common.dictionary))
    order = np.argsort(codes, kind="stable")
    return Donors(common.dictionary, np.cumsum(counts) - counts, counts.astype(np.uint64), numbers[order])


def _common(rows: RowSet, strategy: Filled) -> pa.Array:
    """Return what a row must share with the one it borrows from, as one text: values to match, and which parents it can name."""
    parts = [as_text(rows.column(name)).fill_null(_NULL) for name in strategy.match]
    parts += [as_text(rows.reference(m).is_valid()) for m in strategy.mentions]
    if not parts:
        return pa.array(np.full(len(rows), "", dtype=object), type=pa.string())
    return pc.binary_join_element_wise(*parts, _SEPARATOR)


def texts_of(filled: pa.Table, column: str, strategy: Filled) -> Texts:
    """Return a column's texts cut at their slots; one that names what the plan does not list counts as none."""
    places = {slot_of(reference): place for place, reference in enumerate(strategy.mentions)}
    cut = [None if text is None else split_text(text) for text in filled.column(column).to_pylist()]
    usable = [None if one is None or not set(one[1]) <= places.keys() else one for one in cut]
    most = max((len(one[1]) for one in usable if one is not None), default=0)
    none = len(places)
    literals = [
        pa.array([None if one is None else one[0][k] if k < len(one[0]) else "" for one in usable], type=pa.string())
        for k in range(most + 1)
    ]
    slots = [
        pa.array([none if one is None or k >= len(one[1]) else places[one[1][k]] for one in usable], type=pa.int8()) for k in range(most)
    ]
    return Texts(tuple(literals), tuple(slots))


def render(rows: RowSet, strategy: Filled, texts: Texts, chosen: NDArray[np.int64]) -> pa.Array:
    """Return each row's text with its own parents' names: NULL where it takes none, or a parent it names has no name."""
    index = pa.array(chosen, mask=chosen < 0)
    pieces = [texts.literals[0].take(index)]
    if texts.slots:
        nothing = pa.array(np.full(len(rows), "", dtype=object), type=pa.string())
        names = [as_text(rows.reference(m)) for m in strategy.mentions]
        for slot, literal in zip(texts.slots, texts.literals[1:], strict=True):
            pieces += [pc.choose(slot.take(index), *names, nothing), literal.take(index)]
    return pc.binary_join_element_wise(*pieces, "", null_handling="emit_null")
