"""Tables whose texts Gemini writes only in part: budgets that end, services that fail, rows that are refused."""

from typing import Any

import pytest

from synth_assets.cli.options import print_text_reports
from synth_assets.errors import LlmError
from synth_assets.pipeline.create import create_table
from synth_assets.pipeline.fill import Writer, fill_table
from synth_assets.pipeline.filled_texts import stored_texts
from synth_assets.pipeline.generate import generate_directory
from synth_assets.pipeline.verify import verify_directory
from synth_assets.plan.request import GeminiRequest
from synth_assets.schema.model import Schema
from synth_assets.storage import DatasetStore
from synth_assets_tests.gemini.wire import RecordedRequest, Reply
from synth_assets_tests.llm.writer import let_write, purpose_of, rows_in
from synth_assets_tests.pipeline.shop_texts import ROWS, fill_both, opened, planned, read_shop, wanted


@pytest.fixture(scope="module")
def schema() -> Schema:
    return read_shop()


def test_what_a_budget_paid_for_is_used_and_another_run_goes_on(gemini_environment, monkeypatch, capsys, schema, tmp_path):
    monkeypatch.setenv("SYNTH_GEMINI_WORKERS", "1")
    let_write(gemini_environment)
    request = wanted().model_copy(update={"gemini": GeminiRequest(rows=ROWS, budget={"calls": 9})})
    store = DatasetStore(tmp_path / "data")
    filled = fill_both(store, schema, request)
    assert filled["products"].texts.is_whole
    # Scenarios and one chunk of the reviews were paid for: their texts stand, unjudged, and the rules' for the others.
    report = filled["reviews"].report
    assert [(f.what, f.code) for f in report.fallbacks] == [("reviews rows 0-24, not judged", "LLM102"), ("reviews rows 25-59", "LLM102")]
    assert (report.rows_written, report.rows_asked, report.critique.dropped) == (25, ROWS, 35)
    assert any("row 25 dropped: LLM102" in note for note in report.notes)
    bodies = filled["reviews"].texts.table.column("body").to_pylist()
    assert [body is not None for body in bodies] == [number < 25 for number in range(ROWS)]
    plan = planned(schema, request)
    create_table(store, schema, plan, "trial", "reviews")
    assert store.load_record("shop", "trial", "reviews").record.provenance.filled.keys() == {"products", "reviews"}
    print_text_reports([report])
    assert "Gemini wrote texts of 25 of 60 rows of reviews" in capsys.readouterr().err
    sent = len(gemini_environment.calls())
    again = fill_both(store, schema, request)["reviews"]
    assert (again.texts.sha256, len(gemini_environment.calls())) == (filled["reviews"].texts.sha256, sent)
    with pytest.raises(LlmError) as raised:
        fill_both(DatasetStore(tmp_path / "must"), schema, request.model_copy(update={"ai": "required"}))
    assert raised.value.code == "LLM102"
    more = fill_both(store, schema, request.model_copy(update={"gemini": GeminiRequest(rows=ROWS)}))
    assert more["reviews"].texts.whole_rows == ROWS
    assert more["reviews"].texts.is_whole
    assert more["reviews"].report.fallbacks == ()
    assert more["reviews"].report.cached > 0


def test_what_was_written_before_the_service_went_down_is_used_and_stays(gemini_environment, monkeypatch, schema, tmp_path):
    monkeypatch.setenv("SYNTH_GEMINI_MAX_WAIT_SECONDS", "0")
    monkeypatch.setenv("SYNTH_GEMINI_WORKERS", "1")
    let_write(gemini_environment)
    store = DatasetStore(tmp_path)
    plan, folder = planned(schema, wanted()), stored_texts(store, schema, "trial")
    fill_table(folder, schema, plan, "products", opened(schema, wanted()), wanted())
    gemini_environment.inject("http_503", times=-1, when=lambda r: purpose_of(r) == "rows" and 25 in rows_in(r))
    first = fill_table(folder, schema, plan, "reviews", opened(schema, wanted()), wanted())
    assert (first.texts.whole_rows, first.texts.is_whole) == (25, False)
    assert {f.code for f in first.report.fallbacks} == {"LLM107"}
    gemini_environment.inject("http_503", times=-1)
    (tmp_path / "llm" / "answers.sqlite").unlink(missing_ok=True)
    again = fill_table(folder, schema, plan, "reviews", opened(schema, wanted()), wanted())
    assert again.texts.sha256 == first.texts.sha256
    gemini_environment.faults.clear()
    whole = fill_table(folder, schema, plan, "reviews", opened(schema, wanted()), wanted())
    assert (whole.texts.whole_rows, whole.texts.is_whole, whole.report.fallbacks) == (ROWS, True, ())


