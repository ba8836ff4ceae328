"""The jobs and the schedule of a schema: make a dataset, ask for a new one, make all of them again."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from synth_assets.orchestration.datasets import (
    RequestConfig,
    SchemaSource,
    config_of,
    find_dataset,
    free_key,
    open_store,
    requested_datasets,
    save_request,
)
from synth_assets.orchestration.failures import our_errors_as_failures
from synth_assets.orchestration.translator import SCHEMA_TAG, SchemaNames, dataset_base_name, is_dataset_key
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan.request import build_request

NIGHTLY = "0 2 * * *"

RETRY_TAGS = {"dagster/retry_strategy": "FROM_ASSET_FAILURE"}
"""A retried run makes what is missing again: the failed table with its checks, and everything after it."""


class NewDatasetConfig(RequestConfig):
    """What the new dataset should be."""

    dataset: str = Field(default="", description="Its name; empty numbers it: <schema>-1, <schema>-2, ...")


def build_generate_job(names: SchemaNames, source: SchemaSource) -> Any:
    """Return the job that makes every table of one dataset, its checks and its files.

    Choosing a dataset in the launchpad fills in its stored request.
    """

    def run_config(key: str) -> dict[str, Any]:
        store = open_store()
        # The UI takes any text for a partition; its run says what is wrong with the name.
        known = is_dataset_key(key) and store.has_request(names.schema_name, key)
        # Defaults would contradict what Dagster remembers of a dataset whose files are gone.
        config = config_of(store.load_request(names.schema_name, key)) if known else {}
        return {"ops": {names.plan_op: {"config": config}}}

    return dg.define_asset_job(
        names.job,
        selection=dg.AssetSelection.groups(names.group),
        config=dg.PartitionedConfig(partitions_def=names.partitions, run_config_for_partition_key_fn=run_config),
        description=f"Plan, all {len(source.schema.tables)} tables of `{names.schema_name}` with their checks, and the exported files.",
        # Not `run_tags`: runs launched over GraphQL would not get them.
        tags={SCHEMA_TAG: names.prefix, **RETRY_TAGS},
    )


def build_new_dataset_job(names: SchemaNames, source: SchemaSource) -> dg.JobDefinition:
    """Return the job that stores a request under a new key; the uploads sensor then adds the partition and starts its run."""

    @dg.op(name=names.new_dataset_op, description=f"Ask for another dataset of `{names.schema_name}`.")
    def request_dataset(context: dg.OpExecutionContext, config: NewDatasetConfig) -> None:
        with our_errors_as_failures():
            store = open_store()
            wanted = config.apply_to(build_request({"dataset": config.dataset or None}, "run config"))
            plan_dataset(source.schema, wanted)  # A request that cannot be met is refused here, before it has a key.
            known = find_dataset(store, source.schema, wanted) if config.dataset else None
            key = known or free_key(store, context.instance, names, config.dataset or None)
            request = wanted if wanted.dataset else wanted.model_copy(update={"dataset": key})
            save_request(store, source, key, request)
        context.log.info("dataset %s is requested; the uploads sensor starts its run within seconds", key)
        context.add_output_metadata({"dataset": key, "already there": known is not None, "named": dataset_base_name(key)})

    @dg.job(
        name=names.new_dataset_job,
        description=f"Ask for another dataset of `{names.schema_name}`: other rows, another seed. Its run starts by itself.",
        tags={SCHEMA_TAG: names.prefix},
    )
    def new_dataset() -> None:
        request_dataset()

    return new_dataset


def build_refresh_schedule(names: SchemaNames, source: SchemaSource, job: Any) -> dg.ScheduleDefinition:
    """Return the nightly schedule, stopped until someone starts it, that makes every dataset of the loaded schema again.

    Datasets never change, so this repairs lost files and takes up a new engine version; datasets of
    an earlier DDL are left as they are.
    """

    @dg.schedule(name=names.schedule, job=job, cron_schedule=NIGHTLY, default_status=dg.DefaultScheduleStatus.STOPPED)
    def refresh(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        store = open_store()
        current = set(requested_datasets(store, source.schema))
        for key in context.instance.get_dynamic_partitions(names.partitions_name):
            if key in current:
                tick = f"{context.scheduled_execution_time:%Y%m%d%H%M}"
                yield dg.RunRequest(run_key=f"{tick}:{key}", partition_key=key, tags=names.run_tags(key))

    return refresh
