"""Keys that no constraint ties and that life does: the product of an order's item is sold by the order's company.

A *scope* of a table is another table it belongs to as a whole: a company, a tenant, a customer, a thread. Where a row leads
to one scope over two keys, both ways must end at the same row. People who act (users, authors) and lists of words
(statuses, languages) are no scopes: that a post's author comments on it, or in its language, is chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from synth_assets.plan.cells import read_by_pick
from synth_assets.plan.model import Attachment, Condition, Earlier, Layout, Matching, Relation, Stride
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import table_words, words_of
from synth_assets.plan.rules.relations import layout, matching
from synth_assets.plan.rules.requirements import Holder, find_holder, given_by, lay_upon
from synth_assets.plan.strategies import ForeignKeyValue, Reference

_ACTORS = frozenset({
    "user", "author", "creator", "editor", "owner", "person", "people", "member", "employee", "staff", "worker", "agent",
    "operator", "admin", "administrator", "moderator", "follower", "friend", "sender", "recipient", "manager", "profile",
    "player", "actor", "contact", "login", "identity"
})  # fmt: skip
_LISTS = frozenset({
    "status", "type", "kind", "category", "level", "language", "locale", "currency", "country", "state", "province", "city",
    "region", "role", "priority", "unit", "color", "colour", "size", "tag", "genre", "gender", "title", "reason", "method",
    "format", "option", "setting", "media", "file", "image", "address", "date", "time", "calendar"
})  # fmt: skip
_FEWEST = 2
"""Rows of a parent that siblings which must differ need at least, for a diamond to be closed over them."""


@dataclass(frozen=True)
class Scope:
    """A column of a table that says which row of `table` its rows belong to."""

    column: str
    relation: Relation
    table: str
    key: str

    @property
    def role(self) -> tuple[str, str, tuple[str, ...]]:
        """What two scopes have in common when they mean the same row: table, key and the words of the column."""
        return self.table, self.key, words_of(self.column)


def scopes_of(draft: TableDraft) -> tuple[Scope, ...]:
    """Return the scopes of a table: keys of one column, never NULL, called after the table they refer to."""
    return tuple(_scopes(draft))


def _scopes(draft: TableDraft) -> Iterator[Scope]:
    for relation in draft.relations.values():
        parent = draft.setting.schema.tables_by_key.get(relation.parent_table)
        given = given_by(draft, relation)
        if parent is None or parent.key == draft.table.key or len(given) != 1 or not table_words(parent):
            continue
        if relation.null_fraction or draft.table.column(given[0]).nullable:
            continue
        words, noun = words_of(given[0]), table_words(parent)
        strategy = draft.columns[given[0]].strategy
        named_after = words[-1:] in (("id",), ("code",), ("key",), ("number",)) and words[: len(words) - 1] in (noun, noun[-1:])
        if isinstance(strategy, ForeignKeyValue) and (named_after or words == noun) and not {noun[-1], *words} & (_ACTORS | _LISTS):
            yield Scope(given[0], relation, parent.key, strategy.parent_column)


def managers_share_scope(draft: TableDraft) -> None:
    """A row and the row of its own table that it refers to belong together: a manager works in the same company."""
    own = scopes_of(draft)
    for relation in tuple(draft.relations.values()):
        if own and isinstance(relation.fan_out, Earlier) and own[0].relation.name != relation.name:
            scope = own[0]
            condition = Condition(parent_column=scope.column, value=Reference(column=scope.column))
            fan_out = matching(draft.row_count, draft.row_count, (condition,), earlier=True)
            reason = f"refers to its own table: an earlier row of the same {scope.column}"
            _tie(draft, relation.model_copy(update={"fan_out": fan_out, "reason": reason}))


def _tie(draft: TableDraft, *changed: Relation, holder: Holder | None = None, at_least: int = 1) -> None:
    """Write relations, the last of which must find a row if there is a holder; put all back if a key then waits for itself."""
    before = {key: dict(other.relations) for key, other in draft.drafts.items()}
    for relation in changed:
        draft.relations[relation.name] = relation
    if holder is not None:
        lay_upon(Holder(holder.draft, holder.draft.relations[holder.relation.name], holder.values), draft, changed[-1], at_least)
    touched = [(draft, relation) for relation in changed]
    touched += [(holder.draft, holder.draft.relations[holder.relation.name])] if holder is not None else []
    read = {cell for other, relation in touched for cell in read_by_pick(other.table.key, relation, draft.relations_of)}
    if not all(_is_sound(draft, *cell) for cell in sorted(read)):
        for key, relations in before.items():
            draft.drafts[key].relations = relations


def _is_sound(draft: TableDraft, table: str, column: str) -> bool:
    """Tell whether a column is not computed from itself. A cycle over a new tie leads through a cell that the tie reads."""
    plan = draft.plan_of(table, column)
    return plan is None or draft.drafts[table].may_compute(column, plan.strategy)


def diamonds_close(draft: TableDraft) -> None:
    """Two ways from a row to one scope lead to the same row: an item's product is of the company its order is from."""
    if draft.row_count == 0:
        return
    for relation in tuple(draft.relations.values()):
        _close_triangle(draft, relation)
    for base in tuple(draft.relations.values()):
        for other in tuple(draft.relations.values()):
            if base.name != other.name:
                _close_diamond(draft, base.name, other.name)


