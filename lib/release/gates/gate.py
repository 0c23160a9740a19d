"""What a gate answers: figure, limit, verdict, and the numbers it speaks for."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from schemas.contracts.release_settings import GateName, ReleaseSettings
from schemas.release_gates import EVERY, SCOPE


@dataclass(frozen=True)
class GateResult:
    """One gate's answer.

    Args:
        gate: name of the gate
        scope: columns of SCOPE that narrow the numbers it speaks for; the others mean every value
        subject: what it was asked of, for example a labeler, a rung or a log
        figure: what was found; None if there is nothing to go by
        bound: the limit; None if none is set
        is_floor: whether the figure must be at least the limit; at most otherwise
        verdict: passed, held, warned or not_applicable
        reason: what is wrong and what mends it; None if it passed
    """

    gate: GateName
    scope: Mapping[str, str]
    subject: str
    figure: float | None
    bound: float | None
    is_floor: bool
    verdict: str
    reason: str | None

    def speaks_for(self, number: Mapping[str, Any]) -> bool:
        """Whether the number (a row of `prevalence`) is in its scope."""
        return all(number[name] == value for name, value in self.scope.items())

    def record(self) -> dict[str, Any]:
        """The columns of `release_gates` that a gate knows."""
        return {name: self.scope.get(name, EVERY) for name in SCOPE} | {
            "gate": self.gate,
            "subject": self.subject,
            "figure": self.figure,
            "bound": self.bound,
            "bound_kind": "at_least" if self.is_floor else "at_most",
            "verdict": self.verdict,
            "reason": self.reason,
        }


def held_against(
    gate: GateName,
    figure: float | None,
    bound: float | None,
    *,
    reason: str,
    is_floor: bool = False,
    scope: Mapping[str, str] | None = None,
    subject: str = EVERY,
) -> GateResult:
    """The gate's answer for `figure` against `bound`; `reason` is what it says if the limit is broken.

    Without a figure (None or not a number) or without a limit the verdict is not_applicable. An infinite figure breaks
    a ceiling.
    """
    known = None if figure is None or math.isnan(figure) else float(figure)
    if known is None or bound is None:
        nothing = "there is nothing to go by" if known is None else "no limit is set"
        return GateResult(gate, scope or {}, subject, known, bound, is_floor, "not_applicable", f"{gate}: {nothing}")
    is_kept = known >= bound if is_floor else known <= bound
    verdict, said = ("passed", None) if is_kept else ("held", f"{gate}: {reason}")
    return GateResult(gate, scope or {}, subject, known, float(bound), is_floor, verdict, said)


def held_for_lack(
    gate: GateName,
    bound: float | None,
    *,
    reason: str,
    is_floor: bool = False,
    scope: Mapping[str, str] | None = None,
    subject: str = EVERY,
) -> GateResult:
    """Held without a figure: what the gate goes by is there, and cannot be; a number on such data is not shown."""
    known = None if bound is None else float(bound)
    return GateResult(gate, scope or {}, subject, None, known, is_floor, "held", f"{gate}: {reason}")


def known_number(value: Any) -> float | None:
    """`value` as a number >= 0; None if it is missing, not a number or negative."""
    number = math.nan if value is None else float(value)
    return number if number >= 0.0 else None


def as_configured(result: GateResult, settings: ReleaseSettings) -> GateResult:
    """`result` with what conf makes of its gate: only a warning, or required to have something to go by."""
    if result.verdict == "held" and result.gate in settings.warn_only:
        return replace(result, verdict="warned")
    if result.verdict == "not_applicable" and result.gate in settings.required:
        remedy = f"{result.reason}, and release.required names it; provide it or take it out there"
        return replace(result, verdict="held", reason=remedy)
    return result
