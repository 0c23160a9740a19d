"""Who asks, what violates and what betrays it: shares of a large chunk, held against the constants they come from."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from scripts.log_generation.interactions import Interactions, draw_interactions
from scripts.log_generation.policies import POLICIES, SIGNAL_PROBABILITY
from scripts.log_generation.synthetic_content import Content, SyntheticContent
from scripts.log_generation.texts import Insertions
from scripts.log_generation.traffic import CHUNK_UNITS, COUNTRIES, COUNTRY_SHARES, SURFACES, DayPlan, Stream

PLAN = DayPlan(dt.date(2025, 3, 5), 11, CHUNK_UNITS)


@pytest.fixture(scope="module")
def interactions() -> Interactions:
    return draw_interactions(PLAN, 0)


@pytest.fixture(scope="module")
def content(interactions: Interactions) -> Content:
    return SyntheticContent(PLAN.seed, has_platform_scores=True).fill(PLAN, 0, interactions)


def test_random_streams_differ_by_day_chunk_and_stream() -> None:
    plans = [PLAN, replace(PLAN, ds=dt.date(2025, 3, 12))]
    draws = {float(plan.random(stream, chunk).random()) for plan in plans for chunk in (0, 1) for stream in Stream}
    assert len(draws) == 2 * 2 * len(Stream)


def test_shares_of_responses_pins_and_views(interactions: Interactions) -> None:
    n_queries = len(interactions.query_us)
    n_responses = np.bincount(interactions.response_query, minlength=n_queries)
    assert np.bincount(n_responses) / n_queries == pytest.approx([0.03, 0.95, 0.02], abs=0.004)
    assert np.maximum(n_responses, 1).sum() == pytest.approx(PLAN.n_units, rel=0.01)
    n_pins = interactions.pins_per_response
    assert 8 < n_pins.mean() < 12
    assert (n_pins == 0).mean() > 0.02
    assert n_pins.max() == 60
    views = np.bincount(interactions.pin_response[interactions.is_viewed], minlength=len(n_pins))
    assert 0.25 < (views == 0).mean() < 0.6
    assert np.percentile(views, 99) > 6 * views.mean()


def test_slots_count_from_zero_within_each_response(interactions: Interactions) -> None:
    pins = pd.DataFrame({"response": interactions.pin_response, "slot": interactions.slot})
    by_response = pins.groupby("response")["slot"].agg(["min", "max", "nunique", "size"])
    assert (by_response["min"] == 0).all()
    assert (by_response["max"] + 1 == by_response["size"]).all()
    assert (by_response["nunique"] == by_response["size"]).all()


def test_people_countries_and_languages(interactions: Interactions) -> None:
    counts = np.bincount(interactions.country, minlength=len(COUNTRIES))
    assert counts / counts.sum() == pytest.approx(COUNTRY_SHARES, abs=0.01)
    codes = np.asarray(interactions.language_codes)[interactions.language]
    assert set(codes[interactions.country == COUNTRIES.index("BR")]) == {"pt", "en"}
    users = pd.DataFrame({"user": interactions.user, "country": interactions.country})
    known = users[users["user"] >= 0]
    assert len(known) / len(users) == pytest.approx(0.9, abs=0.01)
    assert (known.groupby("user")["country"].nunique() == 1).all()
    assert known["user"].value_counts().iloc[0] > 20


@pytest.mark.slow
def test_every_policy_is_rare_and_differs_by_surface(interactions: Interactions) -> None:
    harm = SyntheticContent(PLAN.seed, rate_scale=10.0).fill(PLAN, 0, interactions).harm
    for k, policy in enumerate(POLICIES):
        shares = dict(
            zip(("query", "response", "image", "query_and_image", "combination"), policy.place_shares, strict=True)
        )
        # Units without Pins keep their harm in the query, hence the room upwards.
        expected = 10 * policy.base_rate * (shares["query"] + shares["query_and_image"])
        assert 0.8 * expected < harm.query[:, k].mean() < 1.8 * expected
        by_surface = [harm.query[interactions.surface == s, k].mean() for s in range(len(SURFACES))]
        assert max(by_surface) > 1.3 * min(by_surface)
        assert 0 < harm.pin[:, k].mean() < harm.query[:, k].mean()


@pytest.mark.slow
def test_code_words_tell_harm_but_not_perfectly(content: Content) -> None:
    texts = pd.Series(content.texts.query_text.to_pandas())
    for k, policy in enumerate(POLICIES):
        is_harmful = content.harm.query[:, k]
        has_word = texts.str.contains("|".join(policy.code_words)).to_numpy()
        assert has_word[is_harmful].mean() == pytest.approx(SIGNAL_PROBABILITY, abs=0.12)
        assert 0.001 < has_word[~is_harmful].mean() < 0.006


@pytest.mark.slow
def test_markers_come_alone_oftener_than_together(interactions: Interactions, content: Content) -> None:
    harm = content.harm
    for k, policy in enumerate(POLICIES):
        texts = pd.Series(content.texts.query_text.to_pandas())
        assert (texts.str.contains(policy.markers["query"]).to_numpy() == harm.query_marker[:, k]).all()
        has_pin_marker = np.zeros(len(interactions.response_query), dtype=bool)
        has_pin_marker[interactions.pin_response[harm.pin_marker[:, k]]] = True
        together = (has_pin_marker & harm.query_marker[interactions.response_query, k]).sum()
        assert 0 < together < 0.5 * has_pin_marker.sum()
        assert together < 0.5 * harm.query_marker[:, k].sum()


@pytest.mark.slow
def test_platform_scores_rank_and_are_calibrated(interactions: Interactions, content: Content) -> None:
    scores = content.platform_scores.to_pandas()
    is_scored = scores.notna().to_numpy()
    assert 0.98 < is_scored.mean() < 0.995
    for k, policy in enumerate(POLICIES):
        violates = content.harm.query[interactions.response_query, k] | content.harm.response[:, k]
        violates[interactions.pin_response[content.harm.pin[:, k]]] = True
        score = np.array([dict(by_policy)[policy.name] for by_policy in scores[is_scored]])
        assert score.min() >= 0
        assert score.max() <= 1
        assert np.median(score[violates[is_scored]]) > 20 * np.median(score[~violates[is_scored]])
        assert score.mean() == pytest.approx(violates.mean(), rel=0.35)


def test_insertions_put_the_first_word_in_front_and_the_others_behind() -> None:
    insertions = Insertions()
    insertions.add(np.array([2, 0]), pa.array(["x", "y"]))
    insertions.add(np.array([2]), pa.array(["z"]))
    assert insertions.apply(pa.array(["a", "b", "c"])).to_pylist() == ["y a", "b", "x c z"]
