"""A day's releases one after another: released, run again, corrected by labels and by what gates find."""

from typing import Any

from lib.reporting.figures import percent, rounded
from schemas.released_prevalence import FIGURES, NUMBER
from tests.release.story import MONDAY, TABLES, Story


def _shown(rows: list[dict[str, Any]], period: str = "day", policy: str = "adult_content") -> dict[str, Any]:
    """The headline number of a policy by the weighted share."""
    (row,) = (
        row
        for row in rows
        if (row["period"], row["policy"], row["estimator"], row["measure"]) == (period, policy, "hajek", "units")
        and (row["segment"], row["component"]) == ("all", "unit")
    )
    return row


def _without_runs(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(repr({k: v for k, v in row.items() if k != "job_run_id"}) for row in rows)


def test_before_a_release_every_number_is_held(story: Story) -> None:
    rows = story.tables["estimated"]["prevalence"]
    assert {(row["status"], row["release_id"]) for row in rows} == {("held", None)}
    assert _shown(rows)["hold_reasons"] == ["not_yet_released: no release has decided on it; run release_metrics"]


def test_a_release_decides_on_every_number_and_shows_what_was_estimated(story: Story) -> None:
    estimated, decided = story.tables["estimated"]["prevalence"], story.rows("released", "released_prevalence")
    assert {tuple(row[n] for n in NUMBER) for row in decided} == {tuple(row[n] for n in NUMBER) for row in estimated}
    shown, was = _shown(decided), _shown(estimated)
    assert (shown["status"], shown["hold_reasons"]) == ("released", [])
    assert [shown[name] for name in FIGURES] == [was[name] for name in FIGURES]
    (release,) = story.tables["released"]["releases"]
    assert release["n_released"] + release["n_held"] == len(decided)
    assert set(dict(release["table_versions"])) == {
        "samples", "sampling_frame", "rung_samples", "labels", "prevalence_moments", "row_account",
    }  # fmt: skip
    assert release["prompt_versions"] == ["p1"]
    assert set(dict(release["policies"])) == {"adult_content", "harassment", "misinformation", "self_harm"}


def test_a_held_number_is_nowhere_after_the_release(story: Story) -> None:
    decided = story.rows("released", "released_prevalence")
    held = _shown(decided, policy="self_harm")  # nobody labelled it
    assert held["status"] == "held"
    assert {row[name] for row in decided for name in FIGURES if row["status"] == "held"} == {None}
    working = story.tables["released"]["prevalence"]
    assert {row[name] for row in working for name in FIGURES if row["status"] == "held"} == {None}
    by_status = {(row["status"], row["release_id"]) for row in working}
    assert by_status == {("held", story.ids["released"]), ("released", story.ids["released"])}
    assert any("unlabelled_rung" in reason for reason in held["hold_reasons"])


def test_running_again_changes_nothing(story: Story) -> None:
    assert story.ids["run again"] == story.ids["released"]
    for name in TABLES:
        again, before = (story.tables[chapter][name] for chapter in ("run again", "released"))
        assert _without_runs(again) == _without_runs(before), name


def test_moments_of_earlier_labels_are_not_released(story: Story) -> None:
    assert story.stale == (
        "Table `prevalence_moments`: the rows of 2026-03-02 were made before its sample, its labels or the settings "
        "changed; run estimate_prevalence for the day (run_chain --from calibrate_labelers), then release it."
    )


def test_late_and_edited_labels_restate_the_numbers_they_change_and_no_others(story: Story) -> None:
    assert story.ids["corrected"] != story.ids["released"]
    old, new = (_shown(story.rows(chapter, "released_prevalence")) for chapter in ("released", "corrected"))
    restated = [row for row in story.rows("corrected", "restatements") if row["kind"] == "revised"]
    (row,) = (r for r in restated if tuple(r[n] for n in NUMBER) == tuple(new[n] for n in NUMBER))
    assert (sorted(row["causes"]), row["cause_text"]) == (["edited_labels", "late_labels"], None)
    assert row["old_prevalence"] == old["prevalence"] != row["new_prevalence"] == new["prevalence"]
    assert row["restated_release_id"] == story.ids["released"]
    assert {(r["policy"], r["period"]) for r in restated} == {("adult_content", "day")}  # the week has another end now
    # What was shown stays written down, and `prevalence` shows the new value.
    kept = [r for r in story.tables["corrected"]["released_prevalence"] if r["release_id"] == story.ids["released"]]
    assert _without_runs(kept) == _without_runs(story.rows("released", "released_prevalence"))
    working = [row for row in story.tables["corrected"]["prevalence"] if row["period_start"] == MONDAY]
    assert _shown(working)["prevalence"] == new["prevalence"]


def test_arms_that_disagree_withdraw_the_numbers_of_their_policy_and_measure(story: Story) -> None:
    decided = story.rows("corrected", "released_prevalence")
    held = _shown(decided, policy="harassment")
    assert [reason.split(":")[0] for reason in held["hold_reasons"]] == ["arm_agreement"]
    by_views = [r for r in decided if (r["policy"], r["measure"], r["segment"]) == ("harassment", "views", "all")]
    assert {row["status"] for row in by_views} == {"released"}
    withdrawn = [row for row in story.rows("corrected", "restatements") if row["kind"] == "withdrawn"]
    assert {(r["policy"], r["measure"], r["period"]) for r in withdrawn} == {("harassment", "units", "day")}
    assert {r["new_prevalence"] for r in withdrawn} == {None}


def test_every_gate_stores_figure_limit_and_verdict_for_the_numbers_it_speaks_for(story: Story) -> None:
    gates = story.rows("corrected", "release_gates")
    found = {(row["gate"], row["verdict"]) for row in gates}
    assert found >= {
        ("data_checks", "passed"),
        ("arm_agreement", "held"),
        ("join_loss", "passed"),
        ("label_lag", "passed"),
    }
    assert ("age", "not_applicable") in found
    (row,) = (r for r in gates if (r["gate"], r["period"]) == ("arm_agreement", "day"))
    assert (row["figure"], row["bound"], row["bound_kind"]) == (1e-4, 0.0125, "at_least")
    assert (row["policy"], row["measure"], row["segment"]) == ("harassment", "units", "*")
    (row,) = (r for r in gates if (r["gate"], r["period"]) == ("join_loss", "week"))
    assert (row["figure"], row["bound"], row["subject"]) == (0.01, 0.02, "query_log")


def test_the_dashboard_shows_released_numbers_and_of_withdrawn_ones_only_that_they_are_held(story: Story) -> None:
    week = [row for row in story.rows("corrected", "released_prevalence") if row["period"] == "week"]
    released = next(r for r in week if (r["policy"], r["estimator"]) == ("adult_content", "regression") and
                    (r["measure"], r["segment"], r["component"]) == ("units", "all", "unit"))  # fmt: skip
    assert percent(released["prevalence"], decimals=2) in story.page
    assert f",{rounded(released['prevalence'])}," in story.page  # among the embedded numbers
    secret = [
        row["prevalence"]
        for row in (*story.rows("released", "released_prevalence"), *story.tables["estimated"]["prevalence"])
        if (row["policy"], row["measure"], row["component"]) == ("harassment", "units", "unit") and row["prevalence"]
    ]
    assert secret
    figures = {text for share in secret for text in (percent(share, decimals=2), f"{rounded(share)}")}
    assert [figure for figure in sorted(figures) if figure in story.page] == []
    assert "arm_agreement: the units that exposure alone would have drawn" in story.page
