"""Decides released or held per number: every gate answers once, and a number is held by each gate that it breaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from lib.release.gates import data_quality, estimate, freshness, labeler_quality, plan_agreement, score_drift
from lib.release.gates.gate import GateResult, as_configured, held_against
from schemas.contracts.release_settings import GateName
from schemas.contracts.settings import Settings
from schemas.released_prevalence import FIGURES, FINDINGS

_COMMON: tuple[GateName, ...] = (
    "sensitivity", "specificity", "kappa", "labeler_drift", "join_loss", "data_checks", "unlabelled_rung", "label_lag",
    "age", "arm_agreement", "realised_error", "score_level", "score_mix",
)  # fmt: skip

# What the steps of the chain always leave behind. The others have nothing to go by on many a sound day: kappa without
# enough violations, drift without an anchor set, checks and alarms that nobody has run.
_ALWAYS_THERE: tuple[GateName, ...] = ("sensitivity", "specificity", "join_loss", "unlabelled_rung", "label_lag")

_Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Evidence:
    """What the gates go by besides the numbers themselves: small records, each list as its gate describes it."""

    labeler_quality: _Rows = field(default_factory=list)
    anchor_quality: _Rows = field(default_factory=list)
    row_account: _Rows = field(default_factory=list)
    data_checks: _Rows = field(default_factory=list)
    rungs: _Rows = field(default_factory=list)
    label_lags: _Rows = field(default_factory=list)
    plan_checks: _Rows = field(default_factory=list)
    score_totals: _Rows = field(default_factory=list)


@dataclass(frozen=True)
class Decision:
    """The numbers as decided (status, hold_reasons, warnings; no figures where held), and what every gate found."""

    numbers: Sequence[dict[str, Any]]
    gates: Sequence[GateResult]

    @property
    def n_held(self) -> int:
        """Numbers held."""
        return sum(number["status"] == "held" for number in self.numbers)


def decide(
    numbers: _Rows,
    evidence: Evidence,
    settings: Settings,
    *,
    policies: Sequence[str],
    ds: date,
    released_at: datetime,
) -> Decision:
    """Hold every number against every gate that speaks for it.

    Args:
        numbers: rows of `prevalence`, with their figures, of the periods that contain the day
        evidence: what the common gates go by
        settings: the limits, and what a broken one does
        policies: every policy
        ds: the day of the release
        released_at: the time of the release, UTC

    Returns:
        the numbers with the columns of `released_prevalence` except those of the run, and the gates' answers
    """
    common = common_gates(numbers, evidence, settings, policies=policies, ds=ds, released_at=released_at)
    answers = {_key(result): result for result in common}
    decided = []
    for number in numbers:
        asked = [result for result in common if result.speaks_for(number)]
        own = [*gates_of_number(number, settings), *_unanswered(number, asked)]
        own = [as_configured(result, settings.release) for result in own]
        answers |= {_key(result): result for result in own}
        decided.append(decided_number(number, [*own, *asked]))
    return Decision(decided, list(answers.values()))


def common_gates(
    numbers: _Rows,
    evidence: Evidence,
    settings: Settings,
    *,
    policies: Sequence[str],
    ds: date,
    released_at: datetime,
) -> list[GateResult]:
    """The answers of the gates that speak for many numbers at once; arguments as in `decide`.

    A gate that has nothing to go by at all says so once, for every number.
    """
    release = settings.release
    last_days: dict[str, date] = {}
    for number in numbers:
        last_days[number["period"]] = max(number["period_end"], last_days.get(number["period"], date.min))
    asked = [
        *labeler_quality.labeler_quality(
            evidence.labeler_quality, release, minimum_verdicts=settings.calibration.minimum_reference_verdicts
        ),
        *labeler_quality.labeler_drift(evidence.anchor_quality),
        *data_quality.join_loss(evidence.row_account, release),
        *data_quality.data_checks(evidence.data_checks, release),
        *data_quality.unlabelled_rung(evidence.rungs, release),
        *freshness.label_lag(evidence.label_lags, release),
        *freshness.age(last_days, release, released_at=released_at),
        *plan_agreement.plan_agreement(evidence.plan_checks),
        *score_drift.score_drift(evidence.score_totals, release, policies=policies, ds=ds),
    ]
    silent = sorted(set(_COMMON) - {result.gate for result in asked})
    asked += [held_against(gate, None, None, reason="") for gate in silent]
    return [as_configured(result, release) for result in asked]


def gates_of_number(number: Mapping[str, Any], settings: Settings) -> list[GateResult]:
    """The answers of the gates that go by the number itself; without an estimate the width has nothing to go by."""
    release = settings.release
    is_there = estimate.estimable(number)
    results = [
        is_there,
        estimate.missing_labels(number, maximum_rate=settings.estimation.maximum_missing_label_rate),
        *estimate.enough_labels(number, release),
        estimate.positives(number, release),
    ]
    return [*results, estimate.relative_width(number, release)] if is_there.verdict == "passed" else results


def decided_number(number: Mapping[str, Any], gates: Sequence[GateResult]) -> dict[str, Any]:
    """`number` with status, hold_reasons and warnings by `gates`; a held one loses all that would give it away."""
    held = [result.reason or result.gate for result in gates if result.verdict == "held"]
    warnings = [result.reason or result.gate for result in gates if result.verdict == "warned"]
    answered = {result.gate for result in gates if result.verdict != "not_applicable"}
    silent = [gate for gate in _ALWAYS_THERE if gate not in answered]
    if silent:
        warnings.append(
            f"no_evidence: gates {', '.join(silent)} had nothing to go by; run the steps before the release"
        )
    shown = dict(number) | {
        "status": "held" if held else "released",
        "hold_reasons": held,
        "warnings": [] if held else warnings,
    }
    return shown | dict.fromkeys((*FIGURES, *FINDINGS)) if held else shown


def _unanswered(number: Mapping[str, Any], asked: Sequence[GateResult]) -> list[GateResult]:
    """Gates that speak for other numbers and not for this one: they are not to pass for answered."""
    scope = {name: str(number[name]) for name in ("period", "policy")}
    answered = {result.gate for result in asked}
    return [held_against(gate, None, None, reason="", scope=scope) for gate in _ALWAYS_THERE if gate not in answered]


def _key(result: GateResult) -> tuple[Any, ...]:
    return (result.gate, result.subject, *sorted(result.scope.items()))
