"""Addresses are there or missing as a whole."""

from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.places import place_field, street_group
from synth_assets.plan.strategies import Record, Vocabulary

MISSING_ADDRESS_SHARE = 0.05


def addresses_are_whole(draft: TableDraft) -> None:
    """In an address that may be missing as a whole, city, state and the rest are NULL where its first part is."""
    groups: dict[str, list[str]] = {}
    for evidence in draft.evidences:
        strategy = draft.strategy(evidence.name)
        field = place_field(evidence)
        own_group = street_group(evidence)
        if own_group and isinstance(strategy, Vocabulary) and strategy.name == "templates.street_address":
            groups.setdefault(own_group, []).append(evidence.name)
        if isinstance(strategy, Record) and strategy.vocabulary == "places" and field and field[0] not in {"phone", "timezone"}:
            groups.setdefault(strategy.group, []).append(evidence.name)
    for names in groups.values():
        if len(names) < 2 or not all(draft.table.column(n).nullable and draft.is_free(n) for n in names):
            continue
        draft.change(names[0], null_fraction=MISSING_ADDRESS_SHARE)
        for name in names[1:]:
            draft.change(name, null_fraction=0.0)
            draft.null_when(name, names[0], (None,))
