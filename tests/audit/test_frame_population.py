"""The frame on the driver: size measures and scores of the real draw, copies for what is left out, the same climb."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.audit.frame_population import StoredFrame, virtual_frame
from lib.audit.virtual_draws import VirtualDraws
from lib.audit.virtual_frame import VirtualFrame, VirtualVerdicts
from lib.audit.virtual_ladder import label_draws
from lib.planning.label_model import ErrorRates
from lib.sampling.rungs import climb_to_rung
from lib.settings import load_settings
from lib.storage import Storage
from schemas import sampling_frame
from schemas.errors import ConfigurationError, MissingInputError
from tests.sampling.scored_units import design, draw, generated_rows, unit_scores

POLICIES = ["common", "rare", "new"]
N_UNITS = 400
BOOST = {"name": "rare_first", "sample_size": 40, "policy_importance": {"rare": 1.0}, "strata": ["search"]}
FIELDS: dict[str, Any] = {"strata": ["surface"], "sample_size": 80, "boosts": [BOOST]}


def _units(spark: SparkSession) -> DataFrame:
    return unit_scores(spark, generated_rows(N_UNITS))


def _stored(spark: SparkSession, records: Sequence[dict[str, Any]], **fields: Any) -> StoredFrame:
    frame = Storage(spark, load_settings("local").storage).rows(sampling_frame.TABLE, records)
    return StoredFrame.of(frame, design=design(**FIELDS | fields))


def _bring(units: DataFrame, stored: StoredFrame, *, maximum_units: int) -> VirtualFrame:
    return virtual_frame(
        units,
        stored,
        design=design(**FIELDS),
        policies=POLICIES,
        maximum_units=maximum_units,
        random=np.random.default_rng(1),
    )


@pytest.fixture(scope="module")
def drawn(_session: SparkSession) -> tuple[list[Any], StoredFrame]:
    """Sampled units and the frame of a draw with a boost."""
    result = draw(_units(_session), policies=POLICIES, **FIELDS)
    units = result.units.orderBy("unit_id").collect()
    result.release()
    return units, _stored(_session, result.frame)


@pytest.fixture(scope="module")
def whole(_session: SparkSession, drawn: tuple[list[Any], StoredFrame]) -> VirtualFrame:
    """All units of the day, in the order of unit_id."""
    return _bring(_units(_session), drawn[1], maximum_units=N_UNITS)


def test_every_unit_of_a_small_frame_has_the_size_measure_it_was_drawn_by(
    whole: VirtualFrame, drawn: tuple[list[Any], StoredFrame]
) -> None:
    assert whole.copies.tolist() == [1] * N_UNITS
    for unit in drawn[0]:
        position = int(unit["unit_id"][1:])
        assert whole.stratum[position] == unit["stratum"]
        sizes = {name: sizes[position] for name, sizes in whole.size_measures.items()}
        assert sizes == pytest.approx(unit["size_measures"], rel=1e-12)
        assert {m: x[position] for m, x in whole.exposures.items()} == unit["exposures"]
        scores = {k: score[position] for k, score in whole.scores.items() if not np.isnan(score[position])}
        assert scores == unit["scores"]


def test_a_missing_score_counts_as_the_highest_in_the_draw_and_as_the_mean_in_the_truth(whole: VirtualFrame) -> None:
    rows = generated_rows(N_UNITS)
    own = [row["scores"]["common"] for row in rows if row["surface"] == "home" and "common" in row["scores"]]
    missing = next(i for i, row in enumerate(rows) if row["surface"] == "home" and not row["scores"])
    assert whole.scores["common"][missing] == max(own)
    assert whole.risks["common"][missing] == pytest.approx(np.mean(own))
    assert np.isnan(whole.scores["rare"][missing])  # rare has scores on search only
    assert whole.risks["rare"][missing] == 0.001
    assert [whole.has_score(policy) for policy in POLICIES] == [True, True, False]


def test_the_stored_frame_says_what_is_drawn_where(drawn: tuple[list[Any], StoredFrame]) -> None:
    units, stored = drawn
    strata = stored.strata()
    assert sorted(strata) == ["feed", "home", "search"]
    assert sum(draws.sample_sizes["main"] for draws in strata.values()) == 80
    assert {name: draws.sample_sizes["rare_first"] for name, draws in strata.items()} == {
        "feed": 0, "home": 0, "search": 40,
    }  # fmt: skip
    bounds = stored.weight_bounds({"units": 0.0, "views": 1e9})
    assert bounds["units"] >= max(1.0 / unit["inclusion_probability"] for unit in units)
    assert bounds["views"] == 1e9


def test_few_units_stand_for_all_whatever_the_partitioning(
    spark: SparkSession, whole: VirtualFrame, drawn: tuple[list[Any], StoredFrame]
) -> None:
    few = _bring(_units(spark), drawn[1], maximum_units=150)
    again = _bring(_units(spark).repartition(5), drawn[1], maximum_units=150)
    assert (again.copies.tolist(), again.stratum.tolist()) == (few.copies.tolist(), few.stratum.tolist())
    assert 100 < few.copies.size < 200
    assert few.population_size == pytest.approx(N_UNITS, rel=0.15)
    for name in ("feed", "home", "search"):
        size = len(whole.positions[name])
        assert few.copies[few.positions[name]].sum() == pytest.approx(size, rel=0.3), name
        # Sizes keep the scale of the real frame, so thresholds do: the stratum's total is about 1.
        sizes = few.size_measures["main"][few.positions[name]]
        assert few.copies[few.positions[name]] @ sizes == pytest.approx(1.0, rel=0.3), name
    # A unit that the design is sure to take stands for itself alone.
    large = few.size_measures["main"] + few.size_measures["rare_first"] >= 4 / 50
    assert set(few.copies[large]) <= {1}
    assert few.copies.max() > 2


def test_units_climb_as_in_the_real_ladder(
    spark: SparkSession, whole: VirtualFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.sampling.rungs.permanent_random_number", lambda *_: F.lit(0.0))  # everybody climbs
    random = np.random.default_rng(3)
    importance = {"common": 0.1, "rare": 0.3, "new": 0.6}
    unit = np.sort(random.choice(N_UNITS, 60, replace=False))
    draws = VirtualDraws(
        1, np.zeros(60, dtype=np.intp), unit, np.zeros(60, dtype=np.int64), random.uniform(0.01, 1, 60)
    )
    verdicts = {
        k: VirtualVerdicts.drawn(np.full(N_UNITS, 0.2), whole.copies, [ErrorRates(0.8, 0.9)], random) for k in POLICIES
    }
    labelled = label_draws(whole, draws, verdicts, rung_sizes=[25], policy_importance=importance, random=random)
    found = labelled.ladder.probabilities[1] / draws.inclusion_probability
    names = {1.0: "violating", 0.0: "not_violating"}
    rows = [
        (
            f"u{i:03d}",
            float(draws.inclusion_probability[j]),
            {m: float(x[i]) for m, x in whole.exposures.items()},
            {k: float(s[i]) for k, s in whole.scores.items() if not np.isnan(s[i])},
            {k: names[labelled.verdicts[k][0][j]] for k in POLICIES},
        )
        for j, i in enumerate(unit.tolist())
    ]
    schema = (
        "unit_id string, probability double, exposures map<string,double>, scores map<string,double>, "
        "verdicts map<string,string>"
    )
    climbing = climb_to_rung(
        spark.createDataFrame(rows, schema),
        rung="human",
        sample_size=25,
        exposure_totals={m: whole.total(x) for m, x in whole.exposures.items()},
        policy_importance=importance,
        seed=1,
    )
    expected = [row["rung_probability"] for row in climbing.orderBy("unit_id").collect()]
    assert found == pytest.approx(np.array(expected), rel=1e-9)


def test_frames_that_cannot_be_audited_are_refused(spark: SparkSession, drawn: tuple[list[Any], StoredFrame]) -> None:
    with pytest.raises(MissingInputError, match="no row of design `weekly_v3`; run draw_sample"):
        _stored(spark, [])
    with pytest.raises(MissingInputError, match=r"has units .* and design `weekly_v3` was drawn from"):
        _bring(_units(spark).where("surface != 'feed'"), drawn[1], maximum_units=N_UNITS)
    people = {"method": "poisson", "strata": [], "uniform_share": 1, "measure_shares": {"units": 1}, "boosts": []}
    with pytest.raises(ConfigurationError, match="field `random_number_key` is `user_key`"):
        _stored(spark, [], **people, random_number_key="user_key")
