"""The two questions of labelled text: write messages of a category, and say which category messages belong to."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from synth_assets.labelled_text import CategoryRequest, LabelledTextRequest
from synth_assets.labelled_text.draws import Draws
from synth_assets.llm.prompt_files import load_prompt
from synth_assets.llm.side_by_side import Asking

WRITE_PROMPT = "label_messages@1"
JUDGE_PROMPT = "label_judge@1"
LABEL = "_labelled"
"""Whom these questions are booked to."""

CHUNK = 20
"""Messages asked for at once."""
JUDGED = 25
"""Messages judged at once."""
NO_CATEGORY = "(none)"
"""What a judge says where no category fits."""

_MOST_CHARACTERS = 2_000
_MOST_SHOWN = 30
_BLANK = re.compile(r"\[[A-Za-z][A-Za-z _'-]{1,40}\]|<[A-Za-z][A-Za-z _-]{1,40}>|\{\{?[A-Za-z_ ]{1,40}\}?\}|\bX{4,}\b")

_PERSONAS = (
    "people in a hurry",
    "elderly people who write full sentences",
    "students who write as in a chat",
    "owners of small firms",
    "parents with little time",
    "people who write in a language that is not their first",
    "experts who know the terms of the trade",
    "people who have written before and got no answer",
    "newcomers who do not know the terms",
    "people who dictate to their telephone",
)
_TONES = ("matter-of-fact", "polite", "annoyed", "worried", "friendly", "brief and dry", "talkative", "unsure", "hopeful", "formal")
_FORMS = (
    "one sentence each",
    "two or three sentences",
    "a question and nothing else",
    "a short story first and the matter at its end",
    "the matter first and details after it",
    "lower case and hardly any punctuation",
    "short e-mails with a greeting",
    "four to six sentences with details such as days and amounts",
)


@dataclass(frozen=True)
class Written:
    """Messages as a model wrote them, on one line each; `unusable` ones (empty, too long, with blanks to be filled in) left out."""

    messages: tuple[str, ...]
    unusable: int


@dataclass(frozen=True)
class Judgement:
    """What a judge took a message for, and how sure it was, from 0 to 1."""

    category: str
    certainty: float

    def confidence_in(self, category: str) -> float:
        """Return how far the judge believes in a category: its certainty, or what that leaves to all others."""
        return round(self.certainty if category == self.category else 1 - self.certainty, 4)


@dataclass(frozen=True)
class Misread:
    """A message that was taken for another category."""

    message: str
    taken_for: str


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")


class MessagesAnswer(_Answer):
    messages: list[str] = Field(min_length=1, max_length=200)


class JudgementAnswer(_Answer):
    number: int
    category: str
    certainty: Annotated[float, Field(ge=0, le=100)]


class JudgementsAnswer(_Answer):
    judgements: list[JudgementAnswer]


def ask_for_messages(
    request: LabelledTextRequest,
    category: str,
    place: tuple[int, ...],
    count: int,
    passages: Sequence[str],
    misread: Sequence[Misread],
    kept: Sequence[str],
) -> Asking[Written]:
    """Return the question for some messages of a category.

    Args:
        place: Round, chunk and half, which decide persona, tone and form.
        misread: Messages of the round before that a judge took for another category.
        kept: Messages that are there already.
    """
    draws = Draws(request.seed, request.name, category, "chunk", *place)
    wanted = request.category(category)
    values = {
        "category": _described(wanted),
        "examples": wanted.examples,
        "others": [_described(c) for c in request.categories if c.name != category],
        "count": count,
        "persona": draws.choice("persona", _PERSONAS),
        "tone": draws.choice("tone", _TONES),
        "form": draws.choice("form", _FORMS),
        "locale": request.locale,
        "wish": request.prompt,
        "passages": passages,
        "misread": [f"taken for {m.taken_for}:\n{m.message}" for m in misread[:_MOST_SHOWN]],
        "avoid": [text[:80] for text in kept[-_MOST_SHOWN:]],
    }
    seed = draws.number("seed", 2**31)
    rendered = load_prompt(WRITE_PROMPT).render(values)
    schema = MessagesAnswer.model_json_schema()
    return Asking(rendered.as_question(label=LABEL, response_schema=schema, wishes=request.gemini, seed=seed), read_messages)


def ask_for_judgement(request: LabelledTextRequest, messages: Sequence[str], model: str = "") -> Asking[tuple[Judgement, ...]]:
    """Return the question which category each of some messages belongs to; `model` answers it, or the one that writes."""
    names = [c.name for c in request.categories]
    values = {
        "categories": [_described(c, examples=3) for c in request.categories],
        "messages": [f"message {number}\n{text}" for number, text in enumerate(messages, 1)],
        "count": len(messages),
    }
    rendered = load_prompt(JUDGE_PROMPT).render(values)
    # A judge does not play: the same messages get the same judgement as far as the model allows.
    wishes = request.gemini.model_copy(update={"temperature": 0.0, "top_p": None, "max_output_tokens": None})
    wishes = wishes.model_copy(update={"model": model}) if model else wishes
    question = rendered.as_question(label=LABEL, response_schema=_judgement_schema(names), wishes=wishes)
    return Asking(question, judgement_reader(names, len(messages)))


def read_messages(document: Any) -> Written:
    """Return the messages of an answer. Raises ValueError when it holds none."""
    answer = MessagesAnswer.model_validate(document)
    lines = [" ".join(text.split()) for text in answer.messages]
    usable = tuple(line for line in lines if is_usable(line))
    if not usable:
        raise ValueError("no message of the answer can be used")
    return Written(usable, len(lines) - len(usable))


def is_usable(message: str) -> bool:
    """Tell whether a message is text that stands by itself: some letters, not endless, no `[name]` to be filled in."""
    return bool(re.search(r"\w", message)) and len(message) <= _MOST_CHARACTERS and not _BLANK.search(message)


def judgement_reader(names: Sequence[str], count: int) -> Callable[[Any], tuple[Judgement, ...]]:
    """Return the function that reads judgements of `count` messages; it raises ValueError where one is missing or names no category."""
    spelled = {" ".join(name.split()).casefold(): name for name in (*names, NO_CATEGORY)}

    def read(document: Any) -> tuple[Judgement, ...]:
        answers = {j.number: j for j in JudgementsAnswer.model_validate(document).judgements}
        if answers.keys() != set(range(1, count + 1)):
            raise ValueError(f"the judgements are not those of the messages 1 to {count}")
        unknown = sorted({j.category for j in answers.values() if " ".join(j.category.split()).casefold() not in spelled})
        if unknown:
            raise ValueError(f"there is no category {unknown[0]!r}")
        ordered = (answers[number] for number in range(1, count + 1))
        return tuple(Judgement(spelled[" ".join(j.category.split()).casefold()], j.certainty / 100) for j in ordered)

    return read


def mixed_parts(request: LabelledTextRequest, fresh: Sequence[tuple[str, str]]) -> list[tuple[tuple[str, str], ...]]:
    """Return (category, message) pairs in parts for one judgement each, categories mixed so that no part gives itself away."""
    keyed = sorted(fresh, key=lambda pair: (Draws(request.seed, request.name, "judge", pair[1]).number("place", 2**63), pair))
    parts = -(-len(keyed) // JUDGED)
    return [tuple(keyed[i::parts]) for i in range(parts)]


def _described(category: CategoryRequest, examples: int = 0) -> str:
    shown = [f"for example: {' '.join(e.split())[:400]}" for e in category.examples[:examples]]
    return "\n".join(filter(None, (category.name, " ".join(category.description.split()), *shown)))


def _judgement_schema(names: Sequence[str]) -> dict[str, Any]:
    judgement = {
        "type": "object",
        "properties": {
            "number": {"type": "integer"},
            "category": {"type": "string", "enum": [*names, NO_CATEGORY]},
            "certainty": {"type": "number", "minimum": 0, "maximum": 100},
        },
        "required": ["number", "category", "certainty"],
    }
    return {"type": "object", "properties": {"judgements": {"type": "array", "items": judgement}}, "required": ["judgements"]}
