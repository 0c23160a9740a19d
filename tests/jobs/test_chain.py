"""The whole chain on two generated days: accounts, re-runs, estimates against the census, other readers, privacy."""

import csv
import io
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml
from deltalake import DeltaTable
from pyarrow import dataset
from pyspark.sql import SparkSession

from jobs import check_data, export_transparency, label_sample, publish_summary
from jobs.run_chain import STEPS, run_days
from lib.csv_cells import unshielded
from lib.run_context import RunContext
from lib.settings import load_settings
from schemas.contracts.settings import Settings
from scripts import generate_logs
from scripts.compare_with_truth import compare
from scripts.run_demo import demo_conf
from tests.reporting.parsed_page import ParsedPage

DAYS = [date(2026, 3, 2), date(2026, 3, 3)]
N_UNITS = 1500
TABLES = (
    "interaction_units", "quarantine", "row_account", "unit_scores", "sampling_frame", "samples", "sample_content",
    "rung_samples", "labels", "prevalence_moments", "prevalence", "releases", "released_prevalence", "release_gates",
    "restatements", "check_results", "stream_readings", "monitoring_sequences", "directional_index", "alerts",
)  # fmt: skip
# What a re-run may change: ids and times of runs.
RUN_COLUMNS = ("job_run_id", "job_run_reads", "job_run_checked", "labelled_at")


@dataclass(frozen=True)
class Chain:
    """A finished run of the chain and where everything is."""

    output: Path
    settings: Settings
    spark: SparkSession

    def table(self, name: str) -> pd.DataFrame:
        return DeltaTable(str(self.output / "warehouse" / name)).to_pandas()

    def truth(self, name: str) -> pd.DataFrame:
        table = dataset.dataset(self.output / "truth" / name, partitioning="hive").to_table().to_pandas()
        return table.assign(ds=table["ds"].astype(str))

    def run(self, days: list[date], *, steps: tuple[str, ...] = tuple(STEPS)) -> None:
        run_days(self.spark, self.settings, {name: STEPS[name] for name in steps}, days)


