"""One question through the gateway and back: what is sent, what is kept, what is told, what is left out."""

import json
import threading
from pathlib import Path

import pytest

from synth_assets.errors import LlmError
from synth_assets.llm.access import open_gateway, sampling_of
from synth_assets.llm.calls import CallTally
from synth_assets.llm.questions import BytesPart, Sampling
from synth_assets.plan.request import GeminiRequest, GeminiTableRequest
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.llm.gateways import ACCOUNT, gateway_to, ledger_in, question, read_rows, settings_for


def test_an_answer_is_parsed_counted_and_told(gemini: GeminiEmulator, tmp_path: Path) -> None:
    tally = CallTally()
    answer = gateway_to(gemini, tmp_path, [tally]).ask(question(), read_rows)
    assert [row["row"] for row in answer.value] == [1, 2, 3]
    assert (answer.model, answer.cached, answer.attempts) == ("gemini-3.8-flash", False, 1)
    assert answer.usage.input_tokens > 0
    assert answer.dollars == pytest.approx(
        (answer.usage.input_tokens * 0.75 + (answer.usage.output_tokens + answer.usage.thought_tokens) * 3.75) / 1e6
    )
    record, *others = tally.records("Reviews")
    assert not others
    assert (record.key, record.output, record.usage, record.dollars) == (answer.key, answer.text, answer.usage, answer.dollars)
    assert record.parts == ("Write 3 rows of reviews.",)
    assert record.started_at <= record.ended_at
    spent = ledger_in(tmp_path).totals(ACCOUNT, "Reviews")
    assert (spent.calls, spent.tokens, spent.dollars) == (1, answer.usage.total, pytest.approx(answer.dollars))


