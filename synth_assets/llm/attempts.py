"""Trying until it works, within bounds: the one place that sends again.

Here: for each attempt its reservation, its turn, the request, its outcome in the ledger; how long to wait between two. Not here:
what is sent (`wire`) and whether the answer is any good (its caller).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from synth_assets.errors import LlmError
from synth_assets.llm.failures import UNUSABLE, PassingError, SettingRefusedError, translate, unpriced
from synth_assets.llm.ledger import Ledger, Order
from synth_assets.llm.prices import cost_of, price_of
from synth_assets.llm.questions import Usage
from synth_assets.llm.rate_limit import LONGEST_WAIT_SECONDS, RateLimit
from synth_assets.plan.request import BudgetRequest

if TYPE_CHECKING:
    from tenacity import RetryCallState

R = TypeVar("R")
V = TypeVar("V")

MOST_ATTEMPTS = 5
_FIRST_WAIT_SECONDS = 0.5
_LEASE_MARGIN_SECONDS = 60.0
_JITTER = 0.1


@dataclass(frozen=True)
class Terms:
    """The bounds under which requests are sent.

    Attributes:
        ledger, limit: Where requests are written down, and what spaces them.
        budget: The most that the account may cost.
        timeout_seconds: Of one request.
        max_wait_seconds: Of all waits between the attempts of one question.
        secrets: What must not stand in any error.
    """

    ledger: Ledger
    limit: RateLimit
    budget: BudgetRequest
    timeout_seconds: float
    max_wait_seconds: float
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def lease_seconds(self) -> float:
        """After this a request cannot be under way any more: its turn and its answer are over."""
        return LONGEST_WAIT_SECONDS + self.timeout_seconds + _LEASE_MARGIN_SECONDS

    def refuse_unpriced(self, model: str, where: str) -> None:
        """A budget in dollars is none for a model without a price. Raises LlmError `LLM109`."""
        if self.budget.dollars is not None and price_of(model) is None:
            raise unpriced(where, model)


@dataclass
class Spending:
    """What the attempts of one question have cost so far."""

    attempts: int = 0
    usage: Usage = field(default_factory=Usage)
    dollars: float = 0.0

    def add(self, usage: Usage, dollars: float) -> None:
        mine = self.usage
        self.usage = Usage(
            mine.input_tokens + usage.input_tokens,
            mine.cached_input_tokens + usage.cached_input_tokens,
            mine.output_tokens + usage.output_tokens,
            mine.thought_tokens + usage.thought_tokens,
        )
        self.dollars += dollars


class Attempts(Generic[R, V]):
    """The attempts of one question.

    Args:
        terms: The bounds.
        order: The request as the ledger is told of it; its attempt is counted here.
        send: Sends attempt number n (from 1) and returns the raw answer; raises what the SDK raises.
        usage_of: Reads the tokens off a raw answer.
        accept: Makes the value of a raw answer, and keeps it; raises LlmError for one that is of no use.
        leave_out: Told which settings the server refused; the next attempt goes without. False where there is nothing to leave out.
    """

    def __init__(
        self,
        terms: Terms,
        order: Order,
        *,
        send: Callable[[int], R],
        usage_of: Callable[[R], Usage],
        accept: Callable[[R, Spending], V],
        leave_out: Callable[[frozenset[str]], bool] = lambda _: False,
    ) -> None:
        self.terms, self.order = terms, order
        self.send, self.usage_of, self.accept, self.leave_out = send, usage_of, accept, leave_out
        self.spending = Spending()

    def run(self) -> V:
        """Return the first accepted value.

        Raises:
            LlmError: That of the last attempt; `LLM102` when the budget ends before.
        """
        from tenacity import Retrying, retry_if_exception

        retrying = Retrying(
            retry=retry_if_exception(self._may_go_on),
            stop=self._has_had_enough,
            wait=self._next_wait,
            reraise=True,
        )
        return retrying(self._attempt)

    def _attempt(self) -> V:
        order = replace(self.order, attempt=self.spending.attempts + 1)
        number = self.terms.ledger.reserve(order, self.terms.budget)
        self.spending.attempts = order.attempt
        try:
            raw = self._send(order)
        except BaseException as error:
            seen = isinstance(error, LlmError) and not (isinstance(error, PassingError) and error.lost)
            usage = Usage() if seen else Usage(input_tokens=order.input_tokens)  # the server may have read what we never saw answered
            self._settle(number, order, self._count(order, usage), error.code if isinstance(error, LlmError) else "stopped")
            raise
        usage, outcome = self._count(order, self.usage_of(raw)), "failed"
        try:
            # The answer is kept before the ledger is told: a process killed in between asks nothing twice.
            value = self.accept(raw, self.spending)
            outcome = "answered"
        except LlmError as error:
            outcome = error.code
            raise
        finally:
            self._settle(number, order, usage, outcome)
        return value

    def _count(self, order: Order, usage: Usage) -> Usage:
        self.spending.add(usage, cost_of(order.model, usage))
        return usage

    def _settle(self, number: int, order: Order, usage: Usage, outcome: str) -> None:
        self.terms.ledger.settle(number, usage, cost_of(order.model, usage), outcome)

    def _send(self, order: Order) -> R:
        where = f"{order.label}: {order.purpose}"
        self.terms.limit.wait(where)
        try:
            return self.send(order.attempt)
        except Exception as error:
            told = translate(error, where, self.terms.secrets)
            if told is None:
                raise
            raise told from None  # the SDK's own exception holds the request, and with it the login

    def _may_go_on(self, error: BaseException) -> bool:
        if isinstance(error, SettingRefusedError):
            return self.leave_out(error.settings)
        return isinstance(error, PassingError)

    def _next_wait(self, state: "RetryCallState") -> float:
        """Return what the server asks for, or else a random time that doubles; nothing for an answer that was merely of no use."""
        from tenacity import wait_random_exponential

        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, PassingError) or error.code == UNUSABLE:
            return 0.0
        random_wait = wait_random_exponential(multiplier=_FIRST_WAIT_SECONDS, max=self.terms.max_wait_seconds)(state)
        return random_wait if error.retry_after is None else error.retry_after + random_wait * _JITTER

    def _has_had_enough(self, state: "RetryCallState") -> bool:
        return state.attempt_number >= MOST_ATTEMPTS or state.idle_for + state.upcoming_sleep > self.terms.max_wait_seconds
