"""Hand-made labelled samples of two strata, as the tables hold them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.sql import DataFrame, SparkSession

from lib.estimation.nonresponse import DEFAULT_CELLS
from lib.moments.accumulate import accumulate_moments, known_totals
from lib.moments.ladder_rows import Ladder, ladder_rows
from lib.moments.response import with_response
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
# The design's bound of exposure / P on rung 1: in s1 below what is seen, in s2 above; and what the higher rungs add.
WEIGHT_BOUNDS = {"s1": {"units": 1.0, "views": 1.0}, "s2": {"units": 900.0, "views": 3.0}}
RUNG_BOUNDS = {"units": 30.0, "views": 70.0}
NAN = float("nan")


@dataclass(frozen=True)
class Unit:
    """A sampled unit: views, country, p, score of policy a, and per policy the verdicts up the ladder.

    NaN stands for cannot_tell; without `has_labels` there is no row on any rung. A verdict of 1 names the `components`
    of its rung, for both policies.
    """

    unit_id: str
    stratum: str
    country: str
    views: float
    p: float
    score: float
    a: tuple[float, ...]
    b: tuple[float, ...]
    q: tuple[float, ...] = ()
    components: tuple[tuple[str, ...], ...] = ()
    has_labels: bool = True

    def exposure(self, measure: str) -> float:
        return {"units": 1.0, "views": self.views}[measure]

    def verdict(self, policy: str, rung: int) -> float:
        verdicts = {"a": self.a, "b": self.b}[policy]
        return verdicts[rung] if rung < len(verdicts) else NAN

    def named(self, rung: int) -> tuple[str, ...]:
        return self.components[rung] if rung < len(self.components) else ()

    def probability(self, rung: int) -> float:
        return float(np.prod([self.p, *self.q[:rung]])) if rung <= len(self.q) else NAN


UNITS = (
    Unit("u01", "s1", "FR", 3.0, 0.10, 0.20, (1, 1, 1), (0, 0, 0), (0.5, 0.4), (("query",), ("query", "image"), ())),
    Unit("u02", "s1", "FR", 0.0, 0.05, 0.01, (0, 0), (0, 1), (0.3,)),
    Unit("u03", "s1", "DE", 7.0, 0.40, 0.70, (1, 0, 1), (1, 1, 0), (0.9, 0.8), (("image",), ("response",), ("image",))),
    Unit("u04", "s1", "DE", 1.0, 0.02, 0.03, (0,), (0,)),
    Unit("u05", "s1", "FR", 2.0, 1.00, 0.95, (1, 1), (0, 0), (1.0,), (("combination",), ("pin", "query"))),
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


def label_table(spark: SparkSession, units: Sequence[Unit], *, rungs: Sequence[str]) -> DataFrame:
    """The verdicts of `units` on `rungs`, lowest first."""
    rows = [
        (unit.unit_id, policy, name, _verdict(unit.verdict(policy, rung)), list(unit.named(rung)), q, "file")
        for unit in units
        if unit.has_labels
        for policy in POLICIES
        for rung, (name, q) in enumerate(zip(rungs, (1.0, *unit.q), strict=False))
    ]
    names = "unit_id string, policy string, rung string, verdict string, violating_components array<string>"
    return spark.createDataFrame(rows, f"{names}, rung_probability double, label_source string")


def frame_table(
    spark: SparkSession, known: Mapping[tuple[str, str, str], tuple[float, ...]], *, has_score: bool = True
) -> DataFrame:
    """The rows of `sampling_frame` with the `known` totals."""
    rows = [
        (
            "daily_v1",
            stratum,
            WEIGHT_BOUNDS[stratum],
            [
                (segment, value, measure, int(size), float((size, views)[i]), {"a": totals[i]} if has_score else {})
                for (name, segment, value), (size, views, *totals) in known.items()
                for i, measure in enumerate(MEASURES)
                if name == stratum
            ],
        )
        for stratum in sorted({name for name, _, _ in known})
    ]
    names = ("design_id", "stratum", "weight_bounds", "segment_totals")
    return spark.createDataFrame(rows, _part(sampling_frame.TABLE.columns, names))


def moments_of(
    spark: SparkSession, units: Sequence[Unit], *, n_rungs: int, has_score: bool = True, minimum_respondents: int = 2
) -> DataFrame:
    """What the day's job computes from the tables."""
    labels = label_table(spark, units, rungs=RUNGS[:n_rungs])
    return moments_of_labels(spark, units, labels, has_score=has_score, minimum_respondents=minimum_respondents)


def moments_of_labels(
    spark: SparkSession,
    units: Sequence[Unit],
    labels: DataFrame,
    *,
    has_score: bool = True,
    minimum_respondents: int = 2,
) -> DataFrame:
    """The same from given labels."""
    ladder = Ladder.of(labels)
    sample = sample_table(spark, units, has_score=has_score)
    rows = ladder_rows(sample, labels, policies=POLICIES, rungs=ladder.rungs)
    answered = with_response(rows, cells=DEFAULT_CELLS, minimum_respondents=minimum_respondents)
    totals = known_totals(
        frame_table(spark, KNOWN, has_score=has_score), policies=POLICIES, measures=MEASURES, rung_bounds=RUNG_BOUNDS
    )
    return accumulate_moments(answered, totals, ladder=ladder, measures=MEASURES)


def _part(columns: Sequence[Any], names: Sequence[str]) -> str:
    by_name = {column.name: column.data_type for column in columns}
    return ", ".join(f"{name} {by_name[name]}" for name in names)


def _verdict(number: float) -> str:
    return "cannot_tell" if np.isnan(number) else "violating" if number else "not_violating"
