"""Create one table of a stored dataset."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from synth_assets.engine import ENGINE_VERSION
from synth_assets.pipeline.filled_texts import NO_TEXTS, stored_texts, texts_for
from synth_assets.plan.fingerprint import fingerprint_table_plan
from synth_assets.plan.model import Plan
from synth_assets.schema.arrow import arrow_schema
from synth_assets.schema.fingerprint import fingerprint_table
from synth_assets.schema.model import Schema
from synth_assets.storage import DatasetStore, StoredTable, TableProvenance
from synth_assets.storage.filled import FilledTexts

if TYPE_CHECKING:
    from synth_assets.engine import Generator

OnProgress = Callable[[int, int], None]
"""Called with rows done and rows in all, after every chunk."""


@dataclass(frozen=True)
class CreatedTable:
    """The stored table, and how long it took in seconds."""

    stored: StoredTable
    seconds: float


def create_table(
    store: DatasetStore, schema: Schema, plan: Plan, dataset: str, table_key: str, on_progress: OnProgress | None = None
) -> CreatedTable:
    """Generate a table into the store; nothing of it is visible until all of it is there.

    Parents need not exist: their keys are computed. Memory: a few chunks.

    Raises:
        PlanError: The plan does not fit the schema.
        GenerationError: A CHECK cannot be met.
        StorageError: The rows cannot be written.
    """
    started = time.perf_counter()
    texts = texts_for(stored_texts(store, schema, dataset), plan, table_key)
    chunks = with_progress(generator_of(schema, plan, texts).generate_chunks(table_key), plan.table(table_key).row_count, on_progress)
    provenance = provenance_of(schema, plan, table_key, texts)
    stored = store.write_table(schema.name, dataset, table_key, arrow_schema(schema.table(table_key)), chunks, provenance=provenance)
    return CreatedTable(stored, time.perf_counter() - started)


def provenance_of(schema: Schema, plan: Plan, table_key: str, texts: Mapping[str, FilledTexts] = NO_TEXTS) -> TableProvenance:
    """Return what a table's bytes follow from: equal provenance means equal rows."""
    return TableProvenance(
        plan_fingerprint=fingerprint_table_plan(plan, table_key),
        schema_fingerprint=fingerprint_table(schema.table(table_key)),
        engine_version=ENGINE_VERSION,
        seed=plan.seed,
        filled={key: texts[key].sha256 for key in sorted(texts)},
    )


def generator_of(schema: Schema, plan: Plan, texts: Mapping[str, FilledTexts] = NO_TEXTS) -> "Generator":
    """Return the generator of a plan, the same one as long as it is asked for the same objects: resolving costs.

    Args:
        texts: What a model wrote, by table key.
    """
    return _generator_of(ById(schema), ById(plan), _Texts(texts))


def with_progress(chunks: Iterable[Any], total: int, on_progress: OnProgress | None) -> Iterator[Any]:
    """Yield the chunks (pa.Table) and tell after each how many rows are done."""
    done = 0
    for chunk in chunks:
        yield chunk
        done += chunk.num_rows
        if on_progress is not None:
            on_progress(done, total)


class ById:
    """A cache key that is equal only for the very same object, and keeps it alive."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ById) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


class _Texts:
    """A cache key that is equal for the same texts."""

    def __init__(self, texts: Mapping[str, FilledTexts]) -> None:
        self.texts = dict(texts)
        self._digests = tuple(sorted((key, t.sha256) for key, t in texts.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Texts) and other._digests == self._digests

    def __hash__(self) -> int:
        return hash(self._digests)


@lru_cache(maxsize=4)
def _generator_of(schema: ById, plan: ById, texts: _Texts) -> "Generator":
    # The engine's compiled kernels are loaded when rows are wanted, not when Dagster loads definitions.
    from synth_assets.engine import Generator

    return Generator(schema.value, plan.value, {key: t.table for key, t in texts.texts.items()})
