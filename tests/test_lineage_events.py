"""What OpenLineage's listener reports of a step, in a Spark of its own: tables read and written, and no content."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    not os.environ.get("PLUMBLINE_LINEAGE"), reason="Spark would fetch 43 MB; `make test-lineage` does"
)
ROOT = Path(__file__).resolve().parents[1]
CONTENT = "what somebody typed"
PROGRAM = """
import sys
from pathlib import Path
from lib.session import build_session
from lib.settings import load_settings
import pyspark.sql.functions as F

folder, words = sys.argv[1:]
lineage = f"spark.lineage={{transport: file, location: {folder}/lineage.jsonl, namespace: safety}}"
places = [f"storage.warehouse={folder}/warehouse", "spark.master=local[1]"]
settings = load_settings("local", [Path("conf/small.yaml")], [lineage, *places])
spark = build_session(settings.spark, app_name="plumbline-lineage")
spark.range(3).select(F.lit(words).alias("text"), "id").write.format("delta").save(f"{folder}/from")
read = spark.read.format("delta").load(f"{folder}/from").where(F.col("text") == words)
read.select(F.upper("text").alias("loud"), "id").write.format("delta").save(f"{folder}/into")
spark.stop()
"""


def test_tables_read_and_written_are_reported_and_content_is_not(tmp_path: Path) -> None:
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), CONTENT]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-3000:]
    text = (tmp_path / "lineage.jsonl").read_text(encoding="utf-8")
    events = [json.loads(line) for line in text.splitlines()]
    arrows = {
        (tuple(i["name"] for i in event["inputs"]), tuple(o["name"] for o in event["outputs"]))
        for event in events
        if event["eventType"] == "COMPLETE" and event.get("outputs")
    }
    assert ((), (f"{tmp_path}/from",)) in arrows
    assert ((f"{tmp_path}/from",), (f"{tmp_path}/into",)) in arrows
    assert {event["job"]["namespace"] for event in events} == {"safety"}
    assert CONTENT not in text
    assert CONTENT.upper() not in text
