"""Rows as the prompts show them: which of their columns tell a writer something, and one line a row."""

from collections import abc
from collections.abc import Iterable, Iterator, Mapping

from synth_assets.llm.row_filler.answers import field_names
from synth_assets.llm.row_filler.task import FillColumn, SkeletonRow
from synth_assets.plan.cells import cases, leaves
from synth_assets.plan.filled_texts import slot_of
from synth_assets.plan.model import ColumnPlan, Plan, TablePlan
from synth_assets.plan.strategies import (
    Aggregate,
    AnyRow,
    Bytes,
    Email,
    Filled,
    ForeignKeyValue,
    Ordinal,
    Pattern,
    Reference,
    Sequence,
    Text,
    Total,
    Uuid,
)
from synth_assets.schema.graph import creation_order
from synth_assets.schema.model import Schema

_MOST_OWN = 8
_MOST_OF_A_PARENT = 4
_MOST_OF_PARENTS = 10
_LONGEST_VALUE = 160

_TELLS_NOTHING = (Sequence, Uuid, Bytes, Pattern, Email, Ordinal, ForeignKeyValue, Aggregate, Total, AnyRow)
"""Numbers and codes that say nothing to a writer, and what changes when other tables grow."""


def shown_references(schema: Schema, plan: Plan, table: str) -> tuple[Reference, ...]:
    """Return the columns of a table's rows, and of the parents that are made before it, that its skeleton shows.

    None of them changes when tables grow alike: unique columns and what adds up children are left out.
    """
    table_plan = plan.table(table)
    deciding = {c for column in table_plan.columns for c in _deciding(column)}
    own = sorted((c.column not in deciding, place) for place, c in enumerate(table_plan.columns) if _tells(c) and not _is_filled(c))
    shown = [Reference(column=table_plan.columns[place].column) for _, place in own[:_MOST_OWN]]
    return tuple(dict.fromkeys((*shown, *list(_of_parents(schema, plan, table_plan))[:_MOST_OF_PARENTS])))


def _of_parents(schema: Schema, plan: Plan, table_plan: TablePlan) -> Iterator[Reference]:
    position = {key: place for place, key in enumerate(creation_order(schema))}
    mentioned = [m for c in table_plan.columns for s in leaves(c.strategy) if isinstance(s, Filled) for m in s.mentions]
    yield from dict.fromkeys(mentioned)
    for relation in table_plan.relations:
        if position[relation.parent_table] < position[table_plan.table]:
            telling = [c for c in plan.table(relation.parent_table).columns if _tells(c)]
            telling.sort(key=lambda c: not (_is_filled(c) or isinstance(c.strategy, Text)))
            yield from (Reference(column=c.column, relation=relation.name) for c in telling[:_MOST_OF_A_PARENT])


def _deciding(column: ColumnPlan) -> Iterator[str]:
    yield from (case.column for case in cases(column.strategy))
    yield from (name for s in leaves(column.strategy) if isinstance(s, Filled) for name in s.match)


def _tells(column: ColumnPlan) -> bool:
    return not column.unique and column.null_from is None and not any(isinstance(s, _TELLS_NOTHING) for s in leaves(column.strategy))


def _is_filled(column: ColumnPlan) -> bool:
    return any(isinstance(s, Filled) for s in leaves(column.strategy))


def shown_name(reference: Reference) -> str:
    """Return what a prompt calls a column: its name, that of a parent after the relation's."""
    return reference.column if reference.relation is None else slot_of(reference)


def shown_value(text: str) -> str:
    """Return a value in one line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_VALUE else f"{line[: _LONGEST_VALUE - 1]}…"


def rows_as_text(rows: Iterable[SkeletonRow], texts: Mapping[int, Mapping[str, str]] | None = None) -> str:
    """Return one line a row: its number, what it holds, and its texts where they are given."""
    lines = []
    for row in rows:
        told = [f"{name}: {value}" for name, value in row.shown]
        told += [f"{name} = {' '.join(text.split())}" for name, text in (texts or {}).get(row.number, {}).items()]
        lines.append(f"row {row.number} | {' | '.join(told)}")
    return "\n".join(lines)


def columns_as_text(columns: abc.Sequence[FillColumn]) -> str:
    """Return one line a column: its name, that of it in an answer where it is another, what it is, and how long it may be."""
    own = {column: name for name, column in field_names(columns).items()}
    return "\n".join(
        f"- {c.name}{'' if own[c.name] == c.name else f' (answered as {own[c.name]})'}: {c.about}"
        f"{'' if c.limit is None else f', at most {c.limit:,} {c.unit}'}"
        for c in columns
    )
