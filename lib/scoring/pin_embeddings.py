"""The embeddings in the Pin log, brought to the units: as few numbers for all of them, whole for the sampled ones."""

from collections.abc import Callable, Iterator
from typing import cast

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import arrow_udf

from lib.scoring.image_embeddings import MARGIN_UNITS, ImagePredictor

PIN = ("slot", "pin_id")
IMAGE_MARGINS = "image_margins"


def response_image_margins(pin_log: DataFrame, *, predictor: ImagePredictor) -> DataFrame:
    """What the images of a response add to the log-odds of the predictor's models: the mean over its Pins.

    `pin_log` is a day of schemas/pin_log.WITH_EMBEDDINGS, scanned once. The embeddings stay where they are read: what
    is shuffled is a whole number for each Pin and model. Deliveries of one Pin count once.

    Returns one row per response that has an embedding: response_id and image_margins, one per model of the predictor.
    """
    names = [f"margin_{number}" for number in range(len(predictor.models))]
    pins = (
        pin_log.where("response_id IS NOT NULL AND image_embedding IS NOT NULL")
        .select("response_id", *PIN, _margins(predictor)("image_embedding").alias("margins"))
        .where("margins IS NOT NULL")
        .select("response_id", *PIN, *[F.get("margins", F.lit(n)).alias(name) for n, name in enumerate(names)])
    )
    once = pins.repartition("response_id").groupBy("response_id", *PIN).agg(*[F.max(n).alias(n) for n in names])
    means = [(F.sum(name) / F.count(F.lit(1)) / MARGIN_UNITS) for name in names]
    return once.groupBy("response_id").agg(F.array(*means).alias(IMAGE_MARGINS))


def unit_embeddings(pin_log: DataFrame, drawn: DataFrame, units: DataFrame, *, length: int) -> DataFrame:
    """The mean embedding of sampled units: a scan of the Pin log and of the population, nothing of them shuffled.

    Args:
        pin_log: a day of schemas/pin_log.WITH_EMBEDDINGS.
        drawn: design_id, unit_id.
        units: the day's rows of interaction_units; those without content have no embedding either.
        length: numbers of an embedding; others, and those with a number that is not finite, are left out.

    Returns:
        One row per drawn unit with an embedding: design_id, unit_id, image_embedding (array<double>).
    """
    names = drawn.select("design_id", "unit_id")
    responses = units.where(has_images()).select("unit_id", "response_id").join(F.broadcast(names), "unit_id")
    is_finite = F.forall("image_embedding", lambda x: x.isNotNull() & (F.abs(x) < float("inf")) & ~F.isnan(x))
    grouped = (
        pin_log.where((F.size("image_embedding") == length) & F.col("response_id").isNotNull())
        .select("response_id", *PIN, "image_embedding")
        .join(F.broadcast(responses), "response_id")
        .where(is_finite)
        .groupBy("design_id", "unit_id")
        # In one order: a sum of floating-point numbers depends on it.
        .agg(F.array_sort(F.collect_set(F.struct(*PIN, "image_embedding"))).alias("pins"))
    )
    return grouped.select("design_id", "unit_id", _mean("pins", length).alias("image_embedding"))


def has_images() -> Column:
    """Whether a unit has images and still has its content: of several units that claim a response, the first has."""
    return F.col("has_content") & (F.col("pin_count") > 0)


def _mean(pins: str, length: int) -> Column:
    def mean_at(position: Column) -> Column:
        total = F.aggregate(pins, F.lit(0.0), lambda sum_, pin: sum_ + F.get(pin["image_embedding"], position))
        return total / F.size(pins)

    return F.transform(F.sequence(F.lit(0), F.lit(length - 1)), mean_at)


def _margins(predictor: ImagePredictor) -> Callable[..., Column]:
    """Arrow UDF (image_embedding) → array of the models' margins, in whole numbers."""

    def margins(batches: Iterator[pa.Array]) -> Iterator[pa.Array]:
        for batch in batches:
            yield predictor.margins(batch)

    # The stubs ask for a function type that pyspark itself advises against: it reads the annotations.
    as_udf = cast("Callable[..., Callable[..., Column]]", arrow_udf)
    return as_udf(margins, returnType="array<bigint>")
