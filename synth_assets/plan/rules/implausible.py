"""Columns computed from others that a CHECK on themselves rules out: drawn by themselves, as the CHECK wins over what names mean.

A total of quantity times price that must be less than 1, a birth counted back from a day when nobody may be born.
"""

from datetime import date
from decimal import Decimal

from synth_assets.plan.cells import references_of
from synth_assets.plan.certainty import Key, Situation, Tables, describe
from synth_assets.plan.proofs import excludes, proves
from synth_assets.plan.rules.attempts import is_proved
from synth_assets.plan.rules.check_domains import conjuncts, domain_of
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.rules.fitting import clamp, day_of, fit_strategy, type_bounds
from synth_assets.plan.rules.types import value_of_type
from synth_assets.plan.strategies import Aggregate, Case, Copy, Fraction, Number, Offset, Product, Strategy, Temporal, Total
from synth_assets.schema.expressions import columns_of
from synth_assets.schema.model import CheckConstraint

_FEW = Decimal("0.05")
"""Rows are drawn again where this share of what a column is computed as, or more, meets its CHECKs."""


def draw_what_checks_rule_out(draft: TableDraft) -> None:
    """A computed column whose own CHECKs hardly any row would meet holds a value of its own."""
    for evidence in draft.evidences:
        strategy = draft.strategy(evidence.name)
        computed = isinstance(strategy, Aggregate | Copy | Fraction | Offset | Product | Total)
        if not (computed and draft.is_free(evidence.name) and (evidence.is_number or evidence.is_moment)):
            continue
        asked = [c for c in _conditions(draft, evidence.name) if not is_proved(draft, c)]
        if asked and not _is_likely(draft, evidence, strategy, asked):
            _draw_by_itself(draft, evidence)


def _conditions(draft: TableDraft, name: str) -> list[CheckConstraint]:
    """Return what CHECKs say about a column alone, each as a CHECK of its own."""
    checks = [c for c in draft.table.checks if name in c.columns]
    parts = [(c, a) for c in checks for a in conjuncts(c.expression) if columns_of(a) == (name,)]
    return [c.model_copy(update={"expression": a, "columns": (name,)}) for c, a in parts]


def _is_likely(draft: TableDraft, evidence: Evidence, strategy: Strategy, asked: list[CheckConstraint]) -> bool:
    """Tell whether enough rows meet the conditions, or will when they are drawn again: what comes from other rows stays as it is."""
    around: Tables = {key: (d.table, d.finish()) for key, d in draft.drafts.items()}
    table, plan = around[draft.table.key]
    locale, today = draft.setting.locale, draft.setting.as_of
    asked = [c for c in asked if not proves(table, plan, c, locale, today, around)]
    if not asked:
        return True
    if isinstance(strategy, Aggregate) or any(isinstance(t, Aggregate) for t in getattr(strategy, "plus", ())):
        return not any(excludes(table, plan, c, locale, today) for c in asked)  # how many children there are bounds it: `fit_sums`
    if any(r.relation is not None for r in references_of(strategy)) and not isinstance(strategy, Offset):
        return False
    known = describe(Situation(table, plan, locale, today, around=around), evidence.name)
    low, high, ends = _at(known.low), _at(known.high), _allowed(draft, evidence)
    if any(excludes(table, plan, c, locale, today) for c in asked):
        return False
    if low is None or high is None or ends is None or high <= low:
        return True
    return (min(high, ends[1]) - max(low, ends[0])) / (high - low) >= _FEW


def _at(key: Key | None) -> Decimal | None:
    """Return a bound as a number; a moment as its day; None for none, or for other text."""
    if key is None or key[0] == 0:
        return None if key is None else key[1]
    day = day_of(key[2])
    return None if day is None else Decimal(day.toordinal())


def _allowed(draft: TableDraft, evidence: Evidence) -> tuple[Decimal, Decimal] | None:
    """Return the range that the CHECKs leave a column; None where it is no range."""
    whole: Strategy = Temporal(low=date.min, high=date.max)
    if evidence.is_number:
        whole = clamp(Number(low=Decimal(-(10**18)), high=Decimal(10**18)), *type_bounds(evidence.type))
    match fit_strategy(whole, domain_of(draft.table, evidence.name, draft.setting.as_of), evidence):
        case Number(low=low, high=high):
            return low, high
        case Temporal(low=first, high=last):
            return Decimal(first.toordinal()), Decimal(last.toordinal())
        case _:
            return None


def _draw_by_itself(draft: TableDraft, evidence: Evidence) -> None:
    """Give a column a value of its own, unless a CHECK that holds now asks for what it is computed as."""
    name, before = evidence.name, draft.columns[evidence.name]
    held = [c for c in draft.table.checks if name in c.columns and is_proved(draft, c)]
    current = getattr(before.strategy, "fallback", None) or value_of_type(evidence)
    own = fit_strategy(current, domain_of(draft.table, name, draft.setting.as_of), evidence)
    if isinstance(own, Number):
        own = clamp(own, *type_bounds(evidence.type))
    if isinstance(own, Case):
        return
    draft.change(name, strategy=own, origin="ddl", because="a value of its own: the CHECK rules out what its name says")
    if not all(is_proved(draft, c) for c in held):
        draft.columns[name] = before
