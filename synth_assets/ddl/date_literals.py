"""Dates written without dashes ('19000101', as SQL Server's tools write them), spelled as every judge reads them."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from sqlglot import exp

_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?=$|[ T])")
_COMPARED = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between, exp.In)


def spell_dates(parsed: Any, resolve: Callable[[str, bool], str | None], dates: frozenset[str]) -> Any:
    """Return a condition in which what is compared with a column of dates has dashes; the tree given is not changed.

    Args:
        resolve: Gives the declared spelling of a column for its name and whether it is quoted, or None.
        dates: The columns that hold dates or moments.
    """

    def spell(node: Any) -> Any:
        if isinstance(node, exp.Literal) and node.is_string and _is_beside_date(node):
            return exp.Literal.string(_with_dashes(node.this))
        return node

    def _is_beside_date(node: Any) -> bool:
        comparison = node.find_ancestor(*_COMPARED)
        if comparison is None:
            return False
        sides = [s for s in comparison.iter_expressions() if s is not node]
        return node.parent is comparison and any(_is_date(s) for s in sides)

    def _is_date(node: Any) -> bool:
        return isinstance(node, exp.Column) and resolve(node.name, bool(node.this.args.get("quoted"))) in dates

    return parsed.copy().transform(spell)


def _with_dashes(text: str) -> str:
    """Return a text that begins with a date of eight digits with dashes in it; any other as it is."""
    found = _COMPACT.match(text)
    if found is None:
        return text
    spelled = "-".join(found.groups())
    try:
        date.fromisoformat(spelled)
    except ValueError:
        return text
    return spelled + text[found.end() :]
