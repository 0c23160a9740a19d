import dataclasses

import numpy as np
import pandas as pd
import pytest

from lib.scoring.score_calibration import Floats
from lib.scoring.text_scorer import TextScorer
from lib.scoring.training import train_text_scorer
from tests.scoring.labelled_units import common_words, component_units, training_frame


def scores(scorer: TextScorer, rows: pd.DataFrame) -> dict[tuple[str, str], Floats]:
    """Policy and component to the scores of `rows`."""
    texts = {name: rows[f"{name}_text"].tolist() for name in ("query", "response", "image")}
    columns = scorer.probabilities(texts).T
    return {(model.policy, model.component): column for model, column in zip(scorer.models, columns, strict=True)}


def unit(query: str | None, response: str | None, image: str | None) -> pd.DataFrame:
    return pd.DataFrame({"query_text": [query], "response_text": [response], "image_text": [image]})


def trained(rows: pd.DataFrame, **settings: int | float) -> TextScorer:
    scorer = train_text_scorer(rows, policies=["harm"], n_features=2**12, **settings)
    assert scorer is not None
    return scorer


@pytest.fixture(scope="module")
def component_rows() -> pd.DataFrame:
    return component_units(np.random.default_rng(1), 2_000)


@pytest.fixture(scope="module")
def component_scorer(component_rows: pd.DataFrame) -> TextScorer:
    return trained(component_rows)


def risky_units(rng: np.random.Generator, n_units: int) -> tuple[pd.DataFrame, Floats]:
    """Units with a true risk that their texts show in part only, and that risk, P(violation)."""
    risk = np.minimum(0.01 * rng.lognormal(0, 1.5, n_units), 0.9)
    shown = risk * rng.lognormal(0, 1.0, n_units)
    cue = np.digitize(shown, [0.01, 0.03, 0.1])
    violates = rng.random(n_units) < risk
    rows = training_frame(
        query=[f"{text} cue{level}" for text, level in zip(common_words(rng, n_units, 4), cue, strict=True)],
        response=common_words(rng, n_units, 4),
        image=[None] * n_units,
        violating_components=[{"harm": ["query"]} if harmful else {} for harmful in violates],
        policies=["harm"],
    )
    return rows, risk


@pytest.mark.slow
def test_ignoring_design_weights_makes_scores_wrong_by_a_factor() -> None:
    rng = np.random.default_rng(7)
    population, risk = risky_units(rng, 40_000)
    # The sample of earlier days was drawn by a scorer that knew the risk: probability proportional to it.
    probability = np.minimum(1.0, 3_000 * risk / risk.sum())
    is_sampled = rng.random(risk.size) < probability
    sample = population[is_sampled].assign(weight=1 / probability[is_sampled])
    next_day, next_risk = risky_units(rng, 40_000)

    weighted = scores(trained(sample), next_day)["harm", "unit"]
    unweighted = scores(trained(sample.assign(weight=1.0)), next_day)["harm", "unit"]

    assert weighted.mean() / next_risk.mean() == pytest.approx(1.0, abs=0.15)
    assert unweighted.mean() / next_risk.mean() > 2.0


@pytest.mark.slow
def test_rows_in_any_order_give_the_same_scorer(component_rows: pd.DataFrame, component_scorer: TextScorer) -> None:
    shuffled = trained(component_rows.sample(frac=1.0, random_state=3))

    assert shuffled.scorer_version == component_scorer.scorer_version
    for found, expected in zip(shuffled.models, component_scorer.models, strict=True):
        np.testing.assert_equal(dataclasses.asdict(found), dataclasses.asdict(expected))


@pytest.mark.slow
def test_version_names_labels_weights_and_settings(component_rows: pd.DataFrame) -> None:
    few = component_rows.head(200)
    first_verdict = [{"harm": not few["verdicts"][0]["harm"]}, *few["verdicts"][1:]]
    first_components = [{"harm": ["image", "query"]}, *few["violating_components"][1:]]
    variants = [
        trained(few),
        trained(few.assign(weight=2.0)),
        trained(few.assign(verdicts=first_verdict)),
        trained(few.assign(violating_components=first_components)),
        trained(few, minimum_positives=4),
    ]

    versions = [scorer.scorer_version for scorer in variants]

    assert len(set(versions)) == len(versions)
    assert all(version.startswith("text-") and len(version) == 17 for version in versions)


@pytest.mark.slow
def test_policies_in_any_order_give_the_same_version(component_rows: pd.DataFrame) -> None:
    versions = {
        scorer.scorer_version
        for policies in (["harm", "other"], ["other", "harm"])
        if (scorer := train_text_scorer(component_rows.head(300), policies=policies, n_features=2**12))
    }

    assert len(versions) == 1


