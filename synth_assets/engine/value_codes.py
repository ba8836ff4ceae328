"""Groups by value: which of the distinct combinations of some columns' values a row has, as a small integer."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth_assets.engine.streams import Rows

_DENSE_SHARE = 8
"""Whole numbers are looked up by place where the span of their values is at most so many times their number."""


class _Lookup(Protocol):
    def codes_of(self, values: pa.Array) -> Rows: ...


@dataclass(frozen=True)
class _ByPlace:
    """Whole numbers close to one another: a table with one entry for each number from the lowest to the highest."""

    low: int
    table: Rows

    def codes_of(self, values: pa.Array) -> Rows:
        numbers = _numbers(values)
        place = numbers - self.low
        known = (place >= 0) & (place < self.table.size) & ~values.is_null().to_numpy(zero_copy_only=False)
        codes: Rows = np.where(known, self.table[np.where(known, place, 0)], -1)
        return codes


@dataclass(frozen=True)
class _ByValue:
    """Any values: Arrow's hash table over the distinct ones."""

    values: pa.Array

    def codes_of(self, values: pa.Array) -> Rows:
        found = pc.index_in(values, value_set=self.values, skip_nulls=True)
        codes: Rows = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        return codes


@dataclass(frozen=True)
class ValueCodes:
    """The distinct combinations of values of some columns, numbered from 0.

    Attributes:
        count: How many combinations there are.
        lookups: One a column. `combinations`: after each further column, the pairs (code so far, code of the column)
            that occur, as sorted integers: their places are the codes from there on.
    """

    count: int
    lookups: tuple[_Lookup, ...] = ()
    combinations: tuple[tuple[int, Rows], ...] = ()

    def groups_of(self, columns: list[pa.Array], size: int) -> Rows:
        """Return the group of each row: int64, `size`; -1 where a value is NULL or its combination unknown.

        Args:
            columns: The values, in the columns' own types; none puts every row into group 0.
        """
        if not self.lookups:
            return np.full(size, 0 if self.count else -1, dtype=np.int64)
        groups = self.lookups[0].codes_of(columns[0])
        for lookup, (width, known), values in zip(self.lookups[1:], self.combinations, columns[1:], strict=True):
            codes = lookup.codes_of(values)
            pairs = np.where((groups < 0) | (codes < 0), -1, groups * width + codes)
            place = np.minimum(np.searchsorted(known, pairs), known.size - 1)
            groups = np.where(known[place] == pairs, place, -1).astype(np.int64)
        return groups


def code_values(columns: list[pa.ChunkedArray], size: int) -> tuple[ValueCodes, Rows]:
    """Return the codes of some columns without NULLs, and the group of each of their `size` rows."""
    if size == 0 or not columns:
        return ValueCodes(1 if size else 0), np.zeros(size, dtype=np.int64)
    lookups, combinations = [], []
    groups, count = np.zeros(size, dtype=np.int64), 1
    for at, values in enumerate(columns):
        lookup, width = _lookup(values)
        codes = np.concatenate([lookup.codes_of(chunk) for chunk in values.chunks])
        lookups.append(lookup)
        if at == 0:
            groups, count = codes, width
            continue
        known, groups = np.unique(groups * width + codes, return_inverse=True)
        groups, count = groups.astype(np.int64), int(known.size)
        combinations.append((width, known))
    return ValueCodes(count, tuple(lookups), tuple(combinations)), groups


def _lookup(values: pa.ChunkedArray) -> tuple[_Lookup, int]:
    """Return the lookup of a column, and how many distinct values it has."""
    distinct = pc.unique(values)
    if pa.types.is_signed_integer(distinct.type):
        numbers = np.sort(_numbers(distinct))
        low, span = int(numbers[0]), int(numbers[-1]) - int(numbers[0]) + 1
        if span <= _DENSE_SHARE * max(numbers.size, 1024):
            table = np.full(span, -1, dtype=np.int64)
            table[numbers - low] = np.arange(numbers.size)
            return _ByPlace(low, table), int(numbers.size)
    return _ByValue(distinct), len(distinct)


def _numbers(values: Any) -> Rows:
    numbers: Rows = values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return numbers
