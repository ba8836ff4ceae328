"""Whatever schema is drawn and whatever a model says of its columns: SQLite accepts every row."""

import random
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from synth_assets.engine import Generator
from synth_assets.llm.plan_answers import ColumnAnswer, MisfitError, decide
from synth_assets.pipeline.plan import accept_plan
from synth_assets.pipeline.settling import settle
from synth_assets.plan.free_columns import Decisions, FreeColumn, free_columns
from synth_assets_tests.pipeline.test_ai_plan import HARM
from synth_assets_tests.pipeline.well_meaning import say_of
from synth_assets_tests.properties.databases import refusal_of_sqlite
from synth_assets_tests.properties.journey import Made, make
from synth_assets_tests.properties.model import DrawnSchema
from synth_assets_tests.properties.rendering import render
from synth_assets_tests.properties.test_random_schemas import explore

EXAMPLES = 25


def said(free: FreeColumn, rng: random.Random) -> dict[str, Any]:
    return rng.choice(HARM) if rng.random() < 0.3 else say_of(free, rng)


def decisions(made: Made, seed: int) -> Decisions:
    assert made.plan is not None
    found = {}
    for table, columns in free_columns(made.schema, made.plan).items():
        rng = random.Random(f"{seed} {table}")
        for name, free in columns.items():
            try:
                answer = ColumnAnswer.model_validate({"column": name, "reason": "drawn", **said(free, rng)})
                decision, _ = decide(answer, free, made.schema.table(table), made.plan.locale)
            except (MisfitError, ValidationError):
                continue
            if decision is not None:
                found[(table, name)] = decision
    return found


def examine(drawn: DrawnSchema) -> None:
    made = make(drawn)
    if made.plan is None:
        return
    plan = settle(made.schema, accept_plan(made.schema, made.plan), decisions(made, drawn.seed)).planned.plan
    generator = Generator(made.schema, plan)
    rows: dict[str, pa.Table] = {t.key: generator.generate_rows(t.key, 0, plan.table(t.key).row_count) for t in made.schema.tables}
    assert refusal_of_sqlite(drawn, rows) is None, render(drawn, "sqlite")


def test_sqlite_accepts_every_row(run_seed: int) -> None:
    explore(examine, EXAMPLES, run_seed)
