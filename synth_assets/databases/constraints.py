"""A server names the constraint that rejected a row in its own way; here it becomes the one the DDL declares."""

from collections.abc import Iterable

from synth_assets.databases.model import ConstraintKind
from synth_assets.databases.rows import Refusal
from synth_assets.schema.model import Table


def refusal_of(table: Table, kind: ConstraintKind, name: str | None, columns: Iterable[str], message: str) -> Refusal:
    """Return the refusal, its constraint named as declared.

    Args:
        name: The constraint's name on the server, if it gives one.
        columns: The columns it is over, if the server gives them; letter case is not looked at.
    """
    members = tuple(dict.fromkeys(c.lower() for c in columns))
    for known, label, line, over in _declared(table, kind):
        if name and known and known.lower() == name.lower():
            return Refusal(kind, label, line, message)
        if members and not known and sorted(members) == sorted(c.lower() for c in over):
            return Refusal(kind, label, line, message)
    alike = [(label, line) for _, label, line, over in _declared(table, kind) if members and set(members) == {c.lower() for c in over}]
    if len(alike) == 1:
        return Refusal(kind, *alike[0], message)
    return Refusal(kind, name or _fallback(kind, members), None, message)


def column_refusal(table: Table, kind: ConstraintKind, column: str | None, message: str) -> Refusal:
    """Return the refusal of a value its column cannot hold: `not null`, `type` or `length`."""
    found = next((c for c in table.columns if column is not None and c.name.lower() == column.lower()), None)
    if found is None:
        return Refusal(kind, column or table.key, table.where.line, message)
    label = f"{found.name} NOT NULL" if kind == "not null" else f"{found.name} {found.sql_type}"
    return Refusal(kind, label, found.where.line, message)


def _declared(table: Table, kind: ConstraintKind) -> list[tuple[str | None, str, int, tuple[str, ...]]]:
    """Return (name, label, line, columns) of the table's constraints of a kind."""
    match kind:
        case "primary key" if table.primary_key is not None:
            key = table.primary_key
            return [(key.name, key.name or f"PRIMARY KEY ({', '.join(key.columns)})", key.where.line, key.columns)]
        case "unique":
            return [(u.name, unique_label(u.name, (*u.columns, *u.expressions)), u.where.line, u.columns) for u in table.unique_constraints]
        case "foreign key":
            return [(f.name, f.label, f.where.line, f.columns) for f in table.foreign_keys]
        case "check":
            return [(c.name, c.label, c.where.line, c.columns) for c in table.checks]
        case "exclusion":
            return [(e.name, e.label, e.where.line, e.columns) for e in table.exclusions]
        case _:
            return []


def unique_label(name: str | None, members: Iterable[str]) -> str:
    """Return the name of a unique constraint, or what it says."""
    return name or f"UNIQUE ({', '.join(members)})"


def _fallback(kind: ConstraintKind, members: tuple[str, ...]) -> str:
    return f"{kind.upper()} ({', '.join(members)})" if members else kind