def test_the_request_holds_what_the_question_says_and_nothing_the_server_refuses(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gateway_to(gemini, tmp_path).ask(question(seed=7, sampling=Sampling(max_output_tokens=900)), read_rows)
    (request,) = gemini.calls()
    assert request.body["systemInstruction"]["parts"] == [{"text": "You write reviews."}]
    assert request.body["contents"] == [{"role": "user", "parts": [{"text": "Write 3 rows of reviews."}]}]
    assert request.config["seed"] == 7
    assert request.config["maxOutputTokens"] == 900
    assert request.config["thinkingConfig"] == {"thinkingLevel": "LOW"}
    body = request.config["responseJsonSchema"]["properties"]["rows"]["items"]["properties"]["body"]
    assert body == {"type": "string"}, "keywords that the server does not know stay here"
    assert "temperature" not in request.config
    assert "tools" not in request.body


def test_a_question_is_sent_once_whoever_asks_it(gemini: GeminiEmulator, tmp_path: Path) -> None:
    first = gateway_to(gemini, tmp_path).ask(question(), read_rows)
    tally = CallTally()
    second = gateway_to(gemini, tmp_path, [tally]).ask(question(label="Other"), read_rows)
    assert len(gemini.calls()) == 1
    assert second.cached
    assert (second.value, second.key, second.model) == (first.value, first.key, first.model)
    assert (second.usage, second.dollars) == (first.usage, first.dollars), "what it took when it was asked"
    told = tally.sum_of()
    assert (told.questions, told.cached, told.calls, told.dollars) == (1, 1, 0, 0.0), "and counted nowhere again"
    assert ledger_in(tmp_path).totals(ACCOUNT).calls == 1


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Write 3 other rows."},
        {"system": "You write complaints."},
        {"seed": 1},
        {"prompt": "reviews@2"},
        {"model": "gemini-4-argon"},
        {"thinking": "high"},
        {"sampling": Sampling(temperature=0.1)},
        {"parts": ("Write 3 rows of reviews.", BytesPart(b"one", "image/png"))},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_question_is_another_request(gemini: GeminiEmulator, tmp_path: Path, change: dict[str, object]) -> None:
    gateway = gateway_to(gemini, tmp_path)
    assert gateway.ask(question(), read_rows).key != gateway.ask(question(**change), read_rows).key
    assert len(gemini.calls()) == 2


def test_an_answer_whose_reader_has_changed_is_asked_again_and_replaced(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gateway = gateway_to(gemini, tmp_path)
    answers = iter([{"rows": []}, {"rows": [1]}])
    gemini.on("reviews", lambda _: next(answers))
    assert gateway.ask(question(), lambda value: value["rows"]).value == []

    def stricter(value: dict[str, list[int]]) -> list[int]:
        if not value["rows"]:
            raise ValueError("no rows")
        return value["rows"]

    assert gateway.ask(question(), stricter).value == [1]
    assert gateway.ask(question(), stricter).cached
    assert len(gemini.calls()) == 2


def test_refresh_asks_again_and_off_keeps_nothing(gemini: GeminiEmulator, tmp_path: Path) -> None:
    texts = iter(["one", "two", "three", "four"])
    gemini.on("reviews", lambda _: json.dumps(next(texts)))
    asked = {mode: gateway_to(gemini, tmp_path, cache=mode) for mode in ("readwrite", "refresh", "off")}
    said = [asked[mode].ask(question(), str).value for mode in ("readwrite", "readwrite", "refresh", "readwrite", "off", "readwrite")]
    assert said == ["one", "one", "two", "two", "three", "two"]


def test_of_two_who_ask_at_once_both_go_on_with_the_first_answer(gemini: GeminiEmulator, tmp_path: Path) -> None:
    """The server gives each another answer; the second to come back takes the one that is kept."""
    gemini.latency = 0.3
    numbers = iter(range(10))
    gemini.on("reviews", lambda _: {"number": next(numbers)})
    values: list[object] = []
    threads = [
        threading.Thread(target=lambda: values.append(gateway_to(gemini, tmp_path).ask(question(), lambda v: v["number"]).value))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(values) == 3
    assert len(set(values)) == 1


def test_settings_that_a_model_ignores_are_not_sent_and_the_answer_says_so(gemini: GeminiEmulator, tmp_path: Path) -> None:
    sampling = sampling_of(GeminiRequest(temperature=0.3, top_p=0.9))
    answer = gateway_to(gemini, tmp_path).ask(question(sampling=sampling), read_rows)
    assert not {"temperature", "topP"} & gemini.calls()[0].config.keys()
    assert answer.notes == ("gemini-3.8-flash ignores temperature and top_p: not sent",)


def test_settings_that_a_model_takes_are_sent(gemini: GeminiEmulator, tmp_path: Path) -> None:
    request = GeminiRequest(temperature=0.9, tables={"reviews": GeminiTableRequest(temperature=0.3, top_p=0.5)}).of_table("Reviews")
    answer = gateway_to(gemini, tmp_path).ask(question(model="gemini-3.5-flash", sampling=sampling_of(request)), read_rows)
    assert {k: gemini.calls()[0].config[k] for k in ("temperature", "topP")} == {"temperature": 0.3, "topP": 0.5}
    assert answer.notes == ()


def test_settings_that_the_server_refuses_are_left_out_once_and_the_note_is_kept(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gemini.inject("refuses_sampling", times=-1)
    gateway = gateway_to(gemini, tmp_path)
    asked = question(model="gemini-3.5-flash", sampling=Sampling(temperature=0.3, top_p=0.5))
    answer = gateway.ask(asked, read_rows)
    assert answer.attempts == 2
    assert answer.notes == ("gemini-3.5-flash refuses temperature and top_p: asked without",)
    assert gateway.ask(asked, read_rows).notes == answer.notes
    assert [r.status for r in gemini.calls()] == [400, 200]


def test_a_refusal_that_leaving_out_does_not_mend_stays_one(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gemini.inject("http_400", times=-1, message="temperature is not supported")
    with pytest.raises(LlmError) as caught:
        gateway_to(gemini, tmp_path).ask(question(model="gemini-3.5-flash", sampling=Sampling(temperature=0.3)), read_rows)
    assert caught.value.code == "LLM108"
    assert len(gemini.calls()) == 2


def test_a_model_without_thinking_levels_is_sent_none(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gateway_to(gemini, tmp_path).ask(question(model="gemini-2.5-flash"), read_rows)
    assert "thinkingConfig" not in gemini.calls()[0].config


def test_pieces_of_an_answer_come_as_they_arrive(gemini: GeminiEmulator, tmp_path: Path) -> None:
    pieces: list[str] = []
    gateway = gateway_to(gemini, tmp_path)
    answer = gateway.ask(question(), read_rows, on_text=pieces.append)
    assert gemini.calls()[0].action == "streamGenerateContent"
    assert len(pieces) > 1
    assert "".join(pieces) == answer.text
    assert answer.usage.output_tokens > 0
    again: list[str] = []
    assert gateway.ask(question(), read_rows, on_text=again.append).cached
    assert again == [answer.text]


def test_a_question_without_a_schema_is_answered_with_text(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gemini.on("haiku", "An old silent pond")
    answer = gateway_to(gemini, tmp_path).ask(question("A haiku, please.", response_schema=None), str.upper)
    assert answer.value == "AN OLD SILENT POND"
    assert not {"responseMimeType", "responseJsonSchema"} & gemini.calls()[0].config.keys()


def test_images_go_along_with_the_text(gemini: GeminiEmulator, tmp_path: Path) -> None:
    asked = question("What is on it?", parts=("What is on it?", BytesPart(b"\x89PNG...", "image/png")), response_schema=None)
    tally = CallTally()
    gateway_to(gemini, tmp_path, [tally]).ask(asked, str)
    part = gemini.calls()[0].body["contents"][0]["parts"][1]["inlineData"]
    assert (part["mimeType"], part["data"]) == ("image/png", "iVBORy4uLg==")
    assert tally.records()[0].parts[1] == "<image/png, 7 bytes>"


def test_embeddings_are_one_vector_a_text_asked_once(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gateway = gateway_to(gemini, tmp_path)
    texts = [f"passage {i} about cats" for i in range(130)]
    vectors = gateway.embed(texts)
    assert [len(v) for v in vectors] == [768] * 130
    assert all(abs(sum(x * x for x in v) - 1) < 1e-6 for v in vectors)
    assert len(gemini.calls()) == 2, "in batches"
    again = gateway.embed([texts[5], "something new", texts[5]])
    assert again[0] == again[2] == vectors[5]
    assert len(gemini.calls()) == 3
    assert len(gemini.calls()[2].body["requests"]) == 1
    assert gateway_to(gemini, tmp_path, cache="replay").embed(texts) == vectors
    assert ledger_in(tmp_path).totals(ACCOUNT, "_knowledge").calls == 3


def test_no_gateway_where_gemini_is_not_asked(tmp_path: Path) -> None:
    keyless = settings_for(None, tmp_path, api_key=None)
    assert open_gateway(settings_for(None, tmp_path), "off", GeminiRequest(), ACCOUNT) is None
    assert open_gateway(keyless, "auto", GeminiRequest(), ACCOUNT) is None
    with pytest.raises(LlmError, match="GEMINI_API_KEY") as caught:
        open_gateway(keyless, "required", GeminiRequest(), ACCOUNT)
    assert caught.value.code == "LLM101"
    assert open_gateway(settings_for(None, tmp_path, api_key=None, cache="replay"), "required", GeminiRequest(), ACCOUNT)


def test_the_dataset_names_its_model(gemini: GeminiEmulator, tmp_path: Path) -> None:
    gateway = open_gateway(settings_for(gemini, tmp_path, model="gemini-3.5-flash"), "auto", GeminiRequest(model="gemini-4-argon"), ACCOUNT)
    assert gateway is not None
    assert gateway.ask(question(), read_rows).model == "gemini-4-argon"
    assert gateway.ask(question(model="gemini-3.5-flash-lite"), read_rows).model == "gemini-3.5-flash-lite"
