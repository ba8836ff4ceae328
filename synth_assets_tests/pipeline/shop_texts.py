"""A shop whose texts Gemini writes: its DDL, its request and what the tests ask of both."""

from typing import Any

from synth_assets.ddl import read_ddl
from synth_assets.pipeline.fill import fill_table
from synth_assets.pipeline.filled_texts import stored_texts
from synth_assets.pipeline.gemini import Gemini, open_gemini
from synth_assets.pipeline.plan import accept_plan, plan_dataset
from synth_assets.plan.filling import with_filled
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest, GeminiRequest
from synth_assets.schema.model import Schema
from synth_assets.storage import DatasetStore
from synth_assets_tests.gemini.server import GeminiEmulator

DDL = """
CREATE TABLE products (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL, description TEXT, price NUMERIC(8,2) CHECK (price > 0));
CREATE TABLE reviews (id INTEGER PRIMARY KEY, product_id INTEGER NOT NULL REFERENCES products(id), rating INTEGER NOT NULL
  CHECK (rating BETWEEN 1 AND 5), title VARCHAR(60) CHECK (length(title) > 0), body TEXT NOT NULL, code VARCHAR(12) UNIQUE);
"""
ROWS = 60


def read_shop() -> Schema:
    read = read_ddl(DDL, source="shop.sql", dialect="sqlite")
    assert read.schema is not None
    return read.schema


def wanted(rows: int = 200, **more: Any) -> DatasetRequest:
    return DatasetRequest(dataset="trial", rows=rows, gemini=GeminiRequest(rows=ROWS), **more)


def planned(schema: Schema, request: DatasetRequest) -> Plan:
    return accept_plan(schema, with_filled(schema, plan_dataset(schema, request).plan, request)).plan


def opened(schema: Schema, request: DatasetRequest) -> Gemini:
    gemini = open_gemini(schema, request)
    assert gemini is not None
    return gemini


def texts_asked(gemini: GeminiEmulator) -> list[str]:
    return sorted(r.prompt for r in gemini.calls("generateContent"))


def fill_both(store: DatasetStore, schema: Schema, request: DatasetRequest) -> dict[str, Any]:
    plan, gemini = planned(schema, request), opened(schema, request)
    folder = stored_texts(store, schema, "trial")
    return {key: fill_table(folder, schema, plan, key, gemini, request) for key in ("products", "reviews")}
