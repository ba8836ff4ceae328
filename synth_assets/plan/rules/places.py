"""Places: columns of one address are fields of one record, so that city, state, postal code and phone agree."""

from collections.abc import Callable
from decimal import Decimal

from synth_assets.plan.model import ColumnPlan
from synth_assets.plan.rules.draft import propose
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.strategies import Number, Pattern, Record, Strategy, Template, Vocabulary

_FIELDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("country code", "country iso", "country iso2"), "country_code"),
    (("state code", "state abbreviation", "province code"), "state_code"),
    (("city", "town", "municipality", "city name", "suburb"), "city"),
    (("state", "province", "state province", "state name"), "state"),
    (("zip", "zip code", "postal code", "post code", "postal"), "postal_code"),
    (("country", "country name"), "country"),
    (("area code",), "area_code"),
    (("latitude",), "latitude"),
    (("longitude",), "longitude"),
    (("time zone", "timezone"), "timezone"),
)
"""Endings of names and the field of `places` that they mean; the words before are the group."""

_PHONES = ("phone", "phone number", "mobile", "mobile number", "mobile phone", "cell", "cell phone", "fax", "fax number", "contact number",
           "phone no", "contact phone", "home phone", "work phone")  # fmt: skip
_STREETS = ("address", "street address", "street", "address line 1", "address 1", "address1", "address line1", "street 1", "street1",
            "street name", "line 1", "line1", "address line")  # fmt: skip
_SECOND_LINES = ("address 2", "address2", "address line 2", "address line2", "street 2", "street2", "line 2", "line2", "address 3",
 "address3", "apartment",
                 "suite", "unit number")  # fmt: skip


def place_field(evidence: Evidence) -> tuple[str, str] | None:
    """Return (field of places, group) that a column's name means, or None."""
    for phrases, field in _FIELDS:
        phrase = evidence.ends(*phrases)
        if phrase and not (field == "state" and len(evidence.words) > 1 and evidence.kind == "enum"):
            return field, _group(evidence, phrase)
    phrase = evidence.ends(*_PHONES)
    return ("phone", _group(evidence, phrase)) if phrase else None


def street_group(evidence: Evidence) -> str | None:
    """Return the group of a street address's column, or None for any other column."""
    phrase = evidence.ends(*_STREETS)
    return _group(evidence, phrase) if phrase else None


def _group(evidence: Evidence, phrase: str) -> str:
    """Return the words before the phrase; those of the table's own name, and `contact`, `home` or `work`, do not set a group apart."""
    before = evidence.words[: len(evidence.words) - len(phrase.split())]
    kept = [
        w for w in before if w not in evidence.subject and w not in {"contact", "home", "work", "phone", "address", "mobile", "primary"}
    ]
    return "_".join(kept) or "place"


def _group_fields(evidence: Evidence, group: str) -> set[str]:
    """Return the fields of places that the table's columns hold for a group."""
    others = (
        Evidence(evidence.setting, evidence.table, c) for c in evidence.table.stored_columns if c.type.kind in {"text", "decimal", "float"}
    )
    return {found[0] for o in others if (found := place_field(o)) and found[1] == group}


def place(evidence: Evidence) -> ColumnPlan | None:
    """City, state, postal code, country and phone of one group are one record of `places`."""
    found = place_field(evidence)
    if found is None or evidence.kind not in {"text", "decimal", "float", "integer"}:
        return None
    field, group = found
    if evidence.is_number and field not in {"latitude", "longitude", "postal_code", "phone"}:
        return None
    if field == "state" and evidence.kind == "text" and _is_status(evidence):
        return None
    together = _group_fields(evidence, group)
    strategy = _single(evidence, field) if not together - {field, "phone", "timezone"} else None
    strategy = strategy or _from_record(evidence, field, group)
    others = sorted(together - {field})
    with_others = f", agreeing with {', '.join(o.replace('_', ' ') for o in others)}" if others and isinstance(strategy, Record) else ""
    return propose(evidence, strategy, f"name ends in '{evidence.words[-1]}'{with_others}", null_fraction=0.05 if field == "phone" else 0.0)


def _is_status(evidence: Evidence) -> bool:
    """Tell whether `state` means a condition: no other part of an address stands in the table."""
    group = _group(evidence, "state")
    address = _group_fields(evidence, group) & {"city", "postal_code", "country"}
    streets = any(Evidence(evidence.setting, evidence.table, c).ends(*_STREETS) for c in evidence.table.stored_columns)
    return not address and not streets and not evidence.about("city", "state", "region", "address", "place", "location")


