"""A plan made ready to run: keys, lookup tables and compiled patterns, built once and shared by threads."""

from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from threading import Lock, RLock
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine import relations
from synth_assets.engine.charsets import fit_charset
from synth_assets.engine.fitting import fit_bytes
from synth_assets.engine.generated import compute_generated
from synth_assets.engine.registry import kernel_of
from synth_assets.engine.remedies import Remedies
from synth_assets.engine.rows import Mask, RowSet
from synth_assets.engine.settling import Settler
from synth_assets.engine.streams import Rows, StreamKey, stream_key
from synth_assets.plan.model import ColumnPlan, Plan, Relation
from synth_assets.plan.strategies import Strategy
from synth_assets.schema.model import Schema
from synth_assets.vocabulary import RecordList, WordList, fingerprint_vocabulary, load_records, load_words

_T = TypeVar("_T")

NOTHING_FILLED: Mapping[str, pa.Table] = MappingProxyType({})
"""No texts for any table."""


class Program:
    """Schema and plan with everything derived from them that rows need."""

    def __init__(self, schema: Schema, plan: Plan, filled: Mapping[str, pa.Table] = NOTHING_FILLED) -> None:
        self.schema = schema
        self.plan = plan
        self.filled = filled
        self._cache: dict[Hashable, Any] = {}
        self._lock = Lock()
        self._building = RLock()

    def key(self, table: str, column: str, purpose: str) -> StreamKey:
        """Return the stream of a column for a purpose: keyed by names, never by position."""
        return self.once(("key", table, column, purpose), lambda: stream_key(self.plan.seed, self.plan.schema_name, table, column, purpose))

    def once(self, name: Hashable, build: Callable[[], _T]) -> _T:
        """Return what `build` gave the first time it was asked for by this name; threads agree on one result."""
        try:
            value: _T = self._cache[name]
        except KeyError:
            value = build()
            with self._lock:
                value = self._cache.setdefault(name, value)
        return value

    def alone(self, name: Hashable, build: Callable[[], _T]) -> _T:
        """Return what `build` gave, as `once`; what is costly is built by one thread while the others wait for it."""
        if name not in self._cache:
            with self._building:
                return self.once(name, build)
        return self.once(name, build)

    def words(self, name: str, locale: str | None) -> WordList:
        """Return a word list in the locale given, or the plan's."""
        return load_words(name, locale or self.plan.locale)

    def records(self, name: str, locale: str | None) -> RecordList:
        """Return a record list in the locale given, or the plan's."""
        return load_records(name, locale or self.plan.locale)

    def vocabulary_fingerprint(self, name: str, locale: str | None = None) -> str:
        return fingerprint_vocabulary(name, locale or self.plan.locale)

    def draw_strategy(self, rows: RowSet, plan: ColumnPlan, strategy: Strategy) -> pa.Array:
        """Return the values a strategy gives these rows, in the column's Arrow type, before its NULL rules."""
        values = fit_charset(kernel_of(strategy)(rows, plan, strategy), rows.table.column(plan.column))
        return fit_bytes(values, rows, plan)

    def compute_generated(self, rows: RowSet, name: str) -> pa.Array:
        """Return the values of a column that the database computes."""
        return compute_generated(rows, name)

    def find_parents(self, rows: RowSet, relation: Relation) -> tuple[Rows, Mask]:
        return relations.find_parents(rows, relation)

    def find_ordinals(self, rows: RowSet, relation: Relation) -> Rows:
        return relations.find_ordinals(rows, relation)

    def redrawn_columns(self, table: str) -> Mapping[str, int]:
        """Return the columns of a table that a redraw changes, each with its group's place."""
        return self._settlers[table].group_of

    def remedies_of(self, table: str, column: str) -> Remedies:
        """Return what rows may be given outright, in the group of redrawn columns that a column is one of."""
        settler = self._settlers[table]
        return settler.remedies(settler.group_of[column])

    def settle(self, rows: RowSet) -> NDArray[np.int64]:
        """Return the numbers that the redrawn columns of rows are drawn with; see `settling`. Raises GenerationError (GEN102, GEN103)."""
        return self._settlers[rows.table.key].settle(rows)

    @cached_property
    def _settlers(self) -> dict[str, Settler]:
        return {t.table: Settler(self, t.table) for t in self.plan.tables}
