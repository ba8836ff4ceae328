"""File names of table keys: readable for ordinary names, distinct on every file system.

`books` stays `books`; `Books` becomes `Books~1`, because some file systems do not tell the two apart:
the hexadecimal number after `~` says which letters are capitals. Everything but ASCII letters, digits,
`_`, `-` and inner dots is written as `%xx` bytes of its UTF-8 form.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable

MAX_NAME_LENGTH = 180
"""Room for an extension and a temporary suffix below the 255 bytes that file systems allow."""

_KEPT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
_UNSAFE_IN_PLAIN_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%~\ud800-\udfff]')
_DIGEST_MARK = "~~"


def safe_file_name(key: str) -> str:
    """Return a file name without extension for any text: no path parts, no device names, at most 180 characters.

    Two different keys never share a name, not even where letter case is ignored. Names of ordinary
    length can be turned back with `table_key_of`; longer ones end in a digest of the key.
    """
    encoded = _encode(key)
    capitals = sum(1 << i for i, letter in enumerate(c for c in _kept_letters(encoded)) if letter.isupper())
    name = f"{encoded}~{capitals:x}" if capitals else encoded
    if len(name) <= MAX_NAME_LENGTH:
        return name
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{encoded[:100].lower()}{_DIGEST_MARK}{digest}"


def table_key_of(name: str) -> str | None:
    """Return the key that `safe_file_name` made this name of; None for a shortened or foreign name."""
    encoded = name.partition("~")[0]
    if not encoded or _DIGEST_MARK in name:
        return None
    try:
        raw = re.sub(rb"%([0-9a-f]{2})", lambda m: bytes([int(m.group(1), 16)]), encoded.encode("ascii"))
        key = "" if encoded == "%" else raw.decode("utf-8", "surrogatepass")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return None
    return key if safe_file_name(key) == name else None


def file_names(keys: Collection[str], extension: str, taken: Iterable[str] = ()) -> dict[str, str]:
    """Return one file name a key for people: the key itself where that is safe and unambiguous, else `safe_file_name`.

    Args:
        keys: Table keys of one schema.
        extension: With its dot, such as `.csv`.
        taken: File names of the same folder that tables must not use.
    """
    counts = Counter(_folded(key) for key in keys)
    reserved = {_folded(name) for name in taken}
    names = {}
    for key in keys:
        plain = counts[_folded(key)] == 1 and _is_plain(key) and _folded(key + extension) not in reserved
        safe = key if plain else safe_file_name(key)
        if not plain and _folded(safe + extension) in reserved:
            safe = f"%{ord(safe[0]):02x}{safe[1:]}"
        names[key] = safe + extension
    return names


def _encode(key: str) -> str:
    if not key:
        return "%"
    parts = [c if c in _KEPT else _escape(c) for c in key]
    if parts[0] == "." or _DEVICES.match(key):
        parts[0] = _escape(key[0])
    if parts[-1] == ".":
        parts[-1] = _escape(".")
    return "".join(parts)


def _escape(character: str) -> str:
    return "".join(f"%{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))


def _kept_letters(encoded: str) -> str:
    """The letters that stand for themselves, in order: those of an escape do not count."""
    return "".join(c for c in re.sub(r"%[0-9a-f]{2}", "", encoded) if c.isalpha())


def _is_plain(key: str) -> bool:
    ends_badly = key[:1] in {"", ".", " ", "-"} or key[-1:] in {".", " "}
    bad = ends_badly or _UNSAFE_IN_PLAIN_NAME.search(key) or _DEVICES.match(key)
    return not bad and len(key.encode("utf-8", "surrogatepass")) <= MAX_NAME_LENGTH


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
