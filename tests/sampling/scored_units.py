"""Rows of unit_scores for tests of the draw."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pyspark.sql import DataFrame, SparkSession

from lib.sampling.draw import Draw, draw_sample
from schemas.contracts.sampling_design import SamplingDesign

_SCHEMA = (
    "unit_id string, user_key string, surface string, country string, viewed_pin_count int, scores map<string,double>, "
    "component_scores map<string,map<string,double>>, scorer_version string"
)
_DEFAULTS = {
    "user_key": None,
    "surface": "search",
    "country": "FR",
    "viewed_pin_count": 0,
    "component_scores": {},
    "scorer_version": "v1",
}


def unit_scores(spark: SparkSession, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """Units with the given fields, `scores` {} and the defaults above where a row says nothing; ids u000, u001, ..."""
    filled = [_DEFAULTS | {"unit_id": f"u{i:03d}", "scores": {}} | row for i, row in enumerate(rows)]
    names = [field.split()[0] for field in _SCHEMA.split(", ")]
    return spark.createDataFrame([tuple(row[name] for name in names) for row in filled], _SCHEMA)


def design(**fields: Any) -> SamplingDesign:
    """A design `weekly` over one stratum with seed 5, and `fields`."""
    return SamplingDesign(**{"name": "weekly", "version": 3, "strata": [], "seed": 5} | fields)


def draw(units: DataFrame, *, policies: Sequence[str], segments: Sequence[str] = (), **fields: Any) -> Draw:
    """The draw of `design(**fields)` for both measures."""
    return draw_sample(
        units, design=design(**fields), policies=policies, measures=["units", "views"], segments=segments
    )


def generated_rows(n_units: int) -> list[dict[str, Any]]:
    """Units of three surfaces and two countries: some without a view, without a score, with score 0 or 1.

    Policy `rare` has scores on search only, policy `new` nowhere; on `feed` every score of `common` is 0 or 1.
    """
    random = np.random.default_rng(9)
    rows = []
    for i in range(n_units):
        surface = ["search", "search", "home", "feed"][i % 4]
        scores = {"common": float(random.beta(0.3, 3))}
        if surface == "search":
            scores["rare"] = float(random.beta(0.1, 20))
        if surface == "feed" or i % 9 == 0:
            scores["common"] = float(i % 8 == 3)
        if i % 13 == 0:
            scores = {}
        views = int(random.poisson(3)) if i % 5 else 0
        country = "FR" if i % 3 else "DE"
        rows.append({"surface": surface, "country": country, "viewed_pin_count": views, "scores": scores})
    return rows
