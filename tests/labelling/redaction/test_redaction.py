"""What is taken out of texts: measured on a corpus, held against what looks alike, and what conf can change."""

import pickle
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lib.labelling.prompts.visible_text import visible_text
from lib.labelling.redaction.folded_text import FoldedText
from lib.labelling.redaction.redaction import Redaction
from lib.labelling.redaction.specimen import SPECIMEN
from schemas.contracts.redaction_settings import PLACEHOLDERS, RedactionSettings
from tests.labelling.redaction.corpus import BEYOND, HARMLESS, PERSONAL

REDACTION = Redaction()
_MARKED = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r"):((?:[^{}]|\{[^{}]*\})*)\}")


def redaction(**changes: Any) -> Redaction:
    return Redaction(RedactionSettings(**changes))


@pytest.mark.parametrize("marked", PERSONAL)
def test_what_is_personal_becomes_its_placeholder_and_nothing_else_changes(marked: str) -> None:
    text = _MARKED.sub(lambda found: found[2], marked)
    assert REDACTION.text(text) == _MARKED.sub(lambda found: PLACEHOLDERS[found[1]], marked)


def test_what_only_looks_personal_stays() -> None:
    assert [text for text in HARMLESS if REDACTION.text(text) != text] == []


def test_recall_and_precision_over_the_corpus() -> None:
    """The figures of docs/privacy.md: found of all values, those beyond the rules among them; nothing else is taken."""
    values = [found for marked in PERSONAL for found in _MARKED.finditer(marked)]
    n_beyond = sum(REDACTION.text(text) == text for text in BEYOND)
    assert n_beyond == len(BEYOND)  # one that is found belongs to the others
    assert (len(values), len(BEYOND), len(HARMLESS)) == (156, 15, 175)
    assert {found[1] for found in values} == set(PLACEHOLDERS)


@pytest.mark.parametrize("kind", PLACEHOLDERS)
def test_each_kind_can_be_left_in(kind: str) -> None:
    others = redaction(kinds=[name for name in PLACEHOLDERS if name != kind])
    alone = redaction(kinds=[kind])
    values = [found[2] for marked in PERSONAL for found in _MARKED.finditer(marked) if found[1] == kind]
    assert values
    for value in values:
        assert PLACEHOLDERS[kind] not in others.text(value)
    assert any(alone.text(value) == PLACEHOLDERS[kind] for value in values)
    assert redaction(kinds=[]).text(" ".join(values)) == " ".join(values)


def test_ones_own_addresses_numbers_and_handles_are_shown() -> None:
    own = redaction(own_domains=["example.com"], own_numbers=["+44 20 7946 0958"], own_handles=["@shop"])
    shown = "help@example.com, help at mail dot example dot com, +44 (20) 7946-0958, 0044 20 7946 0958, @Shop"
    assert own.text(shown) == shown
    assert own.text("a@notexample.com +44 20 7946 0959 @shopper") == "⟦e-mail⟧ ⟦phone⟧ ⟦handle⟧"


@pytest.mark.parametrize(
    "wrong",
    [{"kinds": ["mail"]}, {"kinds": ["email", "email"]}, {"own_domains": ["*.example.com"]}, {"own_numbers": ["help"]},
     {"own_handles": ["shop"]}, {"unknown": 1}],
)  # fmt: skip
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RedactionSettings(**wrong)


def test_every_change_of_what_is_taken_out_is_another_version() -> None:
    changes: list[dict[str, Any]] = [
        {}, {"kinds": ["email"]}, {"own_domains": ["example.com"]}, {"own_numbers": ["123"]}, {"own_handles": ["@a"]},
        {"signed_image_hosts": ["images.example"]},
    ]  # fmt: skip
    assert len({redaction(**change).version for change in changes}) == len(changes)
    reordered = redaction(kinds=sorted(PLACEHOLDERS, reverse=True))
    assert reordered.version == REDACTION.version == pickle.loads(pickle.dumps(REDACTION)).version  # noqa: S301 - ours


def test_the_specimen_meets_every_rule() -> None:
    redacted = " ".join(map(REDACTION.text, SPECIMEN))
    assert {mark for mark in PLACEHOLDERS.values() if mark not in redacted} == set()


_PIECES = [
    *(found[2] for marked in PERSONAL for found in _MARKED.finditer(marked)), *HARMLESS, *PLACEHOLDERS.values(),
    "a", "1", "0", "@", ".", "-", "+", " ", "\n", "(", ")", ":", "/", "?token=", "://", "⟦", "⟧", "\u200b", "\u202e",
    "是",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=8).map("".join) | st.text(max_size=60))
@pytest.mark.slow
def test_redacting_twice_changes_nothing_more_and_marks_stay_apart(text: str) -> None:
    once = REDACTION.text(text)
    assert REDACTION.text(once) == once
    # Shown to a labeler: placeholders as they are, every other white bracket as a mark of itself.
    shown = visible_text(once)
    for mark in PLACEHOLDERS.values():
        assert shown.count(mark) == once.count(mark)
        shown = shown.replace(mark, "")
    assert re.sub(r"⟦(?:U\+[0-9A-F]+(?:×\d+)?|tags:[ -~]*)⟧", "", shown).count("⟦") == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("⟦e-mail⟧", "⟦e-mail⟧"),
        ("\u200b⟦e-mail⟧\u202e", "⟦U+200B⟧⟦e-mail⟧⟦U+202E⟧"),
        ("⟦e-mail", "⟦U+27E6⟧e-mail"),
        ("⟦⟦phone⟧⟧", "⟦U+27E6⟧⟦phone⟧⟦U+27E7⟧"),
        ("⟦U+202E⟧ ⟦obey⟧", "⟦U+27E6⟧U+202E⟦U+27E7⟧ ⟦U+27E6⟧obey⟦U+27E7⟧"),
        ("⟦E-mail⟧", "⟦U+27E6⟧E-mail⟦U+27E7⟧"),
    ],
)
def test_only_whole_placeholders_pass_for_placeholders(text: str, shown: str) -> None:
    assert visible_text(REDACTION.text(text)) == shown


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab1\u0661\uff11\u200b\u00ad\u202e\u2028 是\U000e0041"), max_size=30))
@pytest.mark.slow
def test_every_place_of_the_folded_text_leads_back(text: str) -> None:
    folding = FoldedText.of(text)
    places = [folding.place(index) for index in range(len(folding.folded))]
    assert places == sorted(set(places))
    kept = "".join(text[place] for place in places)
    assert FoldedText.of(kept).folded == folding.folded
    assert len(kept) == len(folding.folded)
