"""Feedback on a dataset in Dagster: config of its plan, the version that becomes of it, and what the UI shows of both.

A run that is repeated takes its feedback once: a version remembers its run and its words. Tables that a change does not reach
are kept as they are when `feedback_<schema>` runs.
"""

from dataclasses import dataclass
from typing import Any

import dagster as dg
from pydantic import Field

from synth_assets.errors import Diagnostic, RequestError
from synth_assets.llm.feedback import FEEDBACK_LABEL
from synth_assets.orchestration.ai_metadata import ai_metadata
from synth_assets.orchestration.datasets import Dataset, RequestConfig, SchemaSource
from synth_assets.orchestration.jobs import RETRY_TAGS
from synth_assets.orchestration.table_metadata import escaped_table, image_markdown
from synth_assets.orchestration.translator import SCHEMA_TAG, SchemaNames
from synth_assets.pipeline.create import CreatedTable
from synth_assets.pipeline.feedback import propose_by_words
from synth_assets.pipeline.filled_texts import stored_texts
from synth_assets.pipeline.modify import ChangeableDataset, history_of, stored_dataset
from synth_assets.pipeline.refill import settle_texts
from synth_assets.pipeline.rewrite import keep_table
from synth_assets.pipeline.versions import (
    ChangedColumn,
    ProposedChange,
    preview_change,
    propose_change,
    record_change,
    record_of,
    unmet_wishes,
    version_to_return_to,
)
from synth_assets.plan.differences import PlanDiff, diff_plans
from synth_assets.plan.model import Plan
from synth_assets.plan.patch import patch_document, read_patch
from synth_assets.storage import DatasetStore
from synth_assets.storage.versions import PlanVersion, VersionLog

VERSIONS_RECORD = "record of versions"
"""Metadata by which a dataset whose files are gone becomes again what feedback had made of it."""


class PlanConfig(RequestConfig):
    """What a plan is made of, and what shall become of a dataset that has one already."""

    feedback: str = Field(default="", description="What should be different, in words: half of the members are students")
    feedback_table: str = Field(default="", description="The table the words are about; empty for the whole dataset")
    patch: str = Field(default="", description="A change as YAML instead of words; needs no Gemini")
    revert_to: int | None = Field(default=None, description="The version to go back to, or forth")

    @property
    def changes(self) -> bool:
        return bool(self.feedback.strip() or self.patch.strip()) or self.revert_to is not None


_NOTHING = PlanDiff(())


@dataclass(frozen=True)
class TakenFeedback:
    """What a run made of its feedback.

    Attributes:
        version: What holds now; `versions` are all, oldest first.
        plan: The plan that holds.
        diff, previews: What this run changed; both empty where it changed nothing.
        change: The change it made of words or a patch; None for a return, or where it was made before.
    """

    version: PlanVersion
    versions: tuple[PlanVersion, ...]
    plan: Plan
    diff: PlanDiff = _NOTHING
    previews: tuple[ChangedColumn, ...] = ()
    change: ProposedChange | None = None


def take_feedback(store: DatasetStore, dataset: Dataset, config: PlanConfig, run: str) -> TakenFeedback:
    """Give a stored dataset the version that its run's config asks for, once; without feedback, say which version holds.

    Args:
        run: Id of the run, that of the first attempt where it is repeated.

    Raises:
        RequestError: The config asks for several things at once, or nothing of the words can be done.
        PlanError: The change cannot be made; nothing is stored.
        LlmError: Nobody can be asked what the words mean, or there is no usable answer.
        StorageError: Something cannot be written; to be tried again where another run changed the dataset meanwhile.
    """
    _refuse_several(config)
    opened = stored_dataset(store, dataset.schema.name, dataset.key)
    versions, current = history_of(opened)
    if config.revert_to is not None:
        return _return(store, opened, config.revert_to)
    if not config.changes or _was_taken(config, current, versions, run):
        return TakenFeedback(current, versions, opened.plan)
    if config.patch.strip():
        change = propose_change(opened.schema, opened.plan, read_patch(config.patch, "patch"))
    else:
        change = propose_by_words(opened, config.feedback.strip(), table=config.feedback_table.strip())
    previews = preview_change(opened.schema, change.before, change.after, change.diff)
    version = record_change(opened.log, change, run)
    store.save_plan(dataset.schema.name, dataset.key, change.after, replace=True)
    opened.log.set_current(version.number)
    if change.report is not None:
        store.save_ai_report(dataset.schema.name, dataset.key, FEEDBACK_LABEL, change.report)
    return TakenFeedback(version, opened.log.list_versions(), change.after, change.diff, previews, change)


