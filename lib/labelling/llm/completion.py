"""Reads one chat completion: an answer, a refusal, or nothing that counts; never a verdict that was not given."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lib.labelling.llm.spending import Usage
from lib.labelling.prompts.unified_prompt import UnifiedPrompt
from schemas.contracts.llm_answer import UnitAnswer
from schemas.errors import InvalidAnswerError
from schemas.llm_answers import ANSWERED, FAILED, FILTERED, INVALID_ANSWER, REFUSED

FILTER_CODES = ("content_filter", "content_policy_violation", "responsible_ai_policy_violation")
LONGEST_STORED_ANSWER = 20_000
"""Characters."""
_LONGEST_FAULT = 200


@dataclass(frozen=True)
class Outcome:
    """What one question led to: a status of llm_answers, and what belongs to it."""

    status: str
    fault: str | None = None
    text: str | None = None
    answer: UnitAnswer | None = None
    response_id: str | None = None


def read_completion(body: Any, prompt: UnifiedPrompt) -> Outcome:
    """The outcome that stands in the JSON `body` of a chat completion.

    What is no completion is `failed`, and asked again; if it reports a usage it is billed, and another would be as
    well: `invalid_answer`. Of several choices the one with index 0 counts. A truncated
    answer, and one that is not exactly what was asked for, is `invalid_answer`; the model's
    refusal and the server's filter are their own. `fault` quotes no content.
    """
    choice = _first_choice(body)
    if choice is None:
        is_billed = isinstance(body, Mapping) and Usage.of(body) is not None
        return Outcome(INVALID_ANSWER if is_billed else FAILED, "the response is no chat completion")
    message, reason = choice["message"], choice.get("finish_reason")
    text, refusal = _text(message.get("content")), _text(message.get("refusal"))
    if reason == "content_filter":
        outcome = Outcome(FILTERED, "finish_reason content_filter", text)
    elif refusal:
        outcome = Outcome(REFUSED, "the model refused", refusal)
    elif reason == "length":
        outcome = Outcome(INVALID_ANSWER, "cut off at maximum_output_tokens", text)
    else:
        outcome = _read_text(text, prompt)
    return replace(outcome, response_id=_text(body.get("id")))


def _read_text(text: str | None, prompt: UnifiedPrompt) -> Outcome:
    if not text:
        return Outcome(INVALID_ANSWER, "the answer is empty")
    try:
        return Outcome(ANSWERED, None, text, prompt.read_answer(text))
    except InvalidAnswerError as error:
        return Outcome(INVALID_ANSWER, str(error)[:_LONGEST_FAULT], text)


def _first_choice(body: Any) -> Mapping[str, Any] | None:
    choices = body.get("choices") if isinstance(body, Mapping) else None
    if not isinstance(choices, list) or not choices:
        return None
    numbered = [choice for choice in choices if isinstance(choice, Mapping) and choice.get("index") == 0]
    first = (numbered or choices)[0]
    if not isinstance(first, Mapping) or not isinstance(first.get("message"), Mapping):
        return None
    return first


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def stored_text(text: str | None) -> str | None:
    """`text` as it is kept: shortened, and without the halves of characters that no table can hold."""
    if text is None:
        return None
    return text[:LONGEST_STORED_ANSWER].encode("utf-8", "replace").decode("utf-8")
