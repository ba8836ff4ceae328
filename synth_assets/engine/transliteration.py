"""Names as ASCII: what a name looks like in an address or a URL."""

import re

from anyascii import anyascii

_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")


def slug(text: str) -> str:
    """Return a text in lower-case ASCII letters and digits only: `Zoë O'Neil` becomes `zoeoneil`."""
    return _NOT_ALPHANUMERIC.sub("", anyascii(text).lower())


def letters_only(text: str, shortest: int) -> str:
    """Return the letters of a text's slug, padded with `x` to at least `shortest` of them."""
    return re.sub(r"\d", "", slug(text)).ljust(shortest, "x")
