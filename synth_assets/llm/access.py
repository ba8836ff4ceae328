"""Whether Gemini is asked at all, and the gateway that asks.

Here: what a process's settings and a dataset's request add up to. Not here: any import of the SDK: it is loaded for the first
request that is sent.
"""

from collections.abc import Sequence

from synth_assets.llm.answer_store import AnswerStore
from synth_assets.llm.attempts import Terms
from synth_assets.llm.calls import Observer
from synth_assets.llm.client import make_client
from synth_assets.llm.door import Door
from synth_assets.llm.failures import no_key
from synth_assets.llm.gateway import Gateway
from synth_assets.llm.ledger import Ledger
from synth_assets.llm.questions import Sampling
from synth_assets.llm.rate_limit import RateLimit
from synth_assets.llm.tracing import observers_of
from synth_assets.plan.request import AiMode, GeminiRequest
from synth_assets.settings import LlmSettings


def open_gateway(
    settings: LlmSettings, mode: AiMode, gemini: GeminiRequest, account: str, observe: Sequence[Observer] = ()
) -> Gateway | None:
    """Return the gateway of a dataset, or None where Gemini is not asked: `off`, and `auto` without a key.

    Args:
        settings: Of this process. A cache that is replayed needs no key.
        mode: What the dataset asks for.
        gemini: Its model and its budget.
        account: Whose budget it is: `<schema>/<dataset>`.
        observe: Told of every question, beside the trace that this is opened in.

    Raises:
        LlmError: `LLM101`, when Gemini is required and there is no key.
    """
    if mode == "off":
        return None
    if not settings.may_ask and settings.cache != "replay":
        if mode == "required":
            raise no_key()
        return None
    folder = settings.folder
    terms = Terms(
        ledger=Ledger(folder / "ledger.sqlite"),
        limit=RateLimit(folder / "rate_limit.sqlite", settings.requests_per_minute),
        budget=gemini.budget,
        timeout_seconds=settings.timeout_seconds,
        max_wait_seconds=settings.max_wait_seconds,
        secrets=(settings.api_key.get_secret_value(),) if settings.api_key else (),
    )
    return Gateway(
        Door(
            client=lambda: make_client(settings),
            store=AnswerStore(folder / "answers.sqlite"),
            cache=settings.cache,
            terms=terms,
            account=account,
            model=gemini.model or settings.model,
            embedding_model=settings.embedding_model,
            observers=(*observe, *observers_of(settings, account)),
        )
    )


def open_ledger(settings: LlmSettings) -> Ledger:
    """Return the ledger of this process's settings, to look into."""
    return Ledger(settings.folder / "ledger.sqlite")


def sampling_of(gemini: GeminiRequest) -> Sampling:
    """Return how freely a dataset, or one of its tables, wants its answers."""
    return Sampling(gemini.temperature, gemini.top_p, gemini.max_output_tokens)
