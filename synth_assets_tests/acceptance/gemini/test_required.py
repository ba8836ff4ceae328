"""`ai: required` on the restaurants: what it asks, that it is as the arithmetic says, and that a real PostgreSQL takes every row."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow.csv as csv
import pytest

from synth_assets.databases import parse_database_url
from synth_assets.llm.estimate import Estimate
from synth_assets.pipeline.estimate import estimate_dataset
from synth_assets.pipeline.fill import fill_table, open_writer
from synth_assets.pipeline.filled_texts import filled_columns, stored_texts
from synth_assets.pipeline.gemini import open_gemini, plan_by_request
from synth_assets.pipeline.prove import prove_directory
from synth_assets.pipeline.verify import verify_directory
from synth_assets.schema.graph import creation_order
from synth_assets.settings import load_llm_settings
from synth_assets.storage import DatasetStore
from synth_assets_tests.acceptance.gemini.conftest import cooking
from synth_assets_tests.acceptance.gemini.kitchen import DATASET, RESTAURANTS, Made, journal, make, read, wanted
from synth_assets_tests.acceptance.gemini.restaurateur import PURPOSES, about, purpose
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.llm.writer import MOODS
from synth_assets_tests.postgres import postgres_uri  # noqa: F401

ROWS = 200
ORACLE = Path(__file__).parents[4] / "shared" / "oracle" / "postgres_oracle.py"
Count = Counter[tuple[str, str]]


def count_asked(gemini: GeminiEmulator) -> Count:
    """Return how many requests came in, by table and purpose."""
    return Counter((about(r), purpose(r)) for r in gemini.calls("generateContent"))


def count_estimated(estimate: Estimate) -> Count:
    """Return the same as `llm.estimate` foretells it, if every answer is good at once."""
    expected = {(t.table, p): getattr(t.calls, p) for t in estimate.tables for p in PURPOSES}
    return Counter({who: count for who, count in expected.items() if count})


@pytest.fixture(scope="module")
def dinner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Made, Count, int]]:
    """The dataset, what was asked for it, and the requests that the journal has."""
    folder = tmp_path_factory.mktemp("dinner")
    with cooking(folder) as gemini:
        made = make(RESTAURANTS, folder / "out", wanted(ROWS))
        yield made, count_asked(gemini), len(journal())


def test_it_asks_what_the_arithmetic_says(dinner: tuple[Made, Count, int]) -> None:
    _, asked, written_down = dinner
    estimate = estimate_dataset(read(), wanted(ROWS), load_llm_settings())
    for table in estimate.tables:
        calls = table.calls
        print(f"{table.table}: {calls.plan} plan + {calls.instructions} scenarios + {calls.rows} chunks + {calls.critique} critiques")
    assert asked == count_estimated(estimate)
    filled = [t for t in estimate.tables if t.calls.rows]
    assert len(estimate.tables) == 8
    assert len(filled) == 5
    assert sum(asked.values()) == written_down == estimate.calls == 8 * 1 + 5 * (1 + ROWS // 25 + ROWS // 25) == 93


def test_plan_rows_and_critique_are_geminis(dinner: tuple[Made, Count, int]) -> None:
    made, _, _ = dinner
    decided = {f"{t.table}.{c.column}" for t in made.plan.tables for c in t.columns if c.origin == "gemini"}
    assert decided >= {"restaurants.cuisine", "restaurants.seats", "staff.hourly_wage", "customers.diet", "reviews.rating"}
    assert all(c.reason for t in made.plan.tables for c in t.columns if c.origin == "gemini")
    assert made.fallbacks == {}
    for table in ("restaurants", "menus", "menu_items", "orders", "reviews"):
        critique = made.reports[table].critique
        assert critique is not None
        assert (sum(critique.scores.values()), critique.dropped) == (ROWS, 0)
    # All of it together is what the journal and the server have seen.
    assert sum(r.calls for r in made.reports.values()) == 93


def test_reviews_are_as_kind_as_their_rating(dinner: tuple[Made, Count, int]) -> None:
    made, _, _ = dinner
    reviews = csv.read_csv(made.folder / "reviews.csv").to_pylist()
    assert len({r["comment"] for r in reviews}) == ROWS
    assert all(r["comment"].endswith(f" is {MOODS[str(r['rating'])]}.") for r in reviews)
    assert Counter(r["rating"] for r in reviews)[5] > ROWS / 3, "as the plan's weights say"


def test_our_proof_in_a_real_postgres_takes_every_row(dinner: tuple[Made, Count, int], postgres_uri: str) -> None:  # noqa: F811
    made, _, _ = dinner
    result = prove_directory(made.folder, parse_database_url(postgres_uri))
    assert (result.rejections, result.refused, result.not_judged) == ((), (), ())
    assert [(t.rows, t.accepted) for t in result.tables] == [(ROWS, ROWS)] * 8
    assert verify_directory(made.folder).passed


@pytest.mark.skipif(not ORACLE.exists(), reason="the independent oracle is not part of the project")
def test_an_independent_oracle_takes_every_row(dinner: tuple[Made, Count, int], postgres_uri: str) -> None:  # noqa: F811
    made, _, _ = dinner
    command = [sys.executable, str(ORACLE), "--ddl", str(RESTAURANTS), "--data", str(made.folder), "--uri", postgres_uri]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"accepted: 8 tables, {8 * ROWS} rows, 12 foreign keys; 0 tables rejected" in ran.stdout + ran.stderr


def test_two_million_rows_ask_as_often_as_two_hundred(
    cook: GeminiEmulator, dinner: tuple[Made, Count, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Everything that asks is done, with no answer kept from before; writing the rows themselves asks nothing, and is left out."""
    _, at_two_hundred, _ = dinner
    monkeypatch.setenv("SYNTH_GEMINI_CACHE", "off")
    schema, request = read(), wanted(2_000_000)
    plan = plan_by_request(schema, request, open_gemini(schema, request)).planned.plan
    writer, folder = open_writer(schema, plan, request), stored_texts(DatasetStore(tmp_path), schema, DATASET)
    assert writer is not None
    filled = [fill_table(folder, schema, plan, key, writer.gemini, request) for key in creation_order(schema)]
    assert count_asked(cook) == at_two_hundred == count_estimated(estimate_dataset(schema, request, load_llm_settings()))
    assert {f.table: f.texts.table.num_rows for f in filled if f.texts} == {
        t.table: ROWS for t in plan.tables if filled_columns(plan, t.table)
    }
