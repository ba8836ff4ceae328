"""Fewer rows where the DDL, or the plan, has no room for those asked for: counts lowered until everything fits, and why.

Rows only ever go down, so this ends. A table is lowered to the most its tightest limit allows; its children then have
fewer parents, and are judged again.
"""

from synth_assets.plan.ddl_limits import Spelled, limits_of_ddl
from synth_assets.plan.infer import infer_plan, row_counts
from synth_assets.plan.limits import Limit, TableVerdict, verdict
from synth_assets.plan.model import SPELLED, Lowered, Plan
from synth_assets.plan.overrides import apply_overrides
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.validation.feasibility import judge_feasibility
from synth_assets.schema.model import Schema


def make_plan(schema: Schema, request: DatasetRequest) -> Plan:
    """Return the plan of a request, overrides in it, not validated; with `fit`, of as many rows as there is room for.

    Raises:
        RequestError: The overrides name tables or columns that do not exist.
    """
    plan = _plan_of(schema, request)
    if not request.fit:
        return plan
    asked = rows = dict(row_counts(schema, request))
    because: dict[str, Limit] = {}
    while short := [v for v in judge_feasibility(schema, plan) if not v.is_feasible]:
        rows = _lower(rows, short, because)
        rows = _settle(schema, rows, because, _spelled(plan))
        plan = _plan_of(schema, with_rows(request, rows))
    lowered = {key: Lowered(asked_for=asked[key], because=_sentence(limit), hint=limit.suggestion) for key, limit in because.items()}
    tables = tuple(t.model_copy(update={"lowered": lowered.get(t.table)}) for t in plan.tables)
    return plan.model_copy(update={"tables": tables})


def with_rows(request: DatasetRequest, rows: dict[str, int]) -> DatasetRequest:
    """Return a request for these rows by table, whatever else in it spoke of rows."""
    overrides = {key: override.model_copy(update={"rows": None}) for key, override in request.overrides.items()}
    return request.model_copy(update={"rows_by_table": rows, "overrides": overrides})


def _plan_of(schema: Schema, request: DatasetRequest) -> Plan:
    return apply_overrides(infer_plan(schema, request), schema, request)


def _spelled(plan: Plan) -> Spelled:
    return {t.table: frozenset(c.column for c in t.columns if c.origin in SPELLED) for t in plan.tables}


def _settle(schema: Schema, rows: dict[str, int], because: dict[str, Limit], spelled: Spelled) -> dict[str, int]:
    """Lower rows until the DDL has room for all of them: cheaper than planning again for every step."""
    while True:
        verdicts = [verdict(key, rows[key], limits) for key, limits in limits_of_ddl(schema, rows, spelled).items()]
        short = [v for v in verdicts if not v.is_feasible]
        if not short:
            return rows
        rows = _lower(rows, short, because)


def _lower(rows: dict[str, int], short: list[TableVerdict], because: dict[str, Limit]) -> dict[str, int]:
    because |= {v.table: v.limit for v in short if v.limit is not None}
    return rows | {v.table: v.rows for v in short}


def _sentence(limit: Limit) -> str:
    return f"{limit.label} ({limit.where}): {limit.reason}"
