"""Partial and expression unique indexes are met by construction where that is possible: as keys, or by exempting every row.

Ways are tried in an order that costs the data least; one counts only when the key is met, and every key and CHECK that
was met before still is. What remains is reported by validation (PLAN304).
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from math import prod

from synth_assets.plan.capacity import capacity_of
from synth_assets.plan.conditional_keys import conditional_keys, is_distinct_member, is_met
from synth_assets.plan.index_expressions import Folded, folded_members, keeps_distinct
from synth_assets.plan.model import ColumnPlan, OneToOne, Product, Relation
from synth_assets.plan.proofs import proves
from synth_assets.plan.rules.check_domains import conjuncts, literal_text
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.leading_rows import lead, true_column
from synth_assets.plan.rules.unique_keys import guarantee_key, is_guaranteed
from synth_assets.plan.rules.unique_values import make_unique
from synth_assets.plan.strategies import Categorical, Constant, Number, Pattern, Temporal
from synth_assets.schema.expressions import ColumnRef, Comparison, Expression, InList, IsNull
from synth_assets.schema.model import UniqueConstraint

_LONGEST_CODE = 16

Way = Callable[[], None]


def guarantee_conditional_keys(draft: TableDraft) -> None:
    """Make every partial or expression unique index hold that can be made to; draft keys and CHECKs stay met."""
    met: list[UniqueConstraint] = []
    for constraint in conditional_keys(draft.table):
        if any(c not in draft.columns for c in constraint.columns):
            continue
        if _is_met(draft, constraint) or any(_attempt(draft, constraint, way, met) for way in _ways(draft, constraint)):
            met.append(constraint)


def _is_met(draft: TableDraft, constraint: UniqueConstraint) -> bool:
    setting = draft.setting
    return is_met(draft.table, draft.finish(), constraint, lambda key: is_guaranteed(draft, key), setting.locale, setting.as_of)


def _attempt(draft: TableDraft, constraint: UniqueConstraint, way: Way, met: list[UniqueConstraint]) -> bool:
    """Try one way; put the draft back and return False unless it meets the key and breaks nothing."""
    columns, relations = dict(draft.columns), dict(draft.relations)
    keys = [k for k in draft.table.unique_keys if is_guaranteed(draft, k)]
    proved = _proved(draft)
    way()
    whole = all(is_guaranteed(draft, k) for k in keys) and all(_is_met(draft, c) for c in met)
    if _is_met(draft, constraint) and whole and _has_room(draft, columns, relations) and proved <= _proved(draft):
        return True
    draft.columns, draft.relations = columns, relations
    return False


def _proved(draft: TableDraft) -> set[int]:
    plan, setting = draft.finish(), draft.setting
    return {i for i, c in enumerate(draft.table.checks) if proves(draft.table, plan, c, setting.locale, setting.as_of)}


def _has_room(draft: TableDraft, columns: dict[str, ColumnPlan], relations: dict[str, Relation]) -> bool:
    """Tell whether what changed can hold the table's rows: an index that is only partial must not refuse them."""
    for name, plan in draft.columns.items():
        if plan is not columns[name] and plan.unique:
            room = capacity_of(plan.strategy, draft.table.column(name).type, draft.setting.locale)
            if room is not None and room < draft.row_count:
                return False
    for name, relation in draft.relations.items():
        if relation is relations[name]:
            continue
        parents = draft.setting.row_counts[relation.parent_table]
        if isinstance(relation.fan_out, OneToOne) and (draft.row_count > parents or relation.parent_table == draft.table.key):
            return False
        if isinstance(relation.fan_out, Product) and prod(relation.fan_out.sizes) < draft.row_count:
            return False
        if relation.parent_table == draft.table.key and relation.fan_out != relations[name].fan_out:
            return False
    return True


def _ways(draft: TableDraft, constraint: UniqueConstraint) -> Iterator[Way]:
    """Yield what can be tried, the least costly first."""
    atoms = [] if constraint.predicate_tree is None else list(conjuncts(constraint.predicate_tree))
    yield from (w for a in atoms if (w := lead(draft, constraint, a, wanted=True)))
    yield from (w for a in atoms if (w := _flag_off(draft, a)))
    for folded in folded_members(constraint):
        yield lambda folded=folded: _distinct(draft, folded)  # type: ignore[misc]
    if constraint.columns:
        yield lambda: guarantee_key(draft, constraint.columns)
    yield from (w for a in atoms if (w := _other_values(draft, a)))
    yield from (w for a in atoms if (w := lead(draft, constraint, a, wanted=False)))
    yield from (w for a in atoms if (w := _flag_on(draft, a)))
    if constraint.nulls_distinct:
        yield from (w for c in constraint.columns if (w := _missing(draft, c)))
    yield from (w for a in atoms if (w := _other_null(draft, a)))


