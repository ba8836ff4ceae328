"""Conditions that Arrow has no words for, judged by DuckDB over the same rows, in memory and cut off from everything else.

One connection a thread, with one thread of its own; the verdict on a row depends on that row alone.
"""

import atexit
from threading import current_thread, local, main_thread
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth_assets.engine.predicates import Cells
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
# The sandbox, not quoting, bounds what these texts can do: the condition comes from a DDL that somebody uploaded.
_QUERY = f"SELECT {_ROW} FROM frame WHERE NOT CAST(({{}}) AS BOOLEAN)"  # noqa: S608
# A list of one tells an answer of NULL, which is fine, from an error, which TRY makes NULL.
_GUARDED_QUERY = (
    f"SELECT {_ROW} FROM (SELECT {_ROW}, TRY([CAST(({{}}) AS BOOLEAN)]) AS answer FROM frame) WHERE answer IS NULL OR NOT answer[1]"  # noqa: S608
)
_own = local()


def violates_sql(check: CheckConstraint, rows: Cells, *, errors_break: bool = True) -> NDArray[np.bool_]:
    """Return which rows make a CHECK FALSE (not NULL), one flag a row.

    Args:
        errors_break: Count a row that its SQL fails on (a text that is no number) as one that breaks it.

    Raises:
        ValueError: If its SQL fails on a row, and errors do not count.
    """
    import duckdb

    frame = pa.table({name: rows.column(name) for name in check.columns} | {_ROW: pa.array(np.arange(len(rows)))})
    condition = pin_today(check.duckdb_sql or "TRUE", rows.today)
    broken = np.zeros(len(rows), dtype=np.bool_)
    try:
        found = _ask(_QUERY.format(condition), frame).fetchnumpy()[_ROW]
    except duckdb.Error as error:
        if not errors_break:
            raise ValueError(str(error).strip().splitlines()[0]) from None
        found = _ask(_GUARDED_QUERY.format(condition), frame).fetchnumpy()[_ROW]
    broken[found.astype(np.int64)] = True
    return broken


def is_judgeable(table: Table, check: CheckConstraint) -> bool:
    """Tell whether DuckDB understands a CHECK over columns of these types."""
    import duckdb

    if check.duckdb_sql is None:
        return False
    fields = [(name, arrow_type(table.column(name).type)) for name in check.columns]
    frame = pa.schema([*fields, (_ROW, pa.int64())]).empty_table()
    try:
        _ask(_QUERY.format(check.duckdb_sql), frame)
        _ask(_GUARDED_QUERY.format(check.duckdb_sql), frame)
    except duckdb.Error:
        return False
    return True


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
