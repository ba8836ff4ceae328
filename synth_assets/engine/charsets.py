"""Texts as a column's character set holds them: what it lacks is written in the letters it has."""

import unicodedata

import pyarrow as pa
import pyarrow.compute as pc
from anyascii import anyascii

from synth_assets.schema.collations import Charset, holds
from synth_assets.schema.model import Column
from synth_assets.schema.types import TextType


def fit_charset(values: pa.Array, column: Column) -> pa.Array:
    """Return the column's texts, each of characters that its character set holds and no longer than it allows; others unchanged.

    Digits and ASCII letters stay as they are, so that what a unique text ends in still tells it apart.
    """
    charset = column.collation.charset
    if charset is None or not isinstance(column.type, TextType) or pc.all(pc.string_is_ascii(values)).as_py() in (True, None):
        return values
    encoded = pc.dictionary_encode(values)
    texts = [None if t is None else held(t, charset, column.type.max_length) for t in encoded.dictionary.to_pylist()]
    return pa.array(texts, type=values.type).take(encoded.indices)


def held(text: str, charset: Charset, limit: int | None) -> str:
    """Return a text in the characters of a character set: spelled out in ASCII where that fits, else letter for letter."""
    if holds(text, charset):
        return text
    spelled = "".join(c if holds(c, charset) else _without_accents(c, charset) or anyascii(c) for c in text)
    if limit is None or len(spelled) <= limit:
        return spelled
    return "".join(c if holds(c, charset) else _without_accents(c, charset) or anyascii(c)[:1] for c in text)[:limit]


def _without_accents(character: str, charset: Charset) -> str:
    base = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    return base if len(base) == 1 and holds(base, charset) else ""
