"""Which texts Gemini writes: free text becomes `Filled`, with what the rules say where no text is there.

Asked only where Gemini is in use, after every rule and override; without it a plan, and every byte, is as it was. The texts
themselves are no part of a plan: they are written when the table is made, and kept beside it.
"""

import re
from collections.abc import Iterator, Mapping

from synth_assets.plan.capacity import capacity_of
from synth_assets.plan.cells import Cell, cases, has_circle, leaves
from synth_assets.plan.fillable import may_hold_prose, readers_of, referred_columns
from synth_assets.plan.filled_texts import may_be_slot
from synth_assets.plan.infer import plan_column, row_counts
from synth_assets.plan.model import ColumnPlan, Plan, Relation, TablePlan
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.rules.evidence import Evidence, Setting
from synth_assets.plan.strategies import Categorical, Constant, Filled, Number, Reference, Strategy, Template, Text, Vocabulary
from synth_assets.schema.model import Schema
from synth_assets.schema.types import BooleanType

_MOST_MATCHED = 2
_MOST_VALUES = 12
_ROWS_A_GROUP = 8
_MOST_MENTIONS = 4

_PROSE_NAMES = re.compile(r"templates\.(?!host_name|file_name)(?:\w+_name|\w+_title|title|label|university)(?:\.\w+)?")
"""Lists of names and titles of things; what follows a form (addresses, codes, links, user names) a vocabulary does well."""

_TELLING = ("rating", "stars", "score", "sentiment", "grade", "status", "state", "category", "type", "kind", "genre", "priority",
 "severity", "level", "gender", "language", "channel")  # fmt: skip
"""Last words of columns by which texts differ most, the most telling first."""

_NAMES = ("name", "title", "first name", "last name", "full name", "subject", "headline")


def with_filled(schema: Schema, plan: Plan, request: DatasetRequest) -> Plan:
    """Return the plan with `Filled` in every column whose texts Gemini can write better than a vocabulary.

    A column the user decided is left alone, and so is one that a key, a CHECK, another column or another table reads, except that
    texts may name the parents of their row.
    """
    setting = Setting(schema, row_counts(schema, request), plan.as_of, plan.locale)
    read = readers_of(plan) | referred_columns(schema)
    chosen = {t.table: _fillable(setting, read, t) for t in plan.tables if request.gemini.of_table(t.table).rows and t.row_count}
    for with_mentions in (True, False):
        tables = {t.table: t for t in plan.tables}
        for key, names in chosen.items():
            if names:
                mentions = tuple(_mentions(setting, tables, tables[key])) if with_mentions else ()
                tables[key] = _fill(setting, plan, tables[key], names, mentions, request.gemini.of_table(key).rows)
        filled = plan.model_copy(update={"tables": tuple(tables.values())})
        if has_circle(plan) or not has_circle(filled):
            return filled
    return plan


def _fillable(setting: Setting, read: frozenset[Cell], table_plan: TablePlan) -> tuple[str, ...]:
    table = setting.schema.table(table_plan.table)
    return tuple(
        c.column
        for c in table_plan.columns
        if c.origin not in {"user", "feedback"}
        and not c.unique
        and c.null_fraction < 1
        and (table.key, c.column) not in read
        and may_hold_prose(table, c.column)
        and _is_prose(setting.evidences[table.key][c.column], c.strategy)
    )


def _is_prose(evidence: Evidence, strategy: Strategy) -> bool:
    """Tell whether a column holds sentences, or names and titles of things."""
    written = [s for s in leaves(strategy) if not (isinstance(s, Constant) and s.value is None)]
    if written and all(_writes_prose(s) for s in written):
        return True
    return (
        bool(written)
        and all(isinstance(s, Text | Vocabulary | Template) for s in written)
        and _writes_prose(plan_column(evidence).strategy)
    )


def _writes_prose(strategy: Strategy) -> bool:
    match strategy:
        case Text():
            return True
        case Vocabulary(name=name):
            return _PROSE_NAMES.fullmatch(name) is not None
        case _:
            return False


def _fill(
    setting: Setting, plan: Plan, table_plan: TablePlan, names: tuple[str, ...], mentions: tuple[Reference, ...], rows: int
) -> TablePlan:
    match = _match(setting, plan, table_plan, names, rows)

    def fill(column: ColumnPlan) -> ColumnPlan:
        if column.column not in names:
            return column
        strategy = Filled(rows=rows, match=match, mentions=mentions, otherwise=column.strategy)
        reason = f"free text, written by Gemini for the first {rows:,} rows; else {column.reason}"
        return column.model_copy(update={"strategy": strategy, "reason": reason})

    return table_plan.model_copy(update={"columns": tuple(fill(c) for c in table_plan.columns)})


def _match(setting: Setting, plan: Plan, table_plan: TablePlan, names: tuple[str, ...], rows: int) -> tuple[str, ...]:
    """Return the columns by which texts differ: those that decide about them already, then by name, as long as groups stay large."""
    deciding = {case.column: None for name in names for case in cases(table_plan.column(name).strategy)}
    by_name = sorted(
        (place, c.column)
        for c in table_plan.columns
        for place, word in enumerate(_TELLING)
        if setting.evidences[table_plan.table][c.column].ends(word)
    )
    found: dict[str, int] = {}
    groups = 1
    for name in dict.fromkeys((*deciding, *(name for _, name in by_name))):
        size = _values_of(setting, plan, table_plan, name) if name in table_plan.columns_by_name and name not in names else 0
        has_room = groups * size * _ROWS_A_GROUP <= rows or (name in deciding and not found)
        if len(found) < _MOST_MATCHED and size > 1 and has_room:
            found[name] = size
            groups *= size
    return tuple(sorted(found))


def _values_of(setting: Setting, plan: Plan, table_plan: TablePlan, name: str) -> int:
    """Return how many values a column has, 0 for more than are few."""
    column, logical = table_plan.column(name), setting.schema.table(table_plan.table).column(name).type
    missing = int(column.null_fraction > 0 or bool(column.null_when))
    if isinstance(logical, BooleanType):
        return 2 + missing
    if not isinstance(column.strategy, Categorical | Number | Vocabulary):
        return 0
    size = capacity_of(column.strategy, logical, plan.locale)
    return size + missing if size is not None and size <= _MOST_VALUES else 0


def _mentions(setting: Setting, tables: Mapping[str, TablePlan], table_plan: TablePlan) -> Iterator[Reference]:
    """Yield the names of parents that come before the table: what its texts may speak of."""
    left = _MOST_MENTIONS
    for relation in table_plan.relations:
        if setting.position[relation.parent_table] >= setting.position[table_plan.table]:
            continue
        for name in _name_columns(setting, tables, relation):
            reference = Reference(column=name, relation=relation.name)
            if left and may_be_slot(reference):
                left -= 1
                yield reference


def _name_columns(setting: Setting, tables: Mapping[str, TablePlan], relation: Relation) -> Iterator[str]:
    parent = tables[relation.parent_table]
    for column in parent.columns:
        evidence = setting.evidences[parent.table][column.column]
        if evidence.kind == "text" and evidence.named(*_NAMES):
            yield column.column
