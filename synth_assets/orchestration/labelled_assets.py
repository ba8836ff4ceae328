"""The assets of a labelled text file: all messages, one asset a split, their checks, and the job that makes them.

Not partitioned: one file is one dataset, and its seed and counts are part of it. Another content makes another dataset, in
a folder of its own; the assets show the newest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from synth_assets.labelled_text import LabelledTextRequest, fingerprint_request
from synth_assets.labelled_text.report import BalanceReport
from synth_assets.labelled_text.specification import MESSAGES
from synth_assets.labelled_text.verdicts import DESCRIPTIONS, OF_MESSAGES, OF_SPLITS, Verdict, judge_messages, judge_split
from synth_assets.orchestration.ai_metadata import AI_FALLBACK_CHECK
from synth_assets.orchestration.failures import our_errors_as_failures
from synth_assets.orchestration.labelled_metadata import FALLBACK_DESCRIPTION, messages_metadata, split_metadata, table_columns
from synth_assets.orchestration.tracing import traced_asset, traced_checks
from synth_assets.orchestration.translator import LabelledNames
from synth_assets.pipeline.labelled_store import WRITER_VERSION, LabelledStore
from synth_assets.pipeline.labelled_text import make_labelled_file
from synth_assets.settings import load_settings


@dataclass(frozen=True)
class LabelledDefinitions:
    """What one labelled text file adds to the code location; `job` makes all of it."""

    names: LabelledNames
    request: LabelledTextRequest
    job: Any
    definitions: dg.Definitions

    @property
    def fingerprint(self) -> str:
        return fingerprint_request(self.request)


def names_of(request: LabelledTextRequest) -> LabelledNames:
    """Return the Dagster names of a request's dataset."""
    return LabelledNames(request.name, (MESSAGES, *request.splits))


def build_labelled_definitions(request: LabelledTextRequest, upload_key: dg.AssetKey | None, owners: list[str]) -> LabelledDefinitions:
    """Return messages, splits, checks and job of a labelled text dataset.

    Args:
        upload_key: Asset of the file, upstream of the messages; None for a request without one.
        owners: Dagster owners of every asset.
    """
    names = names_of(request)
    job = dg.define_asset_job(
        names.job,
        selection=dg.AssetSelection.groups(names.group),
        description=f"The {request.total:,} messages of `{request.name}` in {len(request.categories)} categories, split and checked.",
        tags=names.run_tags(fingerprint_request(request)),
    )
    definitions = dg.Definitions(
        assets=[_messages_asset(names, request, upload_key, owners), *(_split_asset(names, request, s, owners) for s in request.splits)],
        asset_checks=[_messages_checks(names, request), *(_split_checks(names, request, s) for s in request.splits)],
        jobs=[job],
    )
    return LabelledDefinitions(names, request, job, definitions)


def _spec(names: LabelledNames, request: LabelledTextRequest, table: str, owners: list[str], **details: Any) -> dg.AssetSpec:
    return dg.AssetSpec(
        names.table_key(table),
        group_name=names.group,
        code_version=f"{fingerprint_request(request)[:16]}-{WRITER_VERSION}",
        metadata={"dagster/table_name": f"{request.name}.{table}", "dagster/column_schema": table_columns(table)},
        kinds={"parquet", "text"},
        tags=names.asset_tags,
        owners=owners,
        **details,
    )


