"""Level three: the model judges what it wrote, row by row, and says why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from synth_assets.llm.prompt_files import load_prompt
from synth_assets.llm.questions import Question
from synth_assets.llm.row_filler.skeleton import rows_as_text
from synth_assets.llm.row_filler.task import CRITIQUE, FillTask, SkeletonRow

_LEAST, _MOST = 1, 10
_LONGEST_REASON = 300


@dataclass(frozen=True)
class Verdict:
    """What a row was given: a score from 1 to 10, and why."""

    score: int
    reason: str


def critique_question(task: FillTask, rows: Sequence[SkeletonRow], texts: Mapping[int, Mapping[str, str]]) -> Question:
    """Return the question for the scores of some rows."""
    values = {
        "count": len(rows),
        "table": task.outline,
        "rows": rows_as_text(rows, texts),
        "locale": task.locale,
        "wish": task.wish,
    }
    score = {"type": "integer", "minimum": _LEAST, "maximum": _MOST}
    row = {
        "type": "object",
        "properties": {"row": {"type": "integer"}, "score": score, "reason": {"type": "string"}},
        "required": ["row", "score", "reason"],
    }
    verdicts = {"type": "array", "items": row, "minItems": len(rows), "maxItems": len(rows)}
    schema = {"type": "object", "properties": {"verdicts": verdicts}, "required": ["verdicts"]}
    question = load_prompt(CRITIQUE).render(values).as_question(label=task.table, response_schema=schema, wishes=task.wishes)
    return replace(question, model=task.critique_model or question.model)


def verdict_reader(numbers: Sequence[int]) -> Callable[[Any], dict[int, Verdict]]:
    """Return the reader of an answer: verdicts by row number. It raises ValueError where fewer than half of the rows have one."""

    def read(answer: Any) -> dict[int, Verdict]:
        said = answer.get("verdicts") if isinstance(answer, dict) else answer
        found: dict[int, Verdict] = {}
        for one in said if isinstance(said, list) else ():
            if not isinstance(one, dict):
                continue
            number, score = _whole(one.get("row")), _whole(one.get("score"))
            if number in numbers and _LEAST <= score <= _MOST:
                found.setdefault(number, Verdict(score, " ".join(str(one.get("reason") or "").split())[:_LONGEST_REASON]))
        if not found or 2 * len(found) < len(numbers):
            raise ValueError(f"it judges {len(found) or 'none'} of the {len(numbers)} rows")
        return found

    return read


def _whole(value: Any) -> int:
    """Return a whole number as it is, anything else as one that no row and no score has."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1
