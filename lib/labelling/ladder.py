"""The label ladder: which units are drawn to a rung, and what is known of them when they may climb to the next."""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.label_rows import current_labels
from lib.labelling.labeler import content_hash

_NOTHING = "array<string>"


def on_first_rung(samples: DataFrame) -> DataFrame:
    """All sampled units: each is on the first rung, with rung_probability 1."""
    return samples.withColumn("rung_probability", F.lit(1.0))


def rung_sample_rows(climbing: DataFrame, *, rung: str, draw_version: str) -> DataFrame:
    """Rows of `rung_samples` except ds and job_run_id, from units with design_id and rung_probability."""
    return climbing.select(
        "design_id",
        F.lit(rung).alias("rung"),
        "unit_id",
        "rung_probability",
        F.lit(draw_version).alias("draw_version"),
    )


def draw_version(samples: DataFrame, *, rung: str, sample_size: int | None, seed: int) -> str:
    """Content hash of everything that makes a rung's draw void when it changes: the sample, its size and its seed.

    What the labelers below said is not part of it: q is known whatever it rests on, and a queue that was handed out
    must not change because a late verdict came in below. Reads the sample once.
    """
    hashed = F.xxhash64("unit_id", "inclusion_probability").cast("decimal(20,0)")
    row = samples.agg(F.sum(hashed).alias("hash"), F.count(F.lit(1)).alias("n")).collect()[0]
    return content_hash([str(row["hash"]), row["n"], rung, sample_size, seed])


def drawn_labels(labels: DataFrame, rung_samples: DataFrame, *, policies: Sequence[str]) -> DataFrame:
    """The label that counts for every unit, rung and policy that was drawn; `cannot_tell` where none has come.

    `labels` and `rung_samples` are rows of one design. A label of a unit that is not drawn any more is left out, and q
    is that of the draw, not the one noted when the label was given. Returns ds, unit_id, policy, rung,
    rung_probability, verdict, violating_components, and label_source, labeler_id, policy_version, prompt_version, which
    are null where no label has come.
    """
    keys = ["ds", "unit_id", "rung", "policy"]
    asked = rung_samples.select(
        "ds", "unit_id", "rung", "rung_probability", F.explode(F.array(*[F.lit(k) for k in policies])).alias("policy")
    )
    given = current_labels(labels, keys=keys).drop("rung_probability")
    return asked.join(given, keys, "left").select(
        *keys,
        "rung_probability",
        F.coalesce("verdict", F.lit("cannot_tell")).alias("verdict"),
        F.coalesce("violating_components", F.array().cast(_NOTHING)).alias("violating_components"),
        "label_source",
        "labeler_id",
        "policy_version",
        "prompt_version",
    )


def labelled_so_far(samples: DataFrame, labels: DataFrame, *, rungs: Sequence[str]) -> DataFrame:
    """The sampled units that were drawn to the last of `rungs`, the ladder climbed so far, lowest rung first.

    `labels` are `drawn_labels`: one row per drawn unit, policy and rung. Returns the columns of `samples`, and:
    probability P of having come this far (inclusion probability times the probabilities of all rungs), verdicts: policy
    to the last rung's verdict.
    """
    climbed = F.lit(1.0)
    for rung in rungs:
        climbed = climbed * F.max(F.when(F.col("rung") == rung, F.col("rung_probability")))
    on_last = F.when(F.col("rung") == rungs[-1], F.struct("policy", "verdict"))
    by_unit = labels.groupBy("unit_id").agg(
        climbed.alias("climbed"), F.map_from_entries(F.collect_list(on_last)).alias("verdicts")
    )
    joined = samples.join(by_unit.where(F.col("climbed").isNotNull()), "unit_id")
    return joined.select(
        *samples.columns, (F.col("inclusion_probability") * F.col("climbed")).alias("probability"), "verdicts"
    )
