"""Conditions that Arrow has no words for, judged by DuckDB over the same rows, in memory and cut off from everything else.

One connection a thread, with one thread of its own; the verdict on a row depends on that row alone.
"""

import atexit
from functools import lru_cache
from threading import current_thread, local, main_thread
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.rows import RowSet
from synth_assets.schema.arrow import arrow_type
from synth_assets.schema.clock import pin_today
from synth_assets.schema.model import CheckConstraint, Table

_SANDBOX: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
    "threads": 1,
}
_ROW = "__row_number__"
_own = local()


def violates_sql(check: CheckConstraint, rows: RowSet) -> NDArray[np.bool_]:
    """Return which rows make a CHECK FALSE (not NULL), one flag a row.

    Raises:
        ValueError: If a row holds what its SQL cannot be evaluated on, such as a text that is no number.
    """
    import duckdb

    frame = pa.table({name: rows.column(name) for name in check.columns} | {_ROW: pa.array(np.arange(len(rows)))})
    broken = np.zeros(len(rows), dtype=np.bool_)
    try:
        found = _ask(_query(check, rows), frame).fetchnumpy()[_ROW]
    except duckdb.Error as error:
        raise ValueError(str(error).strip().splitlines()[0]) from None
    broken[found.astype(np.int64)] = True
    return broken


@lru_cache(maxsize=1024)
def is_judgeable(table: Table, check: CheckConstraint) -> bool:
    """Tell whether DuckDB understands a CHECK over columns of these types."""
    import duckdb

    if check.duckdb_sql is None:
        return False
    fields = [(name, arrow_type(table.column(name).type)) for name in check.columns]
    frame = pa.schema([*fields, (_ROW, pa.int64())]).empty_table()
    try:
        _ask(f"SELECT {_ROW} FROM frame WHERE NOT CAST(({check.duckdb_sql}) AS BOOLEAN)", frame)  # noqa: S608
    except duckdb.Error:
        return False
    return True


def _query(check: CheckConstraint, rows: RowSet) -> str:
    """The sandbox, not quoting, bounds what this text can do: it comes from a DDL that somebody uploaded."""
    condition = pin_today(check.duckdb_sql or "TRUE", rows.program.plan.as_of)
    return f"SELECT {_ROW} FROM frame WHERE NOT CAST(({condition}) AS BOOLEAN)"  # noqa: S608


def _ask(sql: str, frame: pa.Table) -> Any:
    import duckdb

    if not hasattr(_own, "connection"):
        connection = duckdb.connect(":memory:", config=_SANDBOX)
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET lock_configuration = true")
        _own.connection = connection
        if current_thread() is main_thread():
            atexit.register(vars(_own).clear)  # a connection that outlives the interpreter's end is told as leaked
    _own.connection.register("frame", frame)
    return _own.connection.execute(sql)
