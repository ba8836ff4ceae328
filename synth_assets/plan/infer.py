"""Schema and request in, plan out: runs the rules of `plan.rules` table by table."""

from collections.abc import Mapping

from synth_assets.plan.model import ColumnPlan, Plan, TablePlan
from synth_assets.plan.redraws import find_redraws
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.rules.catalog import COLUMN_RULES, TABLE_RULES
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence, Setting
from synth_assets.plan.rules.implied import add_implied_relations
from synth_assets.plan.rules.relations import add_relations
from synth_assets.schema.fingerprint import fingerprint_schema
from synth_assets.schema.model import Schema, Table


def infer_plan(schema: Schema, request: DatasetRequest) -> Plan:
    """Return what the rules make of a schema; the request's overrides are not applied yet.

    Row counts enter only through ratios of tables, capacities of unique columns and the `row_count`
    fields: tables that grow alike keep every other word of their plans.
    """
    setting = Setting(schema, row_counts(schema, request), request.as_of, request.locale)
    return Plan(
        schema_name=schema.name,
        schema_fingerprint=fingerprint_schema(schema),
        seed=request.seed,
        locale=request.locale,
        as_of=request.as_of,
        prompt=request.prompt,
        tables=tuple(plan_table(setting, table) for table in schema.tables),
    )


def row_counts(schema: Schema, request: DatasetRequest) -> Mapping[str, int]:
    """Return the rows of every table: its override, else `rows_by_table` (letter case ignored), else `rows`."""
    named = {key.casefold(): rows for key, rows in request.rows_by_table.items()}
    named |= {key.casefold(): o.rows for key, o in request.overrides.items() if o.rows is not None}
    return {t.key: named.get(t.key.casefold(), request.rows) for t in schema.tables}


def plan_table(setting: Setting, table: Table) -> TablePlan:
    """Return the plan of one table: relations first, then every other column, then the rules over the whole table."""
    draft = TableDraft(setting, table)
    add_relations(draft)
    add_implied_relations(draft)
    for evidence in draft.evidences:
        if evidence.name not in draft.columns:
            draft.columns[evidence.name] = plan_column(evidence)
    for rule in TABLE_RULES:
        rule(draft)
    plan = draft.finish()
    return plan.model_copy(update={"redraws": find_redraws(table, plan, setting.locale, setting.as_of)})


def plan_column(evidence: Evidence) -> ColumnPlan:
    """Return the answer of the first column rule that has one."""
    answers = (rule(evidence) for rule in COLUMN_RULES)
    return next(answer for answer in answers if answer is not None)
