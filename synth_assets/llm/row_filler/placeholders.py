"""Texts that stand for a text: a model that did not write, but filled in a form."""

import re

_PLACEHOLDERS = re.compile(
    r"lorem ipsum|dolor sit amet|\bplaceholder\b|\byour text here\b|\binsert .{0,40} here\b|\bas an ai\b|\blanguage model\b"
    r"|^\W*(?:(?:sample|example|test|dummy|generic)\s+)?(?:text|string|review|comment|title|name|description|message|content|body|item|product"
    r"|value|data|row|note|summary|foo|bar|baz|todo|tbd|n/?a|none|null|undefined|unknown)?\W*\d*\W*$"
    r"|\[[a-z_ ]{2,40}\]|<[a-z_ ]{2,40}>|\{[a-z_ .]{2,40}\}"
    r"|\b__\w+__\b|(?-i:^\W*[A-Z0-9]+(?:_[A-Z0-9]+)+\W*$)",
    re.IGNORECASE,
)


def is_placeholder(column: str, text: str) -> bool:
    """Return whether a text of a column is none: a dummy, a slot left open, a name of a constant, the column's own name."""
    return bool(_PLACEHOLDERS.search(text)) or essence_of(text) == essence_of(column)


def essence_of(text: str) -> str:
    """Return the letters of a text: case, digits, blanks and punctuation make no other text of it."""
    return "".join(c for c in text.casefold() if c.isalpha())
