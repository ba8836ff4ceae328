"""Meanings of dates and the time between them: which endings of names begin, end, lend, return, and how long that takes."""

from dataclasses import dataclass

from synth_assets.plan.distributions import Distribution, Exponential, LogNormal, Power, Uniform
from synth_assets.plan.rules.moments import BIRTH_WORDS, DEATH_WORDS

DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True)
class Step:
    """`later` comes `low` to `high` days after `earlier`, shaped like `distribution`; `past`: no later than today."""

    earlier: tuple[str, ...]
    later: tuple[str, ...]
    low: int
    high: int
    distribution: Distribution
    past: bool = True
    what: str = "after"


BEGIN = ("start date", "started", "started at", "start", "start time", "begin date", "begin", "from date", "date from", "valid from",
 "effective date", "effective from", "check in",
          "check in date", "departure time", "departure date", "departure", "opened at", "open date", "opened", "begin at", "starts at",
          "start at", "checkin", "arrival date",
          "admission date", "admitted at", "period start", "login time", "clock in", "pickup date")  # fmt: skip
END = ("end date", "ended", "ended at", "end", "end time", "finish date", "to date", "date to", "valid to", "valid until",
 "effective to", "check out", "check out date", "arrival time",
        "closed at", "close date", "closed", "ends at", "end at", "finished at", "finished", "completed at", "completion date",
        "completed", "checkout", "discharge date",
        "discharged at", "period end", "logout time", "clock out", "resolved at", "resolved", "dropoff date", "closed on")  # fmt: skip
MADE = ("created", "created at", "created on", "creation date", "date created", "create date", "create time", "created date",
 "created time", "createdat", "date added", "added at",
         "insert date", "creado en", "registered at", "registration date", "created timestamp", "creation time")  # fmt: skip
CHANGED = ("updated", "updated at", "updated on", "update date", "modified", "modified at", "modified on", "modified date",
 "last modified", "last updated", "last update", "date updated",
            "date modified", "updated date", "updated time", "update time", "changed at", "last change", "actualizado en", "last login",
            "last login at", "last seen", "last seen at",
            "last activity", "last used at", "last active", "edited at", "verified at", "email verified at", "confirmed at",
            "activated at", "approved at", "published at", "read at",
            "deleted at", "archived at", "cancelled at", "processed at", "paid at", "sent at", "accepted at", "rejected at", "locked at",
            "anulada en", "modification date", "paid on", "paid date", "date paid", "processed on", "accepted on", "rejected on",
            "approved on", "cancelled on", "sent on", "confirmed on", "verified on", "edited on")  # fmt: skip
ORDERED = ("order date", "ordered", "ordered at", "placed at", "purchase date", "order time", "order datetime", "purchased at",
 "booking date", "booked at", "invoice date", "request date",
            "requested at", "submitted at", "submission date", "issue date", "issued at", "sale date", "transaction date",
            "application date", "applied at", "report date", "reported at", "issued on", "ordered on", "requested on", "submitted on",
            "purchased on", "booked on", "placed on", "invoiced on", "invoiced at", "applied on", "reported on")  # fmt: skip
SHIPPED = (
    "ship date",
    "shipped",
    "shipped date",
    "shipped at",
    "shipping date",
    "dispatch date",
    "dispatched at",
    "shipped on",
    "ship time",
)
DELIVERED = (
    "delivery date",
    "delivered",
    "delivered at",
    "delivered date",
    "received",
    "received date",
    "received at",
    "receipt date",
    "delivery time",
    "arrival date",
    "commit date",
)
LENT = (
    "loan date",
    "borrow date",
    "borrowed",
    "borrowed at",
    "checkout date",
    "rental date",
    "rented at",
    "issue date",
    "loaned at",
    "lend date",
    "checked out at",
)
DUE = ("due date", "due", "due at", "payment due", "payment due date")
RETURNED = ("return date", "returned", "returned at", "returned date", "returned on")
JOINED = ("hire date", "hired", "hired at", "join date", "joined", "joining date", "registration date", "registered at",
 "employment date", "date hired", "hired on", "member since",
           "enrollment date", "joined at", "date joined", "admission date", "registered", "signup date", "graduation date",
           "marriage date")  # fmt: skip
LEFT = ("termination date", "terminated", "terminated at", "leave date", "left", "left at", "resignation date", "exit date", "end date",
 "separation date", "release date", "fire date",
         "deactivated at", "last working day", "terminated on", "left on", "closed on", "closed at", "closed date")  # fmt: skip

STEPS: tuple[Step, ...] = (
    Step(BIRTH_WORDS, DEATH_WORDS, round(35 * DAYS_OF_A_YEAR), round(95 * DAYS_OF_A_YEAR), Power(exponent=0.6),
     what="35 to 95 years after"),
    Step(JOINED, LEFT, 60, 3650, Exponential(mean=900.0), what="some years after"),
    Step(LENT, DUE, 14, 28, Uniform(), past=False, what="14 to 28 days after"),
    Step(ORDERED, DUE, 14, 45, Uniform(), past=False, what="14 to 45 days after"),
    Step(LENT, RETURNED, 1, 40, LogNormal(median=13.0, sigma=0.5), what="days after"),
    Step(SHIPPED, DELIVERED, 1, 10, Exponential(mean=3.0), what="days after"),
    Step(ORDERED, SHIPPED, 0, 7, Exponential(mean=1.5), what="days after"),
    Step(ORDERED, DELIVERED, 1, 14, Exponential(mean=4.0), what="days after"),
    Step(ORDERED, ("required date", "required"), 7, 42, Uniform(), past=False, what="weeks after"),
    Step(DELIVERED, RETURNED, 1, 30, Exponential(mean=9.0), what="days after"),
    Step(ORDERED, RETURNED, 3, 45, Exponential(mean=14.0), what="days after"),
    Step(("issue date", "issued", "issued at", "start date", "effective date", "registration date", "created at", "purchase date",
     "manufacture date", "production date", "hire date"),
         ("expiry date", "expiry", "expires", "expires at", "expiration date", "expiration", "renewal date", "warranty expiry"),
          180, 1460, Uniform(), past=False, what="months after"),
    Step(BEGIN, END, 1, 400, LogNormal(median=60.0, sigma=0.9), what="after"),
    Step(ORDERED, CHANGED, 0, 60, Exponential(mean=8.0), what="after"),
    Step((*MADE, *JOINED), CHANGED, 0, 900, Exponential(mean=90.0), what="after"),
    Step(MADE, (*END, *SHIPPED, *DELIVERED), 0, 400, Exponential(mean=20.0), what="after"),
)  # fmt: skip
"""Pairs of meanings and the time between them; for a later column the first step with an earlier column counts."""

SHORT = (
    "check in",
    "check out",
    "checkin",
    "checkout",
    "start time",
    "end time",
    "departure time",
    "arrival time",
    "clock in",
    "clock out",
    "login time",
    "logout time",
    "admission date",
)
