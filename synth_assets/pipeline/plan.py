"""Plan a dataset: infer, override, validate."""

from collections.abc import Iterator
from dataclasses import dataclass

from synth_assets.errors import Diagnostic, PlanError, Severity
from synth_assets.plan import judge_feasibility, make_plan, validate_plan
from synth_assets.plan.explain import OfferedReference, offered_references
from synth_assets.plan.limits import TableVerdict
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.validation.feasibility import validate_feasibility
from synth_assets.schema.model import Schema


@dataclass(frozen=True)
class PlannedDataset:
    """A plan that fits its schema, and what is worth knowing about it (warnings, no errors)."""

    plan: Plan
    diagnostics: tuple[Diagnostic, ...]


def plan_dataset(schema: Schema, request: DatasetRequest) -> PlannedDataset:
    """Return the plan of a request: the rules' plan with the user's overrides in it, rows lowered where it says `fit`.

    Raises:
        RequestError: The request names tables or columns that do not exist; all of them are listed.
        PlanError: The plan cannot be met; every reason is listed.
    """
    return accept_plan(schema, make_plan(schema, request))


@dataclass(frozen=True)
class JudgedRequest:
    """What every table can hold at the rows of a request (lowered where it says `fit`), and what stands against them.

    Attributes:
        verdicts, diagnostics: The capacities, and what is asked for beyond them.
        offered: References that no key declares, found by the names of columns.
    """

    verdicts: tuple[TableVerdict, ...]
    diagnostics: tuple[Diagnostic, ...]
    offered: tuple[OfferedReference, ...]


def judge_request(schema: Schema, request: DatasetRequest) -> JudgedRequest:
    """Return the verdict on every table: nothing is refused here. Raises RequestError as `plan_dataset` does."""
    plan = make_plan(schema, request)
    return JudgedRequest(judge_feasibility(schema, plan), tuple(validate_feasibility(schema, plan)), offered_references(plan))


def accept_plan(schema: Schema, plan: Plan) -> PlannedDataset:
    """Return a plan someone wrote, once it is proved to fit. Raises PlanError with every reason why it does not."""
    diagnostics = judge_plan(schema, plan)
    if any(d.is_error for d in diagnostics):
        raise PlanError("the plan cannot be met", diagnostics)
    return PlannedDataset(plan, diagnostics)


def judge_plan(schema: Schema, plan: Plan) -> tuple[Diagnostic, ...]:
    """Return all that is to be said of a plan: errors that stop it, and warnings."""
    return (*validate_plan(schema, plan), *_unjudged(schema, plan))


def _unjudged(schema: Schema, plan: Plan) -> Iterator[Diagnostic]:
    """Yield a warning for every CHECK that reads well and that rows cannot be asked of all the same: nothing enforces it."""
    known = {t.table for t in plan.tables} <= set(schema.tables_by_key)
    if not known or not any(t.redraws for t in plan.tables):
        return
    from synth_assets.engine.judging import unjudged_checks

    for table, check in unjudged_checks(schema, plan):
        message = f"the CHECK cannot be evaluated while rows are made, so nothing enforces it; the checks will judge it ({check.where})"
        where, hint = f"{table.key}: {check.label}", "override its columns if rows fail it"
        yield Diagnostic(code="PLAN302", severity=Severity.WARNING, where=where, message=message, found=check.sql[:80], hint=hint)
