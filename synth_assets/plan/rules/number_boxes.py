"""CHECKs that compute with numbers, met by narrowing ranges: `a + b <= c`, `a * b > 100`, `greatest(a, b) < 20`, `a % 2 = 0`.

Some point in the columns' ranges that meets the CHECK is looked for, always the same ones in the same order, and grown into the
largest box around it in which the CHECK is proved. Remainders become steps.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from synth_assets.plan.cells import references_of
from synth_assets.plan.certainty import Situation
from synth_assets.plan.model import TablePlan
from synth_assets.plan.proofs import proves, truth_of
from synth_assets.plan.rules.attempts import attempt, is_proved
from synth_assets.plan.rules.check_domains import conjuncts, literal_text
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.fitting import clamp, step_of, type_bounds
from synth_assets.plan.strategies import Number, Product, Strategy, Total
from synth_assets.schema.expressions import Arithmetic, ColumnRef, Comparison, Expression
from synth_assets.schema.model import CheckConstraint

MOST_COLUMNS = 5
_POINTS = 600
_CANDIDATES = 5
_HALVINGS = 6
_ROOTS = (0.7548776662466927, 0.5698402909980532, 0.4301597090019468, 0.3247179572447460, 0.2451223337533073)
"""Steps of a sequence that fills a box evenly, one for each side."""

Range = tuple[Decimal, Decimal]
Box = dict[str, Range]


def obey_arithmetic(draft: TableDraft) -> None:
    """Numbers of which a CHECK says what may come of them lie where it does."""
    for check in draft.table.checks:
        if any(c not in draft.columns for c in check.columns) or _only_differs(check.expression):
            continue
        names = [c for c in _with_factors(draft, check) if _is_drawn(draft, c)]
        if 0 < len(names) <= MOST_COLUMNS and not is_proved(draft, check):
            attempt(draft, check, lambda c=check, n=names: _fit(draft, c, n))  # type: ignore[misc]


def _only_differs(expression: Expression) -> bool:
    """Two columns that differ need no narrowing: nearly every draw does."""
    return isinstance(expression, Comparison) and expression.operator == "<>"


def _with_factors(draft: TableDraft, check: CheckConstraint) -> list[str]:
    """Return the columns of a CHECK, and those of the row that they are the product or the sum of."""
    found = list(check.columns)
    for name in found:
        if isinstance(strategy := draft.strategy(name), Product | Total):
            found += [r.column for r in references_of(strategy) if r.relation is None and r.column not in found]
    return found


def _is_drawn(draft: TableDraft, name: str) -> bool:
    free = draft.is_free(name) and not any(name in key for key in draft.table.unique_keys)
    return free and draft.evidence(name).is_number and isinstance(draft.strategy(name), Number)


def _fit(draft: TableDraft, check: CheckConstraint, names: list[str]) -> bool:
    _take_steps(draft, check)
    if is_proved(draft, check):
        return True
    search = _Search(draft, check, names)
    boxes = [box for point in search.points() if (box := search.grow(point)) is not None]
    best = max(boxes, key=search.room, default=None)
    for name, (low, high) in (best or {}).items():
        _narrow(draft, name, low, high)
    return best is not None


def _narrow(draft: TableDraft, name: str, low: Decimal, high: Decimal) -> None:
    narrowed = _clamped(draft.strategy(name), low, high)
    if narrowed != draft.strategy(name):
        draft.change(name, strategy=narrowed, origin="ddl", because=f"{draft.columns[name].reason}; narrowed to what the CHECK allows")


def _clamped(strategy: Strategy, low: Decimal, high: Decimal) -> Strategy:
    if not isinstance(strategy, Number):
        return strategy
    if strategy.step is not None:
        low += -(low - strategy.low) % strategy.step
        high -= (high - strategy.low) % strategy.step
    return clamp(strategy, low, max(low, high))


def _take_steps(draft: TableDraft, check: CheckConstraint) -> None:
    """`a % 2 = 0` lets a number take every second value."""
    for atom in conjuncts(check.expression):
        match atom:
            case Comparison(operator="=", left=Arithmetic(operator="%", left=ColumnRef(name=name), right=by), right=rest) if (
                _is_drawn(draft, name) and (divisor := literal_text(by)) and (remainder := literal_text(rest))
            ):
                _step(draft, name, Decimal(divisor), Decimal(remainder))
            case _:
                continue


def _step(draft: TableDraft, name: str, divisor: Decimal, remainder: Decimal) -> None:
    number = draft.strategy(name)
    if not isinstance(number, Number) or not 0 <= remainder < divisor or divisor % step_of(draft.evidence(name).type):
        return
    least = max(number.low, Decimal(0)) if remainder else number.low
    low = least + (remainder - least) % divisor
    high = max(number.high, low + divisor * 9)
    limit = type_bounds(draft.evidence(name).type)[1]
    high = min(high, limit) if limit is not None else high
    high -= (high - low) % divisor
    if low <= high:
        stepped = clamp(number, low, high).model_copy(update={"low": low, "high": high, "step": divisor})
        draft.change(name, strategy=stepped, origin="ddl", because=f"{draft.columns[name].reason}; every {divisor}th, as the CHECK asks")


@dataclass
class _Search:
    """A search for boxes inside the ranges that columns have now."""

    draft: TableDraft
    check: CheckConstraint
    names: list[str]

    def __post_init__(self) -> None:
        strategies = {n: self.draft.strategy(n) for n in self.names}
        self.whole: Box = {n: (s.low, s.high) for n, s in strategies.items() if isinstance(s, Number)}
        self.steps = {n: self._step(n) for n in self.names}
        self.plan: TablePlan = self.draft.finish()

    def _step(self, name: str) -> Decimal:
        strategy = self.draft.strategy(name)
        step = step_of(self.draft.evidence(name).type)
        return strategy.step if isinstance(strategy, Number) and strategy.step is not None else step

    def points(self) -> list[dict[str, Decimal]]:
        """Return the first few points that meet the CHECK."""
        case = Situation(self.draft.table, self.plan, self.draft.setting.locale, self.draft.setting.as_of)
        found: list[dict[str, Decimal]] = []
        for turn in range(_POINTS):
            point = {n: self._place(n, (0.5 + _ROOTS[i] * turn) % 1.0) for i, n in enumerate(self.names)}
            facts: dict[str, str | None] = {n: str(v) for n, v in point.items()}
            if False not in truth_of(self.check.expression, replace(case, facts=facts)):
                found.append(point)
                if len(found) == _CANDIDATES:
                    break
        return found

    def _place(self, name: str, share: float) -> Decimal:
        (low, high), step = self.whole[name], self.steps[name]
        return low + ((high - low) * Decimal(str(round(share, 6))) // step) * step

    def grow(self, point: dict[str, Decimal]) -> Box | None:
        """Return the largest box found around a point in which the CHECK is proved, or None when not even the point is."""
        box: Box = {n: (v, v) for n, v in point.items()}
        if not self._holds(box):
            return None
        share = self._largest(lambda s: {n: self._between(n, point[n], s, s) for n in point})
        box = {n: self._between(n, point[n], share, share) for n in point}
        for name in self.names:
            for side in (0, 1):
                box = self._widen(box, name, side)
        return box

    def _widen(self, box: Box, name: str, side: int) -> Box:
        def wider(share: float) -> Box:
            low, high = box[name]
            end = self.whole[name][side]
            moved = self._onto_step(name, (low, high)[side] + (end - (low, high)[side]) * Decimal(str(share)), up=side == 0)
            return {**box, name: (moved, high) if side == 0 else (low, moved)}

        return wider(self._largest(wider))

    def _between(self, name: str, at: Decimal, down: float, up: float) -> Range:
        low, high = self.whole[name]
        lower = self._onto_step(name, at - (at - low) * Decimal(str(down)), up=True)
        return lower, self._onto_step(name, at + (high - at) * Decimal(str(up)), up=False)

    def _onto_step(self, name: str, value: Decimal, *, up: bool) -> Decimal:
        low, step = self.whole[name][0], self.steps[name]
        steps = (value - low) / step
        return low + steps.to_integral_value(rounding="ROUND_CEILING" if up else "ROUND_FLOOR") * step

    def _largest(self, box_of: Callable[[float], Box]) -> float:
        """Return the largest share, by halving, for which a box holds; 0 is known to."""
        if self._holds(box_of(1.0)):
            return 1.0
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._holds(box_of(middle)) else (low, middle)
        return low

    def _holds(self, box: Box) -> bool:
        changed = {n: _clamped(self.draft.strategy(n), low, high) for n, (low, high) in box.items()}
        columns = tuple(c.model_copy(update={"strategy": changed[c.column]}) if c.column in changed else c for c in self.plan.columns)
        plan = self.plan.model_copy(update={"columns": columns})
        return proves(self.draft.table, plan, self.check, self.draft.setting.locale, self.draft.setting.as_of)

    def room(self, box: Box) -> tuple[float, float]:
        """Return how much of the ranges a box leaves: first of the narrowest, then of all."""
        shares = [float((high - low + self.steps[n]) / (self._width(n) + self.steps[n])) for n, (low, high) in box.items()]
        return min(shares), sum(shares)

    def _width(self, name: str) -> Decimal:
        return self.whole[name][1] - self.whole[name][0]
