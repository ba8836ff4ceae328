"""Whatever schema is drawn and whatever stands in its filled texts: nothing else changes, and SQLite accepts every row."""

import random
from dataclasses import replace
from typing import Any

import pyarrow as pa

from synth_assets.engine import Generator
from synth_assets.pipeline.filled_texts import filled_columns
from synth_assets.pipeline.plan import accept_plan
from synth_assets.plan.cells import has_circle
from synth_assets.plan.fillable import may_hold_prose, readers_of, referred_columns
from synth_assets.plan.filled_texts import may_be_slot, slot_of
from synth_assets.plan.model import ColumnPlan, Plan, TablePlan
from synth_assets.plan.strategies import Filled, Reference
from synth_assets.schema.graph import creation_order
from synth_assets.schema.model import Schema
from synth_assets.schema.types import BooleanType, TextType
from synth_assets_tests.properties.databases import refusal_of_sqlite
from synth_assets_tests.properties.journey import make
from synth_assets_tests.properties.model import Column, DrawnSchema
from synth_assets_tests.properties.rendering import render
from synth_assets_tests.properties.test_random_schemas import explore

EXAMPLES = 15
SAID = ("It's fine", "{{curly}}", "a; b -- c", "日本語", "x" * 700, "{nobody.name} said so", "\\N", "NULL", " padded ", "ﬁ\u0301", "💥")


def with_prose(drawn: DrawnSchema) -> DrawnSchema:
    """Return the schema with two columns of free text in every table: most drawn texts are keys, or CHECKed."""
    prose = (Column(name="prose_note", type="text"), Column(name="prose_title", type="varchar(40)", not_null=True))
    tables = tuple(replace(t, columns=(*t.columns, *prose)) for t in drawn.tables)
    return replace(drawn, tables=tables)


def fill_all(schema: Schema, plan: Plan) -> Plan:
    """Return the plan with every text filled that may be, prose or not, naming what texts of earlier tables it can."""
    taken = readers_of(plan) | referred_columns(schema)
    position = {key: place for place, key in enumerate(creation_order(schema))}
    tables = []
    for table in plan.tables:
        near = [r for r in table.relations if position[r.parent_table] < position[table.table]]
        named = [(r, c.name) for r in near for c in schema.table(r.parent_table).stored_columns if isinstance(c.type, TextType)]
        mentions = tuple(m for r, name in named if may_be_slot(m := Reference(column=name, relation=r.name)))[:3]
        match = tuple(c.column for c in table.columns if isinstance(schema.table(table.table).column(c.column).type, BooleanType))[:1]

        def filled(column: ColumnPlan, table: TablePlan = table, given: Any = (match, mentions)) -> ColumnPlan:
            may = may_hold_prose(schema.table(table.table), column.column) and (table.table, column.column) not in taken
            if not may or column.unique:
                return column
            strategy = Filled(rows=5, match=given[0], mentions=given[1], otherwise=column.strategy)
            return column.model_copy(update={"strategy": strategy})

        tables.append(table.model_copy(update={"columns": tuple(map(filled, table.columns))}))
    made = plan.model_copy(update={"tables": tuple(tables)})
    return plan if has_circle(made) else made


def texts(plan: Plan, seed: int) -> dict[str, pa.Table]:
    """Return texts for every filled column of every table, some rows without any, fewer lines than rows or more."""
    found = {}
    for table in plan.tables:
        rng = random.Random(f"{seed} {table.table}")
        columns = filled_columns(plan, table.table)
        slots = [f"of {{{slot_of(m)}}}" for s in columns.values() for m in s.mentions]
        lines = rng.randrange(1, table.row_count + 3)
        said = [None if rng.random() < 0.3 else f"{rng.choice(SAID)} {rng.choice([*slots, ''])}{i}" for i in range(lines)]
        if columns:
            found[table.table] = pa.table({name: pa.array(said, type=pa.string()) for name in columns})
    return found


def examine(drawn: DrawnSchema) -> bool:
    """Judge one schema; tell whether it had anything to fill."""
    drawn = with_prose(drawn)
    made = make(drawn)
    if made.plan is None:
        return False
    plan = accept_plan(made.schema, fill_all(made.schema, made.plan)).plan
    given = texts(plan, drawn.seed)
    plain, filled = Generator(made.schema, made.plan), Generator(made.schema, plan, given)
    rows: dict[str, pa.Table] = {}
    for table in made.schema.tables:
        count, free = plan.table(table.key).row_count, list(filled_columns(plan, table.key))
        rows[table.key] = filled.generate_rows(table.key, 0, count)
        assert rows[table.key].drop_columns(free).equals(plain.generate_rows(table.key, 0, count).drop_columns(free)), table.key
        assert Generator(made.schema, plan).generate_rows(table.key, 0, count).equals(plain.generate_rows(table.key, 0, count))
    assert refusal_of_sqlite(drawn, rows) is None, render(drawn, "sqlite")
    return bool(given)


def test_sqlite_accepts_every_row(run_seed: int) -> None:
    had_texts = []

    def look(drawn: DrawnSchema) -> None:
        had_texts.append(examine(drawn))

    explore(look, EXAMPLES, run_seed)
    assert sum(had_texts) > EXAMPLES // 2
