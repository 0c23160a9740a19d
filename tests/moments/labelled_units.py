"""Hand-made labelled samples of two strata, as the tables hold them and as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.sql import DataFrame, SparkSession

from lib.estimation.ladder_moments import LadderMoments
from lib.moments.accumulate import accumulate_moments, known_totals
from lib.moments.ladder_rows import Ladder, ladder_rows
from schemas import samples, sampling_frame
from schemas.labels import RUNGS

POLICIES = ("a", "b")
MEASURES = ("units", "views")
# Known totals of a stratum's segment: population, views, and the totals of score and views x score of policy a.
KNOWN = {
    ("s1", "all", "all"): (100, 340, 2.5, 8.25),
    ("s1", "country", "FR"): (70, 220, 1.5, 5.0),
    ("s1", "country", "DE"): (30, 120, 1.0, 3.25),
    ("s2", "all", "all"): (50, 90, 0.75, 1.5),
    ("s2", "country", "FR"): (40, 80, 0.5, 1.25),
    ("s2", "country", "DE"): (9, 10, 0.25, 0.25),
    ("s2", "country", "IT"): (1, 0, 0.0, 0.0),  # nobody of IT is in the sample
}
NAN = float("nan")


@dataclass(frozen=True)
class Unit:
    """A sampled unit: views, country, p, score of policy a, and per policy the verdicts up the ladder."""

    unit_id: str
    stratum: str
    country: str
    views: float
    p: float
    score: float
    a: tuple[float, ...]
    b: tuple[float, ...]
    q: tuple[float, ...] = ()

    def exposure(self, measure: str) -> float:
        return {"units": 1.0, "views": self.views}[measure]

    def verdict(self, policy: str, rung: int) -> float:
        verdicts = {"a": self.a, "b": self.b}[policy]
        return verdicts[rung] if rung < len(verdicts) else NAN

    def probability(self, rung: int) -> float:
        return float(np.prod([self.p, *self.q[:rung]])) if rung <= len(self.q) else NAN


UNITS = (
    Unit("u01", "s1", "FR", 3.0, 0.10, 0.20, (1, 1, 1), (0, 0, 0), (0.5, 0.4)),
    Unit("u02", "s1", "FR", 0.0, 0.05, 0.01, (0, 0), (0, 1), (0.3,)),
    Unit("u03", "s1", "DE", 7.0, 0.40, 0.70, (1, 0, 1), (1, 1, 0), (0.9, 0.8)),
    Unit("u04", "s1", "DE", 1.0, 0.02, 0.03, (0,), (0,)),
    Unit("u05", "s1", "FR", 2.0, 1.00, 0.95, (1, 1), (0, 0), (1.0,)),
    Unit("u06", "s2", "FR", 4.0, 0.25, 0.10, (0, 1, 1), (1, 1, 1), (0.25, 1.0)),
    Unit("u07", "s2", "FR", 1.0, 0.15, 0.00, (0, 0), (0, 0), (0.2,)),
    Unit("u08", "s2", "DE", 5.0, 0.60, 0.50, (1,), (1,)),
)


def sample_table(spark: SparkSession, units: Sequence[Unit], *, has_score: bool = True) -> DataFrame:
    """`units` as the columns of `samples` that estimation reads."""
    rows = [
        (
            unit.unit_id,
            unit.stratum,
            unit.p,
            {measure: unit.exposure(measure) for measure in MEASURES},
            {"a": unit.score} if has_score else {},
            {"country": unit.country},
        )
        for unit in units
    ]
    names = ("unit_id", "stratum", "inclusion_probability", "exposures", "scores", "segments")
    return spark.createDataFrame(rows, _part(samples.TABLE.columns, names))


def label_table(spark: SparkSession, units: Sequence[Unit], *, n_rungs: int) -> DataFrame:
    """The verdicts of `units` on the lowest `n_rungs` rungs; NaN stands for cannot_tell."""
    rows = [
        (unit.unit_id, policy, RUNGS[rung], _verdict(unit.verdict(policy, rung)), (1.0, *unit.q)[rung], "file")
        for unit in units
        for policy in POLICIES
        for rung in range(min(n_rungs, len(unit.q) + 1))
    ]
    names = "unit_id string, policy string, rung string, verdict string, rung_probability double, label_source string"
    return spark.createDataFrame(rows, names)


def frame_table(
    spark: SparkSession, known: Mapping[tuple[str, str, str], tuple[float, ...]], *, has_score: bool = True
) -> DataFrame:
    """The rows of `sampling_frame` with the `known` totals."""
    rows = [
        (
            "daily_v1",
            stratum,
            [
                (segment, value, measure, int(size), float((size, views)[i]), {"a": totals[i]} if has_score else {})
                for (name, segment, value), (size, views, *totals) in known.items()
                for i, measure in enumerate(MEASURES)
                if name == stratum
            ],
        )
        for stratum in sorted({name for name, _, _ in known})
    ]
    return spark.createDataFrame(rows, _part(sampling_frame.TABLE.columns, ("design_id", "stratum", "segment_totals")))


def moments_of(spark: SparkSession, units: Sequence[Unit], *, n_rungs: int, has_score: bool = True) -> DataFrame:
    """What the day's job computes from the tables."""
    labels = label_table(spark, units, n_rungs=n_rungs)
    ladder = Ladder.of(labels)
    sample = sample_table(spark, units, has_score=has_score)
    rows = ladder_rows(sample, labels, policies=POLICIES, rungs=ladder.rungs)
    totals = known_totals(frame_table(spark, KNOWN, has_score=has_score), policies=POLICIES, measures=MEASURES)
    return accumulate_moments(rows, totals, ladder=ladder, measures=MEASURES)


