"""Which trace an asset and its checks belong to, and what the UI says of it.

A trace is found by names alone: run, asset and partition. So a check step, which is another process, scores the trace of the step
that made the asset.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg

from synth_assets.checks import CheckResult
from synth_assets.errors import LlmError, SynthAssetsError
from synth_assets.labelled_text.verdicts import Verdict
from synth_assets.llm.report import AssetAiReport
from synth_assets.llm.tracing import Trace, TraceOutcome, TraceSubject, traced
from synth_assets.orchestration.ai_metadata import AI_FALLBACK_CHECK
from synth_assets.plan.request import AiMode
from synth_assets.settings import load_llm_settings


class AssetTrace:
    """The trace of one asset while its step runs."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def told_in(self, metadata: dict[str, Any], mode: AiMode = "off", report: AssetAiReport | None = None) -> dict[str, Any]:
        """Have the trace sent, and return an asset's metadata with where it is, or why it is not.

        Args:
            mode: With `off` the asset has no trace, unless something was asked all the same.
            report: What Gemini did; its critique becomes scores.
        """
        if mode != "off" and self._trace.begin(load_llm_settings()) and report is not None:
            _score_report(self._trace, report)
        outcome = self._trace.finish()
        return {**_without_lost(metadata, report, self._trace, outcome), **_outcome_metadata(outcome)}

    def fail(self, error: Exception) -> None:
        """Have sent what was asked before the asset failed."""
        self._trace.finish(error=_code_of(error))


class ChecksTrace:
    """The trace that the checks of an asset score."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def score(self, results: Iterable[CheckResult]) -> None:
        """Give the results of a table's checks: how many rows, and how they were measured; never their values."""
        for result in results:
            details: dict[str, str | int | float] = {"rows": result.element_count, "unexpected": result.unexpected_count}
            if result.statistic is not None:
                details["statistic"] = result.statistic
            if result.threshold is not None:
                details["threshold"] = result.threshold
            self._trace.score(result.name, bool(result.passed), details=details)

    def score_verdicts(self, verdicts: Iterable[Verdict]) -> None:
        """Give the results of labelled text's checks."""
        for verdict in verdicts:
            self._trace.score(verdict.name, bool(verdict.passed), details={"rows": verdict.judged})

    def finish(self) -> TraceOutcome:
        return self._trace.finish(root=False)


@contextmanager
def traced_asset(context: Any, key: dg.AssetKey, schema: str, table: str = "") -> Iterator[AssetTrace]:
    """Have everything that is asked inside belong to the trace of this asset; the caller says its end by `told_in`."""
    with traced(_subject(context, key, context.run.run_id, schema, table)) as trace:
        asset = AssetTrace(trace)
        try:
            yield asset
        except Exception as error:
            asset.fail(error)
            raise


@contextmanager
def traced_checks(context: Any, mode: AiMode, key: dg.AssetKey, schema: str, table: str = "") -> Iterator[ChecksTrace]:
    """Have checks score the trace of the step that made the asset, and say in the log where that fails; with `off` there is none.

    What is slow to load is loaded while the checks run.
    """
    settings = None if mode == "off" else load_llm_settings()
    has_keys = settings is not None and settings.may_trace
    run_id = _run_of_asset(context, key) if has_keys else context.run.run_id
    trace = Trace(_subject(context, key, run_id, schema, table))
    if settings is not None:
        trace.begin(settings)
    checks = ChecksTrace(trace)
    yield checks
    outcome = checks.finish()
    if outcome.state == "failed":
        context.log.warning("scores of %s: tracing %s", key.to_user_string(), outcome.in_words())


def _subject(context: Any, key: dg.AssetKey, run_id: str, schema: str, table: str) -> TraceSubject:
    partition = context.partition_key if context.has_partition_key else ""
    about = {"schema": schema, "dataset": partition or schema, "asset": key.to_user_string(), **({"table": table} if table else {})}
    return TraceSubject(key.to_user_string(), session=run_id, partition=partition, metadata=about, scope=context.run.run_id)


def _run_of_asset(context: Any, key: dg.AssetKey) -> str:
    """Return the run that made the asset: checks may run by themselves, long after."""
    partitions = [context.partition_key] if context.has_partition_key else None
    records = context.instance.fetch_materializations(dg.AssetRecordsFilter(asset_key=key, asset_partitions=partitions), limit=1).records
    found: str = records[0].run_id if records else context.run.run_id
    return found


def _score_report(trace: Trace, report: AssetAiReport) -> None:
    trace.score(AI_FALLBACK_CHECK, not report.fallbacks, "; ".join(f"{f.what}: {f.code}" for f in report.fallbacks))
    critique = report.critique
    if critique is None:
        return
    judged = sum(critique.scores.values())
    if judged:
        mean = sum(score * rows for score, rows in critique.scores.items()) / judged
        trace.score("critique", round(mean, 3), details={f"score {score}": rows for score, rows in sorted(critique.scores.items())})
    trace.score("critique_refilled_rows", float(critique.refilled))
    trace.score("critique_dropped_rows", float(critique.dropped))


def _without_lost(metadata: dict[str, Any], report: AssetAiReport | None, trace: Trace, outcome: TraceOutcome) -> dict[str, Any]:
    """Leave out the address of calls that were to be in this very trace and did not arrive."""
    is_lost = outcome.state == "failed" and not outcome.url and report is not None and trace.subject.trace_id in report.trace_url
    return {name: value for name, value in metadata.items() if not (is_lost and name == "ai trace")}


def _outcome_metadata(outcome: TraceOutcome) -> dict[str, Any]:
    if outcome.state == "off":
        return {}
    return {"tracing": outcome.in_words(), **({"trace": dg.MetadataValue.url(outcome.url)} if outcome.url else {})}


def _code_of(error: Exception) -> str:
    if isinstance(error, LlmError):
        return error.code
    codes = [d.code for d in error.diagnostics] if isinstance(error, SynthAssetsError) else []
    return codes[0] if codes else type(error).__name__
