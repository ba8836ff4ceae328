"""Whatever a model answers, rows keep their keys, CHECKs and types: only free text can change, and only to text."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from synth_assets.engine import Generator
from synth_assets.pipeline.fill import Writer
from synth_assets.pipeline.folder import load_folder
from synth_assets.pipeline.gemini import open_gemini
from synth_assets.pipeline.generate import generate_directory
from synth_assets.pipeline.plan import accept_plan, plan_dataset
from synth_assets.pipeline.read import read_schema_file
from synth_assets.pipeline.verify import verify_directory
from synth_assets.plan.filling import with_filled
from synth_assets.plan.model import Plan
from synth_assets.plan.request import DatasetRequest, GeminiRequest
from synth_assets.schema.model import Schema
from synth_assets_tests.gemini.wire import RecordedRequest, Reply
from synth_assets_tests.llm.writer import answer, purpose_of

DDL = """
CREATE TABLE members (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, joined DATE NOT NULL);
CREATE TABLE tickets (id INTEGER PRIMARY KEY, member_id INTEGER NOT NULL REFERENCES members(id), code VARCHAR(12) NOT NULL UNIQUE,
  status VARCHAR(10) NOT NULL CHECK (status IN ('open', 'closed')), title VARCHAR(30) NOT NULL, description TEXT);
"""
REQUEST = DatasetRequest(dataset="hostile", rows=40, gemini=GeminiRequest(rows=12))
TEXTS = ("title", "description")

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(), max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
numbers = st.integers(-2, 14) | st.sampled_from([True, "3", 2.0, None, 10**30])
HOSTILE = ("nul \0 inside", "x" * 100_000, "'; DROP TABLE tickets; --", "\ud800", "{member_id.name}", "{0}{{", "\ufeff", " \n ", "💥" * 29)
values = st.text(st.characters(), max_size=50) | st.sampled_from(HOSTILE) | anything
rows = st.lists(st.fixed_dictionaries({"row": numbers}, optional={"title": values, "description": values}) | anything, max_size=14)
scores = st.lists(st.fixed_dictionaries({"row": numbers, "score": numbers | st.integers(1, 10), "reason": values}) | anything, max_size=14)
answers = st.fixed_dictionaries({"rows": rows}) | anything
verdicts = st.fixed_dictionaries({"verdicts": scores}) | anything
scenarios = st.fixed_dictionaries({"scenarios": st.lists(values, max_size=4)}) | anything


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> tuple[Schema, Plan]:
    path = tmp_path_factory.mktemp("ddl") / "desk.sql"
    path.write_text(DDL)
    schema = read_schema_file(path, dialect="sqlite").schema
    assert schema is not None
    plan = accept_plan(schema, with_filled(schema, plan_dataset(schema, REQUEST).plan, REQUEST)).plan
    assert {c.column for c in plan.table("tickets").columns if c.strategy.kind == "filled"} == set(TEXTS)
    return schema, plan


def answering(said: dict[str, Any]) -> Callable[[RecordedRequest], Any]:
    """Return a model that answers each kind of question with what is said, however often it is asked."""

    def give(request: RecordedRequest) -> Any:
        value = said.get(purpose_of(request))
        return Reply(json.dumps(answer(request) if value is None else value))  # escapes: what goes out is always valid UTF-8

    return give


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(answers, verdicts, scenarios)
@example({"rows": [{"row": n, "title": f"T{n}", "description": "{member_id.name} \ud800"} for n in range(12)]}, {}, {})
@example({"rows": [{"row": n, "title": "x" * 31, "description": f"Said by nobody {n}\0"} for n in range(12)]}, None, None)
def test_no_answer_breaks_rows(gemini_environment, monkeypatch, tmp_path_factory, read, texts, judged, told):
    monkeypatch.setenv("SYNTH_GEMINI_CACHE", "off")
    monkeypatch.setenv("SYNTH_GEMINI_MAX_WAIT_SECONDS", "0")
    schema, plan = read
    gemini_environment.reset()
    gemini_environment.on("", answering({"rows": texts, "critique": judged, "instructions": told}))
    gemini = open_gemini(schema, REQUEST)
    assert gemini is not None
    out = tmp_path_factory.mktemp("out")
    generate_directory(schema, plan, out, "sql", ddl_text=DDL, request=REQUEST, writer=Writer(gemini, REQUEST))
    assert sqlite_takes(out)
    assert verify_directory(out).passed
    kept = {key: one.table for key, one in load_folder(out).load_texts().items()}
    for key in ("members", "tickets"):
        plain, filled = (Generator(schema, plan, t).generate_rows(key, 0, 40) for t in ({}, kept))
        free = [name for name in TEXTS if name in plain.column_names]
        assert plain.drop_columns(free).equals(filled.drop_columns(free)) or key == "members"
    for ticket in Generator(schema, plan, kept).generate_rows("tickets", 0, 40).to_pylist():
        assert 0 < len(ticket["title"]) <= 30
        assert "\0" not in ticket["title"] + (ticket["description"] or "")


def sqlite_takes(folder: Path) -> bool:
    connection = sqlite3.connect(":memory:")
    connection.executescript("PRAGMA foreign_keys = ON;" + (folder / "dataset.sql").read_text(encoding="utf-8"))
    (count,) = connection.execute("SELECT count(*) FROM tickets JOIN members ON members.id = member_id").fetchone()
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.close()
    return count == 40 and not broken
