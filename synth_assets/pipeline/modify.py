"""Change a dataset that is there, go back to what it was, tell what became of it: a folder of files, or a dataset in the store."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synth_assets.errors import Diagnostic, RequestError
from synth_assets.pipeline.fill import open_writer
from synth_assets.pipeline.folder import REQUEST_FILE, load_folder
from synth_assets.pipeline.generate import OnTableProgress
from synth_assets.pipeline.rewrite import Rewritten, rewrite_folder, rewrite_stored
from synth_assets.pipeline.versions import ProposedChange, base_version, record_change, version_to_return_to
from synth_assets.plan.differences import PlanDiff, diff_plans
from synth_assets.plan.model import Plan
from synth_assets.plan.request import BudgetRequest, DatasetRequest, read_request
from synth_assets.schema.model import Schema
from synth_assets.storage import MANIFEST_FILE, DatasetStore, load_manifest, storage_errors
from synth_assets.storage.versions import PlanVersion, VersionLog

_AS_REQUESTED = BudgetRequest()

Rewrite = Callable[[Plan, frozenset[str], OnTableProgress | None], Rewritten]
"""Gives the dataset a plan and makes again what that reaches."""


@dataclass(frozen=True)
class ChangeableDataset:
    """A dataset that can be changed.

    Attributes:
        path: Its folder.
        name: Its name in the store, by which a model's calls are booked; None for a folder.
        request: What it was made of, within the budget it was opened with.
        log: Its versions.
    """

    path: Path
    name: str | None
    schema: Schema
    plan: Plan
    request: DatasetRequest
    log: VersionLog
    rewrite: Rewrite


@dataclass(frozen=True)
class ChangedDataset:
    """What holds now.

    Attributes:
        version: The version; `diff` is what differs from before.
        written: The tables made again.
        stale: Those among them whose texts were written for the rows as they were, because nobody could write others.
    """

    version: PlanVersion
    diff: PlanDiff
    written: tuple[str, ...]
    stale: tuple[str, ...] = ()


def open_changeable(named: str, datasets_dir: Path, budget: BudgetRequest = _AS_REQUESTED) -> ChangeableDataset:
    """Return the dataset of a folder, or that of `schema/dataset` in the store.

    Args:
        budget: Limits in the place of its request's, for what is done with it now: the request that is kept stays as it is.

    Raises:
        RequestError: There is neither.
        StorageError, PlanError: Its files are missing or damaged.
    """
    path = Path(named)
    if (path / MANIFEST_FILE).exists() and not load_manifest(path).dataset:
        return _of_folder(path, budget)
    if (path / "plan.yaml").exists() and path.resolve().parent.parent == datasets_dir.resolve():
        named = f"{path.resolve().parent.name}/{path.resolve().name}"
    schema, slash, dataset = named.partition("/")
    store = DatasetStore(datasets_dir)
    if slash and "/" not in dataset and store.has_plan(schema, dataset):
        return stored_dataset(store, schema, dataset, budget)
    hint = "give a folder that `synth generate` made, or schema/dataset as the store has it"
    raise RequestError("no such dataset", [Diagnostic(code="PLAN508", where="dataset", message="is no dataset", found=named, hint=hint)])


def _of_folder(path: Path, budget: BudgetRequest) -> ChangeableDataset:
    contents = load_folder(path)
    request = DatasetRequest()
    if (path / REQUEST_FILE).exists():
        with storage_errors("read", path / REQUEST_FILE, "STO101"):
            request = read_request((path / REQUEST_FILE).read_bytes().decode(errors="replace"), str(path / REQUEST_FILE))
    request = request.within(budget)

    def rewrite(plan: Plan, affected: frozenset[str], on_progress: OnTableProgress | None) -> Rewritten:
        return rewrite_folder(contents, plan, affected, request, lambda: open_writer(contents.schema, plan, request), on_progress)

    return ChangeableDataset(path, None, contents.schema, contents.plan, request, VersionLog(path), rewrite)


def stored_dataset(store: DatasetStore, schema_name: str, dataset: str, budget: BudgetRequest = _AS_REQUESTED) -> ChangeableDataset:
    """Return a dataset of the store as one that can be changed; see `open_changeable`. Raises StorageError, PlanError, RequestError."""
    schema, plan = store.load_schema(schema_name, dataset), store.load_plan(schema_name, dataset)
    request = store.load_request(schema_name, dataset).within(budget)
    log = VersionLog(store.dataset_directory(schema_name, dataset))

    def rewrite(plan: Plan, affected: frozenset[str], on_progress: OnTableProgress | None) -> Rewritten:  # noqa: ARG001 - records tell
        store.save_plan(schema_name, dataset, plan, replace=True)
        return rewrite_stored(store, schema, plan, dataset, request, lambda: open_writer(schema, plan, request, dataset), on_progress)

    return ChangeableDataset(log.folder.parent, dataset, schema, plan, request, log, rewrite)


def make_change(dataset: ChangeableDataset, change: ProposedChange, on_progress: OnTableProgress | None = None) -> ChangedDataset:
    """Store the version that a change makes, and make the rows that it reaches.

    Raises:
        GenerationError: The rows cannot be made; a folder is as it was.
        StorageError: Something cannot be written, or somebody else changed the dataset meanwhile.
    """
    version = record_change(dataset.log, change)
    written = dataset.rewrite(change.after, change.diff.affected, on_progress)
    dataset.log.set_current(version.number)
    return ChangedDataset(version, change.diff, written.tables, written.stale)


def propose_return(dataset: ChangeableDataset, number: int | None) -> tuple[PlanVersion, PlanDiff]:
    """Return the version to go back to (the one before, without a number), and what that would change. Raises PlanError, StorageError."""
    version = version_to_return_to(dataset.log, dataset.plan, number)
    return version, diff_plans(dataset.plan, version.plan)


def return_to(
    dataset: ChangeableDataset, version: PlanVersion, diff: PlanDiff, on_progress: OnTableProgress | None = None
) -> ChangedDataset:
    """Make a dataset what it was at a version: the same bytes. Raises GenerationError, StorageError."""
    written = dataset.rewrite(version.plan, diff.affected, on_progress)
    dataset.log.set_current(version.number)
    return ChangedDataset(version, diff, written.tables, written.stale)


def history_of(dataset: ChangeableDataset) -> tuple[tuple[PlanVersion, ...], PlanVersion]:
    """Return all versions, oldest first, and the one that holds; a dataset that was never changed has one, its first."""
    versions = dataset.log.list_versions()
    current = base_version(dataset.log, dataset.plan, versions)
    return (versions if current in versions else (*versions, current)), current
