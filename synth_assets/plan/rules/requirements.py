"""What must exist beside a parent, so that a later pick which has to agree with it is never without a row.

A `Matching` whose columns may not be NULL needs a member in every group it can be asked for. The group is decided by
another relation of the row, its root: that one picks only parents for which there is a member. Where the root cannot (its
rows lie in runs), the parent's own relation that decides the value does.
"""

from dataclasses import dataclass

from synth_assets.plan.combinations import COUNTS_SIBLINGS
from synth_assets.plan.matching import is_certain, requirements_of, tells_apart
from synth_assets.plan.model import Attachment, Condition, Layout, Matching, Relation, Requirement, Stride
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.relations import attachment, ratio
from synth_assets.plan.strategies import ForeignKeyValue, Reference

_MOST_STEPS = 6
"""How far up a value is followed to a relation that can wait for it."""


@dataclass(frozen=True)
class Holder:
    """A relation that a requirement may be laid upon, and what the required values are, seen from its parent row."""

    draft: TableDraft
    relation: Relation
    values: tuple[Reference, ...]


def require_matches(draft: TableDraft) -> None:
    """Let a parent be picked only where every other key of the row that must agree with it will find its row."""
    for relation in tuple(draft.relations.values()):
        if isinstance(relation.fan_out, Matching) and must_find(draft, relation) and not _is_required(draft, relation):
            holder = find_holder(draft, relation.fan_out.conditions)
            if holder is not None:
                lay_upon(holder, draft, relation)


def _is_required(draft: TableDraft, relation: Relation) -> bool:
    required = (r for other in draft.drafts.values() for _, r in requirements_of(other.relations.values()))
    return any((r.table, r.relation) == (draft.table.key, relation.name) for r in required)


def must_find(draft: TableDraft, relation: Relation) -> bool:
    """Tell whether every row needs a parent in a matching relation that it may not find: what it gives may not be NULL instead."""
    matching = relation.fan_out
    counts = draft.setting.row_counts
    if not isinstance(matching, Matching) or matching.earlier or not matching.conditions:
        return False
    if (
        draft.row_count == 0
        or counts[relation.parent_table] == 0
        or is_certain(draft.table.key, relation, draft.relations_of, draft.plan_of)
    ):
        return False
    return not any(draft.table.column(c).nullable for c in given_by(draft, relation))


def given_by(draft: TableDraft, relation: Relation) -> tuple[str, ...]:
    """Return the columns that have their value from a relation."""
    return tuple(c for c in relation.columns if (found := draft.relation_of(c)) is not None and found.name == relation.name)


def find_holder(draft: TableDraft, conditions: tuple[Condition, ...]) -> Holder | None:
    """Return the relation that decides the values of all conditions and can wait for them; None when there is none."""
    roots = [root_of(draft, c.value) for c in conditions]
    if any(r is None for r in roots) or len({r[0] for r in roots if r}) != 1:
        return None
    name = next(r[0] for r in roots if r)
    values = tuple(r[1] for r in roots if r)
    holder: Holder | None = Holder(draft, draft.relations[name], values)
    for _ in range(_MOST_STEPS):
        if holder is None or can_wait(holder.draft, holder.relation):
            return holder
        holder = _one_up(holder)
    return None


def root_of(draft: TableDraft, value: Reference) -> tuple[str, Reference] | None:
    """Return the relation of the row whose pick decides a value, and the value as seen from its parent row."""
    if value.relation is not None:
        name, *further = value.relation.split("/")
        found = Reference(column=value.column, relation="/".join(further) or None)
    else:
        strategy = draft.columns[value.column].strategy
        if not isinstance(strategy, ForeignKeyValue):
            return None
        name, found = strategy.relation, Reference(column=strategy.parent_column)
    relation = draft.relations.get(name)
    if relation is None:
        return None
    if isinstance(relation.fan_out, Matching) and (through := _same_row(draft, relation, relation.fan_out)) is not None:
        root, path = through
        return root, Reference(column=found.column, relation="/".join(filter(None, (path, found.relation))) or None)
    return name, found


def _same_row(draft: TableDraft, relation: Relation, matching: Matching) -> tuple[str, str] | None:
    """Return (root, path) where a matching relation leaves no choice: the row its root's parent already leads to.

    So it is where the condition compares a key of the parent with a value that the root's row has from that same key.
    """
    if len(matching.conditions) != 1:
        return None
    condition = matching.conditions[0]
    parent = draft.setting.schema.table(relation.parent_table)
    root = root_of(draft, condition.value) if (condition.parent_column,) in parent.unique_keys else None
    if root is None:
        return None
    name, value = root
    holder = drafts_along(draft, (name, *(value.relation.split("/") if value.relation else ())))
    if holder is None:
        return None
    if holder.table.key == relation.parent_table and value.column == condition.parent_column:
        return name, value.relation or ""
    giver, strategy = holder.relation_of(value.column), holder.columns[value.column].strategy if value.column in holder.columns else None
    leads = giver is not None and giver.parent_table == relation.parent_table and isinstance(strategy, ForeignKeyValue)
    if leads and giver is not None and isinstance(strategy, ForeignKeyValue) and strategy.parent_column == condition.parent_column:
        return name, "/".join(filter(None, (value.relation, giver.name)))
    return None


