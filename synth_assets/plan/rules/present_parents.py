"""Keys that must hold a value, to parent columns that may lack one.

Either the children choose among the parents that have it, or, where their places leave no choice (one each, runs, products), the
parents hold it in every row. What a parent has from a parent of its own is asked for there in turn.
"""

from collections.abc import Iterator
from math import floor

from synth_assets.plan.cells import Cell
from synth_assets.plan.combinations import COUNTS_SIBLINGS
from synth_assets.plan.model import Attachment, Earlier, Layout, Matching, OneToOne, Product, Relation, Stride
from synth_assets.plan.rules.check_domains import conjuncts
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.relations import attachment, ratio
from synth_assets.plan.rules.requirements import Holder, can_wait, given_by, lay_upon, narrowed
from synth_assets.plan.strategies import Case, Constant, Copy, ForeignKeyValue, Fraction, Offset, Total
from synth_assets.plan.strategies import Product as ProductOf
from synth_assets.schema.expressions import ColumnRef, Comparison

_MAY_BE_NULL = (Case, Constant, Copy, ForeignKeyValue, Fraction, Offset, ProductOf, Total)


def needed_by_children(draft: TableDraft) -> set[str]:
    """Return the nullable columns that must hold a value in every row: keys that cannot choose among the rows point at them."""
    return {column for table, column in _needed_cells(draft) if table == draft.table.key}


def fill_from_parents(draft: TableDraft) -> None:
    """A foreign key that children need in every row has no share of rows without a parent."""
    for column in sorted(needed_by_children(draft)):
        relation = draft.relation_of(column)
        if relation is not None and 0 < relation.null_fraction < 1:
            draft.relations[relation.name] = relation.model_copy(update={"null_fraction": 0.0})


def pick_parents_with_values(draft: TableDraft) -> None:
    """A key that must hold a value picks only parents that have one: suppliers by a tax code that some companies lack."""
    needed = _needed_cells(draft)
    for name in tuple(draft.relations):
        wanted = _wanted(draft, draft.relations[name], needed)
        chosen = _choosing(draft, draft.relations[name], wanted) if wanted else None
        if chosen is not None:
            _rewrite(draft, draft.relations[name], chosen)
        elif wanted and (sides := _sides_of_junction(draft, draft.relations[name])):
            _pair_up(draft, *sides, needed)


def _wanted(draft: TableDraft, relation: Relation, needed: set[Cell]) -> tuple[str, ...]:
    """Return the parent's columns that are NULL in some of its rows, while the row needs a value from them."""
    parent, given = draft.drafts.get(relation.parent_table), given_by(draft, relation)
    if parent is None:
        return ()
    pairs = [(c, p) for c, p in zip(relation.columns, relation.parent_columns, strict=True) if c in given]
    must = [p for c, p in pairs if not draft.table.column(c).nullable or (draft.table.key, c) in needed]
    return tuple(p for p in must if lacks(parent, p))


def _rewrite(draft: TableDraft, relation: Relation, fan_out: Matching) -> None:
    reason = f"{relation.reason}; one that has its {' and '.join(fan_out.not_null)}" if fan_out.not_null else relation.reason
    draft.relations[relation.name] = relation.model_copy(update={"fan_out": fan_out, "reason": reason})


def _sides_of_junction(draft: TableDraft, relation: Relation) -> tuple[Relation, Relation] | None:
    """Return the two relations that are unique together because of where their rows lie, when nothing else counts on that."""
    relations = draft.relations.values()
    if isinstance(relation.fan_out, Product):
        sides = [r for r in relations if isinstance(r.fan_out, Product) and r.fan_out.group == relation.fan_out.group]
    else:
        owner = relation.fan_out.owner if isinstance(relation.fan_out, Stride) else relation.name
        sides = [draft.relations[owner], *(r for r in relations if isinstance(r.fan_out, Stride) and r.fan_out.owner == owner)]
    counted = {p.strategy.relation for p in draft.columns.values() if isinstance(p.strategy, COUNTS_SIBLINGS)}
    if len(sides) != 2 or any(r.differs_from or r.name in counted for r in sides):
        return None
    return sides[0], sides[1]


def _pair_up(draft: TableDraft, owner: Relation, member: Relation, needed: set[Cell]) -> None:
    """Let a junction list its pairs, among the parents that have what it needs."""
    for relation in (owner, member):
        window = attachment(draft.row_count, draft.setting.row_counts[relation.parent_table])
        fan_out = Matching(parents=window.parents, children=window.children, floor=window.floor, not_null=_wanted(draft, relation, needed))
        firm = relation.model_copy(update={"null_fraction": 0.0})
        _rewrite(draft, firm, fan_out if relation is owner else fan_out.model_copy(update={"distinct_within": owner.name}))
    lay_upon(Holder(draft, draft.relations[owner.name], ()), draft, draft.relations[member.name])


