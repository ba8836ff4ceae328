"""What goes over the wire: recorded requests, scripted replies, errors, names in either spelling, tokens."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any

MODELS = {
    "gemini-4-argon": (1_048_576, 65_536),
    "gemini-4-carbon": (1_048_576, 65_536),
    "gemini-3.8-flash": (1_048_576, 65_536),
    "gemini-3.5-flash": (1_048_576, 65_536),
    "gemini-3.5-flash-lite": (1_048_576, 65_536),
    "gemini-3.1-flash-lite": (1_048_576, 65_536),
    "gemini-2.5-flash": (1_048_576, 65_536),
    "gemini-unpriced": (1_048_576, 65_536),
    "gemini-embedding-001": (2_048, 1),
    "gemini-embedding-2": (8_192, 1),
}
"""Known models with their limits of input and output tokens; any other is answered with 404."""

TOKENS_OF_BYTES = 258
"""What an image or a page counts as."""


class WireError(Exception):
    """An error answer: its HTTP status and its JSON body."""

    def __init__(self, status: int, code: str, message: str, details: list[Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(status, code, message, details)


@dataclass
class RecordedRequest:
    """One request as it came in, and what became of it.

    Attributes:
        body: The JSON, all names in camelCase.
        mode: `developer` or `vertex`, by the URL.
        fault: The fault it met, if any.
        status: The HTTP status it got; 0 while it is being answered, and for one that was hung up on.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, Any]
    mode: str
    version: str
    model: str | None
    action: str | None
    fault: str | None = None
    status: int = 0

    @property
    def prompt(self) -> str:
        """System instruction and all text parts, one per line."""
        return prompt_text(self.body)

    @property
    def config(self) -> dict[str, Any]:
        return self.body.get("generationConfig") or {}

    @property
    def schema(self) -> dict[str, Any] | None:
        """The schema its answer must have, in either of the two forms."""
        return self.config.get("responseJsonSchema") or self.config.get("responseSchema")


@dataclass
class Reply:
    """A scripted answer that is more than a value.

    Attributes:
        value: A JSON value, or a text that goes out as it is.
        finish_reason: As the API names it.
    """

    value: Any = None
    finish_reason: str = "STOP"


def error_body(status: int, code: str, message: str, details: list[Any] | None = None) -> dict[str, Any]:
    return {"error": {"code": status, "message": message, "status": code, **({"details": details} if details else {})}}


_OPAQUE = {"args", "response", "responseJsonSchema", "parametersJsonSchema", "labels", "metadata", "default", "example", "enum"}


def in_camel_case(value: Any, *, names: bool = True) -> Any:
    """Return a body with its names in camelCase: the API takes both spellings, and the SDK sends a mix of the two."""
    if isinstance(value, list):
        return [in_camel_case(v) for v in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for key, inner in value.items():
        name = re.sub(r"_([a-z0-9])", lambda m: m.group(1).upper(), key) if names else key
        out[name] = inner if name in _OPAQUE and names else in_camel_case(inner, names=not (names and name == "properties"))
    return out


def prompt_text(body: dict[str, Any]) -> str:
    contents = [body.get("systemInstruction") or {}, *(body.get("contents") or [])]
    texts = [part.get("text", "") for content in contents for part in content.get("parts") or [] if isinstance(part, dict)]
    return "\n".join(filter(None, texts))


def count_tokens(text: str) -> int:
    return max(1, math.ceil(len(text.encode()) / 4)) if text else 0


def content_tokens(body: dict[str, Any]) -> int:
    """Return the tokens of a request: its texts, its files, its schema."""
    contents = [body.get("systemInstruction") or {}, *(body.get("contents") or [])]
    parts = [part for content in contents for part in content.get("parts") or []]
    total = sum(count_tokens(p["text"]) if "text" in p else TOKENS_OF_BYTES for p in parts)
    config = body.get("generationConfig") or {}
    schema = {k: v for k, v in config.items() if k in {"responseSchema", "responseJsonSchema"}}
    return total + (count_tokens(json.dumps(schema)) if schema else 0)
