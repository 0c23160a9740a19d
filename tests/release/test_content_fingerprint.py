"""Equal content has an equal fingerprint whatever its order, files or run; every change of a value shows."""

from datetime import date, datetime

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.release.content_fingerprint import content_fingerprints, n_rows_gone, n_rows_of

COLUMNS = "unit_id string, p double, scores map<string,map<string,double>>, pins array<struct<slot:int,title:string>>, at timestamp, ds date, job_run_id string"  # noqa: E501 - one schema, as Spark reads it
AT, DS = datetime(2026, 3, 2, 1), date(2026, 3, 2)
ROWS = [
    ("u1", 0.1, {"a": {"q": 0.5, "r": 0.25}, "b": {}}, [(0, "x"), (1, None)], AT, DS, "run 1"),
    ("u2", 0.2, None, [], None, DS, "run 1"),
]


def test_fingerprints(spark: SparkSession) -> None:
    def frame(rows: list[tuple[object, ...]]) -> DataFrame:
        return spark.createDataFrame(rows, COLUMNS)

    first, second = ROWS
    turned = {"b": {}, "a": {"r": 0.25, "q": 0.5}}
    same = {
        "plain": frame(ROWS),
        "other order": frame([second, first]),
        "other run": frame(ROWS).withColumn("job_run_id", F.lit("run 2")),
        "maps turned": frame([(*first[:2], turned, *first[3:]), second]),
        "columns turned": frame(ROWS).select(*reversed(frame(ROWS).columns)),
    }
    changed = {
        "value": frame([("u1", 0.1 + 1e-16, *first[2:]), second]),
        "inner score": frame([(*first[:2], {"a": {"q": 0.5, "r": 0.26}, "b": {}}, *first[3:]), second]),
        "inner key": frame([(*first[:2], {"a": {"q": 0.5, "r": 0.25}, "c": {}}, *first[3:]), second]),
        "title": frame([(*first[:3], [(0, "x"), (1, "")], *first[4:]), second]),
        "order of pins": frame([(*first[:3], [(1, None), (0, "x")], *first[4:]), second]),
        "null": frame([first, ("u2", 0.2, {}, *second[3:])]),
        "one more": frame([*ROWS, second]),
        "one less": frame([first]),
        "none": frame([]),
    }
    prints = content_fingerprints(same | changed)
    assert len({prints[name] for name in same}) == 1
    assert len(set(prints.values())) == 1 + len(changed)
    assert [n_rows_of(prints[name]) for name in ("plain", "one more", "one less", "none")] == [2, 3, 1, 0]

    late = frame([*ROWS, ("u3", *second[1:])])
    assert n_rows_gone(frame(ROWS), late) == 0
    assert n_rows_gone(late, frame(ROWS)) == 1
    assert n_rows_gone(frame(ROWS), frame([("u1", 0.9, *first[2:]), second])) == 1
