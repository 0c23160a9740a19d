"""Exports recorded from a real Label Studio are read as they were when they were recorded."""

from pathlib import Path

from tests.labelling.review_queue.review_scenario import checked, faults, require_expected

RECORDED = Path(__file__).parent / "recorded"


def test_what_two_reviewers_did_in_label_studio() -> None:
    evening, next_evening = [(RECORDED / f"{name}.json").read_text() for name in ("first_evening", "second_evening")]
    require_expected(evening, next_evening)


def test_the_same_export_again_adds_nothing_and_complains_of_nothing_new() -> None:
    text = (RECORDED / "first_evening.json").read_text()
    once = checked(text)
    again = checked(text, once, "the_same.json")
    assert again.accepted == []
    assert faults(again) == faults(once)
