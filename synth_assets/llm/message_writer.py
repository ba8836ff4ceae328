"""Labelled messages by a model: written by category, read blind by a judge, written once more where it disagrees.

A round writes what is missing, leaves out near-duplicates and copies of the examples, and has the rest judged by a reader
who is not told the category. What the judge takes for another category, or is not sure of, is shown to the writer in the
second round; what fails from then on is dropped. The rounds are bounded: what is missing after the last, or after an
error, is the caller's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from synth_assets.errors import Diagnostic, LlmError
from synth_assets.labelled_text import LabelledMessage, LabelledTextRequest, NearDuplicates
from synth_assets.labelled_text.report import Removed, WritingReport
from synth_assets.llm.message_questions import CHUNK, JUDGED, Judgement, Misread, ask_for_judgement, ask_for_messages, mixed_parts
from synth_assets.llm.questions import Answer, Asks
from synth_assets.llm.side_by_side import Asking, ask_side_by_side

ROUNDS = 4

T = TypeVar("T")


@dataclass(frozen=True)
class WrittenByModel:
    """What a model wrote: messages by category, at most as many as asked for; what was left out; how it went."""

    messages: dict[str, tuple[LabelledMessage, ...]]
    removed: dict[str, Removed]
    report: WritingReport


def most_calls(request: LabelledTextRequest) -> int:
    """Return the most questions that a request can lead to, retries apart: every round writes and judges what it has to."""
    writing = sum(-(-_asked_for(c.count, number=2) // CHUNK) for c in request.categories)
    return ROUNDS * (writing + -(-request.total // JUDGED))


def write_messages(
    asks: Asks,
    request: LabelledTextRequest,
    seen: NearDuplicates,
    passages: Mapping[str, Sequence[str]] = MappingProxyType({}),
    *,
    judge: str = "",
    workers: int = 4,
) -> WrittenByModel:
    """Return the messages that a model wrote for each category, judged.

    Args:
        seen: Takes up every message that is kept.
        passages: Pieces of the user's documents, by category.
        judge: The model that judges; empty takes the one that writes.
        workers: Questions asked side by side.

    Raises:
        LlmError: `ai: required`, and a question failed, or messages are missing after the last round (LLM171).
    """
    return _Author(asks, request, seen, passages, judge, workers).write()


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


class _Author:
    def __init__(
        self,
        asks: Asks,
        request: LabelledTextRequest,
        seen: NearDuplicates,
        passages: Mapping[str, Sequence[str]],
        judge: str,
        workers: int,
    ) -> None:
        self._asks, self._request, self._seen, self._passages = asks, request, seen, passages
        self._judge_model, self._workers = judge, workers
        self._threshold = request.gemini.critique_threshold / 10
        self._examples = NearDuplicates()
        for example in (e for c in request.categories for e in c.examples):
            self._examples.add(example)
        self._categories = {c.name: _Category(c.count) for c in request.categories}
        self._answers: list[tuple[str, Answer[Any]]] = []
        self._fallbacks: list[str] = []
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
        places = [
            (name, (number, chunk), count)
            for name, state in self._categories.items()
            if not state.stopped
            for chunk, count in enumerate(_chunks(_asked_for(state.missing, number)))
        ]
        askings = []
        for name, place, count in places:
            state = self._categories[name]
            kept = [m.message for m in state.kept]
            askings.append(ask_for_messages(self._request, name, place, count, self._passages.get(name, ()), state.misread, kept))
        fresh: list[tuple[str, str]] = []
        round_seen = NearDuplicates()
        for at, written in self._ask(askings, [[name] for name, _, _ in places]):
            name = places[at][0]
            state = self._categories[name]
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
        parts = mixed_parts(self._request, fresh)
        askings = [ask_for_judgement(self._request, [text for _, text in part], self._judge_model) for part in parts]
        believed: dict[tuple[str, str], float] = {}
        for at, judgements in self._ask(askings, [[name for name, _ in part] for part in parts]):
            for (name, text), judgement in zip(parts[at], judgements, strict=True):
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

    def _ask(self, askings: Sequence[Asking[T]], of: Sequence[Sequence[str]]) -> list[tuple[int, T]]:
        """Ask side by side; return index and value of what was answered. What failed stops its categories, or the whole dataset.

        Args:
            of: Categories that each question is about.
        """
        answered: list[tuple[int, T]] = []
        for at, outcome in enumerate(ask_side_by_side(self._asks, askings, self._workers)):
            if isinstance(outcome, LlmError):
                self._stop(sorted(set(of[at])), outcome)
            else:
                self._answers.append((askings[at].question.prompt, outcome))
                answered.append((at, outcome.value))
        return answered

    def _stop(self, names: Sequence[str], error: LlmError) -> None:
        if self._request.ai == "required":
            raise error
        told = error.diagnostics[0].message if error.diagnostics else error.message
        for name in names:
            self._categories[name].stopped = True
            self._fallbacks.append(f"{name}: {error.code} {told}")

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
            notes=tuple(dict.fromkeys(note for _, a in self._answers for note in a.notes)),
            confusion={name: dict(sorted(counted.items())) for name, counted in self._confusion.items() if counted},
        )


def _asked_for(missing: int, number: int) -> int:
    """Return how many messages to ask for: after the first round some more, since what is missing proved hard to write."""
    return missing if number == 1 or not missing else missing + max(2, missing // 4)


def _chunks(count: int) -> list[int]:
    """Return the sizes of the chunks that a number of messages is asked for in, as even as can be."""
    parts = -(-count // CHUNK)
    return [count // parts + (i < count % parts) for i in range(parts)]


def _first_of_each(fresh: Iterable[tuple[str, str]], most: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return the messages without those beyond what a category still needs: a judge costs."""
    taken: Counter[str] = Counter()
    kept = []
    for name, text in fresh:
        if taken[name] < most[name]:
            taken[name] += 1
            kept.append((name, text))
    return kept
