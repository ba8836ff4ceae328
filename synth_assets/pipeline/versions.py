"""A change of a dataset before it is made: proposed, judged, tried on its first rows; and the versions it adds to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from synth_assets.errors import Diagnostic, PlanError
from synth_assets.llm.report import AssetAiReport
from synth_assets.pipeline.create import generator_of
from synth_assets.pipeline.plan import accept_plan
from synth_assets.plan.differences import ColumnChange, PlanDiff, diff_plans
from synth_assets.plan.fingerprint import fingerprint_plan
from synth_assets.plan.model import Plan
from synth_assets.plan.patch import PlanPatch, apply_patch
from synth_assets.plan.strategies import Categorical, Number, Temporal
from synth_assets.reports.summaries import ColumnSummary, summarize_column
from synth_assets.schema.model import Schema
from synth_assets.storage.versions import PlanVersion, VersionLog

PREVIEW_ROWS = 2_000
"""Rows of a table by which a change is shown before it is made: the first ones."""
_EXPECTED_ROWS = 10
"""A value that should be in this many rows, by its share, and is in none is not there by chance."""


@dataclass(frozen=True)
class ProposedChange:
    """A change that could be made; nothing is stored yet.

    Attributes:
        before, after: The plans; `diff` says what differs.
        patch: What makes one of the other. words, table: What was said, and of which table (empty: of the dataset).
        notes: What was asked for and is not in the patch, in sentences.
        diagnostics: Warnings about the new plan that the old one had not.
        report: What Gemini did for it; None where a person wrote the patch.
    """

    before: Plan
    after: Plan
    diff: PlanDiff
    patch: PlanPatch
    words: str = ""
    table: str = ""
    notes: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    report: AssetAiReport | None = None


@dataclass(frozen=True)
class ChangedColumn:
    """One column before and after: its plan in words, its first rows summarised, and the rows themselves (pyarrow arrays)."""

    change: ColumnChange
    before: ColumnSummary
    after: ColumnSummary
    rows_before: Any
    rows_after: Any


def propose_change(
    schema: Schema, plan: Plan, patch: PlanPatch, *, words: str = "", table: str = "", notes: tuple[str, ...] = ()
) -> ProposedChange:
    """Return what a patch would make of a plan. Raises PlanError, with every reason, for one that cannot be made or changes nothing."""
    after = apply_patch(schema, plan, patch, words)
    diff = diff_plans(plan, after)
    if not diff.tables:
        problem = Diagnostic(code="PLAN504", where="patch", message="the dataset is so already", hint="nothing needs to be done")
        raise PlanError("nothing to change", [problem])
    known = set(accept_plan(schema, plan).diagnostics)
    fresh = tuple(d for d in accept_plan(schema, after).diagnostics if d not in known)
    return ProposedChange(plan, after, diff, patch, words, table, notes, fresh)


def preview_change(schema: Schema, before: Plan, after: Plan, diff: PlanDiff, rows: int = PREVIEW_ROWS) -> tuple[ChangedColumn, ...]:
    """Return the touched columns of the first rows, made by both plans.

    Raises:
        GenerationError: The new plan cannot be met; so it is found out before anything is stored.
    """
    shown = []
    for table in diff.tables:
        names = [c.column for c in table.columns]
        if not names:
            continue
        old = generator_of(schema, before).generate_columns(table.table, names, 0, min(rows, table.rows_before))
        new = generator_of(schema, after).generate_columns(table.table, names, 0, min(rows, table.rows_after))
        for change in table.columns:
            columns = old.column(change.column), new.column(change.column)
            shown.append(ChangedColumn(change, summarize_column(columns[0]), summarize_column(columns[1]), *columns))
    return tuple(shown)


def unmet_wishes(previews: Iterable[ChangedColumn], after: Plan) -> tuple[str, ...]:
    """Return in sentences what a change asks for and its first rows do not hold: CHECKs and other rows have the last word."""
    found = []
    for preview in previews:
        name = f"{preview.change.table}.{preview.change.column}"
        strategy, present = after.table(preview.change.table).column(preview.change.column).strategy, preview.rows_after.drop_null()
        match strategy:
            case Categorical(values=values, weights=weights):
                held = set(present.unique().cast("string").to_pylist())
                shares = weights or (1.0,) * len(values)
                missing = [
                    v for v, w in zip(values, shares, strict=True) if v not in held and w / sum(shares) * len(present) >= _EXPECTED_ROWS
                ]
                found += [f"{name}: none of the first rows holds {', '.join(map(repr, missing))}; a CHECK may forbid it"] if missing else []
            case Temporal(low=low, high=high) | Number(low=low, high=high) if len(present):
                least, greatest = _ends(present)
                if least < low or greatest > high:
                    found.append(f"{name}: some of the first rows are outside {low} to {high}: {least} to {greatest}")
    return tuple(found)


def _ends(values: Any) -> tuple[Any, Any]:
    """Return least and greatest of numbers as Decimal, of dates and moments as date."""
    import pyarrow.compute as pc

    ends = (pc.min(values).as_py(), pc.max(values).as_py())
    least, greatest = (e.date() if isinstance(e, datetime) else e if isinstance(e, date) else Decimal(str(e)) for e in ends)
    return least, greatest


def record_change(log: VersionLog, change: ProposedChange, run: str = "") -> PlanVersion:
    """Write the version that a change makes, and the one it is based on where that was never written; neither holds by this yet.

    The same change of the same version is the version it made before.

    Raises:
        StorageError: It cannot be written, or somebody else changed the dataset meanwhile.
    """
    versions = log.list_versions()
    base = base_version(log, change.before, versions)
    if base.number > len(versions) or base not in versions:
        base = log.add(base)
    made = fingerprint_plan(change.after)
    asked = (base.number, change.words, change.table, change.patch)
    for version in versions:
        if (version.based_on, version.words, version.table, version.patch) == asked and fingerprint_plan(version.plan) == made:
            return version
    number = max((base.number, *(v.number for v in versions))) + 1
    by = "words" if change.words else "patch"
    said = {"words": change.words, "table": change.table, "notes": change.notes, "run": run}
    return log.add(PlanVersion(number=number, based_on=base.number, by=by, patch=change.patch, plan=change.after, **said))


def base_version(log: VersionLog, plan: Plan, versions: tuple[PlanVersion, ...]) -> PlanVersion:
    """Return the version that holds, or, for a plan no version has, the one to be written for it."""
    current = log.current(plan, versions)
    if current is not None:
        return current
    last = max((v.number for v in versions), default=0)
    return PlanVersion(number=last + 1, by="found" if versions else "request", plan=plan)


def version_to_return_to(log: VersionLog, plan: Plan, number: int | None) -> PlanVersion:
    """Return the version of that number, or the one that the current version is based on.

    Raises:
        PlanError: There is none, or it belongs to another schema.
        StorageError: A version cannot be read.
    """
    versions = log.list_versions()
    current = base_version(log, plan, versions)
    wanted = current.based_on if number is None else number
    found = next((v for v in (*versions, current) if v.number == wanted), None)
    if found is None:
        known = ", ".join(str(v.number) for v in versions) or "none: the dataset was never changed"
        message = "there is no such version" if number is not None else "there is no version before this one"
        problem = Diagnostic(code="PLAN506", where="versions", message=message, found=str(number or ""), hint=f"versions: {known}")
        raise PlanError("nowhere to go back to", [problem])
    if found.plan.schema_fingerprint != plan.schema_fingerprint:
        message = "the version belongs to another schema: the dataset was made anew since"
        raise PlanError("nowhere to go back to", [Diagnostic(code="PLAN507", where="versions", message=message, found=str(found.number))])
    return found


def record_of(versions: tuple[PlanVersion, ...], current: int) -> dict[str, Any]:
    """Return what became of a dataset as plain values without plans: enough to make the versions again from the first plan."""
    return {"current": current, "versions": [v.model_dump(mode="json", exclude={"plan"}) for v in versions]}


def restore_versions(log: VersionLog, schema: Schema, plan: Plan, record: Any) -> Plan:
    """Make the versions of a dataset again whose plan was lost, and return the plan that held.

    Args:
        log: Where they go; where the versions themselves were not lost, they count.
        plan: The first plan, made anew of its request.
        record: What `record_of` gave; None for a dataset that was never changed.

    Raises:
        PlanError: The version that held cannot be made again, because a person had edited a plan before it.
    """
    versions, named = log.list_versions(), log.named()
    if versions:
        return next((v.plan for v in versions if v.number == named), plan)
    if not record:
        return plan
    plans: dict[int, Plan] = {}
    for entry in record["versions"]:
        said = PlanVersion.model_validate({**entry, "plan": plan})
        if said.patch is not None and said.based_on in plans:
            plans[said.number] = apply_patch(schema, plans[said.based_on], said.patch, said.words)
        elif said.by == "request":
            plans[said.number] = plan
        if said.number in plans:
            log.add(said.model_copy(update={"plan": plans[said.number]}))
    held = record["current"]
    if held not in plans:
        hint, message = "make another dataset of the same request", "the version that held followed a plan that was edited by hand"
        problem = Diagnostic(code="PLAN506", where="versions", message=message, found=str(held), hint=hint)
        raise PlanError("the dataset cannot be made again", [problem])
    log.set_current(held)
    return plans[held]
