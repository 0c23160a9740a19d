"""The content beside drawn units: theirs alone, and nothing else of the population."""

from pyspark.sql import SparkSession

from lib.sampling.content import with_content


def test_drawn_units_get_their_own_content(spark: SparkSession) -> None:
    units = spark.createDataFrame(
        [(f"u{i}", f"p{i}", f"query {i}", f"answer {i}", [f"pin {i}"], i) for i in range(4)],
        "unit_id string, user_key string, query_text string, response_text string, pins array<string>, pin_count int",
    )
    drawn = spark.createDataFrame([("u2", 0.5), ("u0", 1.0)], "unit_id string, inclusion_probability double")
    beside = with_content(drawn, units)
    assert beside.columns == ["unit_id", "inclusion_probability", "user_key", "query_text", "response_text", "pins"]
    assert sorted(map(tuple, beside.collect())) == [
        ("u0", 1.0, "p0", "query 0", "answer 0", ["pin 0"]),
        ("u2", 0.5, "p2", "query 2", "answer 2", ["pin 2"]),
    ]
