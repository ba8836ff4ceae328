"""Rows on their way into a database: where they come from, and finding those it rejects."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from synth_assets.databases.model import ConstraintKind, Rejection, TableProof

RowSource = Callable[[str], Iterable[Any]]
"""Gives the chunks (pa.Table) of a table's stored columns, by table key.

A column has the type `schema.arrow` says, or is text as the schema's dialect spells it in CSV files: then it is the
server that judges whether the text is a value.
"""

OnTableProgress = Callable[[str, int, int], None]
"""Called with a table key, its rows done and its rows in all, after every batch."""

BATCH_ROWS = 8192
MAX_COUNTED = 100
"""Rejected rows of one table that are looked for one by one; a table with more is given up there, and said to have more."""

_SHOWN_COLUMNS = 12
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class Refusal:
    """Why a batch was not taken: the constraint by kind, name and line in the DDL, and the server's own words."""

    kind: ConstraintKind
    constraint: str
    line: int | None
    message: str


@dataclass
class Tally:
    """The rejections of one table, by constraint; `full` when it is given up."""

    table: str
    accepted: int = 0
    rejected: int = 0
    found: dict[tuple[str, str], Rejection] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        return self.rejected >= MAX_COUNTED

    def add(self, refusal: Refusal, row: Any, number: int) -> None:
        """Count one rejected row (a pa.Table of one row), `number` counted from 1; the first of each constraint is kept to be shown."""
        self.rejected += 1
        key = (refusal.kind, refusal.constraint)
        known = self.found.get(key)
        if known is not None:
            self.found[key] = known.model_copy(update={"rows": known.rows + 1})
            return
        self.found[key] = Rejection(
            table=self.table,
            kind=refusal.kind,
            constraint=refusal.constraint,
            line=refusal.line,
            rows=1,
            row_number=number,
            example=shown_values(row.column_names, [row.column(i)[0].as_py() for i in range(row.num_columns)]),
            message=refusal.message,
        )

    def difference_from(self, expected: int | None) -> tuple[Rejection, ...]:
        """Return a rejection when the table's file holds another number of rows than its dataset says."""
        found = self.accepted + self.rejected
        if self.full or expected in {None, found}:
            return ()
        message = f"{expected:,} rows are expected, {found:,} were found"
        return (Rejection(table=self.table, kind="rows", constraint="row count", rows=abs((expected or 0) - found), message=message),)

    def rejections(self) -> tuple[Rejection, ...]:
        """Return what was rejected, in the order found; with `at_least` where counting was given up."""
        return tuple(r.model_copy(update={"at_least": self.full}) for r in self.found.values())


def shown_values(names: Iterable[str], values: Iterable[object]) -> dict[str, str | None]:
    """Return a row as people are shown it: the first columns, long values cut."""
    pairs = list(zip(names, values, strict=True))[:_SHOWN_COLUMNS]
    return {name: None if value is None else _cut(str(value)) for name, value in pairs}


def load_batches(chunks: Iterable[Any], attempt: Callable[[Any], Refusal | None], tally: Tally, on_batch: Callable[[int], None]) -> None:
    """Load all batches; a batch that is refused is halved until the rows at fault stand alone.

    Args:
        attempt: Loads a pa.Table whole or not at all; says why not.
        on_batch: Told the number of rows dealt with so far.
    """
    done = 0
    for batch in batches_of(chunks):
        _load(batch, done, attempt, tally)
        done += batch.num_rows
        on_batch(done)
        if tally.full:
            return


def load_table(
    table_key: str, rows_of: RowSource, expected: int | None, attempt: Callable[[Any], Refusal | None], on_progress: OnTableProgress | None
) -> tuple[TableProof, tuple[Rejection, ...]]:
    """Load one table batch by batch; return how it went and what was rejected.

    Args:
        expected: Rows the dataset says the table has.
        attempt: Loads a batch whole or not at all; says why not.
    """
    started = time.perf_counter()
    tally, total = Tally(table_key), expected or 0

    def tell(done: int) -> None:
        if on_progress is not None:
            on_progress(table_key, done, max(done, total))

    load_batches(rows_of(table_key), attempt, tally, tell)
    proof = TableProof(table=table_key, rows=total, accepted=tally.accepted, seconds=round(time.perf_counter() - started, 3))
    return proof, (*tally.rejections(), *tally.difference_from(expected))


def orphan_rejection(
    table_key: str, refusal: Refusal, count: int, example: dict[str, str | None], row_number: int | None, *, parent_rejected: bool
) -> Rejection:
    """Return the rejection of rows that have no parent; where parents were rejected themselves, it says so."""
    return Rejection(
        table=table_key,
        kind="foreign key",
        constraint=refusal.constraint,
        line=refusal.line,
        rows=count,
        row_number=row_number,
        example=example,
        message=refusal.message + ("; rows of the parent were rejected, which may be why" if parent_rejected else ""),
    )


def batches_of(chunks: Iterable[Any]) -> Iterator[Any]:
    """Yield pa.Tables of at most BATCH_ROWS rows."""
    for chunk in chunks:
        for start in range(0, chunk.num_rows, BATCH_ROWS):
            yield chunk.slice(start, BATCH_ROWS)


def _load(batch: Any, start: int, attempt: Callable[[Any], Refusal | None], tally: Tally) -> None:
    waiting = [(start, batch)]
    while waiting and not tally.full:
        at, rows = waiting.pop()
        refusal = attempt(rows)
        if refusal is None:
            tally.accepted += rows.num_rows
        elif rows.num_rows == 1:
            tally.add(refusal, rows, at + 1)
        else:
            half = rows.num_rows // 2
            waiting += [(at + half, rows.slice(half)), (at, rows.slice(0, half))]


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