def test_a_service_that_is_down_is_not_asked_table_by_table(gemini_environment, monkeypatch, schema, tmp_path):
    monkeypatch.setenv("SYNTH_GEMINI_MAX_WAIT_SECONDS", "0")
    gemini_environment.inject("http_503", times=-1)
    request = wanted()
    made = generate_directory(schema, planned(schema, request), tmp_path / "out", "csv", writer=Writer(opened(schema, request), request))
    assert [[f.code for f in r.fallbacks] for r in made.reports] == [["LLM107"], ["LLM107"]]
    assert {r.prompt for r in gemini_environment.calls("generateContent")} == {gemini_environment.calls()[0].prompt}
    assert verify_directory(tmp_path / "out").passed


def refuse_row(number: int, asked_for: str) -> Any:
    """Return what refuses every question of a kind about a row of reviews, whatever other rows it is about."""

    def refuse(request: RecordedRequest, value: Any) -> Any:
        is_meant = purpose_of(request) == asked_for and "table reviews" in request.prompt and number in rows_in(request)
        return Reply("", finish_reason="SAFETY") if is_meant else value

    return refuse


@pytest.mark.parametrize("ai", ["auto", "required"])
def test_a_row_that_is_refused_alone_is_dropped_and_told(gemini_environment, schema, tmp_path, ai):
    let_write(gemini_environment, refuse_row(30, "rows"))
    request = wanted(ai=ai)
    filled = fill_both(DatasetStore(tmp_path), schema, request)["reviews"]
    bodies = filled.texts.table.column("body").to_pylist()
    assert [number for number, body in enumerate(bodies) if body is None] == [30]
    assert [(f.what, f.code) for f in filled.report.fallbacks] == [("reviews rows 30-30", "LLM103")]
    assert (filled.report.critique.refilled, filled.report.critique.dropped) == (0, 1)
    assert any("row 30 dropped: LLM103 the model or its filters refuse to answer: SAFETY" in note for note in filled.report.notes)
    about_it = [r for r in gemini_environment.calls("generateContent") if purpose_of(r) == "rows" and 30 in rows_in(r)]
    sizes = [len(rows_in(r)) for r in about_it if "table reviews" in r.prompt]
    assert sizes == [25, 13, 7, 3, 2, 1]
    plan = planned(schema, request)
    made = create_table(DatasetStore(tmp_path), schema, plan, "trial", "reviews")
    assert made.stored.record.rows == 200


def test_a_row_that_the_judge_refuses_is_dropped_where_all_must_be_judged(gemini_environment, schema, tmp_path):
    let_write(gemini_environment, refuse_row(30, "critique"))
    strict = fill_both(DatasetStore(tmp_path / "must"), schema, wanted(ai="required"))["reviews"]
    assert [n for n, body in enumerate(strict.texts.table.column("body").to_pylist()) if body is None] == [30]
    assert (strict.report.critique.refilled, strict.report.critique.dropped) == (1, 1)
    lenient = fill_both(DatasetStore(tmp_path / "may"), schema, wanted())["reviews"]
    assert lenient.texts.whole_rows == ROWS
    assert [(f.what, f.code) for f in lenient.report.fallbacks] == [("reviews rows 30-30, not judged", "LLM103")]


def test_a_table_that_is_refused_as_a_whole_is_soon_given_up(gemini_environment, schema, tmp_path):
    def refuse(request: RecordedRequest, value: Any) -> Any:
        return Reply("", finish_reason="SAFETY") if purpose_of(request) == "rows" else value

    let_write(gemini_environment, refuse)
    with pytest.raises(LlmError) as raised:
        fill_both(DatasetStore(tmp_path), schema, wanted(ai="required"))
    assert raised.value.code == "LLM131"
    assert "SAFETY" in raised.value.diagnostics[0].found
    assert len([r for r in gemini_environment.calls("generateContent") if purpose_of(r) == "rows"]) <= 40
