"""How many rows the unique keys of a table allow: the product of what their members can hold.

A member is a column with its space, or all the columns of a key to a parent, which take as many values as the parent has
rows, or its own parent where the key leads there. Keys that a NULL exempts, and partial indexes that leave rows out, bound nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import prod

from synth_assets.errors import SourcePosition
from synth_assets.formats import count_of
from synth_assets.plan.limits import Limit, LimitKind, name_of
from synth_assets.plan.narrowing import narrowed_space, restrict
from synth_assets.plan.value_spaces import Listed, Ranged, Space, Worded, count_values
from synth_assets.schema.expressions import (
    And,
    Call,
    ColumnRef,
    Comparison,
    Expression,
    InList,
    IsNull,
    Literal,
    Match,
    Not,
    Or,
    columns_of,
    is_understood,
)
from synth_assets.schema.model import Column, ForeignKey, Schema, Table

_FOLDS = frozenset({"lower", "upper"})


@dataclass(frozen=True)
class KeyTable:
    """A table whose keys are judged.

    Attributes:
        rows: Rows by table key, of parents and of itself.
        spelled: Columns whose text somebody else spells (overrides), so that the alphabet of codes does not count.
    """

    schema: Schema
    table: Table
    rows: Mapping[str, int]
    spelled: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Member:
    """One factor of a key: how many values it has at most (None: no bound), and how to say so."""

    columns: frozenset[str]
    count: int | None
    says: str
    parent: str = ""


def limits_of_keys(scope: KeyTable) -> Iterator[Limit]:
    """Yield a limit for each primary key, UNIQUE and unique index that bounds the rows of the table."""
    table = scope.table
    if table.primary_key is not None:
        label = f"PRIMARY KEY ({', '.join(table.primary_key.columns)})"
        yield from _limit(scope, "primary key", label, table.primary_key.where, _column_factors(scope, table.primary_key.columns))
    for unique in table.unique_constraints:
        if any(c not in table.columns_by_name for c in unique.columns) or len(unique.expression_trees) != len(unique.expressions):
            continue
        if unique.predicate is not None and (unique.predicate_tree is None or not _is_always_true(scope, unique.predicate_tree)):
            continue
        if unique.nulls_distinct and any(table.column(c).nullable for c in unique.columns):
            continue
        of_expressions = [
            _expression_member(scope, tree, text) for tree, text in zip(unique.expression_trees, unique.expressions, strict=True)
        ]
        label = f"UNIQUE ({', '.join([*unique.columns, *unique.expressions])})" + (f" WHERE {unique.predicate}" if unique.predicate else "")
        named = f"{unique.name}: {label}" if unique.name and unique.is_index else label
        yield from _limit(scope, "unique", named, unique.where, [*_column_factors(scope, unique.columns), *of_expressions])


def _limit(scope: KeyTable, kind: LimitKind, label: str, where: SourcePosition, members: list[Member]) -> Iterator[Limit]:
    if any(m.count is None for m in members):
        return
    capacity = prod(m.count or 0 for m in members)
    parents = list(dict.fromkeys(f"'{m.parent}'" for m in members if m.parent))
    reason = " x ".join(m.says for m in members) + (f" are {capacity:,} combinations" if len(members) > 1 else "")
    columns = [c for c in scope.table.columns_by_name if any(c in m.columns for m in members)]
    yield Limit(
        code="PLAN132" if len(members) > 1 else "PLAN131",
        kind=kind,
        label=label,
        where=where,
        capacity=capacity,
        reason=reason,
        suggestion=f"for more of {' or '.join(parents)}" if parents else "widen the constraint",
        about=columns[0] if len(columns) == 1 else f"({', '.join(columns)})",
    )


def _column_factors(scope: KeyTable, columns: tuple[str, ...]) -> list[Member]:
    """Return the members whose product is the smallest bound on the distinct values of a column set."""
    if not columns:
        return []
    wanted = frozenset(columns)
    factors = [_column_member(scope, scope.table.column(c)) for c in columns]
    factors += [
        _parent_member(scope, key, wanted) for key in scope.table.foreign_keys if _is_firm(scope, key) and wanted & set(key.columns)
    ]
    factors += _pairs_told_apart(scope, wanted)

    @cache
    def cheapest(left: frozenset[str]) -> tuple[float, tuple[int, ...]]:
        if not left:
            return 1.0, ()
        first = next(c for c in columns if c in left)
        ways = []
        for place, factor in enumerate(factors):
            if first in factor.columns:
                cost, rest = cheapest(left - factor.columns)
                ways.append((cost * (float("inf") if factor.count is None else factor.count), (place, *rest)))
        return min(ways)

    return [factors[place] for place in cheapest(wanted)[1]]


def _pairs_told_apart(scope: KeyTable, wanted: frozenset[str]) -> list[Member]:
    """Return the pairs of keys to one table that a CHECK orders or tells apart: n (n - 1), and half of it where it orders them."""
    keys = {k.columns[0]: k for k in scope.table.foreign_keys if len(k.columns) == 1 and k.columns[0] in wanted and _is_firm(scope, k)}
    found = []
    for check in scope.table.checks:
        for atom in check.expression.operands if isinstance(check.expression, And) else (check.expression,):
            match atom:
                case Comparison(operator="<" | ">" | "<>" as operator, left=ColumnRef(name=left), right=ColumnRef(name=right)):
                    one, other = keys.get(left), keys.get(right)
                    if one and other and (one.parent_table, one.parent_columns) == (other.parent_table, other.parent_columns):
                        found.append(_pair_member(scope, one, other, operator))
    return found


def _pair_member(scope: KeyTable, one: ForeignKey, other: ForeignKey, operator: str) -> Member:
    columns = frozenset({one.columns[0], other.columns[0]})
    rows, table = _values_to_refer_to(scope, one.parent_table, frozenset(one.parent_columns), frozenset({scope.table.key}))
    pairs = rows * max(0, rows - 1) // (1 if operator == "<>" else 2)
    how = "different" if operator == "<>" else "ordered"
    return Member(columns, pairs, f"{count_of(pairs, 'pair')} of {how} rows of '{table}'", table)


def _is_firm(scope: KeyTable, key: ForeignKey) -> bool:
    """Tell whether every row has a parent in another table."""
    known = key.parent_table in scope.schema.tables_by_key and key.parent_table != scope.table.key
    return known and all(c in scope.table.columns_by_name and not scope.table.column(c).nullable for c in key.columns)


def _parent_member(scope: KeyTable, key: ForeignKey, wanted: frozenset[str]) -> Member:
    inside = {p for c, p in zip(key.columns, key.parent_columns, strict=True) if c in wanted}
    rows, table = _values_to_refer_to(scope, key.parent_table, frozenset(inside), frozenset({scope.table.key}))
    return Member(wanted & set(key.columns), rows, f"{count_of(rows, 'row')} of '{table}'", table)


def _values_to_refer_to(scope: KeyTable, table: str, columns: frozenset[str], seen: frozenset[str]) -> tuple[int, str]:
    """Return how many different values, none of them NULL, columns have at most, and the table whose rows they are.

    As many as the table has rows, or where they refer on, as there are to refer to. Other columns of such a key may not be NULL,
    or else it would not bind.
    """
    least = scope.rows[table], table
    for key in scope.schema.table(table).foreign_keys:
        others = set(key.columns) - columns
        known = key.parent_table in scope.schema.tables_by_key and key.parent_table not in seen | {table}
        if not known or not columns <= set(key.columns) or any(scope.schema.table(table).column(c).nullable for c in others):
            continue
        onward = frozenset(p for c, p in zip(key.columns, key.parent_columns, strict=True) if c in columns)
        least = min(least, _values_to_refer_to(scope, key.parent_table, onward, seen | {table}), key=lambda found: found[0])
    return least


def _column_member(scope: KeyTable, column: Column) -> Member:
    narrowed = narrowed_space(scope.table, column, scope.schema.dialect)
    count = None if _is_spelled(scope, column, narrowed.space) else count_values(narrowed.space, alphabet_of(column))
    if count is not None and column.nullable:
        count += 1
    by = f", {', '.join(f'{name_of(c)} ({c.where})' for c in narrowed.checks)}" if narrowed.checks else ""
    spelling = " in letters and digits" if isinstance(narrowed.space, Worded) and not narrowed.space.binary else ""
    return Member(frozenset({column.name}), count, f"{count_of(count or 0, 'value')} of '{column.name}' ({column.sql_type}{by}){spelling}")


def _is_spelled(scope: KeyTable, column: Column, space: Space) -> bool:
    return isinstance(space, Worded) and column.name in scope.spelled


def alphabet_of(column: Column, *, folded: bool = False) -> int:
    """Return how many characters codes are spelled with: letters and digits, letters once where their case does not count."""
    return 36 if folded or column.collation.ignores_case else 62


def _expression_member(scope: KeyTable, tree: Expression, text: str) -> Member:
    """Count the values of an index's expression; a NULL among them exempts its row, so that there is no bound."""
    says = f"of {text}"
    match tree:
        case ColumnRef(name=name) if name in scope.table.columns_by_name and not scope.table.column(name).nullable:
            return _column_member(scope, scope.table.column(name))
        case Literal() if tree.type != "null":
            return Member(frozenset(), 1, f"1 value {says}")
        case IsNull(operand=ColumnRef(name=name)) if name in scope.table.columns_by_name:
            values = 2 if scope.table.column(name).nullable else 1
            return Member(frozenset({name}), values, f"{count_of(values, 'value')} {says}")
        case Comparison() | InList() | Match() | And() | Or() | Not() if _reads_no_null(scope, tree):
            return Member(frozenset(), 2, f"2 values {says}")
        case Call(function=function, arguments=(ColumnRef(name=name),)) if function in _FOLDS and name in scope.table.columns_by_name:
            return _folded_member(scope, scope.table.column(name), text)
        case _:
            return Member(frozenset(), None, says)


