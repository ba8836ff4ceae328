"""A model that knows restaurants: what it decides about their columns, beside the texts that `llm.writer` writes. For the emulator."""

import re
from typing import Any

from synth_assets_tests.gemini.server import GeminiEmulator
from synth_assets_tests.gemini.wire import RecordedRequest
from synth_assets_tests.llm.writer import Spoil, answer, purpose_of

PURPOSES = ("plan", "instructions", "rows", "critique")
"""The questions of a run, in the order in which a table meets them."""

RATINGS = {"1": 1, "2": 1, "3": 2, "4": 6, "5": 10}


def _weighted(weights: dict[str, int]) -> list[dict[str, Any]]:
    return [{"value": value, "weight": weight} for value, weight in weights.items()]


_CUISINES = {"italian": 5, "thai": 3, "mexican": 3, "french": 1, "nordic": 1}
_DECISIONS: dict[str, list[dict[str, Any]]] = {
    "restaurants": [
        {"column": "cuisine", "kind": "categorical", "values": _weighted(_CUISINES)},
        {"column": "seats", "kind": "number", "low": 12, "high": 120, "typical": 48, "shape": "lognormal"},
    ],
    "staff": [{"column": "hourly_wage", "kind": "number", "low": 12.5, "high": 44, "typical": 18, "shape": "lognormal"}],
    "customers": [
        {"column": "loyalty_points", "kind": "number", "low": 0, "high": 900, "shape": "falling"},
        {"column": "diet", "kind": "keep", "null_fraction": 0.7},
    ],
    "reviews": [{"column": "rating", "kind": "categorical", "values": _weighted(RATINGS)}],
    "dishes": [
        {"column": "cuisine", "kind": "categorical", "values": _weighted({"italian": 5, "thai": 3, "mexican": 1})},
        {"column": "price", "kind": "number", "low": 4, "high": 38, "typical": 14, "shape": "normal"},
    ],
}


def purpose(request: RecordedRequest) -> str:
    """Return which of `PURPOSES` a request has."""
    found = purpose_of(request)
    return "plan" if found == "other" else found


def about(request: RecordedRequest) -> str:
    """Return the table that a request is about."""
    found = re.search(r"^table (\S+)", request.prompt, re.MULTILINE)
    return found[1] if found else ""


def let_cook(gemini: GeminiEmulator, spoil: Spoil = lambda _, value: value) -> None:
    """Have the emulator answer every question of a run as this model does; `spoil` gets each answer and returns what goes out."""

    def give(request: RecordedRequest) -> Any:
        if purpose(request) != "plan":
            return spoil(request, answer(request))
        decisions = [{**d, "reason": "as restaurants are"} for d in _DECISIONS.get(about(request), [])]
        return spoil(request, {"columns": decisions})

    gemini.on("", give)
