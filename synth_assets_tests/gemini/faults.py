"""What can go wrong: answers that never arrive, errors, and answers that are not what was asked for."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from synth_assets_tests.gemini.wire import error_body

HTTP_ERRORS = {
    "http_400": (400, "INVALID_ARGUMENT"),
    "http_401": (401, "UNAUTHENTICATED"),
    "http_403": (403, "PERMISSION_DENIED"),
    "http_404": (404, "NOT_FOUND"),
    "http_408": (408, "DEADLINE_EXCEEDED"),
    "http_500": (500, "INTERNAL"),
    "http_503": (503, "UNAVAILABLE"),
    "http_504": (504, "DEADLINE_EXCEEDED"),
}

FAULTS = {
    **{kind: f"{status} {code}" for kind, (status, code) in HTTP_ERRORS.items()},
    "rate_limit": "429 RESOURCE_EXHAUSTED, with Retry-After, RetryInfo and QuotaFailure",
    "html_502": "502 with an HTML page",
    "slow": "nothing for `delay` seconds, then the answer",
    "reset_before": "hung up on before the first byte",
    "reset_mid_stream": "hung up on after `after_chunks` pieces of a stream",
    "stream_error_event": "an error instead of a stream's next piece",
    "bad_json_body": "200 with a body that is cut off",
    "refuses_sampling": "400 that names temperature or topP, where a request holds one",
    "truncate": "text cut at `fraction`, finishReason MAX_TOKENS",
    "no_parts": "MAX_TOKENS without any text: thoughts took all of it",
    "prose": "sentences around the JSON, in a fence",
    "fenced": "the JSON in a fence, nothing else",
    "not_json": "sentences without any JSON",
    "empty_text": "an empty text, finishReason STOP",
    "empty_candidates": "no candidate",
    "safety_prompt": "the prompt is blocked",
    "safety": "finishReason SAFETY",
    "recitation": "finishReason RECITATION",
    "other": "finishReason OTHER",
    "malformed_function_call": "finishReason MALFORMED_FUNCTION_CALL",
    "wrong_types": "numbers as words, words as numbers",
    "extra_columns": "a key more in every object",
    "missing_columns": "the last key of every row left out",
    "duplicate_rows": "every row like the first",
    "bad_enum": "a word from no list in every row",
}


@dataclass
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: One of `FAULTS`.
        times: Requests it happens to; -1 for all of them.
        match: Only requests whose path or prompt holds this; None takes any.
        when: Only requests for which this holds.
        delay, retry_after: Seconds.
        fraction: How much of a text is left.
        after_chunks: Pieces of a stream that still arrive.
        message: The words of an HTTP error.
    """

    kind: str
    times: int = 1
    match: str | None = None
    when: Callable[[Any], bool] | None = None
    delay: float = 2.0
    retry_after: float = 1.0
    fraction: float = 0.6
    after_chunks: int = 1
    message: str = ""

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"no such fault: {self.kind!r}; known: {', '.join(sorted(FAULTS))}")

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """Read `kind;times=2;match=Reviews`."""
        kind, *pairs = (piece.strip() for piece in text.split(";"))
        given: dict[str, Any] = {}
        for name, _, value in (pair.partition("=") for pair in pairs if pair):
            given[name] = int(value) if name in {"times", "after_chunks"} else value if name in {"match", "message"} else float(value)
        return cls(kind, **given)

    def takes(self, request: Any) -> bool:
        """Whether it happens to a request, if it has any times left."""
        matches = self.match is None or self.match in request.path or self.match in request.prompt
        return bool(self.times) and matches and (self.when is None or self.when(request))


def rate_limit_body(seconds: float, model: str) -> dict[str, Any]:
    violation = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_content_paid_tier_requests",
        "quotaId": "GenerateRequestsPerMinutePerProjectPerModel",
        "quotaDimensions": {"location": "global", "model": model},
        "quotaValue": "60",
    }
    details = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds:g}s"},
    ]
    return error_body(429, "RESOURCE_EXHAUSTED", f"You exceeded your current quota. Please retry in {seconds:g}s.", details)


_FINISHES = {
    "safety": "SAFETY",
    "recitation": "RECITATION",
    "other": "OTHER",
    "malformed_function_call": "MALFORMED_FUNCTION_CALL",
    "no_parts": "MAX_TOKENS",
}


def spoil_response(fault: Fault | None, response: dict[str, Any]) -> dict[str, Any]:
    """Return a whole response with a fault in it; one of the transport changes nothing here."""
    if fault is None:
        return response
    out = copy.deepcopy(response)
    if fault.kind in {"empty_candidates", "safety_prompt"}:
        del out["candidates"]
        out["usageMetadata"]["candidatesTokenCount"] = 0
        if fault.kind == "safety_prompt":
            out["promptFeedback"] = {"blockReason": "SAFETY"}
        return out
    candidate = out["candidates"][0]
    if finish := _FINISHES.get(fault.kind):
        candidate.pop("content", None)
        candidate |= {"finishReason": finish, "finishMessage": f"stopped: {finish}"}
        return out
    for part in candidate.get("content", {}).get("parts", []):
        part["text"] = spoil_text(fault, part["text"])
    if fault.kind == "truncate":
        candidate["finishReason"] = "MAX_TOKENS"
    return out


def spoil_text(fault: Fault, text: str) -> str:
    match fault.kind:
        case "truncate":
            return text[: max(1, int(len(text) * fault.fraction))]
        case "prose":
            return f"Sure! Here is the JSON you asked for:\n\n```json\n{text}\n```\n\nLet me know if you need more rows."
        case "fenced":
            return f"```json\n{text}\n```"
        case "not_json":
            return "I would rather talk about something else today."
        case "empty_text":
            return ""
        case "wrong_types" | "extra_columns" | "missing_columns" | "duplicate_rows" | "bad_enum":
            return _spoil_json(fault.kind, text)
    return text


def _spoil_json(kind: str, text: str) -> str:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return text
    if kind == "wrong_types":
        value = _change_objects(value, _swap_types)
    elif kind == "extra_columns":
        value = _change_objects(value, lambda found: {**found, "remarks": "nobody asked"})
    else:
        _spoil_rows(kind, _rows_of(value))
    return json.dumps(value, ensure_ascii=False)


def _spoil_rows(kind: str, rows: list[Any]) -> None:
    if kind == "duplicate_rows":
        rows[:] = [copy.deepcopy(rows[0]) for _ in rows]
        return
    for row in (r for r in rows if isinstance(r, dict) and r):
        if kind == "missing_columns":
            del row[list(row)[-1]]
        elif word := next((k for k, v in row.items() if isinstance(v, str)), None):
            row[word] = "__IN_NO_LIST__"


def _rows_of(value: Any) -> list[Any]:
    """Return the first list of objects at the top of a value, in place; else the value itself as the only row."""
    if isinstance(value, list):
        return value
    inner = list(value.values()) if isinstance(value, dict) else []
    return next((v for v in inner if isinstance(v, list) and v and isinstance(v[0], dict)), [value])


def _change_objects(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(value, dict):
        return change({k: _change_objects(v, change) for k, v in value.items()})
    return [_change_objects(v, change) for v in value] if isinstance(value, list) else value


def _swap_types(found: dict[str, Any]) -> dict[str, Any]:
    kept = (bool, type(None), dict, list)
    return {k: v if isinstance(v, kept) else f"about {v}" if isinstance(v, int | float) else 12345 for k, v in found.items()}
