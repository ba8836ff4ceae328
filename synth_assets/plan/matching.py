"""What a `Matching` fan-out promises: which keys it makes unique, and which tables and cells it reads."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from synth_assets.plan.model import Layout, Matching, Relation, Requirement, TablePlan
from synth_assets.schema.model import Schema


def identifies(relation: Relation, key: Collection[str], schema: Schema) -> bool:
    """Tell whether a relation's columns inside a key tell its parents apart: all of them, or those of a key of the parent."""
    if set(relation.columns) <= set(key):
        return True
    parent = schema.tables_by_key.get(relation.parent_table)
    inside = {p for c, p in zip(relation.columns, relation.parent_columns, strict=False) if c in key}
    return parent is not None and any(set(unique) <= inside for unique in parent.unique_keys)


def is_unique_among(inside: Iterable[Relation]) -> bool:
    """Tell whether matching relations make rows differ by the parents of some relations: each once, or in pairs."""
    by_name = {r.name: r.fan_out for r in inside}
    return any(
        isinstance(f, Matching) and (f.once or isinstance(by_name.get(f.distinct_within or ""), Layout | Matching))
        for f in by_name.values()
    )


def requirements_of(table: TablePlan) -> Iterator[tuple[Relation, Requirement]]:
    """Yield the requirements of a table's relations, each with the relation that has it."""
    for relation in table.relations:
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
