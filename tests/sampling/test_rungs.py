"""Who climbs the label ladder: probabilities, their sum, where they lead, and that nothing else decides."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from lib.sampling.rungs import climb_to_rung, rung_weight_bound
from lib.sampling.selection import permanent_random_number

SEED = 20
N_UNITS = 600
SAMPLE_SIZE = 120
TOTALS = {"units": 40_000.0, "views": 120_000.0}
IMPORTANCE = {"a": 0.25, "b": 0.75}
_SCHEMA = (
    "unit_id string, probability double, exposures map<string,double>, scores map<string,double>, "
    "verdicts map<string,string>"
)


def _unit(unit_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "unit_id": unit_id,
        "probability": 0.02,
        "exposures": {"units": 1.0, "views": 3.0},
        "scores": {"a": 0.01, "b": 0.01},
        "verdicts": {"a": "not_violating", "b": "not_violating"},
    } | fields


def _labelled(spark: SparkSession, units: Sequence[dict[str, Any]]) -> DataFrame:
    return spark.createDataFrame([tuple(unit.values()) for unit in units], _SCHEMA)


def _generated() -> list[dict[str, Any]]:
    random = np.random.default_rng(4)
    units = []
    for i in range(N_UNITS):
        score = float(random.beta(0.3, 5))
        verdict = "violating" if random.random() < score else "not_violating"
        units.append(
            _unit(
                f"u{i:03d}",
                probability=float(random.uniform(0.005, 0.5)),
                exposures={"units": 1.0, "views": float(random.poisson(3))},
                scores={"a": score} if i % 10 else {},
                verdicts={"a": verdict, "b": "cannot_tell" if i % 40 == 0 else "not_violating"},
            )
        )
    return units


def _climb(labelled: DataFrame, *, sample_size: int | None = SAMPLE_SIZE, seed: int = SEED) -> list[Row]:
    climbing = climb_to_rung(
        labelled,
        rung="human",
        sample_size=sample_size,
        exposure_totals=TOTALS,
        policy_importance=IMPORTANCE,
        seed=seed,
    )
    assert climbing.columns == [*labelled.columns, "rung_probability"]
    return climbing.orderBy("unit_id").collect()


@pytest.fixture
def everyone_climbs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows q of every unit: the random number is 0 for all."""
    monkeypatch.setattr("lib.sampling.rungs.permanent_random_number", lambda *_: F.lit(0.0))


def _probabilities(spark: SparkSession, units: Sequence[dict[str, Any]], *, sample_size: int) -> dict[str, float]:
    rows = _climb(_labelled(spark, units), sample_size=sample_size)
    assert len(rows) == len(units)
    return {row["unit_id"]: row["rung_probability"] for row in rows}


def test_without_a_sample_size_every_unit_climbs(spark: SparkSession) -> None:
    rows = _climb(_labelled(spark, _generated()), sample_size=None)
    assert [row["rung_probability"] for row in rows] == [1.0] * N_UNITS


def test_the_expected_number_climbs_whatever_the_partitions(spark: SparkSession) -> None:
    units = _generated()
    rows = _climb(_labelled(spark, units).repartition(1))
    assert _climb(_labelled(spark, units[::-1]).repartition(7)) == rows
    q = np.array([row["rung_probability"] for row in rows])
    assert np.all((q > 0) & (q <= 1))
    # Σ 1 over the units that climb has mean Σ q = n and variance Σ q(1 - q), estimated by Σ (1 - q) over them.
    assert abs(len(rows) - SAMPLE_SIZE) < 4 * np.sqrt(np.sum(1 - q))
    # Σ 1/q estimates the number of labelled units, with variance Σ (1 - q)/q².
    assert abs(np.sum(1 / q) - N_UNITS) < 4 * np.sqrt(np.sum((1 - q) / q**2))


