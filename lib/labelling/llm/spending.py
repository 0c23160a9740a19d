"""What answers cost, and the guard that keeps their sum within the budget, requests in flight included."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from openai import OpenAIError

from schemas.contracts.llm_settings import LlmLabelerSettings

_MILLION = 1_000_000
_MOST_TOKENS = 1_000_000_000


@dataclass(frozen=True)
class Price:
    """Price of tokens, in planning.currency per token."""

    of_input: float
    of_output: float

    @classmethod
    def online(cls, settings: LlmLabelerSettings) -> Self:
        """Price of a token that is asked for online."""
        return cls(
            settings.price_per_million_input_tokens / _MILLION, settings.price_per_million_output_tokens / _MILLION
        )

    @classmethod
    def batched(cls, settings: LlmLabelerSettings) -> Self:
        """Price of a token that is asked for by a batch file."""
        online, factor = cls.online(settings), settings.batch_price_factor
        return cls(online.of_input * factor, online.of_output * factor)

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Price of one answer."""
        return prompt_tokens * self.of_input + completion_tokens * self.of_output


@dataclass(frozen=True)
class Usage:
    """Tokens that a server reports for one answer."""

    prompt_tokens: int
    completion_tokens: int

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self | None:
        """The usage of a chat completion; None if it does not say, or says nonsense.

        A count that no model can reach is nonsense: no column holds it, and the answers beside it would be lost.
        """
        reported = body.get("usage")
        if not isinstance(reported, Mapping):
            return None
        names = ("prompt_tokens", "completion_tokens")
        counts = [count for count in map(reported.get, names) if type(count) is int and 0 <= count <= _MOST_TOKENS]
        return cls(*counts) if len(counts) == len(names) else None


class BudgetEndedError(OpenAIError):
    """The next request could cost more than is left. The SDK passes its own errors on without a retry."""


@dataclass
class Allowance:
    """What may be spent by the requests of one event loop; never exceeded, not even by those in flight."""

    amount: float
    _committed: float = field(default=0.0, init=False)
    _n_in_flight: int = field(default=0, init=False)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition, init=False, repr=False)

    async def reserve(self, worst_case: float) -> None:
        """Set `worst_case` aside for one request, waiting for others to settle if need be.

        Raises BudgetEndedError if it does not fit and nothing is in flight that could free something.
        """
        async with self._changed:
            while self._committed + worst_case > self.amount:
                if self._n_in_flight == 0:
                    raise BudgetEndedError("the budget does not cover another request")
                await self._changed.wait()
            self._committed += worst_case
            self._n_in_flight += 1

    async def settle(self, worst_case: float, spent: float) -> None:
        """Put `spent` in the place of what was set aside for a request."""
        async with self._changed:
            self._committed += spent - worst_case
            self._n_in_flight -= 1
            self._changed.notify_all()


@dataclass
class UnitAccount:
    """The requests of one unit: how many were sent, what they cost, and what some of them may have cost."""

    allowance: Allowance
    price: Price
    worst_case: float
    n_attempts: int = 0
    usages: list[Usage] = field(default_factory=list)
    unconfirmed_cost: float = 0.0
    is_open: bool = False

    async def begin_attempt(self) -> None:
        """Before a request leaves; raises BudgetEndedError."""
        await self.allowance.reserve(self.worst_case)
        self.n_attempts += 1
        self.is_open = True

    async def end_unpaid(self) -> None:
        """The server did not take the request, or refused it with an error: it bills nothing."""
        await self._end(0.0)

    async def end_paid(self, usage: Usage | None) -> None:
        """There is an answer, or there may have been one: without a usage the worst case counts.

        Does nothing if the attempt has ended already.
        """
        if not self.is_open:
            return
        if usage is None:
            self.unconfirmed_cost += self.worst_case
            await self._end(self.worst_case)
            return
        cost = self.price.of(usage.prompt_tokens, usage.completion_tokens)
        self.usages.append(usage)
        await self._end(cost)

    async def _end(self, spent: float) -> None:
        if self.is_open:
            self.is_open = False
            await self.allowance.settle(self.worst_case, spent)

    @property
    def prompt_tokens(self) -> int | None:
        """Tokens read, of all attempts that reported a usage; None if none did."""
        return sum(usage.prompt_tokens for usage in self.usages) if self.usages else None

    @property
    def completion_tokens(self) -> int | None:
        """Tokens written, of all attempts that reported a usage; None if none did."""
        return sum(usage.completion_tokens for usage in self.usages) if self.usages else None

    @property
    def cost(self) -> float | None:
        """Price of all attempts that reported a usage; None if none did."""
        if not self.usages:
            return None
        return sum(self.price.of(usage.prompt_tokens, usage.completion_tokens) for usage in self.usages)
