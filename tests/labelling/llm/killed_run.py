"""A run of its own that asks about many units, to be killed: `python -m ...killed_run WAREHOUSE N_UNITS BATCH_SIZE`."""

import os
import sys
from pathlib import Path

from lib.session import build_session
from lib.settings import load_settings
from tests.labelling.llm.sampled_units import labeler_at, sampled, storage_at


def main(warehouse: str, n_units: str, batch_size: str) -> None:
    one_core = ["spark.master=local[1]", 'spark.conf={"spark.sql.shuffle.partitions": 1}']
    settings = load_settings("local", [Path("conf/small.yaml")], assignments=one_core)
    spark = build_session(settings.spark, app_name="plumbline-killed-run")
    units = sampled(spark, *[(f"k{i:02}", f"unit=k{i:02}") for i in range(int(n_units))])
    url, key_variable = os.environ["PLUMBLINE_LLM_URL"], "PLUMBLINE_LLM_KEY"
    options = {"labeler_id": "killed", "batch_size": int(batch_size), "key_variable": key_variable}
    labeler_at(storage_at(spark, Path(warehouse)), url, run="before", **options).verdicts(units, ["harassment"])


if __name__ == "__main__":
    main(*sys.argv[1:])
