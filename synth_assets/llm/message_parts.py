"""How the work of a round is cut into questions, and what becomes of a question that fails: halves, or nothing."""

from dataclasses import dataclass, replace
from typing import ClassVar

from synth_assets.llm.message_questions import CHUNK


@dataclass(frozen=True)
class ToWrite:
    """Messages of a category to be written by one question; `place` tells questions apart: round, chunk, halves."""

    category: str
    place: tuple[int, ...]
    count: int
    mended_by_halves: ClassVar[frozenset[str]] = frozenset({"LLM105"})
    given_up: ClassVar[frozenset[str]] = frozenset()

    @property
    def categories(self) -> tuple[str, ...]:
        return (self.category,)

    def halves(self) -> tuple["ToWrite", ...]:
        """Return two questions for half as many messages each; none where it is one."""
        counts = (self.count - self.count // 2, self.count // 2) if self.count > 1 else ()
        return tuple(replace(self, place=(*self.place, half), count=count) for half, count in enumerate(counts))


@dataclass(frozen=True)
class ToJudge:
    """(category, message) pairs to be judged by one question.

    One message that Gemini refuses to read, or cannot answer for, is found by halves and left out: the others shall not suffer.
    """

    messages: tuple[tuple[str, str], ...]
    mended_by_halves: ClassVar[frozenset[str]] = frozenset({"LLM103", "LLM104", "LLM105"})
    given_up: ClassVar[frozenset[str]] = frozenset({"LLM103", "LLM104"})

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(sorted({name for name, _ in self.messages}))

    def halves(self) -> tuple["ToJudge", ...]:
        """Return two questions for half the messages each; none where it is one."""
        middle = (len(self.messages) + 1) // 2
        return (ToJudge(self.messages[:middle]), ToJudge(self.messages[middle:])) if len(self.messages) > 1 else ()


def asked_for(missing: int, number: int) -> int:
    """Return how many messages to ask for: after the first round some more, since what is missing proved hard to write."""
    return missing if number == 1 or not missing else missing + max(2, missing // 4)


def even_chunks(count: int) -> list[int]:
    """Return the sizes of the chunks that a number of messages is asked for in, as even as can be."""
    parts = -(-count // CHUNK)
    return [count // parts + (i < count % parts) for i in range(parts)]