@pytest.fixture(scope="module")
def chain(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    output = tmp_path_factory.mktemp("chain")
    arguments = ["--start-ds", f"{DAYS[0]}", "--days", "2", "--units-per-day", f"{N_UNITS}", "--seed", "5"]
    assert generate_logs.main(["--output", str(output), "--violation-rate-scale", "6", *arguments]) == 0
    design = {"name": "test", "version": 1, "sample_size": 500, "minimum_stratum_size": 30, "seed": 11}
    (output / "test.yaml").write_text(yaml.safe_dump(design))
    conf = demo_conf(output) | {"sampling": {"design": str(output / "test.yaml")}}
    conf["labelling"]["rungs"][1]["sample_size"] = 200
    (output / "conf.yaml").write_text(yaml.safe_dump(conf))
    os.environ.setdefault("PLUMBLINE_ID_KEY", "a key for the tests only")
    finished = Chain(output, load_settings("local", [output / "conf.yaml"]), _session)
    finished.run(DAYS)
    yield finished
    _session.catalog.clearCache()


def _without_runs(table: pd.DataFrame) -> pd.DataFrame:
    """The table in one order, nested values as text, without the columns that name a run."""
    kept = table.drop(columns=[name for name in RUN_COLUMNS if name in table.columns])
    as_text = kept.map(lambda value: repr(value) if not pd.api.types.is_scalar(value) else value)
    return as_text.sort_values(list(as_text.columns), ignore_index=True)


def test_a_day_run_again_leaves_identical_rows_in_every_table(chain: Chain) -> None:
    before = {name: _without_runs(chain.table(name)) for name in (*TABLES, "scorers")}
    chain.run(DAYS[1:])
    for name, rows in before.items():
        pd.testing.assert_frame_equal(_without_runs(chain.table(name)), rows, check_exact=True, obj=name)


def test_healthy_tables_pass_every_check_and_none_is_left_out(chain: Chain) -> None:
    results = chain.table("check_results")
    assert results[~results["is_passed"]]["message"].tolist() == []
    checked = results.groupby("ds")["table_name"].unique().map(set)
    logs = {"query_log", "response_log", "pin_log"}
    # Nothing was shown before, so nothing is restated, and two days are too few for an alert.
    filled = {*TABLES, *logs, "labeler_quality"} - {"restatements", "check_results", "alerts"}
    # What comes with the first scores.
    scored = {"scorers", "directional_index"}
    assert [tables - scored for tables in checked] == [filled - scored] * 2
    of_weeks_before = results["kind"].isin(["volume", "volume_collapse", "missing_drift", "drift"])
    assert set(results[~results["is_judged"]]["kind"]) <= set(results[of_weeks_before]["kind"]) | {"minimum", "maximum"}
    assert not results[of_weeks_before]["is_judged"].any()


def test_a_broken_table_is_found_and_stops_the_steps_after_it(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(chain.output / "warehouse", tmp_path / "warehouse")
    arguments = ["--ds", f"{DAYS[1]}", "--conf", str(chain.output / "conf.yaml")]
    arguments += ["--set", f"storage.warehouse={tmp_path / 'warehouse'}"]
    arguments += ["--set", f"reporting.dashboard_path={tmp_path / 'dashboard.html'}"]
    samples = chain.table("samples")
    sampled = samples[samples["ds"].astype(str) == f"{DAYS[1]}"]["unit_id"].iloc[0]
    units = f"delta.`{tmp_path / 'warehouse' / 'interaction_units'}`"
    chain.spark.sql(f"DELETE FROM {units} WHERE ds = DATE'{DAYS[1]}' AND unit_id = '{sampled}'")  # noqa: S608 - ours

    assert check_data.main([*arguments, "--table", "samples", "--table", "unit_scores"]) == 1
    said = capsys.readouterr().err
    reference = (
        "check `reference:unit_id in interaction_units`: 1 values of `unit_id in interaction_units` are not there"
    )
    assert f"Table `samples`, day {DAYS[1]}, {reference}; run draw_sample for the day again" in said
    assert "check `equal_rows:unit_id in interaction_units`: `unit_id in interaction_units`: at least 1 rows" in said
    assert "1 values of" in (tmp_path / "dashboard_checks.html").read_text(encoding="utf-8")

    versions = {name: DeltaTable(str(tmp_path / "warehouse" / name)).version() for name in ("labels", "rung_samples")}
    assert label_sample.main(arguments) == 1
    assert "Step label_sample was not run." in capsys.readouterr().err
    assert {name: DeltaTable(str(tmp_path / "warehouse" / name)).version() for name in versions} == versions
    assert check_data.main([*arguments, "--table", "row_account", "--table", "scorers"]) == 0
    assert check_data.main([*arguments, "--ds", "2026-05-01"]) == 2


def test_the_row_account_is_the_generators_own(chain: Chain) -> None:
    columns = ["ds", "source", "rows_in", "rows_used", "rows_duplicate", "rows_quarantined"]
    account = chain.table("row_account").assign(ds=lambda rows: rows["ds"].astype(str))[columns]
    expected = chain.truth("row_account")[columns]
    order = ["ds", "source"]
    pd.testing.assert_frame_equal(
        account.sort_values(order, ignore_index=True), expected.sort_values(order, ignore_index=True), check_dtype=False
    )
    reasons = chain.table("quarantine").assign(ds=lambda rows: rows["ds"].astype(str))
    counted = reasons.groupby(["ds", "source", "reason"]).size()
    truth = chain.truth("quarantine_account").set_index(["ds", "source", "reason"])["n_records"]
    assert counted.to_dict() == truth[truth > 0].to_dict()


def test_units_and_views_are_the_generators_own(chain: Chain) -> None:
    units = chain.table("interaction_units").assign(ds=lambda rows: rows["ds"].astype(str))
    found = units.groupby("ds").agg(
        n_units=("unit_id", "nunique"),
        n_units_without_response=("response_id", lambda ids: ids.isna().sum()),
        n_units_without_pins=("pin_count", lambda counts: (counts == 0).sum()),
        views=("viewed_pin_count", "sum"),
    )
    expected = chain.truth("unit_account").set_index("ds")
    assert found.to_dict("index") == expected[found.columns].to_dict("index")


def test_the_frame_says_that_the_first_day_had_no_scorer(chain: Chain) -> None:
    frame = chain.table("sampling_frame").assign(ds=lambda rows: rows["ds"].astype(str))
    rules = frame.groupby("ds")[["size_measure_rule", "scorer_version"]].first()
    assert tuple(rules.loc["2026-03-02"]) == ("exposure_only", "none")
    assert rules.loc["2026-03-03", "size_measure_rule"] == "score_and_exposure"
    assert rules.loc["2026-03-03", "scorer_version"].startswith("text-")
    assert (frame["sample_size"] == frame["target_sample_size"]).all()
    assert frame.groupby("ds")["sample_size"].sum().tolist() == [500, 500]


def test_weights_of_the_sample_recover_the_population(chain: Chain) -> None:
    samples, frame = chain.table("samples"), chain.table("sampling_frame")
    weighted = (1 / samples["inclusion_probability"]).groupby([samples["ds"], samples["stratum"]]).sum()
    sizes = frame.set_index(["ds", "stratum"])["population_size"]
    # A stratum's weights sum to its size up to sampling error: about 25 % with 30 units, a few percent with hundreds.
    assert ((weighted / sizes - 1).abs() < 0.5).all()
    assert weighted.sum() == pytest.approx(sizes.sum(), rel=0.12)


def test_estimates_agree_with_the_census(chain: Chain) -> None:
    compared = compare(chain.output / "warehouse", chain.output / "truth")
    assert (compared["status"] == "released").all()
    assert len(compared) == 4 * 2 * 2  # policies x measures x estimators
    errors = (compared["prevalence"] - compared["truth"]) / compared["std_error"]
    assert errors.abs().max() < 4
    assert compared["is_covered"].mean() >= 0.75
    # About 2 to 5 % violate; labels read as truth, or weights left out, miss by far more than this.
    assert (compared["prevalence"] / compared["truth"] - 1).abs().max() < 0.6


def test_the_population_of_every_number_is_known_exactly(chain: Chain) -> None:
    numbers = chain.table("prevalence")
    whole = numbers[(numbers["period"] == "all") & (numbers["segment"] == "all")]
    truth = chain.truth("prevalence_truth").groupby("measure")["exposure_total"].sum() / 4  # once per policy
    assert whole.groupby("measure")["exposure_total"].first().to_dict() == truth.to_dict()
    by_surface = numbers[(numbers["period"] == "all") & (numbers["segment"] == "surface")]
    sums = by_surface.groupby(["policy", "measure", "estimator"])["exposure_total"].sum()
    assert set(sums.xs("views", level="measure")) == {truth["views"]}


def test_another_engine_reads_the_tables(chain: Chain) -> None:
    prevalence = DeltaTable(str(chain.output / "warehouse" / "prevalence")).to_pyarrow_dataset()
    query = "SELECT count(*), min(ci_low) >= 0, max(ci_high) <= 1 FROM prevalence"
    counted = duckdb.connect().register("prevalence", prevalence).execute(query).fetchone()
    assert counted == (len(chain.table("prevalence")), True, True)


def test_no_user_or_session_id_is_in_any_table(chain: Chain) -> None:
    logged = dataset.dataset(chain.output / "input" / "query_log", partitioning="hive").to_table(
        columns=["user_id", "session_id"]
    )
    raw_ids = {value for column in logged.columns for value in column.to_pylist() if value}
    assert len(raw_ids) > 100
    for name in TABLES:
        table = chain.table(name)
        for column in table.select_dtypes("object"):
            texts = set(table[column].map(str))
            assert not raw_ids & texts, f"{name}.{column}"
            if name == "quarantine":
                assert not any(raw_id in text for text in texts for raw_id in raw_ids), f"{name}.{column}"


def test_the_dashboard_names_simulated_labels_and_shows_the_weeks_number(chain: Chain) -> None:
    page = (chain.output / "dashboard.html").read_text(encoding="utf-8")
    assert "Simulated labels" in page
    numbers = chain.table("prevalence").query("component == 'unit'")
    week = numbers[(numbers["period"] == "week") & (numbers["segment"] == "all") & (numbers["measure"] == "units")]
    shown = week[(week["estimator"] == "regression") & (week["policy"] == "adult_content")]["prevalence"].item()
    assert f"{shown * 100:.2f}" in page
    assert "://" not in page.replace("http://www.w3.org", "")


def test_every_number_of_the_weeks_summary_is_in_the_tables(chain: Chain) -> None:
    publish_summary.run(chain.spark, chain.settings, RunContext(DAYS[0]))
    html = (chain.output / "dashboard_summary_2026-W10.html").read_text(encoding="utf-8")
    said = (
        ParsedPage(html).text.replace("\xa0", " ").partition("How it was measured")[0].partition("Week 10 of 2026")[2]
    )
    week = chain.table("released_prevalence").query(
        "period == 'week' and measure == 'units' and component == 'unit' and estimator == 'regression'"
    )
    latest = week[week["released_at"] == week["released_at"].max()]
    whole = latest[latest["segment"] == "all"]
    shares = {f"{100 * share:.2f}" for name in ("prevalence", "ci_low", "ci_high") for share in whole[name]}
    counts = {f"{n:,}" for name in ("n_llm", "n_human") for n in whole[name]}
    by_place = latest[latest["segment"] != "all"]
    few = by_place[(by_place["status"] == "released") & (by_place[["n_llm", "n_human"]].max(axis=1) < 100)]
    counted = {len(whole), len(by_place), len(few), (by_place["status"] == "held").sum(), *whole["n_days"]}
    fixed = {"10", "2", "8", "2026", "95", "0", "7"}  # the week and its days, the level, where the scale begins
    scale = set(re.findall(r"from 0 to ([0-9.]+) %", said))
    found = set(re.findall(r"[0-9](?:[0-9,.]*[0-9])?", said))
    assert found - shares - counts - {f"{n}" for n in counted} - fixed <= scale
    assert len(found & shares) >= 3 * len(whole) - 2, "two limits may agree"
    assert "Simulated labels" in said


def test_every_number_of_the_quarters_export_is_in_the_tables(chain: Chain) -> None:
    export_transparency.run(chain.spark, chain.settings, RunContext(DAYS[0]))
    folder = chain.output / "dashboard_transparency_2026Q1"

    def rows(name: str) -> list[dict[str, str]]:
        text = (folder / f"{name}.csv").read_bytes().decode("utf-8").removeprefix("\ufeff")
        read = csv.DictReader(io.StringIO(text, newline=""))
        return [{column: unshielded(cell) for column, cell in row.items()} for row in read]

    released = chain.table("released_prevalence").query("period == 'quarter' and component == 'unit'")
    latest = released[released["released_at"] == released["released_at"].max()]
    key = ["policy", "measure", "segment", "segment_value"]
    known = latest[latest["estimator"] == "regression"].set_index(key)
    told = rows("prevalence")
    assert len(told) == len(known) > 8
    assert {"released", "too_few_labels"} <= {row["status"] for row in told}
    for row in told:
        expected = known.loc[tuple(row[name] for name in key)]
        is_few = row["segment"] != "all" and expected[["n_llm", "n_human"]].max() < 100
        status = "too_few_labels" if is_few and expected["status"] == "released" else expected["status"]
        assert row["status"] == status
        for name in ("prevalence", "ci_low", "ci_high", "std_error", "n_positive"):
            assert row[name] == "" if status != "released" else float(row[name]) == expected[name], name
        for name in ("n_llm", "n_human", "exposure_total", "population_size"):
            assert float(row[name]) == expected[name], name
        assert row["release_id"] == expected["release_id"]

    # The window of the last day holds the whole quarter so far, so the two have to agree.
    quality = chain.table("labeler_quality").query("rung == 'llm' and reference in ('human', 'gold')")
    of_last_day = quality[quality["ds"].astype(str) == f"{DAYS[1]}"]
    names = ["policy", "labeler_id", "prompt_version", "reference"]
    measured = of_last_day.set_index(names)
    accuracy = rows("automated_label_accuracy")
    assert len(accuracy) == len(measured) >= 4
    for row in accuracy:
        expected = measured.loc[tuple(row[name] for name in names)]
        for title, name in (("precision", "precision"), ("recall", "sensitivity"), ("specificity", "specificity")):
            for end in ("", "_ci_low", "_ci_high"):
                assert float(row[f"{title}{end}"]) == pytest.approx(expected[f"{name}{end}"], rel=1e-9)
        assert int(row["n_units_compared"]) == expected["n"]
        assert row["label_source"] == "simulated"

    labels = (
        chain.table("labels").groupby(["policy", "labeler_id", "prompt_version"])["unit_id"].agg(["size", "nunique"])
    )
    counted = {
        (r["policy"], r["labeler_id"], r["prompt_version"]): (int(r["n_labels"]), int(r["n_units"]))
        for r in rows("labels")
    }
    assert counted == {place: tuple(row) for place, row in labels.iterrows()}
    assert "LABELS ARE SIMULATED" in " ".join((folder / "method.txt").read_text(encoding="utf-8").split())
