"""The catalogue: every word list and record list by name and locale, loaded once per process.

A word list comes from the kept files of the locale, else from a builder for the locale, else from the
default locale (and says so). Values change only with this package or the libraries it reads; the
fingerprint of a list tells whether they did.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cache, partial

from synth_assets.errors import closest_name
from synth_assets.vocabulary.content import kept_words
from synth_assets.vocabulary.model import DEFAULT_LOCALE, RecordList, Records, VocabularyError, WordList, Words
from synth_assets.vocabulary.personal_names import PERSONAL_NAMES, personal_names
from synth_assets.vocabulary.places import build_places
from synth_assets.vocabulary.records import GLOBAL_RECORDS, LOCAL_WORD_FIELDS, WORD_FIELDS, build_global_records, field_words

_WORD_BUILDERS: Mapping[str, Callable[[str], Words | None]] = {
    **{name: partial(personal_names, name) for name in PERSONAL_NAMES},
    **{name: partial(field_words, name) for name in (*WORD_FIELDS, *LOCAL_WORD_FIELDS)},
}


@cache
def word_list_names() -> tuple[str, ...]:
    """Return the names of all word lists, sorted; every one of them loads for every locale."""
    return tuple(sorted({*kept_words(DEFAULT_LOCALE), *_WORD_BUILDERS}))


def record_list_names() -> tuple[str, ...]:
    """Return the names of all record lists, sorted."""
    return tuple(sorted({"places", *GLOBAL_RECORDS}))


@cache
def load_words(name: str, locale: str) -> WordList:
    """Return a word list; `fallback` is set when the content is the default locale's for want of its own.

    Raises VocabularyError when there is no list of that name.
    """
    if name not in word_list_names():
        raise _unknown("word list", name, word_list_names())
    words = _find_words(name, locale)
    if words is not None:
        return WordList(name, locale, words.values, words.weights)
    words = _find_words(name, DEFAULT_LOCALE)
    if words is None:
        raise VocabularyError(f"word list '{name}' has no content for {DEFAULT_LOCALE}")
    return WordList(name, locale, words.values, words.weights, fallback=True)


@cache
def load_records(name: str, locale: str) -> RecordList:
    """Return a record list; `fallback` is set when the content is the default locale's for want of its own.

    Raises VocabularyError when there is no list of that name.
    """
    if name not in record_list_names():
        raise _unknown("record list", name, record_list_names())
    records: Records | None
    if name in GLOBAL_RECORDS:
        records = build_global_records(name)
        return RecordList(name, locale, records.fields, records.rows, records.weights)
    records = build_places(locale)
    fallback = records is None
    if records is None:
        records = build_places(DEFAULT_LOCALE)
    if records is None:
        raise VocabularyError(f"record list '{name}' has no content for {DEFAULT_LOCALE}")
    return RecordList(name, locale, records.fields, records.rows, records.weights, fallback)


@cache
def fingerprint_vocabulary(name: str, locale: str) -> str:
    """Return the SHA-256 of a list's content (values, order, weights), whichever kind `name` is.

    Raises VocabularyError when there is no list of that name.
    """
    content: object
    if name in record_list_names():
        records = load_records(name, locale)
        content = [records.fields, records.rows, records.weights]
    else:
        words = load_words(name, locale)
        content = [words.values, words.weights]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _find_words(name: str, locale: str) -> Words | None:
    kept = kept_words(locale).get(name)
    if kept is not None or name not in _WORD_BUILDERS:
        return kept
    return _WORD_BUILDERS[name](locale)


def _unknown(kind: str, name: str, names: tuple[str, ...]) -> VocabularyError:
    hint = closest_name(name, names)
    return VocabularyError(f"no {kind} named '{name}'" + (f"; {hint}" if hint else ""))
