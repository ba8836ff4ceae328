"""Pairs that refer to a row of one of several tables by name: `target_type` says which table, `target_id` which row.

No constraint declares them, so they are found by their names: a column that ends in `type` beside one that ends in `id`
with the same words before. Where the types are listed, every one must be the name of a table; where they are not, the
tables that most others refer to take part.
"""

import re
from collections import Counter
from collections.abc import Iterator

from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence, singular, table_words, words_of
from synth_assets.plan.rules.relations import attachment
from synth_assets.plan.strategies import AnyRow, Branch, Case, Categorical
from synth_assets.schema.model import Schema, Table
from synth_assets.schema.types import TextType

_TYPES = ("type", "kind", "class", "table", "model")
_MOST_TABLES = 5
_SHORTEST_ID = 20


def pairs_refer_to_rows(draft: TableDraft) -> None:
    """`target_id` is the key of a row that is there, in the table that `target_type` names."""
    for kind, identifier in _named_pairs(draft):
        found = _tables_of(draft, kind, identifier)
        tables = {v: t for v, t in found.items() if draft.setting.row_counts[t.key]}
        if not tables or len(tables) < len(found):
            continue
        branches = tuple(Branch(values=(value,), strategy=_any_row(draft, table)) for value, table in tables.items())
        strategy = Case(column=kind.name, branches=branches[:-1], otherwise=branches[-1].strategy) if branches[1:] else branches[0].strategy
        if not draft.may_compute(identifier.name, strategy):
            continue
        if draft.columns[kind.name].origin != "ddl":
            draft.change(kind.name, strategy=Categorical(values=tuple(tables)), because="names of tables that rows may refer to")
        names = ", ".join(sorted(t.key for t in tables.values()))
        draft.change(identifier.name, strategy=strategy, null_fraction=0.0, because=f"a row of the table that {kind.name} names: {names}")
        _missing_together(draft, kind, identifier)


def _named_pairs(draft: TableDraft) -> Iterator[tuple[Evidence, Evidence]]:
    keys = {c for key in draft.table.unique_keys for c in key} | {c for k in draft.table.foreign_keys for c in k.columns}
    free = [e for e in draft.evidences if draft.is_free(e.name) and e.name not in keys]
    for kind in free:
        if kind.kind in {"text", "enum"} and kind.words[-1:] and kind.words[-1] in _TYPES and kind.words[:-1]:
            for identifier in free:
                if identifier.words == (*kind.words[:-1], "id"):
                    yield kind, identifier


def _tables_of(draft: TableDraft, kind: Evidence, identifier: Evidence) -> dict[str, Table]:
    """Return the tables that the values of the type column name, all of them or none."""
    strategy = draft.strategy(kind.name)
    if isinstance(strategy, Categorical) and draft.columns[kind.name].origin == "ddl":
        named = {v: table_named(draft.setting.schema, v) for v in strategy.values}
        fitting = {v: t for v, t in named.items() if t is not None and _fits(t, identifier)}
        return fitting if len(fitting) == len(named) else {}
    return _plausible(draft, kind, identifier)


def table_named(schema: Schema, value: str) -> Table | None:
    """Return the table that a value names, in the singular or plural, as a class (`App\\Models\\Post`) or as `schema.table`."""
    last = re.split(r"[\\/.:]+", value.strip())[-1]
    words = words_of(last)
    wanted = (*words[:-1], singular(words[-1])) if words else ()
    return next((t for t in schema.tables if wanted and table_words(t) == wanted), None)


def _fits(table: Table, identifier: Evidence) -> bool:
    """Tell whether the identifier holds keys of a table: one column of a like type."""
    key = table.primary_key
    if key is None or len(key.columns) != 1:
        return False
    held = table.column(key.columns[0]).type.kind
    room = identifier.type.max_length if isinstance(identifier.type, TextType) else 0
    return held == identifier.kind or (identifier.kind == "text" and (room is None or room >= _SHORTEST_ID) and held in {"integer", "uuid"})


def _plausible(draft: TableDraft, kind: Evidence, identifier: Evidence) -> dict[str, Table]:
    """Return the tables that most others refer to, by the name that a program would give their class."""
    schema = draft.setting.schema
    referred = Counter(k.parent_table for t in schema.tables for k in t.foreign_keys)
    able = [t for t in schema.tables if referred[t.key] and t.key != draft.table.key and _fits(t, identifier)]
    able = sorted(able, key=lambda t: (-referred[t.key], t.key))[:_MOST_TABLES]
    as_class = kind.words[-2].endswith("able")
    names = {"".join(w.title() for w in table_words(t)) if as_class else "_".join(table_words(t)): t for t in able}
    room = kind.max_length
    return {n: t for n, t in sorted(names.items()) if room is None or len(n) <= room}


def _any_row(draft: TableDraft, table: Table) -> AnyRow:
    spread = attachment(draft.row_count, draft.setting.row_counts[table.key])
    key = table.primary_key.columns[0] if table.primary_key else ""
    return AnyRow(table=table.key, column=key, parents=spread.parents, children=spread.children, floor=spread.floor)


def _missing_together(draft: TableDraft, kind: Evidence, identifier: Evidence) -> None:
    if identifier.column.nullable and kind.column.nullable:
        draft.null_when(identifier.name, kind.name, (None,))
    elif kind.column.nullable:
        draft.change(kind.name, null_fraction=0.0, null_when=())
