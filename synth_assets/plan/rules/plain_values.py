"""Where what columns mean and what a CHECK asks of them cannot both be: the CHECK wins, and the columns hold plain values.

A rating of 1 to 5 stars that must exceed a limit by 5, an amount below a rate, a first name before a postal code.
"""

import re
from collections.abc import Callable
from graphlib import CycleError, TopologicalSorter
from string import ascii_uppercase

from synth_assets.plan.proofs import excludes
from synth_assets.plan.rules.attempts import is_proved
from synth_assets.plan.rules.check_domains import Domain, comparisons, domain_of
from synth_assets.plan.rules.draft import TableDraft
from synth_assets.plan.rules.fitting import fit_strategy
from synth_assets.plan.rules.types import value_of_type
from synth_assets.plan.strategies import (
    Aggregate,
    Categorical,
    Constant,
    Copy,
    Email,
    Pattern,
    Product,
    Record,
    Strategy,
    Template,
    Text,
    Total,
    Vocabulary,
)

_LETTERS = 7


def give_up_meanings(draft: TableDraft) -> None:
    """Columns of a CHECK that no row of the plan could meet hold plain values of their types."""
    for check in draft.table.checks:
        if len(check.columns) < 2 or any(c not in draft.columns for c in check.columns):
            continue
        if not excludes(draft.table, draft.finish(), check, draft.setting.locale, draft.setting.as_of):
            continue
        for name in check.columns:
            if draft.is_free(name):
                evidence = draft.evidence(name)
                plain = fit_strategy(value_of_type(evidence), domain_of(draft.table, name, draft.setting.as_of), evidence)
                draft.change(name, strategy=plain, origin="ddl", because="a plain value: what its name says rules out the CHECK")


def tell_apart(draft: TableDraft) -> None:
    """Where a CHECK says that two columns differ and both are computed alike, one is of another record, or plain."""
    for between in comparisons(draft.table):
        names = (between.left, between.right)
        if between.operator not in {"<>", "<", ">"} or any(n not in draft.columns for n in names):
            continue
        one, other = (draft.strategy(n) for n in names)
        changed = next((n for n in sorted(names, key=_position(draft), reverse=True) if draft.is_free(n)), None)
        if changed is None or not (_is_decided(one) and one == other):
            continue
        if isinstance(other, Record):
            _own_record(draft, changed, other.group)
        else:
            evidence = draft.evidence(changed)
            plain = fit_strategy(value_of_type(evidence), domain_of(draft.table, changed, draft.setting.as_of), evidence)
            draft.change(changed, strategy=plain, origin="ddl", because="a plain value: the CHECK says that it differs")


def _position(draft: TableDraft) -> Callable[[str], int]:
    return [c.name for c in draft.table.columns].index


def _is_decided(strategy: Strategy) -> bool:
    """Tell whether all columns with this strategy are equal in a row."""
    match strategy:
        case Record() | Copy() | Product() | Total() | Aggregate() | Constant():
            return True
        case Template(templates=(single,)):
            slots = [piece for piece in single.split("{")[1:] if piece]
            return all(slot.startswith("column:") for slot in slots)
        case _:
            return False


def _own_record(draft: TableDraft, name: str, group: str) -> None:
    """Give a column a record of its own, together with those that are numbered like it: `city2` and `state2`."""
    number = re.search(r"\d*$", name)
    for evidence in draft.evidences:
        strategy = draft.strategy(evidence.name)
        alike = number is not None and number[0] and evidence.name.endswith(number[0])
        if isinstance(strategy, Record) and strategy.group == group and (evidence.name == name or (alike and draft.is_free(evidence.name))):
            own = strategy.model_copy(update={"group": f"{group} of {name}"})
            draft.change(
                evidence.name, strategy=own, because=f"{draft.columns[evidence.name].reason}; of another {group}, as the CHECK asks"
            )


def order_texts(draft: TableDraft) -> None:
    """Texts that a CHECK puts in order begin with letters that are, where they are of different kinds: like ones are drawn again."""
    after: dict[str, set[str]] = {}
    for between in comparisons(draft.table):
        names = (between.left, between.right) if between.operator in {"<", "<="} else (between.right, between.left)
        if between.operator not in {"=", "<>"} and all(_is_free_text(draft, n) for n in names):
            after.setdefault(names[1], set()).add(names[0])
    told = {draft.strategy(n).model_dump_json() for n in {*after, *(n for names in after.values() for n in names)}}
    if len(told) < 2 or all(is_proved(draft, c) for c in draft.table.checks if len(c.columns) > 1):
        return
    try:
        names_in_order = tuple(TopologicalSorter(after).static_order())
    except CycleError:
        return  # none but equal texts would do: left to redrawing
    share = len(ascii_uppercase) // len(names_in_order)
    for place, name in enumerate(names_in_order if share else ()):
        first, last = ascii_uppercase[place * share], ascii_uppercase[(place + 1) * share - 1]
        more = min(_LETTERS, (draft.evidence(name).max_length or _LETTERS + 1) - 1)
        head = f"[{first}-{last}]" if first < last else first
        pattern = Pattern(pattern=f"{head}[a-z]{{{more}}}" if more > 0 else head)
        draft.change(name, strategy=pattern, origin="ddl", because=f"begins with {first} to {last}: the CHECK puts texts in order")


def _is_free_text(draft: TableDraft, name: str) -> bool:
    """Tell whether a column is text that nothing else is asked of."""
    if name not in draft.columns or not draft.is_free(name) or draft.evidence(name).kind != "text":
        return False
    if not isinstance(draft.strategy(name), Categorical | Email | Pattern | Record | Template | Text | Vocabulary):
        return False  # days in text, and what follows from other columns
    return domain_of(draft.table, name, draft.setting.as_of) == Domain()
