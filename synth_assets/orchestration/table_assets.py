"""One asset a table: it calls the pipeline for its rows and reports what the UI shows of them."""

from typing import Any

import dagster as dg

from synth_assets.engine import ENGINE_VERSION
from synth_assets.errors import Diagnostic, RequestError
from synth_assets.orchestration.ai_metadata import ai_fallback_result, ai_fallback_spec
from synth_assets.orchestration.datasets import Dataset, SchemaSource, ensure_dataset, load_ai_report, open_store
from synth_assets.orchestration.failures import our_errors_as_failures
from synth_assets.orchestration.feedback import kept_table
from synth_assets.orchestration.plan_asset import recorded_dataset
from synth_assets.orchestration.table_metadata import (
    PREVIEW_ROWS,
    column_lineage,
    definition_metadata,
    image_markdown,
    plan_markdown,
    preview_markdown,
    table_description,
)
from synth_assets.orchestration.table_texts import fill_texts, may_be_filled, texts_metadata
from synth_assets.orchestration.tracing import traced_asset
from synth_assets.orchestration.translator import TABLE_POOL, SchemaNames
from synth_assets.pipeline.create import CreatedTable, create_table
from synth_assets.schema.fingerprint import canonical_digest, fingerprint_table
from synth_assets.schema.graph import Edge, parents_of
from synth_assets.schema.model import Table
from synth_assets.storage import DatasetStore

PLOT_ROWS = 50_000
"""Rows a plot is drawn from: the first ones of the table."""


def build_table_asset(
    names: SchemaNames, source: SchemaSource, table: Table, dropped: tuple[Edge, ...], owners: list[str]
) -> dg.AssetsDefinition:
    """Return the asset of one table.

    Args:
        dropped: The schema's dependencies that are left out because they would close a cycle.
    """
    key = names.table_key(table.key)
    left_out = [e.parent for e in dropped if e.child == table.key]
    parents = [names.table_key(p) for p in parents_of(table) if p not in left_out]
    metadata = definition_metadata(names, source.schema, table, source.ddl_file)
    if left_out:
        metadata["dependencies left out"] = dg.MetadataValue.md(_left_out_sentence(table, left_out))

    @dg.asset(
        key=key,
        deps=[names.plan_key, *parents],
        group_name=names.group,
        partitions_def=names.partitions,
        code_version=f"{fingerprint_table(table)[:16]}-{ENGINE_VERSION}",
        description=table_description(table),
        metadata=metadata,
        kinds={"parquet", source.schema.dialect},
        tags=names.asset_tags,
        owners=owners,
        pool=TABLE_POOL,
        check_specs=[ai_fallback_spec(key)] if may_be_filled(table) else None,
    )
    def rows(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # as Dagster reads it
        with our_errors_as_failures(), traced_asset(context, key, names.schema_name, table.key) as trace:
            store = open_store()
            dataset = load_dataset(context, store, names, source, table.key)
            kept = kept_table(context.run, store, names, dataset, table.key)
            asked = load_ai_report(store, dataset.schema.name, dataset.key, table.key) if kept else fill_texts(store, dataset, table.key)
            created = kept or create_table(store, dataset.schema, dataset.plan, dataset.key, table.key)
            result = {**_table_metadata(names, store, dataset, created), **texts_metadata(store, dataset, table.key, asked)}
            result = trace.told_in(result, dataset.request.ai, asked)
        context.log.info("%s: %s rows in %.2f s", table.key, f"{created.stored.record.rows:,}", created.seconds)
        checked = [ai_fallback_result(key, asked)] if may_be_filled(table) else []
        return dg.MaterializeResult(metadata=result, data_version=_data_version(created), check_results=checked)

    return rows


def load_dataset(context: Any, store: DatasetStore, names: SchemaNames, source: SchemaSource, table_key: str) -> Dataset:
    """Return the dataset of a run, planned by now. Raises RequestError when it was made before this table existed."""
    key = context.partition_key
    dataset = ensure_dataset(store, source, key, recorded=lambda: recorded_dataset(context.instance, names, source, key))
    if table_key not in dataset.schema.tables_by_key:
        message = f"the dataset was made before there was a table '{table_key}'"
        hint = f"make another dataset with the job {names.new_dataset_job}"
        raise RequestError(
            "not in this dataset", [Diagnostic(code="REQ108", where=f"{names.schema_name}/{key}", message=message, hint=hint)]
        )
    return dataset


def _data_version(created: CreatedTable) -> dg.DataVersion:
    """Identity of the rows by what they were made from: equal inputs, equal bytes."""
    return dg.DataVersion(canonical_digest(created.stored.record.provenance.model_dump(mode="json"))[:32])


def _table_metadata(names: SchemaNames, store: DatasetStore, dataset: Dataset, created: CreatedTable) -> dict[str, Any]:
    record = created.stored.record
    table = dataset.schema.table(record.table)
    head = _first_rows(store, dataset, record.table)
    metadata = {
        "dagster/row_count": record.rows,
        "dagster/column_lineage": column_lineage(names, table),
        "dagster/uri": str(created.stored.path),
        "preview": preview_markdown(head.slice(0, PREVIEW_ROWS)),
        "plan": plan_markdown(dataset.plan.table(record.table)),
        "seconds": round(created.seconds, 3),
        "bytes": record.bytes,
        "sha256": record.sha256,
        "plan fingerprint": record.provenance.plan_fingerprint,
        "engine version": record.provenance.engine_version,
    }
    if record.rows:
        from synth_assets.reports import plot_table

        metadata["plot"] = image_markdown(f"{record.table}: first {head.num_rows:,} rows", plot_table(table, head))
    return metadata


def _first_rows(store: DatasetStore, dataset: Dataset, table_key: str) -> Any:
    chunks = store.iter_chunks(dataset.schema.name, dataset.key, table_key, chunk_rows=PLOT_ROWS)
    first = next(iter(chunks), None)
    return first if first is not None else store.read_table(dataset.schema.name, dataset.key, table_key)


def _left_out_sentence(table: Table, parents: list[str]) -> str:
    listed = ", ".join(f"`{p}`" for p in parents)
    return (
        f"`{table.key}` refers to {listed}, but Dagster's graph may have no cycle, so the dependency is left out. "
        "The keys are made and checked all the same: rows are computed, not looked up, and the foreign key check waits for both tables."
    )
