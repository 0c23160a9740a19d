"""Asks a language model about contents, so many at a time, until all have an answer or there is reason to stop."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI

from lib.labelling.llm.client import CURRENT_ACCOUNT, UnreadableResponseError, open_client
from lib.labelling.llm.completion import FILTER_CODES, Outcome, read_completion
from lib.labelling.llm.request_body import request_body
from lib.labelling.llm.spending import Allowance, BudgetEndedError, Price, UnitAccount, Usage
from lib.labelling.prompts.unified_prompt import UnifiedPrompt
from schemas.contracts.llm_settings import LlmLabelerSettings
from schemas.contracts.unit_content import UnitContent
from schemas.llm_answers import FAILED, FILTERED, FINAL_STATUSES, INVALID_ANSWER, TIMED_OUT

KEY_MISSING = "the key is missing"
KEY_UNSENDABLE = "the key has control characters or is not ASCII"
# Asking on is no use: the configuration is wrong.
HOPELESS_STATUSES = (401, 404)
HOPELESS_FAULTS = (KEY_MISSING, KEY_UNSENDABLE, *[f"http {status}" for status in HOPELESS_STATUSES])
BUDGET_ENDED = "the budget ended"
_FAULT_OF_KIND = {
    BudgetEndedError: BUDGET_ENDED,
    UnreadableResponseError: "the response is longer than any answer, or compressed",
    APIConnectionError: "the connection failed",
}


@dataclass(frozen=True)
class Question:
    """One content to ask about."""

    content_hash: str
    content: UnitContent
    injection_signs: Sequence[str] = ()


@dataclass(frozen=True)
class Reply:
    """What asking one question led to, and what it took."""

    question: Question
    outcome: Outcome
    account: UnitAccount
    seconds: float


@dataclass(frozen=True)
class Endpoint:
    """Whom to ask, and how; the key is not part of it: it stays in the environment of whoever asks."""

    prompt: UnifiedPrompt
    settings: LlmLabelerSettings
    url: str

    def ask_all(
        self, questions: Sequence[Question], *, allowance: float, environment: Mapping[str, str]
    ) -> list[Reply]:
        """Ask `questions` with at most n_concurrent requests in flight, for at most `allowance` in planning.currency.

        A question that the budget did not cover, or that came after too many failures in a row, has no reply.
        """
        return asyncio.run(_Round(self, Allowance(allowance)).run(questions, environment)) if questions else []


@dataclass
class _Round:
    """One event loop full of questions."""

    endpoint: Endpoint
    allowance: Allowance
    replies: list[Reply] = field(default_factory=list)
    n_failures_in_a_row: int = 0
    is_over: bool = False

    async def run(self, questions: Sequence[Question], environment: Mapping[str, str]) -> list[Reply]:
        settings = self.endpoint.settings
        key = environment.get(settings.key_variable, "").strip() if settings.key_variable else None
        if fault := _fault_of_key(key):
            nobody = UnitAccount(self.allowance, Price.online(settings), worst_case=0.0)
            return [Reply(questions[0], Outcome(FAILED, fault), nobody, 0.0)]
        # Before anything is paid: a content that no prompt can be made of must not end the round in its middle.
        waiting = iter([(question, self._worst_case(question)) for question in questions])
        async with open_client(settings, url=self.endpoint.url, key=key) as client:
            await asyncio.gather(*[self._work(waiting, client) for _ in range(settings.n_concurrent)])
        return self.replies

    def _worst_case(self, question: Question) -> float:
        tokens = self.endpoint.prompt.estimated_prompt_tokens(question.content)
        return Price.online(self.endpoint.settings).of(tokens, self.endpoint.settings.maximum_output_tokens)

    async def _work(self, waiting: Iterator[tuple[Question, float]], client: AsyncOpenAI) -> None:
        while not self.is_over and (following := next(waiting, None)) is not None:
            reply = await self._reply(*following, client)
            budget_ended = reply.outcome.fault == BUDGET_ENDED
            # What was never sent is still to be asked; what may have been billed must be on record.
            if not budget_ended or reply.account.unconfirmed_cost > 0:
                self.replies.append(reply)
            self._take_note(reply.outcome)
            self.is_over = self.is_over or budget_ended

    def _take_note(self, outcome: Outcome) -> None:
        if outcome.status in FINAL_STATUSES:
            self.n_failures_in_a_row = 0
            return
        self.n_failures_in_a_row += 1
        is_too_much = self.n_failures_in_a_row >= self.endpoint.settings.stop_after_failures
        self.is_over = self.is_over or is_too_much or outcome.fault in HOPELESS_FAULTS

    async def _reply(self, question: Question, worst_case: float, client: AsyncOpenAI) -> Reply:
        account = UnitAccount(self.allowance, Price.online(self.endpoint.settings), worst_case)
        CURRENT_ACCOUNT.set(account)
        started = time.monotonic()
        outcome = await self._outcome(question, client, account)
        return Reply(question, outcome, account, time.monotonic() - started)

    async def _outcome(self, question: Question, client: AsyncOpenAI, account: UnitAccount) -> Outcome:
        """The first answer that is one, or the last invalid one; what cannot be had is failed or timed_out."""
        outcome = Outcome(FAILED, BUDGET_ENDED)
        for n_asked_before in range(self.endpoint.settings.n_reasks + 1):
            try:
                outcome = await self._ask(question, client, account, n_asked_before)
            except Exception as error:  # a round must not end in its middle: what was paid would be lost
                # An invalid answer is an answer: without a better one it stands.
                return outcome if outcome.status == INVALID_ANSWER else _outcome_of(error)
            if outcome.status != INVALID_ANSWER:
                break
        return outcome

    async def _ask(self, question: Question, client: AsyncOpenAI, account: UnitAccount, n_asked_before: int) -> Outcome:
        prompt, settings = self.endpoint.prompt, self.endpoint.settings
        body = request_body(question.content, prompt=prompt, settings=settings, n_asked_before=n_asked_before)
        model, messages = body.pop("model"), body.pop("messages")
        try:
            response = await client.chat.completions.with_raw_response.create(
                model=model, messages=messages, extra_body=body
            )
            parsed = _json(response.content)
            await account.end_paid(Usage.of(parsed) if isinstance(parsed, Mapping) else None)
        finally:
            # Whatever happened to a response that came, somebody may bill it.
            await account.end_paid(None)
        return read_completion(parsed, prompt)


def _fault_of_key(key: str | None) -> str | None:
    """Why no request can carry `key`; null if one can, or the server asks for none."""
    if key is None:
        return None
    if not key:
        return KEY_MISSING
    return None if key.isascii() and key.isprintable() else KEY_UNSENDABLE


def _json(body: bytes) -> Any:
    """The JSON of `body`, in the encoding that its bytes show: a header may name a wrong one, and a mark may lead."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _outcome_of(error: Exception) -> Outcome:
    """The outcome that `error` stands for, by its kind alone: its text may repeat content or the key."""
    if isinstance(error, APITimeoutError):
        return Outcome(TIMED_OUT, "no answer within request_timeout")
    for kind, fault in _FAULT_OF_KIND.items():
        if isinstance(error, kind):
            return Outcome(FAILED, fault)
    if isinstance(error, APIStatusError):
        if error.code in FILTER_CODES:
            return Outcome(FILTERED, f"http {error.status_code}, content filter")
        return Outcome(FAILED, f"http {error.status_code}")
    return Outcome(FAILED, type(error).__name__)
