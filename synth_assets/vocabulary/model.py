"""What the catalogue hands out: word lists and record lists, frozen, and the error it raises."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from synth_assets.errors import SynthAssetsError

DEFAULT_LOCALE = "en_US"
"""Where a list has nothing for a locale, this one's content is used and `fallback` says so."""


class VocabularyError(SynthAssetsError):
    """No such list, or kept content that contradicts itself."""


@dataclass(frozen=True, slots=True)
class WordList:
    """Distinct texts in a fixed order.

    Attributes:
        name: As asked for, e.g. `first_name`.
        locale: As asked for, `language_COUNTRY`.
        values: Distinct, at least one. In lists named `templates.*` and `sentences.*` they hold slots.
        weights: Positive, one per value, any scale; None: all alike.
        fallback: The content is the default locale's because there is none for `locale`.
    """

    name: str
    locale: str
    values: tuple[str, ...]
    weights: tuple[float, ...] | None = None
    fallback: bool = False

    def __len__(self) -> int:
        """Return how many distinct values a column can take from it."""
        return len(self.values)


@dataclass(frozen=True, slots=True)
class RecordList:
    """Distinct rows of fields that belong together, in a fixed order.

    Attributes:
        name: As asked for, e.g. `places`.
        locale: As asked for, `language_COUNTRY`.
        fields: Names of the fields.
        rows: One tuple of non-empty texts per record, as long as `fields`; `#` and `%` may stand for digits.
        weights: Positive, one per row, any scale; None: all alike.
        fallback: The content is the default locale's because there is none for `locale`.
    """

    name: str
    locale: str
    fields: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    weights: tuple[float, ...] | None = None
    fallback: bool = False

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.rows)

    def field_values(self, field: str) -> tuple[str, ...]:
        """Return the distinct values of one field, in order of first appearance. Raises VocabularyError for an unknown one."""
        if field not in self.fields:
            raise VocabularyError(f"records '{self.name}' have no field '{field}': {', '.join(self.fields)}")
        position = self.fields.index(field)
        return tuple(dict.fromkeys(row[position] for row in self.rows))


@dataclass(frozen=True, slots=True)
class Words:
    """Content of a word list before it is named: distinct values and their weights (None: all alike)."""

    values: tuple[str, ...]
    weights: tuple[float, ...] | None = None

    @classmethod
    def alike(cls, values: Iterable[str]) -> Self:
        """Make a list whose values are all alike; repeated values are dropped."""
        return cls(tuple(dict.fromkeys(values)))

    @classmethod
    def weighted(cls, weights: Mapping[str, float]) -> Self:
        """Make a list with a weight for every value."""
        return cls(tuple(weights), tuple(float(w) for w in weights.values()))


@dataclass(frozen=True, slots=True)
class Records:
    """Content of a record list before it is named."""

    fields: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    weights: tuple[float, ...] | None = None
