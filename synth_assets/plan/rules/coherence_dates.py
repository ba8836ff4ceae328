"""Dates of one row, and of a row and its parent, in an order that life allows."""

from datetime import timedelta
from typing import Literal

from synth_assets.plan.cells import follow
from synth_assets.plan.distributions import Distribution, Exponential, LogNormal, Power, Uniform
from synth_assets.plan.orderings import stays_below
from synth_assets.plan.rules.categories import key_of
from synth_assets.plan.rules.check_domains import comparisons, domain_of
from synth_assets.plan.rules.coherence_status import status_columns
from synth_assets.plan.rules.date_steps import DAYS_OF_A_YEAR, JOINED, LENT, MADE, ORDERED, SHORT, STEPS, Step
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.rules.fitting import fit_strategy
from synth_assets.plan.rules.lineage import OF_ITS_OWN, origins_of
from synth_assets.plan.rules.moments import BIRTH_WORDS, DEATH_WORDS
from synth_assets.plan.rules.types import recent
from synth_assets.plan.strategies import Branch, Case, Categorical, Copy, Offset, Ordinal, Reference, Strategy, Temporal


def order_dates(draft: TableDraft) -> None:
    """Ends come after starts, deaths after births, returns after loans: by an offset from the earlier column."""
    moments = [e for e in draft.evidences if e.is_moment and draft.is_free(e.name) and isinstance(draft.strategy(e.name), Temporal)]
    all_moments = [e for e in draft.evidences if e.is_moment and isinstance(draft.strategy(e.name), Temporal | Offset | Ordinal)]
    for later in moments:
        for step in STEPS:
            earlier = next((e for e in all_moments if e.name != later.name and _meets(e, step.earlier) and _same_group(e, later)), None)
            if earlier and later.ends(*step.later) and not _meets(later, step.earlier) and not _depends_on(draft, earlier.name, later.name):
                _offset(draft, earlier, later, step)
                break


_ADULT_AGES = (round(18 * DAYS_OF_A_YEAR), round(68 * DAYS_OF_A_YEAR))


def births_precede_ties(draft: TableDraft) -> None:
    """Who was hired or joined was at least 18 then: the birth is counted back from the tie, which keeps ties recent."""
    births = [e for e in draft.evidences if e.is_moment and _meets(e, BIRTH_WORDS) and draft.is_free(e.name)]
    ties = [e for e in draft.evidences if e.is_moment and _meets(e, JOINED) and isinstance(draft.strategy(e.name), Temporal)]
    if not births or not ties or ties[0].name == births[0].name:
        return
    birth, tie = births[0], ties[0]
    current = draft.strategy(birth.name)
    strategy = Offset(
        base=Reference(column=tie.name),
        low=-_ADULT_AGES[1],
        high=-_ADULT_AGES[0],
        distribution=Power(exponent=0.6),
        fallback=current if isinstance(current, Temporal) else None,
    )
    draft.change(birth.name, strategy=strategy, because=f"18 to 68 years before {tie.name}")


def _meets(evidence: Evidence, phrases: tuple[str, ...]) -> bool:
    return bool(evidence.ends(*phrases))


def _same_group(earlier: Evidence, later: Evidence) -> bool:
    """`actual_start` goes with `actual_end`, not with `planned_end`, where both say which."""
    marks = {"actual", "planned", "expected", "scheduled", "estimated", "contract", "trial", "warranty"}
    return (set(earlier.words) & marks) == (set(later.words) & marks) or not (set(earlier.words) & marks)


def _depends_on(draft: TableDraft, column: str, target: str) -> bool:
    """Tell whether a column's date is computed, through any number of offsets, from the target."""
    seen: set[str] = set()
    while column not in seen:
        seen.add(column)
        if column == target:
            return True
        strategy = draft.strategy(column)
        if not isinstance(strategy, Offset | Copy) or strategy.base.relation is not None:
            return False
        column = strategy.base.column
    return False


def _lies_after(draft: TableDraft, column: str, target: str) -> bool:
    """Tell whether every step by which a column's date is computed from the target leads forward, or nowhere."""
    while column != target:
        strategy = draft.strategy(column)
        if not isinstance(strategy, Offset | Copy) or (isinstance(strategy, Offset) and strategy.low < 0):
            return False
        column = strategy.base.column
    return True


