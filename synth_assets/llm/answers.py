"""What came back: the answer as plain data, whether it is usable, and the JSON in it.

Here: classification and extraction, which know nothing of the network. Not here: whether the values are right (whoever asked
says so), and asking again (`attempts`).
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from synth_assets.llm.failures import refused, truncated, unusable
from synth_assets.llm.questions import Usage

_REFUSALS = frozenset(
    {"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION", "MODEL_ARMOR", "LANGUAGE"}
    | {"IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT"}
)
_CUT_OFF = frozenset({"MAX_TOKENS", "CONTINUATION"})
_FENCE = re.compile(r"```(?:json)?\s*\n(.+?)\n\s*```", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class RawAnswer:
    """One response of the model, before anybody looked at it.

    Attributes:
        text: All of its text, without thoughts.
        finish: Why it ended, as the API names it; empty where it does not say.
        finish_words: What the API adds to that.
        blocked: Why the prompt was blocked; empty where it was not.
        candidates: How many answers there are: 0 or 1.
        usage: The tokens it took.
        model: The version that answered.
    """

    text: str
    finish: str
    finish_words: str
    blocked: str
    candidates: int
    usage: Usage
    model: str


def usable_text(raw: RawAnswer, where: str) -> str:
    """Return the text of an answer that ended as it should.

    Raises:
        LlmError: `LLM103` for a refusal, which stays one; `LLM104` for nothing usable, which another attempt may mend.
        TruncatedError: `LLM105`, with the text so far.
    """
    if raw.blocked:
        raise refused(where, f"the prompt is blocked: {raw.blocked}")
    if not raw.candidates:
        raise unusable(where, "no answer at all")
    if raw.finish in _CUT_OFF:
        raise truncated(where, raw.text, raw.usage.output_tokens + raw.usage.thought_tokens)
    ending = ": ".join(filter(None, (raw.finish, raw.finish_words)))
    if raw.finish in _REFUSALS:
        raise refused(where, ending)
    if raw.finish not in {"", "STOP"}:
        raise unusable(where, ending)
    if not raw.text.strip():
        raise unusable(where, "an empty text")
    return raw.text


def extract_json(text: str) -> Any:
    """Return the JSON value of a text: all of it, or what stands in a fence, or between sentences. Raises ValueError without any."""
    candidates = [text.strip(), *(found[1] for found in _FENCE.finditer(text))]
    for candidate in candidates:
        try:
            return json.loads(candidate)
        except ValueError:
            continue
    decoder = json.JSONDecoder()
    for start in re.finditer(r"[{\[]", text):
        try:
            return decoder.raw_decode(text, start.start())[0]
        except ValueError:
            continue
    raise ValueError(f"there is no JSON in the answer: {text[:80]!r}")
