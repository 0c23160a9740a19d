"""Recall, false alarms and their change, counted by hand; a scorer against the day's scores."""

from datetime import date

import numpy as np
import pytest

from lib.estimation.misclassification.binomial_limits import binomial_limits
from lib.labelling.probes.labeler_answers import probed_rungs
from lib.labelling.probes.probe_case import phrase_case
from lib.labelling.probes.probe_set import ProbeSet
from lib.labelling.probes.result_rows import PreviousResults, ProbedSubject, probe_rows
from lib.labelling.probes.scorer_answers import PopulationScores, scorer_answers
from lib.scoring.training import train_text_scorer
from schemas.contracts.labelling_settings import RungSettings
from schemas.errors import ConfigurationError
from schemas.probe_results import OUTCOMES
from tests.scoring.labelled_units import component_units

DS = date(2026, 3, 2)
CASES = [
    *(phrase_case(f"bad {i}", policy="harm", tactic="plain", is_violating=True, number=i) for i in range(10)),
    *(phrase_case(f"odd {i}", policy="harm", tactic="leet", is_violating=True, number=i) for i in range(4)),
    *(phrase_case(f"good {i}", policy="harm", tactic="leet", is_violating=False, number=i) for i in range(5)),
    *(phrase_case(f"lie {i}", policy="fraud", tactic="plain", is_violating=True, number=i) for i in range(3)),
]
PROBES = ProbeSet(tuple(CASES))
IDS = [case.case_id for case in CASES]
# plain 7 of 10 found; leet 1 of 4 and one refusal; 2 false alarms of 5; nothing said of the last two lies
SAID = [*["violating"] * 7, *["not_violating"] * 3, "violating", "not_violating", "not_violating", "cannot_tell"]
SAID += ["violating", "violating", "not_violating", "not_violating", "not_violating", "violating"]
VERDICTS = dict(zip(IDS, SAID, strict=False))


def rows_of(verdicts: dict[str, str], previous: PreviousResults | None = None) -> dict[tuple[str, str], dict]:
    subject = ProbedSubject("labeler", "m1", "v2", verdicts)
    return {(row["policy"], row["tactic"]): row for row in probe_rows(PROBES, subject, previous=previous, level=0.95)}


def test_rates_by_policy_and_tactic() -> None:
    rows = rows_of(VERDICTS)
    assert set(rows) == {(p, t) for p in ("harm", "all") for t in ("plain", "leet", "all")} | {
        ("fraud", "plain"),
        ("fraud", "all"),
    }
    plain, leet, fraud = rows["harm", "plain"], rows["harm", "leet"], rows["fraud", "plain"]
    assert (plain["n_violating"], plain["n_found"], plain["recall"]) == (10, 7, pytest.approx(0.7))
    limits = binomial_limits("clopper_pearson", 0.7, 10, 0.95)
    assert (plain["recall_ci_low"], plain["recall_ci_high"]) == pytest.approx(limits)
    assert (plain["n_benign"], plain["false_alarm_rate"], plain["false_alarm_ci_low"]) == (0, None, None)
    # a refusal is neither found nor safe: it stays in the denominator
    assert (leet["n_violating"], leet["n_found"], leet["recall"], leet["n_no_verdict"]) == (4, 1, 0.25, 1)
    assert (leet["n_benign"], leet["n_false_alarms"], leet["false_alarm_rate"]) == (5, 2, pytest.approx(0.4))
    assert (fraud["n_violating"], fraud["n_found"], fraud["n_not_labelled"]) == (1, 1, 2)
    both = rows["all", "all"]
    assert (both["n_violating"], both["n_found"], both["n_benign"], both["n_not_labelled"]) == (15, 9, 5, 2)


def test_outcomes_stand_in_the_finest_rows_only() -> None:
    rows = rows_of(VERDICTS)
    finest = {key: row["outcomes"] for key, row in rows.items() if "all" not in key}
    assert {case for outcomes in finest.values() for case in outcomes} == set(VERDICTS)
    assert finest["harm", "leet"][IDS[13]] == "no_verdict"
    assert finest["harm", "leet"][IDS[14]] == "false_alarm"
    assert {outcome for outcomes in finest.values() for outcome in outcomes.values()} <= set(OUTCOMES)
    assert rows["all", "all"]["outcomes"] == rows["harm", "all"]["outcomes"] == {}


