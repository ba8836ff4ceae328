"""The graph of keys: cycles are found, and broken by as few edges as can be, nullable ones first."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as h

from synth_assets.errors import SourcePosition
from synth_assets.schema.fingerprint import fingerprint_schema, fingerprint_table
from synth_assets.schema.graph import creation_order, cycle_edges_to_drop, edges_of, find_cycles, parents_of
from synth_assets.schema.model import Column, ForeignKey, PrimaryKey, Schema, Table
from synth_assets.schema.types import IntegerType

HERE = SourcePosition(file="graph.sql")

Link = tuple[int, int, bool]


def schema_of(count: int, links: list[Link]) -> Schema:
    """Return tables t0..tn with a foreign key for each (child, parent, nullable)."""
    tables = []
    for i in range(count):
        mine = [(j, link) for j, link in enumerate(links) if link[0] == i]
        columns = [Column(name="id", type=IntegerType(), sql_type="int", nullable=False, where=HERE)]
        columns += [Column(name=f"k{j}", type=IntegerType(), sql_type="int", nullable=link[2], where=HERE) for j, link in mine]
        keys = [ForeignKey(columns=(f"k{j}",), parent_table=f"t{link[1]}", parent_columns=("id",), where=HERE) for j, link in mine]
        primary = PrimaryKey(columns=("id",), where=HERE)
        tables.append(Table(name=f"t{i}", columns=tuple(columns), primary_key=primary, foreign_keys=tuple(keys), where=HERE))
    return Schema(name="g", dialect="postgres", tables=tuple(tables))


def test_a_nullable_edge_is_dropped_before_a_firm_one() -> None:
    schema = schema_of(3, [(0, 1, False), (1, 2, False), (2, 0, True), (0, 0, False)])
    assert find_cycles(schema) == (("t0", "t1", "t2"),)
    assert [(e.child, e.parent) for e in cycle_edges_to_drop(schema)] == [("t2", "t0")]
    assert parents_of(schema.table("t0")) == ("t1",)
    assert parents_of(schema.table("t0"), with_itself=True) == ("t1", "t0")


def test_one_shared_edge_breaks_two_cycles() -> None:
    schema = schema_of(3, [(0, 1, True), (1, 0, True), (1, 2, True), (2, 0, True)])
    assert [(e.child, e.parent) for e in cycle_edges_to_drop(schema)] == [("t0", "t1")]


LINKS = h.integers(1, 9).flatmap(
    lambda n: h.tuples(h.just(n), h.lists(h.tuples(h.integers(0, n - 1), h.integers(0, n - 1), h.booleans()), max_size=25))
)


@given(LINKS)
def test_creation_order_puts_parents_first(drawn: tuple[int, list[Link]]) -> None:
    schema = schema_of(*drawn)
    dropped = set(cycle_edges_to_drop(schema))
    place = {key: i for i, key in enumerate(creation_order(schema))}
    assert sorted(place) == sorted(t.key for t in schema.tables)
    for edge in edges_of(schema):
        assert edge in dropped or place[edge.parent] < place[edge.child]
    if not find_cycles(schema):
        assert not dropped


def test_a_long_chain_needs_no_recursion() -> None:
    count = 3000
    schema = schema_of(count, [(child, parent, False) for child, parent in pairwise(range(count))])
    assert creation_order(schema)[0] == f"t{count - 1}"


def test_fingerprints_are_blind_to_places_and_order_but_not_to_meaning() -> None:
    schema = schema_of(2, [(0, 1, False)])
    moved = schema.model_copy(
        update={"tables": tuple(t.model_copy(update={"where": SourcePosition(file="x", line=9)}) for t in schema.tables[::-1])}
    )
    assert fingerprint_schema(moved) == fingerprint_schema(schema)
    nullable = schema_of(2, [(0, 1, True)])
    assert fingerprint_table(nullable.tables[0]) != fingerprint_table(schema.tables[0])
    assert fingerprint_table(nullable.tables[1]) == fingerprint_table(schema.tables[1])


def test_a_copy_forgets_what_the_original_remembered() -> None:
    schema = schema_of(2, [])
    assert schema.table("t1").key == "t1"
    fewer = schema.model_copy(update={"tables": schema.tables[:1]})
    assert set(fewer.tables_by_key) == {"t0"}
