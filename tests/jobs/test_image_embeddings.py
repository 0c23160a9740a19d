"""Two days of a chain whose scorer learns from what an image model makes of images."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs import build_interaction_units, draw_sample, label_sample, score_units, train_scorer
from lib.run_context import RunContext
from lib.settings import load_settings
from lib.storage import Storage
from schemas import interaction_units, sample_embeddings, samples, scorers, unit_scores
from schemas.contracts.settings import Settings
from schemas.errors import ContractError
from schemas.table_spec import TableSpec
from scripts import generate_logs

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
LENGTH, N_FEATURES = 4, 1_024


def _settings(folder: Path, *assignments: str) -> Settings:
    labeler = {"kind": "simulated", "truth_path": str(folder / "truth" / "unit_truth"), "seed": 1}
    conf = {
        "storage": {"warehouse": str(folder / "warehouse"), "input": {"path": str(folder / "input")}},
        "scoring": {"n_features": N_FEATURES, "minimum_positives": 2},
        "sampling": {"design": str(folder / "tiny.yaml")},
        "labelling": {"rungs": [{"rung": "llm", "labeler_id": "simulated", "labeler": labeler}]},
    }
    design = {"name": "tiny", "version": 1, "method": "bottom_k", "sample_size": 200, "minimum_stratum_size": 8}
    (folder / "tiny.yaml").write_text(yaml.safe_dump(design | {"seed": 11}), encoding="utf-8")
    (folder / "conf.yaml").write_text(yaml.safe_dump(conf), encoding="utf-8")
    return load_settings("local", [folder / "conf.yaml"], assignments=assignments)


def _add_embeddings(folder: Path) -> None:
    """Embeddings of all Pins but each seventh, told by nothing but the Pin."""
    for file in sorted((folder / "input" / "pin_log").rglob("*.parquet")):
        rows = pq.read_table(file, partitioning=None)
        vectors = np.random.default_rng(1).normal(size=(rows.num_rows, LENGTH)).tolist()
        given = [None if n % 7 == 0 else vector for n, vector in enumerate(vectors)]
        pq.write_table(rows.append_column("image_embedding", pa.array(given, type=pa.list_(pa.float32()))), file)


def _run(spark: SparkSession, settings: Settings, ds: date, jobs: Sequence[Any]) -> None:
    for job in jobs:
        job.run(spark, settings, RunContext(ds=ds))


def _rows(spark: SparkSession, settings: Settings, spec: TableSpec, ds: date) -> DataFrame:
    return Storage(spark, settings.storage).read_day(spec, ds)


def test_the_scorer_learns_from_images_that_the_units_do_not_carry(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUMBLINE_ID_KEY", "a key of the tests only")
    arguments = ["--start-ds", f"{MONDAY}", "--days", "2", "--units-per-day", "500", "--violation-rate-scale", "30"]
    assert generate_logs.main(["--output", str(tmp_path), *arguments]) == 0
    of_texts, of_images = _settings(tmp_path), _settings(tmp_path, f"scoring.image_embedding_length={LENGTH}")
    _run(spark, of_texts, MONDAY, [build_interaction_units, score_units])
    with pytest.raises(ContractError, match=r"Table `pin_log` breaks .* `image_embedding` \(array<float>\) is missing"):
        _run(spark, of_images, MONDAY, [draw_sample])

    _add_embeddings(tmp_path)
    _run(spark, of_images, MONDAY, [draw_sample, label_sample])
    _run(spark, of_images, TUESDAY, [build_interaction_units, train_scorer, score_units])
    with_images = {
        row["unit_id"]: row["scores"] for row in _rows(spark, of_images, unit_scores.TABLE, TUESDAY).collect()
    }
    _run(spark, of_texts, TUESDAY, [score_units])
    without = {row["unit_id"]: row["scores"] for row in _rows(spark, of_texts, unit_scores.TABLE, TUESDAY).collect()}

    kept = _rows(spark, of_images, sample_embeddings.TABLE, MONDAY)
    shown = _rows(spark, of_images, interaction_units.TABLE, MONDAY).where("pin_count > 0").select("unit_id")
    drawn = _rows(spark, of_images, samples.TABLE, MONDAY).join(shown, "unit_id", "left_semi").count()
    assert 0.9 * drawn <= kept.where(F.size("image_embedding") == LENGTH).count() == kept.count() <= drawn
    learned = _rows(spark, of_images, scorers.TABLE, TUESDAY).where("component = 'image'").select("feature_indices")
    assert any(max(row["feature_indices"]) > N_FEATURES for row in learned.collect())
    assert set(with_images) == set(without)
    assert sum(with_images[unit_id] != without[unit_id] for unit_id in without) > len(without) / 2
