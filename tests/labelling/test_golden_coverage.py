"""How golden items resemble sampled units: bins, divergence by class of items, and what to add. No Spark."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.labelling.golden_coverage.bins import NO_SCORE, score_bins, text_clusters
from lib.labelling.golden_coverage.coverage_rows import ComparedItems, coverage_rows
from schemas.contracts.calibration_settings import CalibrationSettings

SETTINGS = CalibrationSettings(score_bins=5, n_clusters=3)
TOPICS = ("garden roses and compost soil", "running shoes marathon training", "slow cooker chicken dinner")


def test_score_bins_split_exposure_and_risk_and_keep_missing_scores_apart() -> None:
    random = np.random.default_rng(1)
    scores, weights = random.beta(0.2, 20, 2_000), random.uniform(1, 50, 2_000)
    binning = score_bins(np.append(scores, np.nan), np.append(weights, 1.0), np.array([0.9, np.nan, 0.0]), n_bins=5)
    assert binning.names[-1] == NO_SCORE
    assert binning.of_units[-1] == binning.of_golden[1] == len(binning.names) - 1
    of_units = binning.of_units[:-1]
    mass = np.bincount(of_units, weights / weights.sum() / 2 + weights * scores / (weights @ scores) / 2)
    assert abs(mass - 0.2).max() < 0.02
    assert (binning.of_golden[0], binning.of_golden[2]) == (4, 0)


def test_equal_scores_leave_one_bin() -> None:
    binning = score_bins(np.full(9, 0.25), np.ones(9), np.array([0.1, 0.5]), n_bins=5)
    assert set(binning.of_units) == {1}
    assert binning.of_golden.tolist() == [0, 1]
    assert score_bins(np.full(3, np.nan), np.ones(3), np.array([0.1]), n_bins=5).names[-1] == NO_SCORE


@pytest.mark.slow
def test_clusters_are_topics_and_the_same_again() -> None:
    texts = [f"{TOPICS[i % 3]} number {i}" for i in range(90)]
    binning = text_clusters(texts, np.ones(90), [TOPICS[2], TOPICS[0]], n_clusters=3, seed=5)
    assert len({binning.of_units[i] for i in range(0, 90, 3)}) == 1
    assert len(set(binning.of_units)) == 3
    assert binning.of_golden.tolist() == [binning.of_units[2], binning.of_units[0]]
    again = text_clusters(texts, np.ones(90), [TOPICS[2], TOPICS[0]], n_clusters=3, seed=5)
    assert again.of_units.tolist() == binning.of_units.tolist()
    alike = text_clusters(["same"] * 4, np.ones(4), [], n_clusters=3, seed=5)
    assert (alike.names, alike.of_golden.size) == (("cluster 1",), 0)


def compared(n_of_topics: tuple[int, int, int]) -> ComparedItems:
    """300 units of three topics, a tenth of them violating; golden items by topic, all not violating."""
    units = [
        {"unit_id": f"u{i}", "weight": 2.0, "scores": [("p", 0.5)] if i % 2 else None, "language": "en"}
        | {"verdicts": [("p", i % 10 == 0)], "text": TOPICS[i % 3]}
        for i in range(300)
    ]
    golden = [
        {"item_id": f"u{topic}" if k == 0 else f"g{topic}{k}", "policy": "p", "is_violating": False}
        | {"scores": {}, "language": "en", "text": TOPICS[topic]}
        for topic, n in enumerate(n_of_topics)
        for k in range(n)
    ]
    return ComparedItems(pd.DataFrame(units), pd.DataFrame(golden))


def rows(items: ComparedItems) -> dict[tuple[str, str], dict[str, Any]]:
    day = date(2026, 3, 3)
    found = coverage_rows(items, policies=["p"], start=day, end=day, settings=SETTINGS)
    return {(row["aspect"], row["item_class"]): row for row in found}


@pytest.mark.slow
def test_a_topic_that_lacks_golden_items_is_wanted() -> None:
    found = rows(compared((40, 38, 0)))
    semantics = found[("semantics", "not_violating")]
    assert not semantics["is_like_population"]
    (gap,) = semantics["gaps"]
    # half of its third of all golden items: n >= 1/6·(78 + n)
    assert (gap["n_golden"], gap["n_wanted"], semantics["n_wanted"]) == (0, 16, 16)
    assert set(gap["example_unit_ids"]) <= {f"u{i}" for i in range(2, 300, 3)}
    assert semantics["effective_n_units"] == 270
    assert found[("language", "all")]["is_like_population"]
    assert (found[("language", "all")]["n_bins"], found[("language", "all")]["divergence"]) == (1, 0.0)


@pytest.mark.slow
def test_a_golden_set_like_the_sample_is_covered_and_a_class_without_items_says_so() -> None:
    found = rows(compared((20, 21, 19)))
    assert found[("semantics", "all")]["is_like_population"]
    assert found[("semantics", "all")]["gaps"] == []
    violating = found[("score", "violating")]
    assert (violating["divergence"], violating["n_units"]) == (None, 30)
    assert "no golden item" in violating["reason"]
    assert coverage_rows(
        ComparedItems(compared((1, 1, 1)).units.head(1), compared((1, 1, 1)).golden),
        policies=["p"], start=date(2026, 3, 3), end=date(2026, 3, 3), settings=SETTINGS,
    ) == []  # fmt: skip
