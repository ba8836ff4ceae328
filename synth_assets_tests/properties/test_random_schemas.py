"""The property of the whole product: whatever schema is drawn, its rows exist, and real databases accept every one of them.

Drawn are tables with keys of all kinds (composite, overlapping, diamonds, self-references, circles of NOT NULL keys, one-to-one,
junctions, UNIQUE with NULLs, partial and over expressions) and CHECKs of all shapes; nothing that the strategy can draw is
excluded here. A request that is refused must be one that no rows can meet, judged by counting that shares no code with the
product (`bounds`); refusals that counting cannot confirm are counted, told at the end of the run, and at most 2 of 100.

Shrunk failures go to `found/` (see test_found.py). `HYPOTHESIS_PROFILE=thorough` tries ten times as many; `SCHEMAS_SEED=n` repeats a run.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from synth_assets.plan.cells import Cell, aggregates_of, follow, graph_of, references_of
from synth_assets.plan.model import Attachment, Matching, Plan, Relation, Stride, TablePlan
from synth_assets.plan.strategies import Strategy
from synth_assets_tests.properties import tally
from synth_assets_tests.properties.bounds import reason_against
from synth_assets_tests.properties.databases import refusal_of_postgresql, refusal_of_sqlite
from synth_assets_tests.properties.journey import make, pieces
from synth_assets_tests.properties.model import DrawnSchema
from synth_assets_tests.properties.rendering import render
from synth_assets_tests.properties.schemas import schemas

WORKERS, SHARDS, EXAMPLES = 4, 4, 125
"""4 classes (xdist gives whole classes to a process) of 4 shards of 125 schemas: 2,000."""
MOST_REFUSED = 0.02

pytestmark = pytest.mark.timeout(600)
"""Hypothesis stops shrinking a failure after five minutes: it must come to tell what it found."""


def judged(judge: psycopg.Connection, counts: Counter[str], drawn: DrawnSchema) -> None:
    """Send one schema through the product and its rows to both databases; count what became of it."""
    counts.update(tried=1, tables=len(drawn.tables))
    made = make(drawn)
    if made.plan is None:
        counts["refused" if reason_against(drawn) is None else "impossible"] += 1
        return
    assert reason_against(drawn) is None, "planned, though no rows can obey"
    rows = made.rows()
    counts["rows"] += sum(table.num_rows for table in rows.values())
    assert {t.name: t.rows for t in drawn.tables} == {key: table.num_rows for key, table in rows.items()}
    refused = {"sqlite": refusal_of_sqlite(drawn, rows), "postgres": refusal_of_postgresql(judge, drawn, rows)}
    counts["rejected"] += any(refused.values())
    assert refused == {"sqlite": None, "postgres": None}, render(drawn, "postgres")


def explore(examine: Callable[[DrawnSchema], None], number: int, run: int) -> None:
    """Give `number` schemas of this seed to `examine`; a failure is shrunk."""
    factor = 10 if settings.get_current_profile_name() == "thorough" else 1
    chosen = settings(
        max_examples=number * factor,
        database=None,
        derandomize=False,  # the seed decides, and is told
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    seed(run)(chosen(given(schemas())(examine)))()


class _Shards:
    """One process's share of the schemas."""

    number: int

    @pytest.mark.processes
    @pytest.mark.parametrize("shard", range(SHARDS))
    def test_databases_accept_every_row(self, judge: psycopg.Connection, run_seed: int, request: pytest.FixtureRequest, shard: int) -> None:
        counts: Counter[str] = Counter()
        try:
            explore(lambda drawn: judged(judge, counts, drawn), EXAMPLES, run_seed * 100 + self.number * SHARDS + shard)
        finally:
            tally.record(request, counts, run_seed)
        assert counts["refused"] <= MOST_REFUSED * counts["tried"]


for _number in range(WORKERS):
    globals()[f"TestShards{_number}"] = type(f"TestShards{_number}", (_Shards,), {"number": _number, "__module__": __name__})


def in_pieces(drawn: DrawnSchema) -> None:
    """Any cut of any table, and the whole, are the same rows."""
    made = make(drawn)
    if made.plan is None:
        return
    whole = made.rows()
    for table in drawn.tables:
        assert pieces(made, table.name, (1, 13, drawn.seed)).equals(whole[table.name]), table.name


def grown(drawn: DrawnSchema) -> None:
    """Tables twice as long begin with the rows they had, where the plan stayed and no column depends on what came later."""
    made, larger = make(drawn), make(replace(drawn, tables=tuple(replace(t, rows=2 * t.rows) for t in drawn.tables)))
    if made.plan is None or larger.plan is None or without_counts(made.plan) != without_counts(larger.plan):
        return
    moving = moving_cells(made.plan)
    before, after = made.rows(), larger.rows()
    for table in drawn.tables:
        for column in before[table.name].column_names:
            kept = after[table.name].column(column).slice(0, table.rows)
            stays = (table.name, column) not in moving
            assert not stays or kept.equals(before[table.name].column(column)), (table.name, column, render(drawn, "postgres"))


def without_counts(plan: Plan) -> list[TablePlan]:
    return [t.model_copy(update={"row_count": 0}) for t in plan.tables]


def moves(relation: Relation, plan: Plan) -> bool:
    """Whether growth may move a relation's picks: pairs, and windows that are wider than the parent table was."""
    fan_out = relation.fan_out
    if isinstance(fan_out, Matching) and fan_out.distinct_within:
        return True
    return isinstance(fan_out, Attachment | Stride | Matching) and fan_out.floor > plan.table(relation.parent_table).row_count


def steps_of(table: str, strategy: Strategy, plan: Plan) -> Iterator[tuple[str, str]]:
    """The relations over which a column is computed, each with its table."""
    for reference in references_of(strategy):
        child = table
        for step in follow(table, reference.relation, lambda key: plan.table(key).relations_by_name) if reference.relation else ():
            yield child, step.name
            child = step.parent_table


def moving_cells(plan: Plan) -> set[Cell]:
    """The columns that growth may change: what adds up children, what picks among few parents, pairs, and what is read from those."""
    moving = {(t.table, c.column) for t in plan.tables for c in t.columns if aggregates_of(c.strategy)}
    moved = {(t.table, r.name) for t in plan.tables for r in t.relations if moves(r, plan)}
    moving |= {(t.table, c.column) for t in plan.tables for c in t.columns if set(steps_of(t.table, c.strategy, plan)) & moved}
    graph, size = graph_of(plan), -1
    while size != len(moving):
        size = len(moving)
        moving |= {cell for cell, reads in graph.items() if reads & moving}
    return moving


def test_a_table_is_the_same_however_it_is_cut(run_seed: int) -> None:
    explore(in_pieces, 60, run_seed)


def test_rows_stay_when_all_tables_grow_alike(run_seed: int) -> None:
    explore(grown, 60, run_seed)
