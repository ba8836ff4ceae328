"""A gateway to the emulator, and a question to ask it: the real SDK on the wire, a folder of the test's own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from synth_assets.llm.access import open_gateway
from synth_assets.llm.calls import Observer
from synth_assets.llm.gateway import Gateway
from synth_assets.llm.ledger import Ledger
from synth_assets.llm.questions import Question
from synth_assets.plan.request import BudgetRequest, GeminiRequest
from synth_assets.settings import LlmSettings
from synth_assets_tests.gemini import GeminiEmulator

ACCOUNT = "shop/first"
KEY = "AIza-a-key-that-must-show-nowhere"
REVIEWS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "rows": {
            "type": "array",
            "minItems": 3,
            "maxItems": 3,
            "items": {
                "type": "object",
                "properties": {
                    "row": {"type": "integer", "minimum": 1},
                    "stars": {"type": "integer", "minimum": 1, "maximum": 5},
                    "mood": {"type": "string", "enum": ["glad", "cross"]},
                    "body": {"type": "string", "minLength": 3, "pattern": "."},
                },
                "required": ["row", "stars", "mood", "body"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["rows"],
}


def settings_for(gemini: GeminiEmulator | None, folder: Path, **changes: Any) -> LlmSettings:
    """Return settings that point to the emulator and to a folder; waits are short."""
    given = {"api_key": KEY, "base_url": gemini.url if gemini else None, "llm_dir": folder, "max_wait_seconds": 5, **changes}
    return LlmSettings(**given)


def gateway_to(
    gemini: GeminiEmulator, folder: Path, observe: Sequence[Observer] = (), budget: BudgetRequest | None = None, **changes: Any
) -> Gateway:
    """Return a gateway to the emulator; changes are those of its settings."""
    request = GeminiRequest(budget=budget or BudgetRequest())
    made = open_gateway(settings_for(gemini, folder, **changes), "required", request, ACCOUNT, observe)
    assert made is not None
    return made


def question(text: str = "Write 3 rows of reviews.", **changes: Any) -> Question:
    """Return a question whose answer is rows of reviews."""
    given = {
        "purpose": "rows",
        "prompt": "reviews@1",
        "system": "You write reviews.",
        "parts": (text,),
        "response_schema": REVIEWS,
        "label": "Reviews",
    }
    return Question(**{**given, **changes})


def read_rows(value: Any) -> list[dict[str, Any]]:
    """Parse the rows as strictly as the product does; raises ValueError."""
    rows = value["rows"]
    for row in rows:
        if set(row) != {"row", "stars", "mood", "body"}:
            raise ValueError(f"columns: {sorted(row)}")
        if not (isinstance(row["row"], int) and isinstance(row["stars"], int) and isinstance(row["body"], str)):
            raise ValueError("a value of the wrong type")  # noqa: TRY004  (what makes an answer unusable)
        if row["mood"] not in {"glad", "cross"}:
            raise ValueError(f"no such mood: {row['mood']}")
    if len({row["row"] for row in rows}) != len(rows):
        raise ValueError("two rows have the same number")
    return rows


def ledger_in(folder: Path) -> Ledger:
    return Ledger(folder.resolve() / "ledger.sqlite")
