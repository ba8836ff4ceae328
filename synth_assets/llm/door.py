"""What a gateway works with, in one place: whom it asks, what it keeps, under which bounds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synth_assets.llm.answer_store import AnswerStore
from synth_assets.llm.attempts import Terms
from synth_assets.llm.calls import CallRecord, Observer
from synth_assets.settings import CacheMode

if TYPE_CHECKING:
    from google.genai import Client


@dataclass(frozen=True)
class Door:
    """What a gateway works with.

    Attributes:
        client: Gives the SDK's client; called for the first request and not before, so that a cached answer loads no SDK.
        store: Accepted answers.
        cache: How the store is used; see `LlmSettings`.
        terms: The bounds of sending.
        account: The dataset whose budget it is: `<schema>/<dataset>`.
        model: What is asked where a question names none.
        embedding_model: What makes vectors of texts.
        observers: Told of every question.
    """

    client: "Callable[[], Client]"
    store: AnswerStore
    cache: CacheMode
    terms: Terms
    account: str
    model: str
    embedding_model: str
    observers: Sequence[Observer] = ()

    @property
    def reads_answers(self) -> bool:
        return self.cache in {"readwrite", "replay"}

    @property
    def keeps_answers(self) -> bool:
        return self.cache in {"readwrite", "refresh"}

    def tell(self, record: CallRecord) -> None:
        """Tell everybody who looks on."""
        for observer in self.observers:
            observer(record)
