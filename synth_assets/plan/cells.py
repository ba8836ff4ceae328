"""Which cells a cell is computed from: the graph over (table, column) in which a dataset may have no cycle.

Read by the rules, which must not make a cycle, and by validation, which finds those that a person made. A reference may
lead over several relations, `order_id,line_number/order_id`: from the row to its parent, and on to that row's parent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import assert_never

from synth_assets.plan.model import ColumnPlan, Matching, Plan, Relation
from synth_assets.plan.strategies import (
    Aggregate,
    AnyRow,
    Bytes,
    Case,
    Categorical,
    Combination,
    Constant,
    Copy,
    Email,
    Filled,
    ForeignKeyValue,
    Fraction,
    Leading,
    Number,
    Offset,
    Ordinal,
    Pattern,
    Product,
    Record,
    Reference,
    Sequence,
    Span,
    Strategy,
    Template,
    Temporal,
    Text,
    Total,
    Uuid,
    Vocabulary,
)
from synth_assets.plan.templates import Slot, slots_of
from synth_assets.schema.expressions import columns_of

Cell = tuple[str, str]
"""(table key, column)."""

RelationsOf = Callable[[str], Mapping[str, Relation]]
"""From a table's key to its relations by name; an unknown table has none."""

PATH_SEPARATOR = "/"


def leaves(strategy: Strategy) -> Iterator[Strategy]:
    """Yield the strategies that write values: the strategy itself, or those in the branches of a case, or what fills gaps too."""
    if isinstance(strategy, Case):
        for branch in strategy.branches:
            yield from leaves(branch.strategy)
        yield from leaves(strategy.otherwise)
        return
    yield strategy
    if isinstance(strategy, Filled):
        yield from leaves(strategy.otherwise)


def cases(strategy: Strategy) -> Iterator[Case]:
    """Yield the strategy's cases, outer ones first."""
    if isinstance(strategy, Case):
        yield strategy
        for branch in strategy.branches:
            yield from cases(branch.strategy)
    if isinstance(strategy, Case | Filled):
        yield from cases(strategy.otherwise)


def references_of(strategy: Strategy) -> list[Reference]:
    """Return every column, of the row or of a parent, that a strategy reads directly; branches of cases included."""
    found = [Reference(column=case.column) for case in cases(strategy)]
    for leaf in leaves(strategy):
        match leaf:
            case Offset(base=base, after=after):
                found += [base, *after]
            case Temporal(after=after):
                found += after
            case Fraction(base=base) | Copy(base=base):
                found.append(base)
            case Product(left=left, right=right):
                found += [left, right]
            case Total(plus=plus, minus=minus):
                found += [r for term in (*plus, *minus) for r in _of_term(term)]
            case ForeignKeyValue(relation=relation, parent_column=column):
                found.append(Reference(column=column, relation=relation))
            case Email() | Template() | Filled():
                found += _of_written(leaf)
            case Sequence() | Number() | Categorical() | Vocabulary() | Record() | Pattern() | Text():
                pass
            case Ordinal() | Combination() | Leading() | Span() | Constant() | Uuid() | Bytes() | Case() | Aggregate() | AnyRow():
                pass  # an ordinal reads where its row lies; a case has been opened by `leaves`; the last two read other tables
            case _:
                assert_never(leaf)
    return found


def _of_written(strategy: Email | Template | Filled) -> list[Reference]:
    """Return the columns that a text is made of or chosen by."""
    match strategy:
        case Email(given_name=given, family_name=family):
            return [Reference(column=n) for n in (given, family) if n]
        case Template(templates=templates):
            return [Reference(column=s.argument) for t in templates for s in _slots(t) if s.kind == "column"]
        case Filled(match=match, mentions=mentions):
            return [*(Reference(column=n) for n in match), *mentions]


def _of_term(term: Reference | Product | Aggregate) -> tuple[Reference, ...]:
    match term:
        case Reference():
            return (term,)
        case Product(left=left, right=right):
            return (left, right)
        case _:
            return ()


