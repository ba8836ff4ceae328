"""CHECKs about which of several columns are there: exactly one, at least one, at most two, in any combination.

The combinations that the CHECK allows are listed. Columns are then settled one after the other: in each combination of the
ones before, a column must be NULL, must not be, or is free to be either.
"""

from dataclasses import replace
from itertools import product

from synth_assets.plan.certainty import NOT_NULL, Situation, describe
from synth_assets.plan.proofs import truth_of
from synth_assets.plan.rules.attempts import attempt, is_proved
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.null_logic import can_be_null, never_missing, share_of_nulls
from synth_assets.plan.strategies import Branch, Case, Constant, ForeignKeyValue, Strategy
from synth_assets.schema.expressions import Call, ColumnRef, Expression, IsNull, children_of
from synth_assets.schema.model import CheckConstraint

MOST_COLUMNS = 7
Pattern = tuple[bool, ...]
"""By column: whether it is NULL."""


def obey_null_patterns(draft: TableDraft) -> None:
    """Columns of which a CHECK asks so many to be there are there, or not, by turns."""
    for check in draft.table.checks:
        names = _columns_in_order(draft, check)
        if names and not is_proved(draft, check):
            allowed = _allowed(draft, check, names)
            if allowed:
                attempt(draft, check, lambda n=names, a=allowed: _settle(draft, n, a))  # type: ignore[misc]


def _columns_in_order(draft: TableDraft, check: CheckConstraint) -> tuple[str, ...]:
    """Return the columns of a CHECK that is about NULLs alone, those that cannot be NULL first; nothing for another CHECK."""
    names = [n for n in check.columns if n in draft.columns]
    if not 2 <= len(names) <= MOST_COLUMNS or len(names) < len(check.columns) or not _is_about_nulls(check.expression):
        return ()
    return tuple(
        sorted(names, key=lambda n: (can_be_null(draft, n), isinstance(draft.strategy(n), ForeignKeyValue) is False, names.index(n)))
    )


def _is_about_nulls(expression: Expression) -> bool:
    """Tell whether every column stands in IS NULL or in a count of NULLs."""
    match expression:
        case IsNull(operand=ColumnRef()):
            return True
        case Call(function="num_nulls" | "num_nonnulls", arguments=arguments):
            return all(isinstance(a, ColumnRef) for a in arguments)
        case ColumnRef():
            return False
        case _:
            return all(_is_about_nulls(part) for part in children_of(expression))


def _allowed(draft: TableDraft, check: CheckConstraint, names: tuple[str, ...]) -> list[Pattern]:
    """Return the combinations that do not violate the CHECK and that the columns can have."""
    whole = _whole(draft)
    found = []
    for pattern in product(*((False, True) if _may_be_null(draft, n) else (False,) for n in names)):
        facts: dict[str, str | None] = {n: None if null else NOT_NULL for n, null in zip(names, pattern, strict=True)}
        if False not in truth_of(check.expression, replace(whole, facts=facts)):
            found.append(pattern)
    return found


def _may_be_null(draft: TableDraft, name: str) -> bool:
    """Tell whether a column is NULL in some rows, or can be made so; the roots of a self-reference are NULL whatever a rule wants."""
    return can_be_null(draft, name) or describe(_whole(draft), name).null is not False


def _whole(draft: TableDraft) -> Situation:
    return Situation(draft.table, draft.finish(), draft.setting.locale, draft.setting.as_of)


def _settle(draft: TableDraft, names: tuple[str, ...], allowed: list[Pattern]) -> bool:
    """Settle the columns one after the other; False when one cannot be NULL where it must be."""
    reached: list[Pattern] = [()]
    for place, name in enumerate(names):
        choices = {prefix: {p[place] for p in allowed if p[:place] == prefix} for prefix in reached}
        if not can_be_null(draft, name) and _may_be_null(draft, name):
            if any(len(c) < 2 for c in choices.values()):
                return False  # it is NULL where it likes
            reached = sorted((*p, null) for p, c in choices.items() for null in c)
            continue
        must_be_there = any(c == {False} for c in choices.values())
        missing = [p for p, c in choices.items() if c == {True}]
        if must_be_there:
            never_missing(draft, name)
            choices = {p: {False} if False in c else c for p, c in choices.items()}
        elif not missing or any(len(c) == 2 for c in choices.values()):
            _give_a_share(draft, name, place, names, allowed)
        if missing and not _is_missing_in(draft, name, names[:place], missing, [p for p in reached if p not in missing]):
            return False
        reached = sorted((*p, null) for p, c in choices.items() for null in c)
    return True


def _give_a_share(draft: TableDraft, name: str, place: int, names: tuple[str, ...], allowed: list[Pattern]) -> None:
    """A column whose presence leaves the others no choice is there in its share of the rows."""
    alone = {p[place + 1 :] for p in allowed if not p[place]}
    left = len(names) - place
    if left > 1 and alone == {(True,) * (left - 1)}:
        share_of_nulls(draft, name, round(1 - 1 / left, 2))


def _is_missing_in(draft: TableDraft, name: str, before: tuple[str, ...], missing: list[Pattern], there: list[Pattern]) -> bool:
    """Make a column NULL in some combinations of the columns before it and in no other; False when that cannot be said."""
    if not can_be_null(draft, name):
        return False
    covered: set[Pattern] = set()
    for place, column in enumerate(before):
        for null in (False, True):
            hit = {p for p in missing if p[place] is null}
            if hit - covered and not any(p[place] is null for p in there):
                draft.null_when(name, column, (None,), negated=not null)
                covered |= hit
                break
    if covered >= set(missing):
        return True
    if isinstance(draft.strategy(name), ForeignKeyValue):
        return False
    draft.change(name, strategy=_by_combination(draft.strategy(name), before, set(missing), ()), null_when=())
    return True


def _by_combination(strategy: Strategy, before: tuple[str, ...], missing: set[Pattern], reached: Pattern) -> Strategy:
    if len(reached) == len(before):
        return Constant() if reached in missing else strategy
    here, there = (_by_combination(strategy, before, missing, (*reached, null)) for null in (True, False))
    return here if here == there else Case(column=before[len(reached)], branches=(Branch(values=(None,), strategy=here),), otherwise=there)
