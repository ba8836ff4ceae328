"""Gemini as a dataset's request and this process's settings give it: the gateway, and what it was asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synth_assets.llm.calls import CallTally, Observer
from synth_assets.llm.questions import Usage
from synth_assets.llm.report import AssetAiReport
from synth_assets.llm.tracing import current_trace_url
from synth_assets.pipeline.ai_plan import AiPlannedDataset, plan_with_ai
from synth_assets.plan.request import DatasetRequest
from synth_assets.schema.fingerprint import canonical_digest, fingerprint_schema
from synth_assets.schema.model import Schema
from synth_assets.settings import load_llm_settings

if TYPE_CHECKING:
    from synth_assets.llm.gateway import Gateway
    from synth_assets.llm.plan_writer import Passages


@dataclass(frozen=True)
class Gemini:
    """Whom to ask, the record of every question, and how many are asked side by side."""

    gateway: "Gateway"
    tally: CallTally
    workers: int

    def count(self, report: AssetAiReport) -> AssetAiReport:
        """Return a report with what its label's questions took, those without an answer included."""
        took = self.tally.sum_of(report.label)
        records = self.tally.records(report.label)
        return report.model_copy(
            update={
                "calls": sum(r.attempts > 0 for r in records),  # what a budget forbade was never asked
                "cached": took.cached,
                "attempts": took.calls,
                "usage": Usage(
                    took.input_tokens, sum(r.usage.cached_input_tokens for r in records), took.output_tokens, took.thought_tokens
                ),
                "dollars": took.dollars,
                "trace_url": current_trace_url() if took.questions else "",
            }
        )


def open_gemini(schema: Schema, request: DatasetRequest, dataset: str | None = None, observe: Sequence[Observer] = ()) -> Gemini | None:
    """Return Gemini for a dataset; None where the request says `off`, or `auto` and there is no key.

    Args:
        dataset: Whose budget it is; None takes the request's own name, or else one that stands for these words about this schema.
        observe: Told of every question, beside the tally.

    Raises:
        LlmError: `LLM101`, when Gemini is required and there is no key.
    """
    if request.ai == "off":
        return None
    from synth_assets.llm.access import open_gateway

    settings, tally = load_llm_settings(), CallTally()
    account = f"{schema.name}/{dataset or budget_name(schema, request)}"
    gateway = open_gateway(settings, request.ai, request.gemini, account, (tally, *observe))
    return None if gateway is None else Gemini(gateway, tally, settings.workers)


def plan_by_request(schema: Schema, request: DatasetRequest, gemini: Gemini | None, passages: "Passages | None" = None) -> AiPlannedDataset:
    """Return the plan of a request, by Gemini too where there is one; its report counts every question. Raises as `plan_with_ai`."""
    if gemini is None:
        return plan_with_ai(schema, request, None)
    made = plan_with_ai(schema, request, gemini.gateway, passages, workers=gemini.workers)
    return AiPlannedDataset(made.planned, gemini.count(made.report) if made.report else None)


def budget_name(schema: Schema, request: DatasetRequest) -> str:
    """Return a dataset's name; one without a name is named by what it is: asked for again in the same words, it has the same budget.

    How great the budget is, and whether Gemini must answer, are no part of those words: who raises a budget goes on with it.
    """
    words = request.model_dump(mode="json", exclude={"ai": True, "gemini": {"budget"}})
    return request.dataset or "unnamed-" + canonical_digest({"schema": fingerprint_schema(schema), "request": words})[:12]
