"""Stratified splits that stay put: within one row of every share, and a category that grows moves no row.

Rows of a category are dealt out one by one. Largest remainders would meet the shares of one size and deal anew for the
next; here every row goes where Tijdeman's rule (The chairman assignment problem, 1980) puts it, which keeps each split
within one row of its share after *every* row: exact wherever share times rows is whole, and the first n rows of a
category are dealt the same whatever follows.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction


def deal_rows(rows: int, shares: Mapping[str, float]) -> list[str]:
    """Return the split of each of a category's rows, in their order. Shares add up to 1; each split is within one row of its own."""
    exact = {name: Fraction(share).limit_denominator(10**9) for name, share in shares.items()}
    whole = sum(exact.values())
    exact = {name: share / whole for name, share in exact.items()}
    slack = 1 - Fraction(1, 2 * len(exact) - 2) if len(exact) > 1 else Fraction(1)
    given = dict.fromkeys(exact, 0)
    dealt = []
    for row in range(1, rows + 1):
        # Those that may take a row without getting ahead of their share; among them, who would fall behind first.
        open_to = [name for name, share in exact.items() if share * row - given[name] >= 1 - slack]
        chosen = min(open_to, key=lambda name: (slack + given[name]) / exact[name])
        given[chosen] += 1
        dealt.append(chosen)
    return dealt


def split_rows(categories: Iterable[str], shares: Mapping[str, float]) -> list[str]:
    """Return the split of every row, given the category of every row in the order they were made."""
    listed = list(categories)
    counts: dict[str, int] = {}
    for category in listed:
        counts[category] = counts.get(category, 0) + 1
    dealt = {category: iter(deal_rows(count, shares)) for category, count in counts.items()}
    return [next(dealt[category]) for category in listed]
