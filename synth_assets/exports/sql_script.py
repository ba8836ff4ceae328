"""A SQL script that `psql -f`, `mysql <`, `sqlite3` and their like take: DDL, then all rows in one transaction."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from synth_assets.exports.sql_cycles import CyclePlan, plan_cycles
from synth_assets.exports.sql_literals import literals_of
from synth_assets.exports.sql_names import column_name, resolved_name, table_name
from synth_assets.exports.sql_triggers import silence_triggers
from synth_assets.exports.text_columns import bytes_of, join_text, line_ends
from synth_assets.schema.graph import creation_order
from synth_assets.schema.model import Schema, Table

ROWS_PER_INSERT = 500
BYTES_PER_INSERT = 500_000
"""Below the statement limits of all five databases' default settings."""

_BLOCK_ROWS = 16 * ROWS_PER_INSERT

RowSource = Callable[[str], Iterable[Any]]
"""Gives the pa.Table chunks of a table key; may be called again for the same table."""

_OPENING = {
    "mysql": "SET NAMES utf8mb4;\nSET time_zone = '+00:00';\n",
    "sqlite": "PRAGMA foreign_keys = ON;\n",
    "tsql": "SET XACT_ABORT ON;\nSET NOCOUNT ON;\n",
    "oracle": "SET DEFINE OFF\nWHENEVER SQLERROR EXIT FAILURE ROLLBACK\n",
}
_AFTER_DDL = {
    # pg_dump empties the search path, and the names below must be found.
    "postgres": "SELECT set_config('search_path', 'public', false) WHERE current_setting('search_path') IN ('', '\"\"');\n",
    "mysql": "SET SESSION sql_mode = CONCAT_WS(',', @@SESSION.sql_mode, 'NO_AUTO_VALUE_ON_ZERO');\n",
}
_BEGIN = {"mysql": "START TRANSACTION;\n", "tsql": "BEGIN TRANSACTION;\n", "oracle": ""}


def write_sql(sink: Any, schema: Schema, rows_of: RowSource, *, dialect: str | None = None, ddl_text: str | None = None) -> dict[str, int]:
    """Write the script; return rows by table key.

    Parents come before children; cycles are loaded as `sql_cycles` says; sequences go on after the highest
    number. With PostgreSQL run it by `psql -v ON_ERROR_STOP=1 -f`. Holds one chunk in memory.

    Args:
        sink: Anything with `write(bytes)`.
        schema: Gives names, types and keys.
        rows_of: Gives the chunks of each table.
        dialect: Of the script; the schema's own by default.
        ddl_text: The DDL to begin with, as the user wrote it; None for a script of rows alone.

    Raises:
        RequestError: The dialect cannot load a cycle of the schema.
    """
    dialect = dialect or schema.dialect
    cycles = plan_cycles(schema, dialect)
    quiet, loud = silence_triggers(schema, dialect, ddl_text)
    _write(sink, _OPENING.get(dialect, ""))
    if ddl_text is not None:
        _write(sink, _closed(ddl_text, dialect))
    _write(sink, _AFTER_DDL.get(dialect, "") + "\n" + _BEGIN.get(dialect, "BEGIN;\n") + quiet + cycles.before)
    order = [schema.table(key) for key in creation_order(schema)]
    rows = {table.key: _insert_rows(sink, table, rows_of(table.key), dialect, cycles) for table in order}
    for table in order:
        _update_rows(sink, table, rows_of, dialect, cycles)
    _write(sink, "\n" + cycles.after + loud + "".join(_advance_sequences(table, dialect) for table in order))
    _write(sink, "COMMIT;\n")
    return {table.key: rows[table.key] for table in schema.tables}


def _insert_rows(sink: Any, table: Table, chunks: Iterable[Any], dialect: str, cycles: CyclePlan) -> int:
    head, tail = _identity_frame(table, dialect)
    columns = ", ".join(column_name(c, dialect) for c in table.stored_columns)
    overriding = " OVERRIDING SYSTEM VALUE" if dialect == "postgres" and any(c.identity_always for c in table.columns) else ""
    statement = f"INSERT INTO {table_name(table, dialect)} ({columns}){overriding} VALUES\n".encode()
    later = set(cycles.columns_filled_later(table.key))
    rows = 0
    for batch in _batches(chunks):
        if rows == 0:
            _write(sink, "\n" + head)
        # Each row begins with the separator, which the first of a statement loses.
        lines = join_text(*_value_list(batch, table, dialect, later), null="NULL")
        for block in _cut(lines, 1 if dialect == "oracle" else ROWS_PER_INSERT):
            sink.write(statement)
            sink.write(block[2:])
            sink.write(b";\n")
        rows += batch.num_rows
    _write(sink, tail if rows else "")
    return rows


def _value_list(batch: Any, table: Table, dialect: str, later: set[str]) -> list[Any]:
    parts: list[Any] = []
    for position, (column, values) in enumerate(zip(table.stored_columns, batch.columns, strict=True)):
        parts.append(", " if position else ",\n(")
        parts.append("NULL" if column.name in later else literals_of(values, column.type, dialect))
    return [*parts, ")"]


