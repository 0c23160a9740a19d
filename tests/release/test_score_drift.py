"""Jensen-Shannon divergence and levels of scores against numbers worked out by hand and by scipy."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from lib.release.gates.score_drift import jensen_shannon_divergence, score_drift
from schemas.contracts.release_settings import ReleaseSettings

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def _row(ds: date, stratum: str, score: float, exposure: float) -> dict[str, Any]:
    return {"ds": ds, "policy": "a", "stratum": stratum, "score_total": score, "exposure_total": exposure}


def test_divergence_of_known_distributions() -> None:
    assert jensen_shannon_divergence([1, 1], [2, 2]) == 0.0
    assert jensen_shannon_divergence([1, 0], [0, 5]) == 1.0
    # 0.75 log2(0.75/0.5) + 0.25 log2(0.25/0.5) for both, by symmetry
    assert jensen_shannon_divergence([3, 1], [1, 3]) == pytest.approx(0.1887218755408671, rel=1e-12)


def test_divergence_is_the_square_of_scipys_distance() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        p, q = rng.dirichlet([0.5] * 8), rng.dirichlet([0.5] * 8)
        assert jensen_shannon_divergence(p, q) == pytest.approx(jensenshannon(p, q, base=2) ** 2, rel=1e-9)


def test_a_distribution_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="sums to 0; it needs a positive entry"):
        jensen_shannon_divergence([0, 0], [1, 1])


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ([1, 2, 3], [1, 2], "second: 2 entries beside 3"),
        ([-1, 2], [1, 1], "has the entry -1"),
        ([1, 1], [float("inf"), 1], "has the entry inf"),
        ([float("nan"), 1], [1, 1], "has the entry nan"),
    ],
)
def test_what_is_no_distribution_is_refused(first: list[float], second: list[float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        jensen_shannon_divergence(first, second)


def test_very_large_and_very_small_entries_are_distributions_too() -> None:
    assert jensen_shannon_divergence([1e308, 1e308], [1, 1]) == pytest.approx(0.0, abs=1e-12)
    assert jensen_shannon_divergence([1e-320, 0], [0, 1]) == 1.0


@pytest.mark.parametrize("total", [float("inf"), float("nan"), -1.0])
def test_a_score_total_that_is_no_number_breaks_both_gates(total: float) -> None:
    rows = [_row(ds, stratum, 1.0, 100.0) for ds in (MONDAY, TUESDAY) for stratum in "sh"]
    results = score_drift([rows[0] | {"score_total": total}, *rows[1:]], ReleaseSettings(), policies=["a"], ds=TUESDAY)
    assert [(result.gate, result.verdict) for result in results] == [("score_level", "held"), ("score_mix", "held")]
    assert f"score_total of stratum s on 2026-03-02 is {total}" in str(results[1].reason)


def test_level_and_mix_of_the_day_against_the_days_before() -> None:
    rows = [_row(MONDAY, "s", 1.0, 100.0), _row(MONDAY, "h", 1.0, 100.0)]
    rows += [_row(TUESDAY, "s", 6.0, 100.0), _row(TUESDAY, "h", 2.0, 100.0)]
    level, mix = score_drift(rows, ReleaseSettings(), policies=["a"], ds=TUESDAY)
    assert (level.gate, level.figure, level.verdict) == ("score_level", pytest.approx(4.0), "held")
    assert (mix.gate, mix.figure) == ("score_mix", pytest.approx(jensenshannon([3, 1], [1, 1], base=2) ** 2))
    assert mix.verdict == "passed"
    fallen = [row | {"score_total": row["score_total"] / (16 if row["ds"] == TUESDAY else 1)} for row in rows]
    assert score_drift(fallen, ReleaseSettings(), policies=["a"], ds=TUESDAY)[0].figure == pytest.approx(4.0)


def test_without_a_score_on_either_side_there_is_nothing_to_go_by() -> None:
    for rows in ([], [_row(TUESDAY, "s", 1.0, 100.0)], [_row(MONDAY, "s", 1.0, 100.0)]):
        results = score_drift(rows, ReleaseSettings(), policies=["a", "b"], ds=TUESDAY)
        assert {result.verdict for result in results} == {"not_applicable"}
        assert len(results) == 4
    vanished = [_row(MONDAY, "s", 1.0, 100.0), _row(TUESDAY, "s", 0.0, 100.0)]
    level, mix = score_drift(vanished, ReleaseSettings(), policies=["a"], ds=TUESDAY)
    assert (level.verdict, mix.verdict) == ("held", "not_applicable")
