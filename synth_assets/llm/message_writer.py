"""Labelled messages by a model: written by category, read blind by a judge, written once more where it disagrees.

A round writes what is missing, leaves out near-duplicates and copies of the examples, and has the rest judged by a reader
who is not told the category. What the judge takes for another category, or is not sure of, is shown to the writer in the
second round; what fails from then on is dropped. The rounds are bounded: what is missing after the last, or after an
error, is the caller's.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from synth_assets.errors import Diagnostic, LlmError
from synth_assets.labelled_text import LabelledMessage, LabelledTextRequest, NearDuplicates
from synth_assets.labelled_text.report import Removed, WritingReport
from synth_assets.llm.circuit_breaker import CircuitBreaker
from synth_assets.llm.failures import NotAskedError
from synth_assets.llm.message_parts import ToJudge, ToWrite, asked_for, even_chunks
from synth_assets.llm.message_questions import CHUNK, JUDGED, Judgement, Misread, Written, ask_for_judgement, ask_for_messages, mixed_parts
from synth_assets.llm.questions import Answer, Asks
from synth_assets.llm.side_by_side import Asking, ask_side_by_side

ROUNDS = 4
_SPARE_CALLS = 20
"""Requests beyond the questions of a request that sets no limit: further attempts, and halves. Small requests need them."""

OnProgress = Callable[[str, int, int], None]
"""Gets what is going on, such as `round 1, judging`, how many of its questions are over, and how many there are."""

T = TypeVar("T")


@dataclass(frozen=True)
class WrittenByModel:
    """What a model wrote: messages by category, at most as many as asked for; what was left out; how it went."""

    messages: dict[str, tuple[LabelledMessage, ...]]
    removed: dict[str, Removed]
    report: WritingReport


def most_calls(request: LabelledTextRequest) -> int:
    """Return the most questions that a request can lead to, further attempts and halves apart: every round writes and judges."""
    writing = sum(-(-asked_for(c.count, number=2) // CHUNK) for c in request.categories)
    return ROUNDS * (writing + -(-request.total // JUDGED))


def bound_of_calls(request: LabelledTextRequest) -> int:
    """Return the most requests that are sent for a request which sets no limit itself: its questions, and some that are asked again."""
    return most_calls(request) + _SPARE_CALLS


def write_messages(
    asks: Asks,
    request: LabelledTextRequest,
    seen: NearDuplicates,
    passages: Mapping[str, Sequence[str]] = MappingProxyType({}),
    *,
    judge: str = "",
    workers: int = 4,
    on_progress: OnProgress | None = None,
) -> WrittenByModel:
    """Return the messages that a model wrote for each category, judged.

    Args:
        seen: Takes up every message that is kept.
        passages: Pieces of the user's documents, by category.
        judge: The model that judges; empty takes the one that writes.
        workers: Questions asked side by side.
        on_progress: Called after every question.

    Raises:
        LlmError: `ai: required`, and a question failed, or messages are missing after the last round (LLM171).
    """
    return _Author(asks, request, seen, passages, judge, workers, on_progress).write()


@dataclass
class _Category:
    """The state of one category while it is written."""

    wanted: int
    kept: list[LabelledMessage] = field(default_factory=list)
    misread: list[Misread] = field(default_factory=list)
    stopped: bool = False
    near_duplicates: int = 0
    unusable: int = 0
    rewritten: int = 0
    refused: int = 0

    @property
    def missing(self) -> int:
        return self.wanted - len(self.kept)

    @property
    def removed(self) -> Removed:
        return Removed(near_duplicates=self.near_duplicates, unusable=self.unusable, rewritten=self.rewritten, refused=self.refused)


P = TypeVar("P", ToWrite, ToJudge)


class _Author:
    def __init__(
        self,
        asks: Asks,
        request: LabelledTextRequest,
        seen: NearDuplicates,
        passages: Mapping[str, Sequence[str]],
        judge: str,
        workers: int,
        on_progress: OnProgress | None,
    ) -> None:
        self._asks, self._request, self._seen, self._passages = CircuitBreaker(asks), request, seen, passages
        self._judge_model, self._workers, self._on_progress = judge, workers, on_progress
        self._threshold = request.gemini.critique_threshold / 10
        self._examples = NearDuplicates()
        for example in (e for c in request.categories for e in c.examples):
            self._examples.add(example)
        self._categories = {c.name: _Category(c.count) for c in request.categories}
        self._answers: list[tuple[str, Answer[Any]]] = []
        self._fallbacks: list[str] = []
        self._notes: list[str] = []
        self._confusion: dict[str, Counter[str]] = {c.name: Counter() for c in request.categories}

    def write(self) -> WrittenByModel:
        for number in range(1, ROUNDS + 1):
            if all(c.stopped or not c.missing for c in self._categories.values()):
                break
            self._judge(self._new_messages(number), number)
        self._say_what_is_missing()
        return WrittenByModel(
            messages={name: tuple(c.kept) for name, c in self._categories.items()},
            removed={name: c.removed for name, c in self._categories.items()},
            report=self._report(),
        )

    def _new_messages(self, number: int) -> list[tuple[str, str]]:
        """Have what is missing written; return (category, message) of everything that is new and usable."""
        parts = [
            ToWrite(name, (number, chunk), count)
            for name, state in self._categories.items()
            if not state.stopped
            for chunk, count in enumerate(even_chunks(asked_for(state.missing, number)))
        ]
        fresh: list[tuple[str, str]] = []
        round_seen = NearDuplicates()
        for part, written in self._ask(parts, self._writing, f"round {number}, writing"):
            name, state = part.category, self._categories[part.category]
            state.unusable += written.unusable
            for text in written.messages:
                if any(index.nearest(text) for index in (self._seen, self._examples)) or not round_seen.add(text):
                    state.near_duplicates += 1
                else:
                    fresh.append((name, text))
        for state in self._categories.values():
            state.misread.clear()
        return _first_of_each(fresh, {name: c.missing for name, c in self._categories.items()})

    def _judge(self, fresh: Sequence[tuple[str, str]], number: int) -> None:
        """Have new messages read blind, categories mixed; keep those that are believed."""
        parts = [ToJudge(part) for part in mixed_parts(self._request, fresh)]
        believed: dict[tuple[str, str], float] = {}
        for part, judgements in self._ask(parts, self._judging, f"round {number}, judging"):
            for (name, text), judgement in zip(part.messages, judgements, strict=True):
                self._confusion[name][judgement.category] += 1
                confidence = judgement.confidence_in(name)
                if judgement.category == name and confidence >= self._threshold:
                    believed[name, text] = confidence
                else:
                    self._refuse(name, text, judgement, number)
        for name, text in fresh:
            if (name, text) in believed and self._seen.add(text):
                self._categories[name].kept.append(LabelledMessage(text, name, believed[name, text], "gemini"))

    def _refuse(self, name: str, text: str, judgement: Judgement, number: int) -> None:
        state = self._categories[name]
        if number == 1:
            state.rewritten += 1
            state.misread.append(Misread(text, judgement.category))
        else:
            state.refused += 1

    def _writing(self, part: "ToWrite") -> Asking[Written]:
        state, passages = self._categories[part.category], self._passages.get(part.category, ())
        kept = [m.message for m in state.kept]
        return ask_for_messages(self._request, part.category, part.place, part.count, passages, state.misread, kept)

    def _judging(self, part: "ToJudge") -> Asking[tuple[Judgement, ...]]:
        return ask_for_judgement(self._request, [text for _, text in part.messages], self._judge_model)

    def _ask(self, parts: Sequence[P], asking_of: Callable[[P], Asking[T]], doing: str = "") -> list[tuple[P, T]]:
        """Ask side by side; return what was answered, in order. What smaller parts may mend is asked in halves.

        What fails for good stops its categories, or the whole dataset. `doing` is what progress is told of.
        """
        askings = [asking_of(part) for part in parts]
        tell = partial(self._tell, doing, len(parts)) if doing else None
        outcomes = ask_side_by_side(self._asks, askings, self._workers, tell)
        answered: list[tuple[P, T]] = []
        for part, asking, outcome in zip(parts, askings, outcomes, strict=True):
            if not isinstance(outcome, LlmError):
                self._answers.append((asking.question.prompt, outcome))
                answered.append((part, outcome.value))
            elif isinstance(outcome, NotAskedError):
                self._stop(part.categories, outcome)
            elif outcome.code in part.mended_by_halves and (halves := part.halves()):
                answered += self._ask(halves, asking_of)
            elif outcome.code in part.given_up:
                self._notes.append(f"{', '.join(part.categories)}: a message could not be judged and is left out: {_told(outcome)}")
                for name in part.categories:
                    self._categories[name].unusable += 1
            else:
                self._stop(part.categories, outcome)
        return answered

    def _tell(self, doing: str, total: int, done: int) -> None:
        if self._on_progress is not None:
            self._on_progress(doing, done, total)

    def _stop(self, names: Sequence[str], error: LlmError) -> None:
        if self._request.ai == "required":
            raise error
        for name in names:
            self._categories[name].stopped = True
            self._fallbacks.append(f"{name}: {_told(error)}")

    def _say_what_is_missing(self) -> None:
        for name, state in self._categories.items():
            if not state.missing or state.stopped:
                continue
            message = (
                f"the model gave {len(state.kept):,} of {state.wanted:,} messages that a judge believes and that are no near-duplicates"
            )
            if self._request.ai == "required":
                hint = "describe the category better, tell it apart from the others, lower its count or `critique_threshold`"
                found = f"{state.near_duplicates:,} near-duplicates, {state.refused:,} refused by the judge, in {ROUNDS} rounds"
                problem = Diagnostic(code="LLM171", where=f"{self._request.name}: {name}", message=message, found=found, hint=hint)
                raise LlmError("too few messages", [problem])
            self._fallbacks.append(f"{name}: LLM171 {message}")

    def _report(self) -> WritingReport:
        fresh = [a for _, a in self._answers if not a.cached]
        return WritingReport(
            ai=self._request.ai,
            models=tuple(sorted({a.model for _, a in self._answers})),
            prompts=tuple(sorted({prompt for prompt, _ in self._answers})),
            calls=len(self._answers),
            cached=len(self._answers) - len(fresh),
            tokens=sum(a.usage.total for a in fresh),
            dollars=round(sum(a.dollars for a in fresh), 6),
            fallbacks=tuple(dict.fromkeys(self._fallbacks)),
            notes=tuple(dict.fromkeys([*self._notes, *(note for _, a in self._answers for note in a.notes)])),
            confusion={name: dict(sorted(counted.items())) for name, counted in self._confusion.items() if counted},
        )


def _told(error: LlmError) -> str:
    return f"{error.code} {error.diagnostics[0].message if error.diagnostics else error.message}"


def _first_of_each(fresh: Iterable[tuple[str, str]], most: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return the messages without those beyond what a category still needs: a judge costs."""
    taken: Counter[str] = Counter()
    kept = []
    for name, text in fresh:
        if taken[name] < most[name]:
            taken[name] += 1
            kept.append((name, text))
    return kept
