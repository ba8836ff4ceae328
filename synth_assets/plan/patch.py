"""What someone wants changed of a dataset that is there: a patch of its plan, table by table and column by column.

A patch is merged into the plan that holds now, never into what the rules would write today, so that nothing changes that it
does not name. It is judged exactly as a plan a person wrote: all that stands against it is told at once.
"""

from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synth_assets.errors import Diagnostic, PlanError, closest_name
from synth_assets.plan.bounded_yaml import MAX_PROBLEMS, BadYamlError, parse_yaml
from synth_assets.plan.encoding import encode_as_json
from synth_assets.plan.model import Attachment, ColumnPlan, Earlier, Plan, TablePlan
from synth_assets.plan.overrides import apply_overrides
from synth_assets.plan.request import MAX_ROWS, ColumnOverride, DatasetRequest, TableOverride, short_form
from synth_assets.plan.strategies import ForeignKeyValue
from synth_assets.plan.validation import validate_plan
from synth_assets.schema.model import Schema, Table

MAX_PATCH_BYTES = 1_000_000
_LONGEST_REASON = 500
_LONGEST_WORDS = 120
"""Of what was said, in the reason of each column; the version keeps all of it."""


class ColumnPatch(ColumnOverride):
    """What becomes of one column; None leaves what is there. `reason` is one sentence."""

    reason: str = Field(default="", max_length=2_000)

    @property
    def changes(self) -> bool:
        return not (self.strategy is None and self.null_fraction is None and self.unique is None)


class TablePatch(BaseModel):
    """What becomes of one table: its rows, and some of its columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int | None = Field(default=None, ge=0, le=MAX_ROWS)
    columns: dict[str, ColumnPatch] = {}

    @property
    def changes(self) -> bool:
        return self.rows is not None or any(c.changes for c in self.columns.values())


class PlanPatch(BaseModel):
    """What becomes of a dataset.

    Attributes:
        reason: Why, in a sentence; said of every column without a reason of its own.
        tables: By table key; letter case does not matter, nor that of columns.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(default="", max_length=2_000)
    tables: dict[str, TablePatch] = {}

    @property
    def changes(self) -> bool:
        return any(t.changes for t in self.tables.values())


def read_patch(text: str, source: str) -> PlanPatch:
    """Parse a patch from YAML (or JSON) text. Raises PlanError with every problem found.

    Args:
        text: The document: `tables: {members: {columns: {kind: {strategy: {...}, reason: ...}}}}`.
        source: What to call it in diagnostics, usually a file name.
    """
    hint = "write `tables: {table: {rows: 100, columns: {column: {null_fraction: 0.1}}}}`"
    if len(text.encode(errors="surrogatepass")) > MAX_PATCH_BYTES:
        raise PlanError("the patch is too large", [_problem("PLAN505", source, "is larger than 1 MB")])
    try:
        document, _ = parse_yaml(text)
    except BadYamlError as error:
        where = f"{source}{error.place}"
        raise PlanError("the patch is not YAML", [_problem("PLAN505", where, error.problem, error.found, error.hint or hint)]) from None
    if not isinstance(document, dict):
        raise PlanError("bad patch", [_problem("PLAN505", source, "is not a mapping", short_form(document), hint)])
    try:
        return PlanPatch.model_validate(document)
    except ValidationError as error:
        problems = [
            _problem(
                "PLAN505",
                f"{source}: {'.'.join(map(str, e['loc']))}",
                e["msg"][:1].lower() + e["msg"][1:],
                short_form(e.get("input")),
                hint if e["type"] == "extra_forbidden" else "",
            )
            for e in error.errors()[:MAX_PROBLEMS]
        ]
        raise PlanError("bad patch", problems) from None


def dump_patch(patch: PlanPatch) -> str:
    """Return a patch as YAML that `read_patch` takes back."""
    return yaml.safe_dump(patch_document(patch), sort_keys=False, allow_unicode=True, width=120)


def patch_document(patch: PlanPatch) -> dict[str, Any]:
    """Return a patch as plain values, defaults left out."""
    document: dict[str, Any] = encode_as_json(patch)
    return document


def apply_patch(schema: Schema, plan: Plan, patch: PlanPatch, words: str = "") -> Plan:
    """Return the plan with the patch in it, validated; touched columns say who asked for them, and in which words.

    Args:
        schema: The schema the plan was made for.
        plan: What holds now; left as it is.
        patch: What becomes of it.
        words: What a person said, where the patch was made of that.

    Raises:
        PlanError: It names what is not there (PLAN501 to PLAN503), changes nothing (PLAN504), or gives a plan that
            cannot be met; every reason is listed.
    """
    problems = find_unknown_names(schema, patch)
    if problems:
        raise PlanError("the patch names what cannot be changed", problems)
    if not patch.changes:
        hint = "give a table `rows`, or a column a strategy or a null_fraction"
        raise PlanError("nothing to change", [_problem("PLAN504", "patch", "the patch changes nothing", hint=hint)])
    changed = _merge(schema, plan, patch, words)
    diagnostics = validate_plan(schema, changed)
    if any(d.is_error for d in diagnostics):
        raise PlanError("the change cannot be made", diagnostics)
    return changed


