"""A table, its neighbours and its free columns as compact text, for prompts that quote it as data."""

from collections.abc import Iterable

from synth_assets.plan.explain import describe_strategy
from synth_assets.plan.free_columns import FreeColumn
from synth_assets.schema.model import Column, Schema, Table
from synth_assets.schema.types import EnumType

_LONGEST_COMMENT = 500


def describe_table(table: Table) -> str:
    """Return a table's columns, keys and CHECKs, one a line, with its comments."""
    lines = [f"table {table.key}{_comment(table.comment)}"]
    lines += [f"- {_column(column)}" for column in table.columns]
    if table.primary_key:
        lines.append(f"primary key ({', '.join(table.primary_key.columns)})")
    lines += [f"unique ({', '.join((*u.columns, *u.expressions))})" for u in table.unique_constraints]
    lines += [
        f"foreign key ({', '.join(k.columns)}) refers to {k.parent_table} ({', '.join(k.parent_columns)})" for k in table.foreign_keys
    ]
    lines += [f"check ({_short(c.sql)})" for c in table.checks]
    return "\n".join(lines)


def describe_neighbours(schema: Schema, table: Table) -> str:
    """Return the tables that a table refers to and that refer to it, with their comments and column names."""
    parents = [k.parent_table for k in table.foreign_keys if k.parent_table != table.key]
    children = [t.key for t in schema.tables if t.key != table.key and any(k.parent_table == table.key for k in t.foreign_keys)]
    lines = [f"parent {_outline(schema, key)}" for key in dict.fromkeys(parents) if key in schema.tables_by_key]
    lines += [f"child {_outline(schema, key)}" for key in children]
    return "\n".join(lines)


def describe_free_columns(columns: Iterable[FreeColumn]) -> str:
    """Return one line a column: its type, what the rules hold for it and why, and what must stay."""
    return "\n".join(f"- {_free(free)}" for free in columns)


def _free(free: FreeColumn) -> str:
    plan, column = free.plan, free.column
    nulls = f"{plan.null_fraction:.0%} NULL" if column.nullable else "never NULL"
    stays = ["other columns depend on its values: keep them, change weights only"] if free.is_condition else []
    stays += ["its share of NULL stays"] if column.nullable and not free.has_own_nulls else []
    told = "; ".join([f"now {describe_strategy(plan.strategy)}", nulls, *stays, f"because {plan.reason}"])
    return f"{column.name} {column.sql_type}: {told}"


def _column(column: Column) -> str:
    words = [column.name, column.sql_type]
    if isinstance(column.type, EnumType) and column.type.values:
        words.append(f"one of {', '.join(column.type.values)[:_LONGEST_COMMENT]}")
    if not column.nullable:
        words.append("NOT NULL")
    if column.default is not None:
        words.append(f"DEFAULT {_short(column.default)}")
    if column.generated is not None:
        words.append(f"computed as {_short(column.generated)}")
    return " ".join(words) + _comment(column.comment)


def _outline(schema: Schema, key: str) -> str:
    table = schema.table(key)
    return f"{key} ({', '.join(c.name for c in table.columns)}){_comment(table.comment)}"


def _comment(text: str | None) -> str:
    return f" -- {_short(text)}" if text and text.strip() else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_COMMENT else f"{line[: _LONGEST_COMMENT - 1]}…"
