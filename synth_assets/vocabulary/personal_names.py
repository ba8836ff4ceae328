"""Given and family names by locale, from Faker's person providers: facts and frequencies, none of its machinery.

Names with blanks, titles or a single letter are left out of the given names, so that an address made of a
name can be read back.
"""

import importlib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Any

from synth_assets.vocabulary.model import Words

PERSONAL_NAMES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "first_name": (("first_names",), ("first_names_male", "first_names_female")),
    "first_name.male": (("first_names_male",), ("first_names",)),
    "first_name.female": (("first_names_female",), ("first_names",)),
    "last_name": (("last_names",), ("unisex_last_names",), ("last_names_male",), ("last_names_unisex",)),
    "middle_name": (("first_names",), ("first_names_male", "first_names_female")),
}
"""Our list -> the provider's attributes: the first group with content counts, its members are joined."""

_CENSUS_SPELLINGS = {"Oconnor": "O'Connor", "Obrien": "O'Brien", "Oneal": "O'Neal", "Oneill": "O'Neill", "Odonnell": "O'Donnell"}


def personal_names(name: str, locale: str) -> Words | None:
    """Return one of `PERSONAL_NAMES` in a locale, or None when Faker has no such locale or list."""
    provider = _load_provider(locale)
    if provider is None:
        return None
    accepts = _is_family_name if name == "last_name" else _is_given_name
    for group in PERSONAL_NAMES[name]:
        sources = [provider[attribute] for attribute in group if attribute in provider]
        words = _join(sources, accepts)
        if words is not None:
            return words
    return None


def _respell(name: str) -> str:
    """Give Scottish and Irish names the capitals the American census drops."""
    return _CENSUS_SPELLINGS.get(name) or re.sub(r"^Mc([a-z])", lambda m: f"Mc{m[1].upper()}", name)


def _is_given_name(text: str) -> bool:
    letters = re.sub(r"[-'’]", "", text)
    return _count_letters(letters) == len(letters) >= 2


def _is_family_name(text: str) -> bool:
    letters = re.sub(r"[-'’ ]", "", text)
    return _count_letters(letters) == len(letters) >= 1


def _count_letters(text: str) -> int:
    """Count letters and the marks that belong to them (vowel signs of Indic scripts)."""
    return sum(unicodedata.category(character)[0] in "LM" for character in text)


@cache
def _load_provider(locale: str) -> Mapping[str, Any] | None:
    """Return the attributes of Faker's person provider of exactly this locale (its own, not the base's), or None."""
    if not re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", locale):
        return None
    try:
        module = importlib.import_module(f"faker.providers.person.{locale}")
    except ModuleNotFoundError as error:
        if error.name and error.name.endswith(locale):
            return None
        raise
    lineage = [c for c in module.Provider.__mro__ if c.__module__.startswith("faker.providers.person.")]
    return {name: value for c in reversed(lineage) for name, value in vars(c).items() if isinstance(value, Collection)}


def _join(sources: list[Any], accepts: Callable[[str], bool]) -> Words | None:
    """Join lists (or mappings to weights) of names; weights are kept only where every source has them."""
    names: dict[str, float] = {}
    for source in sources:
        for value, weight in _weighted(source):
            if accepts(value):
                names[value] = names.get(value, 0.0) + weight
    if not names:
        return None
    if all(isinstance(source, Mapping) for source in sources):
        return Words.weighted({v: w for v, w in names.items() if w > 0})
    return Words.alike(names)


def _weighted(source: Any) -> Iterable[tuple[str, float]]:
    pairs = source.items() if isinstance(source, Mapping) else ((value, 1.0) for value in source)
    return ((_respell(value.strip()), float(weight)) for value, weight in pairs if isinstance(value, str))
