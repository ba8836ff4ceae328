"""Reading what came back, and writing what goes out: no network, no server."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.errors import LlmError
from synth_assets.llm.answers import RawAnswer, extract_json, usable_text
from synth_assets.llm.questions import Usage
from synth_assets.llm.wire import most_input_tokens, strip_schema
from synth_assets_tests.gemini.wire import count_tokens
from synth_assets_tests.llm.gateways import question

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
CONTAINERS = st.lists(VALUES, max_size=4) | st.dictionaries(st.text(max_size=5), VALUES, max_size=4)


@given(VALUES)
def test_plain_json_is_itself(value: Any) -> None:
    assert extract_json(f"  {json.dumps(value)}\n") == value


@given(
    CONTAINERS,
    st.sampled_from(
        ["```json\n{}\n```", "Here you are:\n\n```\n{}\n```\nAnything else?", "Sure! {} Done.", "{}\n\nDone {{.", "a [draft]: {}"]
    ),
)
def test_json_is_found_between_words(value: Any, frame: str) -> None:
    assert extract_json(frame.format(json.dumps(value))) == value


@pytest.mark.parametrize("text", ["", "no JSON here", '{"cut": [1, 2', "```json\n{broken\n```", "[draft] of nothing"])
def test_no_json_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="no JSON"):
        extract_json(text)


def raw(**changes: Any) -> RawAnswer:
    given = {"text": "{}", "finish": "STOP", "finish_words": "", "blocked": "", "candidates": 1, "usage": Usage(1, 0, 2, 3), "model": "m"}
    return RawAnswer(**{**given, **changes})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"blocked": "SAFETY", "candidates": 0}, "LLM103"),
        ({"candidates": 0, "text": ""}, "LLM104"),
        ({"text": " "}, "LLM104"),
        *(
            ({"finish": f}, "LLM103")
            for f in ("SAFETY", "RECITATION", "SPII", "BLOCKLIST", "PROHIBITED_CONTENT", "LANGUAGE", "MODEL_ARMOR")
        ),
        *(({"finish": f}, "LLM105") for f in ("MAX_TOKENS", "CONTINUATION")),
        *(({"finish": f}, "LLM104") for f in ("OTHER", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "A_REASON_OF_NEXT_YEAR")),
    ],
)
def test_endings_have_codes(change: dict[str, Any], code: str) -> None:
    with pytest.raises(LlmError) as caught:
        usable_text(raw(**change), "t")
    assert caught.value.code == code


@pytest.mark.parametrize("finish", ["STOP", ""])
def test_a_good_ending_gives_the_text(finish: str) -> None:
    assert usable_text(raw(finish=finish), "t") == "{}"


def test_every_finish_reason_of_the_sdk_is_judged() -> None:
    """None of them is taken for a good ending but STOP."""
    from google.genai.types import FinishReason

    good = []
    for reason in FinishReason:
        try:
            usable_text(raw(finish=reason.value), "t")
        except LlmError:
            continue
        good.append(reason.value)
    assert good == ["STOP"]


def test_schemas_lose_what_the_server_does_not_know_and_nothing_else() -> None:
    schema = {
        "type": "object",
        "$defs": {"pattern": {"type": "string", "pattern": "x", "maxLength": 3}},
        "properties": {
            "const": {"const": "one"},
            "pattern": {"$ref": "#/$defs/pattern"},
            "sizes": {"type": "array", "items": {"anyOf": [{"type": "integer", "exclusiveMinimum": 0, "minimum": 1}]}, "uniqueItems": True},
        },
        "required": ["const"],
        "additionalProperties": False,
        "default": {},
    }
    assert strip_schema(schema) == {
        "type": "object",
        "$defs": {"pattern": {"type": "string"}},
        "properties": {
            "const": {"enum": ["one"]},
            "pattern": {"$ref": "#/$defs/pattern"},
            "sizes": {"type": "array", "items": {"anyOf": [{"type": "integer", "minimum": 1}]}},
        },
        "required": ["const"],
        "additionalProperties": False,
    }


@given(st.text(max_size=300))
def test_what_is_reserved_is_more_than_a_text_takes(text: str) -> None:
    assert most_input_tokens(question(text)) >= count_tokens(text)