def _from_record(evidence: Evidence, field: str, group: str) -> Strategy:
    limit = evidence.max_length
    if evidence.is_number and field in {"postal_code", "phone"}:
        low, high = (10_000, 99_999) if field == "postal_code" else (2_000_000_000, 9_999_999_999)
        return Number(low=Decimal(low), high=Decimal(min(high, getattr(evidence.type, "high", high))))
    if limit is not None and limit <= 3:
        field = {"state": "state_code", "country": "country_code"}.get(field, field)
    if field == "phone" and limit is not None and limit < 14:
        return Pattern(pattern=rf"[2-9]\d{{2}}555\d{{{max(1, min(limit, 10) - 6)}}}" if limit >= 7 else rf"\d{{{limit}}}")
    return Record(vocabulary="places", field=field, group=group)


_ALONE: dict[str, Callable[[Evidence], Strategy]] = {
    "country": lambda e: Vocabulary(name=_country_list(e)),
    "country_code": lambda e: Vocabulary(name=_country_list(e)),
    "timezone": lambda _: Vocabulary(name="timezone"),
}


def _country_list(evidence: Evidence) -> str:
    if evidence.max_length == 3:
        return "country_code.alpha3"
    return "country_code" if evidence.max_length == 2 or evidence.ends("code", "iso", "iso2") else "country"


def _single(evidence: Evidence, field: str) -> Strategy | None:
    """Return where a lone field comes from: a country without an address may be any country of the world."""
    return _ALONE[field](evidence) if field in _ALONE and evidence.kind == "text" else None


def street(evidence: Evidence) -> ColumnPlan | None:
    """Street addresses; with the city behind them where the table has no city for them."""
    if evidence.kind != "text":
        return None
    phrase = evidence.ends(*_SECOND_LINES)
    if phrase:
        return propose(evidence, Vocabulary(name="templates.secondary_address"), f"name ends in '{phrase}'", null_fraction=0.75)
    phrase = evidence.ends(*_STREETS)
    if not phrase or evidence.says("ip address", "mac address", "web address", "email address", "wallet address"):
        return None
    if evidence.ends("street name"):
        return propose(evidence, Template(templates=("{vocabulary:street_name} {vocabulary:street_suffix}",)), "name says street name")
    if "city" in _group_fields(evidence, _group(evidence, phrase)) or (evidence.max_length or 99) < 50:
        return propose(evidence, Vocabulary(name="templates.street_address"), f"name ends in '{phrase}'")
    template = "{vocabulary:templates.street_address}, {vocabulary:city}"
    return propose(evidence, Template(templates=(template,)), f"name ends in '{phrase}'; no city column goes with it", null_fraction=0.05)


_PLACE_WORDS: tuple[tuple[tuple[str, ...], Strategy], ...] = (
    (
        ("birth place", "place of birth", "birthplace", "hometown", "home town", "origin", "destination", "departure city"),
        Vocabulary(name="city"),
    ),
    (("county",), Template(templates=("{vocabulary:last_name} County",))),
    (("continent",), Vocabulary(name="continent")),
    (("region", "territory", "region name"), Vocabulary(name="state")),
    (
        ("neighborhood", "neighbourhood", "district"),
        Template(templates=("{vocabulary:street_name} District", "Old {vocabulary:street_name}")),
    ),
    (("building", "building name", "campus"), Vocabulary(name="building_name")),
    (("room", "room number", "room no"), Pattern(pattern=r"[1-9][0-4]\d")),
    (("address type",), Vocabulary(name="address_type")),
    (("venue",), Vocabulary(name="building_name")),
    (("shelf", "aisle", "bin", "shelf location"), Pattern(pattern=r"[A-F]-\d{2}-\d")),
)


def place_words(evidence: Evidence) -> ColumnPlan | None:
    """Counties, regions, buildings, rooms, and locations by what the table is about."""
    if evidence.kind != "text":
        return None
    for phrases, strategy in _PLACE_WORDS:
        phrase = evidence.ends(*phrases)
        if phrase:
            return propose(evidence, strategy, f"name ends in '{phrase}'", null_fraction=0.1)
    if evidence.ends("location", "office", "site"):
        office = evidence.about("department", "team", "office", "employee", "company", "division")
        return propose(evidence, Vocabulary(name="office_location" if office else "city"), "name says where", null_fraction=0.05)
    return None
