"""Columns whose length is one of bytes hold no more bytes than that, whatever letters stand in their texts."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.ddl import read_ddl
from synth_assets.engine import Generator
from synth_assets.engine.fitting import shorten
from synth_assets.errors import GenerationError
from synth_assets.llm.row_filler import answers
from synth_assets.llm.row_filler.task import FillColumn
from synth_assets.plan import make_plan
from synth_assets.plan.request import build_request
from synth_assets.schema.model import Schema
from synth_assets.schema.types import TextType, head_of, length_of

NOTES = "CREATE TABLE notes (id NUMBER(9) PRIMARY KEY, said VARCHAR2(40) NOT NULL, heard VARCHAR2(40 CHAR) NOT NULL)"
TYPES = {
    "oracle": {
        "VARCHAR2(20)": True, "VARCHAR2(20 BYTE)": True, "VARCHAR2(20 CHAR)": False, "NVARCHAR2(20)": False, "CHAR(20)": True,
        "NCHAR(20)": False, "VARCHAR(20)": True,
    },
    "mysql": {"VARCHAR(20)": False, "TINYTEXT": True, "TEXT": False},
    "postgres": {"varchar(20)": False, "name": True},
    "tsql": {
        "VARCHAR(20)": False, "NVARCHAR(20)": False, "VARCHAR(20) COLLATE Latin1_General_100_CI_AS_SC_UTF8": True,
        "NVARCHAR(20) COLLATE Latin1_General_100_CI_AS_SC_UTF8": False,
    },
}  # fmt: skip


def read(ddl: str, dialect: str = "oracle") -> Schema:
    schema = read_ddl(ddl.encode(), source="notes.sql", dialect=dialect).schema
    assert schema is not None
    return schema


@pytest.mark.parametrize(("dialect", "written", "in_bytes"), [(d, w, b) for d, types in TYPES.items() for w, b in types.items()])
def test_what_a_length_counts_is_read_from_type_and_dialect(dialect: str, written: str, in_bytes: bool) -> None:
    column = read(f"CREATE TABLE notes (id INTEGER PRIMARY KEY, said {written})", dialect).table("notes").column("said")
    assert isinstance(column.type, TextType)
    assert column.type.in_bytes is in_bytes


def generate(overrides: dict[str, object], rows: int = 3, texts: dict[str, pa.Table] | None = None) -> pa.Table:
    schema = read(NOTES)
    request = build_request({"rows": rows, "overrides": {"notes": {"columns": overrides}}}, "test")
    return Generator(schema, make_plan(schema, request), texts or {}).generate_rows("notes", 0, rows)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=120))
def test_engine_texts_are_cut_by_bytes_between_characters(text: str) -> None:
    said = {name: {"strategy": {"kind": "constant", "value": text}} for name in ("said", "heard")}
    made = generate(said)
    for value in made["said"].to_pylist():
        assert len(value.encode()) <= 40
        assert text.startswith(value)
        assert value == text or len(text.encode()) > 40
    assert set(made["heard"].to_pylist()) == {text}


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.integers(0, 60))
def test_both_ways_to_shorten_give_a_beginning_that_fits(text: str, limit: int) -> None:
    head = head_of(text, limit, in_bytes=True)
    assert text.startswith(head)
    assert length_of(head, in_bytes=True) <= limit
    following = text[len(head) : len(head) + 1]
    assert not following or length_of(head + following, in_bytes=True) > limit
    if len(text.encode()) > limit:
        for short in (shorten(text, limit, in_bytes=True), answers.shorten(text, limit, in_bytes=True)):
            assert text.startswith(short)
            assert len(short.encode()) <= limit


def test_filled_texts_are_read_and_made_by_bytes() -> None:
    column = FillColumn("said", "VARCHAR2(40)", 40, in_bytes=True)
    text = "Ça a été très bien — merci. Et à bientôt, dit-il"
    found = answers.shorten(text, column.limit, in_bytes=column.in_bytes)
    assert found == "Ça a été très bien — merci."
    assert len(found.encode()) <= 40 < len(text[:40].encode())
    filled = {"kind": "filled", "rows": 3, "otherwise": {"kind": "constant", "value": "x"}}
    made = generate({"said": {"strategy": filled}}, texts={"notes": pa.table({"said": ["é" * 30, "—" * 40, "plain"]})})
    assert made["said"].to_pylist() == ["é" * 20, "—" * 13, "plain"]


def test_unique_text_is_never_cut() -> None:
    numbered = {"kind": "template", "templates": ["ééééééééééééééééééééé {column:id}"]}
    with pytest.raises(GenerationError, match="longer than 40 bytes") as caught:
        generate({"said": {"strategy": numbered, "unique": True}})
    assert [d.code for d in caught.value.diagnostics] == ["GEN106"]
