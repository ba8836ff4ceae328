"""Plan a dataset with a model's help: the rules first, then what the model says of free columns, the user's word over both.

What a model says is judged exactly as a plan that a person wrote, and more strictly: a decision that brings any problem or warning
the rules' plan does not have is left out. So keys, foreign keys, CHECKs and types hold whatever it answers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from synth_assets.errors import Diagnostic, LlmError
from synth_assets.llm.plan_writer import WORKERS, Passages, TableOutcome, ask_tables
from synth_assets.llm.questions import Asks
from synth_assets.llm.report import PLAN_LABEL, AssetAiReport, report_of
from synth_assets.pipeline.plan import PlannedDataset, accept_plan, judge_plan, plan_dataset
from synth_assets.plan.cells import Cell
from synth_assets.plan.filling import with_filled
from synth_assets.plan.free_columns import Decision, with_decisions
from synth_assets.plan.model import Plan
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
    settled = _Settling(schema, by_rules).settle({cell: d for outcome in outcomes for cell, d in outcome.decisions.items()})
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


@dataclass
class _Settled:
    planned: PlannedDataset
    notes: list[str] = field(default_factory=list)


class _Settling:
    """Finds the decisions that hold together: all of them, or the most that halving finds, the same for the same decisions."""

    def __init__(self, schema: Schema, by_rules: PlannedDataset) -> None:
        self._schema = schema
        self._by_rules = by_rules
        self._known = {(d.code, d.where) for d in by_rules.diagnostics}
        self._settled = _Settled(by_rules)

    def settle(self, decisions: Mapping[Cell, Decision]) -> _Settled:
        """Return the plan with the decisions that fit, and a note for each that does not."""
        self._add({}, list(decisions.items()))
        return self._settled

    def _add(self, accepted: dict[Cell, Decision], rest: list[tuple[Cell, Decision]]) -> dict[Cell, Decision]:
        if not rest:
            return accepted
        together = accepted | dict(rest)
        planned, problem = self._try(together)
        if problem is None:
            self._settled.planned = planned
            return together
        if len(rest) == 1:
            (table, column), _ = rest[0]
            self._settled.notes.append(f"{table}.{column}: the rules decide: {problem.message} ({problem.code})")
            return accepted
        half = len(rest) // 2
        return self._add(self._add(accepted, rest[:half]), rest[half:])

    def _try(self, decisions: Mapping[Cell, Decision]) -> tuple[PlannedDataset, Diagnostic | None]:
        plan: Plan = with_decisions(self._schema, self._by_rules.plan, decisions)
        diagnostics = judge_plan(self._schema, plan)
        return PlannedDataset(plan, diagnostics), next((d for d in diagnostics if (d.code, d.where) not in self._known), None)
