"""What the probe set holds: every tactic, truth by construction, one version per content."""

import re
import unicodedata
from pathlib import Path

import pytest
import yaml

from lib.labelling.probes.lexicons import load_lexicons
from lib.labelling.probes.probe_case import PLACES, ProbeCase
from lib.labelling.probes.probe_set import probe_set
from lib.labelling.probes.spelling import homoglyphs, leet, spacing, zero_width
from lib.settings import load_policies
from schemas.contracts.policy import Policy
from schemas.contracts.probe import ProbeLexicon
from schemas.errors import ConfigurationError

POLICIES = load_policies()
LEXICONS = load_lexicons(POLICIES)
PROBES = probe_set(POLICIES, LEXICONS)
TACTICS = {
    "plain", "leet", "spacing", "homoglyphs", "zero_width", "code_words", "look_alikes", "other_languages",
    "transliteration", "combination", "injection", "edge_case",
}  # fmt: skip


def texts_of(case: ProbeCase) -> list[str]:
    content = case.content
    return [text for text in (content.query_text, content.response_text, *(pin.title for pin in content.pins)) if text]


def test_every_policy_has_every_tactic_and_a_harmless_context() -> None:
    assert set(LEXICONS) == {policy.id for policy in POLICIES}
    for policy in POLICIES:
        tactics = {case.tactic for case in PROBES.cases if case.policy == policy.id}
        assert tactics >= TACTICS
        assert {tactic for tactic in tactics if tactic.startswith("context_")}
    assert {"context_recovery", "context_news"} <= {c.tactic for c in PROBES.cases if c.policy == "self_harm"}
    languages = {case.content.language for case in PROBES.cases if case.tactic == "other_languages"}
    assert languages == {"es", "fr", "de", "pt", "hi", "ar", "ja"}


def test_truth_goes_with_the_tactic() -> None:
    for case in PROBES.cases:
        assert bool(case.components) == case.is_violating
        if case.tactic in ("plain", "code_words"):
            assert case.is_violating
        if case.tactic == "look_alikes" or case.tactic.startswith("context_"):
            assert not case.is_violating
        if case.tactic == "combination":
            assert case.components == (("combination",) if case.is_violating else ())


def test_harmless_parts_of_a_combination_are_probed_alone() -> None:
    for lexicon in LEXICONS.values():
        cases = [case for case in PROBES.cases if (case.policy, case.tactic) == (lexicon.policy, "combination")]
        assert sum(case.is_violating for case in cases) == len(lexicon.combinations)
        assert sum(not case.is_violating for case in cases) == 3 * len(lexicon.combinations)
        for case in cases:
            carried = [text for text in texts_of(case) if any(text in vars(c).values() for c in lexicon.combinations)]
            assert case.is_violating or len(carried) <= 1


def test_harm_stands_in_every_part_of_a_unit() -> None:
    plain = [case for case in PROBES.cases if case.tactic == "plain"]
    assert {case.components[0] for case in plain} == set(PLACES)


def test_spellings() -> None:
    assert leet("a test site") == "4 7357 5173"
    assert spacing("to go") == "t o   g o"
    assert zero_width("pills") == "pi\u200bll\u200bs"
    disguised = homoglyphs("copy space")
    assert disguised != "copy space"
    assert {unicodedata.name(c).split()[0] for c in disguised if c != " "} == {"CYRILLIC", "LATIN"}
    for respell in (leet, spacing, homoglyphs, zero_width):
        assert all(respell(text) != text for lexicon in LEXICONS.values() for text in lexicon.phrases)


def test_injections_ask_for_the_wrong_verdict() -> None:
    for case in PROBES.cases:
        if case.tactic == "injection":
            wrong = "not_violating" if case.is_violating else "violating"
            asked = re.findall(r"(?<!_)\b(not_violating|violating)\b(?!_)", " ".join(texts_of(case)))
            assert asked
            assert set(asked) == {wrong}


def test_the_version_follows_the_content_and_nothing_else() -> None:
    assert probe_set(list(reversed(POLICIES)), dict(reversed(list(LEXICONS.items())))).version == PROBES.version
    assert len({case.case_id for case in PROBES.cases}) == len(PROBES.cases)
    lexicon = LEXICONS["self_harm"]
    edited = lexicon.model_copy(update={"look_alikes": (*lexicon.look_alikes, "one phrase more")})
    changed = probe_set(POLICIES, LEXICONS | {"self_harm": edited})
    assert changed.version != PROBES.version
    same = {case.case_id for case in changed.cases} & {case.case_id for case in PROBES.cases}
    assert same == {case.case_id for case in PROBES.cases}


def test_a_policy_without_a_lexicon_has_its_edge_cases() -> None:
    policy: Policy = POLICIES[0]
    cases = probe_set([policy], {}).cases
    assert {case.tactic for case in cases} == {"edge_case"}
    assert [case.expected_verdict for case in cases].count("violating") == sum(
        edge.verdict == "violating" for edge in policy.edge_cases
    )


def written(folder: Path, **changes: object) -> Path:
    lexicon = {"policy": "self_harm", "phrases": ["one"], "look_alikes": ["two"]} | changes
    (folder / "self_harm.yaml").write_text(yaml.safe_dump(lexicon), encoding="utf-8")
    return folder


def test_a_broken_lexicon_is_refused_with_its_line(tmp_path: Path) -> None:
    assert load_lexicons(POLICIES, written(tmp_path))["self_harm"].phrases == ("one",)
    with pytest.raises(ConfigurationError, match=r"self_harm.yaml line \d+: field `phrases`"):
        load_lexicons(POLICIES, written(tmp_path, phrases=[]))
    with pytest.raises(ConfigurationError, match="`one` stands among violating and among harmless"):
        load_lexicons(POLICIES, written(tmp_path, look_alikes=["one"]))
    with pytest.raises(ConfigurationError, match="it must be the file's name, `self_harm`"):
        load_lexicons(POLICIES, written(tmp_path, policy="harassment"))
    with pytest.raises(ConfigurationError, match="there is no such setting"):
        load_lexicons(POLICIES, written(tmp_path, slang=["x"]))
    with pytest.raises(ConfigurationError, match="unknown policy `self_harm`"):
        load_lexicons([policy for policy in POLICIES if policy.id != "self_harm"], written(tmp_path))


def test_lexicons_say_nothing_twice() -> None:
    for lexicon in LEXICONS.values():
        assert isinstance(lexicon, ProbeLexicon)
        for texts in (lexicon.phrases, lexicon.look_alikes, lexicon.code_words):
            assert len(set(texts)) == len(texts)
