"""Dates, intervals and the clock in conditions: `now() - INTERVAL '18 years'`, `DATEADD(YEAR, -18, GETDATE())`, `YEAR(d)`."""

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from synth_assets.schema.expressions import Arithmetic, Call, Expression, Literal

_INTERVAL = re.compile(r"\s*([-+]?)\s*(\d+)\s*(year|month|week|day|hour|minute|second)s?\s*", re.IGNORECASE)
_UNITS = {
    "yy": "year", "yyyy": "year", "mm": "month", "m": "month", "dd": "day", "d": "day", "wk": "week", "ww": "week", "hh": "hour",
    "mi": "minute", "n": "minute", "ss": "second", "s": "second", "mon": "month", "min": "minute", "sec": "second",
}  # fmt: skip
_NAMES = frozenset({"year", "month", "week", "day", "hour", "minute", "second"})
_PARTS: dict[type[Any], str] = {exp.Year: "year", exp.Month: "month", exp.Day: "day"}
_ADDITIONS: dict[type[Any], str] = {
    exp.DateAdd: "+", exp.DatetimeAdd: "+", exp.TimestampAdd: "+", exp.TsOrDsAdd: "+", exp.DateSub: "-", exp.DatetimeSub: "-",
    exp.TimestampSub: "-",
}  # fmt: skip
_WRAPPERS = (exp.TsOrDsToDate, exp.TimeStrToTime, exp.TsOrDsToTimestamp, exp.TsOrDsToDatetime)

Read = Callable[[Any], Expression]


def is_interval(text: str) -> bool:
    """Tell whether a text is one amount of one unit, as `18 years` or `-1 day`."""
    return _INTERVAL.fullmatch(text) is not None


def is_kept_cast(node: Any) -> bool:
    """Tell whether a cast changes the value in a way that matters: a constant to an interval, anything but a constant to a date."""
    target = node.to.this
    if target == exp.DType.INTERVAL:
        return isinstance(node.this, exp.Literal) and node.this.is_string
    inner = node.this
    while isinstance(inner, (exp.Paren, exp.Cast)):
        inner = inner.this
    return bool(target == exp.DType.DATE and (not isinstance(inner, exp.Literal) or inner.this.lower() in {"now", "today"}))


def read_moment(node: Any, read: Read) -> Expression | None:
    """Return the tree of an interval, a shifted date or a part of a date; None for anything else."""
    if isinstance(node, (exp.Cast, exp.TryCast)):
        return _read_cast(node, read)
    if isinstance(node, exp.Interval):
        return _interval(node.this, node.args.get("unit"))
    if isinstance(node, exp.Extract):
        return _date_part(str(node.name), node.expression, read)
    if type(node) in _PARTS:
        return _date_part(_PARTS[type(node)], node.this, read)
    if isinstance(node, exp.AddMonths):
        return _shifted(read(node.this), "+", _interval(node.expression, exp.Var(this="month")))
    if type(node) in _ADDITIONS:
        return _shifted(read(node.this), _ADDITIONS[type(node)], _interval(node.expression, node.args.get("unit") or exp.Var(this="day")))
    if isinstance(node, exp.DateTrunc) and str(node.args["unit"].name).upper() in {"DD", "DAY"}:
        return Call(function="date", arguments=(read(node.this),))
    if isinstance(node, exp.Anonymous) and node.name.upper() in {"DATE", "DATETIME"}:
        return _sqlite_date(node, read)
    if isinstance(node, exp.DateDiff) and str(node.args["unit"].name if node.args.get("unit") else "day").upper() == "DAY":
        return Call(function="days_between", arguments=(_unwrapped(node.this, read), _unwrapped(node.expression, read)))
    if isinstance(node, (exp.Date, *_WRAPPERS)) and not node.expressions:
        inner = node.this
        return Call(function="current_date") if isinstance(inner, exp.Literal) and inner.this == "now" else read(inner)
    return None


def _read_cast(node: Any, read: Read) -> Expression | None:
    if node.to.this == exp.DType.INTERVAL:
        return _interval(node.this, None)
    if node.to.this != exp.DType.DATE:
        return None
    inner = read(node.this)
    if isinstance(inner, Literal):
        return Call(function="current_date")
    if isinstance(inner, Call) and inner.function == "current_timestamp":
        return Call(function="current_date")
    return Call(function="date", arguments=(inner,))


def _interval(amount: Any, unit: Any) -> Literal | None:
    """Return the literal of an amount and a unit, or of a text that holds both."""
    sign = ""
    while isinstance(amount, (exp.Neg, exp.Paren)):
        sign = "-" if isinstance(amount, exp.Neg) else sign
        amount = amount.this
    if not isinstance(amount, exp.Literal):
        return None
    text = f"{sign}{amount.this.strip()}"
    if unit is not None:
        name = str(unit.name).lower().rstrip("s") or str(unit.name).lower()
        text = f"{text} {_UNITS.get(name, name)}"
    found = _INTERVAL.fullmatch(text)
    if found is None:
        return Literal(type="interval", text=text) if unit is None else None
    minus = "-" if found[1] == "-" else ""
    return Literal(type="interval", text=f"{minus}{int(found[2])} {found[3].lower()}{'' if int(found[2]) == 1 else 's'}")


def _shifted(base: Expression, sign: str, interval: Literal | None) -> Expression | None:
    if interval is None:
        return None
    if interval.text.startswith("-"):
        sign, interval = "-" if sign == "+" else "+", Literal(type="interval", text=interval.text[1:])
    return Arithmetic(operator="+" if sign == "+" else "-", left=base, right=interval)


def _date_part(unit: str, moment: Any, read: Read) -> Expression | None:
    name = _UNITS.get(unit.lower(), unit.lower())
    if name not in _NAMES:
        return None
    return Call(function="date_part", arguments=(Literal(type="text", text=name), _unwrapped(moment, read)))


def _unwrapped(moment: Any, read: Read) -> Expression:
    while isinstance(moment, _WRAPPERS):
        moment = moment.this
    return read(moment)


def _sqlite_date(node: Any, read: Read) -> Expression | None:
    """`date('now', '-18 years')`: a moment and what is added to it."""
    base: Expression | None = None
    for at, argument in enumerate(node.expressions):
        if at == 0:
            now = isinstance(argument, exp.Literal) and argument.this == "now"
            base = Call(function="current_date") if now else read(argument)
            continue
        interval = _interval(argument, None) if isinstance(argument, exp.Literal) and is_interval(argument.this) else None
        base = None if base is None else _shifted(base, "+", interval)
    return base
