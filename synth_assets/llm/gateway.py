"""The one door to Gemini: cache, budget, rate limit, attempts, classification, and an answer that its reader has accepted.

Here: the order of those steps. Not here: each of them (`answer_store`, `ledger`, `rate_limit`, `attempts`, `answers`), what is asked
(prompts) and what becomes of the answer (whoever asked). Safe over threads.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import time
from typing import Any, Generic, TypeVar

from synth_assets.errors import LlmError
from synth_assets.llm.answer_store import StoredAnswer, key_of
from synth_assets.llm.answers import RawAnswer, extract_json, usable_text
from synth_assets.llm.attempts import Attempts, Spending
from synth_assets.llm.calls import CallRecord
from synth_assets.llm.door import Door
from synth_assets.llm.embedding import embed_texts
from synth_assets.llm.failures import not_in_cache, unusable
from synth_assets.llm.ledger import Order
from synth_assets.llm.prices import price_of
from synth_assets.llm.questions import Answer, BytesPart, Question, Usage
from synth_assets.llm.wire import Outgoing, most_input_tokens, most_output_tokens, prepare, send

T = TypeVar("T")
_MOST_PARSE_WORDS = 300


class Gateway:
    """Answers questions; see `questions.Asks`."""

    def __init__(self, door: Door) -> None:
        self.door = door

    @property
    def asks_anew(self) -> bool:
        """Whether kept answers are asked for again and replaced, and with them whatever was made of them."""
        return self.door.cache == "refresh"

    def ask(self, question: Question, parse: Callable[[Any], T], *, on_text: Callable[[str], None] | None = None) -> Answer[T]:
        """Return the answer to a question, parsed: from the cache, or from Gemini.

        Args:
            question: What to ask; its model may be left empty.
            parse: Gets the decoded JSON (the text, without a response schema). Its ValueError makes the answer unusable: it is asked
                again with another seed, and never kept. May be called from the cache, and several times.
            on_text: Called with pieces of the answer as they arrive; those of a further attempt follow those of the one before.

        Raises:
            LlmError: `LLM102`-`LLM109`; of those, TruncatedError (`LLM105`) holds the text so far.
            StorageError: When answers or the ledger cannot be kept.
        """
        asked = replace(question, model=question.model or self.door.model)
        return _Asking(self.door, asked, parse, on_text).run()

    def allowing(self, calls: int) -> "Gateway":
        """Return the gateway with a budget of so many requests from now on, beside what its budget says of tokens and dollars.

        Raises:
            StorageError: When the ledger cannot be read.
        """
        terms = self.door.terms
        limit = terms.ledger.totals(self.door.account).calls + calls
        budget = terms.budget.model_copy(update={"calls": limit})
        return Gateway(replace(self.door, terms=replace(terms, budget=budget)))

    def embed(self, texts: Sequence[str], *, label: str = "_knowledge") -> list[list[float]]:
        """Return one unit vector a text, in order; each text is asked once, and the budget counts it like any other request.

        Raises:
            LlmError, StorageError: As `ask`.
        """
        return embed_texts(self.door, texts, label)


class _Asking(Generic[T]):
    """One question on its way through the door."""

    def __init__(self, door: Door, question: Question, parse: Callable[[Any], T], on_text: Callable[[str], None] | None) -> None:
        self.door, self.question, self.parse, self.on_text = door, question, parse, on_text
        self.key = key_of(question)
        self.where = f"{question.label}: {question.purpose}"
        self.spending = Spending()
        self.replaces = door.cache == "refresh"

    def run(self) -> Answer[T]:
        started = time()
        try:
            answer = self._recall() or self._ask()
        except LlmError as error:
            self._tell(started, error.code, None)
            raise
        self._tell(started, "", answer)
        return answer

    def _recall(self) -> Answer[T] | None:
        """Return the kept answer; None where there is none, or none that its reader accepts."""
        if not self.door.reads_answers:
            return None
        kept = self.door.store.get(self.key)
        if kept is None:
            if self.door.cache == "replay":
                raise not_in_cache(self.where, self.key)
            return None
        try:
            value = self._read(kept.text)
        except LlmError:
            if self.door.cache == "replay":
                raise
            self.replaces = True  # its reader has changed since: ask again, and keep the new answer
            return None
        if self.on_text is not None:
            self.on_text(kept.text)
        return Answer(value, kept.text, kept.model, self.key, True, 0, kept.usage, kept.dollars, kept.notes)

    def _ask(self) -> Answer[T]:
        self.door.terms.refuse_unpriced(self.question.model, self.where)
        outgoing = prepare(self.question)

        def send_attempt(attempt: int) -> RawAnswer:
            # A repeated question has a repeated answer; the seed is what makes it another. The cache key keeps the first.
            return send(self.door.client(), outgoing, self.question.seed + attempt - 1, self.on_text)

        def leave_out(settings: frozenset[str]) -> bool:
            nonlocal outgoing
            if not settings & outgoing.settings:
                return False
            outgoing = outgoing.without(settings)
            return True

        attempts = Attempts(
            self.door.terms,
            self._order(),
            send=send_attempt,
            usage_of=lambda raw: raw.usage,
            accept=lambda raw, spending: self._accept(raw, spending, outgoing),
            leave_out=leave_out,
        )
        self.spending = attempts.spending
        return attempts.run()

    def _order(self) -> Order:
        question, price = self.question, price_of(self.question.model)
        asked, answered = most_input_tokens(question), most_output_tokens(question)
        return Order(
            account=self.door.account,
            label=question.label,
            purpose=question.purpose,
            prompt=question.prompt,
            model=question.model,
            key=self.key,
            attempt=1,
            input_tokens=asked,
            tokens=asked + answered,
            dollars=price.of(Usage(input_tokens=asked, output_tokens=answered)) if price else 0.0,
            lease_seconds=self.door.terms.lease_seconds,
        )

    def _accept(self, raw: RawAnswer, spending: Spending, outgoing: Outgoing) -> Answer[T]:
        text = usable_text(raw, self.where)
        value = self._read(text)
        made = StoredAnswer(text, raw.model or self.question.model, spending.usage, spending.dollars, spending.attempts, outgoing.notes)
        kept = made
        if self.door.keeps_answers:
            kept = self.door.store.put(self.key, made, purpose=self.question.purpose, prompt=self.question.prompt, replace=self.replaces)
        if kept.text != text:  # another process was faster: all go on with its answer
            value = self._read(kept.text)
        return Answer(value, kept.text, kept.model, self.key, False, spending.attempts, spending.usage, spending.dollars, kept.notes)

    def _read(self, text: str) -> T:
        try:
            return self.parse(text if self.question.response_schema is None else extract_json(text))
        except ValueError as error:
            raise unusable(self.where, " ".join(str(error).split())[:_MOST_PARSE_WORDS]) from None

    def _tell(self, started: float, error_code: str, answer: Answer[T] | None) -> None:
        question, cached = self.question, answer is not None and answer.cached
        self.door.tell(
            CallRecord(
                purpose=question.purpose,
                prompt=question.prompt,
                label=question.label,
                model=answer.model if answer else question.model,
                key=self.key,
                cached=cached,
                attempts=self.spending.attempts,
                usage=self.spending.usage,
                dollars=self.spending.dollars,
                started_at=started,
                ended_at=time(),
                error_code=error_code,
                system=question.system,
                parts=tuple(f"<{p.mime_type}, {len(p.data):,} bytes>" if isinstance(p, BytesPart) else p for p in question.parts),
                output=answer.text if answer else "",
                notes=answer.notes if answer else (),
                settings=_settings_of(question),
            )
        )


def _settings_of(question: Question) -> dict[str, str | int | float]:
    sampling = question.sampling
    asked = {
        "seed": question.seed,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_output_tokens": most_output_tokens(question),
        "thinking": question.thinking or None,
    }
    return {name: value for name, value in asked.items() if value is not None}
