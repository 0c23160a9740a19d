"""Rows of probe_results: recall and false alarms per policy and tactic, and how they moved since the last version."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from lib.estimation.comparison.clustered_rate import clustered_rate
from lib.estimation.comparison.paired_rates import paired_rate_difference
from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.sampling_stages import SamplingStage
from lib.estimation.functionals import Ratio
from lib.labelling.probes.probe_case import ProbeCase
from lib.labelling.probes.probe_set import ProbeSet
from schemas.probe_results import ALL

_OUTCOMES = {
    (True, "violating"): "found",
    (True, "not_violating"): "missed",
    (False, "violating"): "false_alarm",
    (False, "not_violating"): "cleared",
}
_HITS = {"found", "false_alarm"}


@dataclass(frozen=True)
class PreviousResults:
    """Outcomes of the subject's version before this one: case to outcome."""

    version: str
    ds: date
    outcomes: Mapping[str, str]


@dataclass(frozen=True)
class ProbedSubject:
    """Who was probed, and what it said: case to verdict; for a scorer also how much it favours each case."""

    kind: str
    subject_id: str
    version: str
    verdicts: Mapping[str, str]
    suspect_share: float | None = None
    gains: Mapping[str, float] = field(default_factory=dict)


def probe_rows(
    probes: ProbeSet, subject: ProbedSubject, *, previous: PreviousResults | None, level: float
) -> list[dict[str, Any]]:
    """Return a row per policy and tactic, and `all` of either and of both.

    Args:
        probes: the set that was asked
        subject: who answered, and what; a case without an entry was not answered yet and is left out
        previous: what the version before made of its probes; None if there is none
        level: nominal coverage of the intervals, in (0, 1)

    Returns:
        the columns of probe_results but ds and job_run_id; outcomes stand in the finest rows only

    """
    outcomes = {
        case.case_id: _OUTCOMES.get((case.is_violating, subject.verdicts[case.case_id]), "no_verdict")
        for case in probes.cases
        if case.case_id in subject.verdicts
    }
    return [
        {
            "probe_set_version": probes.version,
            "subject_kind": subject.kind,
            "subject_id": subject.subject_id,
            "subject_version": subject.version,
            "policy": policy,
            "tactic": tactic,
            "suspect_share": subject.suspect_share,
            "sampling_gain": _mean_gain(cases, subject),
            "previous_version": previous.version if previous else None,
            "previous_ds": previous.ds if previous else None,
            "outcomes": _outcomes_of(cases, outcomes) if ALL not in (policy, tactic) else {},
            "confidence_level": level,
        }
        | _rates(cases, outcomes, level)
        | _changes(cases, outcomes, previous, level)
        for policy, tactic, cases in _groups(probes.cases)
    ]


def _groups(cases: Sequence[ProbeCase]) -> Iterator[tuple[str, str, list[ProbeCase]]]:
    groups: dict[tuple[str, str], list[ProbeCase]] = {}
    for case in cases:
        for policy in (case.policy, ALL):
            for tactic in (case.tactic, ALL):
                groups.setdefault((policy, tactic), []).append(case)
    for (policy, tactic), members in sorted(groups.items()):
        yield policy, tactic, members


def _outcomes_of(cases: Sequence[ProbeCase], outcomes: Mapping[str, str]) -> dict[str, str]:
    return {case.case_id: outcomes[case.case_id] for case in cases if case.case_id in outcomes}


def _rates(cases: Sequence[ProbeCase], outcomes: Mapping[str, str], level: float) -> dict[str, Any]:
    """Counts, recall and false alarms; a non-answer is neither found nor a false alarm, but it was asked."""
    answered = [case for case in cases if case.case_id in outcomes]
    row: dict[str, Any] = {
        "n_no_verdict": sum(outcomes[case.case_id] == "no_verdict" for case in answered),
        "n_not_labelled": len(cases) - len(answered),
    }
    for is_violating, rate_name, counts in (
        (True, "recall", ("n_violating", "n_found")),
        (False, "false_alarm_rate", ("n_benign", "n_false_alarms")),
    ):
        of_class = [case for case in answered if case.is_violating == is_violating]
        hits = [outcomes[case.case_id] in _HITS for case in of_class]
        found = clustered_rate(hits, [case.family for case in of_class], level=level)
        prefix = rate_name.removesuffix("_rate")
        row |= {
            counts[0]: len(of_class),
            counts[1]: sum(hits),
            rate_name: found.rate if found else None,
            f"{prefix}_ci_low": found.low if found else None,
            f"{prefix}_ci_high": found.high if found else None,
        }
    return row


def _changes(
    cases: Sequence[ProbeCase], outcomes: Mapping[str, str], previous: PreviousResults | None, level: float
) -> dict[str, Any]:
    """Paired changes on the cases that both versions answered; null where fewer than two families are common."""
    before = previous.outcomes if previous else {}
    common = [case for case in cases if case.case_id in outcomes and case.case_id in before]
    return {
        name: _change([case for case in common if case.is_violating == is_violating], before, outcomes, level)
        for name, is_violating in (("recall_change", True), ("false_alarm_change", False))
    }


def _change(
    cases: Sequence[ProbeCase], before: Mapping[str, str], after: Mapping[str, str], level: float
) -> dict[str, Any] | None:
    families = np.array([case.family for case in cases])
    if np.unique(families).size < 2:
        return None
    ones = np.ones(len(cases))
    rates = [
        Ratio(np.array([float(outcomes[case.case_id] in _HITS) for case in cases]), ones)
        for outcomes in (before, after)
    ]
    design = ClusterDesign((SamplingStage(families),), given_weights=ones)
    found = paired_rate_difference(design, *rates, level=level)
    if found is None:
        return None
    return {
        "before": found.before,
        "after": found.after,
        "difference": found.difference,
        "ci_low": found.low,
        "ci_high": found.high,
        "n_cases": found.n_items,
    }


def _mean_gain(cases: Sequence[ProbeCase], subject: ProbedSubject) -> float | None:
    gains = [subject.gains[case.case_id] for case in cases if case.is_violating and case.case_id in subject.gains]
    return float(np.mean(gains)) if gains else None
