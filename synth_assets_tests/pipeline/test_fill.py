"""Tables whose texts Gemini writes: the real SDK against the emulator, from the skeleton to rows in a folder and in the store."""

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from synth_assets.ddl import read_ddl
from synth_assets.errors import LlmError
from synth_assets.llm.estimate import calls_of_table
from synth_assets.pipeline.create import create_table
from synth_assets.pipeline.fill import Writer, fill_table
from synth_assets.pipeline.filled_texts import filled_columns, stored_texts
from synth_assets.pipeline.generate import generate_directory
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.pipeline.verify import verify_directory
from synth_assets.schema.model import Schema
from synth_assets.storage import DatasetStore
from synth_assets_tests.gemini.wire import RecordedRequest, Reply
from synth_assets_tests.llm.writer import let_write, purpose_of, rows_in
from synth_assets_tests.pipeline.shop_texts import DDL, ROWS, fill_both, opened, planned, read_shop, texts_asked, wanted


@pytest.fixture(scope="module")
def schema() -> Schema:
    return read_shop()


def test_rows_speak_of_their_own_product_and_agree_with_their_rating(gemini_environment, schema, tmp_path):
    let_write(gemini_environment)
    request = wanted(500)
    plan, store = planned(schema, request), DatasetStore(tmp_path / "data")
    assert set(filled_columns(plan, "reviews")) == {"body"}
    filled = fill_both(store, schema, request)
    assert filled["reviews"].texts.table.num_rows == ROWS
    for key in ("products", "reviews"):
        create_table(store, schema, plan, "trial", key)
    products = {p["id"]: p for p in store.read_table("shop", "trial", "products").to_pylist()}
    reviews = store.read_table("shop", "trial", "reviews").to_pylist()
    moods = ("awful", "poor", "passable", "good", "splendid")
    for review in reviews:
        assert review["body"].endswith(f": {products[review['product_id']]['name']} is {moods[review['rating'] - 1]}.")
    assert len({r["body"].split(":")[0] for r in reviews[:ROWS]}) == ROWS
    assert {r["body"].split(":")[0] for r in reviews[ROWS:]} <= {r["body"].split(":")[0] for r in reviews[:ROWS]}
    record = store.load_record("shop", "trial", "reviews").record
    assert record.provenance.filled == {key: filled[key].texts.sha256 for key in ("products", "reviews")}
    report = filled["reviews"].report
    assert sum(report.critique.scores.values()) == ROWS
    assert (report.critique.dropped, report.critique.refilled, report.fallbacks) == (0, 0, ())
    assert report.prompts == ("critique_rows@1", "fill_rows@1", "instructions@1")


def test_two_hundred_and_two_hundred_thousand_rows_ask_the_same(gemini_environment, schema, tmp_path):
    asked = []
    for rows in (200, 200_000):
        gemini_environment.reset()
        let_write(gemini_environment)
        store = DatasetStore(tmp_path / str(rows))
        filled = fill_both(store, schema, wanted(rows))
        if rows == 200:
            asked = texts_asked(gemini_environment)
            digests = {key: f.texts.sha256 for key, f in filled.items()}
        else:
            assert texts_asked(gemini_environment) == []  # every question was asked already, word by word
            assert {key: f.report.cached for key, f in filled.items()} == dict.fromkeys(digests, 1 + 3 + 3)
            assert {key: f.texts.sha256 for key, f in filled.items()} == digests
            made = create_table(store, schema, planned(schema, wanted(rows)), "trial", "reviews")
            assert made.stored.record.rows == rows
    assert len(asked) == 2 * calls_of_table(ROWS, planned=False).expected


def test_a_second_run_asks_nothing(gemini_environment, schema, tmp_path):
    let_write(gemini_environment)
    store = DatasetStore(tmp_path / "data")
    first = fill_both(store, schema, wanted())
    gemini_environment.reset()
    again = fill_both(store, schema, wanted())
    assert [f.report for f in again.values()] == [None, None]
    stored_texts(store, schema, "trial").path_of("reviews").unlink()
    lost = fill_both(store, schema, wanted())
    assert lost["reviews"].texts.sha256 == first["reviews"].texts.sha256
    assert gemini_environment.calls() == []


