"""What SQLite lacks for judging another database's schema: exact decimals, instants, regular expressions, collations.

Decimals and 64-bit unsigned numbers are kept as text in one canonical spelling, so that equal numbers are equal keys;
timestamps in UTC with six digits of a fraction. Every function is NULL when an argument is.
"""

import json
import re
import sqlite3
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation, localcontext
from functools import lru_cache, wraps
from time import time as clock
from typing import Any
from uuid import UUID

from synth_assets.schema.collations import Collation

_PRECISION = 200
_UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_UNIT_MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200}
_UNIT_NAMES = {"mon": "month", "min": "minute", "sec": "second", "hr": "hour"}
_CLOCK = re.compile(r"(-?)(\d+):(\d+)(?::(\d+(?:\.\d+)?))?")
PARTS = frozenset({"year", "month", "day", "hour", "minute", "quarter", "dow", "isodow", "doy", "week"})
"""Units of `part_of`: those that are whole numbers."""
_CLASSES = {
    "alpha": "a-zA-Z\u00aa-\uffff", "digit": "0-9", "alnum": "a-zA-Z0-9\u00aa-\uffff", "upper": "A-Z", "lower": "a-z",
    "space": r"\s", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f", "word": r"\w", "blank": " \t",
    "cntrl": r"\x00-\x1f\x7f", "print": r"\x20-\x7e", "graph": r"\x21-\x7e",
}  # fmt: skip


