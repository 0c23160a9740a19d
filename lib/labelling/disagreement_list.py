"""The list of golden items on which two labelers differ, as a page and as a CSV file: hostile content, kept inert."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lib.csv_cells import shielded
from lib.reporting import figures, tables
from lib.reporting.tables import Cell, Header, Table
from lib.reporting.templating import environment, page_style
from lib.whole_files import write_whole

_CSV_COLUMNS: Final = (
    "policy", "item_id", "gold_kind", "expert_verdict", "baseline_verdict", "baseline_no_verdict_reason",
    "baseline_violating_components", "baseline_rationale", "candidate_verdict", "candidate_no_verdict_reason",
    "candidate_violating_components", "candidate_rationale", "query_text", "response_text", "pins",
)  # fmt: skip
_RATES: Final = ("sensitivity", "specificity", "precision", "answered_share")


@dataclass(frozen=True)
class ComparisonTitle:
    """What is compared, as shown on top of the list."""

    day: str
    baseline: str
    candidate: str


def write_disagreements(
    entries: Sequence[Mapping[str, Any]],
    evaluations: Sequence[Mapping[str, Any]],
    *,
    title: ComparisonTitle,
    policy_titles: Mapping[str, str],
    stem: Path,
) -> list[Path]:
    """Write `stem`.html and `stem`.csv, for people who read before they switch.

    Args:
        entries: as `lib.labelling.prompt_evaluation.with_content` returns them
        evaluations: rows of prompt_evaluations, for the summary on top
        title: day and names of the two sides
        policy_titles: policy id to title, in the order in which they are shown
        stem: path of the files without their ending; its folder is made if it is not there

    Returns:
        the paths written

    """
    page, sheet = stem.with_name(f"{stem.name}.html"), stem.with_name(f"{stem.name}.csv")
    write_whole(page, render_disagreements(entries, evaluations, title=title, policy_titles=policy_titles))
    rows = io.StringIO(newline="")
    writer = csv.DictWriter(rows, _CSV_COLUMNS, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows({name: shielded(_as_text(entry[name])) for name in _CSV_COLUMNS} for entry in entries)
    write_whole(sheet, rows.getvalue())
    return [page, sheet]


def render_disagreements(
    entries: Sequence[Mapping[str, Any]],
    evaluations: Sequence[Mapping[str, Any]],
    *,
    title: ComparisonTitle,
    policy_titles: Mapping[str, str],
) -> str:
    """Return the page as one self-contained document without script, link or image; arguments as for the files."""
    policies = [
        {"title": name, "entries": [_shown(entry) for entry in entries if entry["policy"] == policy]}
        for policy, name in policy_titles.items()
    ]
    return (
        environment()
        .get_template("disagreements.html.jinja")
        .render(
            **page_style(),
            day=title.day,
            baseline=title.baseline,
            candidate=title.candidate,
            summary=tables.render_table(_summary(evaluations, policy_titles)),
            policies=[policy for policy in policies if policy["entries"]],
        )
    )


def _summary(evaluations: Sequence[Mapping[str, Any]], policy_titles: Mapping[str, str]) -> Table:
    headers = [Header("Policy"), Header("Gold"), Header("Recommendation"), Header("Items", is_number=True)]
    for rate in _RATES:
        headers += [Header(f"{figures.plain_words(rate).capitalize()}: difference (interval)", is_number=True)]
    rows = [
        [
            Cell(policy_titles.get(row["policy"], row["policy"]), "name"),
            Cell(row["gold_kind"]),
            Cell(row["recommendation"]),
            Cell(figures.count(row["n_items"]), "number"),
            *(Cell(_difference(row[rate]), "number") for rate in _RATES),
        ]
        for row in evaluations
    ]
    return Table("Candidate less baseline, against the experts' verdicts", headers, rows)


def _difference(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "–"
    points = [f"{100 * found[name]:+.1f}".replace("-", "−") for name in ("difference", "ci_low", "ci_high")]
    return f"{points[0]} ({points[1]} to {points[2]}) points"


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    said = {side: _said(entry, side) for side in ("baseline", "candidate")}
    pins = [_pin(pin) for pin in entry["pins"] if pin is not None]
    texts = {name: entry[name] or "–" for name in ("query_text", "response_text")}
    return {name: entry[name] for name in ("item_id", "gold_kind", "expert_verdict")} | said | texts | {"pins": pins}


def _said(entry: Mapping[str, Any], side: str) -> str:
    parts = [str(entry[f"{side}_verdict"])]
    if entry[f"{side}_no_verdict_reason"]:
        parts.append(f"({entry[f'{side}_no_verdict_reason']})")
    if len(entry[f"{side}_violating_components"]):
        parts.append(f"in {', '.join(entry[f'{side}_violating_components'])}")
    if entry[f"{side}_rationale"]:
        parts.append(f"– {entry[f'{side}_rationale']}")
    return " ".join(parts)


def _pin(pin: Mapping[str, Any]) -> str:
    return f"{pin['title'] or '–'} [{pin['image_url'] or 'no image address'}]"


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return " | ".join(_pin(part) if isinstance(part, Mapping) else str(part) for part in value)
