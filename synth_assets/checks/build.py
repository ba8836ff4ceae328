"""The checks of a table by name, from the schema alone: no Great Expectations, pandas or Arrow."""

from collections.abc import Iterable

from synth_assets.checks.model import CheckKind, CheckSpec
from synth_assets.errors import Severity
from synth_assets.plan.model import Plan
from synth_assets.schema.model import Column, Schema, Table, UniqueConstraint
from synth_assets.schema.types import BinaryType, EnumType, TextType

BLOCKING: frozenset[CheckKind] = frozenset({"primary_key", "unique", "foreign_keys"})


def build_checks(schema: Schema, plan: Plan | None, table_key: str) -> tuple[CheckSpec, ...]:
    """Return the checks that apply to a table, in a fixed order.

    Args:
        schema: The database.
        plan: The plan, or None where it is not known yet; the names are the same either way, descriptions may say more.
        table_key: Which table. KeyError when there is none.
    """
    table = schema.table(table_key)
    rows = None if plan is None else plan.table(table_key).row_count
    return tuple(
        CheckSpec(
            name=kind,
            table=table_key,
            kind=kind,
            blocking=kind in BLOCKING,
            severity=Severity.WARNING if kind == "distributions" else Severity.ERROR,
            description=description,
            columns=columns,
        )
        for kind, description, columns in _applicable(table, rows)
    )


def _applicable(table: Table, rows: int | None) -> list[tuple[CheckKind, str, tuple[str, ...]]]:
    names = tuple(c.name for c in table.stored_columns)
    keys = extra_unique_constraints(table)
    found: list[tuple[CheckKind, str, tuple[str, ...]]] = [
        ("columns_and_types", "The columns are those of the schema, in order, each of its type.", names),
        ("row_count", "The table has as many rows as planned." if rows is None else f"The table has {rows} rows.", ()),
    ]
    if not_null := not_null_columns(table):
        found.append(("not_null", f"No NULL in {_listed(not_null)}.", not_null))
    if table.primary_key:
        key = table.primary_key.columns
        found.append(("primary_key", f"({', '.join(key)}) is never NULL and never repeats.", key))
    if keys or table.exclusions:
        found.append(("unique", _unique_description(table, keys), _columns(table, _unique_columns(table, keys))))
    parents = [(fk.label, fk.columns) for fk in table.foreign_keys] + [(mp.label, mp.columns) for mp in table.missing_parents]
    if parents:
        keys_text = _listed(label for label, _ in parents)
        found.append(("foreign_keys", f"Every parent row exists: {keys_text}.", _columns(table, (columns for _, columns in parents))))
    if table.checks:
        checks_text = _listed(c.label for c in table.checks)
        found.append(("check_constraints", f"No row violates {checks_text}.", _columns(table, (c.columns for c in table.checks))))
    if bounded := tuple(c.name for c in table.stored_columns if max_length(c) is not None):
        found.append(("lengths", f"No value is too long in {_listed(bounded)}.", bounded))
    if enums := tuple(c.name for c in table.stored_columns if isinstance(c.type, EnumType)):
        found.append(("value_sets", f"Only declared values in {_listed(enums)}.", enums))
    found.append(("distributions", "Values and NULLs are distributed as planned.", names))
    return found


def _unique_description(table: Table, keys: tuple[UniqueConstraint, ...]) -> str:
    repeats = f"No repeats in {_listed(unique_label(u) for u in keys)}." if keys else ""
    overlaps = f"No overlaps in {_listed(e.label for e in table.exclusions)}." if table.exclusions else ""
    return f"{repeats} {overlaps}".strip()


def _unique_columns(table: Table, keys: tuple[UniqueConstraint, ...]) -> list[tuple[str, ...]]:
    spans = [(*e.columns, e.interval.start, e.interval.end) for e in table.exclusions]
    return [*(u.columns for u in keys), *spans]


def not_null_columns(table: Table) -> tuple[str, ...]:
    """Return the stored NOT NULL columns outside the primary key, whose NULLs are the `primary_key` check's."""
    key = table.primary_key.columns if table.primary_key else ()
    return tuple(c.name for c in table.stored_columns if not c.nullable and c.name not in key)


def extra_unique_constraints(table: Table) -> tuple[UniqueConstraint, ...]:
    """Return the unique constraints that do not merely repeat the primary key."""
    key = table.primary_key.columns if table.primary_key else ()
    return tuple(u for u in table.unique_constraints if u.expressions or u.predicate is not None or u.columns != key)


def unique_label(constraint: UniqueConstraint) -> str:
    """Return the constraint's name, or `UNIQUE (members)` with its predicate."""
    where = f" WHERE {constraint.predicate}" if constraint.predicate else ""
    return constraint.name or f"UNIQUE ({', '.join((*constraint.columns, *constraint.expressions))}){where}"


def max_length(column: Column) -> int | None:
    """Return the most characters (text) or bytes (binary, and text that is counted so) the column may hold, None without a bound."""
    return column.type.max_length if isinstance(column.type, TextType | BinaryType) else None


def _columns(table: Table, groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    read = {name for group in groups for name in group}
    return tuple(c.name for c in table.columns if c.name in read)


def _listed(names: Iterable[str]) -> str:
    texts = list(names)
    return ", ".join(texts[:6]) + (f" and {len(texts) - 6} more" if len(texts) > 6 else "")
