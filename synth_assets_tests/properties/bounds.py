"""What any database could hold at most, by counting alone: the judge of a refusal. Shares no code with the product.

A reason is returned only where no rows whatever could obey; where nothing is returned, rows may or may not exist.
"""

from dataclasses import replace
from math import prod

from synth_assets_tests.properties.model import DrawnSchema, Key, Table

UNBOUNDED = 10**18


def reason_against(schema: DrawnSchema) -> str | None:
    """Why no rows can obey, or None."""
    for table in schema.tables:
        most = most_rows(schema, table)
        if table.rows > most:
            return f"{table.name} holds at most {most} rows, not {table.rows}"
    return None


def fitted(schema: DrawnSchema) -> DrawnSchema:
    """The schema with row counts lowered until counting has nothing against them."""
    while reason_against(schema) is not None:
        tables = tuple(replace(t, rows=min(t.rows, most_rows(schema, t))) for t in schema.tables)
        schema = DrawnSchema(tables, schema.seed)
    return schema


def most_rows(schema: DrawnSchema, table: Table) -> int:
    """The most rows of a table that the other tables' row counts and its own keys allow."""
    impossible = any(c.distinct == 0 and table.holds_null_free((c.name,)) for c in table.columns)
    by_keys = [_by_key(schema, table, key) for key in table.keys]
    return min([UNBOUNDED, *_by_parent(schema, table), *by_keys, *([0] if impossible else [])])


def _by_parent(schema: DrawnSchema, table: Table) -> list[int]:
    """Rows that need a parent are none where there is none; two parents that differ are two."""
    found = []
    for reference in table.references:
        firm = table.holds_null_free(reference.columns)
        needed = 2 if reference.differs_from and table.holds_null_free(reference.differs_from) else 1
        rows = schema.table(reference.parent).rows
        if firm and rows < needed and (table.name != reference.parent or needed == 2):
            found.append(0)
    return found


def _by_key(schema: DrawnSchema, table: Table, key: Key) -> int:
    """Different values of a key without NULLs: the smallest product of columns' values and parents' rows that covers it."""
    if not key.is_whole or not table.holds_null_free(key.columns):
        return UNBOUNDED
    groups = [(r.columns, _values(schema, r.parent, r.parent_columns)) for r in table.references if set(r.columns) <= set(key.columns)]
    groups = [(columns, rows) for columns, rows in groups if table.holds_null_free(columns)]
    sizes = {c: table.column(c).distinct for c in key.columns}
    groups += [((c,), UNBOUNDED if size is None else size) for c, size in sizes.items()]
    covers = _covers(frozenset(key.columns), groups)
    return min([UNBOUNDED, *(prod(cover) for cover in covers)])


def _values(schema: DrawnSchema, name: str, columns: tuple[str, ...], seen: tuple[str, ...] = ()) -> int:
    """Different values without NULLs that some columns have at most: one a row, and no more than what they themselves refer to has."""
    table = schema.table(name)
    most = table.rows
    for r in table.references:
        if sorted(r.columns) == sorted(columns) and r.parent not in (name, *seen):
            onward = dict(zip(r.columns, r.parent_columns, strict=True))
            most = min(most, _values(schema, r.parent, tuple(onward[c] for c in columns), (*seen, name)))
    return most


def _covers(left: frozenset[str], groups: list[tuple[tuple[str, ...], int]]) -> list[tuple[int, ...]]:
    if not left:
        return [()]
    first = min(left)
    return [(size, *rest) for columns, size in groups if first in columns for rest in _covers(left - frozenset(columns), groups)]