def _messages_asset(
    names: LabelledNames, request: LabelledTextRequest, upload_key: dg.AssetKey | None, owners: list[str]
) -> dg.AssetsDefinition:
    described = f"{request.total:,} messages in {len(request.categories)} categories, each with its label and how sure it is."
    spec = _spec(names, request, MESSAGES, owners, deps=[upload_key] if upload_key else [], description=described)

    @dg.multi_asset(name=names.table_op(MESSAGES), specs=[spec])
    def messages(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        settings = load_settings()
        with our_errors_as_failures(), traced_asset(context, spec.key, request.name, MESSAGES) as trace:
            made = make_labelled_file(request, settings.uploads_dir)
            store = LabelledStore(settings.data_dir, request)
            stored = store.save_messages(made)
            metadata = trace.told_in(messages_metadata(store, made, stored, store.export(MESSAGES)), request.ai)
        context.log.info("%s: %s messages, %s of them by templates", request.name, len(made.messages), made.report.by_templates)
        return dg.MaterializeResult(asset_key=spec.key, metadata=metadata, data_version=dg.DataVersion(stored.record.sha256[:32]))

    return messages


def _split_asset(names: LabelledNames, request: LabelledTextRequest, split: str, owners: list[str]) -> dg.AssetsDefinition:
    described = f"{request.splits[split]:.0%} of the messages of `{request.name}`, of every category its share within one row."
    spec = _spec(names, request, split, owners, deps=[names.table_key(MESSAGES)], description=described)

    @dg.multi_asset(name=names.table_op(split), specs=[spec])
    def rows(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # as Dagster reads it
        with our_errors_as_failures(), traced_asset(context, spec.key, request.name, split) as trace:
            store = LabelledStore(load_settings().data_dir, request)
            stored = store.save_split(split)
            metadata = trace.told_in(split_metadata(store, split, stored, store.export(split)), request.ai)
        return dg.MaterializeResult(asset_key=spec.key, metadata=metadata, data_version=dg.DataVersion(stored.record.sha256[:32]))

    return rows


def _messages_checks(names: LabelledNames, request: LabelledTextRequest) -> dg.AssetChecksDefinition:
    key = names.table_key(MESSAGES)
    specs = [dg.AssetCheckSpec(name, asset=key, description=DESCRIPTIONS[name], blocking=True) for name in OF_MESSAGES]
    specs.append(dg.AssetCheckSpec(AI_FALLBACK_CHECK, asset=key, description=FALLBACK_DESCRIPTION))

    @dg.multi_asset_check(name=names.checks_op(MESSAGES), specs=specs, can_subset=True)
    def checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with our_errors_as_failures():
            store = LabelledStore(load_settings().data_dir, request)
            with traced_checks(context, request.ai, key, request.name, MESSAGES) as trace:
                verdicts = judge_messages(request, store.rows(MESSAGES))
                trace.score_verdicts(verdicts)
            results = [*_results(key, verdicts), _fallback_result(key, store.report())]
        yield from _chosen(context, results)

    return checks


def _split_checks(names: LabelledNames, request: LabelledTextRequest, split: str) -> dg.AssetChecksDefinition:
    key = names.table_key(split)
    others = [names.table_key(table) for table in (MESSAGES, *request.splits) if table != split]
    specs = [dg.AssetCheckSpec(name, asset=key, description=DESCRIPTIONS[name], additional_deps=others) for name in OF_SPLITS]

    @dg.multi_asset_check(name=names.checks_op(split), specs=specs, can_subset=True)
    def checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with our_errors_as_failures():
            store = LabelledStore(load_settings().data_dir, request)
            by_split = {name: store.rows(name) for name in request.splits}
            with traced_checks(context, request.ai, key, request.name, split) as trace:
                verdicts = judge_split(request, split, store.rows(MESSAGES), by_split)
                trace.score_verdicts(verdicts)
            results = _results(key, verdicts)
        yield from _chosen(context, results)

    return checks


def _chosen(context: dg.AssetCheckExecutionContext, results: Sequence[dg.AssetCheckResult]) -> Iterator[dg.AssetCheckResult]:
    wanted = {key.name for key in context.selected_asset_check_keys}
    return (result for result in results if result.check_name in wanted)


def _results(key: dg.AssetKey, verdicts: Sequence[Verdict]) -> list[dg.AssetCheckResult]:
    return [
        dg.AssetCheckResult(
            asset_key=key,
            check_name=verdict.name,
            passed=verdict.passed,
            metadata={"rows": verdict.judged, **({"found": dg.MetadataValue.json(list(verdict.found))} if verdict.found else {})},
        )
        for verdict in verdicts
    ]


def _fallback_result(key: dg.AssetKey, report: BalanceReport) -> dg.AssetCheckResult:
    """Return a warning where templates wrote what the request would have had a model write."""
    told = [*report.writing.fallbacks, *report.writing.notes]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=AI_FALLBACK_CHECK,
        passed=not report.writing.fallbacks,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "messages by templates": report.by_templates,
            "messages": report.messages,
            **({"told": dg.MetadataValue.md("\n".join(f"* {t}" for t in told))} if told else {}),
        },
        description="; ".join(report.writing.fallbacks)[:2000] or None,
    )
