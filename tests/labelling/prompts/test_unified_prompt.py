"""One prompt for all policies: what it says, what its version stands for, and what it costs at most."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from lib.labelling.prompts import answer_schema, delimiting, unified_prompt
from lib.labelling.prompts.unified_prompt import TOKENS_PER_PICTURE, UnifiedPrompt
from lib.settings import load_policies
from schemas.contracts.llm_answer import PolicyVerdict, UnitAnswer
from schemas.contracts.policy import Policy
from schemas.contracts.unit_content import PinContent, UnitContent
from schemas.labels import COMPONENTS, VERDICTS
from tests.labelling.prompts.shown_units import PROMPT, fields_of, messages, shown_text, text_parts

POLICIES = load_policies()
UNIT = UnitContent(
    query_text="wandern im herbst",
    response_text='Ideas:\n- "Harz" <b>',
    pins=(
        PinContent(title="Wald", image_url="https://images.example/a.jpg"),
        PinContent(title=None, image_url=None),
        PinContent(title="", image_url="http://images.example/c.jpg"),
        PinContent(title="See", image_url="https://images.example/d.jpg"),
    ),
    language="de",
)


def _version(policies: list[Policy] = POLICIES, model: str = "a-model", image_limit: int = 2) -> str:
    return UnifiedPrompt.of(policies, model=model, image_limit=image_limit, redaction_version="r1").prompt_version


def _edited(**fields: object) -> list[Policy]:
    first, *others = POLICIES
    return [Policy.model_validate(first.model_dump() | fields), *others]


def test_the_unit_is_written_field_by_field_and_at_most_image_limit_pictures_follow() -> None:
    user = messages(UNIT)[1]
    assert fields_of(user) == {
        "language": '"de"',
        "query": '"wandern im herbst"',
        "response": r'"Ideas:\n- \"Harz\" \u003cb\u003e"',
        "image 1 title": '"Wald"',
        "image 1 picture": "below",
        "image 2 title": "null",
        "image 2 picture": "not shown",
        "image 3 title": '""',
        "image 3 picture": "below",
        "image 4 title": '"See"',
        "image 4 picture": "not shown",
    }
    assert shown_text(user, "response") == UNIT.response_text
    parts = user["content"]
    assert [part["type"] for part in parts] == ["text", "text", "image_url", "text", "image_url", "text"]
    assert parts[1]["text"].endswith(" picture of image 1:")
    assert parts[2] == {"type": "image_url", "image_url": {"url": "https://images.example/a.jpg"}}
    assert parts[3]["text"].endswith(" picture of image 3:")
    assert parts[-1]["text"].endswith(f" end of unit\n{PROMPT.closing_text}")


def test_without_pictures_the_message_is_one_text() -> None:
    blind = UnifiedPrompt.of(POLICIES, model="a-model", image_limit=0, redaction_version="r1")
    content = blind.messages(UNIT)[1]["content"]
    assert isinstance(content, str)
    assert "images.example" not in content
    assert content.endswith(blind.closing_text)


def test_the_same_unit_always_gives_the_same_messages() -> None:
    again = UnifiedPrompt.of(load_policies(), model="a-model", image_limit=2, redaction_version="r1")
    assert again.messages(UNIT) == messages(UNIT)
    assert pickle.loads(pickle.dumps(PROMPT)).messages(UNIT) == messages(UNIT)  # noqa: S301  (as Spark ships it)


def test_a_unit_of_nothing_has_nothing_but_nulls() -> None:
    assert fields_of(messages(UnitContent())[1]) == {"language": "null", "query": "null", "response": "null"}


def test_long_texts_are_shortened_in_the_middle_and_say_so() -> None:
    user = messages(UnitContent(response_text="a" * 9_000 + "z" * 9_000))[1]
    assert shown_text(user, "response") == "a" * 6_000 + "⟦10000 characters left out⟧" + "z" * 2_000


def test_pins_beyond_the_limit_are_counted() -> None:
    fields = fields_of(messages(UnitContent(pins=(PinContent(title="t"),) * 103))[1])
    assert fields["images left out"] == "3"
    assert "image 100 title" in fields
    assert "image 101 title" not in fields


def test_every_word_of_every_policy_is_in_the_system_message() -> None:
    for policy in POLICIES:
        said = [policy.title, policy.definition, *policy.violates, *policy.does_not_violate, *policy.combination_rules]
        said += [text for level in policy.severity_levels for text in (f"- {level.id}: ", level.meaning)]
        said += [*policy.component_rules.model_dump().values(), *policy.language_notes.values()]
        said += [text for case in policy.edge_cases for text in (f"- {case.sketch} → {case.verdict}", case.why)]
        assert [text for text in said if text not in PROMPT.system_text] == []
    assert "{{" not in PROMPT.system_text
    assert "{%" not in PROMPT.system_text


def test_the_schema_is_strict_and_lists_every_policy() -> None:
    asked = PROMPT.response_format
    assert asked["type"] == "json_schema"
    assert asked["json_schema"]["strict"] is True
    schema = asked["json_schema"]["schema"]
    Draft202012Validator.check_schema(schema)
    verdict = schema["properties"]["verdicts"]["items"]
    for closed in (schema, verdict):
        assert closed["additionalProperties"] is False
        assert closed["required"] == list(closed["properties"])
    assert verdict["properties"]["policy"]["enum"] == list(PROMPT.policy_ids) == [policy.id for policy in POLICIES]
    # The schema, the contract of the answer and the labels table speak of the same things.
    assert list(schema["properties"]) == list(UnitAnswer.model_fields)
    assert list(verdict["properties"]) == list(PolicyVerdict.model_fields)
    assert tuple(verdict["properties"]["verdict"]["enum"]) == VERDICTS
    assert tuple(verdict["properties"]["violating_components"]["items"]["enum"]) == COMPONENTS


def test_the_version_does_not_depend_on_the_order_of_policies() -> None:
    assert _version() == _version(POLICIES[::-1]) == PROMPT.prompt_version
    assert PROMPT.prompt_version.startswith("llm-")
    assert len(PROMPT.prompt_version) == len("llm-") + 16


@pytest.mark.parametrize(
    "other",
    [
        lambda: _version(model="another-model"),
        lambda: _version(image_limit=3),
        lambda: (
            UnifiedPrompt.of(
                POLICIES, model="a-model", image_limit=2, redaction_version="r1", allows_private_image_hosts=True
            ).prompt_version
        ),
        lambda: _version(POLICIES[1:]),
        lambda: _version(_edited(version="2.1")),
        lambda: _version(_edited(title="Another title")),
        lambda: _version(_edited(definition="Another definition.")),
        lambda: _version(_edited(violates=["Something else."])),
        lambda: _version(_edited(does_not_violate=["Something else."])),
        lambda: _version(_edited(severity_levels=[{"id": "one", "meaning": "Something else."}])),
        lambda: _version(_edited(component_rules={"query": "a", "response": "b", "image": "c"})),
        lambda: _version(_edited(combination_rules=["Something else."])),
        lambda: _version(_edited(edge_cases=[{"sketch": "A.", "verdict": "not_violating", "why": "B."}])),
        lambda: _version(_edited(language_notes={"eo": "Something else."})),
    ],
)
def test_the_version_changes_with_whatever_the_model_is_told(other: Callable[[], str]) -> None:
    assert other() != PROMPT.prompt_version


@pytest.mark.parametrize("template", ["system.txt.jinja", "closing.txt.jinja"])
def test_the_version_changes_with_a_template(template: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    for path in (Path(unified_prompt.__file__).parent / "templates").iterdir():
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(unified_prompt, "files", lambda _: tmp_path)
    assert _version() == PROMPT.prompt_version
    with (folder / template).open("a", encoding="utf-8") as file:
        file.write("One word more.\n")
    assert _version() != PROMPT.prompt_version


def test_the_version_changes_with_the_answers_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_schema, "LONGEST_RATIONALE", 200)
    assert _version() != PROMPT.prompt_version


@pytest.mark.parametrize("limit", sorted(delimiting.LIMITS))
def test_the_version_changes_with_a_limit(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(delimiting.LIMITS, limit, delimiting.LIMITS[limit] + 1)
    assert _version() != PROMPT.prompt_version


@pytest.mark.parametrize("replaced", ["visible_text", "shortened", "is_usable_url"])
def test_the_version_changes_with_how_content_is_written(replaced: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {
        "visible_text": lambda text: text,
        "shortened": lambda text, _: text,
        "is_usable_url": lambda *_, **__: True,
    }
    monkeypatch.setattr(delimiting, replaced, other[replaced])
    assert _version() != PROMPT.prompt_version


@pytest.mark.slow
def test_a_fifth_policy_is_a_new_file_and_nothing_else(tmp_path: Path) -> None:
    for policy in POLICIES:
        (tmp_path / f"{policy.id}.yaml").write_text(policy.model_dump_json(), encoding="utf-8")  # JSON is YAML
    assert _version(load_policies(tmp_path)) == PROMPT.prompt_version
    spam = POLICIES[0].model_dump() | {"id": "spam", "title": "Spam", "definition": "Unwanted advertising."}
    (tmp_path / "spam.yaml").write_text(json.dumps(spam), encoding="utf-8")
    prompt = UnifiedPrompt.of(load_policies(tmp_path), model="a-model", image_limit=2, redaction_version="r1")
    assert prompt.policy_ids == (*PROMPT.policy_ids, "spam")
    assert "## spam: Spam" in prompt.system_text
    items = prompt.response_format["json_schema"]["schema"]["properties"]["verdicts"]["items"]
    assert items["properties"]["policy"]["enum"][-1] == "spam"
    assert prompt.prompt_version != PROMPT.prompt_version


def test_the_estimate_of_tokens_counts_text_schema_and_pictures() -> None:
    empty = PROMPT.estimated_prompt_tokens(UnitContent())
    written = [*text_parts(messages(UnitContent())[1]), PROMPT.system_text, json.dumps(PROMPT.response_format)]
    # English has 4 to 5 characters a token; the estimate must be above that and not above every reason.
    assert sum(map(len, written)) / 3 < empty < sum(map(len, written)) / 1.8
    assert PROMPT.estimated_prompt_tokens(UNIT) > empty + 2 * TOKENS_PER_PICTURE
    chinese = PROMPT.estimated_prompt_tokens(UnitContent(query_text="猫" * 500))
    assert chinese - PROMPT.estimated_prompt_tokens(UnitContent(query_text="")) == 1_500  # 3 UTF-8 bytes each


@pytest.mark.parametrize(
    ("policies", "image_limit", "complaint"),
    [
        ([], 1, "policies is empty; a prompt needs at least one."),
        ([*POLICIES, POLICIES[0]], 1, "policies has `adult_content` twice; keep one."),
        (POLICIES, -1, "image_limit is -1; it must be at least 0."),
    ],
)
def test_a_prompt_that_makes_no_sense_is_refused(policies: list[Policy], image_limit: int, complaint: str) -> None:
    with pytest.raises(ValueError, match="^" + complaint.replace(".", r"\.")):
        UnifiedPrompt.of(policies, model="a-model", image_limit=image_limit, redaction_version="r1")
