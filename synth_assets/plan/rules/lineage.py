"""When a row came to be, and when the rows came to be that it refers to: what no date of its own may precede."""

from collections.abc import Iterator

from synth_assets.plan.cells import PATH_SEPARATOR
from synth_assets.plan.rules.date_steps import CHANGED, DUE, END, JOINED, LEFT, LENT, MADE, ORDERED
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.evidence import Evidence
from synth_assets.plan.rules.moments import BIRTH_WORDS, DEATH_WORDS
from synth_assets.plan.strategies import Offset, Reference, Temporal

STARTS = (*MADE, *JOINED, *ORDERED, *LENT, "start date", "founded", "founded on", "founding date", "opening date", "opened on", "opened at",
          "opened", "established", "established on", "acquired", "acquired on", "acquired at", "acquisition date", "date acquired",
          "purchased on", "commissioned on", "launched on", "launch date")  # fmt: skip
"""Endings of names that say when a row began."""

_EXPIRY = ("expiry date", "expiry", "expires at", "expiration date", "valid until", "valid to", "deadline", "renewal date")
OF_ITS_OWN = (*BIRTH_WORDS, *DEATH_WORDS, "publication date", "published date", "release date", "founded", "founded on", "founding date",
              "incorporation date", "expiry date", "expiration date", "established", "established on")  # fmt: skip
"""Dates that follow from no parent."""

_DEEPEST = 3


def start_of(draft: TableDraft) -> str | None:
    """Return the column that says when a row began: by its name, else the first date that is always there."""
    moments = [e for e in draft.evidences if e.is_moment and not e.ends(*BIRTH_WORDS)]
    named = next((e.name for e in moments if e.ends(*STARTS)), None)
    return named or next((e.name for e in moments if _may_be_start(draft, e)), None)


def _may_be_start(draft: TableDraft, evidence: Evidence) -> bool:
    later = evidence.ends(*DEATH_WORDS, *END, *LEFT, *DUE, *CHANGED, *_EXPIRY, *OF_ITS_OWN)
    strategy = draft.strategy(evidence.name)
    drawn = isinstance(strategy, Temporal) or (isinstance(strategy, Offset) and strategy.base.relation is not None)
    return not evidence.column.nullable and not later and drawn


def origins_of(draft: TableDraft, depth: int = 1) -> Iterator[tuple[Reference, str]]:
    """Yield (start of an ancestor as a reference from this table, the ancestor's table) along every path of keys.

    A path ends at the first table that says when its rows began: that date follows its own ancestors' in turn.
    """
    for relation in draft.relations.values():
        parent = draft.drafts.get(relation.parent_table)
        if parent is None or parent.table.key == draft.table.key or relation.null_fraction == 1:
            continue
        start = start_of(parent)
        if start is not None:
            yield Reference(column=start, relation=relation.name), parent.table.key
        elif depth < _DEEPEST:
            for further, table in origins_of(parent, depth + 1):
                if table != draft.table.key:
                    path = f"{relation.name}{PATH_SEPARATOR}{further.relation}"
                    yield Reference(column=further.column, relation=path), table
