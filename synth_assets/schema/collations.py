"""When a database takes two texts for the same: letter case, accents, blanks at the end, and the characters it can hold.

A key is unique as its database sees it. `differ` is coarser than any one server: what differs here differs under every
collation of that kind, which is what a plan needs to prove.
"""

import unicodedata
from collections.abc import Collection
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

Charset = Literal["ascii", "latin1", "bmp"]
"""Characters a column can hold where that is not all of Unicode; latin1 is Windows-1252, bmp leaves out emoji."""

_LAST_OF_BMP = 0xFFFF
_KATAKANA = range(0x30A1, 0x30F7)
_TO_HIRAGANA = 0x60
_SMALL_KANA = str.maketrans("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ")
_STROKED = str.maketrans({
    "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "ĸ": "k", "ŋ": "n", "ſ": "s", "ƀ": "b", "ɨ": "i",
    "æ": "ae", "œ": "oe", "þ": "th",
})  # fmt: skip
"""Letters that collations weigh as their base letters and that Unicode does not decompose."""


_SPELLED_OUT = {"ͺ": "ι", "Ŀ": "L", "ŀ": "l", "Ґ": "Г", "ґ": "г"}
_READINGS: tuple[dict[int, str], ...] = (
    str.maketrans(_SPELLED_OUT),
    str.maketrans(_SPELLED_OUT | {"ß": "s", "ẞ": "s"}),
    str.maketrans({"ü": "y", "Ü": "y", "å": "[", "Å": "[", "ä": "\\", "Ä": "\\", "æ": "\\", "Æ": "\\", "ö": "]", "Ö": "]"}),
    str.maketrans({"ä": "ae", "Ä": "ae", "ö": "oe", "Ö": "oe", "ü": "ue", "Ü": "ue", "å": "aa", "Å": "aa", "ø": "oe", "Ø": "oe"}),
)
"""Letters that collations read in different ways: Unicode's, `general_ci`, the Swedish default of latin1, German and Danish."""


class Collation(BaseModel):
    """How a database compares the texts of a column, and which it can hold.

    Attributes:
        ignores_case: `Ann` equals `ANN`.
        ignores_accents: `José` equals `Jose`.
        pads: Blanks at the end do not count.
        charset: None for all of Unicode.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ignores_case: bool = False
    ignores_accents: bool = False
    pads: bool = False
    charset: Charset | None = None

    @property
    def is_exact(self) -> bool:
        """Tell whether texts are the same only when all their characters are."""
        return not (self.ignores_case or self.ignores_accents or self.pads)

    def joined(self, other: "Collation") -> "Collation":
        """Return the collation that ignores whatever either ignores, with this one's character set."""
        return Collation(
            ignores_case=self.ignores_case or other.ignores_case,
            ignores_accents=self.ignores_accents or other.ignores_accents,
            pads=self.pads or other.pads,
            charset=self.charset,
        )


EXACT = Collation()


def differ(texts: Collection[str], collation: Collation) -> bool:
    """Tell whether texts that are all distinct stay so under a collation, whichever server's tables it uses."""
    if collation.is_exact:
        return True
    count = len(set(texts))
    readings = _READINGS if collation.ignores_accents else _READINGS[:1]
    return all(len({_folded(t, collation, at) for t in texts}) == count for at in range(len(readings)))


@lru_cache(maxsize=200_000)
def _folded(text: str, collation: Collation, reading: int) -> str:
    """Return what texts taken for the same share, in one of the readings."""
    if collation.ignores_case or collation.ignores_accents:
        text = unicodedata.normalize("NFC", text).translate(_READINGS[reading])
        text = "".join(c for c in unicodedata.normalize("NFKD" if collation.ignores_accents else "NFKC", text) if _has_weight(c))
        text = text.casefold().replace("ς", "σ")
        text = "".join(chr(ord(c) - _TO_HIRAGANA) if ord(c) in _KATAKANA else c for c in text).translate(_SMALL_KANA)
    if collation.ignores_accents:
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).translate(_STROKED)
    return text.rstrip(" \u3000") if collation.pads else text


def _has_weight(character: str) -> bool:
    """Control characters weigh nothing anywhere, and what lies beyond the basic plane weighs the same in old tables."""
    return ord(character) <= _LAST_OF_BMP and unicodedata.category(character) not in {"Cc", "Cf", "Cn", "Co", "Cs"}


def holds(text: str, charset: Charset | None) -> bool:
    """Tell whether a column of that character set can hold a text."""
    match charset:
        case None:
            return True
        case "ascii":
            return text.isascii()
        case "bmp":
            return all(ord(c) <= _LAST_OF_BMP for c in text)
        case "latin1":
            try:
                text.encode("cp1252")
            except UnicodeEncodeError:
                return False
            return True
