"""Audits one design on one frame: many samples under every scenario, and what estimator and interval make of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from lib.audit.coverage import AuditFigures, audit
from lib.audit.population import FloatArray
from lib.audit.scenarios import risk_under
from lib.audit.virtual_draws import StratumDraws, repeated_draws
from lib.audit.virtual_frame import VirtualFrame, VirtualVerdicts, simple_random_variance
from lib.audit.virtual_ladder import frame_moments, label_draws
from lib.estimation.estimators import EstimatorName
from lib.estimation.intervals.prevalence_interval import IntervalMethod
from lib.estimation.ladder_moments import LadderMoments
from lib.planning.label_model import ErrorRates
from schemas.design_audits import SCENARIOS

# Entries held at once; a moment needs a few arrays of them.
_LARGEST_BATCH = 1_500_000


@dataclass(frozen=True, eq=False)
class AuditedDesign:
    """A design as it was drawn on a day, and what labels and estimates come after it.

    Attributes:
        method: poisson or bottom_k
        strata: stratum to what is drawn there
        policy_importance: a_k per policy of the main draw
        rungs: names of the rungs, lowest first; the last one is taken for the truth
        rung_sizes: expected units on each rung above the first; None: all of the rung below
        error_rates: policy to the errors of every rung but the last against the one above
        weight_bounds: measure to the largest x/P on the last rung that the design allows
        estimator: estimator of the published numbers
        interval: their interval
        confidence_level: its level

    """

    method: str
    strata: Mapping[str, StratumDraws]
    policy_importance: Mapping[str, float]
    rungs: tuple[str, ...]
    rung_sizes: tuple[int | None, ...]
    error_rates: Mapping[str, list[ErrorRates]]
    weight_bounds: Mapping[str, float]
    estimator: EstimatorName
    interval: IntervalMethod
    confidence_level: float

    @property
    def sample_size(self) -> int:
        """Units of all draws and strata, units in several draws counted in each: no sample is much larger."""
        return sum(sum(draws.sample_sizes.values()) for draws in self.strata.values())


@dataclass(frozen=True)
class AuditedNumber:
    """What the design does for one policy and measure under one scenario.

    Attributes:
        policy: policy id
        measure: units or views
        scenario: name of the scenario
        prevalence: the truth R in the audited population; 0 without exposure
        figures: None where there is nothing to estimate; reason says why
        reason: empty, no_exposure, no_violations or no_score

    """

    policy: str
    measure: str
    scenario: str
    prevalence: float
    figures: AuditFigures | None
    reason: str = ""


def audit_design(
    frame: VirtualFrame, design: AuditedDesign, *, n_replicates: int, seed: tuple[int, ...]
) -> list[AuditedNumber]:
    """Draw, label and estimate again and again under every scenario.

    Verdicts are drawn once a scenario, a finite population with a truth of its own; samples differ, truth does not.
    Every drawn unit gets its verdicts: missing labels are not part of the audit.

    Args:
        frame: the population
        design: what is done with it
        n_replicates: samples a scenario
        seed: seed of all random numbers

    Returns:
        one entry a policy, measure and scenario

    """
    numbers: list[AuditedNumber] = []
    for position, scenario in enumerate(SCENARIOS):
        numbers += _scenario(frame, design, scenario, n_replicates, np.random.default_rng([*seed, position]))
    return numbers


def _scenario(
    frame: VirtualFrame, design: AuditedDesign, scenario: str, n_replicates: int, random: Generator
) -> Iterator[AuditedNumber]:
    weights = frame.copies.astype(np.float64)
    verdicts = {
        policy: VirtualVerdicts.drawn(
            risk_under(scenario, risk, weights), frame.copies, design.error_rates[policy], random
        )
        for policy, risk in frame.risks.items()
    }
    truths = {
        (policy, measure): _prevalence(frame, exposure, population)
        for policy, population in verdicts.items()
        for measure, exposure in frame.exposures.items()
        if measure in design.weight_bounds
    }
    reasons = {number: _reason(frame, design, number, truth) for number, truth in truths.items()}
    replicates: dict[tuple[str, str], list[LadderMoments]] = {key: [] for key, reason in reasons.items() if not reason}
    for size in _batches(n_replicates, design.sample_size):
        draws = repeated_draws(frame, design.strata, method=design.method, n_replicates=size, random=random)
        labelled = label_draws(
            frame,
            draws,
            verdicts,
            rung_sizes=design.rung_sizes,
            policy_importance=design.policy_importance,
            random=random,
        )
        for (policy, measure), collected in replicates.items():
            bound = design.weight_bounds[measure]
            collected.extend(
                frame_moments(frame, labelled, policy=policy, measure=measure, rungs=design.rungs, weight_bound=bound)
            )
    for (policy, measure), truth in truths.items():
        reason = reasons[(policy, measure)]
        figures = None
        if not reason:
            figures = audit(
                replicates[(policy, measure)],
                truth=truth,
                simple_random_variance=simple_random_variance(
                    frame, frame.exposures[measure], verdicts[policy].n_violating
                ),
                estimator=design.estimator,
                methods=(design.interval,),
                level=design.confidence_level,
            )
        yield AuditedNumber(policy, measure, scenario, truth, figures, reason)


def _prevalence(frame: VirtualFrame, exposure: FloatArray, verdicts: VirtualVerdicts) -> float:
    total = frame.total(exposure)
    return float(exposure @ verdicts.n_violating) / total if total > 0.0 else 0.0


def _reason(frame: VirtualFrame, design: AuditedDesign, number: tuple[str, str], truth: float) -> str:
    policy, measure = number
    if not frame.total(frame.exposures[measure]) > 0.0:
        return "no_exposure"
    if design.estimator == "difference" and not frame.has_score(policy):
        return "no_score"
    return "" if truth > 0.0 else "no_violations"


def _batches(n_replicates: int, sample_size: int) -> list[int]:
    largest = max(1, _LARGEST_BATCH // max(1, sample_size))
    whole, rest = divmod(n_replicates, largest)
    return [largest] * whole + ([rest] if rest else [])
