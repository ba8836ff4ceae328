"""Which columns may hold texts that nobody proved anything about: free text that no key, constraint or other cell reads."""

import re
from collections.abc import Iterator

from synth_assets.errors import SourcePosition
from synth_assets.plan.cells import Cell, graph_of
from synth_assets.plan.model import Plan
from synth_assets.schema.model import ForeignKey, MissingParent, Schema, Table
from synth_assets.schema.types import TextType, UnknownType

SHORTEST_PROSE = 20
"""Characters below which a column holds words and codes, no text."""

_HAS_A_FORM = re.compile(r"(?:xml|name|sysname|inet|cidr|macaddr8?|tsvector|tinytext)\b", re.IGNORECASE)
"""Types that hold text, and not any: markup, names and addresses of computers, or as many bytes as others hold letters."""


def obstacle_to_filling(table: Table, name: str) -> str | None:
    """Return what in the DDL stands against a text that was written freely; None where nothing does."""
    if not isinstance(table.column(name).type, TextType | UnknownType):
        return f"it is no text ({table.column(name).sql_type})"
    if _HAS_A_FORM.match(table.column(name).sql_type):
        return f"its type does not take every text ({table.column(name).sql_type})"
    return next(_obstacles(table, name), None)


def may_hold_prose(table: Table, name: str) -> bool:
    """Tell whether a column has room for a text, and nothing in the DDL stands against one that was written freely."""
    logical = table.column(name).type
    has_room = isinstance(logical, TextType) and not logical.fixed and (logical.max_length or SHORTEST_PROSE) >= SHORTEST_PROSE
    return has_room and obstacle_to_filling(table, name) is None


def _obstacles(table: Table, name: str) -> Iterator[str]:
    if table.primary_key and name in table.primary_key.columns:
        yield "the primary key holds it"
    referring: tuple[ForeignKey | MissingParent, ...] = (*table.foreign_keys, *table.missing_parents)
    yield from (f"it refers to {key.parent_table}" for key in referring if name in key.columns)
    yield from (f"the database computes {c.name} from it" for c in table.columns if _names(c.generated or "", name))
    for what, where, columns, sql in _readers(table):
        if name in columns or _names(sql, name):
            yield f"{what} reads it ({where})"


def _readers(table: Table) -> Iterator[tuple[str, SourcePosition, tuple[str, ...], str]]:
    """Yield what reads columns of a table: what it is, where, the columns it names, and its SQL."""
    for unique in table.unique_constraints:
        yield "a unique key", unique.where, unique.columns, " ".join((*unique.expressions, unique.predicate or ""))
    for check in table.checks:
        yield "a CHECK", check.where, check.columns, check.sql
    for exclusion in table.exclusions:
        held = (*exclusion.columns, exclusion.interval.start, exclusion.interval.end)
        yield "an EXCLUDE", exclusion.where, held, " ".join((*exclusion.expressions, exclusion.predicate or ""))


def _names(sql: str, column: str) -> bool:
    """Tell whether SQL text may name a column: whatever could not be read as a tree counts as well."""
    return re.search(rf"(?<!\w){re.escape(column)}(?!\w)", sql, re.IGNORECASE) is not None


def referred_columns(schema: Schema) -> frozenset[Cell]:
    """Return the columns that foreign keys of any table refer to."""
    return frozenset((key.parent_table, column) for t in schema.tables for key in t.foreign_keys for column in key.parent_columns)


def readers_of(plan: Plan) -> frozenset[Cell]:
    """Return the cells that other cells are computed from."""
    return frozenset(cell for reader, read in graph_of(plan).items() for cell in read if cell != reader)
