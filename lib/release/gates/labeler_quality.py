"""Whether the labelers of each rung are good enough, as far as a higher rung or experts can tell."""

from collections.abc import Iterable, Mapping
from typing import Any

from lib.release.gates.gate import GateResult, held_against
from schemas.contracts.release_settings import GateName, ReleaseSettings


def labeler_quality(
    rows: Iterable[Mapping[str, Any]], settings: ReleaseSettings, *, minimum_verdicts: int
) -> list[GateResult]:
    """The upper limits of sensitivity, specificity and kappa of each rung against their floors.

    A rung is held against a floor by the upper limit of its interval: it breaks the floor when the data say so, not
    when they say little. Kappa is asked only of rungs with `minimum_verdicts` of the reference of either kind: its
    limits are by linearisation, which knows nothing of the violations that a few could have been, and policies whose
    violations are rare would be held for being rare. How many the labeler called violating is what it is judged by.
    `rows` are of `labeler_quality`, the best reference of whole rungs, with `period`.
    """
    floors: dict[GateName, float] = {
        "sensitivity": settings.minimum_sensitivity,
        "specificity": settings.minimum_specificity,
        "kappa": settings.minimum_kappa,
    }
    results = []
    for row in rows:
        for gate, floor in floors.items():
            is_asked = gate != "kappa" or min(row["n_positive"], row["n_negative"]) >= minimum_verdicts
            upper = row[f"{gate}_ci_high"] if is_asked else None
            reason = (
                f"the {gate} of the {row['rung']} labels against {row['reference']} is at most {upper:.3f}, less than "
                f"{floor:g}, over {row['window_start']} to {row['window_end']}; mend the labeler and label again"
                if upper is not None
                else ""
            )
            scope = {"period": str(row["period"]), "policy": str(row["policy"])}
            results.append(
                held_against(gate, upper, floor, reason=reason, is_floor=True, scope=scope, subject=str(row["rung"]))
            )
    return results


def labeler_drift(rows: Iterable[Mapping[str, Any]]) -> list[GateResult]:
    """The p-value of a labeler's change on the pinned anchor set against the limit of its alarm.

    `rows` are of `labeler_quality` with reference `anchor`, with `period`.
    """
    return [
        held_against(
            "labeler_drift",
            row["drift_p_value"],
            row["drift_alarm_limit"],
            reason=f"{row['labeler_id']} judges the pinned anchor set otherwise than at first (p = "
            f"{row['drift_p_value'] or 0:.2g}); compare prompt and model, then calibrate anew",
            is_floor=True,
            scope={"period": str(row["period"]), "policy": str(row["policy"])},
            subject=f"{row['labeler_id']}/{row['prompt_version']}",
        )
        for row in rows
    ]
