"""The order of two columns that one strategy ties together: later, no more than, a sum of, never the same row.

Orders are -1, 0 and 1 as of a comparison; a set holds those that are possible.
"""

from functools import partial

from synth_assets.plan.certainty import Situation, base_of, child_bounds, resolve, row_bounds
from synth_assets.plan.model import Layout, Matching, Relation, Stride
from synth_assets.plan.model import Product as Pairs
from synth_assets.plan.rules.check_domains import interval_days
from synth_assets.plan.strategies import (
    Aggregate,
    Copy,
    ForeignKeyValue,
    Fraction,
    Offset,
    Product,
    Reference,
    Sequence,
    Span,
    Strategy,
    Temporal,
    Total,
)
from synth_assets.plan.sums import Bounds, bounds_of_term, is_sum_of
from synth_assets.schema.expressions import Arithmetic, ColumnRef, Expression, Literal

_UNITS_A_DAY = {"days": 1, "hours": 24, "minutes": 1440, "seconds": 86_400}


def later_by(name: str, sum_: Arithmetic, case: Situation) -> set[int]:
    """Return the possible orders of a column and `base + interval`, when the column is an offset of that base."""
    strategy = resolve(case.plan.columns_by_name[name].strategy, case)
    if not (isinstance(sum_.left, ColumnRef) and isinstance(sum_.right, Literal) and sum_.operator == "+"):
        return {-1, 0, 1}
    days = interval_days(sum_.right.text)
    if isinstance(strategy, Span):
        return _end_later_by(strategy, resolve(case.plan.columns_by_name[sum_.left.name].strategy, case), days)
    if not isinstance(strategy, Offset):
        return {-1, 0, 1}
    alike = case.table.column(name).type.kind == case.table.column(sum_.left.name).type.kind
    same = strategy.base.relation is None and strategy.base.column == sum_.left.name and alike
    a_day = _UNITS_A_DAY[strategy.unit]
    enough = days is not None and strategy.low >= days * a_day and strategy.maximum is None
    return {0, 1} if same and enough else {-1, 0, 1}


def _end_later_by(end: Span, start: Strategy, days: int | None) -> set[int]:
    """Return the possible orders of the end of a span and its start so many days later: no span is shorter than its shortest."""
    one = isinstance(start, Span) and start.edge == "start" and end.edge == "end" and _order_of_edges(end, start) == {1}
    enough = days is not None and end.unit in _UNITS_A_DAY and end.shortest >= days * _UNITS_A_DAY[end.unit]
    return {0, 1} if one and enough else {-1, 0, 1}


def told_apart(name: str, other: str, case: Situation) -> bool:
    """Tell whether two columns are keys of one column of the same table, and one relation never picks the other's row.

    So it is too with a key to another row of the own table, and what that row is told apart by.
    """
    if _of_another_row(name, other, case) or _of_another_row(other, name, case):
        return True
    plans = [case.plan.columns_by_name[c].strategy for c in (name, other)]
    one, two = (case.plan.relations_by_name.get(s.relation) if isinstance(s, ForeignKeyValue) else None for s in plans)
    if one is None or two is None or len(one.columns) != 1 or one.parent_columns != two.parent_columns:
        return False
    return one.parent_table == two.parent_table and (one.differs_from == two.name or two.differs_from == one.name)


def paired_in_order(name: str, other: str, case: Situation) -> set[int]:
    """Return the possible orders of two keys of a junction, one of which names an earlier row of the same table than the other."""
    plans = [case.plan.columns_by_name[c].strategy for c in (name, other)]
    one, two = (case.plan.relations_by_name.get(s.relation) if isinstance(s, ForeignKeyValue) else None for s in plans)
    if one is None or two is None or (one.parent_table, one.parent_columns) != (two.parent_table, two.parent_columns):
        return {-1, 0, 1}
    if not _grows(one, case):
        return {-1, 0, 1}
    return {-1} if _comes_first(one, two) else {1} if _comes_first(two, one) else {-1, 0, 1}


def _comes_first(one: Relation, two: Relation) -> bool:
    match one.fan_out, two.fan_out:
        case Stride(below=True, owner=owner), Layout():
            return owner == two.name
        case Pairs(ascending=True, position=0, group=group), Pairs(ascending=True, position=1, group=same):
            return group == same
        case _:
            return False


def _grows(relation: Relation, case: Situation) -> bool:
    """Tell whether the key of a relation grows from row to row of the parent."""
    if relation.parent_table not in case.around or len(relation.parent_columns) != 1:
        return False
    column = case.around[relation.parent_table][1].columns_by_name.get(relation.parent_columns[0])
    return column is not None and isinstance(column.strategy, Sequence) and column.strategy.step > 0


