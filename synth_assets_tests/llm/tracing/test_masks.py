"""What never leaves, seen in the bytes that arrive."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_assets.llm.tracing import traced
from synth_assets.llm.tracing.masks import CONCEALED, MOST_CHARACTERS, SECRET, Mask
from synth_assets_tests.gemini import GeminiEmulator
from synth_assets_tests.langfuse import LangfuseReceiver
from synth_assets_tests.llm.gateways import KEY, gateway_to, question, read_rows
from synth_assets_tests.llm.tracing.test_trace import keys, subject

LOOKS_LIKE_A_KEY = [
    "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
    "sk-lf-0f1e2d3c-4b5a-6978",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "AKIAIOSFODNN7EXAMPLE",
    "xoxb-1234567890-abcdefghij",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "postgresql://synth:correct-horse@db.internal:5432/shop",
    "mysql+pymysql://root@10.0.0.7/shop",
    "https://user:hunter22@example.org/feed",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1234",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nAAAA\n-----END RSA PRIVATE KEY-----",
]
NAMED = [
    'password = "hunter22"',
    "api_key: s3cr3t-thing",
    '{"db_password": "hunter22"}',
    r"{\"access_key\": \"hunter22\"}",
    "token=abcd1234",
]


@pytest.mark.parametrize("secret", LOOKS_LIKE_A_KEY)
def test_what_looks_like_a_key_is_none_afterwards(secret: str) -> None:
    for text in (f"before {secret} after", json.dumps({"row": secret})):
        masked = Mask().apply(text)
        assert SECRET in masked
        assert secret[8:] not in masked
        assert json.dumps(secret)[9:-1] not in masked


@pytest.mark.parametrize("text", NAMED)
def test_what_is_called_a_key_is_none_afterwards(text: str) -> None:
    masked = Mask().apply(text)
    assert SECRET in masked
    assert not [value for value in ("hunter22", "s3cr3t", "abcd1234") if value in masked]


@pytest.mark.parametrize(
    "text",
    [
        "The password arrived late, and the token was lost on the way to the bakery.",
        "- password text not null: template",
        "123e4567-e89b-12d3-a456-426614174000 was ordered on 2026-11-21T10:00:00Z for 12.50",
        "See https://example.org/a/b?c=d for the incomprehensibilities of honorificabilitudinitatibus.",
    ],
)
def test_plain_texts_stay(text: str) -> None:
    assert Mask().apply(text) == text


@given(st.lists(st.text(min_size=1, max_size=12).filter(lambda t: t.strip() and t.strip() not in CONCEALED), min_size=1, max_size=6))
def test_marked_values_leave_neither_as_they_are_nor_in_json(values: list[str]) -> None:
    mask = Mask()
    mask.conceal(values)
    for value in (v.strip() for v in values):
        for text in (f"a row: {value}", value, json.dumps({"name": value}), json.dumps({"name": value}, ensure_ascii=False)):
            left = mask.apply(text).replace(CONCEALED, "").replace(SECRET, "")
            assert value not in left.removeprefix("a row: ").replace("name", "").replace('{"": "', "").replace('"}', "")


def test_marked_values_are_whole_words() -> None:
    mask = Mask()
    mask.conceal(["Ann", "Ann Lee", 42, "O'Hara"])
    assert mask.apply("Annie met Ann Lee, Ann and O'Hara; 42 of 420") == (
        f"Annie met {CONCEALED}, {CONCEALED} and {CONCEALED}; {CONCEALED} of 420"
    )


@pytest.mark.parametrize("before", [MOST_CHARACTERS - 10, MOST_CHARACTERS + 9_990, 3 * MOST_CHARACTERS])
def test_a_long_text_ends_in_no_half_of_a_key(before: int) -> None:
    secret = "a-secret-of-this-process"
    words = ("blah " * before)[: before - 1] + " "
    text = Mask([secret]).apply(f"{words}{secret} end" + " more" * 20_000)
    assert "a-sec" not in text
    assert text.endswith("characters in all]")
    assert len(text) < MOST_CHARACTERS + 100


HOSTILE = [
    "a-",
    "a.",
    "x://",
    "x://a:",
    "eyJ-",
    "eyJa.",
    "password_",
    "password:",
    "-----BEGIN PRIVATE KEY-----",
    "a1-",
    "sk-",
    "Ann ",
    '"',
    "\\",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_takes_long(piece: str) -> None:
    """While a pattern is looked for, no other thread of the process runs."""
    mask = Mask(["a-secret-of-this-process"])
    mask.conceal([f"Ann {n}" for n in range(300)])
    started = time.monotonic()
    mask.apply(piece * (400_000 // len(piece)))
    assert time.monotonic() - started < 2


def test_nothing_of_it_arrives(gemini: GeminiEmulator, langfuse: LangfuseReceiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Question, answer, scores, names: everything that is sent, unpacked."""
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", "postgresql://dagster:swordfish@db/dagster")
    own = ["Wilhelmina Überschär", "+49 171 5550199", 'a "quoted"\nvalue']
    told = " ".join([KEY, langfuse.secret_key, *LOOKS_LIKE_A_KEY, *NAMED, *own, "swordfish"])
    rows = {"rows": [{"row": n, "stars": 1, "mood": "glad", "body": f"{own[0]} pays by {KEY} {own[2]} {n}"} for n in (1, 2, 3)]}
    gemini.on(lambda _: True, rows)
    with traced(subject()) as trace:
        trace.conceal(own)
        gateway_to(gemini, tmp_path, **keys(langfuse)).ask(question(told, system=f"Never say {KEY}."), read_rows)
        trace.score("judged", own[0], comment=told, details={own[1]: told})
        outcome = trace.finish()
    assert (outcome.state, outcome.sent) == ("sent", 3)
    assert langfuse.holds(CONCEALED)
    assert langfuse.holds("pays by")
    hidden = [KEY, langfuse.secret_key, *own, "Überschär", "hunter22", "5550199", "correct-horse", *(k[8:] for k in LOOKS_LIKE_A_KEY)]
    forms = {form for text in hidden for form in (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])}
    assert not [form for form in forms if langfuse.holds(form)]
