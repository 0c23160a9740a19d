"""A label that comes late changes the moments of its day, and no other day's rows or files."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
import yaml
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs import estimate_prevalence
from lib.run_context import RunContext
from lib.settings import load_settings
from lib.storage import Storage
from schemas import labels, rung_samples, samples, sampling_frame
from schemas.contracts.settings import Settings
from tests.complete_rows import completed
from tests.moments.labelled_units import KNOWN, NAN, UNITS, Unit, frame_table, label_table, sample_table

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
POLICIES = {"a": "adult_content", "b": "harassment"}
# On Tuesday the LLM could not tell one unit: 5 % of the weight, under the limit.
UNSURE = replace(UNITS[0], p=0.9, a=(NAN,), q=())
TUESDAY_UNITS = [replace(unit, unit_id=f"t{i}") for i, unit in enumerate((*UNITS[1:], UNSURE))]


def _renamed(frame: DataFrame) -> DataFrame:
    names = F.create_map(*[F.lit(text) for pair in POLICIES.items() for text in pair])
    return frame.withColumn("policy", names[F.col("policy")])


def _store_labels(spark: SparkSession, storage: Storage, units: list[Unit], ds: date, hour: int) -> None:
    given = _renamed(label_table(spark, units, rungs=["llm"])).withColumns(
        {
            "labelled_at": F.lit(datetime(2026, 3, 4, hour)),
            "prompt_version": F.lit(f"p{hour}"),
            "review_role": F.lit("first"),
            "no_verdict_reason": F.when(F.col("verdict") == "cannot_tell", "cannot_tell"),
        }
    )
    storage.append_new(labels.TABLE, completed(labels.TABLE, given, ds=ds, design_id="daily_v1"), ds=ds)


@pytest.fixture
def settings(spark: SparkSession, tmp_path: Path) -> Settings:
    """A warehouse with two days that are drawn and labelled by the LLM alone, and estimated."""
    design = {"name": "daily", "version": 1, "sample_size": 8, "seed": 1}
    (tmp_path / "daily.yaml").write_text(yaml.safe_dump(design))
    rung = {"rung": "llm", "labeler_id": "panel", "labeler": {"kind": "file", "path": "unused.csv"}}
    conf = {
        "storage": {"warehouse": str(tmp_path / "warehouse"), "input": {"path": str(tmp_path)}},
        "sampling": {"design": str(tmp_path / "daily.yaml")},
        "labelling": {"rungs": [rung]},
        "estimation": {"minimum_respondents": 2, "segments": ["country"]},
    }
    (tmp_path / "conf.yaml").write_text(yaml.safe_dump(conf))
    loaded = load_settings("local", [tmp_path / "conf.yaml"])
    storage = Storage(spark, loaded.storage)
    for ds, units in ((MONDAY, list(UNITS)), (TUESDAY, TUESDAY_UNITS)):
        drawn = completed(samples.TABLE, sample_table(spark, units), ds=ds, design_id="daily_v1")
        storage.replace_day(samples.TABLE, drawn, ds, design_id="daily_v1")
        totals = {"units": 150.0, "views": 430.0}
        literals = F.create_map(*[F.lit(value) for pair in totals.items() for value in pair])
        frame = frame_table(spark, KNOWN).withColumn("exposure_totals", literals)
        stored = completed(sampling_frame.TABLE, frame, ds=ds, design_id="daily_v1")
        storage.replace_day(sampling_frame.TABLE, stored, ds, design_id="daily_v1")
        asked = drawn.select("unit_id").withColumns({"rung": F.lit("llm"), "rung_probability": F.lit(1.0)})
        storage.replace_day(
            rung_samples.TABLE,
            completed(rung_samples.TABLE, asked, ds=ds, design_id="daily_v1"),
            ds,
            design_id="daily_v1",
        )
        _store_labels(spark, storage, units, ds, hour=1)
        estimate_prevalence.run(spark, loaded, RunContext(ds))
    return loaded


def _table(settings: Settings, name: str) -> DeltaTable:
    return DeltaTable(f"{settings.storage.warehouse}/{name}")


def _moments(settings: Settings, ds: date) -> pd.DataFrame:
    rows = _table(settings, "prevalence_moments").to_pandas()
    rows = rows[rows["ds"] == ds]
    key = ["stratum", "policy", "measure", "segment", "segment_value", "component"]
    return rows.drop(columns=["rungs", "label_sources"]).sort_values(key, ignore_index=True)


def _files(settings: Settings, ds: date) -> set[str]:
    return {uri for uri in _table(settings, "prevalence_moments").file_uris() if f"ds={ds}" in uri}


def _numbers(settings: Settings) -> pd.DataFrame:
    rows = _table(settings, "prevalence").to_pandas()
    chosen = (rows["policy"] == "adult_content") & (rows["measure"] == "units") & (rows["segment"] == "all")
    is_main = (rows["component"] == "unit") & (rows["estimator"] == "hajek")
    return rows[chosen & is_main].set_index(["period", "ds"])


def test_late_labels_rewrite_one_days_rows_only(spark: SparkSession, settings: Settings) -> None:
    monday, tuesday, before = _files(settings, MONDAY), _moments(settings, TUESDAY), _numbers(settings)
    monday_rows = _moments(settings, MONDAY)
    assert before.loc[("day", TUESDAY), "missing_label_rate"] > 0
    assert set(before.index.get_level_values("period")) == {"day", "week", "quarter", "all"}

    answered = replace(TUESDAY_UNITS[-1], a=(1.0,))
    _store_labels(spark, Storage(spark, settings.storage), [answered], TUESDAY, hour=2)
    estimate_prevalence.run(spark, settings, RunContext(TUESDAY))

    assert _files(settings, MONDAY) == monday
    pd.testing.assert_frame_equal(_moments(settings, MONDAY), monday_rows)
    after, changed = _numbers(settings), _moments(settings, TUESDAY)
    assert len(changed) == len(tuesday)
    of_other_policies = changed["policy"] != "adult_content"
    run = ["job_run_id", "made_of"]
    pd.testing.assert_frame_equal(
        changed[of_other_policies].drop(columns=run), tuesday[of_other_policies].drop(columns=run)
    )
    n_missing = [rows.loc[~of_other_policies, "n_missing_1"].sum() for rows in (tuesday, changed)]
    assert n_missing[0] > n_missing[1] == 0
    assert after.loc[("day", TUESDAY), "missing_label_rate"] == 0
    for period in ("day", "week", "quarter", "all"):
        assert after.loc[(period, TUESDAY), "prevalence"] > before.loc[(period, TUESDAY), "prevalence"]
    same = ("day", MONDAY)
    assert after.loc[same, "prevalence"] == before.loc[same, "prevalence"]
    assert after.loc[same, "job_run_id"] == before.loc[same, "job_run_id"]
