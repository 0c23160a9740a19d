"""Plans one day's sample: the frame from its scores, labelers and experience from the days before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.moments.periods import Period, roll_up
from lib.planning.cells import EVERYTHING
from lib.planning.experience import Experience, prevalence_ratios, variance_ratios
from lib.planning.label_model import ErrorRates
from lib.planning.label_pairs import error_rates, label_pairs
from lib.planning.plan_model import Climbing, PlanModel
from lib.planning.plan_rows import PlanRequest, plan_rows
from lib.planning.planned_frame import planned_frame
from schemas.contracts.labelling_settings import RungSettings
from schemas.contracts.moment_names import UNIT
from schemas.contracts.sampling_design import SamplingDesign
from schemas.contracts.settings import EstimationSettings, PlanningSettings

# As in lib/sampling/rungs.py: the climb to a rung is steered by these whatever labelers turn out to be.
CLIMBING = Climbing(ErrorRates(sensitivity=0.8, specificity=0.995), uniform_share=0.2)
UNSCORED = 0.001
# Units by which measured error rates are drawn towards the assumed ones.
_PRIOR_UNITS = 20.0


@dataclass(frozen=True, eq=False)
class EarlierDays:
    """What the days before the planned one left behind; None where no step has written it yet.

    Attributes:
        samples: rows of `samples` of the design
        labels: current rows of `labels`
        moments: rows of `prevalence_moments` of the design
        checks: rows of `plan_checks` of the design

    """

    samples: DataFrame | None = None
    labels: DataFrame | None = None
    moments: DataFrame | None = None
    checks: DataFrame | None = None

    @classmethod
    def of(cls, tables: Mapping[str, DataFrame | None], *, design_id: str, ds: date, window_days: int) -> "EarlierDays":
        """What `tables`, by name, hold of the `window_days` days before `ds`."""

        def earlier(name: str) -> DataFrame | None:
            rows = tables.get(name)
            if rows is None:
                return None
            inside = (F.col("ds") < F.lit(ds)) & (F.col("ds") >= F.lit(ds - timedelta(days=window_days)))
            return rows.where(inside & (F.col("design_id") == design_id) if "design_id" in rows.columns else inside)

        return cls(
            samples=earlier("samples"),
            labels=earlier("labels"),
            moments=earlier("prevalence_moments"),
            checks=earlier("plan_checks"),
        )

    def error_rates(
        self, *, policies: Sequence[str], rungs: Sequence[str], planning: PlanningSettings
    ) -> dict[str, list[ErrorRates]]:
        """Policy to the errors of every rung but the highest against the one above."""
        assumed = ErrorRates(planning.assumed_sensitivity, planning.assumed_specificity)
        pairs = []
        if self.samples is not None and self.labels is not None and len(rungs) > 1:
            pairs = label_pairs(self.samples, self.labels, rungs=rungs).collect()
        return error_rates(pairs, policies=policies, rungs=rungs, assumed=assumed, prior_size=_PRIOR_UNITS)

    def experience(self, *, rungs: tuple[str, ...]) -> Experience:
        """How labels compared with scores, and realised errors with planned ones."""
        rolled_up: list[Mapping[str, Any]] = []
        if self.moments is not None:
            whole = self.moments.where(_is_everything() & (F.col("component") == UNIT) & F.col("has_score"))
            rolled_up = [row.asDict() for row in roll_up(whole, [Period("all", None, None)]).collect()]
        checks: list[Mapping[str, Any]] = []
        if self.checks is not None:
            is_daily_error = (F.col("kind") == "realised_error") & (F.col("period") == "day")
            columns = ("policy", "measure", "ratio", "degrees_of_freedom")
            ordered = self.checks.where(is_daily_error).orderBy("ds", "policy", "measure")
            checks = [row.asDict() for row in ordered.select(*columns).collect()]
        return Experience(prevalence_ratios(rolled_up, rungs=rungs), variance_ratios(checks))


def plan_day(
    unit_scores: DataFrame,
    earlier: EarlierDays,
    *,
    design: SamplingDesign,
    policies: Sequence[str],
    rungs: Sequence[RungSettings],
    estimation: EstimationSettings,
    planning: PlanningSettings,
) -> list[dict[str, Any]]:
    """Records of `sample_plans` for one day, from its scores and from earlier days.

    Args:
        unit_scores: the day's rows
        earlier: what the days before left
        design: the configured design
        policies: every policy
        rungs: the configured label ladder, lowest rung first
        estimation: measures, segments and the published estimator
        planning: what to plan

    Returns:
        one record a plan, policy, measure and segment

    Raises:
        ConfigurationError: the design's budget does not fit the population
    """
    frame = planned_frame(
        unit_scores,
        design=design,
        policies=policies,
        measures=estimation.measures,
        segments=estimation.segments,
        climbing_rates=CLIMBING.error_rates,
        unscored=UNSCORED,
    )
    names = tuple(rung.rung for rung in rungs)
    model = PlanModel(
        cells=frame.cells,
        policy_importance=frame.policy_importance,
        allocate=frame.allocate,
        smallest_budget=frame.smallest_budget,
        climbing=CLIMBING,
        rungs=names,
        error_rates=earlier.error_rates(policies=policies, rungs=names, planning=planning),
        experience=earlier.experience(rungs=names),
    )
    sizes = [frame.sample_size]
    sizes += [float(rung.sample_size) if rung.sample_size else sizes[0] for rung in rungs[1:]]
    return plan_rows(
        model,
        PlanRequest(
            sizes=tuple(sizes),
            costs=tuple(rung.cost_per_label for rung in rungs),
            measures=tuple(estimation.measures),
            estimator=estimation.published_estimator,
            scored_policies=frame.scored_policies,
            planning=planning,
        ),
    )


def _is_everything() -> Column:
    return (F.col("segment") == EVERYTHING[0]) & (F.col("segment_value") == EVERYTHING[1])
