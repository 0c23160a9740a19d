"""Reads a model's answer strictly: what is not exactly the answer that was asked for is refused, never guessed."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from pydantic import ValidationError

from schemas.contracts.llm_answer import UnitAnswer
from schemas.errors import InvalidAnswerError

_FENCE = re.compile(r"```(?:json)?[ \t]*\r?\n(.*)\n```", re.DOTALL)


def read_unit_answer(text: str, *, severity_ids: Mapping[str, Sequence[str]]) -> UnitAnswer:
    """The answer in `text`, its verdicts in the order of `severity_ids` (policy to its severity levels).

    Tolerates blanks around the JSON, and one code fence around all of it, which some servers add. Raises
    InvalidAnswerError with a reason that quotes nothing of the answer: it may repeat hostile content.
    """
    try:
        answer = UnitAnswer.model_validate(_read_json(text))
    except ValidationError as error:
        raise InvalidAnswerError(_reason(error)) from None
    _require_one_verdict_per_policy([verdict.policy for verdict in answer.verdicts], severity_ids)
    for verdict in answer.verdicts:
        if verdict.severity is not None and verdict.severity not in severity_ids[verdict.policy]:
            raise InvalidAnswerError(f"policy `{verdict.policy}`: its severity is not one of the policy's levels")
    by_policy = {verdict.policy: verdict for verdict in answer.verdicts}
    return answer.model_copy(update={"verdicts": [by_policy[policy] for policy in severity_ids]})


def _read_json(text: str) -> Any:
    stripped = text.strip()
    fenced = _FENCE.fullmatch(stripped)
    try:
        return json.loads(
            fenced.group(1) if fenced else stripped,
            object_pairs_hook=_distinct_keys,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        # "Extra data" is text behind the JSON.
        fault = "text stands behind the JSON" if error.msg == "Extra data" else "it is not JSON"
        raise InvalidAnswerError(f"{fault}, at character {error.pos}") from None
    except RecursionError:
        raise InvalidAnswerError("its JSON is nested too deeply") from None
    except ValueError:
        raise InvalidAnswerError("it has a number that is too long") from None


def _distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise InvalidAnswerError("a key of its JSON stands twice")
    return dict(pairs)


def _refuse_constant(_: str) -> NoReturn:
    raise InvalidAnswerError("NaN and Infinity are not JSON")


def _require_one_verdict_per_policy(given: Sequence[str], asked: Mapping[str, Any]) -> None:
    if not set(given) <= set(asked):
        raise InvalidAnswerError("it has a verdict on a policy that was not asked for")
    missing = [policy for policy in asked if policy not in given]
    if missing:
        raise InvalidAnswerError(f"no verdict on policy `{missing[0]}`")
    repeated = [policy for policy in asked if given.count(policy) > 1]
    if repeated:
        raise InvalidAnswerError(f"more than one verdict on policy `{repeated[0]}`")


def _reason(error: ValidationError) -> str:
    """The first fault by its place and kind. The name of an unknown key is the answer's own text and is left out."""
    fault = error.errors(include_input=False, include_url=False)[0]
    if fault["type"] == "extra_forbidden":
        place, message = fault["loc"][:-1], "it has a key that was not asked for"
    else:
        place, message = fault["loc"], fault["msg"].removeprefix("Value error, ")
    shown = ".".join(str(part) for part in place)
    return f"field `{shown}`: {message}" if shown else message
