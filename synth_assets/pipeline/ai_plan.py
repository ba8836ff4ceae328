"""Plan a dataset with a model's help: the rules first, then what the model says of free columns, the user's word over both.

What a model says is judged exactly as a plan that a person wrote, and more strictly: a decision that brings any problem or warning
the rules' plan does not have is left out. So keys, foreign keys, CHECKs and types hold whatever it answers.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from synth_assets.errors import LlmError
from synth_assets.llm.plan_writer import WORKERS, Passages, TableOutcome, ask_tables
from synth_assets.llm.questions import Asks
from synth_assets.llm.report import PLAN_LABEL, AssetAiReport, report_of
from synth_assets.pipeline.plan import PlannedDataset, accept_plan, plan_dataset
from synth_assets.pipeline.settling import settle
from synth_assets.plan.filling import with_filled
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.model import Schema


@dataclass(frozen=True)
class AiPlannedDataset:
    """A plan that fits its schema, and what a model did for it.

    Attributes:
        planned: The plan; columns a model decided say `origin: gemini` and its reason.
        report: None where nobody was asked.
    """

    planned: PlannedDataset
    report: AssetAiReport | None


def plan_with_ai(
    schema: Schema, request: DatasetRequest, asks: Asks | None, passages: Passages | None = None, *, workers: int = WORKERS
) -> AiPlannedDataset:
    """Return the plan of a request, with what a model decides in it, and the columns whose texts it is to write.

    The same answers give the same plan, whichever comes first. Nobody is asked for a request that cannot be met.

    Args:
        asks: Whom to ask (`llm.access.open_gateway`); None plans by the rules alone.
        passages: Texts out of the user's documents, by table key.
        workers: Tables that are asked about side by side.

    Raises:
        RequestError, PlanError: As `plan_dataset` does.
        LlmError: A question failed and the request says `ai: required`; answers that came are cached, so asking again pays only for
            what is missing. With `auto`, such a table keeps the rules' plan, and the report says so.
    """
    by_rules = plan_dataset(schema, request)
    if asks is None or request.ai == "off":
        return AiPlannedDataset(by_rules, None)
    outcomes = ask_tables(schema, by_rules.plan, request, asks, passages or {}, workers=workers)
    if request.ai == "required":
        _require_all(outcomes)
    settled = settle(schema, by_rules, {cell: d for outcome in outcomes for cell, d in outcome.decisions.items()})
    report = report_of(
        PLAN_LABEL,
        (o.asked for o in outcomes if o.asked),
        fallbacks=(o.fallback for o in outcomes if o.fallback),
        notes=(*(note for o in outcomes for note in o.notes), *settled.notes),
    )
    return AiPlannedDataset(accept_plan(schema, with_filled(schema, settled.planned.plan, request)), report)


def _require_all(outcomes: Iterable[TableOutcome]) -> None:
    """Raise one error for all tables without an answer."""
    failed = [o for o in outcomes if o.error]
    if failed and failed[0].error:
        tables = ", ".join(o.table for o in failed[:8]) + (", …" if len(failed) > 8 else "")
        told = dict.fromkeys(d for o in failed if o.error for d in o.error.diagnostics)
        raise LlmError(f"Gemini is required, and gave no plan for {tables}", told) from failed[0].error
