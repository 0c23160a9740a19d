"""Probes through a scorer and labelers: what is found, what is refused, the trend, and that no probe is ever a unit."""

import ast
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyspark.sql import SparkSession

from jobs import probe_labelers
from lib.labelling.probes import probed_subjects
from lib.labelling.probes.lexicons import load_lexicons
from lib.labelling.probes.probe_case import ProbeCase
from lib.labelling.probes.probe_set import probe_set
from lib.run_context import RunContext
from lib.scoring.scorer_rows import rows_of_scorer
from lib.scoring.training import train_text_scorer
from lib.settings import load_policies, load_settings
from lib.storage import Storage
from schemas import labels, prevalence_moments, probe_results, rung_samples, samples, scorers, unit_scores
from schemas.contracts.settings import Settings
from schemas.errors import ConfigurationError, MissingInputError
from tests.labelling.keyword_labeler import KeywordLabeler
from tests.scoring.labelled_units import component_units

DS, NEXT_DAY = date(2026, 3, 2), date(2026, 3, 3)
ROOT = Path(__file__).parents[2]
PROBES = probe_set(load_policies(), load_lexicons(load_policies()))
FIRST = KeywordLabeler({"self_harm": ("cuts", "suicide"), "harassment": ("vermin",)}, refused=("pact",))
SECOND = KeywordLabeler({"self_harm": ("cuts", "suicide", "bones"), "harassment": ("vermin",)}, slow=("rope",))
PROBED = "evaluation.probed_labelers=[{rung: llm, labeler_id: keywords, labeler: {kind: file, path: x}}]"
SUBJECT_COLUMNS = ("n_found", "n_violating", "n_false_alarms", "n_benign", "n_no_verdict", "n_not_labelled")


def settings_for(warehouse: Path, *assignments: str) -> Settings:
    return load_settings("local", assignments=[f"storage.warehouse={warehouse}", *assignments])


def expected(labeler: KeywordLabeler, *, policy: str, tactic: str) -> tuple[int, ...]:
    """The counts of SUBJECT_COLUMNS, from the words alone."""

    def holds(case: ProbeCase, words: tuple[str, ...]) -> bool:
        content = case.content
        texts = [content.query_text, content.response_text, *(pin.title for pin in content.pins)]
        return any(word in " ".join(text for text in texts if text).lower() for word in words)

    cases = [case for case in PROBES.cases if (case.policy, case.tactic) == (policy, tactic)]
    answered = [case for case in cases if not holds(case, labeler.slow)]
    refused = [case for case in answered if holds(case, labeler.refused)]
    called = [case for case in answered if case not in refused and holds(case, labeler.words.get(policy, ()))]
    bad = [case for case in answered if case.is_violating]
    n_found = sum(case.is_violating for case in called)
    return (
        n_found,
        len(bad),
        len(called) - n_found,
        len(answered) - len(bad),
        len(refused),
        len(cases) - len(answered),
    )


def store_scorer(spark: SparkSession, storage: Storage) -> str:
    """A scorer of self_harm that knows its words in a query, and a day of 1,000 units that it scored."""
    units = component_units(np.random.default_rng(4), 600)
    for name in ("query", "response", "image"):
        units[f"{name}_text"] = units[f"{name}_text"].str.replace(f"cue{name}", "cuts suicide")
    for column in ("verdicts", "violating_components"):
        units[column] = [{"self_harm": value["harm"]} if value else {} for value in units[column]]
    scorer = train_text_scorer(units, policies=["self_harm"], n_features=2**12, maximum_text_length=500)
    assert scorer is not None
    trained = RunContext(ds=DS).stamp(spark.createDataFrame(rows_of_scorer(scorer)))
    storage.replace_day(scorers.TABLE, trained, DS)
    scored = [
        {
            "ds": DS, "unit_id": f"u{i}", "user_key": None, "surface": "search", "country": "DE", "language": "de",
            "pin_count": 0, "viewed_pin_count": 0, "scores": {"self_harm": 0.001 + 0.0005 * i},
            "component_scores": {}, "scorer_version": scorer.scorer_version, "job_run_id": "r",
        }
        for i in range(1000)
    ]  # fmt: skip
    storage.replace_day(unit_scores.TABLE, storage.rows(unit_scores.TABLE, scored), DS)
    return scorer.scorer_version


