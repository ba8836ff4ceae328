"""Record lists that are the same in every locale, and the word lists that are one field of a record list.

Facts the libraries lack (demonyms, symbols, airports, makes and models, pay ranges, price ranges) are kept in
`facts/*.yaml`.
"""

from collections.abc import Callable, Mapping
from functools import cache

from synth_assets.vocabulary.content import kept_words, read_yaml
from synth_assets.vocabulary.geography import load_cities, load_countries
from synth_assets.vocabulary.model import DEFAULT_LOCALE, Records, VocabularyError, Words
from synth_assets.vocabulary.places import build_places

WORD_FIELDS: Mapping[str, tuple[str, str]] = {
    "country": ("countries", "name"),
    "country_code": ("countries", "iso2"),
    "country_code.alpha3": ("countries", "iso3"),
    "nationality": ("countries", "nationality"),
    "currency_code": ("currencies", "code"),
    "currency_name": ("currencies", "name"),
    "language": ("languages", "name"),
    "language_code": ("languages", "code"),
    "timezone": ("world_places", "timezone"),
    "airport_code": ("airports", "iata"),
    "vehicle_make": ("vehicles", "make"),
    "vehicle_model": ("vehicles", "model"),
    "vehicle_type": ("vehicles", "type"),
    "job_title": ("jobs", "title"),
}
"""Word list -> (record list, field); the weight of a value is the sum over its records."""

LOCAL_WORD_FIELDS: Mapping[str, str] = {"city": "city", "state": "state", "state_code": "state_code"}
"""Word list -> field of the locale's places."""

KEPT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "currencies": ("code", "name", "symbol"),
    "languages": ("code", "name"),
    "vehicles": ("make", "model", "type"),
    "airports": ("iata", "name", "city", "country", "country_code", "latitude", "longitude"),
    "jobs": ("title", "department", "level", "salary_low", "salary_high"),
}
"""Record lists kept as lines in `facts/<name>.yaml`, and their fields; a last column is the weight."""


_BRANDS_A_NOUN = 8


def field_words(name: str, locale: str) -> Words | None:
    """Return the word list `name` of `WORD_FIELDS` or `LOCAL_WORD_FIELDS`; None where the locale has no records for it."""
    if name in LOCAL_WORD_FIELDS:
        records = build_places(locale)
        return None if records is None else _sum_weights(records, LOCAL_WORD_FIELDS[name])
    if locale != DEFAULT_LOCALE:
        return None
    source, field = WORD_FIELDS[name]
    return _sum_weights(build_global_records(source), field)


@cache
def build_global_records(name: str) -> Records:
    """Return a record list of `GLOBAL_RECORDS`. Raises VocabularyError when its kept lines contradict themselves."""
    return GLOBAL_RECORDS[name]()


def _sum_weights(records: Records, field: str) -> Words:
    position = records.fields.index(field)
    weights: dict[str, float] = {}
    for row, weight in zip(records.rows, records.weights or [1.0] * len(records.rows), strict=True):
        weights[row[position]] = weights.get(row[position], 0.0) + weight
    return Words.weighted(weights) if records.weights else Words(tuple(weights))


def _build_countries() -> Records:
    fields = ("name", "iso2", "iso3", "continent", "currency_code", "capital", "dialling_code", "nationality")
    facts = _read_nationalities()
    countries = [c for c in load_countries() if c.iso2 in facts]
    rows = tuple((c.name, c.iso2, c.iso3, c.continent, c.currency_code, c.capital, c.dialling_code, facts[c.iso2][0]) for c in countries)
    return Records(fields, rows, tuple(facts[c.iso2][1] for c in countries))


def _build_world_places() -> Records:
    """Return the 3,000 largest cities of the countries we have demonyms for, weighted by the root of their population.

    The root keeps a world of cities from becoming a list of megacities.
    """
    fields = ("city", "country", "country_code", "nationality", "timezone", "currency_code", "latitude", "longitude")
    facts = _read_nationalities()
    countries = {c.iso2: c for c in load_countries() if c.iso2 in facts}
    cities = [c for c in load_cities() if c.country in countries and c.has_plain_name][:3000]
    rows = {
        (
            city.name,
            countries[city.country].name,
            city.country,
            facts[city.country][0],
            city.timezone,
            countries[city.country].currency_code,
            f"{city.latitude:.5f}",
            f"{city.longitude:.5f}",
        ): round(float(city.population) ** 0.5, 3)
        for city in cities
    }
    return Records(fields, tuple(rows), tuple(rows.values()))


def _build_products() -> Records:
    """Return every product noun under several brands, with its category and the price range usual there."""
    lists = kept_words(DEFAULT_LOCALE)
    brands = lists["brand"].values
    rows: dict[tuple[str, ...], None] = {}
    for key, (category, low, high) in read_yaml("facts/product_categories.yaml").items():
        nouns = lists[f"product_noun.{key}"].values
        for position, noun in enumerate(nouns):
            chosen = (brands[(position * _BRANDS_A_NOUN + step * 7) % len(brands)] for step in range(_BRANDS_A_NOUN))
            rows.update(((f"{brand} {noun}", category, low, high), None) for brand in chosen)
    return Records(("name", "category", "price_low", "price_high"), tuple(rows))


@cache
def _read_nationalities() -> dict[str, tuple[str, float]]:
    """Return ISO code -> (demonym, weight)."""
    document = read_yaml("facts/nationalities.yaml")
    return {code: (str(entry[0]), float(entry[1])) for code, entry in document.items()}


def _read_records(name: str) -> Records:
    """Read `facts/<name>.yaml`: under `records`, lines of fields split by `;`, under `weighted` whether a weight follows."""
    document = read_yaml(f"facts/{name}.yaml")
    fields, weighted = KEPT_FIELDS[name], bool(document["weighted"])
    lines = [[part.strip() for part in line.split(";")] for line in document["records"].splitlines() if line.strip()]
    wrong = [line for line in lines if len(line) != len(fields) + weighted or not all(line)]
    rows = tuple(tuple(line[: len(fields)]) for line in lines)
    if wrong or len(set(rows)) != len(rows):
        raise VocabularyError(f"{name}.yaml: {'wrong number of fields: ' + str(wrong[:3]) if wrong else 'records repeat'}")
    return Records(fields, rows, tuple(float(line[-1]) for line in lines) if weighted else None)


def _kept(name: str) -> Callable[[], Records]:
    return lambda: _read_records(name)


GLOBAL_RECORDS: Mapping[str, Callable[[], Records]] = {
    "countries": _build_countries,
    "world_places": _build_world_places,
    "products": _build_products,
    **{name: _kept(name) for name in KEPT_FIELDS},
}
"""Record lists that do not depend on the locale, and what builds them."""