@pytest.mark.slow
def test_harm_in_the_combination_ranks_above_each_part_alone(component_scorer: TextScorer) -> None:
    next_day = component_units(np.random.default_rng(2), 2_000)
    asks = next_day["query_text"].str.endswith(" ask").to_numpy()
    answers = next_day["response_text"].str.endswith(" answer").to_numpy()

    for component in ("combination", "unit"):
        found = scores(component_scorer, next_day)["harm", component]
        both = np.median(found[asks & answers])
        assert both > 5 * np.median(found[asks & ~answers])
        assert both > 5 * np.median(found[answers & ~asks])


@pytest.mark.parametrize("component", ["query", "response", "image"])
def test_harm_in_one_component_raises_its_score_and_the_units(component_scorer: TextScorer, component: str) -> None:
    texts = {"query": "word1", "response": "word2", "image": "word3"}
    clean = scores(component_scorer, unit(**texts))
    harmful = scores(component_scorer, unit(**texts | {component: f"word1 cue{component}"}))

    assert harmful["harm", component] > 10 * clean["harm", component]
    assert harmful["harm", "unit"] > 5 * clean["harm", "unit"]


def test_every_score_keeps_a_distance_from_certainty(
    component_rows: pd.DataFrame, component_scorer: TextScorer
) -> None:
    base_rate = np.mean([verdicts["harm"] for verdicts in component_rows["verdicts"]])
    found = scores(component_scorer, component_rows)["harm", "unit"]

    assert found.min() >= 0.1 * base_rate - 1e-9
    assert found.max() <= 1 - 0.1 * base_rate


def test_null_huge_and_strange_texts_are_scored(component_scorer: TextScorer) -> None:
    texts = [None, "", float("nan"), "cuequery " * 500_000, "\ud800 \x00 \U0001f4a3", "ﷺ" * 100_000]
    rows = pd.DataFrame(dict.fromkeys(("query_text", "response_text", "image_text"), texts))

    found = scores(component_scorer, rows)["harm", "unit"]

    assert np.isfinite(found).all()
    # Without words there is the intercept only, whatever stands for "no text".
    assert found[0] == found[1] == found[2]
    assert found[3] > found[0]


def few_positives(named: list[list[str]]) -> pd.DataFrame:
    """The first units violate in the components named; 60 more do not."""
    rng = np.random.default_rng(5)
    n_units = len(named) + 60
    texts = {name: common_words(rng, n_units, 5) for name in ("query", "response", "image")}
    components = [{"harm": parts} for parts in named] + [{} for _ in range(60)]
    return training_frame(**texts, violating_components=components, policies=["harm", "other"])


def components_of(scorer: TextScorer) -> dict[str, int]:
    return {model.component: model.n_training_positives for model in scorer.models}


def test_a_policy_with_too_few_positives_is_absent() -> None:
    scorer = train_text_scorer(few_positives([["query"]] * 5), policies=["harm", "other"])

    assert scorer is not None
    assert scorer.policies == ("harm",)


def test_without_enough_positives_for_any_policy_there_is_no_scorer() -> None:
    assert train_text_scorer(few_positives([["query"]] * 4), policies=["harm", "other"]) is None


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ([["query"]] * 6 + [["response"]] * 4, {"query": 6, "unit": 10}),
        ([["query"]] * 5 + [["combination"]] * 5, {"query": 5, "combination": 5, "unit": 10}),
        ([["query", "image"]] * 5, {"query": 5, "image": 5, "unit": 5}),
        # What no other model accounts for counts to the combination: no component named, or too few of each.
        ([[]] * 5, {"combination": 5, "unit": 5}),
        ([["query"]] * 3 + [["response"]] * 3, {"combination": 6, "unit": 6}),
    ],
)
def test_components_with_too_few_positives_get_no_model(named: list[list[str]], expected: dict[str, int]) -> None:
    assert components_of(trained(few_positives(named))) == expected


def test_a_unit_without_a_verdict_is_left_out_for_that_policy_only() -> None:
    rows = few_positives([["query"]] * 6)
    without = rows.assign(verdicts=[{"other": False}, *rows["verdicts"][1:]])

    model = trained(without).models[0]

    assert (model.n_training_units, model.n_training_positives) == (65, 5)


def test_units_that_all_violate_are_scored_high() -> None:
    rows = few_positives([["query"]] * 20).head(20)

    assert scores(trained(rows), rows)["harm", "unit"].min() > 0.99


def test_a_repeated_unit_is_refused() -> None:
    rows = few_positives([["query"]] * 6)

    with pytest.raises(ValueError, match="unit_id twice"):
        train_text_scorer(pd.concat([rows, rows.head(1)]), policies=["harm"])