def _is_free(relation: Relation) -> bool:
    """Tell whether a relation picks any parent, and nothing else of the row counts on which."""
    return isinstance(relation.fan_out, Attachment) and relation.differs_from is None


def _comes_before(draft: TableDraft, table: str) -> bool:
    return draft.setting.position[table] < draft.setting.position[draft.table.key]


def _parents_scopes(draft: TableDraft, relation: Relation) -> tuple[Scope, ...]:
    """Return the scopes of a relation's parent table, where that comes earlier and every row has such a parent.

    Not those that step aside for another relation: their row 0 is not of the first scope, so nothing may agree with it.
    """
    known = relation.parent_table in draft.drafts and relation.parent_table != draft.table.key
    if not known or not _comes_before(draft, relation.parent_table):
        return ()
    return tuple(s for s in scopes_of(draft.drafts[relation.parent_table]) if s.relation.differs_from is None)


def _close_triangle(draft: TableDraft, through: Relation) -> None:
    """A row's own scope is that of its parent: the company of an item is its order's."""
    if isinstance(through.fan_out, Matching) and through.fan_out.conditions:
        return
    for scope in _parents_scopes(draft, through):
        for own in scopes_of(draft):
            if own.role != scope.role or own.relation.name == through.name or not _is_free(own.relation):
                continue
            if through.null_fraction:
                _follow_own_scope(draft, through, own, scope)
                return
            condition = Condition(parent_column=own.key, value=Reference(column=scope.column, relation=through.name))
            fan_out = matching(draft.row_count, draft.setting.row_counts[own.table], (condition,))
            reason = f"the {own.table} of its {through.parent_table}, by {through.name}"
            _tie(draft, own.relation.model_copy(update={"fan_out": fan_out, "reason": reason}))


def _follow_own_scope(draft: TableDraft, through: Relation, own: Scope, scope: Scope) -> None:
    """The parent is one of the row's own scope, not the other way round: where it may be missing, nothing can be asked of it."""
    if not _is_free(through):
        return
    condition = Condition(parent_column=scope.column, value=Reference(column=own.column))
    fan_out = matching(draft.row_count, draft.setting.row_counts[through.parent_table], (condition,))
    reason = f"one of the {own.column} of the row; may be missing"
    _tie(draft, through.model_copy(update={"fan_out": fan_out, "reason": reason}))


def _close_diamond(draft: TableDraft, base_name: str, other_name: str) -> None:
    """The other parent is one of the scope that the base's row is of."""
    base, other = draft.relations[base_name], draft.relations[other_name]
    if base.parent_table == other.parent_table or base.null_fraction > other.null_fraction:
        return
    if isinstance(base.fan_out, Matching) and base.fan_out.conditions:
        return
    theirs = {s.role: s for s in _parents_scopes(draft, other)}
    shared = next((s for s in _parents_scopes(draft, base) if s.role in theirs), None)
    if shared is None:
        return
    condition = Condition(parent_column=theirs[shared.role].column, value=Reference(column=shared.column, relation=base_name))
    holder = find_holder(draft, (condition,))
    if holder is None and not other.null_fraction:
        return
    reason = f"one of the {shared.column} of its {base.parent_table}, by {base_name}"
    fan_out = matching(draft.row_count, draft.setting.row_counts[other.parent_table], (condition,))
    if _is_free(other):
        _tie(draft, other.model_copy(update={"fan_out": fan_out, "reason": reason}), holder=None if other.null_fraction else holder)
    elif holder is not None and _steps_under(other, base):
        limit = _run_limit(draft, base, other, shared)
        if limit is not None:
            runs = layout(draft.row_count, draft.setting.row_counts[base.parent_table], limit)
            differing = fan_out.model_copy(update={"distinct_within": base_name})
            follower = other.model_copy(update={"fan_out": differing, "reason": f"{reason}; no two alike"})
            _tie(draft, base.model_copy(update={"fan_out": runs}), follower, holder=holder, at_least=limit)


def _steps_under(other: Relation, base: Relation) -> bool:
    """Tell whether siblings in the runs of `base` step through the parents of `other`, and through nothing else."""
    stride = other.fan_out
    return isinstance(stride, Stride) and stride.owner == base.name and isinstance(base.fan_out, Layout) and other.differs_from is None


def _run_limit(draft: TableDraft, base: Relation, other: Relation, scope: Scope) -> int | None:
    """Return how many different parents each run may ask of its scope: what an average scope has; None where that is too few."""
    counts = draft.setting.row_counts
    mean_run = -(-draft.row_count // max(1, counts[base.parent_table]))
    of_scope = counts[other.parent_table] // max(1, counts[scope.table])
    limit = max(of_scope, _FEWEST)
    return limit if limit >= mean_run and counts[other.parent_table] >= 8 * limit else None
