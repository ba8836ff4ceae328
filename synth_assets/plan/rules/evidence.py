"""What a rule may look at: a column's words, type, comment, constraints and neighbours.

Names are cut into words at underscores, spaces and changes of case; glued words (`firstname`) are cut by a
small dictionary; usual abbreviations are written out. A prefix shared by all columns of a table (`c_name`,
`c_phone`) is left away, and so is the table's own name (`customer_name` in `customers`) in `bare`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from synth_assets.plan.rules.words import ABBREVIATIONS, GLUED_WORDS, SINGULARS
from synth_assets.schema.graph import creation_order
from synth_assets.schema.model import Column, Schema, Table
from synth_assets.schema.types import LogicalType


def singular(word: str) -> str:
    """Return the singular of an English noun in lower case, by the usual endings."""
    if word in SINGULARS:
        return SINGULARS[word]
    for ending, replacement in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("zes", "z")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + replacement
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


@lru_cache(maxsize=50_000)
def words_of(name: str) -> tuple[str, ...]:
    """Return the lower-case words of an identifier, abbreviations written out: `custEmailAddr` gives customer, email, address."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    parts = [p.lower() for p in re.split(r"[^A-Za-z0-9]+", spaced) if p]
    words: list[str] = []
    for part in parts:
        written_out = ABBREVIATIONS.get(part)
        words += written_out.split() if written_out else [part] if part in GLUED_WORDS else _unglue(part)
    return tuple(words)


def _unglue(word: str) -> list[str]:
    """Cut `orderdate` into order, date where both parts are known words; otherwise leave the word whole."""
    base = word.rstrip("0123456789")
    for cut in range(len(base) - 2, 2, -1):
        if base[:cut] in GLUED_WORDS and base[cut:] in GLUED_WORDS:
            return [base[:cut], base[cut:]]
    return [ABBREVIATIONS.get(base, base)] if base and base != word else [word]


def table_words(table: Table) -> tuple[str, ...]:
    """Return the words of a table's name, the last one in the singular: `Order_Items` gives order, item."""
    return _table_words(table.name)


@lru_cache(maxsize=5_000)
def _table_words(name: str) -> tuple[str, ...]:
    words = words_of(name)
    if len(words) > 1 and words[0] in {"tbl", "t", "tb", "dim", "fact", "app", "core", "auth"}:
        words = words[1:]
    return (*words[:-1], singular(words[-1])) if words else ()


@lru_cache(maxsize=2_000)
def _shared_prefix(names: tuple[str, ...]) -> str:
    """Return the first piece before an underscore that all names share and that is no word of its own, or ''."""
    first = {n.split("_", 1)[0].lower() for n in names}
    if len(names) < 3 or len(first) != 1 or not all("_" in n.strip("_") for n in names):
        return ""
    (prefix,) = first
    return prefix if len(prefix) <= 3 and prefix not in GLUED_WORDS else ""


@dataclass(frozen=True)
class Setting:
    """What all columns of a schema share while rules look at them.

    Attributes:
        row_counts: Rows by table key.
        as_of: The data's today.
        locale: `language_COUNTRY`.
    """

    schema: Schema
    row_counts: Mapping[str, int]
    as_of: date
    locale: str

    def has_table(self, *nouns: str) -> bool:
        """Tell whether a table of the schema is named after one of the nouns."""
        return any(set(nouns) & set(table_words(t)) for t in self.schema.tables)

    @cached_property
    def evidences(self) -> dict[str, dict[str, "Evidence"]]:
        """Every column by its table's key and its name, made once: each rule asks each of them for its words."""
        return {t.key: {c.name: Evidence(self, t, c) for c in t.columns} for t in self.schema.tables}

    @cached_property
    def refer_to_open_columns(self) -> tuple[str, ...]:
        """Keys of the tables with a foreign key to a column that may be NULL: one that is UNIQUE and no primary key."""
        known = self.schema.tables_by_key
        keys = ((t.key, k) for t in self.schema.tables for k in t.foreign_keys if k.parent_table in known)
        return tuple(dict.fromkeys(t for t, k in keys if any(_is_open(known[k.parent_table], p) for p in k.parent_columns)))

    @cached_property
    def position(self) -> dict[str, int]:
        """Place of each table in an order that has parents before children as far as cycles allow."""
        return {key: i for i, key in enumerate(creation_order(self.schema))}


def _is_open(table: Table, column: str) -> bool:
    return column in table.columns_by_name and table.column(column).nullable


@dataclass(frozen=True)
class Evidence:
    """One column as the rules see it."""

    setting: Setting
    table: Table
    column: Column

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def type(self) -> LogicalType:
        return self.column.type

    @property
    def kind(self) -> str:
        """The kind of the column's type: `text`, `integer`, ..."""
        return self.column.type.kind

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the name, a prefix shared by the whole table left away."""
        prefix = _shared_prefix(tuple(c.name for c in self.table.columns))
        name = self.name.split("_", 1)[1] if prefix else self.name
        return words_of(name)

    @cached_property
    def subject(self) -> tuple[str, ...]:
        """The words of the table's name in the singular."""
        return table_words(self.table)

    @cached_property
    def bare(self) -> tuple[str, ...]:
        """The words without the table's own name in front: `customer_name` in `customers` gives name."""
        for length in range(len(self.subject), 0, -1):
            own = self.subject[-length:]
            if self.words[: len(own)] == own and len(self.words) > len(own):
                return self.words[len(own) :]
        return self.words

    @property
    def max_length(self) -> int | None:
        return self.column.type.max_length if self.column.type.kind == "text" else None

    @property
    def is_number(self) -> bool:
        return self.kind in {"integer", "decimal", "float"}

    @property
    def is_moment(self) -> bool:
        """A date or a date and time."""
        return self.kind in {"date", "timestamp"}

    def named(self, *phrases: str) -> str | None:
        """Return the phrase that is the whole name (with or without the table's), or None."""
        return next((p for p in phrases if _phrase(p) in (self.words, self.bare)), None)

    def ends(self, *phrases: str) -> str | None:
        """Return the phrase that the name ends in, or None."""
        words = self.words
        alike = _by_last_word(phrases).get(words[-1], ()) if words else ()
        return next((text for text, phrase in alike if words[-len(phrase) :] == phrase), None)

    def says(self, *phrases: str) -> str | None:
        """Return the phrase whose words stand next to each other somewhere in the name, or None."""
        return next((p for p in phrases if _contains(self.words, _phrase(p))), None)

    def about(self, *words: str) -> str | None:
        """Return the word that the table's name holds, or None."""
        return next((w for w in words if w in self.subject), None)


@lru_cache(maxsize=5_000)
def _phrase(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@lru_cache(maxsize=2_000)
def _by_last_word(phrases: tuple[str, ...]) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Return phrases and their words in their order, by their last word: few of a long list can end a given name."""
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for text in phrases:
        found.setdefault(_phrase(text)[-1], []).append((text, _phrase(text)))
    return found


def _contains(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    return any(words[i : i + len(phrase)] == phrase for i in range(len(words) - len(phrase) + 1))
