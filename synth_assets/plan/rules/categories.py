"""Few values: enums, IN lists, booleans, statuses. Weights say which are common; nothing is uniform without need.

The weight of a value: a known word (`Active` 70, `Suspended` 3) where there is one, else by its place in
the list (first listed, more common); `Other` and the like are rare; a DEFAULT that is not merely the state in
which rows begin is at least half again as common as any other value.
"""

import re
from collections.abc import Mapping, Sequence

from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules.check_domains import domain_of
from synth_assets.plan.rules.draft import propose
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.strategies import Categorical, Vocabulary

_KNOWN: Mapping[str, float] = {
    word: weight
    for weight, words in (
        (70, "active enabled full-time fulltime full_time published approved_active success succeeded ok"),
        (60, "delivered completed complete done paid returned approved closed_won accepted final single available regular standard"
         " confirmed individual"),
        (48, "male m female f married credit_card debit resolved shipped customer checked_in english"),
        (35, "in_progress processing paperback good full planning_done medium normal car open ongoing processed user public buy"),
        (25, "cash hardcover online_payment online pending scheduled checked_out high low busy motorcycle paypal main_course main"
         " divorced premium minor"),
        (15, "part-time parttime part_time fair new e-book ebook bicycle inactive renewed planning student draft appetizer dessert"
         " debit_card received"
             " gift_card assigned unavailable trial e_book booked major"),
        (10, "contract audiobook on_hold overdue cancelled canceled senior poor special beverage todo backlog urgent partial private"
         " critical basic"),
        (5, "closed disabled refunded rejected failed declined expired temporary archived returned_damaged widowed blocked intern"
         " freelance admin"),
        (3, "suspended lost other deleted banned unknown none n/a na non-binary nonbinary void terminated error damaged retired dismissed"),
    )
    for word in words.split()
}  # fmt: skip

_INITIAL_STATES = frozenset(
    {"pending", "draft", "new", "open", "created", "checked_out", "planning", "todo", "scheduled", "submitted", "requested", "received"}
)
_RARE = re.compile(r"^(other|others|unknown|none|n/?a|misc\w*|not .*|undefined|unspecified)$", re.IGNORECASE)


def enum_values(evidence: Evidence) -> ColumnPlan | None:
    """An enum takes its own values, weighted by what they say."""
    values = getattr(evidence.type, "values", None)
    if not values or evidence.kind != "enum":
        return None
    return _weighted(evidence, values, "values of the enum")


def listed_values(evidence: Evidence) -> ColumnPlan | None:
    """A CHECK (column IN (...)) gives the values, weighted like an enum's."""
    if evidence.kind not in {"text", "integer", "decimal"}:
        return None
    options = domain_of(evidence.table, evidence.name).options
    return _weighted(evidence, options, "values of the CHECK") if options else None


def commented_values(evidence: Evidence) -> ColumnPlan | None:
    """A comment that lists values (`active, inactive or closed`; `'A' | 'B'`) gives them."""
    if evidence.kind != "text" or not evidence.column.comment:
        return None
    comment = evidence.column.comment
    quoted = re.findall(r"'([^'\n]{1,40})'|\"([^\"\n]{1,40})\"", comment)
    values = [a or b for a, b in quoted]
    if len(values) < 2:
        listed = re.search(r"(?:one of|values?|options?|enum|either)\s*:?\s*([\w -]+(?:\s*[,|/]\s*[\w -]+)+)", comment, re.IGNORECASE)
        values = [v.strip() for v in re.split(r"[,|/]| or ", listed.group(1))] if listed else []
    values = [v for v in dict.fromkeys(values) if v and (evidence.max_length or 99) >= len(v)]
    return _weighted(evidence, values, "values listed in the comment") if len(values) >= 2 and "e.g" not in comment.lower() else None


def _weighted(evidence: Evidence, values: Sequence[str], source: str) -> ColumnPlan:
    weights = weigh(values, default_of(evidence))
    default = bool(default_of(evidence))
    reason = f"{source}, weighted by what they say" + (" and by the default" if default else "")
    return propose(
        evidence, Categorical(values=tuple(values), weights=weights), reason, origin="ddl", null_fraction=0.0 if default else 0.03
    )


def default_of(evidence: Evidence) -> str | None:
    """Return the literal of DEFAULT without quotes and casts, or None."""
    text = (evidence.column.default or "").strip()
    found = re.match(r"^\(*'((?:[^']|'')*)'|^\(*(-?\d+(?:\.\d+)?)\)*$|^\(*(true|false)\)*$", text, re.IGNORECASE)
    if not found:
        return None
    return found.group(1).replace("''", "'") if found.group(1) is not None else (found.group(2) or found.group(3).lower())


def weigh(values: Sequence[str], default: str | None) -> tuple[float, ...] | None:
    """Return a weight per value by the rule in this module's docstring; None for a single value."""
    if len(values) < 2:
        return None
    weights = [_weight(value, place) for place, value in enumerate(values)]
    if default in values and key_of(default or "") not in _INITIAL_STATES:
        place = list(values).index(default or "")
        weights[place] = max(weights[place], 1.5 * max(w for i, w in enumerate(weights) if i != place))
    return tuple(round(w, 2) for w in weights)


