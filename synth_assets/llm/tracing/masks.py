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

_MARGIN = 10_000
"""Longer than any key: what is cut off before masking may end in half of one, so that much is left out at the end."""

_SHORTEST_SECRET = 6
_TOKEN = re.compile(r"\w+|[^\w\s]")
_DATABASES = "postgres|postgresql|mysql|mariadb|mssql|sqlserver|oracle|sqlite|duckdb|redis|mongodb|amqp|snowflake|jdbc"
_PATTERNS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(rf"\b(?:{_DATABASES})(?:\+\w+)?(?::\w+)?://[^\s\"'<>]+", re.IGNORECASE),
    re.compile(r"\b[a-z][a-z0-9+.-]{0,30}://[^\s\"'<>/@:]{0,200}:[^\s\"'<>@]{0,500}@[^\s\"'<>]*", re.IGNORECASE),
    re.compile(r"\bAIza[\w-]{8,}"),
    re.compile(r"\b(?:sk|pk|rk)[-_](?:[a-z]{2,5}[-_])?[\w-]{8,}"),
    re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|ya29\.|hf_|npm_|dop_v1_)[\w.-]{10,}"),
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{12,}"),
    re.compile(r"\beyJ[\w-]{8,500}\.[\w-]{8,}(?:\.[\w-]*)?"),
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
        self._marked: dict[str, frozenset[str]] = {}
        self._patterns: dict[str, re.Pattern[str]] = {}

    def conceal(self, values: Iterable[object]) -> None:
        """Mark values: from now on they leave in no text, as whole words, as written and as JSON writes them."""
        found = {form for value in values if (text := str(value).strip()) for form in _forms(text)}
        by_first: dict[str, set[str]] = {}
        for text in found:
            if first := _TOKEN.match(text):
                by_first.setdefault(first[0], set()).add(text)
        with self._lock:
            for word, texts in by_first.items():
                self._marked[word] = frozenset(texts) | self._marked.get(word, frozenset())
            self._patterns = {**self._patterns, **{word: _whole_words(self._marked[word]) for word in by_first}}

    def apply(self, text: str) -> str:
        """Return a text without secrets and marked values, cut after `MOST_CHARACTERS`.

        Takes milliseconds whatever the text is: no pattern looks ahead without a bound.
        """
        whole = len(text)
        is_long = whole > MOST_CHARACTERS + _MARGIN
        text = text[: MOST_CHARACTERS + _MARGIN]
        if self._secrets is not None:
            text = self._secrets.sub(SECRET, text)
        for pattern in _PATTERNS:
            text = pattern.sub(SECRET, text)
        text = self._without_marked(_NAMED.sub(rf"\1{SECRET}", text))
        if is_long:
            text = text[: max(0, len(text) - _MARGIN)]
        if is_long or len(text) > MOST_CHARACTERS:
            text = f"{text[:MOST_CHARACTERS]}\n[cut: {whole:,} characters in all]"
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
        patterns = self._patterns
        if not patterns:
            return text
        pieces, done = [], 0
        for token in _TOKEN.finditer(text):
            pattern = patterns.get(token[0]) if token.start() >= done else None
            found = pattern.match(text, token.start()) if pattern else None
            if found is not None:
                pieces += [text[done : token.start()], CONCEALED]
                done = found.end()
        return "".join([*pieces, text[done:]])


def _whole_words(values: Iterable[str]) -> re.Pattern[str]:
    """Return what matches the longest of some values, where no letter or digit follows its last one."""
    ordered = sorted(values, key=lambda v: (-len(v), v))
    return re.compile("|".join(re.escape(v) + (r"(?![^\W_])" if v[-1].isalnum() else "") for v in ordered))


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
