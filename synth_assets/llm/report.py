"""What Gemini did for one asset: the record that its metadata, its checks and the next run's reader show.

Stored beside the dataset as `ai/<label>.json` by `DatasetStore.save_ai_report`. Holds no key, no prompt and no document: only
names, numbers, sentences of ours, and texts that are part of the dataset anyway.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from synth_assets.errors import LlmError
from synth_assets.llm.questions import Answer, Usage

PLAN_LABEL = "_plan"
"""Label of the questions about a dataset's plan, and of their report."""


class _Report(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fallback(_Report):
    """Something the rules did because Gemini could not.

    Attributes:
        what: A table, or a table and rows, such as `orders` or `reviews rows 40-79`.
        code: The error's code, such as `LLM102`.
        message: What went wrong, in one line.
    """

    what: str
    code: str
    message: str

    @classmethod
    def of_error(cls, what: str, error: LlmError) -> "Fallback":
        """Return the fallback that an error caused."""
        told = error.diagnostics[0].message if error.diagnostics else ""
        return cls(what=what, code=error.code, message=": ".join(filter(None, (error.message, told))))


class Critique(_Report):
    """How filled rows were judged.

    Attributes:
        scores: Rows by score, from 1 to 10, after the last filling.
        refilled: Rows that were filled a second time.
        dropped: Rows that failed again and hold the rules' values.
    """

    scores: dict[int, int] = {}
    refilled: int = Field(default=0, ge=0)
    dropped: int = Field(default=0, ge=0)


class AssetAiReport(_Report):
    """What Gemini did for one asset, and what it took.

    Attributes:
        label: A table key, or `_plan`, `_feedback`, `_knowledge`, `_labelled`.
        models: Model versions that answered, sorted.
        prompts: Prompts used, as `name@version`, sorted.
        calls: Questions that were sent now, answered or not.
        cached: Questions answered from the cache: no request, no cost.
        attempts: Requests sent, retries included.
        usage, dollars: Tokens and US dollars of what was asked now.
        fallbacks: What the rules did instead.
        notes: What was left out or changed, in sentences: columns whose answer did not fit, settings the model does not take.
        rows_asked, rows_written: Rows whose texts were wanted, and those that have them; 0 where the asset has none to write.
        instructions: Scenarios that the rows were filled by.
        critique: How rows were judged; None where none were.
        examples: A few rows as filled, by column.
        passages: What the user's documents were quoted with, by table key: file, place, first words.
        trace_url: Where the calls can be looked at; empty without tracing.
    """

    label: str
    models: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    calls: int = Field(default=0, ge=0)
    cached: int = Field(default=0, ge=0)
    attempts: int = Field(default=0, ge=0)
    usage: Usage = Usage()
    dollars: float = Field(default=0.0, ge=0)
    fallbacks: tuple[Fallback, ...] = ()
    notes: tuple[str, ...] = ()
    rows_asked: int = Field(default=0, ge=0)
    rows_written: int = Field(default=0, ge=0)
    instructions: tuple[str, ...] = ()
    critique: Critique | None = None
    examples: tuple[dict[str, str | None], ...] = ()
    passages: dict[str, tuple[str, ...]] = {}
    trace_url: str = ""

    @property
    def has_asked(self) -> bool:
        """Whether any question was answered, now or from the cache."""
        return self.calls + self.cached > 0


@dataclass(frozen=True)
class Asked:
    """An answer's cost with the prompt it answers; what a report is added up from."""

    prompt: str
    model: str
    cached: bool
    attempts: int
    usage: Usage
    dollars: float
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, prompt: str, answer: Answer[Any]) -> "Asked":
        """Return what an answer took; `prompt` as `name@version`."""
        return cls(prompt, answer.model, answer.cached, answer.attempts, answer.usage, answer.dollars, answer.notes)


def report_of(label: str, asked: Iterable[Asked], *, fallbacks: Iterable[Fallback] = (), notes: Iterable[str] = ()) -> AssetAiReport:
    """Return the report of an asset's answers; repeated notes are told once. Use `model_copy(update=...)` to say more."""
    answers = tuple(asked)
    fresh = [a for a in answers if not a.cached]
    return AssetAiReport(
        label=label,
        models=tuple(sorted({a.model for a in answers})),
        prompts=tuple(sorted({a.prompt for a in answers})),
        calls=len(fresh),
        cached=len(answers) - len(fresh),
        attempts=sum(a.attempts for a in fresh),
        usage=add_usage(a.usage for a in fresh),
        dollars=sum(a.dollars for a in fresh),
        fallbacks=tuple(fallbacks),
        notes=tuple(dict.fromkeys([*notes, *(n for a in answers for n in a.notes)])),
    )


def add_usage(usages: Iterable[Usage]) -> Usage:
    """Return the tokens of several answers together."""
    every = tuple(usages)
    return Usage(
        input_tokens=sum(u.input_tokens for u in every),
        cached_input_tokens=sum(u.cached_input_tokens for u in every),
        output_tokens=sum(u.output_tokens for u in every),
        thought_tokens=sum(u.thought_tokens for u in every),
    )