def key_of(value: str) -> str:
    """Return a value in lower case with underscores for spaces: `In Progress` gives in_progress."""
    return re.sub(r"\s+", "_", value.strip().lower())


def _weight(value: str, place: int) -> float:
    known = _KNOWN.get(key_of(value)) or _KNOWN.get(key_of(value).replace("-", "_"))
    if known:
        return known
    by_place = 30.0 / (1 + place) ** 0.6
    return 3.0 if _RARE.match(value) else by_place


_MOSTLY_TRUE = ("active", "enabled", "available", "valid", "visible", "public", "published", "verified", "confirmed", "approved", "paid",
 "in stock", "current", "activo",
                "email verified", "completed", "success", "subscribed", "allowed", "open")  # fmt: skip
_MOSTLY_FALSE = ("deleted", "archived", "blocked", "banned", "locked", "disabled", "hidden", "cancelled", "suspended", "admin",
 "superuser", "staff", "featured", "private",
                 "spam", "flagged", "deprecated", "discontinued", "closed", "default", "test", "fraud", "returned", "refunded", "expired",
                 "draft", "deceased", "urgent",
                 "late", "primary", "error", "failed", "retired", "void", "internal", "readonly", "system", "anulada")  # fmt: skip


def boolean(evidence: Evidence) -> ColumnPlan | None:
    """Booleans by name (`is_active` mostly true, `is_deleted` mostly false), else by the default, else 60 to 40."""
    if evidence.kind != "boolean":
        return None
    share, reason = _share_of_true(evidence)
    strategy = Categorical(values=("true", "false"), weights=(share, round(1 - share, 2)))
    return propose(evidence, strategy, reason, null_fraction=0.0 if evidence.column.default else 0.03)


def _share_of_true(evidence: Evidence) -> tuple[float, str]:
    for words, share in ((_MOSTLY_FALSE, 0.06), (_MOSTLY_TRUE, 0.88)):
        phrase = evidence.ends(*words)
        if phrase:
            return share, f"name says {phrase}: mostly {'true' if share > 0.5 else 'false'}"
    default = default_of(evidence)
    if default in {"true", "1", "t"}:
        return 0.85, "the default is true"
    return (0.15, "the default is false") if default in {"false", "0", "f"} else (0.6, "nothing says which is more common")


def flag_number(evidence: Evidence) -> ColumnPlan | None:
    """Small integers named like booleans (`is_active TINYINT`) hold 1 and 0."""
    named = evidence.words[:1] and (evidence.words[0] in {"is", "has", "can", "should", "was"} or evidence.ends("flag"))
    state = evidence.named(
        "active", "enabled", "deleted", "discontinued", "archived", "disabled", "verified", "published", "featured", "locked"
    )
    if evidence.kind != "integer" or not (named or state):
        return None
    share, reason = _share_of_true(evidence)
    return propose(evidence, Categorical(values=("1", "0"), weights=(share, round(1 - share, 2))), reason)


_STATUSES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("order", "purchase", "cart"), "order_status"), (("payment", "transaction", "charge"), "payment_status"), (("shipment", "delivery",
     "shipping", "parcel"), "shipment_status"),
    (("invoice", "bill"), "invoice_status"), (("ticket", "issue", "case", "incident"), "ticket_status"), (("task", "todo", "job", "step"),
     "task_status"),
    (("project", "campaign", "milestone"), "project_status"), (("account", "user", "customer", "member", "employee", "subscription"),
     "account_status"),
    (("approval", "request", "application", "review", "claim"), "approval_status"),
)  # fmt: skip


def status(evidence: Evidence) -> ColumnPlan | None:
    """A status without an enum takes the statuses of what the table or the name is about."""
    if evidence.kind != "text" or not evidence.ends("status", "state", "stage", "phase"):
        return None
    for words, vocabulary in _STATUSES:
        if any(w in (*evidence.words, *evidence.subject) for w in words):
            return propose(evidence, Vocabulary(name=vocabulary), f"a status of {evidence.subject[-1] if evidence.subject else 'rows'}")
    return propose(evidence, Vocabulary(name="status"), "name says status")


def marital_or_type(evidence: Evidence) -> ColumnPlan | None:
    """A `type`, `kind`, `level` or `category` that nothing else explains: a few labels, told from the table's subject."""
    if evidence.kind != "text" or not evidence.ends(
        "type", "kind", "class", "level", "group", "classification", "method", "mode", "source"
    ):
        return None
    values = ("standard", "basic", "premium", "special") if (evidence.max_length or 99) >= 8 else ("A", "B", "C")
    return propose(
        evidence, Categorical(values=values, weights=(50.0, 25.0, 15.0, 10.0)[: len(values)]), "a kind of which nothing more is known"
    )


def small_code(evidence: Evidence) -> ColumnPlan | None:
    """Integers named status, type, level and the like hold a few small numbers."""
    if evidence.kind != "integer" or not evidence.ends(
        "status", "type", "kind", "level", "class", "state", "mode", "category", "stage", "group", "flags"
    ):
        return None
    return propose(evidence, Categorical(values=("1", "2", "3", "4"), weights=(50.0, 25.0, 15.0, 10.0)), "a small code")
