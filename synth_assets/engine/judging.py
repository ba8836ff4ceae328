"""Who judges a CHECK while rows are made: Arrow, DuckDB, or nobody.

Decided by the types of its columns, never by rows: the answer is the same for every chunk, and known before a row is made. What
nobody judges is left to the checks, with a warning.
"""

from collections.abc import Iterator
from datetime import date
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.casting import parse_values
from synth_assets.engine.predicates import Cells, UnknownPartError, violates
from synth_assets.engine.rows import RowSet
from synth_assets.engine.sql_conditions import is_judgeable, violates_sql
from synth_assets.plan.model import Plan
from synth_assets.plan.rules.check_domains import is_evaluable
from synth_assets.schema.expressions import Expression, columns_of
from synth_assets.schema.model import CheckConstraint, Schema, Table

Judge = Literal["arrow", "duckdb"]

_SAMPLES = {
    "integer": "0",
    "decimal": "0",
    "float": "0",
    "boolean": "true",
    "date": "2000-01-01",
    "timestamp": "2000-01-01T12:00:00",
    "time": "12:00:00",
}
_SAMPLE_TEXTS = ("a", "1", "2000-01-01", "12:00")
"""Texts of which one suits most casts: a CHECK that none of them suits cannot be judged."""


class _SampleRow:
    """One row of values of the right types, belonging to no table's data."""

    def __init__(self, table: Table, text: str, today: date) -> None:
        self.table, self.text, self.today = table, text, today

    def __len__(self) -> int:
        return 1

    def column(self, name: str) -> pa.Array:
        logical = self.table.column(name).type
        return parse_values([_SAMPLES.get(logical.kind, self.text)], logical)


def judge_of(table: Table, expression: Expression, check: CheckConstraint | None, today: date) -> Judge | None:
    """Return who judges rows by a CHECK: whoever manages to on one of a few rows of the right types.

    Args:
        expression: The condition's tree; `check` is the schema's CHECK that it belongs to, if there is one.
    """
    samples = [_SampleRow(table, text, today) for text in _SAMPLE_TEXTS]
    if is_evaluable(expression) and any(_is_computable(expression, s) for s in samples):
        return "arrow"
    if check is not None and is_judgeable(table, check) and any(_is_answered(check, s) for s in samples):
        return "duckdb"
    return None


def unjudged_checks(schema: Schema, plan: Plan) -> Iterator[tuple[Table, CheckConstraint]]:
    """Yield the CHECKs that a plan wants rows drawn again for, but that nobody can judge rows by."""
    for table_plan in plan.tables:
        table = schema.table(table_plan.table)
        checks = {(c.label, c.expression): c for c in table.checks}
        for redraw in table_plan.redraws:
            check = checks.get((redraw.check, redraw.expression))
            if check is not None and judge_of(table, redraw.expression, check, plan.as_of) is None:
                yield table, check


def find_violations(judge: Judge, expression: Expression, check: CheckConstraint | None, rows: RowSet) -> NDArray[np.bool_]:
    """Return which rows break a CHECK, one flag a row: those that make it FALSE, and those it fails on.

    The database refuses the latter too, with an error of its own.
    """
    if judge == "duckdb" and check is not None:
        return violates_sql(check, rows)
    try:
        return violates(expression, rows)
    except UnknownPartError:
        return _one_by_one(expression, rows)


def _one_by_one(expression: Expression, rows: RowSet) -> NDArray[np.bool_]:
    """Halve the rows until those that stop the arithmetic stand alone: the verdict on a row must not depend on its neighbours."""
    if len(rows) == 1:
        try:
            return violates(expression, rows)
        except UnknownPartError:
            return np.ones(1, dtype=np.bool_)
    for name in columns_of(expression):
        rows.column(name)
    halves = np.array_split(np.arange(len(rows), dtype=np.int64), 2)
    return np.concatenate([find_violations("arrow", expression, None, rows.take(h)) for h in halves])


def _is_computable(expression: Expression, row: Cells) -> bool:
    try:
        violates(expression, row)
    except (UnknownPartError, ValueError):
        return False
    return True


def _is_answered(check: CheckConstraint, row: Cells) -> bool:
    try:
        return violates_sql(check, row, errors_break=False) is not None
    except ValueError:
        return False