def canonical_decimal(value: object) -> str:
    """Return a number as text without exponent and idle zeros. Raises ValueError for what is no number."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"no number: {value!r}") from None
    if not number.is_finite():
        raise ValueError(f"not finite: {value!r}")
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def canonical_instant(value: str) -> str:
    """Return a date or timestamp as `YYYY-MM-DD HH:MM:SS.ffffff` in UTC. Raises ValueError for what is none."""
    moment = _moment(value)
    return moment.isoformat(" ", "microseconds")


def canonical_time(value: str) -> str:
    """Return a time of day with six digits of a fraction. Raises ValueError for what is none."""
    return time.fromisoformat(value).isoformat("microseconds")


@lru_cache(maxsize=65_536)
def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text.strip())
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def compare(left: object, right: object) -> int:
    """Return -1, 0 or 1 for two numbers, exactly."""
    a, b = Decimal(str(left)), Decimal(str(right))
    return (a > b) - (a < b)


def calculate(operator: str, left: object, right: object) -> str | None:
    """Return the exact result of `+ - * / %`; None for a division by zero."""
    a, b = Decimal(str(left)), Decimal(str(right))
    with localcontext() as context:
        context.prec = _PRECISION
        if operator in {"/", "%"} and b == 0:
            return None
        results: dict[str, Callable[[], Decimal]] = {
            "+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b, "%": lambda: a % b,
        }  # fmt: skip
        return canonical_decimal(results[operator]())


def days_between(left: str, right: str) -> int:
    """Return the days from the right date to the left one."""
    return (_moment(left).date() - _moment(right).date()).days


def add_days(day: str, days: int) -> str:
    """Return the date some days later."""
    return (_moment(day).date() + timedelta(days=days)).isoformat()


def seconds_between(left: str, right: str) -> float:
    """Return the seconds from the right moment to the left one."""
    return (_moment(left) - _moment(right)).total_seconds()


def seconds_of(interval: object) -> float:
    """Return an interval as a number of seconds, a month counted as 30 days, as PostgreSQL compares them."""
    if isinstance(interval, int | float):
        return float(interval)
    months, seconds = parse_interval(str(interval))
    return months * 30 * 86_400 + seconds


def shift(moment: str, interval: str, sign: int) -> str:
    """Return the moment an interval later or, with sign -1, earlier; months keep the day, or take the month's last."""
    months, seconds = parse_interval(interval)
    start = _moment(moment)
    count = start.year * 12 + start.month - 1 + sign * months
    year, month = divmod(count, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return (start.replace(year=year, month=month + 1, day=day) + timedelta(seconds=sign * seconds)).isoformat(" ", "microseconds")


@lru_cache(maxsize=1024)
def parse_interval(text: str) -> tuple[int, float]:
    """Return the months and the seconds of an interval such as `1 year 2 days` or `1 day 04:00:00`. Raises ValueError for others."""
    months, seconds = 0, 0.0
    words = _CLOCK.sub(lambda m: f"{m[1]}{m[2]} hour {m[1]}{m[3]} minute {m[1]}{m[4] or 0} second", text).lower().split()
    if len(words) % 2:
        raise ValueError(f"no interval: {text}")
    for number, unit in zip(words[::2], words[1::2], strict=True):
        name = _UNIT_NAMES.get(unit.rstrip("s"), unit.rstrip("s"))
        if name in _UNIT_MONTHS:
            months += int(number) * _UNIT_MONTHS[name]
        else:
            seconds += float(number) * _UNIT_SECONDS[name]
    return months, seconds


def part_of(unit: str, moment: str) -> int:
    """Return a part of a moment, one of PARTS, as a whole number."""
    found = _moment(moment)
    parts: dict[str, Callable[[], int]] = {
        "year": lambda: found.year, "month": lambda: found.month, "day": lambda: found.day, "hour": lambda: found.hour,
        "minute": lambda: found.minute, "quarter": lambda: (found.month + 2) // 3, "dow": lambda: found.isoweekday() % 7,
        "isodow": found.isoweekday, "doy": lambda: found.timetuple().tm_yday, "week": lambda: found.isocalendar().week,
    }  # fmt: skip
    return parts[unit.lower()]()


@lru_cache(maxsize=1024)
def compile_regex(pattern: str, ignore_case: bool) -> "re.Pattern[str]":
    """Return a POSIX regular expression as Python reads it. Raises re.error where it cannot."""
    return re.compile(_translated(pattern), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


@lru_cache(maxsize=1024)
def compile_like(pattern: str, ignore_case: bool) -> "re.Pattern[str]":
    """Return a LIKE pattern, `\\` escaping, as a regular expression of the whole text."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    written = "".join({"%": ".*", "_": "."}.get(p) or re.escape(p[1:] if len(p) > 1 else p) for p in parts)
    return re.compile(written + r"\Z", re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def is_value_of(kind: str, value: object) -> int:
    """Tell whether a text is a value of a type: date, timestamp, time, uuid, json or decimal."""
    readers: dict[str, Callable[[str], object]] = {
        "date": date.fromisoformat, "timestamp": canonical_instant, "time": canonical_time, "uuid": UUID, "json": json.loads,
        "decimal": canonical_decimal,
    }  # fmt: skip
    try:
        readers[kind](str(value))
    except ValueError:
        return 0
    return 1


def fits_decimal(value: object, precision: int, scale: int) -> int:
    """Tell whether a number, rounded to `scale` digits, has no more than `precision` digits in all."""
    try:
        return int(abs(round(Decimal(str(value)), scale)) < Decimal(10) ** (precision - scale))
    except (InvalidOperation, ValueError):
        return 0


def collation_name(collation: Collation) -> str:
    """Return the name under which `equip` knows a collation."""
    traits = (("case", collation.ignores_case), ("accents", collation.ignores_accents), ("pads", collation.pads))
    return "synth_" + "_".join(name for name, holds in traits if holds)


def equip(connection: sqlite3.Connection) -> None:
    """Give a connection all of these; the clock stands still at this moment."""
    now = datetime.fromtimestamp(clock(), UTC)
    functions: dict[str, tuple[int, Callable[..., Any]]] = {
        "synth_compare": (2, compare),
        "synth_calculate": (3, calculate),
        "synth_instant": (1, canonical_instant),
        "synth_days_between": (2, days_between),
        "synth_add_days": (2, add_days),
        "synth_seconds_between": (2, seconds_between),
        "synth_seconds": (1, seconds_of),
        "synth_shift": (3, shift),
        "synth_part": (2, part_of),
        "synth_regex": (3, lambda text, pattern, ci: int(compile_regex(pattern, bool(ci)).search(str(text)) is not None)),
        "synth_like": (3, lambda text, pattern, ci: int(compile_like(pattern, bool(ci)).match(str(text)) is not None)),
        "synth_lower": (1, lambda text: str(text).lower()),
        "synth_upper": (1, lambda text: str(text).upper()),
        "synth_is": (2, is_value_of),
        "synth_fits": (3, fits_decimal),
        "synth_today": (0, lambda: now.date().isoformat()),
        "synth_now": (0, lambda: canonical_instant(now.isoformat())),
    }
    for name, (arguments, function) in functions.items():
        connection.create_function(name, arguments, _null_of_null(function), deterministic=True)
    for case, accents, pads in ((c, a, p) for c in (0, 1) for a in (0, 1) for p in (0, 1) if c or a or p):
        collation = Collation(ignores_case=bool(case), ignores_accents=bool(accents), pads=bool(pads))
        connection.create_collation(collation_name(collation), _comparing(collation))


def _null_of_null(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def strict(*arguments: Any) -> Any:
        return None if None in arguments else function(*arguments)

    return strict


def _comparing(collation: Collation) -> Callable[[str, str], int]:
    def compare_texts(left: str, right: str) -> int:
        a, b = _folded(left, collation), _folded(right, collation)
        return (a > b) - (a < b)

    return compare_texts


@lru_cache(maxsize=65_536)
def _folded(text: str, collation: Collation) -> str:
    if collation.ignores_accents:
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = text.casefold() if collation.ignores_case else text
    return text.rstrip(" ") if collation.pads else text


def _translated(pattern: str) -> str:
    """Python's words for POSIX classes, word boundaries and the end of a text; the rest is the same."""
    out: list[str] = []
    at, in_set = 0, False
    while at < len(pattern):
        char = pattern[at]
        named = re.compile(r"\[:(\w+):\]").match(pattern, at) if in_set else None
        if char == "\\" and at + 1 < len(pattern):
            out.append({"m": r"\b", "M": r"\b", "y": r"\b", "A": r"\A", "Z": r"\Z"}.get(pattern[at + 1], pattern[at : at + 2]))
            at += 2
            continue
        if named is not None:
            out.append(_class(named[1]))
            at = named.end()
            continue
        if in_set:
            in_set = char != "]" or pattern[at - 1] == "[" or pattern[at - 2 : at] == "[^"
            out.append(r"\[" if char == "[" else char)
        else:
            in_set = char == "["
            out.append(r"\Z" if char == "$" else char)
        at += 1
    return "".join(out)


def _class(name: str) -> str:
    if name not in _CLASSES:
        raise re.error(f"no such character class: {name}")
    return _CLASSES[name]