@pytest.mark.usefixtures("everyone_climbs")
def test_probabilities_of_all_units_sum_to_the_sample_size(spark: SparkSession) -> None:
    q = _probabilities(spark, _generated(), sample_size=SAMPLE_SIZE)
    assert sum(q.values()) == pytest.approx(SAMPLE_SIZE, rel=1e-12)
    assert min(q.values()) > 0
    assert max(q.values()) == 1.0


@pytest.mark.usefixtures("everyone_climbs")
def test_certain_units_are_settled_exactly_however_many_steps_that_takes(spark: SparkSession) -> None:
    # Each unit is twice as large as the next: setting one aside makes the next one certain, 14 times in a row.
    units = [_unit(f"u{i:02d}", probability=2.0 ** (i - 30)) for i in range(20)]
    q = _probabilities(spark, units, sample_size=15)
    assert sum(q.values()) == pytest.approx(15, rel=1e-12)
    n_certain = sum(value == 1 for value in q.values())
    assert n_certain == 14
    rest = [q[f"u{i:02d}"] for i in range(n_certain, 20)]
    assert rest == pytest.approx([0.5**k / sum(0.5**j for j in range(6)) for k in range(6)], rel=1e-12)
    everybody = _probabilities(spark, units, sample_size=20)
    assert set(everybody.values()) == {1.0}


@pytest.mark.usefixtures("everyone_climbs")
def test_no_weight_exceeds_the_bound_of_the_rung(spark: SparkSession) -> None:
    units = _generated()
    q = _probabilities(spark, units, sample_size=SAMPLE_SIZE)
    mixture = [sum(unit["exposures"][m] / TOTALS[m] for m in TOTALS) for unit in units]
    for measure, total in TOTALS.items():
        below = max(unit["exposures"][measure] / unit["probability"] for unit in units)
        bound = rung_weight_bound(
            below,
            exposure_total=total,
            mixture_weight=sum(m / unit["probability"] for m, unit in zip(mixture, units, strict=True)),
            sample_size=SAMPLE_SIZE,
        )
        weights = [unit["exposures"][measure] / unit["probability"] / q[unit["unit_id"]] for unit in units]
        assert max(weights) <= bound
        assert rung_weight_bound(below, exposure_total=total, mixture_weight=1.0, sample_size=None) == below


def test_the_climb_is_decided_by_its_own_stream(spark: SparkSession) -> None:
    units = [_unit(f"u{i:04d}") for i in range(4000)]  # all alike: q = 1/4
    labelled = _labelled(spark, units)
    rows = _climb(labelled, sample_size=1000)
    assert [row["rung_probability"] for row in rows] == pytest.approx([0.25] * len(rows))
    prn = labelled.select(permanent_random_number(SEED).alias("prn"), "unit_id").collect()
    climbed = {row["unit_id"] for row in rows}
    first = np.array([row["prn"] for row in prn])
    climbs = np.array([row["unit_id"] in climbed for row in prn])
    # The first rung takes small numbers: were the streams one, only those below a quarter would climb.
    assert abs(np.corrcoef(first, climbs)[0, 1]) < 4.5 / np.sqrt(len(units))
    assert np.mean(first[climbs]) == pytest.approx(0.5, abs=4.5 * np.sqrt(1 / 12 / len(rows)))