def _is_counted_back(draft: TableDraft, column: str, target: str, days: int) -> bool:
    """Tell whether a column lies at least so many days before the target it is computed from: a birth 18 years before the hiring."""
    strategy = draft.strategy(column)
    is_back = isinstance(strategy, Offset) and strategy.base == Reference(column=target) and strategy.unit == "days"
    return is_back and isinstance(strategy, Offset) and strategy.high <= -days


def _offset(draft: TableDraft, earlier: Evidence, later: Evidence, step: Step) -> None:
    low, high, distribution, unit = step.low, step.high, step.distribution, "days"
    if earlier.kind == "timestamp" and later.kind == "timestamp" and step.low < 14:
        low, high, distribution, unit = _in_minutes(low, high, distribution)
    if _meets(earlier, SHORT) and _meets(later, SHORT):
        low, high, distribution, unit = (
            (30, 720, Uniform(), "minutes") if later.kind == "timestamp" else (1, 14, Exponential(mean=3.0), "days")
        )
    draft.change(
        later.name,
        strategy=_build_offset(draft, later, earlier.name, low, high, distribution, unit, step.past),
        because=f"{step.what} {earlier.name}",
    )


def _in_minutes(low: int, high: int, distribution: Distribution) -> tuple[int, int, Distribution, str]:
    a_day = 1440
    match distribution:
        case Exponential(mean=mean):
            scaled: Distribution = Exponential(mean=mean * a_day)
        case LogNormal(median=median, sigma=sigma):
            scaled = LogNormal(median=median * a_day, sigma=sigma)
        case _:
            scaled = distribution
    return max(low * a_day, 5), high * a_day, scaled, "minutes"


def _build_offset(
    draft: TableDraft, later: Evidence, base: str, low: int, high: int, distribution: Distribution, unit: str, past: bool
) -> Offset:
    current = draft.strategy(later.name)
    typed: Literal["minutes", "days"] = "minutes" if unit == "minutes" else "days"
    parents = (current.base, *current.after) if isinstance(current, Offset) and current.base.relation is not None else ()
    return Offset(
        base=Reference(column=base),
        after=parents,
        low=low,
        high=high,
        unit=typed,
        distribution=distribution,
        maximum=draft.setting.as_of if past else None,
        fallback=None if _meets(later, DEATH_WORDS) else current if isinstance(current, Temporal) else getattr(current, "fallback", None),
    )


def dates_obey_checks(draft: TableDraft) -> None:
    """A CHECK that one date is after another makes it an offset, whatever their names say."""
    for between in comparisons(draft.table):
        later, earlier = (between.left, between.right) if between.operator in {">", ">="} else (between.right, between.left)
        if between.operator in {"=", "<>"} or later not in draft.columns or earlier not in draft.columns:
            continue
        one, two = draft.evidence(later), draft.evidence(earlier)
        if not (one.is_moment and two.is_moment) or _is_counted_back(draft, earlier, later, max(1, between.days)):
            continue
        if not (_depends_on(draft, later, earlier) and _lies_after(draft, later, earlier)):
            _part_from(draft, earlier, later)
            if not draft.is_free(later) or not draft.may_compute(later, Copy(base=Reference(column=earlier))):
                continue
            step = Step(
                (), (), max(1, between.days), max(1, between.days) + 90, Exponential(mean=14.0), past=False, what="the CHECK says: after"
            )
            _offset(draft, two, one, step)
            draft.change(later, origin="ddl")
        _lift(draft, later, max(between.days, 1 if between.operator in {"<", ">"} or one.kind != two.kind else 0))


def _part_from(draft: TableDraft, earlier: str, later: str) -> None:
    """Where names put two days in the other order, those that lie between them, and no CHECK has placed, become days of their own."""
    for evidence in draft.evidences:
        name = evidence.name
        if not (evidence.is_moment and draft.is_free(name) and draft.columns[name].origin != "ddl" and draft.reads(name, later)):
            continue
        if name == earlier or draft.reads(earlier, name):
            own = fit_strategy(recent(evidence), domain_of(draft.table, name, draft.setting.as_of), evidence)
            draft.change(name, strategy=own, because="a day of its own: the CHECK asks for another order than its name")


