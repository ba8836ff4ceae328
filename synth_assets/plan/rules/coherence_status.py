"""Statuses and what goes with them: a date of return only where the row is returned, a fine only where it is late.

For each verb (return, ship, deliver, ...) the statuses in which it has happened; a nullable date named after the verb
is NULL in every other status of the row's status column. Applied only where at least one status has it and one lacks it.
"""

from collections.abc import Mapping
from decimal import Decimal

from synth_assets.plan.distributions import LogNormal
from synth_assets.plan.rules.categories import key_of
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.strategies import Branch, Case, Categorical, Constant, Number, Offset, Temporal, Vocabulary
from synth_assets.vocabulary import load_words

_HAPPENED: tuple[tuple[str, str], ...] = (
    ("return returned", "returned refunded"),
    ("ship shipped dispatch dispatched shipping", "shipped delivered in_transit out_for_delivery returned refunded completed"
     " partially_shipped"),
    ("deliver delivered delivery received", "delivered returned refunded completed received"),
    ("complete completed completion finish finished", "completed complete done finished closed delivered resolved final"),
    ("cancel cancelled cancellation anulada", "cancelled canceled voided void"),
    ("close closed", "closed completed resolved cancelled done"),
    ("pay paid payment", "paid shipped delivered completed refunded settled processing processed returned"),
    ("approve approved approval", "approved published active completed paid shipped delivered final"),
    ("resolve resolved resolution", "resolved closed done fixed completed"),
    ("delete deleted deletion", "deleted removed"),
    ("terminate terminated termination leave left resignation exit", "terminated resigned retired inactive former left closed dismissed"),
    ("publish published publication", "published archived"),
    ("archive archived", "archived"), ("refund refunded", "refunded"), ("reject rejected rejection", "rejected declined denied"),
    ("expire expired", "expired"), ("suspend suspended suspension", "suspended"), ("process processed",
     "processed completed shipped delivered paid approved rejected"),
    ("confirm confirmed confirmation", "confirmed shipped delivered completed checked_in checked_out paid active"),
    ("verify verified verification", "verified active approved"), ("activate activated activation", "active suspended closed expired"),
    ("end ended", "completed cancelled canceled closed ended terminated finished expired inactive resolved done returned"),
    ("start started begin", "active in_progress ongoing running completed closed done finished on_hold paused cancelled started resolved"),
)  # fmt: skip

_STATUSES_OF: Mapping[str, frozenset[str]] = {verb: frozenset(states.split()) for verbs, states in _HAPPENED for verb in verbs.split()}
_LATE = frozenset({"overdue", "lost", "late", "damaged", "defaulted", "past_due", "delinquent", "unpaid"})


def status_columns(draft: TableDraft) -> list[tuple[Evidence, tuple[str, ...]]]:
    """Return the columns that hold a status, with the values they can take."""
    found = []
    for evidence in draft.evidences:
        if not evidence.ends("status", "state", "stage", "phase", "condition", "outcome"):
            continue
        strategy = draft.strategy(evidence.name)
        if isinstance(strategy, Categorical):
            found.append((evidence, strategy.values))
        elif isinstance(strategy, Vocabulary) and not strategy.name.startswith("templates."):
            found.append((evidence, load_words(strategy.name, evidence.setting.locale).values))
    return found


def dates_follow_status(draft: TableDraft) -> None:
    """A nullable date named after an event is NULL in the statuses before that event, and set in those after it."""
    for status, values in status_columns(draft):
        for evidence in draft.evidences:
            if not evidence.is_moment or not evidence.column.nullable or not draft.is_free(evidence.name):
                continue
            happened = next((_STATUSES_OF[w] for w in evidence.words if w in _STATUSES_OF), frozenset())
            before = tuple(v for v in values if key_of(v) not in happened)
            if happened and before and len(before) < len(values):
                missing: tuple[str | None, ...] = (*before, None) if status.column.nullable else before
                draft.change(evidence.name, null_fraction=0.0)
                draft.null_when(evidence.name, status.name, missing)
                reason = f"{draft.columns[evidence.name].reason}; only where {status.name} says so"
                draft.change(evidence.name, because=reason)


def fines_follow_status(draft: TableDraft) -> None:
    """Fines, penalties and late fees are 0 unless the row is overdue or lost."""
    for status, values in status_columns(draft):
        late = tuple(v for v in values if key_of(v) in _LATE)
        for evidence in draft.evidences:
            fine = evidence.is_number and evidence.ends("fine", "fine amount", "penalty", "late fee", "penalty amount", "fines")
            current = draft.strategy(evidence.name)
            if late and fine and draft.is_free(evidence.name) and isinstance(current, Number):
                charged = Number(
                    low=max(current.low, Decimal("0.5")),
                    high=current.high,
                    distribution=LogNormal(median=6.0, sigma=0.8),
                    decimals=current.decimals,
                )
                strategy = Case(column=status.name, branches=(Branch(values=late, strategy=charged),), otherwise=Constant(value="0"))
                draft.change(evidence.name, strategy=strategy, null_fraction=0.0, because=f"0 unless {status.name} is {' or '.join(late)}")


def flags_follow_dates(draft: TableDraft) -> None:
    """`is_active` is true exactly where there is no termination, `is_deleted` where there is a date of deletion."""
    for flag in draft.evidences:
        if flag.kind != "boolean" or not draft.is_free(flag.name):
            continue
        for moment in draft.evidences:
            if not moment.is_moment or not moment.column.nullable or not isinstance(draft.strategy(moment.name), Temporal | Offset):
                continue
            ended = moment.ends(
                "termination date", "terminated at", "leave date", "deleted at", "deactivated at", "end date", "closed at", "deleted on"
            )
            over = _shared_verb(flag, moment)
            if (flag.ends("active", "enabled", "current") and ended) or over:
                values = ("true", "false") if not over else ("false", "true")
                branch = Branch(values=(None,), strategy=Constant(value=values[0]))
                strategy = Case(column=moment.name, branches=(branch,), otherwise=Constant(value=values[1]))
                draft.change(flag.name, strategy=strategy, null_fraction=0.0, because=f"follows {moment.name}")
                if over:
                    draft.change(moment.name, null_fraction=max(draft.columns[moment.name].null_fraction, 0.3))
                break


def _shared_verb(flag: Evidence, moment: Evidence) -> bool:
    """Tell whether flag and date speak of one event: `is_verified` and `verified_at`."""
    return (
        flag.words != ()
        and flag.words[-1] in moment.words
        and flag.words[-1].endswith("ed")
        and len(set(moment.words) - {"at", "on", "date", "time", "is"}) == 1
    )
