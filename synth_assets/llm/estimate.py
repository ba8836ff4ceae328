"""What a dataset will ask of Gemini, before anything is asked: calls, tokens and dollars by arithmetic alone.

Here: how many calls a table takes (the formula that the row filler keeps to as well), and what they cost at the models' prices. Not
here: which columns are filled (`plan.filling`), and the limit that holds whatever the estimate says (`ledger`).

Calls do not depend on the rows of a table, only on the rows that are filled: 200 filled rows cost the same in a table of 200 rows and
in one of 2,000,000.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import ceil

from synth_assets.llm.prices import price_of
from synth_assets.llm.questions import Usage

ROWS_IN_CHUNK = 25
"""Rows whose texts are written in one call."""

ROWS_IN_CRITIQUE = 25
"""Rows that are judged in one call."""

_SYSTEM_TOKENS = 400
_SCENARIO_TOKENS = 60
_ROW_TOKENS = 60
_DECISION_TOKENS = 70
_VERDICT_TOKENS = 25
_THOUGHT_TOKENS = 400
_BYTES_A_TOKEN = 4


@dataclass(frozen=True)
class TableCalls:
    """The calls that one table takes.

    Attributes:
        plan: The question about its columns.
        instructions: The question for scenarios.
        rows: Chunks of rows to fill.
        critique: Chunks of filled rows to judge.
        refills: Chunks of rows to fill once more, if every row failed.
        second_critique: Chunks of those to judge, if every row failed.
    """

    plan: int = 0
    instructions: int = 0
    rows: int = 0
    critique: int = 0
    refills: int = 0
    second_critique: int = 0

    @property
    def expected(self) -> int:
        """What it takes when every answer is good at once."""
        return self.plan + self.instructions + self.rows + self.critique

    @property
    def most(self) -> int:
        """What it takes at most; requests that are sent again for errors of the network come on top, within the budget."""
        return self.expected + self.refills + self.second_critique


@dataclass(frozen=True)
class TableSize:
    """What of a table decides its cost.

    Attributes:
        table: Its key.
        asked_columns: Columns that its plan question is about; 0 asks none.
        filled_rows: Rows whose texts are written.
        filled_columns: Columns of text in each.
        description_bytes: Of the table and its surroundings, as questions hold it.
        row_text_bytes: Of all filled texts of one row, as far as one knows.
        instructions: Scenarios.
        model: Who writes the rows.
    """

    table: str
    asked_columns: int
    filled_rows: int
    filled_columns: int
    description_bytes: int
    row_text_bytes: int
    instructions: int
    model: str


@dataclass(frozen=True)
class TableEstimate:
    """What one table will take.

    Attributes:
        calls: By purpose.
        tokens: Input and output, when every answer is good at once.
        most_tokens: The same for `calls.most`.
        dollars, most_dollars: Of those; None for a model without a price.
    """

    table: str
    calls: TableCalls
    tokens: Usage
    most_tokens: Usage
    dollars: float | None
    most_dollars: float | None


@dataclass(frozen=True)
class Estimate:
    """What a dataset will take; every answer that is kept already takes nothing.

    Attributes:
        tables: In schema order; those that ask nothing are left out.
        day: Of the prices.
    """

    tables: tuple[TableEstimate, ...]
    day: date

    @property
    def calls(self) -> int:
        return sum(t.calls.expected for t in self.tables)

    @property
    def most_calls(self) -> int:
        return sum(t.calls.most for t in self.tables)

    @property
    def tokens(self) -> int:
        return sum(t.tokens.total for t in self.tables)

    @property
    def most_tokens(self) -> int:
        return sum(t.most_tokens.total for t in self.tables)

    @property
    def dollars(self) -> float | None:
        """None where a model has no price."""
        return _sum_of(t.dollars for t in self.tables)

    @property
    def most_dollars(self) -> float | None:
        """None where a model has no price."""
        return _sum_of(t.most_dollars for t in self.tables)


def calls_of_table(rows: int, chunk: int = ROWS_IN_CHUNK, critique_chunk: int = ROWS_IN_CRITIQUE, *, planned: bool = True) -> TableCalls:
    """Return the calls that filling a table takes: `1 plan + 1 instructions + ceil(rows / chunk) + critique chunks + refills`.

    Args:
        rows: Rows that are filled; 0 fills none.
        chunk, critique_chunk: Rows of one call.
        planned: Whether there is a question about its columns.
    """
    filled, judged = ceil(rows / chunk), ceil(rows / critique_chunk)
    return TableCalls(int(planned), int(rows > 0), filled, judged, filled, judged)


def estimate_calls(sizes: Iterable[TableSize], planning_model: str, day: date) -> Estimate:
    """Return what tables of these sizes will take.

    Args:
        sizes: In schema order.
        planning_model: Who is asked about columns.
        day: Whose prices hold.
    """
    made = [_estimate_table(size, planning_model, day) for size in sizes]
    return Estimate(tuple(one for one in made if one.calls.most), day)


def _estimate_table(size: TableSize, planning_model: str, day: date) -> TableEstimate:
    calls = calls_of_table(size.filled_rows, planned=size.asked_columns > 0)
    planning = _usage(calls.plan, _SYSTEM_TOKENS + _tokens(size.description_bytes), size.asked_columns * _DECISION_TOKENS)
    preparing = _usage(calls.instructions, _SYSTEM_TOKENS + _tokens(size.description_bytes), size.instructions * _SCENARIO_TOKENS)
    filling, judging = _chunk_usage(size)
    expected = _add(preparing, _times(filling, calls.rows), _times(judging, calls.critique))
    most = _add(expected, _times(filling, calls.refills), _times(judging, calls.second_critique))
    planned = _dollars(planning_model, planning, day)
    return TableEstimate(
        table=size.table,
        calls=calls,
        tokens=_add(planning, expected),
        most_tokens=_add(planning, most),
        dollars=_sum_of((planned, _dollars(size.model, expected, day))),
        most_dollars=_sum_of((planned, _dollars(size.model, most, day))),
    )


def _chunk_usage(size: TableSize) -> tuple[Usage, Usage]:
    """Return what one full chunk takes to be filled, and to be judged."""
    asked = _SYSTEM_TOKENS + _tokens(size.description_bytes) + _SCENARIO_TOKENS
    texts = ROWS_IN_CHUNK * (_tokens(size.row_text_bytes) + 4 * size.filled_columns)
    filling = _usage(1, asked + ROWS_IN_CHUNK * _ROW_TOKENS, texts)
    return filling, _usage(1, asked + ROWS_IN_CRITIQUE * _ROW_TOKENS + texts, ROWS_IN_CRITIQUE * _VERDICT_TOKENS)


def _usage(calls: int, asked: int, answered: int) -> Usage:
    return Usage(calls * asked, 0, calls * answered, calls * _THOUGHT_TOKENS)


def _times(usage: Usage, calls: int) -> Usage:
    return Usage(calls * usage.input_tokens, 0, calls * usage.output_tokens, calls * usage.thought_tokens)


def _add(*usages: Usage) -> Usage:
    return Usage(sum(u.input_tokens for u in usages), 0, sum(u.output_tokens for u in usages), sum(u.thought_tokens for u in usages))


def _tokens(size: int) -> int:
    return ceil(size / _BYTES_A_TOKEN)


def _dollars(model: str, usage: Usage, day: date) -> float | None:
    if not usage.total:
        return 0.0
    price = price_of(model, day)
    return price.of(usage) if price else None


def _sum_of(dollars: Iterable[float | None]) -> float | None:
    known = list(dollars)
    return None if None in known else sum(d for d in known if d is not None)
