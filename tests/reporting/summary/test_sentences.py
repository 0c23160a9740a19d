"""Sentences are right for none, one and many, and say no more than the ranges do."""

from datetime import date
from typing import Any

import pytest

from lib.estimation.change.difference import Change
from lib.reporting.estimates import Estimate, read_estimates
from lib.reporting.period_coverage import Coverage
from lib.reporting.summary import sentences
from lib.reporting.summary.changes import WeekChange
from tests.reporting.examples import dashboard_data, estimate_row, week_before_row
from tests.reporting.summary_examples import HELD


def estimates(*rows: dict[str, Any]) -> list[Estimate]:
    return read_estimates(dashboard_data([*rows]).prevalence)


def test_the_week_in_short() -> None:
    def said(shown: str, held: str = "", missing: str = "", moved: Any = (), *, has_compared: bool = True) -> str:
        return sentences.headline(shown.split(), held.split(), missing.split(), moved, has_compared=has_compared)

    assert said("A") == "The one policy has a released figure. No policy moved clearly against the week before."
    assert said("", "A", has_compared=False) == "The one policy has no released figure. A is held back."
    assert said("", "A B", has_compared=False) == "None of the 2 policies has a released figure. A and B are held back."
    assert said("A", "B", moved=[("up", "A")]) == (
        "1 of 2 policies has a released figure. A rose clearly against the week before. B is held back."
    )
    assert said("A B C D E", "", "F", [("up", name) for name in "ABCDE"]) == (
        "5 of 6 policies have a released figure. A, B, C and 2 more rose clearly against the week before. F has no "
        "estimate."
    )
    assert "A, B, C and D rose clearly" in said("A B C D", moved=[("up", name) for name in "ABCD"])
    assert said("A B", moved=[("down", "B"), ("up", "A")]) == (
        "All 2 policies have a released figure. A rose clearly against the week before. B fell clearly against the "
        "week before."
    )


@pytest.mark.parametrize(
    ("n_compared", "n_real", "said"),
    [
        (0, 0, "No number can be compared with the week before."),
        (1, 0, "The one number that can be compared with the week before shows no clear change."),
        (1, 1, "The one number that can be compared with the week before shows a clear change."),
        (24, 0, "None of the 24 numbers (policies, and their places) that can be compared with the week before shows"),
        (24, 1, "1 of the 24 numbers (policies, and their places) that can be compared with the week before shows a"),
        (24, 2, "2 of the 24 numbers (policies, and their places) that can be compared with the week before show a"),
    ],
)
def test_how_many_changed(n_compared: int, n_real: int, said: str) -> None:
    assert sentences.compared_sentence(n_compared, n_real).startswith(said)


def test_a_week_that_lacks_days_is_said_to_be_unlike_the_other() -> None:
    assert sentences.unlike_weeks_sentences(7, 7, n_calendar_days=7) == []
    for days in ((7, 4), (4, 7)):
        (said,) = sentences.unlike_weeks_sentences(*days, n_calendar_days=7)
        assert f"this one has {days[0]} of 7 days, the one before {days[1]};" in said


def test_a_rise_is_told_with_points_range_and_both_figures() -> None:
    now, before = estimates(estimate_row(prevalence=0.0055), week_before_row(prevalence=0.0037))
    rise = WeekChange(now, before, "up", Change(0.0018, 0.0004, 0.0032), "")
    assert sentences.change_sentence(rise, "Spam", decimals=2) == (
        "Spam rose by 0.18 points (+0.04 to +0.32), from 0.37\xa0% to 0.55\xa0% of units."
    )
    fall = WeekChange(now, before, "down", Change(-0.0018, -0.0032, -0.00001), "")
    # With two decimals the range would read as if it ended at zero.
    assert "fell by 0.180 points (−0.320 to −0.001)" in sentences.change_sentence(fall, "Spam", decimals=2)


@pytest.mark.parametrize("state", ["unclear", "unknown", "not_comparable"])
def test_nothing_rose_or_fell_that_is_not_clear(state: Any) -> None:
    now, before = estimates(estimate_row(), week_before_row())
    with pytest.raises(KeyError):
        sentences.change_sentence(WeekChange(now, before, state, Change(0.1, -0.1, 0.3), ""), "Spam", decimals=2)


def test_what_cannot_be_compared() -> None:
    rows = estimates(
        estimate_row(), estimate_row(policy="spam"), estimate_row(segment="surface", segment_value="search")
    )
    titles = {"adult_content": "Adult content", "spam": "Spam"}
    broken = [WeekChange(e, None, "not_comparable", None, "The policy text changed on 6 Mar 2024.") for e in rows]
    assert sentences.incomparable_sentences(broken, titles) == [
        "Not compared: Adult content and Spam. The policy text changed on 6 Mar 2024.",
        "1 number by place cannot be compared.",
    ]
    nothing = [WeekChange(e, None, "unknown", None, "There is no earlier figure.") for e in rows]
    assert sentences.incomparable_sentences(nothing, titles) == ["There is no earlier week to compare with."]
    assert sentences.incomparable_sentences([], titles) == []


def test_what_is_held() -> None:
    rows = estimates(*[estimate_row(policy=p, **HELD) for p in ("adult_content", "spam")])
    titles = {"adult_content": "Adult content", "spam": "Spam"}
    reason = "too many sampled units have no label."
    assert sentences.held_sentences(rows[:1], titles) == [f"Adult content is held: {reason}"]
    assert sentences.held_sentences(rows, titles) == [f"Adult content and Spam are held: {reason}"]
    assert sentences.held_sentences([], titles) == []


def test_numbers_by_place() -> None:
    place = {"segment": "country", "segment_value": "BR"}
    held, few, shown = read_estimates(
        dashboard_data(
            [estimate_row(**place, **HELD), estimate_row(**place, n_llm=9, n_human=1), estimate_row(**place)]
        ).prevalence,
        minimum_segment_labels=100,
    )
    assert sentences.places_sentence([]) == "There are no numbers by place."
    assert sentences.places_sentence([shown]) == "The one number by place is not held."
    assert sentences.places_sentence([shown, shown]) == "None of 2 numbers by place is held."
    assert sentences.places_sentence([held]) == "Of 1 number by place, 1 is held."
    assert sentences.places_sentence([held, few, few]) == "Of 3 numbers by place, 1 is held and 2 have too few labels."


def test_what_the_figures_rest_on() -> None:
    titles = {"a": "A", "b": "B"}
    whole = Coverage(7, 7, (), 100.0, 1.0)
    assert sentences.coverage_sentences({"a": whole, "b": whole}, titles) == [
        "The figures rest on 7 of the week's 7 days."
    ]
    two = Coverage(6, 7, (date(2024, 3, 5), date(2024, 3, 6)), 100.0, 0.6667)
    assert sentences.coverage_sentences({"a": whole, "b": two}, titles) == [
        "A: the figure rests on 7 of the week's 7 days.",
        "B: the figure rests on 6 of the week's 7 days. 2 days' own figures are held (5 Mar 2024 and 6 Mar 2024); "
        "days with a released figure of their own have 66.7\xa0% of the exposure, and nothing is filled in.",
    ]
    one = Coverage(1, 7, (date(2024, 3, 5),), 0.0, None)
    assert sentences.coverage_sentences({"a": one}, titles) == [
        "The figures rest on 1 of the week's 7 days. 1 day's own figure is held (5 Mar 2024)."
    ]