def _lift(draft: TableDraft, later: str, days: int) -> None:
    """A strict comparison needs an offset of at least one, `+ interval` that many days, and no ceiling that could press it back."""
    strategy = draft.strategy(later)
    if isinstance(strategy, Offset) and days:
        a_day = {"days": 1, "hours": 24, "minutes": 1440, "seconds": 86_400}[strategy.unit]
        low = max(strategy.low, days * a_day if days > 1 else 1)
        longer = strategy.model_copy(update={"low": low, "high": max(strategy.high, low)})
        base = draft.strategy(strategy.base.column) if strategy.base.relation is None else None
        kept = longer if base is not None and stays_below(longer, base, days) else longer.model_copy(update={"maximum": None})
        draft.change(later, strategy=kept)


def dates_follow_parents(draft: TableDraft) -> None:
    """What happens to a row happens after all the rows came to be that it refers to, however many keys away."""
    _publications_follow_births(draft)
    position = draft.setting.position
    origins = [r for r, table in origins_of(draft) if position[table] < position[draft.table.key]]
    _follow(draft, origins)


def dates_follow_parents_in_circles(draft: TableDraft) -> None:
    """The same where tables refer to one another in circles, as far as no date then follows itself."""
    _follow(draft, [r for r, _ in origins_of(draft)])


def _follow(draft: TableDraft, origins: list[Reference]) -> None:
    for evidence in draft.evidences:
        if evidence.is_moment and draft.is_free(evidence.name) and not evidence.ends(*OF_ITS_OWN):
            added = [r for r in origins if _keep_after(draft, evidence, r)]
            if added:
                names = ", ".join(dict.fromkeys(f"{r.column} of its {_parent_of(draft, r)}" for r in added))
                draft.change(evidence.name, because=f"{draft.columns[evidence.name].reason}; after {names}")


def _keep_after(draft: TableDraft, evidence: Evidence, origin: Reference) -> bool:
    """Let a date be no earlier than another row's, where that makes no circle; tell whether it was not so before."""
    current = draft.strategy(evidence.name)
    match current:
        case Temporal(after=after) if not after:
            strategy: Strategy = _offset_from(draft, current, origin)
        case Offset(base=base, after=after, low=low) if base.relation is not None and low >= 0 and origin not in (base, *after):
            strategy = current.model_copy(update={"after": (*after, origin)})
        case Offset(low=low, fallback=Temporal() as fallback) if low >= 0 and origin not in (current.base, *fallback.after):
            later = fallback.model_copy(update={"after": (*fallback.after, origin)})
            strategy = current.model_copy(update={"fallback": later})
        case _:
            return False
    if not draft.may_compute(evidence.name, strategy):
        return False
    draft.change(evidence.name, strategy=strategy)
    return True


def _offset_from(draft: TableDraft, current: Temporal, origin: Reference) -> Offset:
    ahead = current.high > draft.setting.as_of
    maximum = None if ahead else draft.setting.as_of
    return Offset(base=origin, low=0, high=1500, distribution=Exponential(mean=260.0), maximum=maximum, fallback=current)


def _parent_of(draft: TableDraft, reference: Reference) -> str:
    relations = {key: other.relations for key, other in draft.drafts.items()}
    return follow(draft.table.key, reference.relation or "", lambda table: relations.get(table, {}))[-1].parent_table


def _publications_follow_births(draft: TableDraft) -> None:
    """A book appears when its author is 22 at least."""
    for evidence in draft.evidences:
        current = draft.strategy(evidence.name)
        if not (
            evidence.is_moment
            and evidence.ends("publication date", "published date", "release date", "published")
            and isinstance(current, Temporal)
        ):
            continue
        for relation in draft.relations.values():
            birth = _birth_of(draft, relation.parent_table)
            if birth and draft.is_free(evidence.name):
                reference = Reference(column=birth, relation=relation.name)
                low, high = round(22 * DAYS_OF_A_YEAR), round(80 * DAYS_OF_A_YEAR)
                maximum = draft.setting.as_of
                strategy = Offset(base=reference, low=low, high=high, distribution=Power(exponent=1.3), maximum=maximum, fallback=current)
                if draft.may_compute(evidence.name, strategy):
                    draft.change(evidence.name, strategy=strategy, because=f"22 to 80 years after {birth} of its {relation.parent_table}")
                    break


def _birth_of(draft: TableDraft, parent: str) -> str | None:
    """Return the birth date of a parent table, or None."""
    other = draft.drafts.get(parent)
    return next((e.name for e in other.evidences if e.is_moment and e.ends(*BIRTH_WORDS)), None) if other else None


