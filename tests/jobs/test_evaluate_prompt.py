"""Two labelers compared on golden items: the table, the verdicts kept, the list to read, and what is refused."""

import csv
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from jobs import evaluate_prompt, label_golden_set
from lib.estimation.comparison.exact_mcnemar import exact_mcnemar
from lib.labelling import compared_labelers as sides
from lib.labelling.golden_labels import golden_items
from lib.run_context import RunContext
from lib.settings import load_settings
from lib.storage import Storage
from schemas import golden_set, golden_verdicts, labels, prevalence_moments, prompt_evaluations, samples
from schemas.contracts.settings import Settings
from schemas.errors import ConfigurationError, MissingInputError
from tests.labelling.keyword_labeler import KeywordLabeler
from tests.reporting.parsed_page import ParsedPage

DS, EARLIER, LATER = date(2026, 3, 3), date(2026, 2, 1), date(2026, 3, 4)
POLICIES = Path(__file__).parents[2] / "conf" / "policies"
HOSTILE = "=HYPERLINK(1) <script>alert(1)</script> rope"
BASELINE = KeywordLabeler({"self_harm": ("rope", "blade")}, labeler_id="old_prompt", cost=0.01)
CANDIDATE = KeywordLabeler(
    {"self_harm": ("blade", "tablets")}, refused=("hush",), slow=("later",), labeler_id="new_prompt", cost=0.03,
    rationale="=1+1 <b>seen</b>",
)  # fmt: skip


def item(name: str, text: str, verdict: str, *, weight: float | None = None, **others: Any) -> dict[str, Any]:
    row = {
        "ds": EARLIER, "item_id": name, "policy": "self_harm", "policy_version": "9.9", "verdict": verdict,
        "violating_components": ["query"] if verdict == "violating" else [], "query_text": text, "response_text": None,
        "pins": [], "surface": "search", "language": "en", "scores": {}, "weight": weight,
        "source": "gold_rung" if weight else "curated", "is_anchor": False, "job_run_id": "r",
    }  # fmt: skip
    return row | others


# sampled: the candidate loses `rope` (weight 30), gains `tablets` (10), raises a false alarm (200), refuses one
GOLD = [
    item("s1", "a blade", "violating", weight=10.0, is_anchor=True),
    item("s2", HOSTILE, "violating", weight=30.0, is_anchor=True),
    item("s3", "tablets", "violating", weight=10.0),
    item("s4", "cake", "not_violating", weight=100.0),
    item("s5", "tablets for a fever", "not_violating", weight=200.0),
    item("s6", "hush", "not_violating", weight=50.0),
    item("s7", "come back later", "not_violating", weight=50.0),
    item("c1", "tablets", "violating"),
    item("c2", "garden", "not_violating", source="adjudication"),
    # judged under an older policy only; judged twice, of which the newer version counts; not known yet; other policy
    item("c3", "blade", "violating", policy_version="1.0"),
    item("c4", "cake", "violating", policy_version="1.0"),
    item("c4", "cake", "not_violating"),
    item("c5", "blade", "violating", ds=LATER),
    item("c6", "blade", "violating", policy="retired_policy"),
]


def settings_for(warehouse: Path, *assignments: str) -> Settings:
    folder = warehouse / "policies"
    if not folder.exists():
        shutil.copytree(POLICIES, folder)
        policy = yaml.safe_load((folder / "self_harm.yaml").read_text(encoding="utf-8"))
        (folder / "self_harm.yaml").write_text(yaml.safe_dump(policy | {"version": "9.9"}), encoding="utf-8")
    return load_settings(
        "local",
        assignments=[
            f"storage.warehouse={warehouse}",
            f"evaluation.folder={warehouse / 'read_me'}",
            f"evaluation.candidate.policies_folder={folder}",
            "evaluation.candidate.labeler={rung: llm, labeler_id: new_prompt, labeler: {kind: file, path: x}}",
            *assignments,
        ],
    )


def build(rung: Any, **_: Any) -> KeywordLabeler:
    return CANDIDATE if rung.labeler_id == CANDIDATE.labeler_id else BASELINE


