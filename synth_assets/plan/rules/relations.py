"""Foreign keys: which relation gives which column its value, and how children spread over parents.

Fan-outs depend on row counts only through reduced ratios, so tables that grow alike keep their relations.
"""

from math import gcd

from synth_assets.plan.model import Attachment, ColumnPlan, Condition, Earlier, FanOut, Layout, Matching, OneToOne, Relation
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import table_words
from synth_assets.plan.rules.shared_keys import is_given, is_implied, is_returned, keys_in_order, leaves_open
from synth_assets.plan.strategies import Constant, ForeignKeyValue, Reference
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

    Where keys share columns, the first one gives them, and the others match it (see `shared_keys`). A narrower key
    inside a wider one needs no relation of its own when the parent's own key implies it.
    """
    for key in keys_in_order(draft.setting.schema, draft.table):
        open_column = leaves_open(draft.setting.schema, draft.table, key)
        if open_column is not None and open_column not in draft.columns:
            reason = f"left open: the database computes what it refers to in {key.parent_table}"
            draft.columns[open_column] = ColumnPlan(column=open_column, strategy=Constant(), origin="rule", reason=reason)
            continue
        given = [c for c in key.columns if c in draft.columns or is_given(draft.setting.schema, draft.table, key, c)]
        if not given:
            relation = build_relation(draft, key)
        elif len(given) == len(key.columns) and is_implied(draft.setting.schema, draft.relations.values(), key):
            continue
        else:
            relation = matching_relation(draft, key, given)
        draft.relations[relation.name] = relation
        for column, parent_column in zip(key.columns, key.parent_columns, strict=True):
            if column not in given:
                strategy = ForeignKeyValue(relation=relation.name, parent_column=parent_column)
                reason = f"foreign key to {key.parent_table}({parent_column})"
                draft.columns[column] = ColumnPlan(column=column, strategy=strategy, origin="ddl", reason=reason)


def matching_relation(draft: TableDraft, key: ForeignKey, given: list[str]) -> Relation:
    """Return the relation of a key some of whose columns have their values from elsewhere: it finds a parent that agrees."""
    parents, own = draft.setting.row_counts[key.parent_table], key.parent_table == draft.table.key
    pairs = list(zip(key.columns, key.parent_columns, strict=True))
    conditions = tuple(Condition(parent_column=p, value=Reference(column=c)) for c, p in pairs if c in given)
    is_open = any(draft.table.column(c).nullable for c in key.columns if c not in given)
    name, shared = ",".join(key.columns), ", ".join(given)
    if parents == 0:
        share, reason = 1.0 if is_open else 0.0, f"{key.parent_table} has no rows"
    elif own:
        share, reason = ROOT_SHARE if is_open else 0.0, f"refers to its own table: an earlier row of the same {shared}"
    else:
        share, reason = MISSING_PARENT_SHARE if is_open else 0.0, f"shares {shared} with other keys: one that agrees"
    return Relation(
        name=name if name not in draft.relations else f"{name} -> {key.parent_table}",
        columns=key.columns,
        parent_table=key.parent_table,
        parent_columns=key.parent_columns,
        fan_out=matching(draft.row_count, parents, conditions, earlier=own),
        null_fraction=share,
        origin="ddl",
        reason=reason,
    )


def build_relation(draft: TableDraft, key: ForeignKey) -> Relation:
    """Return the relation of one foreign key with the fan-out that its tables' names and sizes suggest."""
    parents = draft.setting.row_counts[key.parent_table]
    children = draft.row_count
    nullable = is_nullable(draft.table, key)
    fan_out, null_fraction, reason = _spread(draft.table, key, parents, children, nullable)
    if children >= parents > 0 and is_returned(draft.setting.schema, draft.table, key):
        fan_out = OneToOne() if children == parents else layout(children, parents).model_copy(update={"sigma": 0.0})
        null_fraction, reason = 0.0, f"every {key.parent_table} refers back to one of its {draft.table.key}"
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


def matching(children: int, parents: int, conditions: tuple[Condition, ...], *, earlier: bool = False) -> Matching:
    """Return the spread over the parents that existed when the child came and agree with it."""
    window = attachment(children, parents)
    return Matching(conditions=conditions, parents=window.parents, children=window.children, floor=window.floor, earlier=earlier)


def layout(children: int, parents: int, limit: int | None = None) -> Layout:
    """Return runs of children, parent after parent."""
    c, p = ratio(children, parents)
    return Layout(children=c, parents=p, limit=None if limit is None else max(1, limit))  # a table without parents has no runs