def _refuse_several(config: PlanConfig) -> None:
    given = {"feedback": bool(config.feedback.strip()), "patch": bool(config.patch.strip()), "revert_to": config.revert_to is not None}
    if sum(given.values()) > 1:
        found = ", ".join(name for name, is_given in given.items() if is_given)
        problem = Diagnostic(code="PLAN509", where="run config", message="asks for several changes at once", found=found, hint="give one")
        raise RequestError("bad run config", [problem])


def _was_taken(config: PlanConfig, current: PlanVersion, versions: tuple[PlanVersion, ...], run: str) -> bool:
    """Tell whether this run, or the last one that changed anything, took this very feedback."""
    if any(v.run == run for v in versions):
        return True
    if config.patch.strip():
        return current.by == "patch" and current.patch == read_patch(config.patch, "patch")
    return current.by == "words" and (current.words, current.table.casefold()) == (
        config.feedback.strip(),
        config.feedback_table.strip().casefold(),
    )


def _return(store: DatasetStore, opened: ChangeableDataset, number: int) -> TakenFeedback:
    version = version_to_return_to(opened.log, opened.plan, number)
    diff = diff_plans(opened.plan, version.plan)
    previews = preview_change(opened.schema, opened.plan, version.plan, diff)
    if diff.tables:
        store.save_plan(opened.schema.name, opened.log.folder.parent.name, version.plan, replace=True)
    versions, _ = history_of(opened)
    if opened.log.list_versions():
        opened.log.set_current(version.number)
    return TakenFeedback(version, versions, version.plan, diff, previews)


def kept_table(run: dg.DagsterRun, store: DatasetStore, names: SchemaNames, dataset: Dataset, table_key: str) -> CreatedTable | None:
    """Return a table that a feedback job's change does not reach, its file as it is; None where it is to be made.

    Texts of an earlier version that were written for just these rows are in place again then.
    Other jobs make every table they are asked for: that repairs files and takes up a new engine.
    """
    if run.job_name != names.feedback_job:
        return None
    log = VersionLog(store.dataset_directory(dataset.schema.name, dataset.key))
    kept = keep_table(store, dataset.schema, dataset.plan, dataset.key, table_key, log)
    if kept is None:
        texts = stored_texts(store, dataset.schema, dataset.key)
        settle_texts(texts, log.folder, dataset.schema, dataset.plan, (table_key,), dataset.request)
    return kept


def run_of(run: dg.DagsterRun) -> str:
    """Return the id by which a run's feedback is taken once: that of the first attempt."""
    return run.root_run_id or run.run_id


