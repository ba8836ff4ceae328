"""Plan a dataset: infer, override, validate."""

from dataclasses import dataclass

from synth_assets.errors import Diagnostic, PlanError
from synth_assets.plan import apply_overrides, infer_plan, validate_plan
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.model import Schema


@dataclass(frozen=True)
class PlannedDataset:
    """A plan that fits its schema, and what is worth knowing about it (warnings, no errors)."""

    plan: Plan
    diagnostics: tuple[Diagnostic, ...]


def plan_dataset(schema: Schema, request: DatasetRequest) -> PlannedDataset:
    """Return the plan of a request: the rules' plan with the user's overrides in it.

    Raises:
        RequestError: The request names tables or columns that do not exist; all of them are listed.
        PlanError: The plan cannot be met; every reason is listed.
    """
    return accept_plan(schema, apply_overrides(infer_plan(schema, request), schema, request))


def accept_plan(schema: Schema, plan: Plan) -> PlannedDataset:
    """Return a plan someone wrote, once it is proved to fit. Raises PlanError with every reason why it does not."""
    diagnostics = tuple(validate_plan(schema, plan))
    if any(d.is_error for d in diagnostics):
        raise PlanError("the plan cannot be met", diagnostics)
    return PlannedDataset(plan, diagnostics)
