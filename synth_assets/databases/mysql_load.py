"""Rows into MySQL and MariaDB, and what their errors say about them."""

import re
from typing import TYPE_CHECKING, Any

from synth_assets.databases.constraints import column_refusal, refusal_of
from synth_assets.databases.rows import Refusal
from synth_assets.ddl import quote_name
from synth_assets.exports.text_columns import style_of, text_of
from synth_assets.schema.model import CheckConstraint, Table

if TYPE_CHECKING:
    import pymysql

_SPATIAL = frozenset({"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection"})
_COLUMN = re.compile(r"[Cc]olumn '(?:[^']*\.)?([^'.]+)'|column (?:`[^`]*`\.)*`([^`]+)`")
_KEY = re.compile(r"for key '(?:[^']*\.)?([^'.]+)'")
_CHECK = re.compile(r"CONSTRAINT `(.+?)` failed for|Check constraint '(.+?)' is violated")
_NUMBERED = re.compile(r"(?:CONSTRAINT_|_chk_)(\d+)$")
_NOT_NULL = frozenset({1048, 1364, 1566})
_CHECKS = frozenset({4025, 3819})


def insert_statement(table: Table, kinds: dict[str, str]) -> str:
    """Return the INSERT of one row, in the form a driver repeats for many.

    Args:
        kinds: The server's data type by lower-case column name; shapes are given as well-known text, bits as numbers.
    """
    columns = ", ".join(quote_name(c.name, "mysql") for c in table.stored_columns)
    marks = ", ".join(_mark(kinds.get(c.name.lower(), "")) for c in table.stored_columns)
    return f"INSERT INTO {quote_name(table.name, 'mysql')} ({columns}) VALUES ({marks})"  # noqa: S608 - names are quoted


def insert_rows(connection: "pymysql.Connection[Any]", statement: str, batch: Any) -> None:
    """Insert a pa.Table whole or not at all. Raises pymysql.err.MySQLError when a row is rejected."""
    rows = list(zip(*(_values(batch.column(i)) for i in range(batch.num_columns)), strict=True))
    connection.begin()
    try:
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def classify(error: Exception, table: Table) -> Refusal:
    """Return which constraint of the table an error of INSERT is about."""
    number, text = (error.args[0], str(error.args[1])) if len(error.args) > 1 else (0, str(error))
    column = next((c for found in [_COLUMN.search(text)] if found for c in found.groups() if c), None)
    if number in _NOT_NULL:
        return column_refusal(table, "not null", column, text)
    if number == 1062:
        key = _KEY.search(text)
        name = key[1] if key else None
        if name == "PRIMARY":
            return refusal_of(table, "primary key", None, table.primary_key.columns if table.primary_key else (), text)
        return _unique_refusal(table, name, text)
    if number in _CHECKS:
        return _check_refusal(table, text)
    if number == 1406:
        return column_refusal(table, "length", column, text)
    return column_refusal(table, "type", column, text) if column else Refusal("other", str(number), None, text)


def _unique_refusal(table: Table, name: str | None, text: str) -> Refusal:
    """An index without a name gets that of its first column."""
    known = [u for u in table.unique_constraints if u.name and name and u.name.lower() == name.lower()]
    first = re.sub(r"_\d+$", "", name or "").lower()
    unnamed = [u for u in table.unique_constraints if not u.name and u.columns and u.columns[0].lower() in {first, (name or "").lower()}]
    found = next(iter(known or unnamed), None)
    return refusal_of(table, "unique", found.name if found else name, found.columns if found else (), text)


def _check_refusal(table: Table, text: str) -> Refusal:
    found = _CHECK.search(text)
    name = ((found[1] or found[2]) if found else "").rpartition(".")[2].strip("`")
    check = next((c for c in table.checks if c.name and c.name.lower() == name.lower()), None) or _unnamed(table, name)
    return Refusal("check", check.label, check.where.line, text) if check else refusal_of(table, "check", name or None, (), text)


def _unnamed(table: Table, name: str) -> CheckConstraint | None:
    """MariaDB calls a column's CHECK like the column and numbers the table's; MySQL numbers them all."""
    unnamed = [c for c in table.checks if c.name is None]
    of_column = [c for c in unnamed if tuple(n.lower() for n in c.columns) == (name.lower(),)]
    numbered = _NUMBERED.search(name)
    if numbered is None:
        return of_column[0] if of_column else None
    columns = {c.name.lower(): c for c in table.columns}
    # Those on the line of their only column are the column's own.
    of_table = [c for c in unnamed if len(c.columns) != 1 or columns[c.columns[0].lower()].where.line != c.where.line]
    listed = of_table if name.startswith("CONSTRAINT_") else unnamed
    at = int(numbered[1]) - 1
    return listed[at] if at < len(listed) else None


def _mark(kind: str) -> str:
    if kind in _SPATIAL:
        return "ST_GeomFromText(%s)"
    return "CAST(%s AS UNSIGNED)" if kind == "bit" else "%s"


def _values(column: Any) -> list[object]:
    import pyarrow as pa

    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_binary(whole.type) or pa.types.is_integer(whole.type):
        values: list[object] = whole.to_pylist()
        return values
    texts: list[object] = text_of(whole, style_of("mysql")).to_pylist()
    return texts


def binary_from_text(batch: Any, table: Table) -> Any:
    """Return a batch of texts with its bytes (`0x...`) as bytes; what is no hexadecimal text stays for the server to reject."""
    import pyarrow as pa

    for position, column in enumerate(table.stored_columns):
        values = batch.column(position)
        if column.type.kind == "binary" and pa.types.is_string(values.type):
            texts = values.to_pylist()
            if all(t is None or re.fullmatch(r"0x(?:[0-9a-fA-F]{2})*", t) for t in texts):
                data = pa.array([None if t is None else bytes.fromhex(t[2:]) for t in texts], pa.binary())
                batch = batch.set_column(position, column.name, data)
    return batch
