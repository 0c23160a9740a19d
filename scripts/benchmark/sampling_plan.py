"""From the known totals of the strata to everything a draw needs of them, in plain numbers, for engines without Spark.

The formulas of lib/sampling/size_measure.py and frame_rows.py, whose modules import pyspark, for a design of one
bottom-k draw whose strata are the surfaces.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lib.sampling.allocation import allocate
from schemas.contracts.sampling_design import SamplingDesign
from schemas.contracts.settings import Measure

MEASURES: tuple[Measure, ...] = ("units", "views")
PRIOR_PREVALENCE = 0.001
_LEAST_PREVALENCE = 1e-5


@dataclass
class Stratum:
    """Known totals of one stratum; score figures by policy, exposure and spread by measure."""

    name: str
    population_size: int
    exposure_totals: dict[Measure, float]
    score_totals: dict[Measure, dict[str, float]]
    n_missing_scores: dict[str, int]
    highest_scores: dict[str, float]
    scorer_version: str
    spread_totals: dict[Measure, float] = field(default_factory=dict)
    sample_size: int = 0
    inside: float | None = None
    outside: float | None = None
    largest_exposures: dict[Measure, float] = field(default_factory=dict)
    largest_ratios: dict[Measure, float] = field(default_factory=dict)

    def factor(self, measure: Measure, shares: Mapping[Measure, float]) -> float:
        """β_j / X_j; the shares of measures that the stratum has nothing of go to the others."""
        present = sum(share for name, share in shares.items() if self.exposure_totals[name] > 0)
        total = self.exposure_totals[measure]
        return shares[measure] / present / total if total > 0 else 0.0

    def normaliser(self, shares: Mapping[Measure, float]) -> float:
        """Σ m g over the stratum."""
        return sum(self.factor(measure, shares) * self.spread_totals[measure] for measure in shares)


def importance(strata: Sequence[Stratum], policies: Sequence[str]) -> dict[str, float]:
    """a_k = 1/R_k², sum 1, R_k the prevalence that the scores predict."""
    raw = {}
    for policy in policies:
        scored = [s for s in strata if policy in s.highest_scores]
        total = sum(s.exposure_totals["units"] for s in scored)
        prevalence = sum(s.score_totals["units"][policy] for s in scored) / total if total else PRIOR_PREVALENCE
        raw[policy] = 1 / max(prevalence, _LEAST_PREVALENCE) ** 2
    whole = sum(raw.values())
    return {policy: value / whole for policy, value in raw.items()}


def allot(strata: Sequence[Stratum], design: SamplingDesign) -> None:
    """Set every stratum's sample_size: the budget in proportion to the size measure."""
    shares, delta = design.measure_shares, design.uniform_share
    day = {m: sum(s.exposure_totals[m] for s in strata) for m in shares}
    exposed = {s.name: sum(b * s.exposure_totals[m] / day[m] for m, b in shares.items()) for s in strata}
    spread = {s.name: sum(b * s.spread_totals[m] / day[m] for m, b in shares.items()) for s in strata}
    total = sum(spread.values()) or 1.0
    sizes = allocate(
        min(design.sample_size, sum(s.population_size for s in strata)),
        population_sizes={s.name: s.population_size for s in strata},
        stratum_sizes={s.name: (1 - delta) * spread[s.name] / total + delta * exposed[s.name] for s in strata},
        minimum_stratum_size=design.minimum_stratum_size,
        design_name=design.name,
    )
    for stratum in strata:
        stratum.sample_size = sizes[stratum.name]


def frame_records(
    strata: Sequence[Stratum], design: SamplingDesign, weights: Mapping[str, float], reads: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Rows of `sampling_frame` without ds and job_run_id; maps are lists of pairs, as Arrow takes them."""
    return [
        {
            "design_id": design.design_id,
            "stratum": s.name,
            "method": design.method,
            "size_measure_rule": "score_and_exposure",
            "population_size": s.population_size,
            "exposure_totals": list(s.exposure_totals.items()),
            "score_totals": [(measure, list(totals.items())) for measure, totals in s.score_totals.items()],
            "n_missing_scores": list(s.n_missing_scores.items()),
            "highest_scores": list(s.highest_scores.items()),
            "policy_importance": list(weights.items()),
            "size_measure_total": 1.0,
            "uniform_share": design.uniform_share,
            "measure_shares": list(design.measure_shares.items()),
            "threshold": s.inside,
            "draws": [
                {
                    "draw": "main",
                    "policy_importance": list(weights.items()),
                    "target_sample_size": s.sample_size,
                    "sample_size": s.sample_size,
                    "threshold": s.inside,
                    "threshold_outside": s.outside,
                    "score_spread_totals": list(s.spread_totals.items()),
                }
            ],
            "weight_bounds": list(weight_bounds(s).items()),
            "target_sample_size": s.sample_size,
            "sample_size": s.sample_size,
            "seed": design.seed,
            "random_number_key": "unit_id",
            "segment_totals": [
                {
                    "segment": segment,
                    "segment_value": value,
                    "measure": measure,
                    "population_size": s.population_size,
                    "exposure_total": s.exposure_totals[measure],
                    "score_totals": list(s.score_totals[measure].items()),
                }
                for segment, value in (("all", "all"), ("surface", s.name))
                for measure in MEASURES
            ],
            "scorer_version": s.scorer_version,
            "job_run_reads": list(reads.items()),
        }
        for s in strata
    ]


def weight_bounds(stratum: Stratum) -> dict[Measure, float]:
    """Measure -> the largest exposure / p that a unit of the stratum can have."""
    if stratum.outside is None:
        return stratum.largest_exposures
    return {m: max(x, stratum.largest_ratios[m] / stratum.outside) for m, x in stratum.largest_exposures.items()}
