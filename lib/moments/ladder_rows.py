"""Puts the verdicts of all rungs beside the sampled unit: one row per unit and policy."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.labels import RUNGS


@dataclass(frozen=True)
class Ladder:
    """The rungs that have labels, lowest first, and the kinds of labeler behind them."""

    rungs: list[str]
    label_sources: list[str]

    @classmethod
    def of(cls, labels: DataFrame) -> "Ladder":
        """The ladder of a day's `labels`: rung, label_source."""
        found = labels.select("rung", "label_source").distinct().collect()
        rungs = {row["rung"] for row in found}
        return cls([rung for rung in RUNGS if rung in rungs], sorted({row["label_source"] for row in found}))


def ladder_rows(samples: DataFrame, labels: DataFrame, *, policies: Sequence[str], rungs: Sequence[str]) -> DataFrame:
    """One row per sampled unit and policy with its verdicts and cumulative probabilities.

    `labels` has at most one row per unit, policy and rung. Returns unit_id, stratum, policy, exposures, segments,
    score (null if the policy has none), and for every rung a = 1, 2, 3: verdict_a (1 violating, 0 not, null if the
    unit is not on the rung or has no usable verdict), on_rung_a, and probability_a = P_a. All sampled units are on
    rung 1, labelled or not.
    """
    by_unit = (
        labels.groupBy("unit_id", "policy")
        .pivot("rung", list(rungs))
        .agg(F.first(F.struct("verdict", "rung_probability")))
    )
    units = samples.select("*", F.explode(F.array(*[F.lit(k) for k in policies])).alias("policy"))
    rows = units.join(by_unit, ["unit_id", "policy"], "left")
    columns: dict[str, Column] = {}
    reached, probability = F.lit(True), F.col("inclusion_probability")
    for position in range(1, len(RUNGS) + 1):
        if position > len(rungs):
            reached, verdict = F.lit(False), F.lit(None)
        else:
            label = F.col(rungs[position - 1])
            if position > 1:
                reached = reached & label.isNotNull()
                probability = probability * label["rung_probability"]
            verdict = _as_number(label["verdict"])
        columns[f"on_rung_{position}"] = reached
        columns[f"probability_{position}"] = F.when(reached, probability)
        columns[f"verdict_{position}"] = F.when(reached, verdict).cast("double")
    return rows.select(
        "unit_id",
        "stratum",
        "policy",
        "exposures",
        "segments",
        F.col("scores")[F.col("policy")].alias("score"),
        *[column.alias(name) for name, column in columns.items()],
    )


def _as_number(verdict: Column) -> Column:
    return F.when(verdict == "violating", 1.0).when(verdict == "not_violating", 0.0)
