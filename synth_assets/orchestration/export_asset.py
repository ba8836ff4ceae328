"""The `_export` asset of a schema: the files people take away, once every table and its keys are in order."""

from typing import Any

import dagster as dg

from synth_assets.engine import ENGINE_VERSION
from synth_assets.errors import Diagnostic, RequestError, render_diagnostics
from synth_assets.orchestration.datasets import Dataset, SchemaSource, ensure_dataset, open_store
from synth_assets.orchestration.failures import diagnostics_table, our_errors_as_failures
from synth_assets.orchestration.plan_asset import recorded_dataset
from synth_assets.orchestration.translator import SchemaNames
from synth_assets.pipeline.export import ExportedFile, export_dataset
from synth_assets.plan.fingerprint import fingerprint_plan
from synth_assets.schema.fingerprint import fingerprint_schema
from synth_assets.storage import DatasetStore

ARCHIVE = "zip"
"""One CSV a table, with manifest, plan and DDL."""

SCRIPT = "sql"
"""Tables and rows; some schemas cannot be loaded by a script of their dialect, and then there is only the archive."""


def build_export_asset(names: SchemaNames, source: SchemaSource, owners: list[str]) -> dg.AssetsDefinition:
    """Return the asset downstream of all tables; a failed blocking check keeps it from running."""
    spec = dg.AssetSpec(
        names.export_key,
        deps=[names.plan_key, *(names.table_key(t) for t in names.table_keys)],
        group_name=names.group,
        partitions_def=names.partitions,
        code_version=f"{fingerprint_schema(source.schema)[:16]}-{ENGINE_VERSION}",
        description=f"`{source.schema.name}` as files: a ZIP of CSVs with its manifest, and a SQL script.",
        kinds={"csv", "sql"},
        tags=names.asset_tags,
        owners=owners,
    )

    @dg.multi_asset(name=names.export_op, specs=[spec])
    def export(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        with our_errors_as_failures():
            store, key = open_store(), context.partition_key
            dataset = ensure_dataset(store, source, key, recorded=lambda: recorded_dataset(context.instance, names, source, key))
            files = export_dataset(store, dataset.schema, dataset.plan, key, [ARCHIVE])
            script, problems = _export_script(store, dataset)
        version = dg.DataVersion(fingerprint_plan(dataset.plan)[:32])
        metadata = _metadata(files + script)
        if problems:
            metadata["no SQL script"] = diagnostics_table(problems)
            context.log.warning("no SQL script: %s", render_diagnostics(problems))
        return dg.MaterializeResult(asset_key=names.export_key, metadata=metadata, data_version=version)

    return export


def _export_script(store: DatasetStore, dataset: Dataset) -> tuple[tuple[ExportedFile, ...], tuple[Diagnostic, ...]]:
    """Return the SQL script, or the reasons why there cannot be one."""
    try:
        return export_dataset(store, dataset.schema, dataset.plan, dataset.key, [SCRIPT]), ()
    except RequestError as error:
        return (), error.diagnostics


def _metadata(files: tuple[ExportedFile, ...]) -> dict[str, Any]:
    types = {"file": "string", "format": "string", "bytes": "int", "sha256": "string"}
    records = [dg.TableRecord({"file": f.path.name, "format": f.format, "bytes": f.bytes, "sha256": f.sha256}) for f in files]
    listed = dg.MetadataValue.table(records, schema=dg.TableSchema([dg.TableColumn(n, t) for n, t in types.items()]))
    links = {f"{f.format} file": dg.MetadataValue.path(f.path) for f in files}
    first = {"dagster/uri": str(files[0].path)} if files else {}
    return {**first, **links, "files": listed, "bytes": sum(f.bytes for f in files)}
