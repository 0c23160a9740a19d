"""The written policies: complete, decided at the border, and refused by file and line where they are not."""

import json
import re
from pathlib import Path

import pytest
import yaml

from lib.settings import load_policies
from schemas.contracts.policy import Policy
from schemas.errors import ConfigurationError
from schemas.labels import COMPONENTS
from scripts.log_generation.policies import POLICIES as GENERATED_POLICIES

SHIPPED = load_policies()
SOUND = """\
id: spam
version: "1.0"
title: Spam
definition: Unwanted advertising.
violates:
  - Chain letters.
does_not_violate:
  - Advertising that was asked for.
severity_levels:
  - id: nuisance
    meaning: It annoys.
component_rules:
  query: Never.
  response: If it advertises.
  image: If it advertises.
combination_rules:
  - A harmless picture under an advertising text.
edge_cases:
  - sketch: A shop's own newsletter.
    verdict: not_violating
    why: It was asked for.
  - sketch: A letter that must be sent on to ten friends.
    verdict: violating
    violating_components: [response]
    why: A chain letter.
"""


def _write(folder: Path, text: str, name: str = "spam.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _refusal(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_policies(folder)
    return str(refused.value)


@pytest.mark.parametrize("policy", SHIPPED, ids=lambda policy: policy.id)
def test_a_shipped_policy_is_complete(policy: Policy) -> None:
    assert 5 <= len(policy.violates) <= 9
    assert 5 <= len(policy.does_not_violate) <= 9
    assert 3 <= len(policy.severity_levels) <= 4
    assert len(policy.combination_rules) >= 3
    assert len(policy.edge_cases) >= 8
    violating = [case for case in policy.edge_cases if case.verdict == "violating"]
    assert 0.3 <= len(violating) / len(policy.edge_cases) <= 0.7  # a border has two sides
    named = {component for case in violating for component in case.violating_components}
    assert named == set(COMPONENTS)
    # `combination` is for what no part carries alone.
    assert all(len(case.violating_components) == 1 for case in violating if "combination" in case.violating_components)


def test_every_sentence_of_a_shipped_policy_is_one() -> None:
    for policy in SHIPPED:
        said = [policy.definition, *policy.violates, *policy.does_not_violate, *policy.combination_rules]
        said += [case.why for case in policy.edge_cases] + [case.sketch for case in policy.edge_cases]
        assert [text for text in said if not re.search(r"[.?!][\"']?$", text)] == []
        assert all(text == text.strip() and "\n" not in text for text in said)


def test_the_generator_and_the_policies_speak_of_the_same_things() -> None:
    assert {profile.name for profile in GENERATED_POLICIES} == {policy.id for policy in SHIPPED}


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    _write(tmp_path, SOUND)
    (policy,) = load_policies(tmp_path)
    assert policy.id == "spam"
    assert policy.severity_ids == ("nuisance",)
    assert policy.edge_cases[1].violating_components == ("response",)
    assert policy.language_notes == {}


def test_the_content_hash_is_of_what_is_said_and_not_of_how_it_is_laid_out(tmp_path: Path) -> None:
    _write(tmp_path, SOUND)
    (policy,) = load_policies(tmp_path)
    _write(tmp_path, "# a comment\n" + json.dumps(yaml.safe_load(SOUND), indent=1))
    assert load_policies(tmp_path)[0].content_hash == policy.content_hash
    _write(tmp_path, SOUND.replace("Never.", "Never!"))
    assert load_policies(tmp_path)[0].content_hash != policy.content_hash


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "    verdict: not_violating\n",
            "    verdict: fine\n",
            "line 20: field `edge_cases.0.verdict` is `fine`: Input should be 'violating' or 'not_violating'; mend it "
            "there",
        ),
        (
            "    why: A chain letter.\n",
            "",
            "line 22: field `edge_cases.1.why`: Field required; mend it there",
        ),
        (
            "components: [response]",
            "components: [response, pin]",
            "line 24: field `edge_cases.1.violating_components.1` is `pin`: Input should be 'query', 'response', "
            "'image' or 'combination'; mend it there",
        ),
        ("title: Spam\n", "titel: Spam\n", "spam.yaml: field `title`: Field required; mend it there"),
        (
            "title: Spam\n",
            "titel: Spam\ntitle: Spam\n",
            "line 3: field `titel`: there is no such setting; mend its name or take it out",
        ),
        (
            "  - Chain letters.\n",
            "  - Chain letters.\n  - ''\n",
            "line 7: field `violates.1` is ``: String should have at least 1 character; mend it there",
        ),
        ('version: "1.0"', "version: 1.0", "line 2: field `version` is `1.0`: Input should be a valid string"),
        ("id: nuisance", "id: Nuisance!", "line 10: field `severity_levels.0.id` is `Nuisance!`: String should match"),
        (
            "id: nuisance\n    meaning: It annoys.\n",
            "id: nuisance\n    meaning: It annoys.\n  - id: nuisance\n    meaning: Again.\n",
            "`severity_levels` has `nuisance` twice; keep one; mend it there",
        ),
        (
            "    violating_components: [response]\n",
            "",
            "a violating edge case names its violating_components, and only a violating one does; mend it there",
        ),
        (
            "    verdict: not_violating\n",
            "    verdict: not_violating\n    violating_components: [query]\n",
            "a violating edge case names its violating_components, and only a violating one does; mend it there",
        ),
        (
            "components: [response]",
            "components: [response, response]",
            "`violating_components` has `response` twice; keep one; mend it there",
        ),
        ("definition:", "version:", "line 4: field `version` stands on line 2 already; keep one."),
        (
            "    why: It was asked for.\n",
            "    why: It was asked for.\n    why: Again.\n",
            "line 22: field `edge_cases.0.why` stands on line 21 already; keep one.",
        ),
        ("Never.", "[a", "line 14, column 11: broken YAML, "),
        ("Never.", "&a [*a]", "line 13: a value contains itself; write it out."),
        ("Never.", "2026-13-45", "broken YAML, month must be in 1..12; quote the value if it is a text."),
        ("id: spam", "id: scam", "line 1: field `id` is `scam`; it must be the file's name, `spam`."),
    ],
)
def test_a_fault_is_named_by_file_and_line(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in SOUND
    path = _write(tmp_path, SOUND.replace(old, new, 1))
    sentence = _refusal(tmp_path)
    assert sentence.startswith(str(path))
    assert complaint in sentence


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    _write(tmp_path, SOUND.replace("verdict: violating", "verdict: maybe").replace("title: Spam", "title: ''"))
    sentence = _refusal(tmp_path)
    assert "spam.yaml line 3: field `title`" in sentence
    assert "spam.yaml line 23: field `edge_cases.1.verdict` is `maybe`" in sentence


def test_a_line_is_also_known_behind_a_yaml_anchor(tmp_path: Path) -> None:
    anchored = SOUND.replace("  response: If it", "  response: &rule If it").replace(
        "image: If it advertises.", "image: *rule"
    )
    _write(tmp_path, anchored)
    assert load_policies(tmp_path)[0].component_rules.image == "If it advertises."


def test_a_policy_without_content_lacks_everything(tmp_path: Path) -> None:
    _write(tmp_path, "# to be written\n")
    assert _refusal(tmp_path).count("Field required") == 10


def test_a_folder_that_would_silently_lack_a_policy_is_refused(tmp_path: Path) -> None:
    assert _refusal(tmp_path / "absent") == (
        f"{tmp_path / 'absent'}: there is no such folder; name the folder with the written policies."
    )
    assert _refusal(tmp_path) == f"{tmp_path} holds no policy (*.yaml); write one to measure."
    _write(tmp_path, SOUND, name="spam.yml")
    assert _refusal(tmp_path) == f"{tmp_path}/spam.yml: a policy's file ends in .yaml; rename it."


def test_policies_come_in_the_order_of_their_ids(tmp_path: Path) -> None:
    for name in ("b", "a_2", "a"):
        _write(tmp_path, SOUND.replace("id: spam", f"id: {name}"), name=f"{name}.yaml")
    assert [policy.id for policy in load_policies(tmp_path)] == ["a", "a_2", "b"]
