"""The content of drawn units: theirs alone, kept apart, and given back to those that still have it."""

from datetime import date

from pyspark.sql import SparkSession

from lib.sampling.content import content_of, with_content

DAY = date(2026, 3, 2)


def test_drawn_units_get_their_own_content_as_long_as_there_is_any(spark: SparkSession) -> None:
    units = spark.createDataFrame(
        [(f"u{i}", i != 3, f"query {i}", f"answer {i}", [f"pin {i}"], i) for i in range(5)],
        "unit_id string, has_content boolean, query_text string, response_text string, pins array<string>, views int",
    )
    drawn = spark.createDataFrame(
        [(DAY, "daily", "u2", 0.5), (DAY, "daily", "u0", 1.0), (DAY, "daily", "u3", 0.5)],
        "ds date, design_id string, unit_id string, inclusion_probability double",
    )
    content = content_of(drawn, units)
    assert content.columns == ["design_id", "unit_id", "query_text", "response_text", "pins"]
    expected = [
        ("daily", "u0", "query 0", "answer 0", ["pin 0"]),
        ("daily", "u2", "query 2", "answer 2", ["pin 2"]),
    ]
    stored = sorted(map(tuple, content.collect()))
    assert stored == expected  # the content of u3 has expired
    kept = spark.createDataFrame(
        [(DAY, *row) for row in [*stored, ("weekly", "u3", "query 3", "answer 3", [])]],
        "ds date, design_id string, unit_id string, query_text string, response_text string, pins array<string>",
    )
    shown = with_content(drawn, kept)
    assert shown.columns == [*drawn.columns, "query_text", "response_text", "pins"]
    assert sorted(map(tuple, shown.collect())) == [
        (DAY, "daily", "u0", 1.0, "query 0", "answer 0", ["pin 0"]),
        (DAY, "daily", "u2", 0.5, "query 2", "answer 2", ["pin 2"]),
    ]