def _reads_no_null(scope: KeyTable, tree: Expression) -> bool:
    columns = scope.table.columns_by_name
    return is_understood(tree) and all(c in columns and not columns[c].nullable for c in columns_of(tree))


def _folded_member(scope: KeyTable, column: Column, text: str) -> Member:
    space = narrowed_space(scope.table, column, scope.schema.dialect).space
    if isinstance(space, Listed):
        space = Listed(tuple(dict.fromkeys(v.casefold() for v in space.values)))
    count = None if column.nullable or _is_spelled(scope, column, space) else count_values(space, alphabet_of(column, folded=True))
    spelling = " in letters and digits" if isinstance(space, Worded) else ""
    return Member(frozenset({column.name}), count, f"{count_of(count or 0, 'value')} of {text} ({column.sql_type}){spelling}")


def _is_always_true(scope: KeyTable, predicate: Expression) -> bool:
    """Tell whether no row can lie outside a partial index."""
    match predicate:
        case And(operands=operands):
            return all(_is_always_true(scope, o) for o in operands)
        case Literal(type="boolean", text="true"):
            return True
        case IsNull(operand=ColumnRef(name=name), negated=True):
            return name in scope.table.columns_by_name and not scope.table.column(name).nullable
    return any(_holds_everywhere(scope, column, predicate) for column in scope.table.columns if not column.nullable)


def _holds_everywhere(scope: KeyTable, column: Column, predicate: Expression) -> bool:
    """Tell whether nothing of a column's space is left where the predicate's negation may hold."""
    if not isinstance(predicate, Comparison | InList | ColumnRef | Not) or not _reads_no_null(scope, predicate):
        return False
    space = narrowed_space(scope.table, column, scope.schema.dialect).space
    outside = restrict(space, Not(operand=predicate), column.name)
    return isinstance(outside, Listed | Ranged) and not (outside.values if isinstance(outside, Listed) else outside.ranges)