def _slots(template: str) -> tuple[Slot, ...]:
    try:
        return slots_of(template)
    except ValueError:
        return ()  # reported by validate_values


def aggregates_of(strategy: Strategy) -> list[Aggregate]:
    """Return every aggregate over children that a strategy is or adds up."""
    found: list[Aggregate] = []
    for leaf in leaves(strategy):
        if isinstance(leaf, Aggregate):
            found.append(leaf)
        elif isinstance(leaf, Total):
            found += [t for t in (*leaf.plus, *leaf.minus) if isinstance(t, Aggregate)]
    return found


def columns_read(aggregate: Aggregate) -> tuple[str, ...]:
    """Return the columns of the child table that an aggregate reads, those of its relation left out."""
    named = (aggregate.column, aggregate.times, *(w.column for w in aggregate.where))
    return tuple(dict.fromkeys(n for n in named if n is not None))


def tables_read(strategy: Strategy) -> set[str]:
    """Return the tables that a strategy reads other than through relations of its own table."""
    found = {a.table for a in aggregates_of(strategy)}
    return found | {leaf.table for leaf in leaves(strategy) if isinstance(leaf, AnyRow)}


def follow(table: str, path: str, relations_of: RelationsOf) -> tuple[Relation, ...]:
    """Return the relations of a path, the first one of `table`. Raises KeyError with the part that leads nowhere."""
    own = relations_of(table)
    if path in own:
        return (own[path],)
    for at, letter in enumerate(path):
        if letter == PATH_SEPARATOR and path[:at] in own:
            first = own[path[:at]]
            return (first, *follow(first.parent_table, path[at + 1 :], relations_of))
    raise KeyError(path)


def cells_read(table: str, column: ColumnPlan, relations_of: RelationsOf) -> set[Cell]:
    """Return the cells that one column's cells are computed from; what leads nowhere is left out."""
    own, others = _read_here_and_elsewhere(table, column, relations_of)
    return {(table, name) for name in own} | others


def _read_here_and_elsewhere(table: str, column: ColumnPlan, relations_of: RelationsOf) -> tuple[set[str], set[Cell]]:
    """Return the columns of the same row, and the cells of other rows, that one column's cells are computed from."""
    own, others = {n.column for n in column.null_when}, set[Cell]()
    for reference in references_of(column.strategy):
        if reference.relation is None:
            own.add(reference.column)
            continue
        try:
            path = follow(table, reference.relation, relations_of)
        except KeyError:
            continue
        others.add((path[-1].parent_table, reference.column))
        own |= _compared_by_row(path[0])
        for child, relation in zip((table, *(step.parent_table for step in path)), path, strict=False):
            read = read_by_pick(child, relation, relations_of)
            others |= read - {(table, c) for c in own} if relation is path[0] else read
    for aggregate in aggregates_of(column.strategy):
        relations = relations_of(aggregate.table)
        others |= {(aggregate.table, c) for c in columns_read(aggregate)}
        if aggregate.relation in relations:
            others |= {(aggregate.table, c) for c in relations[aggregate.relation].columns}
            others |= read_by_pick(aggregate.table, relations[aggregate.relation], relations_of)
    return own, others | {(leaf.table, leaf.column) for leaf in leaves(column.strategy) if isinstance(leaf, AnyRow)}


def _compared_by_row(relation: Relation) -> set[str]:
    """Return the columns of the row itself that a parent of a matching relation must agree with."""
    matching = relation.fan_out
    return {c.value.column for c in matching.conditions if c.value.relation is None} if isinstance(matching, Matching) else set()