def feedback_metadata(taken: TakenFeedback) -> dict[str, Any]:
    """Return which version holds, what became of the dataset so far, and what this run changed."""
    if len(taken.versions) == 1 and not taken.diff.tables:
        return {"version": taken.version.number}
    metadata: dict[str, Any] = {
        "version": taken.version.number,
        "versions": _versions_table(taken),
        VERSIONS_RECORD: dg.MetadataValue.json(record_of(taken.versions, taken.version.number)),
    }
    if taken.diff.tables:
        metadata["changed"] = dg.MetadataValue.md(_diff_markdown(taken.diff))
        kept = [t.table for t in taken.plan.tables if t.table not in taken.diff.affected]
        metadata["tables kept as they are"] = dg.MetadataValue.json(kept)
    if taken.previews:
        metadata["before and after"] = dg.MetadataValue.md(_previews_markdown(taken.previews))
        metadata["before and after, drawn"] = _plot(taken)
        if unmet := unmet_wishes(taken.previews, taken.plan):
            metadata["not met"] = dg.MetadataValue.json(list(unmet))
    if taken.change is not None:
        metadata["patch"] = dg.MetadataValue.json(patch_document(taken.change.patch))
        if taken.change.notes:
            metadata["not done"] = dg.MetadataValue.json(list(taken.change.notes))
        if taken.change.report is not None:
            told = ai_metadata(taken.change.report, "auto")
            metadata |= {f"feedback {name}": value for name, value in told.items()}
    return metadata


def _versions_table(taken: TakenFeedback) -> dg.TableMetadataValue:
    kinds = {"version": "int", "holds": "string", "of": "string", "at": "string", "by": "string", "words": "string"}
    records = [
        dg.TableRecord(
            {
                "version": v.number,
                "holds": "yes" if v.number == taken.version.number else "",
                "of": str(v.based_on or ""),
                "at": v.at,
                "by": v.by,
                "words": v.words,
            }
        )
        for v in taken.versions
    ]
    return dg.MetadataValue.table(records, schema=dg.TableSchema([dg.TableColumn(name, kind) for name, kind in kinds.items()]))


def _diff_markdown(diff: PlanDiff) -> str:
    rows = [
        [f"{t.table}: rows", f"{t.rows_before:,}", f"{t.rows_after:,}", "asked for"] for t in diff.tables if t.rows_before != t.rows_after
    ]
    rows += [[f"{c.table}.{c.column}", c.before.strategy, c.after.strategy, c.after.reason] for c in diff.columns]
    text = escaped_table(["what", "before", "after", "why"], rows)
    follow = [f"`{t.table}`: {', '.join(t.followers)}" for t in diff.tables if t.followers]
    return text + ("\n\nFollow from it: " + "; ".join(follow) if follow else "")


def _previews_markdown(previews: tuple[ChangedColumn, ...]) -> str:
    rows = [[f"{p.change.table}.{p.change.column}", p.before.in_words(), p.after.in_words()] for p in previews]
    return escaped_table([f"first {max(p.after.rows for p in previews):,} rows", "before", "after"], rows)


def _plot(taken: TakenFeedback) -> dg.MarkdownMetadataValue:
    from synth_assets.reports.comparison import ComparedColumn, plot_comparison

    columns = [
        ComparedColumn(f"{p.change.table}.{p.change.column}", p.rows_before, p.rows_after, p.before, p.after) for p in taken.previews
    ]
    title = f"version {taken.version.number}: {taken.version.words or 'changed columns'}"
    return image_markdown(f"version {taken.version.number}, before and after", plot_comparison(title, columns))


def build_feedback_job(names: SchemaNames, source: SchemaSource) -> Any:
    """Return the job that changes one dataset by feedback: plan, the tables that the change reaches, all checks, the files."""

    def run_config(key: str) -> dict[str, Any]:  # noqa: ARG001 - the launchpad shows the same fields for every dataset
        return {"ops": {names.plan_op: {"config": {"feedback": "", "feedback_table": "", "patch": ""}}}}

    return dg.define_asset_job(
        names.feedback_job,
        selection=dg.AssetSelection.groups(names.group),
        config=dg.PartitionedConfig(partitions_def=names.partitions, run_config_for_partition_key_fn=run_config),
        description=f"Say in words what should be different in a dataset of `{source.schema.name}`: tables that this does not reach "
        "stay as they are, byte for byte. `revert_to: 1` goes back.",
        tags={SCHEMA_TAG: names.prefix, **RETRY_TAGS},
    )
