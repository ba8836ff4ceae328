"""The emulator is what it says: its answers fit any schema, its faults happen when they should, the real SDK understands both."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from hypothesis import given
from hypothesis import strategies as st

from synth_assets_tests.gemini import GeminiEmulator, Reply
from synth_assets_tests.gemini.answers import embed_text
from synth_assets_tests.gemini.faker import fake_value, violations
from synth_assets_tests.gemini.faults import Fault

MODEL = "gemini-3.8-flash"


@pytest.fixture
def client(gemini: GeminiEmulator) -> Iterator[genai.Client]:
    with genai.Client(api_key="k", http_options=types.HttpOptions(base_url=gemini.url, api_version="v1beta")) as made:
        yield made


def leaves() -> st.SearchStrategy[dict[str, Any]]:
    bounds = st.tuples(st.integers(-50, 50), st.integers(0, 100))
    return st.one_of(
        bounds.map(lambda b: {"type": "integer", "minimum": b[0], "maximum": b[0] + b[1]}),
        bounds.map(lambda b: {"type": "NUMBER", "minimum": b[0], "maximum": b[0] + b[1]}),
        st.sampled_from(["date", "date-time", "time", "uuid", "email", ""]).map(lambda f: {"type": "string", "format": f}),
        st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=4, unique=True).map(lambda v: {"type": "string", "enum": v}),
        st.sampled_from([{"type": "boolean"}, {"type": ["string", "null"]}, {"type": "string", "nullable": True}, {"type": "null"}]),
    )


def schemas() -> st.SearchStrategy[dict[str, Any]]:
    def wider(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
        names = st.sampled_from(["id", "row", "name", "email", "city", "body", "created_at", "paid"])
        objects = st.dictionaries(names, inner, min_size=1, max_size=4).map(
            lambda p: {"type": "object", "properties": p, "required": sorted(p)[:2], "additionalProperties": False}
        )
        sizes = st.tuples(st.integers(0, 3), st.integers(0, 3))
        arrays = st.tuples(inner, sizes).map(lambda a: {"type": "array", "items": a[0], "minItems": a[1][0], "maxItems": a[1][0] + a[1][1]})
        return st.one_of(objects, arrays, st.lists(inner, min_size=1, max_size=3).map(lambda b: {"anyOf": b}))

    return st.recursive(leaves(), wider, max_leaves=12)


@given(schemas(), st.integers(0, 1000), st.none() | st.integers(0, 5))
def test_values_fit_any_schema_and_repeat(schema: dict[str, Any], seed: int, rows: int | None) -> None:
    value = fake_value(schema, seed=seed, rows=rows)
    assert violations(value, schema) == []
    assert fake_value(schema, seed=seed, rows=rows) == value


@pytest.mark.parametrize("pattern", [r"^[A-Z]{3}-\d{4}$", r"^\d{2,5}$", r"^v\d+\.\d+$", r"^[a-c]+x?$"])
def test_values_match_simple_patterns(pattern: str) -> None:
    import re

    assert all(re.search(pattern, fake_value({"type": "string", "pattern": pattern}, seed=seed)) for seed in range(20))


def test_a_reference_is_followed() -> None:
    schema = {"$defs": {"City": {"type": "string", "enum": ["Oslo"]}}, "type": "array", "items": {"$ref": "#/$defs/City"}}
    assert fake_value(schema, seed=1) == ["Oslo"] * 3


@pytest.mark.parametrize(
    ("value", "words"),
    [({"a": "x"}, "is not integer"), ({}, "missing"), ({"a": 1, "b": 2}, "extra"), ({"a": 9}, "out of range"), ({"a": None}, "null")],
)
def test_violations_are_found(value: Any, words: str) -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer", "maximum": 5}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert words in " ".join(violations(value, schema))


def test_the_sdk_reads_text_json_streams_tokens_and_embeddings(gemini: GeminiEmulator, client: genai.Client) -> None:
    text = client.models.generate_content(model=MODEL, contents="Say something")
    assert text.text
    assert text.usage_metadata is not None
    assert text.usage_metadata.total_token_count
    schema = {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}}
    config = types.GenerateContentConfig(response_mime_type="application/json", response_json_schema=schema)
    rows = json.loads(client.models.generate_content(model=MODEL, contents="Give 7 rows", config=config).text or "")
    assert [row["id"] for row in rows] == list(range(7))
    pieces = [c.text or "" for c in client.models.generate_content_stream(model=MODEL, contents="Say something")]
    assert "".join(pieces) == text.text
    assert client.models.count_tokens(model=MODEL, contents="four bytes each").total_tokens == 4
    contents: Any = [types.Content(parts=[types.Part(text=t)]) for t in ("a", "b", "c")]
    embedded = client.models.embed_content(model="gemini-embedding-2", contents=contents, config={"output_dimensionality": 64})
    assert [len(e.values or []) for e in embedded.embeddings or []] == [64] * 3
    assert [r.action for r in gemini.calls()][-1] == "batchEmbedContents"


def test_texts_with_the_same_words_are_near_each_other() -> None:
    def likeness(a: str, b: str) -> float:
        return sum(x * y for x, y in zip(embed_text(a, 256), embed_text(b, 256), strict=True))

    assert likeness("the cat sat on the mat", "a cat on a mat") > likeness("the cat sat on the mat", "quarterly tax report") + 0.2


def test_scripts_answer_in_the_order_last_first(gemini: GeminiEmulator, client: genai.Client) -> None:
    gemini.on("poem", "a poem")
    gemini.on(lambda request: request.config.get("seed") == 3, lambda request: request.prompt[::-1])
    gemini.on("poem", lambda request: Reply("cut", "MAX_TOKENS") if "long" in request.prompt else None)

    def ask(text: str, seed: int = 0) -> tuple[str | None, str]:
        answer = client.models.generate_content(model=MODEL, contents=text, config=types.GenerateContentConfig(seed=seed))
        assert answer.candidates
        assert answer.candidates[0].finish_reason
        return answer.text, answer.candidates[0].finish_reason.value

    assert ask("a poem please") == ("a poem", "STOP")
    assert ask("a long poem please") == ("cut", "MAX_TOKENS")
    assert ask("abc", seed=3) == ("cba", "STOP")


def test_faults_happen_in_order_as_often_as_told_to_whom_they_match(gemini: GeminiEmulator, client: genai.Client) -> None:
    gemini.inject("http_500", times=2, match="orders")
    gemini.inject("http_403", when=lambda request: request.schema is None)

    def status(text: str) -> int:
        try:
            client.models.generate_content(model=MODEL, contents=text)
        except errors.APIError as error:
            return int(error.code)
        return 200

    assert [status(t) for t in ("orders", "users", "orders", "orders", "users")] == [500, 403, 500, 200, 200]
    assert [r.fault for r in gemini.calls()] == ["http_500", "http_403", "http_500", None, None]


def test_a_quota_is_kept(gemini: GeminiEmulator, client: genai.Client) -> None:
    gemini.requests_per_minute = 1
    client.models.generate_content(model=MODEL, contents="one")
    with pytest.raises(errors.ClientError) as caught:
        client.models.generate_content(model=MODEL, contents="two")
    assert caught.value.code == 429


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"response_json_schema": {"type": "object"}}, "response_mime_type"),
        ({"response_mime_type": "application/json", "response_json_schema": {"type": "string", "pattern": "a"}}, "pattern"),
        ({"max_output_tokens": 10_000_000}, "maxOutputTokens"),
        ({"thinking_config": {"thinking_level": "LOW", "thinking_budget": 5}}, "thinking"),
    ],
)
def test_what_the_server_would_refuse_is_refused(client: genai.Client, config: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.ClientError, match=words):
        client.models.generate_content(model=MODEL, contents="x", config=types.GenerateContentConfig(**config))


def test_limits_of_tokens_cut_the_answer(client: genai.Client) -> None:
    answer = client.models.generate_content(model=MODEL, contents="Talk", config=types.GenerateContentConfig(max_output_tokens=130))
    assert answer.candidates
    assert answer.candidates[0].finish_reason is types.FinishReason.MAX_TOKENS


def test_faults_are_read_from_a_shell() -> None:
    fault = Fault.parse("rate_limit; times=3; retry_after=0.5; match=Reviews")
    assert (fault.kind, fault.times, fault.retry_after, fault.match) == ("rate_limit", 3, 0.5, "Reviews")
    with pytest.raises(ValueError, match="no such fault"):
        Fault.parse("earthquake")


@pytest.mark.processes
def test_it_runs_by_itself_and_is_controlled_from_outside() -> None:
    command = [sys.executable, "-m", "synth_assets_tests.gemini", "--port", "0", "--fault", "http_503;times=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip().rpartition("=")[2]
            body = json.dumps({"contents": [{"parts": [{"text": "hello"}]}]}).encode()
            ask = urllib.request.Request(f"{url}/v1beta/models/{MODEL}:generateContent", body, {"x-goog-api-key": "k"})
            with pytest.raises(urllib.error.HTTPError, match="503"):
                urllib.request.urlopen(ask, timeout=10)
            with urllib.request.urlopen(ask, timeout=10) as answer:
                assert "candidates" in json.load(answer)
            with urllib.request.urlopen(urllib.request.Request(f"{url}/__emulator/log", b""), timeout=10) as log:
                assert [r["status"] for r in json.load(log)["requests"]] == [503, 200]
        finally:
            process.kill()
