"""What the UI shows of Gemini's part in an asset: what it took, what it decided, and the check that warns where the rules stood in."""

from typing import Any

import dagster as dg

from synth_assets.llm.estimate import Estimate
from synth_assets.llm.report import AssetAiReport
from synth_assets.plan.explain import describe_strategy
from synth_assets.plan.model import Plan
from synth_assets.plan.request import AiMode

AI_FALLBACK_CHECK = "ai_fallback"
_MOST_NOTES = 50


def ai_fallback_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """Return the check that warns where the rules stood in for Gemini. It never fails an asset that Gemini was not asked for."""
    return dg.AssetCheckSpec(AI_FALLBACK_CHECK, asset=key, description="Gemini answered wherever it was asked; else the rules stood in.")


def ai_fallback_result(key: dg.AssetKey, report: AssetAiReport | None) -> dg.AssetCheckResult:
    """Return the check's result: passed where nobody was asked, or every question was answered."""
    fallbacks = report.fallbacks if report else ()
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=AI_FALLBACK_CHECK,
        passed=not fallbacks,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=_fallbacks(report) if report else {"questions": 0},
    )


def ai_metadata(report: AssetAiReport | None, mode: AiMode) -> dict[str, Any]:
    """Return what a model did for an asset, or why nobody was asked."""
    if report is None:
        return {"ai": "off, as the request says" if mode == "off" else "not asked: no key, or made before; the rules alone"}
    metadata: dict[str, Any] = {
        "ai": _sentence(report),
        "ai calls": report.calls,
        "ai answers from the cache": report.cached,
        "ai requests": report.attempts,
        "ai tokens": report.usage.total,
        "ai dollars": round(report.dollars, 6),
        "ai model": ", ".join(report.models) or "none answered",
        "ai prompts": ", ".join(report.prompts) or "none",
    }
    metadata |= _fallbacks(report)
    if report.notes:
        more = len(report.notes) - _MOST_NOTES
        metadata["ai notes"] = dg.MetadataValue.json([*report.notes[:_MOST_NOTES], *([f"and {more} more"] if more > 0 else [])])
    metadata |= _documents_used(report)
    if report.trace_url:
        metadata["ai trace"] = dg.MetadataValue.url(report.trace_url)
    return metadata


def estimate_metadata(estimate: Estimate) -> dict[str, Any]:
    """Return what a whole dataset will ask, its plan included, before its tables are made; answers that are kept take nothing."""
    dollars, most = (f"${d:.4f}" if d is not None else "no price known" for d in (estimate.dollars, estimate.most_dollars))
    return {
        "ai estimate": f"{estimate.calls:,} calls, {estimate.tokens:,} tokens, {dollars}",
        "ai estimate at most": f"{estimate.most_calls:,} calls, {estimate.most_tokens:,} tokens, {most}",
    }


def decided_columns(plan: Plan) -> dict[str, dg.TableMetadataValue]:
    """Return the columns that Gemini decided, what they hold and why; nothing where there are none."""
    records = [
        dg.TableRecord({"column": f"{table.table}.{column.column}", "holds": describe_strategy(column.strategy), "reason": column.reason})
        for table in plan.tables
        for column in table.columns
        if column.origin == "gemini"
    ]
    schema = dg.TableSchema([dg.TableColumn(name, "string") for name in ("column", "holds", "reason")])
    return {"columns decided by Gemini": dg.MetadataValue.table(records, schema=schema)} if records else {}


def _fallbacks(report: AssetAiReport) -> dict[str, Any]:
    if not report.fallbacks:
        return {"ai fallbacks": 0}
    kinds = ("what", "code", "message")
    records = [dg.TableRecord({name: getattr(fallback, name) for name in kinds}) for fallback in report.fallbacks]
    schema = dg.TableSchema([dg.TableColumn(name, "string") for name in kinds])
    return {"ai fallbacks": len(records), "rules stood in for": dg.MetadataValue.table(records, schema=schema)}


def _documents_used(report: AssetAiReport) -> dict[str, Any]:
    """Which passages of the user's documents were quoted for which table: file, place, first words."""
    records = [dg.TableRecord({"table": table, "passage": cited}) for table, found in report.passages.items() for cited in found]
    schema = dg.TableSchema([dg.TableColumn(name, "string") for name in ("table", "passage")])
    return {"documents used": dg.MetadataValue.table(records, schema=schema)} if records else {}


def _sentence(report: AssetAiReport) -> str:
    parts = [f"{report.calls:,} asked", f"{report.cached:,} from the cache", f"{len(report.fallbacks):,} left to the rules"]
    return f"{', '.join(parts)}; {report.usage.total:,} tokens, ${report.dollars:.4f}"
