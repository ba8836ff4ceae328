"""Sums and products that a CHECK demands, and room for all of them: what is added up stays within the type that holds it."""

from collections.abc import Iterator
from decimal import Decimal

from synth_assets.plan.cells import references_of
from synth_assets.plan.distributions import Power
from synth_assets.plan.equations import Term, terms_of
from synth_assets.plan.extents import largest_exact, largest_of
from synth_assets.plan.rules.check_domains import conjuncts, domain_of
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.fitting import clamp, fit_strategy, over_branches, step_of, type_bounds
from synth_assets.plan.rules.measured import DraftedTables
from synth_assets.plan.rules.types import number_of_type
from synth_assets.plan.strategies import Aggregate, Case, Copy, Fraction, Number, Product, Reference, Strategy, Total
from synth_assets.schema.expressions import ColumnRef, Comparison

_ROUNDS = 4


def sums_obey_checks(draft: TableDraft) -> None:
    """A CHECK that a column is the sum, difference or product of others computes it from them."""
    for column, plus, minus in _equations(draft):
        evidence = draft.evidence(column)
        if not (evidence.is_number and draft.is_free(column)) or any(column in key for key in draft.table.unique_keys):
            continue
        single = plus[0] if len(plus) == 1 and not minus and isinstance(plus[0], Product) else None
        strategy = single or Total(plus=plus, minus=minus)
        _free_operands(draft, column, strategy)
        if draft.strategy(column) == strategy:
            draft.change(column, origin="ddl")
            continue
        if not draft.may_compute(column, strategy):
            continue
        draft.change(column, strategy=strategy, null_fraction=0.0, null_when=(), origin="ddl", because="the CHECK says what it adds up to")
        if minus and domain_of(draft.table, column, draft.setting.as_of).low is not None:
            _bound_what_is_taken(draft, plus, minus)


def _equations(draft: TableDraft) -> Iterator[tuple[str, tuple[Term, ...], tuple[Term, ...]]]:
    """Yield (column, what is added, what is taken away) of every `column = a + b - c` that must hold."""
    for check in draft.table.checks:
        for atom in conjuncts(check.expression) if all(c in draft.columns for c in check.columns) else ():
            if isinstance(atom, Comparison) and atom.operator == "=":
                for one, other in ((atom.left, atom.right), (atom.right, atom.left)):
                    terms = terms_of(other) if isinstance(one, ColumnRef) else None
                    if isinstance(one, ColumnRef) and terms is not None:
                        yield one.name, *terms


def _free_operands(draft: TableDraft, column: str, strategy: Strategy) -> None:
    """Let an operand that is a share of the sum be drawn by itself: the sum follows it, not the other way round."""
    for reference in references_of(strategy):
        operand = draft.strategy(reference.column)
        if isinstance(operand, Fraction) and operand.base == Reference(column=column) and draft.is_free(reference.column):
            whole = draft.strategy(column)
            low, high = type_bounds(draft.evidence(reference.column).type)
            drawn = whole if isinstance(whole, Number) else number_of_type(draft.evidence(reference.column))
            draft.change(reference.column, strategy=clamp(drawn, low, high), because=f"a part of {column}")


def _bound_what_is_taken(draft: TableDraft, plus: tuple[Term, ...], minus: tuple[Term, ...]) -> None:
    """What is taken away is at most a share of what there is, where the rest may not be negative."""
    whole = next((t for t in plus if isinstance(t, Reference)), None)
    for term in minus:
        if whole and isinstance(term, Reference) and draft.is_free(term.column) and isinstance(draft.strategy(term.column), Number):
            share = Fraction(base=whole, low=0.0, high=round(0.9 / len(minus), 3), distribution=Power(exponent=2.0))
            if draft.may_compute(term.column, share):
                draft.change(
                    term.column,
                    strategy=share,
                    origin="ddl",
                    because=f"at most a share of {whole.column}: the rest is not negative",
                )


def fit_sums(draft: TableDraft) -> None:
    """What is added up or multiplied is small enough for the column that holds the result; else the column is drawn by itself."""
    for evidence in draft.evidences:
        strategy = draft.strategy(evidence.name)
        if not evidence.is_number or not isinstance(strategy, Product | Total | Aggregate):
            continue
        held = type_bounds(evidence.type)[1]
        exact = largest_exact(DraftedTables(draft), draft.table.key, evidence.name, strategy)
        limit = exact if held is None else min(held, exact)
        for _ in range(_ROUNDS):
            largest = largest_of(DraftedTables(draft), draft.table.key, strategy)
            # For a coherence nobody demands, numbers are not made that small: 18 digits after the point leave room for a 2 before it.
            is_asked = limit == held or draft.columns[evidence.name].origin == "ddl"
            if largest is None or largest <= limit or not is_asked or not _shrink(draft, strategy, limit / largest):
                break
        largest = largest_of(DraftedTables(draft), draft.table.key, strategy)
        if largest is not None and largest > limit:
            domain = domain_of(draft.table, evidence.name, draft.setting.as_of)
            drawn = fit_strategy(clamp(number_of_type(evidence), *type_bounds(evidence.type)), domain, evidence)
            reason = f"what it is the sum of could come to more than {evidence.column.sql_type} holds, or than is counted exactly"
            draft.change(evidence.name, strategy=drawn, because=reason)


def _shrink(draft: TableDraft, strategy: Strategy, share: Decimal) -> bool:
    """Lower the greatest drawn numbers behind a sum to a share of what they are; tell whether there was any."""
    match strategy:
        case Product(left=left, right=right):
            return _shrink_cell(draft, right, share) or _shrink_cell(draft, left, share)
        case Total(plus=plus, minus=minus):
            shrunk = [_shrink_cell(draft, t, share) if isinstance(t, Reference) else _shrink(draft, t, share) for t in (*plus, *minus)]
            return any(shrunk)
        case Aggregate(table=table, column=str() as column):
            child = draft.drafts.get(table)
            return child is not None and _shrink_cell(child, Reference(column=column), share)
        case Copy(base=base) | Fraction(base=base):
            return _shrink_cell(draft, base, share)
        case _:
            return False


def _shrink_cell(draft: TableDraft, reference: Reference, share: Decimal) -> bool:
    relation = draft.relations.get(reference.relation or "")
    owner = draft if reference.relation is None else draft.drafts.get(relation.parent_table) if relation else None
    if owner is None or reference.column not in owner.columns or not owner.is_free(reference.column):
        return False
    before = owner.strategy(reference.column)
    if not isinstance(before, Number | Case):
        return _shrink(owner, before, share)
    after = _smaller(before, share, step_of(owner.evidence(reference.column).type))
    if after != before:
        owner.change(reference.column, strategy=after, because=f"{owner.columns[reference.column].reason}; small enough to add up")
    return after != before


def _smaller(strategy: Strategy, share: Decimal, step: Decimal) -> Strategy:
    if isinstance(strategy, Case):
        return over_branches(strategy, lambda s: _smaller(s, share, step))
    if not isinstance(strategy, Number) or strategy.high <= 0:
        return strategy
    return clamp(strategy, None, max(strategy.low, strategy.high * share // step * step))