def drafts_along(draft: TableDraft, relations: tuple[str, ...]) -> TableDraft | None:
    """Return the draft of the table that some relations lead to, one after the other; None where one is missing."""
    for name in relations:
        relation = draft.relations.get(name)
        if relation is None or relation.parent_table not in draft.drafts:
            return None
        draft = draft.drafts[relation.parent_table]
    return draft


def can_wait(draft: TableDraft, relation: Relation) -> bool:
    """Tell whether a relation's pick may be narrowed: no key and no count within its parent depends on where rows lie."""
    if relation.differs_from is not None:
        return False
    match relation.fan_out:
        case Attachment():
            return True
        case Matching(earlier=earlier, once=once) as matching:
            return not earlier and not once and not _leaves_no_choice(draft, relation, matching)
        case Layout():
            counted = {p.strategy.relation for p in draft.columns.values() if isinstance(p.strategy, COUNTS_SIBLINGS)}
            owners = {r.fan_out.owner for r in draft.relations.values() if isinstance(r.fan_out, Stride)}
            owners |= {r.fan_out.distinct_within or "" for r in draft.relations.values() if isinstance(r.fan_out, Matching)}
            return relation.name not in counted | owners
        case _:
            return False


def _one_up(holder: Holder) -> Holder | None:
    """Return the relation of the parent's own that decides the values, with the values as seen from there."""
    parent = holder.draft.drafts.get(holder.relation.parent_table)
    if parent is None:
        return None
    roots = [root_of(parent, value) if value.relation or value.column in parent.columns else None for value in holder.values]
    if any(r is None for r in roots) or len({r[0] for r in roots if r}) != 1:
        return None
    name = next(r[0] for r in roots if r)
    return Holder(parent, parent.relations[name], tuple(r[1] for r in roots if r))


def lay_upon(holder: Holder, draft: TableDraft, relation: Relation, at_least: int = 1) -> None:
    """Write the requirement that `relation` of `draft` finds a row into the holder's fan-out."""
    rows, own_rows = ratio(draft.row_count, holder.draft.row_count)
    requirement = Requirement(
        table=draft.table.key, relation=relation.name, values=holder.values, at_least=at_least, rows=rows, own_rows=own_rows
    )
    current = holder.draft.relations[holder.relation.name]
    fan_out = narrowed(holder.draft, current)
    same = (requirement.table, requirement.relation)
    kept = tuple(r for r in fan_out.requires if (r.table, r.relation) != same)
    fan_out = fan_out.model_copy(update={"requires": (*kept, requirement)})
    remark = f"; one that {relation.parent_table} has rows for"
    reason = current.reason if remark in current.reason else current.reason + remark
    holder.draft.relations[current.name] = current.model_copy(update={"fan_out": fan_out, "reason": reason})


def narrowed(draft: TableDraft, relation: Relation) -> Matching:
    """Return a relation's fan-out as one that can be narrowed: the same window over parents."""
    if isinstance(relation.fan_out, Matching):
        return relation.fan_out
    current = relation.fan_out
    window = current if isinstance(current, Attachment) else attachment(draft.row_count, draft.setting.row_counts[relation.parent_table])
    return Matching(parents=window.parents, children=window.children, floor=window.floor)


def take_once(draft: TableDraft, inside: list[Relation]) -> bool:
    """Let each parent be taken once, where all rows look for it among the same ones: subtypes of one type."""
    for relation in inside:
        matching = relation.fan_out
        if isinstance(matching, Matching) and matching.conditions and given_by(draft, relation):
            alike = all(c.value.relation is None and draft.relation_of(c.value.column) is None for c in matching.conditions)
            if alike and not matching.earlier:
                waits = draft.nulls_exempt(relation.columns) and any(draft.table.column(c).nullable for c in given_by(draft, relation))
                fan_out = matching.model_copy(update={"once": True, "waits": waits, "floor": 1})
                draft.relations[relation.name] = relation.model_copy(update={"fan_out": fan_out, "null_fraction": 0.0})
                return True
    return False


def pair_up(draft: TableDraft, key: tuple[str, ...], inside: list[Relation]) -> bool:
    """Let the rows of one parent take different parents in a matching relation, so that the two together are unique."""
    for relation in sorted(draft.relations.values(), key=lambda r: draft.setting.row_counts[r.parent_table], reverse=True):
        matching = relation.fan_out
        if not isinstance(matching, Matching) or matching.earlier or not set(given_by(draft, relation)) & set(key):
            continue
        if not tells_apart(relation, matching, key, draft.setting.schema):
            continue
        roots = {root[0] if (root := root_of(draft, c.value)) else None for c in matching.conditions}
        owner = next((r for r in inside if {r.name} == roots), None)
        if owner is None or not can_wait(draft, owner) or _leaves_no_choice(draft, relation, matching):
            continue
        narrow = owner.model_copy(update={"fan_out": narrowed(draft, owner), "null_fraction": 0.0})
        reason = f"{relation.reason}; no two alike for one {owner.parent_table}, so the pair is unique"
        differing = matching.model_copy(update={"distinct_within": owner.name})
        draft.relations[owner.name] = narrow
        draft.relations[relation.name] = relation.model_copy(update={"fan_out": differing, "null_fraction": 0.0, "reason": reason})
        return True
    return False


def _leaves_no_choice(draft: TableDraft, relation: Relation, matching: Matching) -> bool:
    compared = {c.parent_column for c in matching.conditions}
    return any(set(unique) <= compared for unique in draft.setting.schema.table(relation.parent_table).unique_keys)
