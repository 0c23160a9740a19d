"""The size measure w: how much a unit is worth labelling, given its exposure and its scores.

    w_i = (1 - δ) m_i g_i / Σ_U m g + δ m_i / Σ_U m,   m_i = Σ_j β_j x_ij / Σ_U x_ij,   g_i = √(Σ_k a_k ŝ_ik (1 - ŝ_ik))

√(p(1-p)) is the optimum for a 0/1 outcome with predicted probability p (Särndal, Swensson & Wretman 1992, §12.2); δ is
a defensive mixture (Hesterberg 1995): no unit's weight exceeds 1/δ times its weight under exposure-proportional
sampling, whatever the model says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.sampling.exact_sum import exact_sum
from lib.sampling.exposure import exposure
from lib.sampling.population import StratumPopulation
from lib.sampling.strata import by_stratum

# A policy without scores yet is taken to be this rare; it then pulls towards exposure-proportional sampling.
_PRIOR_PREVALENCE = 0.001
_LEAST_PREVALENCE = 1e-5


@dataclass(frozen=True)
class SizeMeasure:
    """Everything that turns a unit's exposure and scores into its size measure, per stratum.

    `score_spread_totals` is stratum -> measure -> Σ x g; it is empty while no policy has a score (exposure only).
    """

    uniform_share: float
    measure_shares: Mapping[str, float]
    policy_importance: Mapping[str, float]
    populations: Sequence[StratumPopulation]
    score_spread_totals: Mapping[str, Mapping[str, float]]

    @property
    def rule(self) -> str:
        """What the size measure rests on, as written into the frame."""
        return "score_and_exposure" if self.score_spread_totals else "exposure_only"

    def column(self) -> Column:
        """W of a row with stratum, imputed scores and the exposure columns; its stratum total is 1."""
        mixture = self._exposure_mixture()
        if not self.score_spread_totals:
            return mixture
        normaliser = {p.stratum: self._score_part_total(p) for p in self.populations}
        score_part = mixture * score_spread(self.policy_importance) / by_stratum(normaliser)
        score_part = F.when(by_stratum(normaliser) > 0, score_part).otherwise(mixture)
        return F.lit(1 - self.uniform_share) * score_part + F.lit(self.uniform_share) * mixture

    def stratum_sizes(self) -> dict[str, float]:
        """Each stratum's share of the day's size measure, as if the day were one stratum (sum 1)."""
        day = {m: sum(p.exposure_totals[m] for p in self.populations) for m in self.measure_shares}
        exposure_share = {
            p.stratum: sum(s * p.exposure_totals[m] / day[m] for m, s in self.measure_shares.items() if day[m] > 0)
            for p in self.populations
        }
        if not self.score_spread_totals:
            return exposure_share
        score_share = {
            name: sum(s * spread[m] / day[m] for m, s in self.measure_shares.items() if day[m] > 0)
            for name, spread in self.score_spread_totals.items()
        }
        total = sum(score_share.values()) or 1.0
        return {
            name: (1 - self.uniform_share) * score_share[name] / total + self.uniform_share * exposure_share[name]
            for name in exposure_share
        }

    def _exposure_mixture(self) -> Column:
        mixture = F.lit(0.0)
        for measure in self.measure_shares:
            factor = {p.stratum: self._measure_factor(p, measure) for p in self.populations}
            mixture = mixture + by_stratum(factor) * exposure(measure)
        return mixture

    def _measure_factor(self, population: StratumPopulation, measure: str) -> float:
        """β_j / X_j; the shares of measures that the stratum has nothing of go to the others."""
        totals = population.exposure_totals
        present = sum(share for name, share in self.measure_shares.items() if totals[name] > 0)
        return self.measure_shares[measure] / present / totals[measure] if totals[measure] > 0 else 0.0

    def _score_part_total(self, population: StratumPopulation) -> float:
        spread = self.score_spread_totals[population.stratum]
        return sum(self._measure_factor(population, measure) * spread[measure] for measure in self.measure_shares)


def policy_importance(
    populations: Sequence[StratumPopulation], *, policies: Sequence[str], rule: str | Mapping[str, float]
) -> dict[str, float]:
    """a_k per policy, sum 1: as configured, or 1/R_k² with the prevalence R_k that the scores predict.

    1/R_k² minimises the sum of squared relative errors. A policy left out of a configured `rule` counts 0.
    """
    if isinstance(rule, Mapping):
        raw = {policy: float(rule.get(policy, 0.0)) for policy in policies}
    else:
        raw = {policy: 1 / predicted_prevalence(populations, policy) ** 2 for policy in policies}
    total = sum(raw.values())
    return {policy: value / total for policy, value in raw.items()}


def predicted_prevalence(populations: Sequence[StratumPopulation], policy: str, measure: str = "units") -> float:
    """Exposure-weighted mean score of all strata that have scores; a prior while none has."""
    scored = [p for p in populations if policy in p.highest_scores]
    total = sum(p.exposure_totals[measure] for p in scored)
    if not total:
        return _PRIOR_PREVALENCE
    return max(sum(p.score_totals[measure][policy] for p in scored) / total, _LEAST_PREVALENCE)


def impute_scores(populations: Sequence[StratumPopulation], policies: Sequence[str]) -> Column:
    """The unit's scores with the stratum's highest where one is missing; null for a policy without any.

    A unit that could not be scored is never taken for a harmless one.
    """
    highest = {k: {p.stratum: p.highest_scores.get(k) for p in populations} for k in policies}
    entries = [(F.lit(k), F.coalesce(F.col("scores")[k], by_stratum(highest[k]))) for k in policies]
    # One value is read out of such a map without the map being made. A function over its entries would hide that from
    # Spark, and size measures, a dozen values each, would cost several times as much.
    return F.create_map(*[part for entry in entries for part in entry])


def known_scores(imputed: Column) -> Column:
    """Of imputed scores those that there are: a policy without any is absent."""
    return F.map_filter(imputed, lambda _, score: score.isNotNull())


def score_spread(importance: Mapping[str, float]) -> Column:
    """G = √(Σ_k a_k ŝ_k (1 - ŝ_k)) from imputed `scores`; a policy without any score counts with a prior's spread."""
    weighted = F.lit(0.0)
    for policy, weight in importance.items():
        weighted = weighted + F.lit(weight) * score_variance(policy)
    return F.sqrt(weighted)


def score_variance(policy: str) -> Column:
    """V = ŝ (1 - ŝ) from imputed `scores`, what a verdict of that probability varies by; a prior's without scores."""
    prior = _PRIOR_PREVALENCE * (1 - _PRIOR_PREVALENCE)
    score = F.col("scores")[policy]
    return F.coalesce(score * (1 - score), F.lit(prior))


def score_spread_totals(
    units: DataFrame, *, importances: Mapping[str, Mapping[str, float]], measures: Sequence[str]
) -> dict[str, dict[str, dict[str, float]]]:
    """Σ x g of every draw, as draw -> stratum -> measure, in one pass; `importances` maps a draw to its a_k.

    `units` has stratum and imputed scores. Sums are exact.
    """
    totals = [
        exact_sum(score_spread(importance), times=exposure(measure)).alias(f"{draw}|{measure}")
        for draw, importance in importances.items()
        for measure in measures
    ]
    rows = units.groupBy("stratum").agg(*totals).collect()
    return {
        draw: {row["stratum"]: {measure: row[f"{draw}|{measure}"] for measure in measures} for row in rows}
        for draw in importances
    }
