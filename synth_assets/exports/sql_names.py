"""How a SQL script spells identifiers, so that each database finds what the DDL made."""

import re

from synth_assets.schema.model import Column, Table

_REGULAR = re.compile(r"[A-Za-z_\u0080-\uffff][A-Za-z0-9_$#\u0080-\uffff]*")
_QUOTES = {"mysql": ("`", "`"), "tsql": ("[", "]")}


def table_name(table: Table, dialect: str) -> str:
    """Return the table's name, with its namespace where it has one, quoted as `dialect` wants it."""
    name = _spell(table.name, dialect, quoted=table.quoted)
    return f"{_spell(table.namespace, dialect, quoted=False)}.{name}" if table.namespace else name


def column_name(column: Column, dialect: str) -> str:
    """Return the column's name, quoted as `dialect` wants it."""
    return _spell(column.name, dialect, quoted=column.quoted)


def regclass_literal(table: Table) -> str:
    """Return the table as PostgreSQL's catalogue finds it, for comparing with `oid` columns; NULL where it is not there."""
    name = table_name(table, "postgres").replace("'", "''")
    return f"to_regclass('{name}')"


def resolved_name(column: Column, dialect: str) -> str:
    """Return the column's name as the database's catalogue has it, without quotes."""
    return _resolve(column.name, dialect, quoted=column.quoted)


def _spell(name: str, dialect: str, *, quoted: bool) -> str:
    opening, closing = _QUOTES.get(dialect, ('"', '"'))
    return opening + _resolve(name, dialect, quoted=quoted).replace(closing, closing * 2) + closing


def _resolve(name: str, dialect: str, *, quoted: bool) -> str:
    """The letter case the database gave a name: unquoted names fold in PostgreSQL and Oracle.

    A name that could not have been written without quotes was quoted, whatever `quoted` says.
    """
    if quoted or not _REGULAR.fullmatch(name):
        return name
    if dialect == "postgres":
        return "".join(c.lower() if c.isascii() else c for c in name)
    return name.upper() if dialect == "oracle" else name