def test_texts_that_are_kept_are_asked_for_anew_where_that_is_wished(gemini_environment, monkeypatch, schema, tmp_path):
    def reword(_: RecordedRequest, value: Any) -> Any:
        for row in value.get("rows", ()):
            row |= {c: f"{t} Anew." for c, t in row.items() if c == "body"}
        return value

    let_write(gemini_environment)
    store = DatasetStore(tmp_path)
    first = fill_both(store, schema, wanted())
    monkeypatch.setenv("SYNTH_GEMINI_CACHE", "refresh")
    gemini_environment.reset()
    let_write(gemini_environment, reword)
    anew = fill_both(store, schema, wanted())
    assert all(body.endswith("Anew.") for body in anew["reviews"].texts.table.column("body").to_pylist())
    assert anew["products"].texts.sha256 == first["products"].texts.sha256
    assert {key: f.report.cached for key, f in anew.items()} == {"products": 0, "reviews": 0}
    gemini_environment.inject("safety", times=-1)
    failed = fill_both(store, schema, wanted())["reviews"]
    assert failed.texts.sha256 == anew["reviews"].texts.sha256  # nothing came in its place
    assert failed.report.fallbacks
    assert any("texts of 60 rows that an earlier run kept stay" in note for note in failed.report.notes)
    monkeypatch.delenv("SYNTH_GEMINI_CACHE")
    gemini_environment.reset()
    again = fill_both(store, schema, wanted())
    assert (again["reviews"].texts.sha256, gemini_environment.calls()) == (anew["reviews"].texts.sha256, [])


def test_a_child_made_alone_has_its_parents_texts_written_first(gemini_environment, schema, tmp_path):
    let_write(gemini_environment)
    request, store = wanted(), DatasetStore(tmp_path / "data")
    plan, folder = planned(schema, request), stored_texts(store, schema, "trial")
    alone = fill_table(folder, schema, plan, "reviews", opened(schema, request), request)
    assert [one.table for one in alone.before] == ["products"]
    create_table(store, schema, plan, "trial", "reviews")
    create_table(store, schema, plan, "trial", "products")
    names = {p["id"]: p["name"] for p in store.read_table("shop", "trial", "products").to_pylist()}
    assert all(names[r["product_id"]] in r["body"] for r in store.read_table("shop", "trial", "reviews").to_pylist())
    assert fill_both(store, schema, request)["reviews"].texts.sha256 == alone.texts.sha256


def test_a_child_made_alone_is_asked_what_it_is_asked_after_its_parents(gemini_environment, tmp_path):
    """No text of a thread is named in a message, but its writer is shown them; so are, two steps away, those of a forum."""
    let_write(gemini_environment)
    ddl = """
    CREATE TABLE forums (id INTEGER PRIMARY KEY, description TEXT NOT NULL);
    CREATE TABLE threads (id INTEGER PRIMARY KEY, forum_id INTEGER NOT NULL REFERENCES forums(id), body TEXT NOT NULL);
    CREATE TABLE messages (id INTEGER PRIMARY KEY, thread_id INTEGER NOT NULL REFERENCES threads(id), body TEXT NOT NULL);
    """
    schema, request = read_ddl(ddl, source="forum.sql", dialect="sqlite").schema, wanted(30)
    plan, store = planned(schema, request), DatasetStore(tmp_path / "data")
    assert not any(s.mentions for t in plan.tables for s in filled_columns(plan, t.table).values())
    folder, asked = stored_texts(store, schema, "trial"), opened(schema, request)
    alone = fill_table(folder, schema, plan, "messages", asked, request)
    assert [(one.table, one.report is not None) for one in alone.before] == [("forums", True), ("threads", True)]
    assert [fill_table(folder, schema, plan, t.key, asked, request).report for t in schema.tables] == [None, None, None]


def test_a_folder_is_verified_with_its_texts(gemini_environment, schema, tmp_path):
    let_write(gemini_environment)
    request = wanted(300)
    made = generate_directory(
        schema,
        planned(schema, request),
        tmp_path / "out",
        "csv",
        request=request,
        writer=Writer(opened(schema, request), request),
        ddl_text=DDL,
    )
    assert [r.label for r in made.reports] == ["products", "reviews"]
    assert {t.filled for t in made.manifest.tables} == {"products.filled.parquet", "reviews.filled.parquet"}
    assert verify_directory(tmp_path / "out").passed
    texts = tmp_path / "out" / "reviews.filled.parquet"
    texts.write_bytes(texts.read_bytes()[:-1] + b"\0")
    assert {m.subject for m in verify_directory(tmp_path / "out").mismatches} == {"file reviews.filled.parquet"}


def test_a_folder_without_gemini_is_what_the_rules_make(schema, tmp_path):
    request = wanted(100)
    for name, plan in (("rules", plan_dataset(schema, request).plan), ("filled", planned(schema, request))):
        generate_directory(schema, plan, tmp_path / name, "csv")
    for table in ("products.csv", "reviews.csv"):
        assert (tmp_path / "rules" / table).read_bytes() == (tmp_path / "filled" / table).read_bytes()


def short(request: RecordedRequest, value: Any) -> Any:
    """Leave every third row out, the first time."""
    if purpose_of(request) == "rows" and "(none)" in request.prompt.split("earlier try")[-1]:
        value["rows"] = [r for r in value["rows"] if r["row"] % 3]
    return value