@pytest.fixture(scope="module")
def warehouse(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day under the first prompt, probed twice, and the next day under the second."""
    path = tmp_path_factory.mktemp("warehouse")
    settings = settings_for(path, PROBED)
    storage = Storage(_session, settings.storage)
    version = store_scorer(_session, storage)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probed_subjects, "build_labeler", lambda *_, **__: FIRST)
        for _ in range(2):
            commits = probe_labelers.run(_session, settings, RunContext(ds=DS))
            assert {commit.table for commit in commits} == {"probe_results"}
        patch.setattr(probed_subjects, "build_labeler", lambda *_, **__: SECOND)
        later = settings.model_copy(update={"scoring": settings.scoring.model_copy(update={"source": "log_column"})})
        probe_labelers.run(_session, later, RunContext(ds=NEXT_DAY))
    stored = storage.read(probe_results.TABLE).where("subject_kind = 'scorer'")
    assert {row["subject_version"] for row in stored.select("subject_version").collect()} == {version}
    return path


@pytest.fixture(scope="module")
def rows(_session: SparkSession, warehouse: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    stored = Storage(_session, settings_for(warehouse).storage).read(probe_results.TABLE).collect()
    keyed = {(r["ds"], r["subject_kind"], r["policy"], r["tactic"]): r.asDict(recursive=True) for r in stored}
    assert len(keyed) == len(stored)  # probing a day again replaces its rows
    return keyed


@pytest.mark.parametrize("policy", ["self_harm", "harassment", "adult_content"])
def test_what_a_labeler_of_words_finds(rows: dict[tuple[Any, ...], dict[str, Any]], policy: str) -> None:
    for tactic in {case.tactic for case in PROBES.cases if case.policy == policy}:
        for ds, labeler in ((DS, FIRST), (NEXT_DAY, SECOND)):
            row = rows[ds, "labeler", policy, tactic]
            found = tuple(row[name] for name in SUBJECT_COLUMNS)
            assert found == expected(labeler, policy=policy, tactic=tactic), (policy, tactic, ds)
            assert (row["subject_id"], row["subject_version"]) == ("keywords", labeler.prompt_version)
            assert row["probe_set_version"] == PROBES.version


def test_obfuscation_hides_words_from_a_labeler_of_words(rows: dict[tuple[Any, ...], dict[str, Any]]) -> None:
    recall = {tactic: rows[DS, "labeler", "self_harm", tactic]["recall"] for tactic in ("plain", "leet", "zero_width")}
    assert recall["plain"] > 0
    assert recall["leet"] == recall["zero_width"] == 0
    row = rows[DS, "labeler", "self_harm", "plain"]
    assert row["recall_ci_low"] < row["recall"] < row["recall_ci_high"]
    assert rows[DS, "labeler", "self_harm", "look_alikes"]["false_alarm_rate"] > 0  # suicide squad costumes


def test_the_trend_compares_the_same_probes(rows: dict[tuple[Any, ...], dict[str, Any]]) -> None:
    assert rows[DS, "labeler", "self_harm", "plain"]["recall_change"] is None  # the same prompt ran twice
    row = rows[NEXT_DAY, "labeler", "self_harm", "plain"]
    assert (row["previous_version"], row["previous_ds"]) == (FIRST.prompt_version, DS)
    before, after = (expected(labeler, policy="self_harm", tactic="plain") for labeler in (FIRST, SECOND))
    change = row["recall_change"]
    assert change["difference"] == pytest.approx(after[0] / after[1] - before[0] / before[1])
    assert change["difference"] > 0
    assert change["ci_low"] < change["difference"] < change["ci_high"]
    everything = rows[NEXT_DAY, "labeler", "all", "all"]["false_alarm_change"]
    assert everything["n_cases"] == sum(
        not case.is_violating for case in PROBES.cases if "rope" not in str(case.content).lower()
    )


def test_a_scorer_is_measured_by_whom_it_favours(rows: dict[tuple[Any, ...], dict[str, Any]]) -> None:
    row = rows[DS, "scorer", "self_harm", "plain"]
    assert row["suspect_share"] == 0.05
    assert (row["n_violating"], row["n_no_verdict"], row["n_not_labelled"]) == (8, 0, 0)
    assert rows[DS, "scorer", "self_harm", "zero_width"]["recall"] <= row["recall"]
    assert row["sampling_gain"] > 0
    assert rows[DS, "scorer", "harassment", "plain"]["n_not_labelled"] == 8  # it has no score of that policy
    assert (NEXT_DAY, "scorer", "self_harm", "plain") not in rows  # scores came with the logs


def test_no_probe_is_a_unit(spark: SparkSession, warehouse: Path) -> None:
    for spec in (samples.TABLE, labels.TABLE, rung_samples.TABLE, prevalence_moments.TABLE):
        assert not (warehouse / spec.name).exists()
    units = {
        row["unit_id"] for row in Storage(spark, settings_for(warehouse).storage).read(unit_scores.TABLE).collect()
    }
    assert not units & {case.case_id for case in PROBES.cases}
    # Units have 32 hex digits: a probe's id can never be one of them.
    assert all(case.case_id.startswith("probe-") for case in PROBES.cases)


def test_the_code_can_write_no_other_table() -> None:
    written = set()
    paths = [ROOT / "jobs" / "probe_labelers.py", *sorted((ROOT / "lib" / "labelling" / "probes").glob("*.py"))]
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_call and node.func.attr in {"replace", "replace_day", "append", "append_new", "save", "saveAsTable"}:
                written |= {ast.unparse(node.args[0])} if ast.unparse(node.func.value) == "storage" else set()
    assert written == {"probe_results.TABLE"}


def test_who_reads_nothing_is_refused_or_left_out(spark: SparkSession, tmp_path: Path) -> None:
    simulated = "{rung: llm, labeler_id: sim, labeler: {kind: simulated, truth_path: x}}"
    with pytest.raises(ConfigurationError, match="`sim` is of kind `simulated`: it disturbs the known truth"):
        probe_labelers.run(
            spark, settings_for(tmp_path, f"evaluation.probed_labelers=[{simulated}]"), RunContext(ds=DS)
        )
    # by default conf has simulated labelers only, and there is no scorer yet
    assert probe_labelers.run(spark, settings_for(tmp_path), RunContext(ds=DS)) == []


def test_a_day_that_the_scorer_did_not_score_is_refused(spark: SparkSession, warehouse: Path) -> None:
    with pytest.raises(MissingInputError, match="run score_units for that day"):
        probe_labelers.run(spark, settings_for(warehouse), RunContext(ds=NEXT_DAY))