def leave_is_rare(draft: TableDraft) -> None:
    """Most rows have not ended: terminations and deaths are NULL in most rows where they may be."""
    for evidence in draft.evidences:
        if (
            evidence.is_moment
            and evidence.column.nullable
            and draft.is_free(evidence.name)
            and evidence.ends("termination date", "terminated at", "leave date", "resignation date", "exit date")
        ):
            draft.change(evidence.name, null_fraction=0.8)


_LOANS, _ORDERS, _PROJECTS = (*LENT,), (*ORDERED, *MADE), ("start date", "started", "started at", "start", "begin date")
_WINDOWS: tuple[tuple[tuple[str, ...], frozenset[str], int, int], ...] = (
    (_LOANS, frozenset({"checked_out", "borrowed", "on_loan", "loaned", "active", "open", "renewed", "rented"}), 13, 0),
    (_LOANS, frozenset({"overdue", "late"}), 44, 29),
    (_ORDERS, frozenset({"pending", "new", "submitted", "placed"}), 4, 0),
    (_ORDERS, frozenset({"processing", "confirmed", "paid", "packed"}), 8, 0),
    (_ORDERS, frozenset({"shipped", "in_transit", "out_for_delivery"}), 12, 0),
    (_PROJECTS, frozenset({"planning", "planned", "scheduled", "not_started", "upcoming"}), 0, -150),
    (_PROJECTS, frozenset({"in_progress", "ongoing", "on_hold", "paused"}), 420, 10),
)
"""For the date that starts a row: statuses of rows that are still open, and how many days before today they started, most and least."""


OPEN_SHARE = 0.12
"""The largest share of loans or orders that are still open: more would heap half of all dates on the last weeks."""


def open_rows_are_recent(draft: TableDraft) -> None:
    """What is checked out, pending or in progress began a short while ago; what is overdue, a little longer."""
    for status, values in status_columns(draft):
        starts = [
            e for e in draft.evidences if e.is_moment and draft.is_free(e.name) and isinstance(draft.strategy(e.name), Temporal | Offset)
        ]
        for evidence in starts:
            current = draft.strategy(evidence.name)
            if isinstance(current, Offset) and current.base.relation is None:
                continue
            parents = (current.base, *current.after) if isinstance(current, Offset) else ()
            branches = _windows(draft, evidence, values, parents)
            if branches and len(branches[0].values) < len(values):
                strategy = Case(column=status.name, branches=branches, otherwise=current)
                draft.change(
                    evidence.name,
                    strategy=strategy,
                    because=f"{draft.columns[evidence.name].reason}; recent where {status.name} is still open",
                )
                if not evidence.ends(*_PROJECTS):
                    _few_are_open(draft, status.name, {v for b in branches for v in b.values})
                break


def _few_are_open(draft: TableDraft, status: str, still_open: set[str | None]) -> None:
    """Weigh the statuses of the last days down to a share that fits the years of finished rows beside them."""
    strategy = draft.strategy(status)
    if not isinstance(strategy, Categorical):
        return
    weights = strategy.weights or (1.0,) * len(strategy.values)
    held = sum(w for v, w in zip(strategy.values, weights, strict=True) if v in still_open)
    most = (sum(weights) - held) * OPEN_SHARE / (1 - OPEN_SHARE)
    if held > most > 0:
        scaled = tuple(round(w * most / held, 3) if v in still_open else w for v, w in zip(strategy.values, weights, strict=True))
        reason = f"{draft.columns[status].reason}; few rows are still open"
        draft.change(status, strategy=strategy.model_copy(update={"weights": scaled}), because=reason)


def _windows(draft: TableDraft, evidence: Evidence, values: tuple[str, ...], parents: tuple[Reference, ...]) -> tuple[Branch, ...]:
    today, found = draft.setting.as_of, []
    project = any(key_of(v) in {"in_progress", "ongoing", "planning", "planned"} for v in values)
    for endings, statuses, most, least in _WINDOWS:
        held = tuple(v for v in values if key_of(v) in statuses)
        if held and evidence.ends(*endings) and (endings is not _PROJECTS or project):
            window = Temporal(low=today - timedelta(days=most), high=today - timedelta(days=least), distribution=Uniform(), after=parents)
            found.append(Branch(values=held, strategy=window))
    return tuple(found)
