"""Two keys of a row that name different parents: as a CHECK `from_account <> to_account` asks, or as their roles do.

Asked once it is settled how rows spread over parents. One of the two steps aside where both would pick the same row: see
`Relation.differs_from`. Where neither can, a CHECK is left to redrawing.
"""

from itertools import combinations

from synth_assets.plan.combinations import COUNTS_SIBLINGS
from synth_assets.plan.model import Attachment, Earlier, Layout, Matching, Product, Relation, Stride
from synth_assets.plan.rules.check_domains import conjuncts
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import words_of
from synth_assets.plan.rules.relations import SMALLEST_WINDOW, attachment
from synth_assets.schema.expressions import ColumnRef, Comparison

_OPPOSITES = frozenset(
    frozenset(pair.split())
    for pair in (
        "from to", "sender recipient", "sender receiver", "source target", "source destination", "origin destination", "buyer seller",
        "follower followee", "follower following", "follower followed", "reviewer reviewed", "reviewer reviewee", "rater rated",
        "parent child", "home away", "payer payee", "payer receiver", "debtor creditor", "debit credit", "giver receiver", "mentor mentee",
        "blocker blocked", "requester addressee", "requester recipient", "requester approver", "requester receiver", "inviter invitee",
        "inviter invited", "referrer referred", "referrer referee", "departure arrival", "winner loser", "predecessor successor",
        "lender borrower", "landlord tenant", "endorser endorsed", "endorser endorsee", "reporter reported", "user friend",
        "primary secondary", "liker liked", "left right", "first second", "one two", "author recipient", "upstream downstream",
        "ancestor descendant", "caller callee", "assigner assignee", "voucher vouched", "donor recipient", "employee manager",
        "source dest", "src dst", "user follower", "member friend", "duplicate original", "host guest", "challenger opponent",
    )
)  # fmt: skip
"""Roles that one row does not play towards itself."""


def let_parents_differ(draft: TableDraft) -> None:
    """Two keys that a CHECK tells apart never name the same parent."""
    for check in draft.table.checks:
        for atom in conjuncts(check.expression):
            match atom:
                case Comparison(operator="<>", left=ColumnRef(name=left), right=ColumnRef(name=right)):
                    one, other = draft.relation_of(left), draft.relation_of(right)
                    if one and other and not tell_apart(draft, one.name, other.name, "the CHECK says so"):
                        _leave_one_out(draft, one, other)
                    for relation in (r for r in (one, other) if r is not None):
                        _point_elsewhere(draft, relation, {left, right})


def _leave_one_out(draft: TableDraft, one: Relation, other: Relation) -> None:
    """Of two keys to a table of one row, one that may be NULL is: nothing else tells them apart."""
    alone = one.parent_table == other.parent_table and draft.setting.row_counts[one.parent_table] == 1
    optional = [r for r in (other, one) if all(draft.table.column(c).nullable for c in r.columns)]
    if alone and optional:
        reason = f"NULL: the CHECK tells it apart from another key, and {one.parent_table} has one row"
        draft.relations[optional[0].name] = optional[0].model_copy(update={"null_fraction": 1.0, "reason": reason})


def _point_elsewhere(draft: TableDraft, relation: Relation, pair: set[str]) -> None:
    """A key to the own table whose column must differ from what it refers to: the first row refers to the second."""
    own = [{c, p} for c, p in zip(relation.columns, relation.parent_columns, strict=True)]
    if isinstance(relation.fan_out, Earlier) and relation.parent_table == draft.table.key and pair in own:
        fan_out = relation.fan_out.model_copy(update={"never_itself": True})
        draft.relations[relation.name] = relation.model_copy(update={"fan_out": fan_out})


def roles_differ(draft: TableDraft) -> None:
    """Who reviews is not who is reviewed: two keys to one table whose names say opposite roles never name the same row."""
    for one, other in combinations(tuple(draft.relations.values()), 2):
        alike = (one.parent_table, one.parent_columns) == (other.parent_table, other.parent_columns)
        if alike and _oppose(one, other) and not _are_matched(draft, {*one.columns, *other.columns}):
            tell_apart(draft, one.name, other.name, "nobody is both")


def _are_matched(draft: TableDraft, columns: set[str]) -> bool:
    """Tell whether keys of another table must find rows that agree with one another in these columns: rows 0 do, unless told apart."""
    relations = (r for other in draft.drafts.values() for r in other.relations.values() if r.parent_table == draft.table.key)
    return any(c.parent_column in columns for r in relations if isinstance(r.fan_out, Matching) for c in r.fan_out.conditions)