def cut_off(request: RecordedRequest, value: Any) -> Any:
    """End in the middle of the answer where more than ten rows are asked for."""
    if purpose_of(request) == "rows" and len(value["rows"]) > 10:
        return Reply(json.dumps(value)[: len(json.dumps(value)) // 2], finish_reason="MAX_TOKENS")
    return value


@pytest.mark.parametrize("spoil", [short, cut_off])
def test_missing_rows_are_asked_for_again(gemini_environment, schema, tmp_path, spoil):
    let_write(gemini_environment, spoil)
    filled = fill_both(DatasetStore(tmp_path), schema, wanted())["reviews"]
    assert filled.report.critique.refilled >= ROWS // 3
    assert filled.texts.table.column("body").null_count == filled.report.critique.dropped <= ROWS // 5
    calls = [r for r in gemini_environment.calls("generateContent") if purpose_of(r) != "other" and "table reviews" in r.prompt]
    assert len(calls) <= calls_of_table(ROWS, planned=False).most


def test_what_scores_low_is_refilled_once_with_the_reason_and_then_dropped(gemini_environment, schema, tmp_path):
    def strict(request: RecordedRequest, value: Any) -> Any:
        if "table reviews" not in request.prompt:
            return value
        for verdict in value.get("verdicts", ()):
            if verdict["row"] in {4, 5}:
                verdict |= {"score": 3, "reason": "sounds like a leaflet"}
            if verdict["row"] == 5 and "A second thought." in request.prompt.split("to judge:")[-1]:
                verdict["score"] = 9
        if purpose_of(request) == "rows" and "leaflet" in request.prompt:
            for row in value["rows"]:
                row |= {c: f"{t} A second thought." for c, t in row.items() if c != "row"}
        return value

    let_write(gemini_environment, strict)
    filled = fill_both(DatasetStore(tmp_path), schema, wanted())["reviews"]
    again = [r for r in gemini_environment.calls("generateContent") if purpose_of(r) == "rows" and "scored 3 of 10" in r.prompt]
    assert {n for r in again if "table reviews" in r.prompt for n in rows_in(r)} == {4, 5}
    bodies = filled.texts.table.column("body").to_pylist()
    assert bodies[4] is None
    assert bodies[5].endswith("A second thought.")
    assert filled.report.critique.scores[3] == 1
    assert (filled.report.critique.refilled, filled.report.critique.dropped) == (2, 1)
    assert any("row 4 dropped: scored 3 of 10: sounds like a leaflet" in note for note in filled.report.notes)


def test_calls_stay_below_the_bound_when_nothing_is_good_enough(gemini_environment, schema, tmp_path):
    def hate(_: RecordedRequest, value: Any) -> Any:
        for verdict in value.get("verdicts", ()):
            verdict["score"] = 1
        return value

    let_write(gemini_environment, hate)
    filled = fill_both(DatasetStore(tmp_path), schema, wanted())
    assert {f.texts.holds_any for f in filled.values()} == {False}
    assert [f.report.fallbacks[0].code for f in filled.values()] == ["LLM131", "LLM131"]
    assert len(gemini_environment.calls("generateContent")) <= 2 * calls_of_table(ROWS, planned=False).most
    with pytest.raises(LlmError) as raised:
        fill_both(DatasetStore(tmp_path / "must"), schema, wanted(ai="required"))
    assert raised.value.code == "LLM131"


def test_the_order_of_answers_changes_nothing(gemini_environment, monkeypatch, schema, tmp_path):
    monkeypatch.setenv("SYNTH_GEMINI_CACHE", "off")
    digests = set()
    for workers, turn in ((1, 0), (4, 0), (4, 1)):

        def dawdle(request: RecordedRequest, value: Any, turn: int = turn) -> Any:
            first = min(rows_in(request), default=0)
            time.sleep(0.05 * ((first // 25 + turn) % 3) if purpose_of(request) == "rows" else 0)
            return short(request, value)

        monkeypatch.setenv("SYNTH_GEMINI_WORKERS", str(workers))
        gemini_environment.reset()
        let_write(gemini_environment, dawdle)
        filled = fill_both(DatasetStore(tmp_path / f"{workers}-{turn}"), schema, wanted())
        digests.add((filled["products"].texts.sha256, filled["reviews"].texts.sha256))
    assert len(digests) == 1


def test_sqlite_takes_the_rows(gemini_environment, schema, tmp_path):
    let_write(gemini_environment)
    request = wanted(400)
    generate_directory(
        schema,
        planned(schema, request),
        tmp_path / "out",
        "sql",
        request=request,
        writer=Writer(opened(schema, request), request),
        ddl_text=DDL,
    )
    connection = sqlite3.connect(":memory:")
    connection.executescript("PRAGMA foreign_keys = ON;" + (tmp_path / "out" / "dataset.sql").read_text())
    assert connection.execute("SELECT count(*) FROM reviews").fetchone() == (400,)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("SELECT count(*) FROM reviews WHERE body LIKE '%splendid.'").fetchone()[0] > 0
    connection.close()


def test_the_path_of_a_stored_file_stays_inside(schema, tmp_path):
    folder = stored_texts(DatasetStore(tmp_path), schema, "trial")
    assert folder.path_of("reviews") == Path(tmp_path) / "shop" / "trial" / "filled" / "reviews.parquet"
