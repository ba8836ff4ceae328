"""What can go wrong with a question, as errors of ours: one function for each, and the translation of the SDK's.

Here: the codes LLM101-LLM109 and their words. Not here: whether an answer is usable (`answers`), and when to try again (`attempts`).
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from synth_assets.errors import Diagnostic, LlmError

_TRANSIENT_STATUS = frozenset({408, 429, 500, 502, 503, 504})
_TRANSPORTS = frozenset({"httpx", "httpx2", "httpcore", "httpcore2", "aiohttp", "ssl", "socket"})
_LASTING = frozenset({"InvalidURL", "UnsupportedProtocol"})
"""What a transport raises for an address that is none, whenever it is asked."""
_MOST_SHOWN = 300
REFUSED = "LLM103"
UNUSABLE = "LLM104"
UNREACHABLE = "LLM107"
OPTIONAL_SETTINGS = {
    "temperature": r"\btemperature\b",
    "top_p": r"\btop_?p\b",
    "thinking": r"\bthinking(_?(level|config))?\b",
}
"""Settings that an answer can do without, and the words by which a refusal names them."""


class PassingError(LlmError):
    """An attempt failed in a way that another may not.

    Attributes:
        retry_after: Seconds the server asks to wait; None where it does not say.
        lost: Whether the request may have been answered, and billed, without our seeing it.
    """

    def __init__(
        self, message: str, diagnostics: Iterable[Diagnostic] = (), *, retry_after: float | None = None, lost: bool = False
    ) -> None:
        super().__init__(message, diagnostics)
        self.retry_after = retry_after
        self.lost = lost


class TruncatedError(LlmError):
    """An answer ended at its limit of tokens (LLM105): ask for less, or allow more.

    Attributes:
        text: What came before the end.
    """

    def __init__(self, message: str, diagnostics: Iterable[Diagnostic] = (), text: str = "") -> None:
        super().__init__(message, diagnostics)
        self.text = text

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.message, self.diagnostics, self.text)


class NotAskedError(LlmError):
    """A question was not sent, as those before it came to nothing; its code is theirs."""


class SettingRefusedError(LlmError):
    """The server names a setting it does not take (LLM108); without it, it may answer.

    Attributes:
        settings: Names out of `OPTIONAL_SETTINGS`.
    """

    def __init__(self, message: str, diagnostics: Iterable[Diagnostic] = (), settings: frozenset[str] = frozenset()) -> None:
        super().__init__(message, diagnostics)
        self.settings = settings


def diagnose(code: str, where: str, message: str, found: str = "", hint: str = "") -> Diagnostic:
    """Return the diagnostic of a question that failed; `where` is the question's label and purpose."""
    return Diagnostic(code=code, where=where, message=message, found=found[:_MOST_SHOWN], hint=hint)


def no_key() -> LlmError:
    hint = "set GEMINI_API_KEY, or SYNTH_GEMINI_VERTEX_PROJECT; or ask without Gemini: `ai: auto`, `ai: off`"
    return LlmError("Gemini is required", [diagnose("LLM101", "ai: required", "there is no key to ask Gemini with", "", hint)])


def over_budget(where: str, what: str, hint: str) -> LlmError:
    return LlmError("the budget is spent", [diagnose("LLM102", where, "the next request would go over the budget", what, hint)])


def refused(where: str, why: str) -> LlmError:
    hint = "the same question is refused again: change the prompt or what the table's comments say"
    return LlmError("Gemini refuses to answer", [diagnose(REFUSED, where, "the model or its filters refuse to answer", why, hint)])


def unusable(where: str, why: str) -> PassingError:
    hint = "it was asked again with other seeds; another model, or fewer rows at once, may do"
    return PassingError("Gemini's answer is of no use", [diagnose(UNUSABLE, where, "the answer is not what was asked for", why, hint)])


def truncated(where: str, text: str, tokens: int) -> TruncatedError:
    hint = "raise gemini.max_output_tokens, or ask for fewer rows at once"
    found = f"{tokens:,} tokens"
    return TruncatedError("Gemini's answer is cut off", [diagnose("LLM105", where, "the answer ends at its limit", found, hint)], text)


