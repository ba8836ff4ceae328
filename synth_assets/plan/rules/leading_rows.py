"""A condition that one row of each parent may meet: the first one does, and no other. `WHERE is_default`, `WHERE status = 'open'`."""

from collections.abc import Callable

from synth_assets.plan.model import Attachment, Layout, Relation
from synth_assets.plan.rules.check_domains import literal_text
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.relations import layout
from synth_assets.plan.strategies import Categorical, Leading
from synth_assets.schema.expressions import ColumnRef, Comparison, Expression, InList, Not
from synth_assets.schema.model import UniqueConstraint


def lead(draft: TableDraft, constraint: UniqueConstraint, atom: Expression, *, wanted: bool) -> Callable[[], None] | None:
    """Return how to let only the first row of each parent meet a condition; None where the condition is no list of values.

    `wanted` takes conditions that few rows meet as they are (a flag that is set, a value of a list); without it, flags that are off.
    """
    split = _flag(draft, atom, wanted=wanted) or (_listed(draft, atom) if wanted else None)
    owner = _owner(draft, constraint)
    if split is None or not draft.is_free(split[0]) or (owner is None and not _is_global(draft, constraint)):
        return None
    name, leading = split
    return lambda: _write(draft, name, leading.model_copy(update={"relation": owner.name if owner else None}), owner)


def _flag(draft: TableDraft, atom: Expression, *, wanted: bool) -> tuple[str, Leading] | None:
    found = true_column(atom)
    if found is None or found[1] != wanted or draft.table.column(found[0]).type.kind != "boolean":
        return None
    first, other = ("true", "false") if found[1] else ("false", "true")
    return found[0], Leading(first=(first,), values=(other,))


def _listed(draft: TableDraft, atom: Expression) -> tuple[str, Leading] | None:
    """Split a column's values into those that a condition lists and all others, which keep their weights."""
    match atom:
        case Comparison(operator="=", left=ColumnRef(name=name), right=right):
            listed = {literal_text(right)}
        case InList(operand=ColumnRef(name=name), options=options, negated=False):
            listed = {literal_text(o) for o in options}
        case _:
            return None
    current = draft.columns[name].strategy if name in draft.columns else None
    if not isinstance(current, Categorical):
        return None
    kept = [i for i, v in enumerate(current.values) if v not in listed]
    first = tuple(v for v in current.values if v in listed)
    weights = tuple(current.weights[i] for i in kept) if current.weights else None
    if not kept or not first:
        return None
    return name, Leading(first=first, values=tuple(current.values[i] for i in kept), weights=weights if weights and sum(weights) else None)


def true_column(atom: Expression) -> tuple[str, bool] | None:
    """Return (column, value) of a condition on a boolean column by itself."""
    match atom:
        case ColumnRef(name=name):
            return name, True
        case Not(operand=ColumnRef(name=name)):
            return name, False
        case Comparison(operator="=", left=ColumnRef(name=name), right=right) if literal_text(right) in ("true", "false"):
            return name, literal_text(right) == "true"
        case _:
            return None


def _owner(draft: TableDraft, constraint: UniqueConstraint) -> Relation | None:
    """Return a relation whose parents the index's columns tell apart: one that is laid out in runs first."""
    found = [r for r in draft.relations.values() if set(r.columns) <= set(constraint.columns) and r.parent_table != draft.table.key]
    free = [r for r in found if isinstance(r.fan_out, Layout | Attachment) and draft.setting.row_counts[r.parent_table]]
    return min(free, key=lambda r: (not isinstance(r.fan_out, Layout), r.name), default=None)


def _is_global(draft: TableDraft, constraint: UniqueConstraint) -> bool:
    """Tell whether the index has no key to a parent: then one row of the whole table may meet its condition."""
    return not any(set(r.columns) & set(constraint.columns) for r in draft.relations.values())


def _write(draft: TableDraft, name: str, strategy: Leading, owner: Relation | None) -> None:
    whose = f"of each {owner.parent_table}" if owner else "of the table"
    because = f"{draft.columns[name].reason}; {' or '.join(strategy.first)} once {whose}, as a unique index demands"
    if owner is not None and not isinstance(owner.fan_out, Layout):
        fan_out = layout(draft.row_count, draft.setting.row_counts[owner.parent_table])
        reason = f"rows of one {owner.parent_table} lie together"
        draft.relations[owner.name] = owner.model_copy(update={"fan_out": fan_out, "reason": reason})
    draft.change(name, strategy=strategy, origin="ddl", because=because)
