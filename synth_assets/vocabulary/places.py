"""Places of a locale's country: city, region, postal code, phone and time zone that belong together.

Cities, positions, populations and time zones come from GeoNames. Regions, postal prefixes and area codes
are facts kept in `countries/<locale>.yaml` for anchor cities; any other city takes those of the nearest
anchor in its region, so its postal code and area code are ones of its neighbourhood.

A country file holds:
    country, dialling_code, trunk (prefix dropped from abroad), limit (how many cities, largest first)
    regions: GeoNames admin1 code -> [code, name]
    phone, phone_international: `{area}`, `{national}` (the area code without trunk) and `{subscriber}`
    subscriber: the subscriber number where an anchor has none; `#` a digit, `%` 1-9
    names: GeoNames' city name -> the local one; with `named_only: true` no other city is used
    anchors: lines `region code; city as in GeoNames; postal code; area code[; subscriber]`
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import cos, radians
from typing import Any

from synth_assets.vocabulary.content import read_yaml
from synth_assets.vocabulary.geography import City, cities_of, load_countries
from synth_assets.vocabulary.model import Records, VocabularyError

COUNTRIES_FOLDER = "countries"

PLACE_FIELDS = (
    "city",
    "state",
    "state_code",
    "postal_code",
    "country",
    "country_code",
    "area_code",
    "phone",
    "phone_international",
    "latitude",
    "longitude",
    "timezone",
)


@dataclass(frozen=True, slots=True)
class _Anchor:
    city: City
    postal_code: str
    area_code: str
    subscriber: str


def place_locales() -> tuple[str, ...]:
    """Return the locales that have a country file, sorted."""
    folder = resources.files("synth_assets.vocabulary").joinpath(COUNTRIES_FOLDER)
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


@cache
def build_places(locale: str) -> Records | None:
    """Return the places of a locale's country, largest first, weighted by population; None without a country file.

    Raises VocabularyError when the file names an anchor GeoNames does not have, or leaves a region without one.
    """
    if locale not in place_locales():
        return None
    facts = read_yaml(f"{COUNTRIES_FOLDER}/{locale}.yaml")
    cities = [c for c in cities_of(facts["country"]) if _belongs(c, facts)][: facts["limit"]]
    anchors = _read_anchors(locale, facts)
    missing = sorted({c.region for c in cities} - set(anchors))
    if missing:
        raise VocabularyError(f"countries/{locale}.yaml: no anchor in regions {', '.join(missing)}")
    country = next(c.name for c in load_countries() if c.iso2 == facts["country"])
    rows = tuple(_build_row(facts, city, country, _nearest(city, anchors[city.region])) for city in cities)
    return Records(PLACE_FIELDS, rows, tuple(float(city.population) for city in cities))


def _belongs(city: City, facts: Mapping[str, Any]) -> bool:
    named = city.name in facts["names"]
    return city.region in facts["regions"] and (named or (city.has_plain_name and not facts.get("named_only", False)))


def _read_anchors(locale: str, facts: Mapping[str, Any]) -> dict[str, list[_Anchor]]:
    """Return the anchors by GeoNames region."""
    by_code = {str(code): region for region, (code, _) in facts["regions"].items()}
    cities = {(c.region, c.name): c for c in cities_of(facts["country"])}
    anchors: dict[str, list[_Anchor]] = {}
    unknown: list[str] = []
    for line in facts["anchors"].splitlines():
        code, name, postal_code, area_code, *subscriber = [part.strip() for part in line.split(";")]
        city = cities.get((by_code.get(code, ""), name))
        if city is None:
            unknown.append(f"{code}; {name}")
            continue
        found = _Anchor(city, postal_code, area_code, subscriber[0] if subscriber else facts["subscriber"])
        anchors.setdefault(city.region, []).append(found)
    if unknown:
        raise VocabularyError(f"countries/{locale}.yaml: GeoNames has no such city: {', '.join(unknown)}")
    return anchors


def _nearest(city: City, anchors: Iterable[_Anchor]) -> _Anchor:
    """Return the nearest anchor; an equirectangular distance is exact enough within a region."""
    narrowing = cos(radians(city.latitude))

    def distance(anchor: _Anchor) -> float:
        east = (anchor.city.longitude - city.longitude) * narrowing
        return east * east + (anchor.city.latitude - city.latitude) ** 2

    return min(anchors, key=distance)


def _build_row(facts: Mapping[str, Any], city: City, country: str, anchor: _Anchor) -> tuple[str, ...]:
    state_code, state = facts["regions"][city.region]
    national = anchor.area_code.removeprefix(facts["trunk"])
    slots = {"area": anchor.area_code, "national": national, "subscriber": anchor.subscriber}
    return (
        facts["names"].get(city.name, city.name),
        state,
        str(state_code),
        anchor.postal_code,
        facts.get("country_name", country),
        city.country,
        anchor.area_code,
        facts["phone"].format_map(slots),
        facts["phone_international"].format_map(slots),
        f"{city.latitude:.5f}",
        f"{city.longitude:.5f}",
        city.timezone,
    )