def _update_rows(sink: Any, table: Table, rows_of: RowSource, dialect: str, cycles: CyclePlan) -> None:
    """Fill the columns that had to wait, one UPDATE a row that has something to fill."""
    import pyarrow.compute as pc

    later = cycles.columns_filled_later(table.key)
    if not later or table.primary_key is None:
        return
    _write(sink, "\n")
    for batch in _batches(rows_of(table.key)):
        kept = batch.filter(pc.is_valid(batch.column(later[0]))) if len(later) == 1 else batch
        if kept.num_rows == 0:
            continue
        assignments = _equalities(kept, table, later, ", ", dialect)
        conditions = _equalities(kept, table, table.primary_key.columns, " AND ", dialect)
        begin = f"UPDATE {table_name(table, dialect)} SET "  # noqa: S608 - names are quoted by sql_names
        sink.write(bytes_of(join_text(begin, *assignments, " WHERE ", *conditions, ";\n", null="NULL")))


def _equalities(batch: Any, table: Table, names: Iterable[str], separator: str, dialect: str) -> list[Any]:
    parts: list[Any] = []
    for name in names:
        column = table.column(name)
        parts += [
            (separator if parts else "") + column_name(column, dialect) + " = ",
            literals_of(batch.column(name), column.type, dialect),
        ]
    return parts


def _identity_frame(table: Table, dialect: str) -> tuple[str, str]:
    """Statements around the rows of a table whose numbers the database would rather give itself."""
    name = table_name(table, dialect)
    if dialect == "tsql" and any(c.identity for c in table.stored_columns):
        return f"SET IDENTITY_INSERT {name} ON;\n", f"SET IDENTITY_INSERT {name} OFF;\n"
    always = [column_name(c, dialect) for c in table.stored_columns if c.identity_always] if dialect == "oracle" else []
    head = "".join(f"ALTER TABLE {name} MODIFY ({c} GENERATED BY DEFAULT AS IDENTITY);\n" for c in always)
    return head, "".join(f"ALTER TABLE {name} MODIFY ({c} GENERATED ALWAYS AS IDENTITY (START WITH LIMIT VALUE));\n" for c in always)


def _advance_sequences(table: Table, dialect: str) -> str:
    """PostgreSQL sequences do not see explicit numbers; the next INSERT of the user must not collide."""
    if dialect != "postgres":
        return ""
    name = table_name(table, dialect)
    found = [c for c in table.stored_columns if c.identity or "nextval" in (c.default or "").lower()]
    return "".join(_setval(name, column_name(c, dialect), resolved_name(c, dialect)) for c in found)


def _setval(table: str, column: str, bare_column: str) -> str:
    sequence = f"pg_get_serial_sequence({_text(table)}, {_text(bare_column)})"
    return f"SELECT setval({sequence}, max({column})) FROM {table} HAVING max({column}) >= 1;\n"  # noqa: S608 - names are quoted by sql_names


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _batches(chunks: Iterable[Any]) -> Iterator[Any]:
    """Blocks of a fixed number of rows, so that statements, too, do not depend on how the rows were cut."""
    import pyarrow as pa

    waiting: list[Any] = []
    count = 0
    for chunk in chunks:
        rest = chunk
        while count + rest.num_rows >= _BLOCK_ROWS:
            room = _BLOCK_ROWS - count
            yield pa.concat_tables([*waiting, rest.slice(0, room)]).combine_chunks().to_batches()[0]
            rest, waiting, count = rest.slice(room), [], 0
        waiting.append(rest)
        count += rest.num_rows
    if count:
        yield pa.concat_tables(waiting).combine_chunks().to_batches()[0]


def _cut(lines: Any, row_limit: int) -> Iterator[memoryview]:
    """Cut lines into runs of at most `row_limit` rows and about BYTES_PER_INSERT bytes, a row at least."""
    import numpy as np

    data, ends = bytes_of(lines), line_ends(lines) - line_ends(lines, 0)
    row = begin = 0
    while row < len(ends):
        by_size = int(np.searchsorted(ends, begin + BYTES_PER_INSERT, side="right"))
        row = max(row + 1, min(row + row_limit, by_size))
        yield data[begin : int(ends[row - 1])]
        begin = int(ends[row - 1])


def _closed(ddl_text: str, dialect: str) -> str:
    """The DDL with its last statement ended, so that ours does not run into it."""
    code = re.sub(r"(\s|--[^\n]*\n|/\*[^*]*\*/)+\Z", "", ddl_text + "\n")
    ending = "\n" if code.endswith(";") or not code else "\n;\n"
    return ddl_text.rstrip() + ("\nGO\n" if dialect == "tsql" else ending)


def _write(sink: Any, text: str) -> None:
    if text:
        sink.write(text.encode())