@pytest.fixture(scope="module")
def warehouse(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("warehouse")
    storage = Storage(_session, settings_for(path).storage)
    storage.replace(golden_set.TABLE, storage.rows(golden_set.TABLE, GOLD), where="true")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sides, "build_labeler", build)
        for _ in range(2):
            evaluate_prompt.run(_session, settings_for(path), RunContext(ds=DS))
    return path


@pytest.fixture(scope="module")
def rows(_session: SparkSession, warehouse: Path) -> dict[tuple[str, str], dict[str, Any]]:
    stored = Storage(_session, settings_for(warehouse).storage).read(prompt_evaluations.TABLE).collect()
    assert len(stored) == len({(row["policy"], row["gold_kind"]) for row in stored})
    return {(row["policy"], row["gold_kind"]): row.asDict(recursive=True) for row in stored}


def test_sampled_gold_is_weighted(rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert set(rows) == {("self_harm", "sampled"), ("self_harm", "curated")}
    row = rows["self_harm", "sampled"]
    assert (row["n_items"], row["n_not_labelled"], row["n_no_verdict_candidate"]) == (6, 1, 1)
    assert (row["n_violating"], row["n_not_violating"], row["n_disagreements"]) == (3, 2, 3)
    compared = {name: (row[name]["baseline"], row[name]["candidate"]) for name in ("sensitivity", "specificity")}
    assert compared["sensitivity"] == (pytest.approx(40 / 50), pytest.approx(20 / 50))
    assert compared["specificity"] == (pytest.approx(1.0), pytest.approx(100 / 300))
    assert row["precision"]["candidate"] == pytest.approx(20 / 220)
    shift = row["apparent_prevalence"]
    assert shift["difference"] == pytest.approx((220 - 40) / 350)
    assert shift["ci_low"] < shift["difference"] < shift["ci_high"]
    assert row["mcnemar_violating"] == {"n_only_baseline": 1, "n_only_candidate": 1, "exact_p": exact_mcnemar(1, 1)}
    assert (row["cost_per_label"]["difference"], row["cost_per_label"]["n_items"]) == (pytest.approx(0.02), 6)
    assert row["recommendation"] == "not enough gold"
    assert "fewer than 30 violating" in row["rule"]
    assert (row["baseline_policy_version"], row["candidate_policy_version"]) == (_version("self_harm"), "9.9")
    assert (row["baseline_labeler_id"], row["candidate_prompt_version"]) == ("old_prompt", CANDIDATE.prompt_version)


def test_curated_gold_stands_apart_and_is_judged_by_the_candidates_policy(
    rows: dict[tuple[str, str], dict[str, Any]],
) -> None:
    row = rows["self_harm", "curated"]
    assert (row["n_items"], row["n_violating"], row["n_other_policy_version"]) == (4, 2, 1)
    assert row["sensitivity"]["candidate"] == 1.0
    assert row["apparent_prevalence"] is None


def _version(policy: str) -> str:
    return str(yaml.safe_load((POLICIES / f"{policy}.yaml").read_text(encoding="utf-8"))["version"])


def test_verdicts_are_kept_once_for_the_purpose_of_evaluation(spark: SparkSession, warehouse: Path) -> None:
    stored = Storage(spark, settings_for(warehouse).storage).read(golden_verdicts.TABLE).collect()
    assert {row["purpose"] for row in stored} == {"evaluation"}
    keys = [(row["item_id"], row["labeler_id"], row["policy"], row["policy_version"]) for row in stored]
    assert len(set(keys)) == len(keys)
    said = {row["item_id"]: row["verdict"] for row in stored if row["labeler_id"] == "new_prompt"}
    assert (said["s2"], said["s3"], said["s6"]) == ("not_violating", "violating", "cannot_tell")
    assert not {"s7", "c5", "c6"} & set(said)
    (refused,) = (r for r in stored if r["item_id"] == "s6" and r["labeler_id"] == "new_prompt")
    assert refused["no_verdict_reason"] == "refused"


def _files(warehouse: Path) -> tuple[str, list[dict[str, str]]]:
    (page,) = (warehouse / "read_me").glob("*.html")
    with page.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        return page.read_text(encoding="utf-8"), list(csv.DictReader(file))


def test_disagreements_can_be_read_and_do_nothing(warehouse: Path) -> None:
    page, sheet = _files(warehouse)
    assert {row["item_id"] for row in sheet} == {"s2", "s3", "s5", "s6", "c1"}
    (hostile,) = (row for row in sheet if row["item_id"] == "s2")
    assert hostile["query_text"] == f"'{HOSTILE}"
    assert hostile["candidate_rationale"] == "'=1+1 <b>seen</b>"
    verdicts = (hostile["expert_verdict"], hostile["baseline_verdict"], hostile["candidate_verdict"])
    assert verdicts == ("violating", "violating", "not_violating")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<b>seen" not in page
    assert "not enough gold" in page
    elements = ParsedPage(page).elements
    assert not {name for name, _ in elements} & {"script", "img", "a", "b"}


def test_content_stands_in_the_list_only(spark: SparkSession, warehouse: Path) -> None:
    names = {column.name for column in prompt_evaluations.TABLE.columns}
    assert not names & {"query_text", "response_text", "pins", "rationale"}
    for spec in (samples.TABLE, labels.TABLE, prevalence_moments.TABLE):
        assert not (warehouse / spec.name).exists()


@pytest.mark.parametrize(
    ("assignments", "complaint"),
    [
        (["evaluation.candidate={}"], "baseline and candidate are both labeler `old_prompt`"),
        (["evaluation.candidate.policies_folder=nowhere"], "nowhere: there is no such folder"),
    ],
)
def test_a_comparison_that_cannot_be_is_refused(
    spark: SparkSession,
    warehouse: Path,
    monkeypatch: pytest.MonkeyPatch,
    assignments: Sequence[str],
    complaint: str,
) -> None:
    monkeypatch.setattr(sides, "build_labeler", build)
    settings = settings_for(warehouse, *assignments)
    if "{}" in assignments[0]:
        plain = settings.evaluation.model_copy(update={"candidate": settings.evaluation.baseline})
        settings = settings.model_copy(update={"evaluation": plain})
    with pytest.raises(ConfigurationError, match=complaint):
        evaluate_prompt.run(spark, settings, RunContext(ds=DS))


def test_without_a_golden_set_nothing_is_compared_and_no_anchor_judged(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sides, "build_labeler", build)
    with pytest.raises(MissingInputError, match="golden_set"):
        evaluate_prompt.run(spark, settings_for(tmp_path), RunContext(ds=DS))
    assert label_golden_set.run(spark, settings_for(tmp_path), RunContext(ds=DS)) == []


def test_anchors_are_judged_again_every_day(
    spark: SparkSession, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_golden_set, "build_labeler", build)
    settings = settings_for(warehouse)
    for ds, n_new in ((DS, 2), (DS, 0), (LATER, 2)):
        (commit,) = label_golden_set.run(spark, settings, RunContext(ds=ds))
        assert (commit.table, commit.n_rows) == ("golden_verdicts", n_new)
    stored = Storage(spark, settings.storage).read(golden_verdicts.TABLE).where("purpose = 'anchor'").collect()
    assert {(row["item_id"], row["ds"], row["verdict"]) for row in stored} == {
        (name, ds, "violating") for name in ("s1", "s2") for ds in (DS, LATER)
    }
    assert {row["policy_version"] for row in stored} == {_version("self_harm")}


def test_the_latest_word_on_an_item_counts(spark: SparkSession, warehouse: Path) -> None:
    storage = Storage(spark, settings_for(warehouse).storage)
    mended = storage.rows(golden_set.TABLE, [item("c1", "tablets", "not_violating", ds=DS)])
    known = golden_items(storage.read(golden_set.TABLE).union(mended), ds=DS, policies=["self_harm"])
    assert [row["verdict"] for row in known.where("item_id = 'c1'").collect()] == ["not_violating"]
    assert known.where("item_id = 'c5'").count() == 0
