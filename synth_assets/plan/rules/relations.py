"""Foreign keys: which relation gives which column its value, and how children spread over parents.

Fan-outs depend on row counts only through reduced ratios, so tables that grow alike keep their relations.
"""

from math import gcd

from synth_assets.plan.model import Attachment, ColumnPlan, Earlier, FanOut, Layout, Relation
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import table_words
from synth_assets.plan.strategies import Constant, ForeignKeyValue
from synth_assets.schema.graph import is_nullable
from synth_assets.schema.model import ForeignKey, Table

SMALLEST_WINDOW = 32
"""Parents the first children choose from, so that the oldest parent does not take them all."""

MISSING_PARENT_SHARE = 0.1
ROOT_SHARE = 0.15


def ratio(numerator: int, denominator: int) -> tuple[int, int]:
    """Return the two counts divided by their greatest common divisor, both at least 1."""
    divisor = gcd(numerator, denominator) or 1
    return max(1, numerator // divisor), max(1, denominator // divisor)


def add_relations(draft: TableDraft) -> None:
    """Write a relation for every foreign key and let it give its columns their values.

    Where keys share columns, the widest one gives them; a narrower one inside it needs no relation of its own
    when the parent's own key implies it. A key that only overlaps is left open where it may be NULL; validation says
    so where it may not. The same goes for a key to its own table that shares a column with its parent row (a manager
    of the same tenant): such a column cannot take its value from a row that takes it from there.
    """
    for key in sorted(draft.table.foreign_keys, key=lambda k: (bool(_own_columns(draft.table, k)), -len(k.columns))):
        if key.parent_table not in draft.setting.schema.tables_by_key or any(c not in draft.table.columns_by_name for c in key.columns):
            continue
        own = _own_columns(draft.table, key)
        free = [c for c in key.columns if c not in draft.columns and c not in own]
        if len(free) != len(key.columns):
            _leave_open(draft, key, free)
            continue
        relation = build_relation(draft, key)
        draft.relations[relation.name] = relation
        for column, parent_column in zip(key.columns, key.parent_columns, strict=True):
            strategy = ForeignKeyValue(relation=relation.name, parent_column=parent_column)
            reason = f"foreign key to {key.parent_table}({parent_column})"
            draft.columns[column] = ColumnPlan(column=column, strategy=strategy, origin="ddl", reason=reason)


def _own_columns(table: Table, key: ForeignKey) -> tuple[str, ...]:
    """Return the columns that a key to its own table maps to themselves."""
    pairs = zip(key.columns, key.parent_columns, strict=True)
    return tuple(c for c, p in pairs if c == p) if key.parent_table == table.key else ()


def _leave_open(draft: TableDraft, key: ForeignKey, free: list[str]) -> None:
    """Leave a key that shares columns with another NULL where it may be: one NULL member satisfies it."""
    optional = [c for c in free if draft.table.column(c).nullable]
    for column in optional[:1]:
        reason = f"shares columns with another key, so the reference to {key.parent_table} is left open"
        draft.columns[column] = ColumnPlan(column=column, strategy=Constant(), origin="rule", reason=reason)


def build_relation(draft: TableDraft, key: ForeignKey) -> Relation:
    """Return the relation of one foreign key with the fan-out that its tables' names and sizes suggest."""
    parents = draft.setting.row_counts[key.parent_table]
    children = draft.row_count
    nullable = is_nullable(draft.table, key)
    fan_out, null_fraction, reason = _spread(draft.table, key, parents, children, nullable)
    if parents == 0 and nullable:
        null_fraction, reason = 1.0, f"{key.parent_table} has no rows"
    return Relation(
        name=",".join(key.columns),
        columns=key.columns,
        parent_table=key.parent_table,
        parent_columns=key.parent_columns,
        fan_out=fan_out,
        null_fraction=null_fraction,
        origin="ddl",
        reason=reason,
    )


def _spread(table: Table, key: ForeignKey, parents: int, children: int, nullable: bool) -> tuple[FanOut, float, str]:
    if key.parent_table == table.key:
        return Earlier(), ROOT_SHARE if nullable else 0.0, "refers to its own table: any earlier row, so a forest"
    share = MISSING_PARENT_SHARE if nullable else 0.0
    if not nullable and is_composition(table, key):
        return layout(children, parents), share, f"rows of {table.key} are parts of {key.parent_table}: they lie together"
    optional = "; may be missing" if nullable else ""
    return attachment(children, parents), share, f"any {key.parent_table} that existed then{optional}"


def is_composition(table: Table, key: ForeignKey) -> bool:
    """Tell whether the child is a part of the parent: its name starts with the parent's (`Order_Items`, `order_id`)."""
    parent = key.parent_table.rsplit(".", 1)[-1]
    parent_words = table_words(table.model_copy(update={"name": parent}))
    own = table_words(table)
    return bool(parent_words) and len(own) > len(parent_words) and own[: len(parent_words)] == parent_words


def attachment(children: int, parents: int) -> Attachment:
    """Return the spread over the parents that existed when the child came."""
    p, c = ratio(parents, children)
    return Attachment(parents=p, children=c, floor=1 if parents >= children else SMALLEST_WINDOW)


def layout(children: int, parents: int, limit: int | None = None) -> Layout:
    """Return runs of children, parent after parent."""
    c, p = ratio(children, parents)
    return Layout(children=c, parents=p, limit=limit)
