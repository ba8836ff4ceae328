"""What must hold of the rows of a labelled text dataset, judged from the rows and the request alone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synth_assets.formats import count_of
from synth_assets.labelled_text.near_duplicates import find_near_duplicates
from synth_assets.labelled_text.specification import LabelledTextRequest

_SHOWN = 5

Rows = Sequence[tuple[str, str]]
"""(message, category) of each row."""


@dataclass(frozen=True)
class Verdict:
    """One question about the rows and its answer.

    Attributes:
        name: Of the check.
        passed: The answer.
        judged: Rows, or pairs of numbers, that were looked at.
        found: What is wrong; empty when nothing is.
    """

    name: str
    passed: bool
    judged: int
    found: tuple[str, ...] = ()


DESCRIPTIONS: Mapping[str, str] = {
    "counts": "Every category has exactly as many messages as were asked for.",
    "labels_known": "Every row has a category of the request and a message.",
    "no_near_duplicates": "No two messages of the dataset are near-duplicates, whatever their categories.",
    "stratified": "Every category has its share of this split, within one row.",
    "rows_of_messages": "Every row of this split is one of the messages, and of no other split.",
    "apart_from_others": "No message of this split is a near-duplicate of one in another split.",
}
"""What each check asks, by its name."""

OF_MESSAGES = ("counts", "labels_known", "no_near_duplicates")
OF_SPLITS = ("stratified", "rows_of_messages", "apart_from_others")


def judge_messages(request: LabelledTextRequest, rows: Rows) -> tuple[Verdict, ...]:
    """Judge the table of all messages: `OF_MESSAGES`."""
    counted = Counter(category for _, category in rows)
    wrong = [f"{c.name}: {counted[c.name]} for {c.count}" for c in request.categories if counted[c.name] != c.count]
    known = {c.name for c in request.categories}
    odd = [f"row {i + 1}: {category!r}" for i, (message, category) in enumerate(rows) if category not in known or not message.strip()]
    pairs = find_near_duplicates([message for message, _ in rows])
    twins = [f"{rows[one][0][:80]!r} and {rows[other][0][:80]!r}" for one, other in pairs]
    found = (wrong, odd, twins)
    return tuple(_verdict(name, len(rows), problems) for name, problems in zip(OF_MESSAGES, found, strict=True))


def judge_split(request: LabelledTextRequest, split: str, messages: Rows, by_split: Mapping[str, Rows]) -> tuple[Verdict, ...]:
    """Judge one split: `OF_SPLITS`.

    Args:
        messages: All rows.
        by_split: The rows of every split.
    """
    rows, share = by_split[split], request.splits[split]
    whole, own = (Counter(category for _, category in part) for part in (messages, rows))
    uneven = [f"{c}: {own[c]} of {n}, {share * n:.2f} is its share" for c, n in sorted(whole.items()) if abs(own[c] - share * n) >= 1]
    others = [row for name, part in by_split.items() if name != split for row in part]
    taken, known = set(others), set(messages)
    strange = [f"{row[0][:80]!r}" for row in rows if row in taken or row not in known]
    inside = [message for message, _ in rows]
    pairs = find_near_duplicates([*inside, *(message for message, _ in others)])
    twins = [f"{inside[one][:80]!r} has a twin elsewhere" for one, other in pairs if one < len(inside) <= other]
    found = (uneven, strange, twins)
    return tuple(_verdict(name, len(rows), problems) for name, problems in zip(OF_SPLITS, found, strict=True))


def _verdict(name: str, judged: int, problems: Sequence[str]) -> Verdict:
    more = len(problems) - _SHOWN
    shown = (*problems[:_SHOWN], *([f"and {count_of(more, 'more case')}"] if more > 0 else []))
    return Verdict(name, not problems, judged, tuple(shown))