def _of_another_row(name: str, other: str, case: Situation) -> bool:
    """Tell whether a column holds `other` of an earlier row of the table, and no two rows that agree have the same."""
    strategy = case.plan.columns_by_name[name].strategy
    relation = case.plan.relations_by_name.get(strategy.relation) if isinstance(strategy, ForeignKeyValue) else None
    if relation is None or relation.parent_table != case.table.key or not isinstance(strategy, ForeignKeyValue):
        return False
    fan_out = relation.fan_out
    agreed = {c.parent_column for c in fan_out.conditions} if isinstance(fan_out, Matching) and fan_out.earlier else set[str]()
    known = fan_out.kind == "earlier" or (isinstance(fan_out, Matching) and fan_out.earlier)
    told = case.table.column(name).nullable or getattr(fan_out, "never_itself", False)
    same = strategy.parent_column == other
    return same and known and told and any(set(key) <= {other, *agreed} for key in case.table.unique_keys)


def added_up(name: str, sum_: Expression, case: Situation) -> set[int]:
    """Return the possible orders of a column and a sum: they are equal where the column is computed as that sum."""
    strategy = resolve(case.plan.columns_by_name[name].strategy, case)
    return {0} if is_sum_of(case.table, name, strategy, sum_) else {-1, 0, 1}


def _within_total(name: str, total: Total, other: str, case: Situation) -> set[int]:
    """Return the possible orders of a total and one of its terms of the same type: it is no less where all others add something."""
    added, taken = ([_bounds_of_term(t, case) for t in terms if t != Reference(column=other)] for terms in (total.plus, total.minus))
    positive = all(b.low is not None and b.low >= 0 for b in (*added, *taken))
    if Reference(column=other) not in total.plus or not positive or case.table.column(name).type != case.table.column(other).type:
        return {-1, 0, 1}
    return {0, 1} if not taken else {-1, 0} if not added else {-1, 0, 1}


def _bounds_of_term(term: Reference | Product | Aggregate, case: Situation) -> Bounds:
    return bounds_of_term(term, partial(row_bounds, case), partial(child_bounds, case)).with_nothing


def tied(name: str, other: str, case: Situation) -> set[int]:
    """Return the possible orders of a column and another that it is computed from, through any number of steps."""
    strategy, alike = resolve(case.plan.columns_by_name[name].strategy, case), set[int]({-1, 0, 1})
    if isinstance(strategy, Total):
        return _within_total(name, strategy, other, case)
    if isinstance(strategy, Span) and isinstance(base := resolve(case.plan.columns_by_name[other].strategy, case), Span):
        return _order_of_edges(strategy, base)
    if not isinstance(strategy, Offset | Fraction | Copy) or strategy.base.relation is not None:
        return alike
    step = _step(strategy, name, case)
    if strategy.base.column == other:
        return step
    onward = tied(strategy.base.column, other, case) if strategy.base.column in case.plan.columns_by_name else alike
    if step == {0}:
        return onward
    if step <= {0, 1} and onward <= {0, 1}:
        return {1} if step == {1} or onward == {1} else {0, 1}
    if step <= {0, -1} and onward <= {0, -1}:
        return {-1} if step == {-1} or onward == {-1} else {0, -1}
    return alike


def _order_of_edges(span: Span, other: Span) -> set[int]:
    """Return the possible orders of two bounds: the end of a span lies behind its start."""
    if (span.group, span.relation, span.unit) != (other.group, other.relation, other.unit):
        return {-1, 0, 1}
    order = {"start": 0, "end": 1}.get(span.edge, 0) - {"start": 0, "end": 1}.get(other.edge, 0)
    return {order}


def stays_below(offset: Offset, base: Strategy, days: int = 1) -> bool:
    """Tell whether the latest base lies so many days below the ceiling: rows that the ceiling presses down are that far behind it."""
    if offset.maximum is None or not isinstance(base, Temporal):
        return False
    return base.high.toordinal() + days <= offset.maximum.toordinal()


def _step(strategy: Offset | Fraction | Copy, name: str, case: Situation) -> set[int]:
    if isinstance(strategy, Copy):
        return {0}
    if isinstance(strategy, Fraction):
        base = base_of(strategy.base.column, None, case)
        sure = base.low is not None and base.low[0] == 0 and base.low[1] >= 0 and strategy.low >= 0 and strategy.high <= 1
        return {-1, 0} if sure else {-1, 0, 1}
    own, base_kind = case.table.column(name).type.kind, case.table.column(strategy.base.column).type.kind
    whole_day = strategy.unit == "days" and strategy.low >= 1
    if strategy.unit == "days" and strategy.high <= -1 and (own == base_kind or (own, base_kind) == ("date", "timestamp")):
        return {-1}
    if strategy.low < 0 or (own == "date" and base_kind == "timestamp" and not whole_day):
        return {-1, 0, 1}
    below = strategy.maximum is None or stays_below(strategy, resolve(case.plan.columns_by_name[strategy.base.column].strategy, case))
    if own == "date" and base_kind == "timestamp":
        return {0, 1} if below and strategy.low >= 2 else {-1, 0, 1}
    longer = strategy.low >= 1 and (strategy.unit == "days" or own == "timestamp") and below
    return {1} if longer else {0, 1}