def _oppose(one: Relation, other: Relation) -> bool:
    """Tell whether two keys say opposite roles: in the words that only one of them has, or by numbers (`user1`, `user2`)."""
    left, right = set(words_of(one.name)) - {"id"}, set(words_of(other.name)) - {"id"}
    if left == right or {frozenset(left ^ right)} <= {frozenset("ab"), frozenset({"1", "2"}), frozenset("xy")}:
        return one.name != other.name
    return any(frozenset({a, b}) in _OPPOSITES for a in left - right for b in right - left)


def tell_apart(draft: TableDraft, one: str, other: str, why: str) -> bool:
    """Let one of two relations to the same table step aside for the other; tell whether one can."""
    able = draft.setting.row_counts[draft.relations[one].parent_table] > 1
    for follower, leader in ((other, one), (one, other)):
        mine, theirs = draft.relations[follower], draft.relations[leader]
        if mine.differs_from or theirs.differs_from or not able or mine.parent_table != theirs.parent_table or one == other:
            continue
        if any(r.differs_from == follower for r in draft.relations.values()) or follower in _read_by(draft, leader):
            continue
        fan_out = _aside(draft, mine, theirs)
        if fan_out is not None:
            reason = f"{mine.reason}; another than {leader}: {why}"
            draft.relations[follower] = mine.model_copy(update={"fan_out": fan_out, "differs_from": leader, "reason": reason})
            for column in mine.columns:
                draft.change(column, because=f"{draft.columns[column].reason}; another than {leader}: {why}")
            return True
    return False


def _read_by(draft: TableDraft, name: str) -> set[str]:
    """Return the relations of the row that a relation must know before it can pick a parent: those whose columns it matches."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        fan_out = draft.relations[waiting.pop()].fan_out
        columns = [c.value.column for c in fan_out.conditions if c.value.relation is None] if isinstance(fan_out, Matching) else []
        read = {r.name for c in columns if (r := draft.relation_of(c)) is not None} - found
        found |= read
        waiting += sorted(read)
    return found


def _aside(draft: TableDraft, mine: Relation, theirs: Relation) -> Attachment | Stride | Product | None:
    """Return the fan-out with which a relation can step aside for another, or None."""
    parents = draft.setting.row_counts[mine.parent_table]
    match mine.fan_out:
        case Attachment(floor=floor):
            return mine.fan_out.model_copy(update={"floor": max(floor, SMALLEST_WINDOW)})
        case Stride(owner=owner, floor=floor, below=below) if owner == theirs.name and isinstance(theirs.fan_out, Layout) and not below:
            limit = _shorten_runs(draft, theirs, theirs.fan_out, parents - 1)
            if limit is None:
                return None
            return mine.fan_out.model_copy(update={"floor": max(floor, limit + 1)})
        case Product(group=group, sizes=sizes, position=position, ascending=False) if (
            isinstance(theirs.fan_out, Product) and theirs.fan_out.group == group
        ):
            return _without_diagonal(draft, group, sizes, position)
        case Layout(limit=None, offset=0) if isinstance(theirs.fan_out, Layout | Attachment) and not _is_counted_on(draft, mine.name):
            window = attachment(draft.row_count, parents)
            return window.model_copy(update={"floor": SMALLEST_WINDOW})
        case _:
            return None


def _is_counted_on(draft: TableDraft, name: str) -> bool:
    """Tell whether anything counts rows within the runs of a relation: what another key or a column is there."""
    owned = any(isinstance(r.fan_out, Stride) and r.fan_out.owner == name for r in draft.relations.values())
    return owned or any(isinstance(p.strategy, COUNTS_SIBLINGS) and p.strategy.relation == name for p in draft.columns.values())


def _shorten_runs(draft: TableDraft, owner: Relation, runs: Layout, longest: int) -> int | None:
    """Return the limit of an owner's runs, made `longest` where it is longer; None where rows then do not fit."""
    if runs.limit is None or runs.children > longest * runs.parents:
        return None
    if runs.limit > longest:
        draft.relations[owner.name] = owner.model_copy(update={"fan_out": runs.model_copy(update={"limit": longest})})
    return min(runs.limit, longest)


def _without_diagonal(draft: TableDraft, group: str, sizes: tuple[int, ...], position: int) -> Product | None:
    """Return the fan-out over one parent less, and give the whole group that size; None where rows then do not fit."""
    fewer = tuple(size - (at == position) for at, size in enumerate(sizes))
    room = 1
    for size in fewer:
        room *= size
    if room < draft.row_count:
        return None
    for relation in tuple(draft.relations.values()):
        if isinstance(relation.fan_out, Product) and relation.fan_out.group == group:
            fan_out = relation.fan_out.model_copy(update={"sizes": fewer})
            draft.relations[relation.name] = relation.model_copy(update={"fan_out": fan_out})
    return Product(group=group, sizes=fewer, position=position)
