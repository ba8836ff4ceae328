"""A model that writes: scenarios, texts of rows that agree with what the prompt says of them, and scores. For the emulator to answer with.

It reads the prompt as a model would: the numbers and facts of rows from their lines. `spoil` changes an answer before it goes out.
"""

import re
from collections.abc import Callable
from typing import Any

from synth_assets_tests.gemini.server import GeminiEmulator
from synth_assets_tests.gemini.wire import RecordedRequest, Reply

_ROW = re.compile(r"^row (\d+) \|(.*)$", re.MULTILINE)
_OPENINGS = "After Before During Since Without Beyond Despite Around Toward Within Against Under Over Along Until".split()  # noqa: SIM905
_MIDDLES = ("a long winter", "the first week", "one careful look", "two rainy days", "our spring move", "a quiet month", "some hard use")
_ENDS = ("it kept its promise", "nothing went as told", "the box stayed shut", "everybody asked about it", "I sent it back")
MOODS = {"1": "awful", "2": "poor", "3": "passable", "4": "good", "5": "splendid"}

Spoil = Callable[[RecordedRequest, Any], Any]


def purpose_of(request: RecordedRequest) -> str:
    """Return what a request is for, by the form of the answer it asks for."""
    known = request.schema.get("properties", {}) if request.schema else {}
    return next((p for p, name in {"instructions": "scenarios", "rows": "rows", "critique": "verdicts"}.items() if name in known), "other")


def rows_in(request: RecordedRequest) -> dict[int, dict[str, str]]:
    """Return the rows that a prompt shows: by number, what it says of each."""
    found = {}
    for number, facts in _ROW.findall(request.prompt):
        pairs = (fact.split(": ", 1) for fact in facts.split(" | ") if ": " in fact)
        found[int(number)] = {name.strip(): value.strip() for name, value in pairs}
    return found


def write(number: int, column: str, facts: dict[str, str]) -> str:
    """Return a text that no other row has, about the row's own parent where it names one, as kind as its rating."""
    opening, middle, end = (words[(number // step) % len(words)] for words, step in ((_OPENINGS, 1), (_MIDDLES, 15), (_ENDS, 120)))
    about = next((value for name, value in facts.items() if name.endswith(".name")), "this")
    mood = MOODS.get(facts.get("rating", ""), "fine")
    letters = "".join(chr(97 + int(digit)) for digit in f"{number:04d}")
    text = f"{opening} {middle} {end}, {column} {letters}"
    return text if "name" in column else f"{text}: {about} is {mood}."


def answer(request: RecordedRequest) -> Any:
    """Return what a good model would answer; None for questions that are not about texts."""
    match purpose_of(request):
        case "instructions":
            return {
                "scenarios": [f"A {who} writes in {how} words." for who, how in (("buyer", "few"), ("critic", "many"), ("fan", "loud"))]
            }
        case "rows":
            columns = [name for name in request.schema["properties"]["rows"]["items"]["properties"] if name != "row"]
            return {"rows": [{"row": n, **{c: write(n, c, facts) for c in columns}} for n, facts in rows_in(request).items()]}
        case "critique":
            return {"verdicts": [{"row": n, "score": 8 + n % 3, "reason": "believable"} for n in rows_in(request)]}
        case _:
            return None


def let_write(gemini: GeminiEmulator, spoil: Spoil = lambda _, value: value) -> None:
    """Have the emulator answer as this model does; `spoil` gets each answer and returns what goes out."""

    def give(request: RecordedRequest) -> Any:
        value = answer(request)
        return None if value is None else spoil(request, value)

    gemini.on(lambda request: purpose_of(request) != "other", give)


__all__ = ["Reply", "answer", "let_write", "purpose_of", "rows_in", "write"]
