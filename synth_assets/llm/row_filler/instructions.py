"""Scenarios: one question a table, so that its rows do not all sound alike."""

from typing import Any

from synth_assets.llm.prompt_files import load_prompt
from synth_assets.llm.questions import Answer, Asks, Question
from synth_assets.llm.row_filler.skeleton import columns_as_text, rows_as_text
from synth_assets.llm.row_filler.task import INSTRUCTIONS, FillTask

_EXAMPLES = 5
_LONGEST = 1_000
_ALIKE = 0.7


def instructions_question(task: FillTask) -> Question:
    """Return the question for a table's scenarios."""
    values = {
        "count": task.scenarios,
        "table": task.outline,
        "neighbours": task.neighbours,
        "columns": columns_as_text(task.columns),
        "examples": rows_as_text(task.rows[:_EXAMPLES]),
        "locale": task.locale,
        "as_of": task.as_of,
        "wish": task.wish,
    }
    scenarios = {"type": "array", "items": {"type": "string"}, "minItems": task.scenarios, "maxItems": task.scenarios}
    schema = {"type": "object", "properties": {"scenarios": scenarios}, "required": ["scenarios"]}
    return load_prompt(INSTRUCTIONS).render(values).as_question(label=task.table, response_schema=schema, wishes=task.wishes)


def ask_instructions(asks: Asks, task: FillTask) -> Answer[tuple[str, ...]]:
    """Return at least one scenario, no two alike, no more than were asked for. Raises LlmError."""
    return asks.ask(instructions_question(task), lambda answer: read_instructions(answer, task.scenarios))


def read_instructions(answer: Any, most: int) -> tuple[str, ...]:
    """Return the scenarios of an answer, in order, those alike left out. Raises ValueError where there is none."""
    said = answer.get("scenarios") if isinstance(answer, dict) else answer
    kept: list[str] = []
    for one in said if isinstance(said, list) else ():
        text = " ".join(one.split())[:_LONGEST] if isinstance(one, str) else ""
        if text and not any(_likeness(text, other) > _ALIKE for other in kept):
            kept.append(text)
    if not kept:
        raise ValueError("it holds no scenario")
    return tuple(kept[:most])


def _likeness(one: str, other: str) -> float:
    """Return the share of words that two texts have in common, in [0, 1]."""
    left, right = set(one.casefold().split()), set(other.casefold().split())
    return len(left & right) / len(left | right)