def read_by_pick(table: str, relation: Relation, relations_of: RelationsOf) -> set[Cell]:
    """Return every cell by which a relation picks its parent: what a `Matching` compares, by whatever relations lead there.

    What it requires counts too: the rows among which a required relation would find one.
    """
    found, seen = set[Cell](), set[tuple[str, str]]()
    waiting: list[tuple[str, Relation, bool]] = [(table, relation, True)]
    while waiting:
        child, picking, with_values = waiting.pop()
        matching = picking.fan_out
        if not isinstance(matching, Matching) or (child, picking.name) in seen:
            continue
        seen.add((child, picking.name))
        found |= {(picking.parent_table, name) for name in (*(c.parent_column for c in matching.conditions), *matching.not_null)}
        # What is required is asked for with values of the parent's own, not with those of its child's rows.
        values = [(child, c.value) for c in matching.conditions] if with_values else []
        for start, value in (*values, *((picking.parent_table, v) for r in matching.requires for v in r.values)):
            path = _path(start, value, relations_of)
            found.add((path[-1].parent_table if path else start, value.column))
            waiting += [(at, step, True) for at, step in zip((start, *(p.parent_table for p in path)), path, strict=False)]
        waiting += [(r.table, relations_of(r.table)[r.relation], False) for r in matching.requires if r.relation in relations_of(r.table)]
    return found


def _path(table: str, value: Reference, relations_of: RelationsOf) -> tuple[Relation, ...]:
    """Return the relations of a reference; none for the row itself, or where it leads nowhere."""
    try:
        return follow(table, value.relation, relations_of) if value.relation is not None else ()
    except KeyError:
        return ()


_SETTLED, _TRIED = "\0settled", "\0tried "


def graph_of(plan: Plan) -> dict[Cell, set[Cell]]:
    """Return, for every cell of a plan, the cells it is computed from.

    A column that is drawn again waits for its row to be settled, which tries all columns of the row's redraws: both steps are
    cells of their own here, told from columns by a mark that `shown_name` takes away.
    """
    relations = {t.table: t.relations_by_name for t in plan.tables}

    def relations_of(table: str) -> Mapping[str, Relation]:
        return relations.get(table, {})

    graph: dict[Cell, set[Cell]] = {}
    for table in plan.tables:
        redrawn = {c for r in table.redraws for c in r.columns}
        tried = {c for r in table.redraws for c in columns_of(r.expression)}
        graph[(table.table, _SETTLED)] = {(table.table, _TRIED + c) for c in tried}
        for column in table.columns:
            own, others = _read_here_and_elsewhere(table.table, column, relations_of)
            here = {(table.table, c) for c in own} | others
            graph[(table.table, column.column)] = {(table.table, _SETTLED)} if column.column in redrawn else here
            graph[(table.table, _TRIED + column.column)] = {(table.table, _TRIED + c) for c in own} | others
    return graph


def has_circle(plan: Plan) -> bool:
    """Tell whether some cell of a plan is computed from itself: the cells that wait for none are taken away until none is left."""
    graph = graph_of(plan)
    waiting = {cell: sum(read in graph for read in reads) for cell, reads in graph.items()}
    readers: dict[Cell, list[Cell]] = {}
    for cell, reads in graph.items():
        for read in reads:
            readers.setdefault(read, []).append(cell)
    ready, left = [cell for cell, count in waiting.items() if not count], len(graph)
    while ready:
        left -= 1
        for reader in readers.get(ready.pop(), ()):
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    return left > 0


def shown_name(cell: Cell) -> str:
    """Return a cell as `table.column`; that of a settled row as `table`."""
    column = cell[1].removeprefix(_TRIED).removeprefix(_SETTLED)
    return f"{cell[0]}.{column}" if column else cell[0]


def reaches(start: Iterable[Cell], target: Cell, read_by: Callable[[Cell], Iterable[Cell]]) -> bool:
    """Tell whether one of the cells is the target, or is computed from it through any number of others."""
    seen, waiting = set[Cell](), list(start)
    while waiting:
        cell = waiting.pop()
        if cell == target:
            return True
        if cell not in seen:
            seen.add(cell)
            waiting += read_by(cell)
    return False
