"""The alerts of the monitoring: what changed with its evidence, who took it, and what is kept back."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from lib.reporting.dashboard import render_dashboard
from tests.reporting.evidence_examples import alert_row, channel_row
from tests.reporting.examples import SUNDAY, all_rows, dashboard_data, estimate_row
from tests.reporting.parsed_page import ParsedPage

UNIT = "0123456789abcdef0123456789abcdef"
NO_DRIVERS: dict[str, Any] = {f"driver_{name}": [] for name in ("segments", "values", "before", "after")}
HELD = estimate_row(status="held", hold_reasons=["missing_labels: 12 %"])


def text_of(
    alerts: list[dict[str, Any]], rows: list[dict[str, Any]] | None = None, **tables: list[dict[str, Any]]
) -> str:
    frames = {name: pd.DataFrame(records) for name, records in tables.items()}
    return ParsedPage(render_dashboard(dashboard_data(rows, alerts=pd.DataFrame(alerts), **frames))).text


def test_an_open_alert_stands_with_its_figures_what_drives_it_and_units_to_look_at() -> None:
    text = text_of([alert_row()])
    assert "1 alert open." in text
    assert (
        "7 Mar 2024 Adult content: prevalence (units) up, from one day to the next seen on 9 Mar 2024 "
        "+50 % (+25 % to +81 %) before 0.4 % (0.38 % to 0.42 %), since 0.6 % (0.5 % to 0.72 %) "
        "surface search (0.81 % to 1.25 %); changed then: prompt version on 2024-03-07 nobody has taken it"
    ) in text
    assert UNIT in text


def test_who_has_taken_it_stands_beside_it() -> None:
    text = text_of([alert_row(acknowledged_by="Ada", note="known: a campaign")])
    assert "taken by Ada known: a campaign" in text
    assert "nobody has taken it" not in text


def test_alerts_that_are_over_are_told_without_figures() -> None:
    over = {"closed_date": date(2024, 3, 11)}
    text = text_of(
        [
            alert_row(state="resolved", resolution="returned", **over),
            alert_row(state="withdrawn", direction="fall", kind="drift", **over),
        ]
    )
    assert "No alert is open." in text
    assert "alert open." not in text
    assert "11 Mar 2024 back at the level before" in text
    assert "down, gradually 11 Mar 2024 the numbers that it rested on were restated, or the break was declared" in text
    assert UNIT not in text
    assert "0.38 %" not in text


@pytest.mark.parametrize("family", ["prevalence", "index_gap", "score", "labeler"])
def test_of_a_held_policy_neither_figures_nor_units_are_anywhere(family: str) -> None:
    page = render_dashboard(dashboard_data([HELD], alerts=pd.DataFrame([alert_row(family=family)])))
    assert "no figures: the policy&#39;s number is held" in page
    assert "surface search" in page  # which part drives it is no number
    for figure in ("0.4 %", "0.6 %", "0.81 %", "1.25 %", "+50 %", UNIT):
        assert figure not in page


@pytest.mark.slow
def test_of_a_place_without_a_figure_on_the_page_none_is_told_here() -> None:
    # search has a figure, home_feed is held, BR has too few labels
    shown = alert_row(segment="surface", segment_value="search")
    assert "0.38 % to 0.42 %" in text_of([shown])
    for segment, value in (("surface", "home_feed"), ("country", "BR")):
        text = text_of([alert_row(segment=segment, segment_value=value, **NO_DRIVERS)])
        assert "no figures: the week has none there" in text
        assert "0.38 %" not in text
    driven = alert_row(driver_values=["home_feed"])
    assert "surface home_feed; changed then" in text_of([driven])


def test_streams_of_no_policy_have_their_own_units_and_stay_when_the_page_is_filtered() -> None:
    volume = alert_row(
        family="volume", policy="all", before=2e6, before_low=1.9e6, before_high=2.1e6, after=1e6, after_low=9e5,
        after_high=1.1e6, ratio=0.5, ratio_low=0.47, ratio_high=0.53, direction="fall", unit_ids=[],
        changed_versions=[], **NO_DRIVERS,
    )  # fmt: skip
    text = text_of([volume], [HELD])
    assert "All policies: volume (units) down" in text
    assert "-50 % (-53 % to -47 %) before 2,000,000 units (1,900,000 units to 2,100,000 units), since 1,000,000" in text
    assert "to 1,100,000 units) – nobody has taken it" in text


def test_a_channel_that_fails_is_an_alert_and_its_messages_are_counted() -> None:
    nothing = dict.fromkeys(
        ("before", "before_low", "before_high", "after", "after_low", "after_high", "ratio", "ratio_low", "ratio_high")
    )
    lists = dict.fromkeys(
        ("driver_segments", "driver_values", "driver_before", "driver_after", "unit_ids", "changed_versions")
    )
    dead = alert_row(
        family="channel", policy="all", segment="channel", segment_value="pager", kind="channel", direction="none",
        **nothing, **lists,
    )  # fmt: skip
    channels = [channel_row(), channel_row(channel="pager", status="failed", fault="timed_out", n_undelivered=2)]
    text = text_of([dead], channels=channels)
    assert "Messages to the channel pager fail" in text
    assert "team arrived 10 Mar 2024, 06:05 UTC 0" in text
    assert "pager failed: the channel did not answer in time 10 Mar 2024, 06:05 UTC 2" in text


@pytest.mark.slow
def test_no_alert_means_something_only_if_something_is_watched() -> None:
    def said(**phases: int) -> str:
        streams = [{"ds": SUNDAY, "phase": phase, "n_streams": n} for phase, n in phases.items()]
        return text_of([], all_rows(), watched_streams=streams)

    assert "On 10 Mar 2024 all 12 series had too few days to be watched: no alert means nothing yet." in said(
        warming_up=12
    )
    assert "On 10 Mar 2024 30 series were watched; 2 had too few days to be watched." in said(
        warming_up=2, watched=29, changed=1
    )
    assert "On 10 Mar 2024 29 series were watched." in said(watched=29)
    assert "No alert is open." in said(watched=29)
