"""The house grammar of messages: lists of sentences with slots, by language.

Here: the YAML files and their reading. Not here: which sentence a message takes (templates).
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

LANGUAGE = "en"
"""The only language the grammar is written in."""

PARTS = ("openings", "frames", "circumstances", "attempts", "impacts", "requests", "closings", "links", "praise_frames", "praise_around")


@dataclass(frozen=True)
class Grammar:
    """Sentences by part of a message, words by list name, and spellings: long form to short form."""

    sentences: dict[str, tuple[str, ...]]
    words: dict[str, tuple[str, ...]]
    spellings: tuple[tuple[str, str], ...]


@cache
def load_grammar() -> Grammar:
    """Return the house grammar."""
    import yaml

    text = resources.files(__name__).joinpath(f"{LANGUAGE}.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    sentences = {part: tuple(line for line in document.pop(part).splitlines() if line) for part in PARTS}
    spellings = tuple(sorted(document.pop("spellings").items()))
    return Grammar(sentences, {name: tuple(values) for name, values in document.items()}, spellings)
