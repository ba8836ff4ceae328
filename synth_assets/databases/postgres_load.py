"""Rows into PostgreSQL by COPY, and what its errors say about them."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from synth_assets.databases.constraints import column_refusal, refusal_of
from synth_assets.databases.model import ConstraintKind
from synth_assets.databases.postgres_catalog import Relation
from synth_assets.databases.rows import Refusal
from synth_assets.ddl import quote_name
from synth_assets.exports import write_csv
from synth_assets.schema.model import CheckConstraint, Table

if TYPE_CHECKING:
    import psycopg

_COLUMN = re.compile(r"^COPY .*?, line \d+, column (.+?)(?:: |$)", re.DOTALL)
_ORDINAL = re.compile(r"_check(\d*)$")


def copy_rows(connection: "psycopg.Connection[Any]", table: Table, relation: Relation, chunks: Iterable[Any], options: str = "") -> int:
    """Send chunks in one COPY, the numbers of identity columns included; return the number of rows.

    All or nothing: raises psycopg.Error when the server rejects a row.
    """
    columns = ", ".join(quote_name(relation.columns[c.name]) for c in table.stored_columns)
    statement = f"COPY {relation.sql} ({columns}) FROM STDIN WITH (FORMAT csv, HEADER true{options})"
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        return write_csv(copy, table, chunks, "postgres")


def classify(error: "psycopg.Error", table: Table, relation: Relation) -> Refusal:
    """Return which constraint of the table an error of COPY is about."""
    diagnosis = error.diag
    message = (diagnosis.message_primary or str(error)).strip()
    detail = f" ({diagnosis.message_detail})" if diagnosis.message_detail and len(diagnosis.message_detail) < 200 else ""
    name, state = diagnosis.constraint_name, error.sqlstate or ""
    match state:
        case "23502":
            return column_refusal(table, "not null", diagnosis.column_name, message)
        case "23505" | "23P01":
            primary, columns = relation.indexes.get(name or "", (False, ()))
            kind: ConstraintKind = "primary key" if primary else ("exclusion" if state == "23P01" else "unique")
            return refusal_of(table, kind, name, columns, message + detail)
        case "23514":
            return _check_refusal(table, name, _column_of(diagnosis.context), diagnosis.datatype_name, message)
        case "22001":
            return column_refusal(table, "length", _column_of(diagnosis.context), message)
        case _ if state.startswith("22"):
            return column_refusal(table, "type", _column_of(diagnosis.context), message)
        case _:
            return Refusal("other", state or table.key, None, message + detail)


def _check_refusal(table: Table, name: str | None, column: str | None, domain: str | None, message: str) -> Refusal:
    """PostgreSQL numbers the CHECKs without a name in order: those of one column apart from all others."""
    if domain is not None and column is not None:
        found = [c for c in table.checks if tuple(n.lower() for n in c.columns) == (column.lower(),)]
        named = next((c for c in found if c.name == name), None) or next(iter(reversed(found)), None)
        label = domain if named is None else named.name or f"{domain}: {named.sql}"
        return Refusal("check", label, named.where.line if named else None, message)
    known = next((c for c in table.checks if name and c.name and c.name.lower() == name.lower()), None)
    check = known or _unnamed(table, name or "")
    return Refusal("check", check.label, check.where.line, message) if check else refusal_of(table, "check", name, (), message)


def _unnamed(table: Table, name: str) -> CheckConstraint | None:
    found = _ORDINAL.search(name)
    if found is None:
        return None
    stem = name[: found.start()].lower()
    of_one = {f"{table.name}_{c.name}".lower(): c.name for c in table.columns}
    column = of_one.get(stem)
    alike = [c for c in table.checks if c.name is None and (c.columns == (column,) if column else len(c.columns) != 1)]
    at = int(found[1] or 0)
    return alike[at] if at < len(alike) else None


def _column_of(context: str | None) -> str | None:
    found = _COLUMN.match(context or "")
    return found[1].strip('"') if found else None
