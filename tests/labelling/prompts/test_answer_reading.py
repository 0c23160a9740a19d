"""What is not exactly the answer that was asked for is refused, and the reason repeats nothing of it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.contracts.llm_answer import UnitAnswer
from schemas.errors import InvalidAnswerError
from tests.labelling.prompts.shown_units import PROMPT

QUOTED = "words-of-the-answer"


def _verdict(policy: str, /, **fields: object) -> dict[str, Any]:
    return {
        "policy": policy,
        "rationale": "Nothing applies.",
        "verdict": "not_violating",
        "violating_components": [],
        "severity": None,
        "confidence": 0.9,
    } | fields


def _answer(**first: object) -> dict[str, Any]:
    head, *others = PROMPT.policy_ids
    return {"tried_to_instruct": False, "verdicts": [_verdict(head, **first), *map(_verdict, others)]}


VIOLATING = {"verdict": "violating", "violating_components": ["query", "image"], "severity": "explicit"}


def _refusal(text: str) -> str:
    with pytest.raises(InvalidAnswerError) as refused:
        PROMPT.read_answer(text)
    assert QUOTED not in str(refused.value)
    assert refused.value.__cause__ is None
    return str(refused.value)


def test_an_answer_is_read() -> None:
    answer = PROMPT.read_answer(json.dumps(_answer(**VIOLATING)))
    assert not answer.tried_to_instruct
    first, *others = answer.verdicts
    assert (first.policy, first.verdict, first.severity) == ("adult_content", "violating", "explicit")
    assert first.violating_components == ["query", "image"]
    assert [verdict.verdict for verdict in others] == ["not_violating"] * 3


def test_verdicts_come_back_in_the_order_of_the_policies() -> None:
    answer = _answer()
    answer["verdicts"].reverse()
    assert tuple(verdict.policy for verdict in PROMPT.read_answer(json.dumps(answer)).verdicts) == PROMPT.policy_ids


@pytest.mark.parametrize("form", ["{}", " \n{}\t\n", "```json\n{}\n```", "```\n{}\n```\n", "\n```json\r\n{}\n```"])
def test_blanks_and_one_fence_are_tolerated(form: str) -> None:
    text = form.format(json.dumps(_answer(), indent=2)) if "{}" in form else form
    assert len(PROMPT.read_answer(text).verdicts) == 4


@pytest.mark.parametrize(
    ("first", "is_sound"),
    [
        ({"verdict": "cannot_tell"}, True),
        ({"confidence": 0}, True),
        ({"confidence": 1}, True),
        ({**VIOLATING, "severity": None}, True),
        ({"rationale": ""}, True),
        ({"rationale": "x" * 300}, True),
        ({"rationale": "x" * 301}, False),
        ({"rationale": None}, False),
        ({"rationale": f"{QUOTED}\ud800"}, False),
        ({"verdict": "safe"}, False),
        ({"verdict": QUOTED}, False),
        ({"verdict": "Violating"}, False),
        ({"verdict": "violating"}, False),
        ({"violating_components": ["query"]}, False),
        ({"verdict": "cannot_tell", "violating_components": ["query"]}, False),
        ({**VIOLATING, "violating_components": ["pin"]}, False),
        ({**VIOLATING, "violating_components": ["query", "query"]}, False),
        ({**VIOLATING, "violating_components": "query"}, False),
        ({**VIOLATING, "severity": "instructing"}, False),  # a level of another policy
        ({**VIOLATING, "severity": QUOTED}, False),
        ({"severity": "explicit"}, False),
        ({"confidence": 1.01}, False),
        ({"confidence": -0.1}, False),
        ({"confidence": "0.9"}, False),
        ({"confidence": True}, False),
        ({"confidence": None}, False),
        ({"policy": QUOTED}, False),
        ({QUOTED: 1}, False),
    ],
)
def test_every_field_is_checked(first: dict[str, object], is_sound: bool) -> None:
    text = json.dumps(_answer(**first))
    if is_sound:
        assert len(PROMPT.read_answer(text).verdicts) == 4
    else:
        assert _refusal(text)


@pytest.mark.parametrize("name", [*UnitAnswer.model_fields, *_verdict("x")])
def test_no_field_may_be_missing(name: str) -> None:
    answer = _answer()
    (answer if name in answer else answer["verdicts"][0]).pop(name)
    assert "Field required" in _refusal(json.dumps(answer)) or name == "policy"


GOOD = json.dumps(_answer())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "it is not JSON, at character 0"),
        (f"I cannot judge {QUOTED}.", "it is not JSON, at character 0"),
        (GOOD + f" {QUOTED}", f"text stands behind the JSON, at character {len(GOOD) + 1}"),
        (GOOD + GOOD, f"text stands behind the JSON, at character {len(GOOD)}"),
        (f"{QUOTED} {GOOD}", "it is not JSON, at character 0"),
        (GOOD[:-1], f"it is not JSON, at character {len(GOOD) - 1}"),
        (f"```json\n{GOOD}\n``` {QUOTED}", "it is not JSON, at character 0"),
        (f"```json\n```json\n{GOOD}\n```\n```", "it is not JSON, at character 0"),
        (f"```python\n{GOOD}\n```", "it is not JSON, at character 0"),
        (GOOD.replace("0.9", "NaN", 1), "NaN and Infinity are not JSON"),
        (GOOD.replace("0.9", "Infinity", 1), "NaN and Infinity are not JSON"),
        (GOOD.replace("0.9", "1e999", 1), "field `verdicts.0.confidence`: Input should be a finite number"),
        (GOOD.replace("0.9", "9" * 5_000, 1), "it has a number that is too long"),
        ("[" * 100_000, "its JSON is nested too deeply"),
        (GOOD.replace('"policy"', f'"{QUOTED}": 1, "{QUOTED}": 2, "policy"', 1), "a key of its JSON stands twice"),
        (GOOD.replace('{"tried', '{"tried_to_instruct": true, "tried', 1), "a key of its JSON stands twice"),
        (f"[{GOOD}]", "Input should be a valid dictionary or instance of UnitAnswer"),
        ("null", "Input should be a valid dictionary or instance of UnitAnswer"),
        (json.dumps(_answer() | {QUOTED: 1}), "it has a key that was not asked for"),
        (json.dumps(_answer() | {"verdicts": {}}), "field `verdicts`: Input should be a valid list"),
        (
            json.dumps(_answer() | {"tried_to_instruct": "no"}),
            "field `tried_to_instruct`: Input should be a valid boolean",
        ),
        (json.dumps(_answer() | {"verdicts": []}), "no verdict on policy `adult_content`"),
        (json.dumps(_answer(policy="harassment")), "no verdict on policy `adult_content`"),
        (json.dumps(_answer(policy="spam")), "it has a verdict on a policy that was not asked for"),
        (
            json.dumps(_answer() | {"verdicts": [*_answer()["verdicts"], _verdict("self_harm")]}),
            "more than one verdict on policy `self_harm`",
        ),
    ],
)  # fmt: skip
def test_what_is_not_the_answer_is_refused_by_name(text: str, complaint: str) -> None:
    assert _refusal(text) == complaint


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9) | st.sampled_from([*PROMPT.policy_ids, "violating"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*_verdict("x"), "verdicts"]), inner),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(text=st.text() | JSON.map(json.dumps))
@pytest.mark.slow
def test_any_text_is_an_answer_or_a_refusal(text: str) -> None:
    _refusal(text)


@settings(max_examples=100, deadline=None)
@given(edit=st.dictionaries(st.sampled_from([*_verdict("x"), "extra"]), JSON, max_size=2))
@pytest.mark.slow
def test_what_is_read_fits_the_schema_that_was_asked_for(edit: dict[str, Any]) -> None:
    text = json.dumps(_answer(**edit))
    try:
        answer = PROMPT.read_answer(text)
    except InvalidAnswerError:
        return
    schema = PROMPT.response_format["json_schema"]["schema"]
    Draft202012Validator(schema).validate(answer.model_dump(mode="json"))
