"""The word lists kept in this package: `words/<locale>/*.yaml`, one mapping of list names per file.

A list is a YAML list (all alike), a mapping of value to weight, or a text block with one entry a line.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from synth_assets.vocabulary.model import VocabularyError, Words

WORDS_FOLDER = "words"

_WEIGHT_BY_SLOTS = (1.0, 5.0, 9.0, 10.0)
"""Weight of a sentence with 0, 1, 2, and 3 or more open slots."""


@cache
def kept_words(locale: str) -> Mapping[str, Words]:
    """Return every list kept for a locale, by name; empty when there is none.

    Raises VocabularyError when a file is not what the module docstring says, or two files hold the same name.
    """
    folder = resources.files("synth_assets.vocabulary").joinpath(WORDS_FOLDER, locale)
    found: dict[str, Words] = {}
    if not folder.is_dir():
        return MappingProxyType(found)
    for file in sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name):
        for name, entry in read_yaml(f"{WORDS_FOLDER}/{locale}/{file.name}").items():
            if name in found:
                raise VocabularyError(f"{file.name}: list '{name}' is in another file of {locale} too")
            words = _read_list(f"{file.name}: {name}", entry)
            found[name] = _favour_variety(words) if name.startswith("sentences.") else words
    return MappingProxyType(found)


def read_yaml(path: str) -> dict[str, Any]:
    """Return the mapping in a YAML file of this package. Raises VocabularyError when it is not one."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it: ten times as fast
    text = resources.files("synth_assets.vocabulary").joinpath(path).read_text(encoding="utf-8")
    try:
        document = yaml.load(text, Loader=loader)  # noqa: S506 (both are safe loaders)
    except yaml.YAMLError as error:
        raise VocabularyError(f"{path} is not valid YAML: {error}") from None
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise VocabularyError(f"{path} is not a mapping of names")
    return document


def _favour_variety(words: Words) -> Words:
    """Weigh sentences by their open slots: those without say the same thing every time, so they should come up rarely."""
    slots = [value.count("{vocabulary:") + value.count("{number:") for value in words.values]
    return Words(words.values, tuple(_WEIGHT_BY_SLOTS[min(count, len(_WEIGHT_BY_SLOTS) - 1)] for count in slots))


def _read_list(where: str, entry: Any) -> Words:
    if isinstance(entry, str):
        entry = [line.strip() for line in entry.splitlines() if line.strip()]
    values = tuple(entry) if isinstance(entry, list | dict) else ()
    wrong = [v for v in values if not isinstance(v, str) or not v.strip()]
    if not values or wrong:
        raise VocabularyError(f"{where}: not a list of texts: {wrong[:5]}")
    if len(set(values)) != len(values):
        repeated = [v for v in dict.fromkeys(values) if values.count(v) > 1]
        raise VocabularyError(f"{where}: values repeat: {repeated[:5]}")
    if isinstance(entry, list):
        return Words(values)
    if not all(isinstance(w, int | float) and w > 0 for w in entry.values()):
        raise VocabularyError(f"{where}: weights must be positive numbers")
    return Words.weighted(entry)
