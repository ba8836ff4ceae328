"""The graph of foreign keys: parents, levels, cycles, and the fewest edges that break them."""

from dataclasses import dataclass
from itertools import combinations

from synth_assets.schema.model import ForeignKey, Schema, Table

_EXACT_LIMIT = 14
"""Edges inside one cycle group up to which the smallest set of dropped edges is searched exhaustively."""


@dataclass(frozen=True)
class Edge:
    """All foreign keys from one table to another; `nullable` when every one of them may be NULL."""

    child: str
    parent: str
    nullable: bool


def parents_of(table: Table, *, with_itself: bool = False) -> tuple[str, ...]:
    """Return the distinct parent tables of a table, in declaration order."""
    parents = dict.fromkeys(fk.parent_table for fk in table.foreign_keys)
    return tuple(p for p in parents if with_itself or p != table.key)


def is_nullable(table: Table, foreign_key: ForeignKey) -> bool:
    """Tell whether a key can be left open: with MATCH SIMPLE one NULL member is enough."""
    return any(table.column(name).nullable for name in foreign_key.columns)


def edges_of(schema: Schema) -> tuple[Edge, ...]:
    """Return one edge per pair of child and parent, self-references left out."""
    edges: dict[tuple[str, str], bool] = {}
    for table in schema.tables:
        for fk in table.foreign_keys:
            if fk.parent_table != table.key and fk.parent_table in schema.tables_by_key:
                pair = (table.key, fk.parent_table)
                edges[pair] = edges.get(pair, True) and is_nullable(table, fk)
    return tuple(Edge(child, parent, nullable) for (child, parent), nullable in edges.items())


def find_cycles(schema: Schema) -> tuple[tuple[str, ...], ...]:
    """Return the groups of two or more tables that reach one another (strongly connected components)."""
    components = _components([t.key for t in schema.tables], edges_of(schema))
    return tuple(tuple(c) for c in components if len(c) > 1)


def cycle_edges_to_drop(schema: Schema) -> tuple[Edge, ...]:
    """Return the edges without which the graph has no cycle: nullable ones first, then as few as can be.

    Exhaustive for groups of up to 14 edges; beyond that, edges are dropped greedily, which may take more.
    """
    dropped: list[Edge] = []
    for group in find_cycles(schema):
        members = set(group)
        inside = [e for e in edges_of(schema) if e.child in members and e.parent in members]
        dropped += _smallest_break(list(group), inside) if len(inside) <= _EXACT_LIMIT else _greedy_break(list(group), inside)
    return tuple(dropped)


def creation_order(schema: Schema) -> tuple[str, ...]:
    """Return table keys with parents before children, dropped cycle edges ignored; ties in declaration order."""
    dropped = set(cycle_edges_to_drop(schema))
    waiting: dict[str, set[str]] = {t.key: set() for t in schema.tables}
    for edge in edges_of(schema):
        if edge not in dropped:
            waiting[edge.child].add(edge.parent)
    order: list[str] = []
    while waiting:
        ready = next(key for key, parents in waiting.items() if not parents)
        order.append(ready)
        del waiting[ready]
        for parents in waiting.values():
            parents.discard(ready)
    return tuple(order)


def _smallest_break(tables: list[str], edges: list[Edge]) -> list[Edge]:
    """Try all subsets: the fewest NOT NULL edges first, then the fewest in all."""
    firm = [e for e in edges if not e.nullable]
    soft = [e for e in edges if e.nullable]
    for firm_count in range(len(firm) + 1):
        for soft_count in range(len(soft) + 1):
            for firm_part in combinations(firm, firm_count):
                for soft_part in combinations(soft, soft_count):
                    gone = {*firm_part, *soft_part}
                    if _is_acyclic(tables, [e for e in edges if e not in gone]):
                        return [*firm_part, *soft_part]
    raise AssertionError("dropping every edge leaves no cycle")


def _greedy_break(tables: list[str], edges: list[Edge]) -> list[Edge]:
    """Add edges back one by one, NOT NULL ones first, and drop those that would close a cycle."""
    kept: list[Edge] = []
    dropped: list[Edge] = []
    for edge in sorted(edges, key=lambda e: e.nullable):
        (kept if _is_acyclic(tables, [*kept, edge]) else dropped).append(edge)
    return dropped


def _is_acyclic(tables: list[str], edges: list[Edge]) -> bool:
    return all(len(c) == 1 for c in _components(tables, edges))


def _components(tables: list[str], edges: list[Edge] | tuple[Edge, ...]) -> list[list[str]]:
    """Strongly connected components (Tarjan 1972), without recursion, in declaration order."""
    targets: dict[str, list[str]] = {t: [] for t in tables}
    for edge in edges:
        if edge.child in targets and edge.parent in targets:
            targets[edge.child].append(edge.parent)
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    position = {t: i for i, t in enumerate(tables)}
    for root in tables:
        if root in number:
            continue
        number[root] = low[root] = len(number)
        stack.append(root)
        work = [(root, iter(targets[root]))]
        while work:
            node, pending = work[-1]
            following = next(pending, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    cut = stack.index(node)
                    found.append(sorted(stack[cut:], key=position.__getitem__))
                    del stack[cut:]
            elif following not in number:
                number[following] = low[following] = len(number)
                stack.append(following)
                work.append((following, iter(targets[following])))
            elif following in stack:
                low[node] = min(low[node], number[following])
    return sorted(found, key=lambda c: position[c[0]])
