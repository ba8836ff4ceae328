"""Making one column unique: keep its meaning where there is room, else number its values."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from synth_assets.plan.capacity import decimals_of
from synth_assets.plan.distinctness import narrowed_to, stays_distinct
from synth_assets.plan.distributions import Uniform
from synth_assets.plan.languages import Language
from synth_assets.plan.rules.check_domains import domain_of
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.rules.keys import text_key
from synth_assets.plan.rules.text_domains import language_of_conditions, shaped, writes_only
from synth_assets.plan.rules.text_forms import is_text_form
from synth_assets.plan.rules.types import largest_decimal
from synth_assets.plan.rules.unique_room import BECAUSE, room_within, space_of, ways_within
from synth_assets.plan.shapes import Neighbours, lengths_of
from synth_assets.plan.strategies import Categorical, Email, Number, Pattern, Sequence, Strategy, Template, Temporal, Uuid, Vocabulary
from synth_assets.schema.types import DecimalType, IntegerType

_DIGITS = 6
_YEARS_BACK = 15
_WIDE = "unique, so drawn from a wide range"
_COUNTED = "unique, so counted"
_HOUSE = "{number:1-999999} {vocabulary:street_name} {vocabulary:street_suffix}"


def make_unique(draft: TableDraft, name: str, *, at_any_rate: bool = False, wanted: Callable[[Strategy], bool] | None = None) -> bool:
    """Give a column a plan without repeats for the table's rows; False when no strategy of its type has room.

    `wanted` leaves strategies out.
    `at_any_rate` takes the roomiest strategy even then, so that validation can say how many rows there is room for.
    """
    evidence = draft.evidence(name)
    if name not in draft.columns or not draft.is_free(name):
        return draft.columns[name].unique if name in draft.columns else True
    space, rows, language = space_of(evidence), max(1, draft.row_count), _language_of(evidence)
    shape = None if language is None else shaped(language, evidence, wide=True)
    widest = ((way, BECAUSE) for way in ways_within(space, evidence, rows))
    fitting = [
        (s, reason)
        for s, reason in (*_candidates(evidence, draft.strategy(name)), *([(shape, BECAUSE)] if shape else []), *widest)
        if _fits(s, evidence) and _is_told_apart(s, evidence) and (wanted is None or wanted(s))
        if language is None or writes_only(s, language, evidence, unique=True)
    ]
    chosen = next(((s, reason) for s, reason in fitting if room_within(s, space, evidence) >= rows), None)
    if chosen is None and at_any_rate:
        chosen = max(fitting, key=lambda c: room_within(c[0], space, evidence), default=None)
    if chosen is not None:
        draft.change(name, strategy=chosen[0], unique=True, because=chosen[1] or draft.columns[name].reason)
    return chosen is not None


def _language_of(evidence: Evidence) -> Language | None:
    """Return the texts that the CHECKs on a column let it have; None where they say nothing of it, or nobody can say."""
    if evidence.kind != "text":
        return None
    return language_of_conditions(domain_of(evidence.table, evidence.name, evidence.setting.as_of).conditions, evidence)


def _is_told_apart(strategy: Strategy, evidence: Evidence) -> bool:
    """Tell whether the database takes a strategy's different texts for different ones."""
    return evidence.kind != "text" or stays_distinct(strategy, evidence.setting.locale, evidence.column.collation)


def _fits(strategy: Strategy, evidence: Evidence) -> bool:
    limit = evidence.max_length
    if limit is None:
        return True
    lengths = lengths_of(strategy, Neighbours(evidence.setting.locale))
    return lengths is not None and lengths.longest is not None and lengths.longest <= limit


def _candidates(evidence: Evidence, current: Strategy) -> list[tuple[Strategy, str]]:
    """Return strategies without repeats, the most telling first."""
    found: list[tuple[Strategy, str]] = [] if isinstance(current, Number) else [(current, "")]
    if evidence.kind == "text" and not _is_told_apart(current, evidence) and (narrowed := narrowed_to(current, evidence.column.collation)):
        found.append((narrowed, "unique, so without texts that the database takes for one another"))
    if is_text_form(evidence):
        return found
    match evidence.kind:
        case "text" if _is_address(current):
            found[:0] = [(s, "unique, so numbered") for s in numbered(evidence, current)]
        case "text":
            found += [(s, "unique, so numbered") for s in numbered(evidence, current)]
        case "integer" | "decimal" | "float":
            found += _numbers(evidence, current)
        case "date" | "timestamp" | "time":
            today = evidence.setting.as_of
            low = today - timedelta(days=365 * _YEARS_BACK)
            found.append((Temporal(low=low, high=today, time_of_day="any"), "unique, so spread over many years"))
        case "uuid":
            found.append((Uuid(), "unique"))
        case "enum":
            found.append((Categorical(values=getattr(evidence.type, "values", ("",))), "unique"))
    return found


def numbered(evidence: Evidence, current: Strategy) -> list[Strategy]:
    """Return the column's own values with a number behind them, then plain codes, longest first."""
    found: list[Strategy] = []
    slot = _as_slot(current)
    if _is_address(current):
        _, _, behind = slot.partition("street_address}")
        return [Template(templates=(f"{_HOUSE}{behind}",)), Template(templates=(_HOUSE,))]
    if slot:
        found += [Template(templates=(f"{slot} {{number:1-{'9' * _DIGITS}}}",)), Template(templates=(f"{slot} {{number:1-{'9' * 9}}}",))]
    if evidence.ends("email"):
        found += [Email()] if (evidence.max_length or 200) >= 60 else []
        found += [Pattern(pattern=rf"[a-z]{{{n}}}\d{{3}}@example\.com") for n in (9, 6, 4)]
    key = text_key(evidence)
    found += [key] if key else []
    limit = min(evidence.max_length or 16, 16)
    return [*found, Pattern(pattern=f"[A-Z0-9]{{{limit}}}" if limit > 1 else "[A-Z0-9]"), Pattern(pattern=f"[A-Za-z0-9]{{{limit}}}")]


def _is_address(strategy: Strategy) -> bool:
    """Tell whether text is a street address, whose house number can tell rows apart: it does from the first row on."""
    return "street_address}" in _as_slot(strategy)


def _as_slot(strategy: Strategy) -> str:
    match strategy:
        case Vocabulary(name=name):
            return f"{{vocabulary:{name}}}"
        case Template(templates=(first, *_)):
            return first
        case _:
            return ""


def _numbers(evidence: Evidence, current: Strategy) -> list[tuple[Strategy, str]]:
    """Numbers of papers are drawn from a wide range; any other unique number counts, whatever the number of rows."""
    found: list[tuple[Strategy, str]] = []
    if isinstance(current, Number):
        found.append((current.model_copy(update={"distribution": Uniform()}), "unique, so spread evenly"))
    logical = evidence.type
    if isinstance(logical, IntegerType):
        wide = Number(low=Decimal(100_000), high=Decimal(min(logical.high, 999_999_999)))
        papers = evidence.ends("number", "code") and logical.bits > 16
        return [(wide, _WIDE), (Sequence(), _COUNTED)] if papers else [(Sequence(), _COUNTED)]
    if isinstance(logical, DecimalType) and logical.precision is not None:
        found.append((Number(low=Decimal(0), high=largest_decimal(logical)), _WIDE))
    elif decimals_of(logical):
        found.append((Number(low=Decimal(0), high=Decimal(10) ** 12), _WIDE))
    return [*found, (Sequence(), _COUNTED)]
