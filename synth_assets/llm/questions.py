"""What is asked of a model and what comes back: plain data that every module of this package shares.

Here: the question, the answer, its cost, and the protocol of whoever answers. Not here: how it is sent (`gateway`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")

TextPart = str


@dataclass(frozen=True)
class BytesPart:
    """An image or a scanned page that goes along with the text.

    Attributes:
        data: The file's bytes.
        mime_type: As IANA names it, such as `image/png`.
    """

    data: bytes = field(repr=False)
    mime_type: str


Part = TextPart | BytesPart


@dataclass(frozen=True)
class Sampling:
    """How freely a model answers; None leaves the model's default.

    Newer models ignore or refuse temperature and top_p: the gateway then leaves them out, and the answer's notes say so.

    Attributes:
        temperature: 0 to 2.
        top_p: 0 to 1.
        max_output_tokens: Tokens of the answer, thoughts included.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None


@dataclass(frozen=True)
class Question:
    """One request to a model; equal questions have equal cache keys, so everything that changes the answer is in here.

    Attributes:
        purpose: What it is for: `plan`, `instructions`, `rows`, `critique`, `feedback`, `label`, `transcribe`.
        prompt: Name and version of the prompt file, as in `fill_rows@1`.
        system: The system instruction.
        parts: The content, in order.
        response_schema: JSON schema of the answer; None asks for plain text (`parse` then gets the text).
        seed: Makes equal texts different questions, where variety is wanted.
        model: Its name; empty takes the configured one.
        sampling: See `Sampling`.
        thinking: `low`, `medium`, `high`, or empty for the model's default.
        label: Whom the cost belongs to: a table key, or `_plan`, `_feedback`, `_knowledge`, `_labelled`. Not part of the cache key.
    """

    purpose: str
    prompt: str
    system: str
    parts: tuple[Part, ...]
    response_schema: dict[str, Any] | None
    label: str
    seed: int = 0
    model: str = ""
    sampling: Sampling = Sampling()
    thinking: str = "low"


@dataclass(frozen=True)
class Usage:
    """Tokens of one answer. Thoughts are billed as output."""

    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    thought_tokens: int = 0

    @property
    def total(self) -> int:
        return self.input_tokens + self.output_tokens + self.thought_tokens


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A parsed answer and what it took.

    Attributes:
        value: What `parse` made of it.
        text: As the model wrote it.
        model: The model version that answered.
        key: Its cache key.
        cached: It was there already: no request, no cost.
        attempts: Requests it took; 0 for a cached one.
        usage, dollars: The cost of all attempts; of a cached answer what it cost when it was asked (counted nowhere again).
        notes: What the gateway left out or changed, in sentences.
    """

    value: T
    text: str
    model: str
    key: str
    cached: bool
    attempts: int
    usage: Usage
    dollars: float
    notes: tuple[str, ...] = ()


class Asks(Protocol):
    """Whoever answers questions: the gateway, and nothing else in the product."""

    def ask(self, question: Question, parse: Callable[[Any], T], *, on_text: Callable[[str], None] | None = None) -> Answer[T]:
        """Return the answer to a question, parsed.

        Args:
            question: What to ask.
            parse: Gets the decoded JSON (or the text, without a response schema); its ValueError (pydantic's included) makes the
                answer unusable: it is asked again, and never stored.
            on_text: Called with pieces of the answer as they arrive.

        Raises:
            LlmError: `LLM1xx`; `error.code` says which.
        """
        ...