def find_unknown_names(schema: Schema, patch: PlanPatch) -> list[Diagnostic]:
    """Return a diagnostic for every table and column of a patch that is not there, or that the database computes."""
    tables = {t.key.casefold(): t for t in schema.tables}
    problems = []
    for name, change in patch.tables.items():
        table = tables.get(name.casefold())
        if table is None:
            hint = closest_name(name, [t.key for t in schema.tables]) or f"tables: {', '.join(t.key for t in schema.tables[:8])}"
            problems.append(_problem("PLAN501", f"patch: {name}", "the dataset has no such table", name, hint))
        else:
            problems += [p for column in change.columns if (p := _column_problem(table, column))]
    return problems


def _column_problem(table: Table, name: str) -> Diagnostic | None:
    column = next((c for c in table.columns if c.name.casefold() == name.casefold()), None)
    where = f"patch: {table.key}.{name}"
    if column is None:
        hint = closest_name(name, table.columns_by_name) or f"columns: {', '.join(list(table.columns_by_name)[:12])}"
        return _problem("PLAN502", where, f"table '{table.key}' has no such column", name, hint)
    if column.generated is not None:
        return _problem("PLAN503", where, "the database computes this column itself", name, "change the columns it is computed from")
    return None


def _merge(schema: Schema, plan: Plan, patch: PlanPatch, words: str) -> Plan:
    wanted = {name.casefold(): change for name, change in patch.tables.items()}
    eased = plan.model_copy(update={"tables": tuple(_null_parents(t, wanted.get(t.table.casefold())) for t in plan.tables)})
    merged = apply_overrides(eased, schema, DatasetRequest(overrides={name: _as_override(t) for name, t in patch.tables.items()}))
    tables = tuple(_signed(t, wanted.get(t.table.casefold()), patch.reason, words) for t in merged.tables)
    return merged.model_copy(update={"tables": tables})


def _as_override(change: TablePatch) -> TableOverride:
    columns = {name: ColumnOverride(**{f: getattr(c, f) for f in ColumnOverride.model_fields}) for name, c in change.columns.items()}
    return TableOverride(rows=change.rows, columns={n: o for n, o in columns.items() if change.columns[n].changes})


def _null_parents(table: TablePlan, change: TablePatch | None) -> TablePlan:
    """A share of NULLs asked of a foreign key is a share of rows without a parent: what follows from the parent knows it then."""
    if change is None:
        return table
    asked = {c.column: share for c in table.columns if (share := _share_of_orphans(table, c, _change_of(change, c))) is not None}
    relations = (r.model_copy(update={"null_fraction": asked.get(r.name, r.null_fraction)}) for r in table.relations)
    return table.model_copy(update={"relations": tuple(relations)})


def _change_of(change: TablePatch, column: ColumnPlan) -> ColumnPatch | None:
    return next((c for name, c in change.columns.items() if name.casefold() == column.column.casefold() and c.changes), None)


def _share_of_orphans(table: TablePlan, column: ColumnPlan, change: ColumnPatch | None) -> float | None:
    """Return the share of rows that shall have no parent, where that is what a change of a foreign key's NULLs means."""
    relation = table.relations_by_name.get(column.column)
    of_key = relation is not None and isinstance(relation.fan_out, Attachment | Earlier) and isinstance(column.strategy, ForeignKeyValue)
    return change.null_fraction if of_key and change is not None and change.strategy is None else None


def _signed(table: TablePlan, change: TablePatch | None, reason: str, words: str) -> TablePlan:
    """Say of every column the patch touched who asked for it; a row count that was asked for is no longer lowered."""
    if change is None:
        return table
    changes = [(c, _change_of(change, c)) for c in table.columns]
    columns = tuple(c if own is None else _sign(table, c, own, own.reason or reason, words) for c, own in changes)
    lowered = table.lowered if change.rows is None else None
    return table.model_copy(update={"columns": columns, "lowered": lowered})


def _sign(table: TablePlan, column: ColumnPlan, change: ColumnPatch, reason: str, words: str) -> ColumnPlan:
    said = words if len(words) <= _LONGEST_WORDS else f"{words[: _LONGEST_WORDS - 1]}…"
    why = ": ".join(filter(None, (f"“{said}”" if said else "", reason))) or "asked for in a patch"
    update: dict[str, object] = {"origin": "feedback", "reason": why if len(why) <= _LONGEST_REASON else f"{why[: _LONGEST_REASON - 1]}…"}
    if _share_of_orphans(table, column, change) is not None:
        update["null_fraction"] = 0.0
    return column.model_copy(update=update)


def _problem(code: str, where: str, message: str, found: str = "", hint: str = "") -> Diagnostic:
    return Diagnostic(code=code, where=where, message=message, found=found, hint=hint)
