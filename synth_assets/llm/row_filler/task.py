"""What is to be filled: columns, rows without their texts, and the words around them. Plain data, so that equal tasks ask equal questions.

The number of a table's rows is no part of it: 200 rows and 2,000,000 ask the same.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from synth_assets.llm.estimate import ROWS_IN_CHUNK, ROWS_IN_CRITIQUE
from synth_assets.llm.prompt_files import digest_of
from synth_assets.plan.request import GeminiTableRequest
from synth_assets.plan.strategies import Reference
from synth_assets.schema.collations import Charset

INSTRUCTIONS = "instructions@1"
FILL = "fill_rows@1"
CRITIQUE = "critique_rows@1"

LEAST_REFILLED = 8
"""Rows of a question that asks again, where fewer than a chunk failed: what was cut off once is asked for in smaller pieces."""


@dataclass(frozen=True)
class FillColumn:
    """A column to fill.

    Attributes:
        name: As in the schema.
        about: Its type and comment in one line.
        limit: Characters it holds at most; None for any number.
        charset: Letters its character set has; None for all.
        in_bytes: `limit` is one of bytes of UTF-8.
    """

    name: str
    about: str
    limit: int | None
    charset: Charset | None = None
    in_bytes: bool = False

    @property
    def unit(self) -> str:
        """What `limit` counts, for people and models."""
        return "bytes of UTF-8" if self.in_bytes else "characters"


@dataclass(frozen=True)
class SkeletonRow:
    """A row without its texts.

    Attributes:
        number: Its row number.
        shown: What it and its parents hold, as (name, value); NULLs are left out.
        names: What the parents that a text may name are called.
    """

    number: int
    shown: tuple[tuple[str, str], ...]
    names: tuple[tuple[Reference, str | None], ...] = ()


@dataclass(frozen=True)
class FillTask:
    """Everything the questions about one table's texts are made of.

    Attributes:
        table: Its key; `outline` and `neighbours` are the table and those around it as text.
        columns, rows: What to fill.
        locale, as_of: The plan's.
        wish: What the user wants of dataset and table.
        wishes: Model, sampling, threshold and number of scenarios; see `GeminiTableRequest`.
        critique_model: What judges; empty for the model that writes.
    """

    table: str
    outline: str
    neighbours: str
    columns: tuple[FillColumn, ...]
    rows: tuple[SkeletonRow, ...]
    locale: str
    as_of: str
    wish: str
    wishes: GeminiTableRequest
    critique_model: str = ""

    @property
    def threshold(self) -> int:
        return self.wishes.critique_threshold or 7

    @property
    def scenarios(self) -> int:
        return self.wishes.instructions or 5


def digest_of_task(task: FillTask) -> str:
    """Return the SHA-256 of a task and of the prompts it is asked with: equal digests, equal questions.

    What a dataset may cost, and what it wishes of other tables, stands beside a table's wishes and changes no question.
    """
    wishes = task.wishes.model_dump(mode="json", exclude={"budget", "tables"})
    told: dict[str, object] = {"task": asdict(task) | {"wishes": wishes}}
    told |= {prompt: digest_of(prompt) for prompt in (INSTRUCTIONS, FILL, CRITIQUE)}
    told["sizes"] = [ROWS_IN_CHUNK, ROWS_IN_CRITIQUE, LEAST_REFILLED]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=_as_json).encode()).hexdigest()


def chunks_of(rows: Sequence[SkeletonRow], size: int) -> Iterator[tuple[SkeletonRow, ...]]:
    """Yield rows in runs of at most `size`."""
    for start in range(0, len(rows), size):
        yield tuple(rows[start : start + size])


def _as_json(value: object) -> object:
    if isinstance(value, Reference):
        return value.model_dump()
    raise TypeError(f"{type(value).__name__} has no digest")
