"""EXCLUDE constraints: when a plan keeps the spans of rows apart, and how many spans there is room for."""

from collections.abc import Callable
from datetime import date

from synth_assets.plan.certainty import Situation, describe
from synth_assets.plan.model import ColumnPlan, Layout, TablePlan
from synth_assets.plan.proofs import never_holds
from synth_assets.plan.strategies import Span
from synth_assets.schema.model import ExclusionConstraint, Table

EARLIEST = date(1000, 1, 1)
"""No span begins before: the first day that every database takes."""

_UNITS_A_DAY = {"seconds": 86_400, "minutes": 1_440, "hours": 24, "days": 1}
_LAST_NUMBER = 2**31 - 1


def keeps_apart(
    table: Table, plan: TablePlan, exclusion: ExclusionConstraint, guaranteed: Callable[[tuple[str, ...]], bool], locale: str, today: date
) -> bool:
    """Tell whether no two rows of the plan can break an exclusion; `guaranteed` says whether columns are unique together."""
    if plan.row_count <= 1 or (exclusion.columns and guaranteed(exclusion.columns)):
        return True
    if exclusion.predicate_tree is not None and never_holds(table, plan, exclusion.predicate_tree, locale, today):
        return True
    whole, stored = Situation(table, plan, locale, today), exclusion.interval.is_stored
    exempting = (*exclusion.columns, exclusion.interval.start) if stored else exclusion.columns
    if any(c in plan.columns_by_name and describe(whole, c).null for c in exempting):
        return True
    bounds = [plan.columns_by_name.get(c) for c in (exclusion.interval.start, exclusion.interval.end)]
    spans = [b.strategy for b in bounds if b is not None and isinstance(b.strategy, Span) and (stored or _is_always_there(b))]
    if len(spans) != 2 or not _is_one_span(spans[0], spans[1], stored=stored):
        return False
    return is_counted_within(plan, spans[0], exclusion.columns)


def is_counted_within(plan: TablePlan, span: Span, columns: tuple[str, ...]) -> bool:
    """Tell whether rows that agree in these columns have different places in the count of a span."""
    if span.relation is None:
        return True
    owner = plan.relations_by_name.get(span.relation)
    return owner is not None and isinstance(owner.fan_out, Layout) and set(owner.columns) <= set(columns)


def _is_always_there(bound: ColumnPlan) -> bool:
    return not bound.null_fraction and not bound.null_when and bound.null_from is None


def _is_one_span(start: Span, end: Span, *, stored: bool) -> bool:
    edges = ("both", "both") if stored else ("start", "end")
    return (start.edge, end.edge) == edges and start == end.model_copy(update={"edge": start.edge, "is_open": start.is_open})


def room_of_span(span: Span) -> int:
    """Return how many spans fit into the calendar (or into whole numbers): rows of one parent, or of the table."""
    if span.unit == "numbers":
        return _LAST_NUMBER // span.step
    return (span.origin - EARLIEST).days * _UNITS_A_DAY[span.unit] // span.step
