"""What never leaves: secrets, addresses of databases, anything that looks like a key, and values that were marked as somebody's own.

Here: texts become texts without them. Not here: who marks values (whoever reads real rows), where a text goes.
"""

import json
import re
import threading
from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings

SECRET = "[secret]"  # noqa: S105  (what stands in its place)
CONCEALED = "[concealed]"
MOST_CHARACTERS = 100_000
"""Of one text; what is longer is cut, and says so."""

_SHORTEST_SECRET = 6
_TOKEN = re.compile(r"\w+|[^\w\s]")
_DATABASES = "postgres|postgresql|mysql|mariadb|mssql|sqlserver|oracle|sqlite|duckdb|redis|mongodb|amqp|snowflake|jdbc"
_PATTERNS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(rf"\b(?:{_DATABASES})(?:\+\w+)?(?::\w+)?://[^\s\"'<>]+", re.IGNORECASE),
    re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>/@]*:[^\s\"'<>@]*@[^\s\"'<>]*", re.IGNORECASE),
    re.compile(r"\bAIza[\w-]{8,}"),
    re.compile(r"\b(?:sk|pk|rk)[-_](?:[a-z]{2,5}[-_])?[\w-]{8,}"),
    re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|ya29\.|hf_|npm_|dop_v1_)[\w.-]{10,}"),
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{12,}"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),
    re.compile(r"\b(?:Bearer|Basic)\s+[\w.~+/=-]{12,}", re.IGNORECASE),
    re.compile(r"\b(?=[\w+/-]{0,200}\d)(?=[\w+/-]{0,200}[A-Za-z])[A-Za-z0-9_+/-]{40,}={0,2}"),
)
_NAMED = re.compile(
    r"(\b(?:\w+_)?(?:password|passwd|pwd|passphrase|secret|token|api_?key|access_?key|private_?key|credentials?)\b"
    r"\\?[\"']?\s*[:=]\s*\\?[\"']?)([^\s\"'\\,;}]{4,})",
    re.IGNORECASE,
)


class Mask:
    """Takes secrets and marked values out of texts. Safe over threads.

    Args:
        secrets: Exact texts, such as the keys this process holds; those shorter than six characters are taken for no secret.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for s in secrets if len(s) >= _SHORTEST_SECRET for form in _forms(s)}
        self._secrets = re.compile("|".join(re.escape(s) for s in sorted(known, key=lambda s: (-len(s), s)))) if known else None
        self._lock = threading.Lock()
        self._marked: dict[str, tuple[str, ...]] = {}

    def conceal(self, values: Iterable[object]) -> None:
        """Mark values: from now on they leave in no text, as whole words, as written and as JSON writes them."""
        found = {form for value in values if (text := str(value).strip()) for form in _forms(text)}
        with self._lock:
            marked = dict(self._marked)
            for text in sorted(found):
                first = _TOKEN.match(text)
                if first is not None:
                    alike = {*marked.get(first[0], ()), text}
                    marked[first[0]] = tuple(sorted(alike, key=lambda t: (-len(t), t)))
            self._marked = marked

    def apply(self, text: str) -> str:
        """Return a text without secrets and marked values, cut after `MOST_CHARACTERS`."""
        # Masked before it is cut: half a key would match no pattern.
        if self._secrets is not None:
            text = self._secrets.sub(SECRET, text)
        for pattern in _PATTERNS:
            text = pattern.sub(SECRET, text)
        text = self._without_marked(_NAMED.sub(rf"\1{SECRET}", text))
        if len(text) > MOST_CHARACTERS:
            text = f"{text[:MOST_CHARACTERS]}\n[{len(text) - MOST_CHARACTERS:,} characters left out]"
        return text

    def apply_deep(self, value: Any) -> Any:
        """Return lists and mappings with every text in them masked, names included."""
        if isinstance(value, str):
            return self.apply(value)
        if isinstance(value, dict):
            return {self.apply(str(k)): self.apply_deep(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.apply_deep(v) for v in value]
        return value

    def _without_marked(self, text: str) -> str:
        marked = self._marked
        if not marked:
            return text
        pieces, done = [], 0
        for token in _TOKEN.finditer(text):
            if token.start() < done:
                continue
            found = next((v for v in marked.get(token[0], ()) if _stands_at(text, v, token.start())), None)
            if found is not None:
                pieces += [text[done : token.start()], CONCEALED]
                done = token.start() + len(found)
        return "".join([*pieces, text[done:]])


def _stands_at(text: str, value: str, start: int) -> bool:
    """Tell whether a value stands there as whole words."""
    end = start + len(value)
    return text.startswith(value, start) and not (value[-1:].isalnum() and text[end : end + 1].isalnum())


def _forms(text: str) -> set[str]:
    """Return a text as it is, and as it looks inside JSON."""
    return {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}


def secrets_of(*settings: BaseSettings) -> tuple[str, ...]:
    """Return every secret that settings hold: keys, and addresses of databases."""
    found = []
    for one in settings:
        for name in type(one).model_fields:
            value = getattr(one, name)
            if isinstance(value, SecretStr):
                found.append(value.get_secret_value())
            elif isinstance(value, str) and name.endswith(("database_url", "postgres_url")):
                found.append(value)
    return tuple(found)
