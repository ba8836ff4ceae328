"""Does the plan speak of this schema: its fingerprint, every table once, every stored column once and in order."""

from collections.abc import Iterator

from synth_assets.errors import Diagnostic, closest_name
from synth_assets.plan.model import Plan, Relation
from synth_assets.plan.validation.scope import TableScope, problem, scopes
from synth_assets.schema.fingerprint import fingerprint_schema
from synth_assets.schema.model import Schema


def validate_names(schema: Schema, plan: Plan) -> Iterator[Diagnostic]:
    """Yield what the plan names and the schema lacks, and the other way round."""
    if plan.schema_fingerprint != fingerprint_schema(schema):
        hint = "infer the plan again, and move your changes over"
        yield problem(
            "PLAN111", plan.schema_name, "the plan was made for another version of the schema", plan.schema_fingerprint[:12], hint
        )
    for table_plan in plan.tables:
        if table_plan.table not in schema.tables_by_key:
            yield problem(
                "PLAN112",
                table_plan.table,
                "the schema has no such table",
                table_plan.table,
                closest_name(table_plan.table, schema.tables_by_key),
            )
    missing = [t.key for t in schema.tables if t.key not in plan.tables_by_key]
    yield from (problem("PLAN113", key, "the plan has no entry for this table", hint="infer the plan again") for key in missing)
    if len(plan.tables_by_key) != len(plan.tables):
        yield problem("PLAN113", plan.schema_name, "the plan has two entries for one table")
    for scope in scopes(schema, plan):
        yield from _columns(scope)
        for relation in scope.table_plan.relations:
            yield from _relation(scope, relation)


def _columns(scope: TableScope) -> Iterator[Diagnostic]:
    stored = [c.name for c in scope.table.stored_columns]
    planned = [c.column for c in scope.table_plan.columns]
    for name in planned:
        if name not in stored:
            generated = name in scope.table.columns_by_name
            message = "the database computes this column itself" if generated else "the table has no such column"
            yield problem("PLAN114", f"{scope.table.key}.{name}", message, name, closest_name(name, stored))
    for name in stored:
        if name not in planned:
            yield problem(
                "PLAN115", f"{scope.table.key}.{name}", "the plan has no entry for this column", hint="every stored column needs a strategy"
            )
    if sorted(stored) == sorted(planned) and stored != planned:
        yield problem("PLAN115", scope.table.key, "the plan's columns are not in the schema's order", ", ".join(planned)[:80])


def _relation(scope: TableScope, relation: Relation) -> Iterator[Diagnostic]:
    where = f"{scope.table.key}.{relation.name}"
    parent = scope.schema.tables_by_key.get(relation.parent_table)
    if relation.name not in (",".join(relation.columns), f"{','.join(relation.columns)} -> {relation.parent_table}"):
        yield problem("PLAN116", where, "a relation is named after its columns", relation.name, f"name it '{','.join(relation.columns)}'")
    if parent is None:
        yield problem(
            "PLAN116",
            where,
            "the relation's parent table does not exist",
            relation.parent_table,
            closest_name(relation.parent_table, scope.schema.tables_by_key),
        )
        return
    other = scope.table_plan.relations_by_name.get(relation.differs_from or "")
    if relation.differs_from and (other is None or other.parent_table != relation.parent_table or other.differs_from):
        message = "differs from a relation that is not there, leads elsewhere, or steps aside itself"
        yield problem("PLAN116", where, message, relation.differs_from, "name another relation to the same table")
    if len(relation.columns) != len(relation.parent_columns):
        yield problem("PLAN116", where, "a relation has as many columns as parent columns", str(len(relation.parent_columns)))
    for names, table in ((relation.columns, scope.table), (relation.parent_columns, parent)):
        for name in names:
            if name not in table.columns_by_name:
                yield problem("PLAN116", where, f"table '{table.key}' has no such column", name, closest_name(name, table.columns_by_name))
