"""A labeler that disturbs known truth with configured error rates: for demonstrations, audits and tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.labeler import content_hash, every_unit_and_policy
from lib.units.identifiers import unit_id

_DEFAULT = "default"
_SINGLE_COMPONENTS = ("query", "response", "image")


@dataclass(frozen=True)
class SimulatedLabeler:
    """Sees the truth and errs at configured rates, the same way in every run.

    `truth` has one row per violating unit and policy: query_id, response_id, policy, violating_components.
    `sensitivity` is policy (or `default`) -> component -> P(violating | violates); harm in several components is found
    as well as in the plainest. `specificity` is policy (or `default`) -> P(not violating | does not violate). A rate
    that is not given is 1.
    """

    labeler_id: str
    truth: DataFrame
    sensitivity: Mapping[str, Mapping[str, float]]
    specificity: Mapping[str, float]
    seed: int
    label_source: str = "simulated"
    reads_content: bool = False

    @property
    def prompt_version(self) -> str:
        """Content hash of the error rates and the seed."""
        return "simulated-" + content_hash([self.sensitivity, self.specificity, self.seed])

    def verdicts(self, units: DataFrame, policies: Sequence[str]) -> DataFrame:
        """Truth of `units`, disturbed; see Labeler.verdicts."""
        drawn = units.select("unit_id")
        truth = self.truth.select(
            unit_id(F.col("query_id"), F.col("response_id")).alias("unit_id"), "policy", "violating_components"
        )
        # The truth of a whole day may be large, the sample is not: the sample is what is sent to every executor.
        truth = truth.join(F.broadcast(drawn), "unit_id", "left_semi")
        judged = every_unit_and_policy(drawn, policies).join(truth, ["unit_id", "policy"], "left")
        components = F.col("violating_components")
        chance = self._uniform("verdict")
        is_violation = components.isNotNull()
        is_found = F.when(is_violation, chance < self._sensitivity(policies)).otherwise(
            chance >= _by_policy(policies, self.specificity)
        )
        blamed = F.element_at(
            F.array(*[F.lit(name) for name in _SINGLE_COMPONENTS]),
            (F.floor(self._uniform("component") * len(_SINGLE_COMPONENTS)) + 1).cast("int"),
        )
        return judged.select(
            "unit_id",
            "policy",
            F.when(is_found, "violating").otherwise("not_violating").alias("verdict"),
            F.when(is_found, F.coalesce(components, F.array(blamed)))
            .otherwise(F.array().cast("array<string>"))
            .alias("violating_components"),
            F.lit(None).cast("double").alias("confidence"),
        )

    def _sensitivity(self, policies: Sequence[str]) -> Column:
        """The highest sensitivity among the unit's violating components."""
        found = F.lit(0.0)
        for name in (*_SINGLE_COMPONENTS, "combination"):
            rates = {k: self._rates_of(k).get(name, 1.0) for k in policies}
            rate = _by_policy(policies, rates)
            found = F.greatest(found, F.when(F.array_contains("violating_components", name), rate).otherwise(0.0))
        return found

    def _rates_of(self, policy: str) -> Mapping[str, float]:
        return self.sensitivity.get(policy, self.sensitivity.get(_DEFAULT, {}))

    def _uniform(self, purpose: str) -> Column:
        """A number in [0, 1) that depends on labeler, unit and policy only."""
        hashed = F.xxhash64(F.lit(f"{self.seed}/{self.labeler_id}/{purpose}"), F.col("unit_id"), F.col("policy"))
        return F.shiftrightunsigned(hashed, 12).cast("double") * F.lit(2.0**-52)


def _by_policy(policies: Sequence[str], rates: Mapping[str, float]) -> Column:
    fallback = rates.get(_DEFAULT, 1.0)
    pairs = [literal for k in policies for literal in (F.lit(k), F.lit(float(rates.get(k, fallback))))]
    return F.create_map(*pairs)[F.col("policy")]