def _distinct(draft: TableDraft, folded: Folded) -> None:
    """Make an expression's column unique so that its values differ under the expression too."""
    name, locale = folded.column, draft.setting.locale
    if name not in draft.columns:
        return
    if folded.fills_null:
        draft.change(name, null_fraction=0.0, null_when=())
    if is_distinct_member(draft.table, draft.finish(), folded, locale):
        return
    if draft.columns[name].unique:
        draft.change(name, unique=False)
    strategy = draft.strategy(name)
    if folded.days and isinstance(strategy, Temporal):
        draft.change(name, strategy=strategy.model_copy(update={"time_of_day": "midnight"}))
    if folded.length is not None and draft.evidence(name).kind == "text":
        longest = min(folded.length, draft.evidence(name).max_length or folded.length, _LONGEST_CODE)
        draft.change(name, strategy=Pattern(pattern=f"[A-Z0-9]{{{longest}}}"))
    make_unique(draft, name, wanted=lambda s: keeps_distinct(s, folded, draft.table.column(name), locale))


def _set_flag(draft: TableDraft, atom: Expression, wanted: bool) -> Way | None:
    found = true_column(atom)
    if found is None or found[1] != wanted or not draft.is_free(found[0]) or draft.table.column(found[0]).type.kind != "boolean":
        return None
    strategy = Constant(value="false" if wanted else "true")
    because = "exempts its rows from a unique index that nothing else could meet"
    return lambda: draft.change(found[0], strategy=strategy, origin="ddl", because=because)


def _flag_off(draft: TableDraft, atom: Expression) -> Way | None:
    """`WHERE is_default`: no row is the default one."""
    return _set_flag(draft, atom, True)


def _flag_on(draft: TableDraft, atom: Expression) -> Way | None:
    """`WHERE NOT is_deleted`: every row is deleted; tried late, for it costs more."""
    return _set_flag(draft, atom, False)


def _other_values(draft: TableDraft, atom: Expression) -> Way | None:
    """`WHERE status = 'open'`, `IN (...)`: rows have the other values."""
    match atom:
        case Comparison(operator="=", left=ColumnRef(name=name), right=right):
            listed = {literal_text(right)}
        case InList(operand=ColumnRef(name=name), options=options, negated=False):
            listed = {literal_text(o) for o in options}
        case _:
            return None
    if not draft.is_free(name):
        return None
    because = "without the values that a unique index allows once"
    match draft.strategy(name):
        case Categorical(values=values, weights=weights):
            kept = [i for i, v in enumerate(values) if v not in listed]
            if not kept or len(kept) == len(values):
                return None
            shares = tuple(weights[i] for i in kept) if weights else None
            other = Categorical(values=tuple(values[i] for i in kept), weights=shares if shares and sum(shares) else None)
            return lambda: draft.change(name, strategy=other, because=f"{draft.columns[name].reason}; {because}")
        case Number(low=low, high=high) as number if listed == {str(low)} and low + 1 <= high:
            above = number.model_copy(update={"low": low + Decimal(1)})
            return lambda: draft.change(name, strategy=above, because=f"{draft.columns[name].reason}; {because}")
        case _:
            return None


def _missing(draft: TableDraft, name: str) -> Way | None:
    """A NULL member exempts its row."""
    relation = draft.relation_of(name)
    if not draft.table.column(name).nullable or (relation is not None and len(relation.columns) > 1):
        return None
    because = "NULL, which exempts its rows from a unique index that nothing else could meet"
    if relation is None:
        return lambda: draft.change(name, strategy=Constant(), unique=False, because=because) if draft.is_free(name) else None

    def no_parent() -> None:
        draft.relations[relation.name] = relation.model_copy(update={"null_fraction": 1.0, "reason": because})

    return None if relation.fan_out.kind in ("earlier", "matching") else no_parent


def _other_null(draft: TableDraft, atom: Expression) -> Way | None:
    """`WHERE a IS NULL`: it is always there; `WHERE a IS NOT NULL`: it never is."""
    match atom:
        case IsNull(operand=ColumnRef(name=name), negated=True):
            return _missing(draft, name)
        case IsNull(operand=ColumnRef(name=name), negated=False) if draft.is_free(name):
            because = f"{draft.columns[name].reason}; always there, which exempts its rows from a unique index"
            return lambda: draft.change(name, null_fraction=0.0, null_when=(), because=because)
        case _:
            return None
