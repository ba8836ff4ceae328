"""A scripted author and judge for the emulator: what they write depends on the prompt, and on mistakes the test asks for."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from synth_assets_tests.gemini.faker import WORDS
from synth_assets_tests.gemini.server import GeminiEmulator
from synth_assets_tests.gemini.wire import RecordedRequest

WRITES = "The category to write for"
JUDGES = "each after a line with its number"
MARK = re.compile(r"matter of (\w+)")
_FENCED = r"<<<DATA \w+\n(.*?)\nDATA \w+>>>"


@dataclass
class ScriptedAuthor:
    """Writes messages that name their category in words, and judges by these.

    Attributes:
        misread: How many of each request's messages are about another category than asked for.
        repeats: How many of a category's first request repeat the first message, with another number in it.
        certainty: What the judge says of messages it recognises.
        requests: What was asked, as (category, misread messages shown) of every writing request.
    """

    misread: int = 0
    repeats: int = 0
    certainty: float = 96.0
    other: str = "praise"
    requests: list[tuple[str, int]] = field(default_factory=list)

    def take_part(self, emulator: GeminiEmulator) -> None:
        emulator.on(WRITES, self.write)
        emulator.on(JUDGES, self.judge)

    def write(self, request: RecordedRequest) -> dict[str, Any]:
        prompt = request.prompt
        category = category_of(request)
        count = int(re.findall(r"Write (\d+) messages", prompt)[0])
        shown = prompt.count("taken for ")
        repeats = self.repeats if category not in {c for c, _ in self.requests} else 0
        self.requests.append((category, shown))
        seed = json.dumps([category, prompt, request.config.get("seed")])
        texts = [self._text(seed, category if i >= self.misread else self.other, i) for i in range(count)]
        for i in range(count - repeats, count):
            texts[i] = f"{texts[self.misread]} {i}"
        return {"messages": texts}

    def judge(self, request: RecordedRequest) -> dict[str, Any]:
        quoted = re.findall(_FENCED, request.prompt, re.DOTALL)
        asked = [re.match(r"message (\d+)\n(.*)", text, re.DOTALL) for text in quoted]
        return {"judgements": [self._judgement(int(m[1]), m[2]) for m in asked if m]}

    def _judgement(self, number: int, text: str) -> dict[str, Any]:
        found = MARK.search(text)
        category = found[1] if found else "(none)"
        return {"number": number, "category": category, "certainty": self.certainty}

    @staticmethod
    def _text(seed: str, category: str, number: int) -> str:
        digest = hashlib.sha256(f"{seed}{number}".encode()).digest()
        words = [WORDS[byte % len(WORDS)] for byte in digest]
        return f"{' '.join(words[:9])} matter of {category} {' '.join(words[9:20])}"


def category_of(request: RecordedRequest) -> str:
    """Return the category that a request wants written; empty for one that wants something else."""
    found = re.search(rf"{WRITES}:\n{_FENCED}", request.prompt, re.DOTALL)
    return found[1].splitlines()[0] if found else ""


def sees(words: str) -> Callable[[RecordedRequest], bool]:
    """Return whether a request's prompt holds some words."""
    return lambda request: words in request.prompt
