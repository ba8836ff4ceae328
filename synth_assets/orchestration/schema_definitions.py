"""All Dagster definitions of one schema, put together from the factories."""

from dataclasses import dataclass
from typing import Any

import dagster as dg

from synth_assets.orchestration.check_assets import build_table_checks
from synth_assets.orchestration.database_assets import build_database_check, build_publish_asset, publishes
from synth_assets.orchestration.datasets import SchemaSource
from synth_assets.orchestration.export_asset import build_export_asset
from synth_assets.orchestration.feedback import build_feedback_job
from synth_assets.orchestration.jobs import build_generate_job, build_new_dataset_job, build_refresh_schedule
from synth_assets.orchestration.knowledge_asset import build_knowledge_asset, build_knowledge_job
from synth_assets.orchestration.plan_asset import build_plan_asset
from synth_assets.orchestration.table_assets import build_table_asset
from synth_assets.orchestration.translator import SchemaNames
from synth_assets.schema.graph import cycle_edges_to_drop
from synth_assets.settings import load_settings


@dataclass(frozen=True)
class SchemaDefinitions:
    """What one schema adds to the code location; `generate_job` makes one dataset of it.

    Attributes:
        knowledge_job: Reads the documents beside the schema; None where there are none.
    """

    names: SchemaNames
    source: SchemaSource
    generate_job: Any
    knowledge_job: Any
    definitions: dg.Definitions


def build_schema_definitions(source: SchemaSource, upload_key: dg.AssetKey | None, owners: list[str]) -> SchemaDefinitions:
    """Return documents, plan, tables, checks, export, jobs and schedule of a schema; and its publication, where one is configured.

    Args:
        upload_key: Asset of the file the schema comes from, upstream of its plan; None for a schema without one.
        owners: Dagster owners of every asset: `team:<name>` or an e-mail address.
    """
    names = SchemaNames(source.schema)
    dropped = cycle_edges_to_drop(source.schema)
    tables = source.schema.tables
    published = publishes(source, load_settings())
    assets = [
        *([build_knowledge_asset(names, source, owners)] if source.knowledge else []),
        build_plan_asset(names, source, upload_key, owners),
        *(build_table_asset(names, source, table, dropped, owners) for table in tables),
        build_export_asset(names, source, owners),
        *([build_publish_asset(names, source, owners)] if published else []),
    ]
    checks = [op for table in tables for op in build_table_checks(names, source, table, dropped)]
    generate = build_generate_job(names, source)
    knowledge = build_knowledge_job(names) if source.knowledge else None
    definitions = dg.Definitions(
        assets=assets,
        asset_checks=[*checks, build_database_check(names, source, blocking=published)],
        jobs=[generate, *([knowledge] if knowledge else []), build_new_dataset_job(names, source), build_feedback_job(names, source)],
        schedules=[build_refresh_schedule(names, source, generate)],
    )
    return SchemaDefinitions(names, source, generate, knowledge, definitions)
