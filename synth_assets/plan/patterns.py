"""The pattern language of the plan: which texts a `Pattern` strategy or slot means.

Literals, `.` excluded, `\\d` and `\\w`, classes `[A-Z0-9_]`, counts `{n}`, choices `(a|b)` of literals,
and `\\` before a special character. Nothing open-ended, so every pattern has a size.
"""

from functools import lru_cache

_SPECIAL = set(".*+?^$")
_DIGITS = tuple("0123456789")
_WORD = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")

MAX_POSITIONS = 4096
_COUNT_DIGITS = 6


@lru_cache(maxsize=1024)
def parse_pattern(pattern: str) -> tuple[tuple[str, ...], ...]:
    """Return the alternatives of each position of a pattern.

    Raises:
        ValueError: If the pattern is not in the subset; the message says at which character.
    """
    positions: list[tuple[str, ...]] = []
    at = 0
    while at < len(pattern):
        options, at = _parse_atom(pattern, at)
        count, at = _parse_count(pattern, at)
        if len(positions) + count > MAX_POSITIONS:
            raise ValueError(f"the pattern is longer than {MAX_POSITIONS} positions")
        positions.extend([options] * count)
    return tuple(positions)


def _parse_atom(pattern: str, at: int) -> tuple[tuple[str, ...], int]:
    character = pattern[at]
    if character == "\\":
        return _parse_escape(pattern, at)
    if character == "[":
        return _parse_class(pattern, at)
    if character == "(":
        end = pattern.find(")", at)
        if end < 0:
            raise ValueError(f"'(' at character {at + 1} is not closed")
        return tuple(dict.fromkeys(pattern[at + 1 : end].split("|"))), end + 1
    if character in _SPECIAL:
        raise ValueError(f"'{character}' at character {at + 1} is open-ended; write a class with a count such as [A-Z]{{3}}")
    return (character,), at + 1


def _parse_escape(pattern: str, at: int) -> tuple[tuple[str, ...], int]:
    if at + 1 >= len(pattern):
        raise ValueError("the pattern ends in a backslash")
    named = {"d": _DIGITS, "w": _WORD}
    return named.get(pattern[at + 1], (pattern[at + 1],)), at + 2


def _parse_class(pattern: str, at: int) -> tuple[tuple[str, ...], int]:
    end = pattern.find("]", at + 2)
    if end < 0 or pattern[at + 1] == "^":
        raise ValueError(f"the class at character {at + 1} is not closed, or negated")
    body, members, i = pattern[at + 1 : end].replace("\\d", "0-9"), [], 0
    while i < len(body):
        if i + 2 < len(body) and body[i + 1] == "-":
            members += [chr(c) for c in range(ord(body[i]), ord(body[i + 2]) + 1)]
            i += 3
        else:
            members.append(body[i])
            i += 1
    if not members:
        raise ValueError(f"the class at character {at + 1} is empty")
    return tuple(dict.fromkeys(members)), end + 1


def _parse_count(pattern: str, at: int) -> tuple[int, int]:
    if at >= len(pattern) or pattern[at] != "{":
        return 1, at
    end = pattern.find("}", at)
    count = pattern[at + 1 : end] if end > 0 else ""
    if not count.isdecimal() or len(count) > _COUNT_DIGITS:
        raise ValueError(f"the count at character {at + 1} is not a whole number of at most {_COUNT_DIGITS} digits")
    return int(count), end + 1
