"""Every page that Plumbline writes, with a text of the caller's in every field that takes one.

`plant(field)` gives the text of a field. Whoever adds a page adds it to PAGES: a test asks for it.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pandas as pd

from lib.labelling.disagreement_list import ComparisonTitle, render_disagreements
from lib.reporting.certificate import render_certificate
from lib.reporting.checks_page import render_checks_page
from lib.reporting.dashboard import render_dashboard
from lib.reporting.neighbouring_page import NeighbouringPage
from lib.reporting.summary.page import ROOMS, render_summary
from tests.reporting.evidence_examples import (
    alert_row,
    break_row,
    channel_row,
    check_row,
    gap_row,
    gate_row,
    index_row,
    quality_row,
    restatement_row,
)
from tests.reporting.examples import (
    MONDAY,
    certificate_row,
    component_row,
    dashboard_data,
    day_row,
    estimate_row,
    week_before_row,
)
from tests.reporting.summary_examples import figure, summary_data, week_days

Plant = Callable[[str], str]
Page = Callable[[Plant], str]


def dashboard(plant: Plant) -> str:
    """The dashboard with everything that it can show."""
    estimator, policy = plant("estimator"), plant("policy")
    common = {
        "design_id": plant("design id"), "estimator": estimator, "ci_method": plant("interval method"),
        "label_sources": [plant("label source")], "release_id": plant("release id"),
    }  # fmt: skip
    held = {"status": "held", "hold_reasons": [plant("hold reason"), plant("second hold reason")]}
    rows = [
        estimate_row(**common, warnings=[plant("warning")]),
        week_before_row(**common),
        estimate_row(**common | {"policy": policy}),
        estimate_row(**common | {"policy": "held"} | held),
        estimate_row(**common | {"measure": plant("measure")}),
        estimate_row(**common | {"estimator": "hajek"} | held),
        estimate_row(**common, segment="surface", segment_value=plant("surface")),
        estimate_row(**common, segment="country", segment_value=plant("small country"), n_llm=9, n_human=1),
        component_row(plant("component"), 0.6, 0.5, 0.7, **common),
        *(day_row(date(2024, 3, day), **common) for day in (4, 5)),
    ]
    data = dashboard_data()
    return render_dashboard(
        dashboard_data(
            rows,
            funnel=_with_text(data.funnel, stratum=plant("stratum")),
            positives=pd.DataFrame([{"ds": MONDAY, "policy": policy, "n_positive": 43}]),
            row_account=_with_text(data.row_account, source=plant("log")),
            scorers=_with_text(data.scorers, scorer_version=plant("scorer version"), size_measure_rule=plant("rule")),
            label_sources=_with_text(
                data.label_sources,
                rung=plant("rung"),
                labeler_id=plant("labeler"),
                label_source=plant("kind of labeler"),
                prompt_version=plant("prompt version"),
            ),
            policy_titles={"adult_content": plant("policy title"), "held": plant("title of a held policy")},
            published_estimator=estimator,
            job_run_id=plant("run"),
            design_ids=[plant("design id"), plant("second design id")],
            currency=plant("currency"),
            certificate=NeighbouringPage(
                "./dashboard_certificate.html", plant("day"), plant("verdict"), has_failed=True
            ),
            checks_page=NeighbouringPage("./dashboard_checks.html", plant("day"), plant("verdict"), has_failed=True),
            **_evidence(plant),
        )
    )


def _evidence(plant: Plant) -> dict[str, pd.DataFrame]:
    """Every optional table, with the text in each of its fields that is not of a closed list."""
    policy, span = plant("policy"), {"period": "week", "period_start": MONDAY, "period_end": MONDAY}
    warned = {"verdict": "warned", "reason": plant("reason of a gate")}
    checked = {"kind": plant("kind of check"), "status": "not_checked", "reason": plant("why not checked")}
    versions = [
        {"ds": date(2024, 3, day), "policies": {"adult_content": f"{plant(name)} 0a1b2c"}, "prompt_versions": []}
        for day, name in ((4, "old version"), (5, "new version"))
    ]
    records = {
        "gates": gate_row(plant("gate"), policy=policy, subject=plant("subject"), **warned),
        "restatements": restatement_row(
            causes=[plant("cause")], cause_text=plant("words on the cause"), segment="surface", kind=plant("kind"),
            segment_value=plant("surface"), policy=policy,
        ),
        "series_breaks": break_row(
            rung=plant("rung"), version_kind=plant("kind of version"), old_version=plant("old"),
            new_version=plant("new"), reason=plant("reason"),
        ),
        "labeler_quality": quality_row(rung=plant("rung"), reference=plant("reference"), policy=policy),
        "data_checks": check_row(table_name=plant("table"), n_failed=1, failed_names=[plant("check")]),
        "plan_checks": span | checked | {"policy": policy, "measure": "units"},
        "channels": channel_row(channel=plant("channel"), status="failed", fault=plant("fault"), n_undelivered=3),
        "watched_streams": {"ds": MONDAY, "phase": plant("phase"), "n_streams": 7},
        "gap_streams": gap_row(phase=plant("phase")),
    }  # fmt: skip
    index = [
        index_row(date(2024, 3, day), direction=plant("direction"), measure=plant("measure") if day == 5 else "units")
        for day in (4, 5)
    ]
    several = {"versions": versions, "alerts": _alerts(plant), "directional_index": index}
    tables = several | {name: [row] for name, row in records.items()}
    return {name: pd.DataFrame(rows) for name, rows in tables.items()}


def _alerts(plant: Plant) -> list[dict[str, Any]]:
    """An open alert of a released policy, one without figures, one that is over, and one about a channel."""
    texts = {
        "segment": plant("segment"), "segment_value": plant("surface"), "kind": plant("kind of alert"),
        "direction": plant("direction"), "measure": plant("measure"), "acknowledged_by": plant("name"),
        "note": plant("note"), "driver_segments": [plant("driving segment")], "driver_values": [plant("driver")],
        "unit_ids": [plant("unit")], "changed_versions": [plant("changed version")],
    }  # fmt: skip
    closed = {"state": "resolved", "closed_date": MONDAY, "resolution": plant("resolution")}
    return [
        alert_row(**texts, family=plant("family")),
        alert_row(**texts | {"policy": plant("policy")}),
        alert_row(**texts | closed),
        alert_row(**texts | {"segment": "all"}, family="index_gap"),
        alert_row(family="channel", policy="all", segment="channel", segment_value=plant("channel")),
    ]


def filtered_dashboard(plants: Sequence[Plant]) -> str:
    """The dashboard with as many surfaces and policies as there are plants, for its script to choose among."""
    names = {f"policy_{n}": plant("policy title") for n, plant in enumerate(plants)}
    surfaces = [estimate_row(policy="policy_0", segment="surface", segment_value=p("surface")) for p in plants]
    held = [
        estimate_row(policy="policy_0", segment="country", segment_value=plant("country"), **_held(plant))
        for plant in plants
    ]
    days = [day_row(date(2024, 3, n + 4), policy="policy_0", **_held(plants[n])) for n in range(2)]
    return render_dashboard(
        dashboard_data([*surfaces, *held, *days, *[estimate_row(policy=p) for p in names]], policy_titles=names)
    )


def certificate(plant: Plant) -> str:
    """The certificate of a design."""
    texts = {
        "design_id": plant("design id"), "estimator": plant("estimator"), "ci_method": plant("interval method"),
        "scorer_version": plant("scorer version"), "job_run_id": plant("run"), "rungs": ["llm", plant("last rung")],
        "sensitivities": {plant("rung"): 0.8}, "specificities": {plant("rung"): 0.9}, "measure": plant("measure"),
    }  # fmt: skip
    failed = {"status": "failed", "reasons": [plant("reason"), plant("second reason")]}
    rows = [certificate_row(**texts), certificate_row(**texts | failed | {"policy": plant("policy")})]
    return render_certificate(pd.DataFrame(rows), policy_titles={"adult_content": plant("policy title")})


def disagreement_entries(plant: Plant) -> list[dict[str, Any]]:
    """Two entries of the list of disagreements, one with everything and one with what is optional left out."""
    sides = {
        f"{side}_{name}": value
        for side in ("baseline", "candidate")
        for name, value in {
            "verdict": plant(f"{side} verdict"),
            "no_verdict_reason": plant(f"{side} reason"),
            "violating_components": [plant(f"{side} component")],
            "rationale": plant(f"{side} rationale"),
        }.items()
    }
    pin = {"title": plant("Pin title"), "image_url": plant("image address")}
    entry = {
        "policy": "adult_content", "item_id": plant("item"), "gold_kind": plant("gold kind"),
        "expert_verdict": plant("expert verdict"), "query_text": plant("query"), "response_text": plant("response"),
        "pins": [pin, None, pin], **sides,
    }  # fmt: skip
    return [entry, entry | {"response_text": None, "pins": [], "candidate_rationale": None}]


def disagreements(plant: Plant) -> str:
    """The list of disagreements of two labelers."""
    rates = dict.fromkeys(("sensitivity", "specificity", "precision", "answered_share"))
    row = {"gold_kind": plant("gold kind"), "recommendation": plant("recommendation"), "n_items": 7} | rates
    return render_disagreements(
        disagreement_entries(plant),
        [row | {"policy": "adult_content"}, row | {"policy": plant("policy")}],
        title=ComparisonTitle(plant("day"), plant("baseline"), plant("candidate")),
        policy_titles={"adult_content": plant("policy title")},
    )


def summary(plant: Plant) -> str:
    """The summary of a week with a rise, a held policy, one that cannot be compared, and places."""
    common = {
        "design_id": plant("design id"), "estimator": plant("estimator"), "label_sources": [plant("label source")],
        "release_id": plant("release id"),
    }  # fmt: skip
    held = {"status": "held", "hold_reasons": [plant("hold reason"), plant("second hold reason")]}
    place = {"segment": "surface", "segment_value": plant("surface")}
    rows = [
        estimate_row(**common | figure(0.009, 0.001) | {"warnings": [plant("warning")]}),
        week_before_row(**common | figure(0.004, 0.001)),
        estimate_row(**common | place | figure(0.009, 0.001)),
        week_before_row(**common | place | figure(0.004, 0.001)),
        estimate_row(**common | {"policy": "held"} | held),
        estimate_row(**common | {"policy": plant("policy")} | figure(0.001, 0.0001)),
        *week_days(**common),
        day_row(MONDAY, **common | {"policy": "held"} | held),
    ]
    data = summary_data(
        rows,
        policy_titles={"adult_content": plant("policy title"), "held": plant("title of a held policy")},
        published_estimator=plant("estimator"),
        job_run_id=plant("run"),
        design_ids=[plant("design id"), plant("second design id")],
    )
    return render_summary(data, room=ROOMS[0], dashboard_href="./dashboard.html")


def checks(plant: Plant) -> str:
    """The page of the data checks: of two days one that failed, one that was accepted, one that warned."""
    row = {
        "table_name": plant("table"), "check_name": plant("check"), "severity": plant("severity"), "is_passed": False,
        "is_judged": True, "is_accepted": False, "figure": 3.0, "at_least": None, "at_most": 0.0,
        "message": plant("message"),
    }  # fmt: skip
    changes: list[dict[str, Any]] = [{}, {"is_accepted": True}, {"severity": "warn"}]
    rows = [row | change | {"ds": date(2024, 3, day)} for day in (4, 5) for change in changes]
    return render_checks_page(pd.DataFrame(rows), dashboard_href="./dashboard.html")


PAGES: dict[str, Page] = {
    "dashboard.html.jinja": dashboard,
    "checks.html.jinja": checks,
    "certificate.html.jinja": certificate,
    "disagreements.html.jinja": disagreements,
    "summary.html.jinja": summary,
}
"""Template to the page made with it."""


def _with_text(frame: pd.DataFrame, **texts: str) -> pd.DataFrame:
    return frame.assign(**texts)


def _held(plant: Plant) -> dict[str, Any]:
    return {"status": "held", "hold_reasons": [plant("hold reason")]}
