"""Schema and request in, plan out: runs the rules of `plan.rules`, each over all tables before the next begins."""

from collections.abc import Collection, Mapping

from synth_assets.plan.cells import has_circle
from synth_assets.plan.model import ColumnPlan, Plan, TablePlan
from synth_assets.plan.redraws import with_redraws
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.rules.catalog import COLUMN_RULES, RULES_ACROSS_TABLES, table_rules
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence, Setting
from synth_assets.plan.rules.implied import add_implied_relations
from synth_assets.plan.rules.relations import add_relations
from synth_assets.schema.fingerprint import fingerprint_schema
from synth_assets.schema.model import Schema

Drafts = Mapping[str, TableDraft]


def infer_plan(schema: Schema, request: DatasetRequest) -> Plan:
    """Return what the rules make of a schema; the request's overrides are not applied yet.

    Row counts enter only through ratios of tables, capacities of unique columns and the `row_count`
    fields: tables that grow alike keep every other word of their plans.
    """
    setting = Setting(schema, row_counts(schema, request), request.as_of, request.locale)
    off = request.coherence.off
    begun = begin_drafts(setting)
    plan = _plan_without(begun, setting, request, off)
    for group in RULES_ACROSS_TABLES:
        if not any(t.redraws for t in plan.tables) or not has_circle(plan):
            break
        off = (*off, *group)
        plan = _plan_without(begun, setting, request, off)
    return plan


def _plan_without(begun: Drafts, setting: Setting, request: DatasetRequest, off: Collection[str]) -> Plan:
    """Return the plan of all rules but the coherence rules in `off`, with the redraws it needs."""
    schema = setting.schema
    plan = Plan(
        schema_name=schema.name,
        schema_fingerprint=fingerprint_schema(schema),
        seed=request.seed,
        locale=request.locale,
        as_of=request.as_of,
        prompt=request.prompt,
        tables=plan_tables(begun, setting, off),
    )
    return with_redraws(schema, plan)


def row_counts(schema: Schema, request: DatasetRequest) -> Mapping[str, int]:
    """Return the rows of every table: its override, else `rows_by_table` (letter case ignored), else `rows`."""
    named = {key.casefold(): rows for key, rows in request.rows_by_table.items()}
    named |= {key.casefold(): o.rows for key, o in request.overrides.items() if o.rows is not None}
    return {t.key: named.get(t.key.casefold(), request.rows) for t in schema.tables}


def begin_drafts(setting: Setting) -> Drafts:
    """Return what no other table has a say in: the relations of every table, and the plan of each column by itself."""
    drafts: dict[str, TableDraft] = {}
    for table in setting.schema.tables:
        drafts[table.key] = TableDraft(setting, table, drafts)
    for draft in drafts.values():
        add_relations(draft)
        add_implied_relations(draft)
        for evidence in draft.evidences:
            if evidence.name not in draft.columns:
                draft.columns[evidence.name] = plan_column(evidence)
    return drafts


def plan_tables(begun: Drafts, setting: Setting, off: Collection[str] = ()) -> tuple[TablePlan, ...]:
    """Return the plan of every table without redraws: what was begun, changed by the rules over whole tables.

    A rule goes over all tables, parents first as far as cycles allow, before the next one begins: what it reads of another
    table is what the rules before it left there.

    Args:
        begun: Relations, and columns by themselves; left as they are.
        setting: The schema and what its tables share.
        off: Names of coherence rules that are not asked; `all` stands for every one.
    """
    drafts: dict[str, TableDraft] = {}
    for key, draft in begun.items():
        drafts[key] = draft.among(drafts)
    in_order = sorted(drafts.values(), key=lambda draft: setting.position[draft.table.key])
    for rule in table_rules(off):
        for draft in in_order:
            rule(draft)
    return tuple(draft.finish() for draft in drafts.values())


def plan_column(evidence: Evidence) -> ColumnPlan:
    """Return the answer of the first column rule that has one."""
    answers = (rule(evidence) for rule in COLUMN_RULES)
    return next(answer for answer in answers if answer is not None)
