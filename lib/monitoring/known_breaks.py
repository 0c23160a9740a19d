"""Changes that are known beforehand: declared in conf, or documented in series_breaks."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from lib.monitoring.detection.readings import KnownBreak
from schemas.contracts.monitoring_settings import Family
from schemas.contracts.settings import Settings

# What a change of policy or prompt moves: scores are calibrated on earlier labels and follow later by themselves.
_OF_LABELS: frozenset[Family] = frozenset({"prevalence", "index_gap", "labeler"})


def known_breaks(settings: Settings, documented: Iterable[Mapping[str, Any]]) -> list[KnownBreak]:
    """Breaks of conf (`series_breaks`, `monitoring.breaks`) and rows of the table `series_breaks`."""
    of_labels = {(known.ds, known.policy): known.reason for known in settings.series_breaks}
    of_labels |= {(row["ds"], row["policy"]): row["reason"] for row in documented}
    declared = [KnownBreak(ds, _OF_LABELS, policy, reason) for (ds, policy), reason in sorted(of_labels.items())]
    others = settings.monitoring.breaks
    return declared + [KnownBreak(known.ds, frozenset(known.families), known.policy, known.reason) for known in others]


def changed_versions(released: Sequence[Mapping[str, Any]], *, policy: str, first: date, last: date) -> list[str]:
    """What the releases of days first..last say has changed since the day before each: prompts and the policy's text.

    `released` has ds, prompt_versions and policies (a map, or its items). Nobody declared these: they may be the cause.
    """
    in_order = sorted(released, key=lambda row: row["ds"])
    found = []
    for before, after in itertools.pairwise(in_order):
        if not first <= after["ds"] <= last:
            continue
        if set(before["prompt_versions"]) != set(after["prompt_versions"]):
            found.append(f"prompt version on {after['ds']}")
        if dict(before["policies"]).get(policy) != dict(after["policies"]).get(policy):
            found.append(f"text of the policy on {after['ds']}")
    return found
