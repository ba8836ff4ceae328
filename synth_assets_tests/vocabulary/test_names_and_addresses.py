"""Names that make readable addresses, mail that reaches nobody, places whose parts agree."""

import pkgutil
import re
from zoneinfo import ZoneInfo

import pytest

from synth_assets.vocabulary import load_records, load_words, word_list_names
from synth_assets.vocabulary.places import PLACE_FIELDS, place_locales
from synth_assets_tests.vocabulary.rendering import render

RESERVED = re.compile(r"(^|\.)(example\.(com|org|net)|example)$")


def _faker_locales() -> list[str]:
    import faker.providers.person as person

    return sorted(m.name for m in pkgutil.iter_modules(person.__path__) if "_" in m.name)


@pytest.mark.parametrize("locale", _faker_locales())
def test_names_of_every_locale_faker_knows(locale: str) -> None:
    for name in ("first_name", "first_name.male", "first_name.female"):
        values = load_words(name, locale).values
        assert values
        assert all(len(value) >= 2 and " " not in value and "." not in value for value in values)
    assert all("." not in value for value in load_words("last_name", locale).values)


def test_american_names_have_their_frequencies() -> None:
    names = load_words("last_name", "en_US")
    assert names.weights is not None
    heaviest = names.values[names.weights.index(max(names.weights))]
    assert heaviest == "Smith"
    assert {"McDonald", "O'Connor"} < set(names.values)
    assert not [name for name in names.values if name.startswith("Mc") and name[2].islower()]


def test_mail_goes_to_reserved_domains_only() -> None:
    domains = load_words("email_domain", "en_US").values
    assert len(domains) >= 16
    assert all(RESERVED.search(domain) for domain in domains)


@pytest.mark.parametrize(
    "name", ["templates.web_domain", "templates.url", "templates.website", "templates.image_url", "templates.host_name"]
)
def test_hosts_are_reserved_too(name: str) -> None:
    for template in load_words(name, "en_US").values:
        host = re.sub(r"^https?://", "", render(template, "en_US", 3)).split("/")[0]
        assert RESERVED.search(host), template


@pytest.mark.parametrize("locale", place_locales())
def test_places_are_whole_and_agree(locale: str) -> None:
    places = load_records("places", locale)
    assert places.fields == PLACE_FIELDS
    assert places.weights is not None
    assert list(places.weights) == sorted(places.weights, reverse=True)
    for row in places.rows:
        place = dict(zip(places.fields, row, strict=True))
        assert place["country_code"] == locale[-2:]
        assert place["area_code"] in place["phone"]
        assert place["phone_international"].startswith("+")
        assert re.search(r"[#%]", place["phone"])
        assert -90 <= float(place["latitude"]) <= 90
        assert -180 <= float(place["longitude"]) <= 180
        assert ZoneInfo(place["timezone"])


@pytest.mark.parametrize("locale", place_locales())
def test_a_state_has_one_code_and_a_city_one_postal_area(locale: str) -> None:
    rows = load_records("places", locale).rows
    assert len({row[1] for row in rows}) == len({row[2] for row in rows}) == len({row[1:3] for row in rows})
    assert len({row[3] for row in rows}) >= len({row[1] for row in rows})


@pytest.mark.parametrize(
    ("locale", "postal_code"),
    [
        ("en_US", r"\d{3}##"),
        ("en_GB", r"[A-Z]{1,2}(%|%%|#|48) %[A-Z]{2}"),
        ("de_DE", r"\d{2,3}#{2,3}"),
        ("fr_FR", r"\d{2}(%00|\d{2}%)"),
        ("es_ES", r"\d{3}##"),
        ("it_IT", r"\d{3}##"),
        ("nl_NL", r"\d\d## [A-Z]{2}"),
        ("pt_BR", r"\d{3}##-###"),
        ("pl_PL", r"\d\d-(###|\d##)"),
        ("sv_SE", r"\d{3} ##"),
        ("ja_JP", r"\d{3}-####"),
    ],
)
def test_postal_codes_have_the_shape_of_their_country(locale: str, postal_code: str) -> None:
    assert {row[3] for row in load_records("places", locale).rows if not re.fullmatch(postal_code, row[3])} == set()


USPS_AREAS_FAKER_LACKS = {"CT": (60, 69), "NE": (680, 693), "OK": (730, 749), "TX": (750, 799), "DC": (200, 205)}
"""Faker's ranges stop short in these states; the Postal Service's first three digits."""


def test_american_postal_codes_lie_in_their_state() -> None:
    from faker.providers.address.en_US import Provider

    for city, _, state, postal_code, *_ in load_records("places", "en_US").rows:
        low, high = USPS_AREAS_FAKER_LACKS.get(state, tuple(bound // 100 for bound in Provider.states_postcode[state]))
        assert low <= int(postal_code[:3]) <= high, (city, state, postal_code)


def test_american_phones_ring_nowhere() -> None:
    rows = load_records("places", "en_US").rows
    assert {row[2] for row in rows} >= {"AK", "WY", "DC", "HI", "VT"}
    assert all(re.fullmatch(r"\([2-9]\d\d\) 555-01##", row[7]) and row[8] == f"+1 {row[6]}-555-01##" for row in rows)


def test_an_area_code_belongs_to_one_state() -> None:
    by_area: dict[str, set[str]] = {}
    for row in load_records("places", "en_US").rows:
        by_area.setdefault(row[6], set()).add(row[2])
    assert [area for area, states in by_area.items() if len(states) > 1] == []


def test_countries_agree_with_what_names_them() -> None:
    countries = {row[1]: row for row in load_records("countries", "en_US").rows}
    assert len(countries) >= 100
    for row in load_records("airports", "en_US").rows:
        assert countries[row[4]][0] == row[3], row
    for row in load_records("world_places", "en_US").rows:
        assert countries[row[2]][0] == row[1]
    assert countries["DE"][2:] == ("DEU", "Europe", "EUR", "Berlin", "49", "German")


def test_salaries_and_prices_are_ranges() -> None:
    for row in (*load_records("jobs", "en_US").rows, *load_records("products", "en_US").rows):
        assert 0 < int(row[-2]) < int(row[-1]), row


def test_jobs_belong_to_known_departments() -> None:
    assert set(load_records("jobs", "en_US").field_values("department")) <= set(load_words("department", "en_US").values)


def test_product_categories_have_their_nouns() -> None:
    nouns = {n for n in word_list_names() if n.startswith("product_noun.")}
    assert len(nouns) == len(load_records("products", "en_US").field_values("category")) == 12