@pytest.mark.usefixtures("everyone_climbs")
def test_units_climb_the_likelier_the_more_a_disagreement_would_move_the_estimate(spark: SparkSession) -> None:
    negative = {"a": "not_violating", "b": "not_violating"}
    positive = {"a": "violating", "b": "not_violating"}
    tiny, low = {"a": 0.0001, "b": 0.0001}, {"a": 0.02, "b": 0.0001}
    q = _probabilities(
        spark,
        [
            _unit("doubtful_positive", scores=low, verdicts=positive),
            _unit("safe_positive", scores={"a": 0.99, "b": 0.0001}, verdicts=positive),
            _unit("negative_low_score", scores=low, verdicts=negative),
            _unit("negative_tiny_score", scores=tiny, verdicts=negative),
            _unit("cannot_tell", scores=tiny, verdicts={"a": "cannot_tell", "b": "not_violating"}),
            _unit("no_verdict", scores=tiny, verdicts={"b": "not_violating"}),
            _unit("often_seen", scores=tiny, verdicts=negative, exposures={"units": 1.0, "views": 30.0}),
            _unit("rarely_drawn", scores=tiny, verdicts=negative, probability=0.01),
        ],
        sample_size=2,
    )
    assert q["doubtful_positive"] > q["negative_low_score"] > q["negative_tiny_score"]
    assert q["doubtful_positive"] > q["safe_positive"]
    assert q["cannot_tell"] == q["no_verdict"] > 3 * q["negative_tiny_score"]
    assert q["often_seen"] > q["negative_tiny_score"]
    assert q["rarely_drawn"] == pytest.approx(2 * q["negative_tiny_score"])


@pytest.mark.usefixtures("everyone_climbs")
def test_the_chance_that_a_verdict_is_wrong_by_hand(spark: SparkSession) -> None:
    # Of 1,000 units with a score of 0.2, a labeler with sensitivity 0.8 and specificity 0.995 calls 160 + 4 violating
    # and 796 + 40 not; of 1,000 with 0.001, that of a unit without a score, it misses 0.2 and is right about 994.005.
    wrong = {"positive": 4 / 164, "negative": 40 / 836, "undecided": 0.5, "unscored": 0.2 / 994.205}
    # Policy b: the same in all, 2 of 1,000 missed and 0.995 · 990 right.
    other = 2 / (2 + 985.05)
    verdicts = {"positive": "violating", "negative": "not_violating", "undecided": "cannot_tell"}
    units = [
        _unit(
            name,
            scores={"b": 0.01} | ({} if name == "unscored" else {"a": 0.2}),
            verdicts={"a": verdicts.get(name, "not_violating"), "b": "not_violating"},
        )
        for name in wrong
    ]
    roots = {name: (0.25 * chance + 0.75 * other) ** 0.5 for name, chance in wrong.items()}
    expected = {name: 0.2 / 4 + 0.8 * root / sum(roots.values()) for name, root in roots.items()}
    assert _probabilities(spark, units, sample_size=1) == pytest.approx(expected)


def test_another_seed_lets_others_climb(spark: SparkSession) -> None:
    labelled = _labelled(spark, [_unit(f"u{i:02d}") for i in range(60)])
    climbed = [{row["unit_id"] for row in _climb(labelled, sample_size=30, seed=seed)} for seed in (1, 1, 2)]
    assert climbed[0] == climbed[1] != climbed[2]


@pytest.mark.usefixtures("everyone_climbs")
def test_certain_verdicts_climb_in_proportion_to_exposure(spark: SparkSession) -> None:
    certain = {"scores": {"a": 0.0, "b": 0.0}}  # nobody expects a disagreement anywhere
    units = [_unit(f"u{i}", probability=0.02 if i % 2 else 0.01, **certain) for i in range(6)]
    q = _probabilities(spark, units, sample_size=3)
    assert q == pytest.approx({f"u{i}": 1 / 3 if i % 2 else 2 / 3 for i in range(6)})


def test_the_bound_of_a_rung_by_hand() -> None:
    # X M / (0.2 n) = 40,000·3 / (0.2·100) = 6,000
    arguments = {"exposure_total": 40_000.0, "mixture_weight": 3.0, "sample_size": 100}
    assert rung_weight_bound(50.0, **arguments) == pytest.approx(6_000.0)  # type: ignore[arg-type]
    assert rung_weight_bound(7_000.0, **arguments) == 7_000.0  # type: ignore[arg-type]


def test_nothing_labelled_means_nobody_climbs(spark: SparkSession) -> None:
    assert _climb(_labelled(spark, [_unit("u0")]).limit(0)) == []
