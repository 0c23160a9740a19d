"""Marks in the series: the days on which a policy's text, the prompts or the scorer changed, and measured shifts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final, Literal

import pandas as pd

from lib.reporting import figures

BreakKind = Literal["policy", "prompt", "study", "scorer"]

BREAK_MEANINGS: Final[Mapping[BreakKind, str]] = {
    "policy": "The written policy changed: before and after are not the same question.",
    "prompt": "What the labelers are shown or configured with changed. People check a part, which corrects the level.",
    "study": "A change whose effect was measured on units labelled under both versions.",
    "scorer": "The model that guides the sample changed. It can make ranges wider or narrower, never the figure wrong.",
}
_HASH_DIGITS: Final = 8


@dataclass(frozen=True)
class Break:
    """The first day of something new; `policy` is None if it concerns every policy."""

    ds: date
    kind: BreakKind
    policy: str | None
    title: str

    def concerns(self, policy: str) -> bool:
        """Whether the break lies in the series of `policy`."""
        return self.policy is None or self.policy == policy


def breaks_of(
    versions: pd.DataFrame | None, scorers: pd.DataFrame, series_breaks: pd.DataFrame | None
) -> Sequence[Break]:
    """Return all breaks in time order.

    Args:
        versions: `DashboardData.versions`; None if no release is there.
        scorers: `DashboardData.scorers`.
        series_breaks: `DashboardData.series_breaks`; None if no study is there.

    """
    found: list[Break] = []
    if versions is not None:
        rows = versions.sort_values("ds").to_dict("records")
        found += [*_policy_breaks(rows), *_prompt_breaks(rows)]
    if series_breaks is not None:
        found += [_studied(row) for row in series_breaks.to_dict("records")]
    found += _scorer_breaks(scorers)
    return sorted(set(found), key=lambda known: (known.ds, known.kind, known.policy or "", known.title))


def changed_days(breaks: Iterable[Break], kind: BreakKind) -> list[date]:
    """Return the days with a break of `kind`."""
    return sorted({known.ds for known in breaks if known.kind == kind})


def _policy_breaks(rows: Sequence[Mapping[Any, Any]]) -> list[Break]:
    """A policy's version or content, `VERSION HASH`, is another than on the day before with a release."""
    found: list[Break] = []
    known: dict[str, str] = {}
    for row in rows:
        for policy, version in dict(row["policies"] or {}).items():
            if known.get(policy, version) != version:
                title = f"Policy text changed: {_short(known[policy])} → {_short(version)}"
                found.append(Break(row["ds"].date(), "policy", str(policy), title))
            known[policy] = version
    return found


def _prompt_breaks(rows: Sequence[Mapping[Any, Any]]) -> list[Break]:
    """A prompt version appears that no earlier day had; a day that lacks one is none."""
    found: list[Break] = []
    seen: set[str] = set()
    for row in rows:
        versions = {str(version) for version in (row["prompt_versions"] if row["prompt_versions"] is not None else ())}
        if seen and (new := sorted(versions - seen)):
            named = figures.listed([version[:_HASH_DIGITS] for version in new])
            found.append(Break(row["ds"].date(), "prompt", None, f"New prompt or labeler configuration: {named}"))
        seen |= versions
    return found


def _scorer_breaks(scorers: pd.DataFrame) -> list[Break]:
    days = sorted({(row["ds"].date(), str(row["scorer_version"])) for row in scorers.to_dict("records")})
    return [
        Break(ds, "scorer", None, f"New scorer: {version[:_HASH_DIGITS]}")
        for (_, before), (ds, version) in pairwise(days)
        if version != before
    ]


def _studied(row: Mapping[Any, Any]) -> Break:
    """A measured shift as a mark; how large it is stands in the table of studies."""
    kind = figures.plain_words(str(row["version_kind"]))
    title = f"Measured change of {kind}: {row['old_version']} → {row['new_version']} ({row['reason']})"
    return Break(row["ds"].date(), "study", str(row["policy"]), title)


def _short(version: str) -> str:
    """Return `VERSION HASH` with a hash short enough to be read."""
    text, _, content = str(version).rpartition(" ")
    return f"{text} ({content[:_HASH_DIGITS]})" if text else content[:_HASH_DIGITS]
