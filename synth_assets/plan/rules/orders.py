"""Comparisons of columns taken together: chains of any length, circles, and what names say against them.

One CHECK after the other would leave no room for the last: `a < b` halves a range, `b < quantity` finds nothing below it.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from synth_assets.plan.certainty import Situation, describe
from synth_assets.plan.chains import Axis, Link, circles, components, split, tighten
from synth_assets.plan.rules.attempts import is_acyclic, is_proved
from synth_assets.plan.rules.check_domains import Between, comparisons, conjuncts, domain_of
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.fitting import clamp, fit_strategy, step_of, type_bounds
from synth_assets.plan.rules.types import number_of_type, recent
from synth_assets.plan.strategies import Categorical, Constant, Copy, Number, Reference, Strategy, Temporal
from synth_assets.schema.expressions import ColumnRef, Comparison, Expression, columns_of

_REDRAWN = Decimal("0.02")
"""Moments whose ranges agree in this share of all draws are left to redrawing: their steps say more than ranges of their own."""
_MARGIN = {"number": Decimal(1000), "moment": Decimal(3650)}


def equals_are_copies(draft: TableDraft) -> None:
    """`a <= b`, `b <= a` and `a = b` let columns be one value; where one had to be less than itself, one of them is NULL."""
    links = _links(draft)
    for _ in links:
        groups = circles(_names(links), links)
        strict = next((g for g in groups if any(k.strict and {k.before, k.after} <= set(g) for k in links)), None)
        missing = next((n for n in strict or () if draft.is_free(n) and draft.table.column(n).nullable), None)
        if missing is None:
            break
        draft.change(missing, strategy=Constant(), origin="ddl", because="NULL: the CHECKs would have it less than itself")
        links = tuple(k for k in links if missing not in (k.before, k.after))
    for group in circles(_names(links), links):
        _copy_one(draft, group)


def _copy_one(draft: TableDraft, group: tuple[str, ...]) -> None:
    """Let the columns of a group copy one another, as far as they may be changed and are of one kind."""
    free = [n for n in group if draft.is_free(n)]
    if len({draft.evidence(n).kind for n in group}) > 1 or len(free) < len(group) - 1:
        return
    leader = next((n for n in group if n not in free), None) or min(group, key=lambda n: draft.evidence(n).max_length or 1 << 30)
    if not draft.columns[leader].null_when and any(not draft.table.column(n).nullable for n in group):
        draft.change(leader, null_fraction=0.0)
    before = leader
    for name in (n for n in group if n != leader):
        strategy = Copy(base=Reference(column=before))
        if draft.may_compute(name, strategy):
            draft.change(name, strategy=strategy, null_fraction=0.0, origin="ddl", because=f"the same as {before}, as the CHECKs ask")
            before = name


def keep_chains_in_order(draft: TableDraft) -> None:
    """Numbers and moments that CHECKs put in order lie in ranges that are, where what they are does not see to it."""
    links = tuple(k for k in _links(draft) if _kind(draft, k.before) == _kind(draft, k.after) != "")
    for asked in (tuple(k for k in links if not _is_tied(draft, k)), links):
        for names in components(asked):
            chain = _Chain(draft, names, tuple(k for k in asked if k.before in names))
            if chain.is_troubled():
                chain.settle()


def _links(draft: TableDraft) -> tuple[Link, ...]:
    """Return all comparisons of two columns that must hold, `=` as two."""
    found: dict[Link, None] = {}
    for between in comparisons(draft.table):
        if between.left not in draft.columns or between.right not in draft.columns or between.operator == "<>":
            continue
        for link in _both_ways(between):
            found[link] = None
    return tuple(found)


def _both_ways(between: Between) -> tuple[Link, ...]:
    up, down = (
        Link(between.left, between.right, "=" not in between.operator),
        Link(between.right, between.left, "=" not in between.operator),
    )
    return (up, down) if between.operator == "=" else (up,) if between.operator in {"<", "<="} else (down,)


def _names(links: tuple[Link, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n for k in links for n in (k.before, k.after)))


def _kind(draft: TableDraft, name: str) -> str:
    evidence = draft.evidence(name)
    return "number" if evidence.is_number else "moment" if evidence.is_moment else ""


def _holds(draft: TableDraft, link: Link) -> bool:
    """Tell whether the draft as it is cannot break a link."""
    side = Comparison(operator="<" if link.strict else "<=", left=ColumnRef(name=link.before), right=ColumnRef(name=link.after))
    return _is_met(draft, side)


def _is_met(draft: TableDraft, condition: Expression) -> bool:
    """Tell whether the draft as it is cannot break a condition that is part of a CHECK."""
    alone = draft.table.checks[0].model_copy(update={"expression": condition, "columns": columns_of(condition)})
    return is_proved(draft, alone)


def _is_tied(draft: TableDraft, link: Link) -> bool:
    """Tell whether one column is computed from the other so that the link holds, wherever that other lies."""
    return (draft.reads(link.before, link.after) or draft.reads(link.after, link.before)) and _holds(draft, link)


@dataclass(frozen=True)
class _Chain:
    """Columns of one kind that comparisons connect."""

    draft: TableDraft
    names: tuple[str, ...]
    links: tuple[Link, ...]

    @property
    def is_of_moments(self) -> bool:
        return _kind(self.draft, self.names[0]) == "moment"

    def is_troubled(self) -> bool:
        """Tell whether rows might have to be drawn again and again: moments whose ranges agree well enough are left to that."""
        if all(_holds(self.draft, k) for k in self.links) and not self._breaks_a_bound():
            return False
        if not self.is_of_moments:
            return True
        now = {n: self._axis(n, *self._described(n)) for n in self.names}
        left = tighten({n: self._allowed(n, a) for n, a in now.items()}, self._in_days())
        share = Decimal(1)
        for name, axis in (left or {}).items():
            share *= axis.width / now[name].width
        return left is None or share < _REDRAWN

    def _allowed(self, name: str, axis: Axis) -> Axis:
        """Return what CHECKs on a column alone leave of its range."""
        if axis.is_fixed:
            return axis
        low, high = self._ends(self._wide_one(name, axis.low, axis.high))
        return replace(axis, low=max(axis.low, low), high=min(axis.high, high))

    def _breaks_a_bound(self) -> bool:
        asked = (a for c in self.draft.table.checks if set(c.columns) & set(self.names) for a in conjuncts(c.expression))
        alone = (a for a in asked if len(columns_of(a)) == 1 and columns_of(a)[0] in self.names)
        return any(not _is_met(self.draft, a) for a in alone)

    def settle(self) -> None:
        """Split what the columns are, else plain values of their types, else all that the CHECKs leave; put back what does not do."""
        columns, checks = dict(self.draft.columns), self.draft.table.checks
        held = [c for c in checks if set(c.columns) & set(self.names) and is_proved(self.draft, c)]
        margin = _MARGIN[_kind(self.draft, self.names[0])]
        for drawn in (self._as_they_are(), self._plain(), self._wide(Decimal(0)), self._wide(margin)):
            found = split({n: self._axis(n, *self._ends(s)) for n, s in drawn.items()}, self._in_days())
            if found is not None:
                self._take(drawn, found)
                kept = is_acyclic(self.draft, columns) and all(is_proved(self.draft, c) for c in held)
                if kept and all(_holds(self.draft, k) for k in self.links):
                    return
                self.draft.columns = dict(columns)

    def _in_days(self) -> tuple[Link, ...]:
        """Return the links as ranges of days have to keep them: a time of day is anywhere in its day."""
        days = {n for n in self.names if self.draft.evidence(n).kind == "date"}
        return tuple(replace(k, strict=k.strict or (self.is_of_moments and not {k.before, k.after} <= days)) for k in self.links)

    def _is_movable(self, name: str) -> bool:
        return self.draft.is_free(name) and not any(name in key for key in self.draft.table.unique_keys)

    def _as_they_are(self) -> dict[str, Strategy]:
        return {n: self._drawn(n) for n in self.names}

    def _drawn(self, name: str) -> Strategy:
        current = self.draft.strategy(name)
        is_drawn = isinstance(current, Number) or (isinstance(current, Temporal) and not current.after)
        return current if is_drawn or _numbers_of(current) or not self._is_movable(name) else self._plain_one(name)

    def _plain(self) -> dict[str, Strategy]:
        return {n: self._plain_one(n) if self._is_movable(n) else self.draft.strategy(n) for n in self.names}

    def _plain_one(self, name: str) -> Strategy:
        evidence = self.draft.evidence(name)
        plain = recent(evidence) if evidence.is_moment else clamp(number_of_type(evidence), *type_bounds(evidence.type))
        return fit_strategy(plain, domain_of(self.draft.table, name, self.draft.setting.as_of), evidence)

    def _wide(self, margin: Decimal) -> dict[str, Strategy]:
        """Return values from a margin below the least of all to one beyond the greatest, as far as type and CHECKs let each column go."""
        ends = [self._ends(s) if self._is_movable(n) else self._described(n) for n, s in self._plain().items()]
        low, high = min(e[0] for e in ends) - margin, max(e[1] for e in ends) + margin
        return {n: self._wide_one(n, low, high) if self._is_movable(n) else self.draft.strategy(n) for n in self.names}

    def _wide_one(self, name: str, low: Decimal, high: Decimal) -> Strategy:
        evidence = self.draft.evidence(name)
        if self.is_of_moments:
            whole: Strategy = Temporal(low=_day(low), high=_day(high))
        else:
            whole = clamp(Number(low=low, high=high), *type_bounds(evidence.type))
        return fit_strategy(whole, domain_of(self.draft.table, name, self.draft.setting.as_of), evidence)

    def _axis(self, name: str, low: Decimal, high: Decimal) -> Axis:
        if not self._is_movable(name):
            low, high = self._described(name)
            return Axis(low, high, is_fixed=True)
        current = self.draft.strategy(name)
        step = Decimal(1) if self.is_of_moments else step_of(self.draft.evidence(name).type)
        values = _numbers_of(current) if domain_of(self.draft.table, name, self.draft.setting.as_of).options else ()
        return Axis(low, high, step, values or None)

    def _ends(self, strategy: Strategy) -> tuple[Decimal, Decimal]:
        match strategy:
            case Number(low=low, high=high):
                return low, high
            case Temporal(low=low, high=high):
                return Decimal(low.toordinal()), Decimal(high.toordinal())
            case _:
                values = _numbers_of(strategy)
                return (min(values), max(values)) if values else (Decimal(1), Decimal(0))

    def _described(self, name: str) -> tuple[Decimal, Decimal]:
        """Return the range of a column as it is; what is not known of it is as far as can be."""
        known = describe(Situation(self.draft.table, self.draft.finish(), self.draft.setting.locale, self.draft.setting.as_of), name)
        if self.is_of_moments:
            ends = [date.fromisoformat(k[2][:10]) if k is not None and k[0] == 1 else None for k in (known.low, known.high)]
            low, high = ends[0] or date.min, ends[1] or date.max
            return Decimal(low.toordinal()), Decimal(high.toordinal())
        least, most = type_bounds(self.draft.evidence(name).type)
        found = [k[1] if k is not None and k[0] == 0 else None for k in (known.low, known.high)]
        return (
            found[0] if found[0] is not None else least if least is not None else Decimal(-(10**18)),
            found[1] if found[1] is not None else most if most is not None else Decimal(10**18),
        )

    def _take(self, drawn: dict[str, Strategy], found: dict[str, Axis]) -> None:
        for name, axis in found.items():
            if axis.is_fixed:
                continue
            strategy = _within(drawn[name], axis)
            if strategy != self.draft.strategy(name):
                reason = f"{self.draft.columns[name].reason}; in a range that keeps the order of the CHECKs"
                self.draft.change(name, strategy=strategy, origin="ddl", because=reason)


def _numbers_of(strategy: Strategy) -> tuple[Decimal, ...]:
    """Return the numbers that a strategy lists, or nothing."""
    texts = strategy.values if isinstance(strategy, Categorical) else (strategy.value,) if isinstance(strategy, Constant) else ()
    try:
        return tuple(Decimal(t) for t in texts if t is not None)
    except ArithmeticError:
        return ()


def _within(strategy: Strategy, axis: Axis) -> Strategy:
    """Return the strategy in an axis's range."""
    match strategy:
        case Temporal():
            return strategy.model_copy(update={"low": _day(axis.low), "high": _day(axis.high)})
        case Number():
            return clamp(strategy, axis.low, axis.high)
        case Categorical(values=values, weights=weights):
            kept = [i for i, v in enumerate(values) if axis.low <= Decimal(v) <= axis.high]
            own = tuple(weights[i] for i in kept) if weights else None
            return Categorical(values=tuple(values[i] for i in kept), weights=own) if kept else Number(low=axis.low, high=axis.high)
        case _:
            return strategy


def _day(ordinal: Decimal) -> date:
    return date.fromordinal(max(1, min(int(ordinal), date.max.toordinal())))
