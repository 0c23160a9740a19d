"""Whether what came of the sample agrees with its plan, as `plan_checks` found."""

from collections.abc import Iterable, Mapping
from typing import Any

from lib.release.gates.gate import GateResult, held_against
from schemas.contracts.release_settings import GateName

_GATES: dict[str, tuple[GateName, str]] = {
    "validation_arm": (
        "arm_agreement",
        "the units that exposure alone would have drawn give another prevalence than the whole sample, {ratio} of it "
        "(p = {p_value:.2g}): the probabilities are not those of the draw; draw the day again",
    ),
    "realised_error": (
        "realised_error",
        # with the planned error, which is no secret, the ratio would tell the error of a held number
        "the standard error is not the planned one, by more than chance: violations carry scores that are too low; "
        "see `plan_checks`, and train the scorer anew",
    ),
}


def plan_agreement(rows: Iterable[Mapping[str, Any]]) -> list[GateResult]:
    """The p-value of each plan check against the limit of its alarm; `rows` are of `plan_checks`."""
    results = []
    for row in rows:
        gate, text = _GATES[row["kind"]]
        is_known = row["p_value"] is not None and row["ratio"] is not None
        reason = text.format(ratio=f"{row['ratio']:.2f}", p_value=row["p_value"]) if is_known else ""
        scope = {name: str(row[name]) for name in ("period", "policy", "measure")}
        p_value, limit = row["p_value"], row["alarm_limit"]
        results.append(held_against(gate, p_value, limit, reason=reason, is_floor=True, scope=scope))
    return results