def lacks(draft: TableDraft, column: str, seen: frozenset[Cell] = frozenset()) -> bool:
    """Tell whether a column may be NULL in some rows: by chance, for want of a parent, or because its parent's is."""
    plan, relation, cell = draft.columns.get(column), draft.relation_of(column), (draft.table.key, column)
    if plan is None or not draft.table.column(column).nullable or cell in seen:
        return False
    if relation is None or not isinstance(plan.strategy, ForeignKeyValue):
        return _lacks_by_chance(draft, column)
    open_pick = isinstance(relation.fan_out, Earlier | Matching)
    if open_pick or relation.may_lack or plan.null_fraction or plan.null_when or plan.null_from is not None:
        return True
    parent = draft.drafts.get(relation.parent_table)
    return parent is not None and lacks(parent, plan.strategy.parent_column, seen | {cell})


def _lacks_by_chance(draft: TableDraft, column: str) -> bool:
    """Tell whether a column is NULL in a share of rows and for no other reason: its first row is then not."""
    plan = draft.columns[column]
    return 0 < plan.null_fraction < 1 and not plan.null_when and not isinstance(plan.strategy, _MAY_BE_NULL)


def present_rows(draft: TableDraft, column: str, seen: frozenset[Cell] = frozenset()) -> int:
    """Return in about how many rows a column holds a value; exactly, where its keys up to the first parent are one each."""
    relation, plan, cell = draft.relation_of(column), draft.columns[column], (draft.table.key, column)
    rows = draft.row_count
    one_each = relation is not None and (isinstance(relation.fan_out, OneToOne) or getattr(relation.fan_out, "once", False))
    if relation is not None and isinstance(plan.strategy, ForeignKeyValue) and one_each and cell not in seen:
        rows = min(rows, present_rows(draft.drafts[relation.parent_table], plan.strategy.parent_column, seen | {cell}))
    share = plan.null_fraction if relation is None else relation.null_fraction
    return floor(rows * (1 - share))


def _needed_cells(draft: TableDraft) -> set[Cell]:
    """Return the columns of all tables, nullable ones, that must hold a value in every row: keys that cannot choose point at them."""
    children = [draft.drafts[table] for table in draft.setting.refer_to_open_columns if table in draft.drafts]
    needed, size = set[Cell](), -1
    while size != len(needed):
        size = len(needed)
        for child in children:
            for relation in child.relations.values() if child.row_count else ():
                needed |= set(_asked_of_parent(child, relation, needed))
    return needed


def _asked_of_parent(child: TableDraft, relation: Relation, needed: set[Cell]) -> Iterator[Cell]:
    """Yield the parent's columns that must hold a value in every row, for the child's must and it cannot choose around others."""
    parent = child.drafts.get(relation.parent_table)
    pairs = zip(relation.columns, relation.parent_columns, strict=True)
    open_pairs = [(c, p) for c, p in pairs if parent is not None and p in parent.columns and parent.table.column(p).nullable]
    if parent is None or not open_pairs:
        return
    given, chooses = given_by(child, relation), _may_choose(child, relation)
    for column, name in open_pairs:
        firm = not child.table.column(column).nullable or (child.table.key, column) in needed
        if firm and column in given and not (chooses and _may_stay_open(parent, name)):
            yield parent.table.key, name


def _may_choose(draft: TableDraft, relation: Relation) -> bool:
    """Tell whether a relation may pick among some parents only: nothing counts on where its rows lie, no CHECK tells it apart."""
    told_apart = (
        {side.name for side in (atom.left, atom.right) if isinstance(side, ColumnRef)}
        for check in draft.table.checks
        for atom in conjuncts(check.expression)
        if isinstance(atom, Comparison) and atom.operator == "<>"
    )
    if any(len(sides) == 2 and sides & set(relation.columns) for sides in told_apart):
        return False
    if isinstance(relation.fan_out, Earlier):
        return not relation.fan_out.never_itself
    return isinstance(relation.fan_out, Attachment | Matching) and can_wait(draft, relation)


def _may_stay_open(draft: TableDraft, column: str) -> bool:
    """Tell whether a column may stay NULL in some rows: by chance, or for want of a parent, and not where another column says so."""
    plan, relation = draft.columns[column], draft.relation_of(column)
    if relation is None:
        return _lacks_by_chance(draft, column)
    return relation.null_fraction < 1 and not plan.null_when and plan.null_from is None


def _choosing(draft: TableDraft, relation: Relation, wanted: tuple[str, ...]) -> Matching | None:
    """Return a relation's fan-out over the parents that have the wanted columns; None where its rows' places leave no choice."""
    match relation.fan_out:
        case Earlier(never_itself=False):
            return Matching(earlier=True, not_null=wanted)
        case OneToOne():
            parent = draft.drafts[relation.parent_table]
            parents, children = ratio(parent.row_count, draft.row_count)
            waits = draft.row_count > min(present_rows(parent, p) for p in wanted)
            return Matching(parents=parents, children=children, not_null=wanted, once=True, waits=waits)
        case Attachment() | Matching() | Layout() if can_wait(draft, relation):
            return narrowed(draft, relation).model_copy(update={"not_null": wanted})
        case _:
            return None
