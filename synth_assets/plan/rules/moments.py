"""Dates and times by meaning. Order between them (start before end) is the business of `coherence_dates`."""

from datetime import date, timedelta
from typing import Literal

from synth_assets.plan.distributions import Distribution, Normal, Power, Uniform
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules.draft import propose
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.strategies import Template, Temporal

BIRTH_WORDS = ("birth date", "date of birth", "birth day", "born", "born on", "birth")
DEATH_WORDS = ("death date", "date of death", "died", "deceased date", "deceased on", "death")
_RECENT = Power(exponent=0.6)
SETTLED_DAYS = 45
"""Nobody joined in the last days, so that what is still open today began after its customer came."""


def years_before(day: date, years: int) -> date:
    """Return the day that many years of 365.25 days earlier."""
    return day - timedelta(days=round(365.25 * years))


def _between(
    evidence: Evidence,
    oldest: int,
    newest: int,
    distribution: Distribution,
    hours: Literal["business", "waking", "any", "midnight"] = "waking",
) -> Temporal:
    today = evidence.setting.as_of
    return Temporal(low=years_before(today, oldest), high=years_before(today, newest), distribution=distribution, time_of_day=hours)


def birth_date(evidence: Evidence) -> ColumnPlan | None:
    """Births of adults; of authors and other names of record further back."""
    if not evidence.is_moment or not evidence.ends(*BIRTH_WORDS):
        return None
    if evidence.about("author", "artist", "composer", "director", "actor", "writer"):
        return propose(
            evidence, _between(evidence, 110, 25, Power(exponent=0.8), "midnight"), "birth of a person of record", null_fraction=0.05
        )
    if evidence.about("pet", "animal", "dog", "cat", "child"):
        return propose(evidence, _between(evidence, 14, 0, Uniform(), "midnight"), "birth of a pet or a child", null_fraction=0.05)
    if evidence.about("student", "pupil"):
        return propose(evidence, _between(evidence, 32, 18, Power(exponent=0.7), "midnight"), "birth of a student", null_fraction=0.05)
    return propose(evidence, _between(evidence, 85, 18, Power(exponent=0.85), "midnight"), "birth of an adult", null_fraction=0.05)


def death_date(evidence: Evidence) -> ColumnPlan | None:
    """Deaths: most people of a database are alive, so mostly NULL where that is allowed."""
    if not evidence.is_moment or not evidence.ends(*DEATH_WORDS):
        return None
    return propose(evidence, _between(evidence, 40, 0, Uniform(), "midnight"), "death; most are alive", null_fraction=0.7)


def publication_date(evidence: Evidence) -> ColumnPlan | None:
    """Publications and releases go back decades, recent ones more often."""
    if not evidence.is_moment or not evidence.ends(
        "publication date", "published date", "release date", "released", "published", "published on", "premiere date"
    ):
        return None
    years = 60 if evidence.about("book", "film", "movie", "album", "track") else 15
    return propose(
        evidence,
        _between(evidence, years, 0, Power(exponent=0.4), "midnight"),
        "publication: decades back, recent ones more often",
        null_fraction=0.05,
    )


def founding_date(evidence: Evidence) -> ColumnPlan | None:
    """Foundings and openings of houses."""
    if not evidence.is_moment or not evidence.ends(
        "founded",
        "founded date",
        "founded on",
        "founding date",
        "established",
        "established date",
        "established on",
        "incorporation date",
        "opening date",
    ):
        return None
    return propose(evidence, _between(evidence, 80, 1, Power(exponent=0.6), "midnight"), "founding", null_fraction=0.05)


_LONG_TIES = ("hire date", "hired", "hired on", "hired at", "join date", "joined", "joined at", "joining date", "registration date",
 "registered at", "registered",
              "signup date", "sign up date", "member since", "membership date", "enrollment date", "enrolled at", "date joined",
              "employment date", "date hired",
              "customer since", "admission date", "registered on")  # fmt: skip
_FUTURE = ("due date", "due", "expiry date", "expiry", "expires", "expires at", "expiration date", "expiration", "valid until",
 "valid to", "deadline", "renewal date",
           "target date", "planned end date", "scheduled at", "scheduled date", "appointment date", "next visit", "next date", "due at",
           "required date", "estimated delivery date",
           "estimated delivery", "expected date", "appointment time", "departure date", "departure time", "check in date",
           "check in")  # fmt: skip


def long_tie(evidence: Evidence) -> ColumnPlan | None:
    """Hirings, joinings and registrations of the last twelve years, later ones more often."""
    if not evidence.is_moment or not evidence.ends(*_LONG_TIES):
        return None
    today = evidence.setting.as_of
    strategy = Temporal(low=years_before(today, 12), high=today - timedelta(days=SETTLED_DAYS), distribution=Power(exponent=0.75))
    return propose(evidence, strategy, "the start of a long tie", null_fraction=_share(evidence))


def future_moment(evidence: Evidence) -> ColumnPlan | None:
    """Due, expiry and planned dates lie on both sides of today."""
    if not evidence.is_moment or not evidence.ends(*_FUTURE):
        return None
    today = evidence.setting.as_of
    strategy = Temporal(low=today - timedelta(days=365), high=today + timedelta(days=180), distribution=Uniform(), time_of_day="business")
    return propose(evidence, strategy, "may lie ahead of today", null_fraction=_share(evidence))


def event_moment(evidence: Evidence) -> ColumnPlan | None:
    """Any other date: something that happened in the last years, recent ones more often."""
    if not evidence.is_moment:
        return None
    business = evidence.about("order", "invoice", "payment", "employee", "project", "appointment")
    hours: Literal["business", "waking"] = "business" if business and not evidence.about("order") else "waking"
    strategy = _between(evidence, 3 if evidence.says("login", "seen", "accessed", "active") else 5, 0, _RECENT, hours)
    return propose(evidence, strategy, "something that happened: recent days more often", null_fraction=_share(evidence))


def _share(evidence: Evidence) -> float:
    """Return the share of NULLs: none where a default fills the column."""
    if evidence.column.default and evidence.column.default.strip().upper() != "NULL":
        return 0.0
    optional = evidence.says(
        "deleted",
        "cancelled",
        "closed",
        "archived",
        "terminated",
        "termination",
        "suspended",
        "rejected",
        "locked",
        "banned",
        "end",
        "expired",
        "refunded",
    )
    return (
        0.8
        if evidence.says("deleted", "archived", "banned", "locked", "suspended", "termination", "terminated")
        else 0.5
        if optional
        else 0.05
    )


def time_of_day(evidence: Evidence) -> ColumnPlan | None:
    """Times: shop hours for openings and closings, else the waking day."""
    if evidence.kind != "time":
        return None
    today = evidence.setting.as_of
    strategy = Temporal(low=today, high=today, distribution=Normal(mean=0.5, standard_deviation=0.2), time_of_day="business")
    return propose(evidence, strategy.model_copy(update={"distribution": Uniform()}), "a time of the day", null_fraction=0.05)


def moment_as_text(evidence: Evidence) -> ColumnPlan | None:
    """Dates kept as text: ISO 8601."""
    if evidence.kind != "text" or not evidence.ends("date", "created at", "updated at", "datetime") or (evidence.max_length or 10) < 10:
        return None
    template = Template(templates=("{number:2021-2025}-0{number:1-9}-{number:10-28}",))
    return propose(evidence, template, "a date kept as text", null_fraction=0.05)