def not_in_cache(where: str, key: str) -> LlmError:
    hint = "ask once with SYNTH_GEMINI_CACHE=readwrite; every change of prompt, schema or model is another question"
    return LlmError("replay without an answer", [diagnose("LLM106", where, "the cache holds no answer to this question", key[:16], hint)])


def unreachable(where: str, why: str, *, retry_after: float | None = None, lost: bool = False) -> PassingError:
    hint = "run it again later: what was answered already is kept and costs nothing again"
    told = [diagnose(UNREACHABLE, where, "Gemini cannot be reached, or has no time", why, hint)]
    return PassingError("Gemini does not answer", told, retry_after=retry_after, lost=lost)


def not_allowed(where: str, why: str) -> LlmError:
    hint = "look at the key, its project and the model's name; the server refuses this question whenever it is asked"
    return LlmError("Gemini rejects the question", [diagnose("LLM108", where, "the server rejects the request", why, hint)])


def bad_address(url: str) -> LlmError:
    hint = "write an address such as https://host:8080, or unset the variable to ask Google's"
    told = [diagnose("LLM108", "SYNTH_GEMINI_BASE_URL", "there can be no server at this address", url.rpartition("@")[2], hint)]
    return LlmError("Gemini has no address", told)


def unpriced(where: str, model: str) -> LlmError:
    hint = "add its price to synth_assets/llm/prices.yaml, or give the budget in calls or tokens"
    return LlmError("no price for the model", [diagnose("LLM109", where, "a budget in dollars needs the model's price", model, hint)])


def not_asked(last: LlmError, times: int) -> NotAskedError:
    """Return the error of a question that is not asked after `times` failures in a row, the last of which is given."""
    told = last.diagnostics[0]
    message = f"{told.message}, {times} questions in a row: the rest is not asked"
    return NotAskedError(last.message, [told.model_copy(update={"message": message})])


def translate(error: Exception, where: str, secrets: Iterable[str]) -> LlmError | None:
    """Return our error for one of the SDK or its transport, without secrets; None for any other exception."""
    from google.genai import errors

    words = _one_line(str(error), secrets) or type(error).__name__
    if isinstance(error, errors.APIError):
        code = int(error.code or 0)
        if code in _TRANSIENT_STATUS:
            return unreachable(where, words, retry_after=_advice(error))
        named = frozenset(name for name, pattern in OPTIONAL_SETTINGS.items() if re.search(pattern, words, re.IGNORECASE))
        if code == 400 and named:
            rejected = not_allowed(where, words)
            return SettingRefusedError(rejected.message, rejected.diagnostics, named)
        return not_allowed(where, words)
    if isinstance(error, errors.UnknownApiResponseError | json.JSONDecodeError | TimeoutError | ConnectionError) or _of_transport(error):
        return unreachable(where, f"{type(error).__name__}: {words}", lost=True)
    if type(error).__module__.startswith("google.auth") or type(error).__name__ in _LASTING:
        return not_allowed(where, words)
    return None


def _of_transport(error: Exception) -> bool:
    return type(error).__module__.split(".")[0] in _TRANSPORTS and type(error).__name__ not in _LASTING


def _one_line(text: str, secrets: Iterable[str]) -> str:
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return " ".join(text.split())


def _advice(error: Any) -> float | None:
    """Return the seconds of google.rpc.RetryInfo, or else of the Retry-After header; the SDK looks at neither."""
    body = error.details if isinstance(error.details, dict) else {}
    inner = body.get("error", body)
    for detail in inner.get("details") or [] if isinstance(inner, dict) else []:
        found = re.fullmatch(r"(\d+(?:\.\d+)?)s", str(detail.get("retryDelay", "")))
        if str(detail.get("@type", "")).endswith("RetryInfo") and found:
            return float(found[1])
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    value = str(headers.get("retry-after", ""))
    return float(value) if re.fullmatch(r"\d+(\.\d+)?", value) else None