def expected_moments(
    units: Sequence[Unit],
    strata: Sequence[str],
    policy: str,
    measure: str,
    segment: tuple[str, str],
    *,
    n_rungs: int,
    has_score: bool = True,
) -> LadderMoments:
    """The same in numpy, over those of `strata` together that have the segment."""
    strata = [stratum for stratum in strata if (stratum, *segment) in KNOWN]
    chosen = [unit for unit in units if unit.stratum in strata]
    known = np.sum([KNOWN[(stratum, *segment)] for stratum in strata], axis=0)
    column = MEASURES.index(measure)
    is_scored = has_score and policy == "a"
    rungs = range(n_rungs)
    x = np.array([unit.exposure(measure) for unit in chosen])
    last = np.array([unit.probability(n_rungs - 1) for unit in chosen])
    return LadderMoments.from_units(
        exposure=x,
        verdicts=[[unit.verdict(policy, rung) for unit in chosen] for rung in rungs],
        probabilities=[[unit.probability(rung) for unit in chosen] for rung in rungs],
        population_size=known[0],
        exposure_total=known[column],
        score=[unit.score for unit in chosen] if is_scored else None,
        score_total=known[2 + column] if is_scored else 0.0,
        is_in_domain=None if segment[0] == "all" else [unit.country == segment[1] for unit in chosen],
        largest_weight=float(np.nanmax(x / last)),
        rungs=RUNGS[:n_rungs],
    )


def assert_moments_equal(found: LadderMoments, expected: LadderMoments, *, tolerance: float) -> None:
    """Fail unless all fields agree: names exactly, numbers to the relative `tolerance`."""
    assert (found.rungs, found.has_score) == (expected.rungs, expected.has_score)
    assert (found.n, found.n_positive) == (expected.n, expected.n_positive)
    for name in (
        "population_size",
        "exposure_total",
        "score_total",
        "sums",
        "products",
        "sum_weight",
        "sum_squared_weight",
        "largest_weight",
    ):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=tolerance, err_msg=name)


def _part(columns: Sequence[Any], names: Sequence[str]) -> str:
    by_name = {column.name: column.data_type for column in columns}
    return ", ".join(f"{name} {by_name[name]}" for name in names)


def _verdict(number: float) -> str:
    return "cannot_tell" if np.isnan(number) else "violating" if number else "not_violating"
