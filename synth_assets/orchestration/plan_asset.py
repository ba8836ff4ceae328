"""The `_plan` asset of a schema: a dataset's request becomes its plan, shown with the reason of every choice."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg

from synth_assets.engine import ENGINE_VERSION
from synth_assets.errors import Diagnostic, RequestError
from synth_assets.llm.report import PLAN_LABEL, AssetAiReport
from synth_assets.orchestration.ai_metadata import ai_fallback_result, ai_fallback_spec, ai_metadata, decided_columns, estimate_metadata
from synth_assets.orchestration.datasets import Dataset, Recorded, SchemaSource, ensure_dataset, load_ai_report, open_store
from synth_assets.orchestration.failures import our_errors_as_failures
from synth_assets.orchestration.feedback import VERSIONS_RECORD, PlanConfig, feedback_metadata, run_of, take_feedback
from synth_assets.orchestration.table_metadata import plan_markdown
from synth_assets.orchestration.tracing import traced_asset
from synth_assets.orchestration.translator import SchemaNames
from synth_assets.pipeline.estimate import estimate_dataset
from synth_assets.plan.fingerprint import fingerprint_plan
from synth_assets.plan.model import Plan
from synth_assets.plan.request import build_request
from synth_assets.schema.fingerprint import fingerprint_schema
from synth_assets.settings import load_llm_settings

TABLES_SHOWN = 40
"""Tables whose columns the plan asset spells out; each table's own asset shows its plan in any case."""

_REQUEST = "request"
_SCHEMA_FINGERPRINT = "schema_fingerprint"


def build_plan_asset(names: SchemaNames, source: SchemaSource, upload_key: dg.AssetKey | None, owners: list[str]) -> dg.AssetsDefinition:
    """Return the asset that every table of the schema depends on; the only one with config."""
    spec = dg.AssetSpec(
        names.plan_key,
        deps=[*([upload_key] if upload_key else []), *([names.knowledge_key] if source.knowledge else [])],
        group_name=names.group,
        partitions_def=names.partitions,
        code_version=f"{fingerprint_schema(source.schema)[:16]}-{ENGINE_VERSION}",
        description=f"What every column of `{source.schema.name}` holds, and why. Takes the dataset's request as config.",
        kinds={"yaml"},
        tags=names.asset_tags,
        owners=owners,
    )

    @dg.multi_asset(name=names.plan_op, specs=[spec], check_specs=[ai_fallback_spec(names.plan_key)])
    def plan(context: dg.AssetExecutionContext, config: PlanConfig) -> dg.MaterializeResult:  # type: ignore[type-arg]  # as Dagster reads it
        with our_errors_as_failures(), traced_asset(context, names.plan_key, names.schema_name) as trace:
            key = context.partition_key
            recorded = lambda: recorded_dataset(context.instance, names, source, key)  # noqa: E731
            store = open_store()
            dataset = ensure_dataset(store, source, key, config, recorded)
            taken = take_feedback(store, dataset, config, run_of(context.run))
            dataset = replace(dataset, plan=taken.plan)
            folder = store.dataset_directory(names.schema_name, key)
            report = load_ai_report(store, names.schema_name, key, PLAN_LABEL)
            metadata = {**_metadata(dataset, folder), **_ai_metadata(dataset, report), **feedback_metadata(taken)}
            metadata = trace.told_in(metadata, dataset.request.ai, report)
        context.log.info("dataset %s: %s", key, _sentence(dataset.plan))
        version = dg.DataVersion(fingerprint_plan(dataset.plan)[:32])
        checked = [ai_fallback_result(names.plan_key, report)]
        return dg.MaterializeResult(asset_key=names.plan_key, metadata=metadata, data_version=version, check_results=checked)

    return plan


def _ai_metadata(dataset: Dataset, report: AssetAiReport | None) -> dict[str, Any]:
    """Return Gemini's part in the plan, and what its part in the tables is going to take."""
    estimate = estimate_metadata(estimate_dataset(dataset.schema, dataset.request, load_llm_settings())) if report else {}
    return {**ai_metadata(report, dataset.request.ai), **estimate, **decided_columns(dataset.plan)}


def recorded_dataset(instance: dg.DagsterInstance, names: SchemaNames, source: SchemaSource, key: str) -> Recorded | None:
    """Return what Dagster's record of this dataset's plan says, its request and its versions, or None when it never had one.

    So a dataset whose files were lost is made again as it was, and a deleted dataset's key never
    names other data. Raises RequestError when its schema has changed since.
    """
    records = instance.fetch_materializations(dg.AssetRecordsFilter(asset_key=names.plan_key, asset_partitions=[key]), limit=1).records
    materialization = records[0].asset_materialization if records else None
    if materialization is None:
        return None
    metadata = {name: value.value for name, value in materialization.metadata.items()}
    if metadata.get(_SCHEMA_FINGERPRINT) != fingerprint_schema(source.schema):
        hint = f"upload the earlier DDL, or make another dataset with the job {names.new_dataset_job}"
        message = "the dataset's files are gone, and its DDL has changed since"
        raise RequestError(
            "cannot make the dataset again", [Diagnostic(code="REQ107", where=f"{names.schema_name}/{key}", message=message, hint=hint)]
        )
    return Recorded(build_request(metadata[_REQUEST], f"Dagster's record of {names.schema_name}/{key}"), metadata.get(VERSIONS_RECORD))


def _metadata(dataset: Dataset, folder: Path) -> dict[str, Any]:
    plan = dataset.plan
    shown = {f"plan of {t.table}": plan_markdown(t) for t in plan.tables[:TABLES_SHOWN]}
    return {
        _REQUEST: dg.MetadataValue.json(dataset.request.model_dump(mode="json")),
        _SCHEMA_FINGERPRINT: fingerprint_schema(dataset.schema),
        "seed": plan.seed,
        "tables": len(plan.tables),
        "rows": sum(t.row_count for t in plan.tables),
        "row counts": _row_counts(plan),
        **_lowered(plan),
        "dagster/uri": str(folder / "plan.yaml"),
        **shown,
    }


def _row_counts(plan: Plan) -> dg.TableMetadataValue:
    counts = ("rows", "columns", "foreign keys", "redraws")
    records = [
        dg.TableRecord(
            {"table": t.table, **dict(zip(counts, (t.row_count, len(t.columns), len(t.relations), len(t.redraws)), strict=True))}
        )
        for t in plan.tables
    ]
    columns = [dg.TableColumn("table", "string"), *(dg.TableColumn(n, "int") for n in counts)]
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns))


def _lowered(plan: Plan) -> dict[str, dg.TableMetadataValue]:
    """Return the tables with fewer rows than were asked for, and why; nothing when there are none."""
    records = [
        dg.TableRecord({"table": t.table, "asked for": t.lowered.asked_for, "rows": t.row_count, "because": t.lowered.because})
        for t in plan.tables
        if t.lowered is not None
    ]
    kinds = {"table": "string", "asked for": "int", "rows": "int", "because": "string"}
    schema = dg.TableSchema([dg.TableColumn(name, kind) for name, kind in kinds.items()])
    return {"fewer rows than asked for": dg.MetadataValue.table(records, schema=schema)} if records else {}


def _sentence(plan: Plan) -> str:
    return f"{len(plan.tables)} tables, {sum(t.row_count for t in plan.tables):,} rows, seed {plan.seed}"
