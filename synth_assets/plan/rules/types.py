"""The last rules: a value that fits the type when nothing else is known about the column."""

from datetime import timedelta
from decimal import Decimal

from synth_assets.plan.distributions import LogNormal, Power
from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules.draft import propose
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.rules.text_forms import FORMS
from synth_assets.plan.strategies import Bytes, Categorical, Number, Pattern, Strategy, Template, Temporal, Text, Uuid, Vocabulary
from synth_assets.schema.types import DecimalType, IntegerType

YEARS_OF_HISTORY = 5
"""How far back events go when nothing says otherwise."""

PLAIN_JSON = '{{"source": "{vocabulary:sales_channel}", "tags": ["{vocabulary:tag}"], "score": {number:1-100}}}'

_OTHER_FORMS = {"year": r"20[0-2]\d", "json_array": r"\[\]"}


def by_type(evidence: Evidence) -> ColumnPlan:
    """A bounded, plain value of the column's type: the fallback for a name that says nothing."""
    reason = f"the name says nothing more, so a plain {evidence.kind} value"
    return propose(evidence, value_of_type(evidence), reason, null_fraction=0.05)


def value_of_type(evidence: Evidence) -> Strategy:
    """Return the strategy that fits a column's type and nothing more."""
    logical = evidence.type
    match logical.kind:
        case "integer" | "decimal" | "float":
            return number_of_type(evidence)
        case "boolean":
            return Categorical(values=("true", "false"), weights=(0.6, 0.4))
        case "date" | "timestamp" | "time":
            return recent(evidence)
        case "uuid":
            return Uuid()
        case "enum":
            return Categorical(values=logical.values)
        case "json":
            return Template(
                templates=('{{"source": "{vocabulary:sales_channel}", "tags": ["{vocabulary:tag}"], "score": {number:1-100}}}',)
            )
        case "binary":
            size = min(16, logical.max_length or 16)
            return Bytes(min_length=size, max_length=size)
        case "interval":
            return Pattern(pattern=r"[1-9] (hours|days)")
        case "unknown":
            name = logical.name.lower().split("(")[0].strip()
            return Pattern(pattern=FORMS.get(name) or _OTHER_FORMS.get(name, r"[a-z]{6}"))
        case _:
            return text_of_length(evidence)


def number_of_type(evidence: Evidence) -> Number:
    """Return positive numbers of a middling size that fit the type, small ones more often."""
    logical = evidence.type
    if isinstance(logical, IntegerType):
        return Number(low=Decimal(1), high=Decimal(min(1000, logical.high)), distribution=Power(exponent=2.0))
    if isinstance(logical, DecimalType) and logical.precision is not None:
        high = min(Decimal(1000), largest_decimal(logical))
        return Number(low=Decimal(0), high=high, distribution=Power(exponent=2.0))
    return Number(low=Decimal(0), high=Decimal(1000), distribution=LogNormal(median=80.0, sigma=0.9), decimals=4)


def largest_decimal(logical: DecimalType) -> Decimal:
    """Return the largest number that DECIMAL(precision, scale) holds."""
    digits = logical.precision or 38
    return (Decimal(10) ** digits - 1).scaleb(-logical.scale)


def recent(evidence: Evidence, years: int = YEARS_OF_HISTORY) -> Temporal:
    """Return moments of the last years, later ones more often."""
    today = evidence.setting.as_of
    return Temporal(low=today - timedelta(days=365 * years), high=today, distribution=Power(exponent=0.6))


def text_of_length(evidence: Evidence) -> Strategy:
    """Return words for short columns, sentences for long ones, letters and digits for the shortest."""
    limit = evidence.max_length
    if limit is not None and limit <= 12:
        return Pattern(pattern="[A-Z]" if limit == 1 else f"[A-Z0-9]{{{min(limit, 8)}}}")
    if limit is not None and limit <= 100:
        return Vocabulary(name="templates.label")
    return Text(topic="generic", subject=subject_of(evidence), max_sentences=2)


def subject_of(evidence: Evidence) -> str:
    """Return the table's noun for sentences about its rows: `Order_Items` gives order item."""
    return " ".join(evidence.subject) or "item"
