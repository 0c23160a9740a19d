"""Finds the numbers that a release shows otherwise than they were shown before, and why."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lib.release.content_fingerprint import n_rows_of
from lib.release.release_inputs import ReleaseInputs
from schemas.released_prevalence import NUMBER

_FIGURES = ("prevalence", "ci_low", "ci_high")
_TABLES_OF_THE_DAY = ("samples", "sampling_frame", "rung_samples")
# Sums in another order differ in the last digits; nobody reads these.
_SAME = 1e-9


def restatement_rows(
    decided: Sequence[Mapping[str, Any]],
    shown_before: Sequence[Mapping[str, Any]],
    *,
    changed: "ChangedInputs",
    cause_text: str | None,
) -> list[dict[str, Any]]:
    """One record per number that is shown otherwise than it was shown last, or no longer.

    Args:
        decided: the numbers as decided now
        shown_before: rows of `released_prevalence` that were shown last, with `was_held_last`: one a number
        changed: what changed since the day's release before
        cause_text: why, in a person's words

    Returns:
        the columns of `restatements` except those of the release and the run
    """
    before = {tuple(row[name] for name in NUMBER): row for row in shown_before}
    records = []
    for number in decided:
        old = before.get(tuple(number[name] for name in NUMBER))
        if old is None:
            continue
        is_held = number["status"] == "held"
        if old["was_held_last"] if is_held else is_same(old, number):
            continue
        records.append(
            {name: number[name] for name in NUMBER}
            | {f"old_{name}": old[name] for name in _FIGURES}
            | {f"new_{name}": number[name] for name in _FIGURES}
            | {
                "restated_release_id": old["release_id"],
                "kind": "withdrawn" if is_held else "revised",
                "causes": changed.causes(str(number["policy"]), has_other_days=old["n_days"] != number["n_days"]),
                "cause_text": cause_text,
            }
        )
    return records


def is_same(old: Mapping[str, Any], new: Mapping[str, Any], names: Sequence[str] = _FIGURES) -> bool:
    """Whether two rows show the same figures, up to the last digits."""
    for name in names:
        a, b = old[name], new[name]
        if (a is None) != (b is None):
            return False
        if a is not None and not math.isclose(a, b, rel_tol=_SAME, abs_tol=1e-15):
            return False
    return True


@dataclass(frozen=True)
class ChangedInputs:
    """What changed between the day's release before and now.

    Args:
        before: the release before as a row of `releases`; None if the day had none
        now: the inputs now
        n_labels_gone: labels that the release before read and that are not there any more with the same content;
            None if its version of the table cannot be read
    """

    before: Mapping[str, Any] | None
    now: ReleaseInputs
    n_labels_gone: int | None = None

    def causes(self, policy: str, *, has_other_days: bool) -> list[str]:
        """The causes, of the closed list of `restatements`, that a number of `policy` can have changed for."""
        before, now = self.before, self.now
        if before is None:
            return ["late_data" if has_other_days else "other_days"]
        of_the_day = [table for table in _TABLES_OF_THE_DAY if self._differ(table)]
        applies = {
            "corrected_configuration": any(
                before[name] != getattr(now, name) for name in ("settings_hash", "design_hash")
            ),
            "new_policy": before["policies"].get(policy) != now.policies.get(policy),
            "new_code": before["code_version"] != now.code_version,
            "late_data": has_other_days or bool(of_the_day),
        }
        found = [cause for cause, is_there in applies.items() if is_there] + self._label_causes()
        if not found and self._differ("prevalence_moments"):
            found.append("other_days")
        return found or ["gates"]

    def _label_causes(self) -> list[str]:
        if self.before is None or not self._differ("labels"):
            return []
        n_before, n_now = (
            n_rows_of(prints["labels"]) for prints in (self.before["fingerprints"], self.now.fingerprints)
        )
        n_gone = max(0, n_before - n_now) if self.n_labels_gone is None else self.n_labels_gone
        found = ["edited_labels"] if n_gone else []
        return found if found and n_now <= n_before else [*found, "late_labels"]

    def _differ(self, table: str) -> bool:
        before = self.before["fingerprints"].get(table) if self.before else None
        return bool(before != self.now.fingerprints.get(table))
