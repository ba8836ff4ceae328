"""The property of the whole product: whatever schema is drawn, its rows exist, and real databases accept every one of them.

Drawn are tables with keys of all kinds (composite, overlapping, diamonds, self-references, circles of NOT NULL keys, one-to-one,
junctions, UNIQUE with NULLs, partial and over expressions) and CHECKs of all shapes; nothing that the strategy can draw is
excluded here. A request that is refused must be one that no rows can meet, judged by counting that shares no code with the
product (`bounds`); refusals that counting cannot confirm are counted, told at the end of the run, and at most 2 of 100.

Shrunk failures go to `found/` (see test_found.py). `HYPOTHESIS_PROFILE=thorough` tries ten times as many; `SCHEMAS_SEED=n` repeats a run.
"""

from collections import Counter
from collections.abc import Callable

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

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
    def test_databases_accept_every_row(
        self, judge: psycopg.Connection, run_seed: int, request: pytest.FixtureRequest, shard: int
    ) -> None:
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
    """Tables twice as long begin with the rows they had, but for columns that count what came later."""
    made, larger = make(drawn), make(request_of(drawn, factor=2))
    if made.plan is None or larger.plan is None:
        return
    before, after = made.rows(), larger.rows()
    for table in drawn.tables:
        for column in sorted(stable_columns(made, larger, table.name)):
            kept = after[table.name].column(column).slice(0, table.rows)
            assert kept.equals(before[table.name].column(column)), (table.name, column, render(drawn, "postgres"))


def stable_columns(made: Made, larger: Made, table: str) -> set[str]:
    """The columns that both plans fill alike."""
    return set()


def test_a_table_is_the_same_however_it_is_cut(run_seed: int) -> None:
    explore(in_pieces, 60, run_seed)
