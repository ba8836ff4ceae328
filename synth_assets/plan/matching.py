"""What a `Matching` fan-out promises: which keys it makes unique, and which tables and cells it reads."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from synth_assets.plan.cells import RelationsOf, follow
from synth_assets.plan.model import ColumnPlan, Layout, Matching, Relation, Requirement, TablePlan
from synth_assets.plan.strategies import ForeignKeyValue
from synth_assets.schema.model import Schema


def identifies(relation: Relation, key: Collection[str], schema: Schema) -> bool:
    """Tell whether a relation's columns inside a key tell its parents apart: all of them, or those of a key of the parent."""
    if set(relation.columns) <= set(key):
        return True
    parent = schema.tables_by_key.get(relation.parent_table)
    inside = {p for c, p in zip(relation.columns, relation.parent_columns, strict=False) if c in key}
    return parent is not None and any(set(unique) <= inside for unique in parent.unique_keys)


def tells_apart(relation: Relation, matching: Matching, key: Collection[str], schema: Schema) -> bool:
    """Tell whether a key's columns tell a matching relation's parents apart among those that agree with one row."""
    compared = {c.parent_column for c in matching.conditions}
    compared |= {p for c, p in zip(relation.columns, relation.parent_columns, strict=False) if c in key}
    parent = schema.tables_by_key.get(relation.parent_table)
    return parent is not None and any(set(unique) <= compared for unique in (*parent.unique_keys, relation.parent_columns))


def is_unique_among(relations: Iterable[Relation], key: Collection[str], schema: Schema) -> bool:
    """Tell whether matching relations make rows differ in a key: each parent once, or in pairs with another relation."""
    by_name = {r.name: r for r in relations}
    for relation in by_name.values():
        matching = relation.fan_out
        if not isinstance(matching, Matching):
            continue
        if matching.once and identifies(relation, key, schema):
            return True
        owner = by_name.get(matching.distinct_within or "")
        paired = owner is not None and isinstance(owner.fan_out, Layout | Matching) and identifies(owner, key, schema)
        if paired and tells_apart(relation, matching, key, schema):
            return True
    return False


def is_certain(table: str, relation: Relation, relations_of: RelationsOf, plan_of: Callable[[str, str], ColumnPlan | None]) -> bool:
    """Tell whether a matching relation finds a row for every row without more ado: it compares a key with a value of that key.

    The order that an item's company is compared with refers to companies itself, so that company is there.

    Args:
        table: The table of the relation.
        relations_of: A table's relations by name. plan_of: The plan of a table's column, or None.
    """
    matching = relation.fan_out
    if not isinstance(matching, Matching) or len(matching.conditions) != 1 or matching.requires or matching.not_null or matching.once:
        return False
    condition = matching.conditions[0]
    try:
        path = follow(table, condition.value.relation, relations_of) if condition.value.relation else ()
    except KeyError:
        return False
    end = path[-1].parent_table if path else table
    plan = plan_of(end, condition.value.column)
    if plan is None or plan.null_when or plan.null_fraction or not isinstance(plan.strategy, ForeignKeyValue):
        return end == relation.parent_table and condition.value.column == condition.parent_column
    giver = relations_of(end).get(plan.strategy.relation)
    same = giver is not None and (giver.parent_table, plan.strategy.parent_column) == (relation.parent_table, condition.parent_column)
    return same or (end == relation.parent_table and condition.value.column == condition.parent_column)


def requirements_of(relations: Iterable[Relation]) -> Iterator[tuple[Relation, Requirement]]:
    """Yield the requirements of relations, each with the relation that has it."""
    for relation in relations:
        if isinstance(relation.fan_out, Matching):
            for requirement in relation.fan_out.requires:
                yield relation, requirement


def without_lost_requirements(tables: Mapping[str, TablePlan]) -> dict[str, TablePlan]:
    """Return the tables without requirements of relations that are no longer there, as after an override."""
    return {key: _prune(table, tables) for key, table in tables.items()}


def _prune(table: TablePlan, tables: Mapping[str, TablePlan]) -> TablePlan:
    relations = []
    for relation in table.relations:
        if isinstance(relation.fan_out, Matching):
            kept = tuple(r for r in relation.fan_out.requires if r.table in tables and r.relation in tables[r.table].relations_by_name)
            if kept != relation.fan_out.requires:
                relation = relation.model_copy(update={"fan_out": relation.fan_out.model_copy(update={"requires": kept})})
        relations.append(relation)
    return table.model_copy(update={"relations": tuple(relations)}) if tuple(relations) != table.relations else table
