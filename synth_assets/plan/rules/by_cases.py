"""CHECKs of several columns taken case by case: one column decides, and in each of its cases the others obey what is left.

`kind = 'card' AND number IS NOT NULL OR kind = 'cash' AND number IS NULL`, a flag that asks for a date, a CASE: with the
deciding column's value known, such a CHECK falls apart into conditions on single columns, which become cases of their plans.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from synth_assets.plan.certainty import NOT_NULL, Situation, describe
from synth_assets.plan.proofs import truth_of
from synth_assets.plan.redraws import can_judge
from synth_assets.plan.residuals import ALWAYS, NEVER, alternatives_of, residual
from synth_assets.plan.rules.attempts import attempt, is_proved
from synth_assets.plan.rules.check_domains import domain_of, domain_of_conditions
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.fitting import fit_strategy
from synth_assets.plan.rules.null_logic import can_be_null, never_missing
from synth_assets.plan.strategies import Branch, Case, Categorical, Constant, ForeignKeyValue, Strategy
from synth_assets.schema.expressions import ColumnRef, Comparison, Expression, InList, IsNull, Literal, columns_of, walk_expression
from synth_assets.schema.model import CheckConstraint

MOST_CASES = 12
MOST_ALTERNATIVES = 4
_Option = str | None


@dataclass(frozen=True)
class _Plan:
    """What the columns must do in one case: the conditions left, each about one column."""

    option: _Option
    conditions: tuple[Expression, ...]


def obey_case_by_case(draft: TableDraft) -> None:
    """Columns obey, in each case of another, what a CHECK asks of them there."""
    for check in draft.table.checks:
        if len(check.columns) < 2 or any(c not in draft.columns for c in check.columns) or is_proved(draft, check):
            continue
        for decider in _deciders(draft, check):
            if any(attempt(draft, check, way) for way in _ways(draft, check, decider)):
                break


def leave_out_what_nobody_judges(draft: TableDraft) -> None:
    """A CHECK that nothing here understands is met by NULL, where NULL meets it and may stand."""
    for check in draft.table.checks:
        if can_judge(draft.table, check) or any(c not in draft.columns for c in check.columns) or is_proved(draft, check):
            continue
        for name in check.columns:
            if can_be_null(draft, name) and draft.is_free(name) and attempt(draft, check, lambda n=name: _leave_out(draft, n)):  # type: ignore[misc]
                break


def _leave_out(draft: TableDraft, name: str) -> bool:
    draft.change(name, strategy=Constant(), null_when=(), origin="ddl", because="NULL: only the database understands the CHECK on it")
    return True


def _deciders(draft: TableDraft, check: CheckConstraint) -> list[str]:
    """Return the columns that may decide: those of few values first, then those that may be NULL."""
    whole = Situation(draft.table, draft.finish(), draft.setting.locale, draft.setting.as_of)
    ranked: list[tuple[int, int, str]] = []
    for place, name in enumerate(check.columns):
        known = describe(whole, name)
        few = known.values is not None and len(known.values) <= MOST_CASES
        if few or known.null is not False or _told(check.expression, name):
            ranked.append((0 if few and len(known.values or ()) > 1 else 1, place, name))
    return [name for *_, name in sorted(ranked)]


def _told(expression: Expression, name: str) -> tuple[str, ...]:
    """Return the constants that an expression compares a column with for equality."""
    found: dict[str, None] = {}
    for part in walk_expression(expression):
        if isinstance(part, Comparison) and part.operator in ("=", "<>"):
            for side, other in ((part.left, part.right), (part.right, part.left)):
                if side == ColumnRef(name=name) and isinstance(other, Literal) and other.type != "null":
                    found.setdefault(other.text)
        elif isinstance(part, InList) and part.operand == ColumnRef(name=name):
            found.update({o.text: None for o in part.options if isinstance(o, Literal) and o.type != "null"})
    return tuple(found)


def _ways(draft: TableDraft, check: CheckConstraint, decider: str) -> Iterator["_Way"]:
    """Yield what can be done with one deciding column: in cases that leave a choice, the first alternative, then the next."""
    for turn in range(MOST_ALTERNATIVES):
        yield _Way(draft, check, decider, turn)


@dataclass(frozen=True)
class _Way:
    draft: TableDraft
    check: CheckConstraint
    decider: str
    turn: int

    def __call__(self) -> bool:
        """Change the plans of the other columns; False when some case cannot be met."""
        plans = self._plans()
        if plans is None:
            return False
        names = dict.fromkeys(n for p in plans for c in p.conditions for n in columns_of(c))
        return all(_follow(self.draft, name, self.decider, plans) for name in names)

    def _plans(self) -> list[_Plan] | None:
        draft = self.draft
        known = describe(self._situation(), self.decider)
        few = known.values is not None and len(known.values) <= MOST_CASES
        told = frozenset(known.values or ()) if few else frozenset(_told(self.check.expression, self.decider))
        options: list[_Option] = [*sorted(told)]
        options += [] if few else [NOT_NULL]
        options += [None] if known.null is not False else []
        plans, lost = list[_Plan](), list[_Option]()
        for option in options:
            conditions = self._conditions(option, told)
            if conditions is None:
                lost.append(option)
            else:
                plans.append(_Plan(option, conditions))
        return plans if plans and self._leave_out(lost) and draft.columns else None

    def _situation(self) -> Situation:
        return Situation(self.draft.table, self.draft.finish(), self.draft.setting.locale, self.draft.setting.as_of)

    def _conditions(self, option: _Option, told: frozenset[str]) -> tuple[Expression, ...] | None:
        """Return what is left of the CHECK in a case, as conditions on single columns; None when that cannot be met."""
        case = replace(self._situation(), facts={self.decider: option}, told={self.decider: told})
        left = residual(self.check.expression, lambda part: truth_of(part, case))
        if left == ALWAYS:
            return ()
        if left == NEVER:
            return None
        choices = [a for a in alternatives_of(left) if all(self._can_be_met(c) for c in a)]
        return choices[min(self.turn, len(choices) - 1)] if choices else None

    def _can_be_met(self, condition: Expression) -> bool:
        columns = columns_of(condition)
        if len(columns) != 1 or columns[0] == self.decider:
            return False
        if isinstance(condition, IsNull) and condition.operand == ColumnRef(name=columns[0]):
            return condition.negated or can_be_null(self.draft, columns[0])
        return self.draft.is_free(columns[0])

    def _leave_out(self, lost: list[_Option]) -> bool:
        """Let the deciding column not take the values that no other column can go along with."""
        if not lost:
            return True
        draft, strategy = self.draft, self.draft.strategy(self.decider)
        if None in lost:
            never_missing(draft, self.decider)
        values = {v for v in lost if v is not None}
        if not values:
            return True
        if not isinstance(strategy, Categorical) or not draft.is_free(self.decider) or NOT_NULL in values:
            return False
        places = [i for i, v in enumerate(strategy.values) if v not in values]
        kept = tuple(strategy.weights[i] for i in places) if strategy.weights else None
        if places:
            left = Categorical(values=tuple(strategy.values[i] for i in places), weights=kept)
            draft.change(self.decider, strategy=left, because=f"{draft.columns[self.decider].reason}; without what the CHECK rules out")
        return bool(places)


def _follow(draft: TableDraft, name: str, decider: str, plans: list[_Plan]) -> bool:
    """Make one column obey its conditions in every case."""
    missing: list[_Option] = []
    must_be_there = False
    fitted: dict[_Option, Strategy] = {}
    evidence, current = draft.evidence(name), draft.strategy(name)
    for plan in plans:
        own = [c for c in plan.conditions if columns_of(c) == (name,)]
        domain = domain_of_conditions(own, name, draft.setting.as_of)
        if domain.empty:
            missing.append(plan.option)
            continue
        must_be_there = must_be_there or domain.required
        if own and not isinstance(current, ForeignKeyValue):
            whole = domain_of_conditions([*own, *domain_of(draft.table, name, draft.setting.as_of).conditions], name, draft.setting.as_of)
            fitted[plan.option] = fit_strategy(current, whole, evidence)
    if must_be_there:
        never_missing(draft, name)
    if missing and not _be_missing(draft, name, decider, missing, [p.option for p in plans]):
        return False
    strategy = _by_case(decider, fitted, current)
    if strategy != current:
        if not draft.may_compute(name, strategy):
            return False
        draft.change(name, strategy=strategy, origin="ddl", because=f"{draft.columns[name].reason}; follows {decider}, as the CHECK asks")
    return True


def _be_missing(draft: TableDraft, name: str, decider: str, missing: list[_Option], options: list[_Option]) -> bool:
    others = [o for o in options if o not in missing]
    if NOT_NULL not in missing:
        draft.null_when(name, decider, tuple(missing))
    elif not others:
        draft.change(name, strategy=Constant(), because="no row that meets the CHECK has it")
    elif NOT_NULL not in others:
        draft.null_when(name, decider, tuple(others), negated=True)
    return draft.may_compute(name, draft.strategy(name))


def _by_case(decider: str, fitted: dict[_Option, Strategy], current: Strategy) -> Strategy:
    """Return the strategy that takes each case's own; alike cases share a branch."""
    elsewhere = fitted.get(NOT_NULL, current)
    branches: dict[str, tuple[Strategy, list[_Option]]] = {}
    for option, strategy in fitted.items():
        if option != NOT_NULL and strategy != elsewhere:
            branches.setdefault(strategy.model_dump_json(), (strategy, []))[1].append(option)
    if not branches:
        return elsewhere
    return Case(column=decider, branches=tuple(Branch(values=tuple(o), strategy=s) for s, o in branches.values()), otherwise=elsewhere)
