"""What models cost and which settings they take, from prices.yaml.

Here: the list and the arithmetic of one answer's price. Not here: budgets (`ledger`) and what a run will ask (`estimate`).
"""

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from time import time

import yaml
from pydantic import BaseModel, ConfigDict, Field

from synth_assets.llm.questions import Usage

_FILE = Path(__file__).with_name("prices.yaml")
_MILLION = 1_000_000


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(_Entry):
    """US dollars per million tokens, from a day on.

    Attributes:
        starts: The first day it holds.
        input, cached_input, output: Of tokens asked, of those the server had seen before, of tokens answered (thoughts included).
    """

    starts: date = Field(alias="from")
    input: float = Field(ge=0)
    cached_input: float = Field(ge=0)
    output: float = Field(ge=0)

    def of(self, usage: Usage) -> float:
        """Return the dollars of one answer."""
        fresh = max(0, usage.input_tokens - usage.cached_input_tokens)
        answered = usage.output_tokens + usage.thought_tokens
        return (fresh * self.input + usage.cached_input_tokens * self.cached_input + answered * self.output) / _MILLION


class ModelFacts(_Entry):
    """What is known of a model.

    Attributes:
        sampling: Whether temperature and top_p do anything.
        thinking: Whether it takes a thinking level.
        prices: Oldest first; none where they are not known.
    """

    sampling: bool = True
    thinking: bool = True
    prices: tuple[Price, ...] = ()

    def price_on(self, day: date) -> Price | None:
        """Return the price that holds on a day (the first one before its own day); None where it is not known."""
        begun = [price for price in self.prices if price.starts <= day] or list(self.prices[:1])
        return max(begun, key=lambda price: price.starts, default=None)


class _PriceList(_Entry):
    models: dict[str, ModelFacts]


@cache
def _load() -> _PriceList:
    return _PriceList.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def facts_of(model: str) -> ModelFacts:
    """Return what is known of a model; of one that is not listed, that it takes everything and has no price."""
    return _load().models.get(model.removeprefix("models/"), ModelFacts())


def price_of(model: str, day: date | None = None) -> Price | None:
    """Return the price of a model on a day (None is today); None where it is not known."""
    return facts_of(model).price_on(day or datetime.fromtimestamp(time(), UTC).date())


def cost_of(model: str, usage: Usage) -> float:
    """Return the dollars of one answer at today's price; 0 for a model without one."""
    price = price_of(model)
    return price.of(usage) if price else 0.0
