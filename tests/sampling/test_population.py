"""Known totals of strata from collected cells, by hand."""

from typing import Any

import pytest
from pyspark.sql import Row

from lib.sampling.population import SegmentTotal, stratum_populations


def cell(stratum: str, surface: str, size: int, views: int, **figures: Any) -> Row:
    """A cell of `size` units with scores for policy `a`; what is not given is nothing."""
    fields: dict[str, Any] = {
        "stratum": stratum,
        "scorer_version": "v1",
        "segment|surface": surface,
        "population_size": size,
        "exposure|units": size,
        "exposure|views": views,
        "highest|a": None,
        "missing|a": 0,
        "highest|new": None,
        "missing|new": size,
    }
    for measure, exposure in (("units", size), ("views", views)):
        fields |= {f"score|{measure}|a": 0.0, f"unscored|{measure}|a": 0}
        fields |= {f"score|{measure}|new": 0.0, f"unscored|{measure}|new": exposure}
    return Row(**fields | {name.replace("_of_", "|"): value for name, value in figures.items()})


CELLS = [
    cell("y", "home", 7, 20, highest_of_a=0.3, scorer_version="v2", **{"score|units|a": 2.0, "score|views|a": 5.0}),
    cell(
        "x",
        "search",
        10,
        40,
        highest_of_a=0.5,
        missing_of_a=2,
        **{"score|units|a": 3.0, "score|views|a": 9.0, "unscored|units|a": 2, "unscored|views|a": 6},
    ),
    cell(
        "x",
        "home",
        5,
        0,
        highest_of_a=0.8,
        missing_of_a=1,
        **{"score|units|a": 1.5, "unscored|units|a": 1},
    ),
]


def test_totals_of_strata_and_segments() -> None:
    x, y = stratum_populations(CELLS, measures=["units", "views"], segments=["surface"], policies=["a", "new"])
    assert (x.stratum, y.stratum) == ("x", "y")
    assert (x.population_size, y.population_size) == (15, 7)
    assert x.exposure_totals == {"units": 15.0, "views": 40.0}
    assert x.highest_scores == {"a": 0.8}
    assert x.n_missing_scores == {"a": 3, "new": 15}
    # missing scores count as the stratum's highest: 3 + 1.5 + .8·3 and 9 + .8·6
    assert x.score_totals["units"] == {"a": pytest.approx(6.9)}
    assert x.score_totals["views"] == {"a": pytest.approx(13.8)}
    assert y.score_totals == {"units": {"a": 2.0}, "views": {"a": 5.0}}
    assert (x.scorer_version, y.scorer_version) == ("v1", "v2")
    assert x.segment_totals == (
        SegmentTotal("all", "all", "units", 15, 15.0, {"a": pytest.approx(6.9)}),
        SegmentTotal("all", "all", "views", 15, 40.0, {"a": pytest.approx(13.8)}),
        SegmentTotal("surface", "home", "units", 5, 5.0, {"a": pytest.approx(2.3)}),
        SegmentTotal("surface", "home", "views", 5, 0.0, {"a": 0.0}),
        SegmentTotal("surface", "search", "units", 10, 10.0, {"a": pytest.approx(4.6)}),
        SegmentTotal("surface", "search", "views", 10, 40.0, {"a": pytest.approx(13.8)}),
    )


def test_the_order_of_cells_changes_no_bit() -> None:
    thirds = [
        cell("x", name, 1, 0, highest_of_a=0.7, **{"score|units|a": 0.1 + i / 3, "unscored|units|a": i})
        for i, name in enumerate("abcdefg")
    ]
    arguments: dict[str, Any] = {"measures": ["units", "views"], "segments": ["surface"], "policies": ["a"]}
    forwards, backwards = (stratum_populations(cells, **arguments) for cells in (thirds, thirds[::-1]))
    assert forwards == backwards
    versions = [cell("x", "home", 1, 0, scorer_version=version) for version in ("v1", "v10", "v2")]
    assert stratum_populations(versions, **arguments)[0].scorer_version == "v2"
