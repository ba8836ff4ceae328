"""The engine's front: rows [start, stop) of a table, alone or as a stream of chunks over threads."""

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pyarrow as pa

from synth_assets.engine import strategies
from synth_assets.engine.casting import as_text
from synth_assets.engine.failures import REPORT_IT, failure
from synth_assets.engine.program import NOTHING_FILLED, Program
from synth_assets.engine.rows import RowSet
from synth_assets.engine.vocabularies import vocabularies_of
from synth_assets.errors import Diagnostic, PlanError
from synth_assets.plan.model import Plan
from synth_assets.plan.strategies import Reference
from synth_assets.schema.arrow import arrow_schema
from synth_assets.schema.model import Schema

CHUNK_ROWS = 65_536
"""Rows of a chunk: large enough to keep the kernels busy, small enough to stay in cache and flat in memory."""

_REGISTERED = strategies.__all__


class Generator:
    """Rows of a dataset, as a pure function of schema, plan and seed.

    The same bytes come out however a table is cut and on however many threads.

    Attributes:
        schema, plan: What it was made of.
    """

    def __init__(self, schema: Schema, plan: Plan, filled: Mapping[str, pa.Table] = NOTHING_FILLED) -> None:
        """Resolve the plan once.

        Args:
            filled: Texts by table key, for columns whose strategy is `Filled`: the i-th line is row i's, a column each, in the
                form of `plan.filled_texts`; NULL where a row has none. Without any, those columns are as their plan says otherwise.

        Raises:
            PlanError: If the plan names tables or columns that the schema does not have.
        """
        self.schema = schema
        self.plan = plan
        _require_match(schema, plan)
        self._program = Program(schema, plan, filled)

    def generate_rows(self, table: str, start: int, stop: int) -> pa.Table:
        """Return rows [start, stop) of a table: its stored columns in schema order.

        Raises:
            KeyError: If there is no such table.
            GenerationError: If a CHECK cannot be met, or the plan was not valid.
        """
        return self.generate_columns(table, [c.name for c in self.schema.table(table).stored_columns], start, stop)

    def generate_chunks(
        self, table: str, *, start: int = 0, stop: int | None = None, chunk_rows: int = CHUNK_ROWS, threads: int | None = None
    ) -> Iterator[pa.Table]:
        """Yield the rows of a table in order, a chunk at a time; at least one chunk, maybe empty.

        Args:
            start, stop: Row range; the whole table by default.
            chunk_rows: Rows of a chunk.
            threads: Workers; the number of cores by default. At most threads + 1 chunks are in memory.
        """
        end = self.plan.table(table).row_count if stop is None else stop
        starts = range(start, max(end, start + 1), chunk_rows)
        workers = min(threads or os.cpu_count() or 1, len(starts))
        if workers == 1:
            for at in starts:
                yield self.generate_rows(table, at, min(end, at + chunk_rows))
            return
        with ThreadPoolExecutor(workers, thread_name_prefix=f"rows-{table}") as pool:
            pending: deque[Future[pa.Table]] = deque()
            try:
                for at in starts:
                    pending.append(pool.submit(self.generate_rows, table, at, min(end, at + chunk_rows)))
                    if len(pending) > workers:
                        yield pending.popleft().result()
                while pending:
                    yield pending.popleft().result()
            finally:
                for future in pending:
                    future.cancel()

    def generate_columns(self, table: str, columns: Sequence[str], start: int, stop: int) -> pa.Table:
        """Return some stored columns of rows [start, stop), in the order given; others are not made. Raises as `generate_rows`."""
        rows = RowSet(self._program, table, np.arange(start, max(start, stop), dtype=np.int64))
        wanted = arrow_schema(rows.table)
        fields = [wanted.field(name) for name in columns]
        arrays = [_values(rows, name, f"rows {start} to {stop}") for name in columns]
        return pa.Table.from_arrays(
            [a.cast(f.type) if a.type != f.type else a for a, f in zip(arrays, fields, strict=True)], schema=pa.schema(fields)
        )

    def read_texts(self, table: str, stop: int, references: Sequence[Reference]) -> list[list[str | None]]:
        """Return what columns of the first `stop` rows, or of their parents, hold as canonical text: a list for each reference.

        Raises:
            KeyError: If there is no such table, column or relation.
            GenerationError: As `generate_rows` does.
        """
        rows = RowSet(self._program, table, np.arange(stop, dtype=np.int64))
        return [as_text(rows.reference(reference)).to_pylist() for reference in references]

    def vocabulary_fingerprints(self) -> dict[str, str]:
        """Return the digest of every vocabulary the plan draws from, by `name@locale`: part of the dataset's identity."""
        used = vocabularies_of(self.plan)
        return {f"{name}@{locale}": self._program.vocabulary_fingerprint(name, locale) for name, locale in used}


def _values(rows: RowSet, column: str, which: str) -> pa.Array:
    try:
        return rows.column(column)
    except (pa.ArrowInvalid, ArithmeticError, ValueError) as error:
        hint = f"give the column another strategy with an override; {REPORT_IT}"
        raise failure("GEN101", f"{rows.table.key}.{column}", f"the values of {which} cannot be made", str(error), hint) from error


def _require_match(schema: Schema, plan: Plan) -> None:
    problems = []
    for table_plan in plan.tables:
        table = schema.tables_by_key.get(table_plan.table)
        if table is None:
            problems.append(_mismatch(table_plan.table, "the plan names a table that the schema does not have"))
            continue
        known = {c.name for c in table.stored_columns}
        planned = set(table_plan.columns_by_name)
        surplus, absent = sorted(planned - known), sorted(known - planned)
        problems += [_mismatch(f"{table.key}.{c}", "the plan names a column that the schema does not have") for c in surplus]
        problems += [_mismatch(f"{table.key}.{c}", "the plan says nothing about this column") for c in absent]
    planned_tables = set(plan.tables_by_key)
    problems += [_mismatch(t.key, "the plan says nothing about this table") for t in schema.tables if t.key not in planned_tables]
    if problems:
        raise PlanError("the plan does not belong to this schema", problems)


def _mismatch(where: str, message: str) -> Diagnostic:
    return Diagnostic(code="PLAN101", where=where, message=message, hint="infer the plan again from this schema, or edit it")