def test_the_trend_is_of_the_same_cases() -> None:
    before = dict.fromkeys(IDS[:6], "missed") | dict.fromkeys(IDS[6:9], "found") | {"probe-gone": "found"}
    rows = rows_of(VERDICTS, PreviousResults("v1", date(2026, 2, 1), before))
    change = rows["harm", "plain"]["recall_change"]
    # of the nine common ones: 3 found before; now the first seven are, and two of the three are lost
    assert (change["n_cases"], change["before"], change["after"]) == (9, pytest.approx(3 / 9), pytest.approx(7 / 9))
    assert change["ci_low"] < change["difference"] < change["ci_high"]
    assert change["difference"] == pytest.approx(4 / 9)
    assert (rows["harm", "leet"]["recall_change"], rows["harm", "leet"]["false_alarm_change"]) == (None, None)
    assert (rows["harm", "leet"]["previous_version"], rows["harm", "leet"]["previous_ds"]) == ("v1", date(2026, 2, 1))
    assert rows_of(VERDICTS)["harm", "plain"]["recall_change"] is None


def test_nobody_answered_and_no_number_is_made_up() -> None:
    row = rows_of({})["all", "all"]
    assert (row["n_violating"], row["recall"], row["n_not_labelled"], row["sampling_gain"]) == (0, None, 22, None)


@pytest.mark.slow
def test_a_scorer_finds_what_stands_above_the_suspects_threshold() -> None:
    rng = np.random.default_rng(4)
    scorer = train_text_scorer(component_units(rng, 600), policies=["harm"], n_features=2**12, maximum_text_length=500)
    assert scorer is not None
    known = [
        phrase_case(f"word{i} cue{place}", policy="harm", tactic="plain", is_violating=True, number=number)
        for i in range(3)
        for number, place in enumerate(("query", "response", "image"))
    ]
    hidden = [phrase_case(f"cu3 {i}", policy="harm", tactic="leet", is_violating=True, number=i) for i in range(3)]
    other = phrase_case("cuequery", policy="fraud", tactic="plain", is_violating=True, number=0)
    population = {"harm": PopulationScores(threshold=0.5, mean_spread=0.1), "fraud": PopulationScores(0.5, 0.1)}

    answers = scorer_answers([*known, *hidden, other], scorer, population)

    assert {answers.verdicts[case.case_id] for case in known} == {"violating"}
    assert {answers.verdicts[case.case_id] for case in hidden} == {"not_violating"}
    assert other.case_id not in answers.verdicts  # this scorer has no model of that policy
    assert max(answers.gains[case.case_id] for case in known) > answers.gains[hidden[0].case_id]
    # a score as high as the threshold is no suspect: half of the day may share it
    content = known[0].content
    texts = {"query": [content.query_text], "response": [content.response_text], "image": [content.pins[0].title]}
    score = float(scorer.probabilities(texts)[0, -1])
    for threshold, verdict in ((score, "not_violating"), (score - 1e-6, "violating")):
        answers = scorer_answers(known[:1], scorer, {"harm": PopulationScores(threshold, 0.1)})
        assert answers.verdicts == {known[0].case_id: verdict}
        assert answers.gains[known[0].case_id] == pytest.approx(np.sqrt(score * (1 - score)) / 0.1)


def rung(kind: str, **labeler: object) -> RungSettings:
    return RungSettings.model_validate({"rung": "llm", "labeler_id": kind, "labeler": {"kind": kind, **labeler}})


def test_who_cannot_read_is_not_probed() -> None:
    simulated, file = rung("simulated", truth_path="truth"), rung("file", path="labels.csv")
    assert probed_rungs([simulated, file], None) == []
    assert probed_rungs([simulated], [file]) == [file]
    with pytest.raises(ConfigurationError, match="`simulated` is of kind `simulated`: it disturbs the known truth"):
        probed_rungs([file], [simulated])
