"""What a user decides over the rules: merged into the inferred plan, every wrong name reported at once."""

from synth_assets.errors import Diagnostic, RequestError, closest_name
from synth_assets.plan.cells import references_of
from synth_assets.plan.combinations import COUNTS_SIBLINGS
from synth_assets.plan.matching import without_lost_requirements
from synth_assets.plan.model import ColumnPlan, Matching, Plan, Relation, Stride, TablePlan
from synth_assets.plan.redraws import with_redraws
from synth_assets.plan.request import ColumnOverride, DatasetRequest, TableOverride
from synth_assets.plan.rules.catalog import ALL_RULES, coherence_rule_names
from synth_assets.plan.strategies import ForeignKeyValue
from synth_assets.schema.model import Schema, Table


def apply_overrides(plan: Plan, schema: Schema, request: DatasetRequest) -> Plan:
    """Return the plan with the request's overrides in it; table and column names match whatever their letter case.

    Raises:
        RequestError: With a diagnostic for every table or column that does not exist.
    """
    problems = find_unknown_names(schema, request)
    if problems:
        raise RequestError("the request names what the schema does not have", problems)
    by_table = {key.casefold(): override for key, override in request.overrides.items()}
    tables = tuple(_override_table(t, by_table.get(t.table.casefold())) for t in plan.tables)
    changed = plan.model_copy(update={"tables": tuple(without_lost_requirements({t.table: t for t in tables}).values())})
    return with_redraws(schema, changed) if any(o.columns for o in by_table.values()) else changed


def find_unknown_names(schema: Schema, request: DatasetRequest) -> list[Diagnostic]:
    """Return a diagnostic for every name in `rows_by_table`, `gemini`, `overrides` and `coherence` that there is none of."""
    tables = {t.key.casefold(): t for t in schema.tables}
    problems = [_no_table(schema, f"rows_by_table.{name}", name) for name in request.rows_by_table if name.casefold() not in tables]
    problems += [_no_table(schema, f"gemini.tables.{name}", name) for name in request.gemini.tables if name.casefold() not in tables]
    for name, override in request.overrides.items():
        table = tables.get(name.casefold())
        if table is None:
            problems.append(_no_table(schema, f"overrides.{name}", name))
            continue
        problems += [p for column in override.columns if (p := _column_problem(table, name, column))]
    return problems + [_no_rule(name) for name in request.coherence.off if name not in (ALL_RULES, *coherence_rule_names())]


def _no_rule(name: str) -> Diagnostic:
    known = coherence_rule_names()
    hint = closest_name(name, known) or f"rules: {', '.join(known)}"
    return Diagnostic(code="REQ204", where="coherence.off", message="there is no coherence rule of that name", found=name, hint=hint)


def _no_table(schema: Schema, where: str, name: str) -> Diagnostic:
    hint = closest_name(name, [t.key for t in schema.tables]) or f"tables: {', '.join(t.key for t in schema.tables[:8])}"
    return Diagnostic(code="REQ201", where=where, message="the schema has no such table", found=name, hint=hint)


def _column_problem(table: Table, name: str, column: str) -> Diagnostic | None:
    where = f"overrides.{name}.columns.{column}"
    known = {c.name.casefold(): c for c in table.columns}
    if column.casefold() not in known:
        hint = closest_name(column, table.columns_by_name) or f"columns: {', '.join(list(table.columns_by_name)[:12])}"
        return Diagnostic(code="REQ202", where=where, message=f"table '{table.key}' has no such column", found=column, hint=hint)
    if known[column.casefold()].generated is not None:
        return Diagnostic(code="REQ203", where=where, message="the database computes this column itself", found=column, hint="leave it out")
    return None


def _override_table(table_plan: TablePlan, override: TableOverride | None) -> TablePlan:
    if override is None:
        return table_plan
    wanted = {name.casefold(): o for name, o in override.columns.items()}
    columns = tuple(_override_column(c, wanted.get(c.column.casefold())) for c in table_plan.columns)
    lost = _giving(table_plan.columns) - _giving(columns)
    needed = _named_by(columns, tuple(r for r in table_plan.relations if r.name not in lost))
    keep = tuple(r for r in table_plan.relations if r.name not in lost or r.name in needed)
    rows = table_plan.row_count if override.rows is None else override.rows
    return table_plan.model_copy(update={"columns": columns, "relations": keep, "row_count": rows})


def _giving(columns: tuple[ColumnPlan, ...]) -> set[str]:
    """Return the relations that give columns their values."""
    return {c.strategy.relation for c in columns if isinstance(c.strategy, ForeignKeyValue)}


def _named_by(columns: tuple[ColumnPlan, ...], relations: tuple[Relation, ...]) -> set[str]:
    """Return the relations that columns or other relations refer to, by themselves or as the first step of a path."""
    references = [r.relation for c in columns for r in references_of(c.strategy) if r.relation]
    names = {r.differs_from or "" for r in relations}
    for relation in relations:
        match relation.fan_out:
            case Stride(owner=owner):
                names.add(owner)
            case Matching(conditions=conditions, distinct_within=owner):
                references += [c.value.relation for c in conditions if c.value.relation]
                names.add(owner or "")
            case _:
                continue
    counted = {c.strategy.relation or "" for c in columns if isinstance(c.strategy, COUNTS_SIBLINGS)}
    return names | counted | {*references, *(r.split("/")[0] for r in references)}


def _override_column(column: ColumnPlan, override: ColumnOverride | None) -> ColumnPlan:
    if override is None:
        return column
    update: dict[str, object] = {"origin": "user", "reason": "asked for in the request"}
    if override.strategy is not None:
        update |= {"strategy": override.strategy, "null_when": (), "null_from": None}
    if override.null_fraction is not None:
        update |= {"null_fraction": override.null_fraction, "null_when": ()}
    if override.unique is not None:
        update["unique"] = override.unique
    return column.model_copy(update=update)
