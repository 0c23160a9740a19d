"""Which numbers are restated, and the causes that the inputs give away."""

from dataclasses import replace
from typing import Any

import pytest

from lib.release.release_inputs import ReleaseInputs, day_of_release, release_id_of
from lib.release.reproduction import number_differences, require_equal
from lib.release.restatements import ChangedInputs, is_same, restatement_rows
from schemas.errors import ReproductionError
from tests.release.numbers import DS, number

PRINTS = {
    "samples": "8:aa", "sampling_frame": "2:bb", "rung_samples": "14:cc", "labels": "28:dd",
    "prevalence_moments": "96:ee", "gate_evidence": "9:ff",
}  # fmt: skip
NOW = ReleaseInputs(
    table_versions={"labels": 3}, fingerprints=PRINTS, settings="{}", settings_hash="s",
    policies={"a": "1 x", "b": "1 y"}, design_hash="d", prompt_versions=["p1"], code_version="c",
)  # fmt: skip


def shown(**changes: Any) -> dict[str, Any]:
    """A number as it was released before."""
    return number(**{"status": "released", "hold_reasons": [], "release_id": "old", "was_held_last": False} | changes)


def now(**changes: Any) -> dict[str, Any]:
    return number(**{"status": "released", "hold_reasons": []} | changes)


def restated(decided: dict[str, Any], before: dict[str, Any], old: ReleaseInputs | None = NOW) -> list[dict[str, Any]]:
    changed = ChangedInputs(None if old is None else old.record(), NOW)
    return restatement_rows([decided], [before], changed=changed, cause_text="typo in conf")


def test_the_same_figures_are_no_restatement() -> None:
    assert restated(now(), shown()) == []
    assert restated(now(prevalence=0.02 * (1 + 1e-12)), shown()) == []
    assert restated(now(), shown(policy="b")) == []  # another number


def test_a_revised_number_has_old_and_new_value_cause_and_words() -> None:
    (row,) = restated(now(prevalence=0.03), shown(), replace(NOW, settings_hash="other"))
    assert (row["kind"], row["old_prevalence"], row["new_prevalence"]) == ("revised", 0.02, 0.03)
    assert (row["old_ci_high"], row["new_ci_high"]) == (0.04, 0.04)
    assert (row["causes"], row["cause_text"]) == (["corrected_configuration"], "typo in conf")
    assert row["restated_release_id"] == "old"


def test_an_interval_alone_is_a_revision_too() -> None:
    (row,) = restated(now(ci_high=0.05), shown())
    assert row["kind"] == "revised"


def test_a_number_that_is_held_now_is_withdrawn_once() -> None:
    held = number(status="held", hold_reasons=["kappa: low"], prevalence=None, ci_low=None, ci_high=None)
    (row,) = restated(held, shown())
    assert (row["kind"], row["old_prevalence"], row["new_prevalence"], row["causes"]) == (
        "withdrawn",
        0.02,
        None,
        ["gates"],
    )
    assert restated(held, shown(was_held_last=True)) == []
    assert restated(now(), shown(was_held_last=True)) == []  # shown again, as it was


@pytest.mark.parametrize(
    ("changes", "n_gone", "causes"),
    [
        ({"settings_hash": "t"}, None, ["corrected_configuration"]),
        ({"design_hash": "t"}, None, ["corrected_configuration"]),
        ({"policies": {"a": "2 z", "b": "1 y"}}, None, ["new_policy"]),
        ({"policies": {"a": "1 x", "b": "2 z"}}, None, ["gates"]),  # of the other policy
        ({"code_version": "t"}, None, ["new_code"]),
        ({"fingerprints": PRINTS | {"samples": "8:00"}}, None, ["late_data"]),
        ({"fingerprints": PRINTS | {"labels": "20:00"}}, 0, ["late_labels"]),
        ({"fingerprints": PRINTS | {"labels": "28:00"}}, 1, ["edited_labels"]),
        ({"fingerprints": PRINTS | {"labels": "27:00"}}, 1, ["edited_labels", "late_labels"]),
        ({"fingerprints": PRINTS | {"labels": "30:00"}}, None, ["edited_labels"]),  # rows are fewer
        ({"fingerprints": PRINTS | {"prevalence_moments": "48:00"}}, None, ["other_days"]),
        ({"fingerprints": PRINTS | {"labels": "20:00", "prevalence_moments": "96:00"}}, 0, ["late_labels"]),
        ({"fingerprints": PRINTS | {"gate_evidence": "0:00"}}, None, ["gates"]),
    ],
)
def test_causes_follow_from_what_changed(changes: dict[str, Any], n_gone: int | None, causes: list[str]) -> None:
    changed = ChangedInputs(replace(NOW, **changes).record(), NOW, n_labels_gone=n_gone)
    assert changed.causes("a", has_other_days=False) == causes


def test_a_number_of_another_days_release_has_changed_by_days_or_elsewhere() -> None:
    changed = ChangedInputs(None, NOW)
    assert changed.causes("a", has_other_days=True) == ["late_data"]
    assert changed.causes("a", has_other_days=False) == ["other_days"]


def test_equal_inputs_give_the_same_id_and_going_back_is_a_decision_of_its_own() -> None:
    first = release_id_of(DS, "daily_v1", NOW, previous_release_id=None)
    # Where tables lie in time is not what they say.
    moved = replace(NOW, table_versions={"labels": 9}, settings='{"storage": 1}')
    assert release_id_of(DS, "daily_v1", moved, previous_release_id=None) == first
    assert day_of_release(first) == DS
    others = {
        first,
        release_id_of(DS, "daily_v2", NOW, previous_release_id=None),
        release_id_of(DS, "daily_v1", NOW, previous_release_id=first),
        release_id_of(DS, "daily_v1", replace(NOW, code_version="t"), previous_release_id=None),
    }
    assert len(others) == 4


def test_differences_name_the_number_what_was_recorded_and_what_comes_out() -> None:
    recorded = [now(), now(policy="b")]
    assert number_differences(recorded, [dict(row) for row in recorded]) == []
    held = number(policy="b", status="held", hold_reasons=["kappa: low"], prevalence=None, ci_low=None, ci_high=None)
    lines = number_differences(recorded, [now(prevalence=0.021), held | {"std_error": None}])
    span = "day | 2026-03-02 | 2026-03-02"
    assert lines == [
        f"{span} | a | units | all | all | unit | hajek: recorded 0.02 [0.01, 0.04], recomputed 0.021 [0.01, 0.04]",
        f"{span} | b | units | all | all | unit | hajek: recorded 0.02 [0.01, 0.04], recomputed held (kappa: low)",
    ]
    assert number_differences(recorded[:1], [])[0].endswith("not recomputed")
    assert number_differences([], recorded[:1])[0].endswith("not recorded")
    assert number_differences([now()], [now(n_llm=199)]) != []


def test_the_refusal_shows_five_differences_and_counts_the_rest() -> None:
    require_equal("r", [])
    with pytest.raises(ReproductionError, match=r"Release r: differs\. 1; 2; 3; 4; 5; and 2 more") as refusal:
        require_equal("r", list("1234567"))
    assert refusal.value.exit_code == 1


def test_nothing_and_something_are_not_the_same() -> None:
    assert is_same(now(prevalence=None), now(prevalence=None))
    assert not is_same(now(prevalence=None), now())
    assert not is_same(now(prevalence=0.0), now(prevalence=1e-6))
