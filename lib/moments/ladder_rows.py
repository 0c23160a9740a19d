"""Puts the verdicts of all rungs beside the sampled unit: one row per unit and policy."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.estimation.nonresponse import IMPUTED, MISSING, NOT_DRAWN
from schemas.contracts.moment_names import COMPONENTS, UNSPECIFIED
from schemas.labels import RUNGS

_NOTHING = "array<string>"


@dataclass(frozen=True)
class Ladder:
    """The rungs that units were drawn to, lowest first, and the kinds of labeler that labelled them."""

    rungs: list[str]
    label_sources: list[str]

    @classmethod
    def of(cls, labels: DataFrame) -> "Ladder":
        """The ladder of a day's `drawn_labels`: rung, and label_source, null where no label has come."""
        found = labels.select("rung", "label_source").distinct().collect()
        rungs = {row["rung"] for row in found}
        sources = sorted({row["label_source"] for row in found} - {None})
        return cls([rung for rung in RUNGS if rung in rungs], sources)


def ladder_rows(samples: DataFrame, labels: DataFrame, *, policies: Sequence[str], rungs: Sequence[str]) -> DataFrame:
    """One row per sampled unit and policy with what became of it on every rung, before any response.

    `labels` has at most one row per unit, policy and rung: verdict, violating_components, rung_probability. A unit is
    drawn to a rung, for every policy, if it has a label there for any policy; all sampled units are drawn to rung 1.
    A verdict is missing where a drawn unit has `cannot_tell` or no row. On the last rung, and on a rung on which the
    unit has no label at all, from which it could not climb, that is non-response. Elsewhere the label is imputed, by
    the label of the rung below, on rung 1 by the score, because the rungs above correct it, whatever it is.

    Returns unit_id, stratum, policy, exposures, segments, score (null if the policy has none), and for every rung a:
    state_a (see `AnswerPattern`), label_a (1 violating, 0 not, an imputed number; null if the unit is not on the rung),
    components_a (named as violating), and probability_a = P_a (null if the unit was not drawn to the rung).
    """
    on = {rung: F.col("rung") == rung for rung in rungs}
    key = F.concat_ws("/", "rung", "policy")
    verdict = F.struct("verdict", "violating_components")
    by_unit = labels.groupBy("unit_id").agg(
        F.map_from_entries(F.collect_list(F.struct(key, verdict))).alias("verdicts"),
        *[F.max(F.when(on[rung], F.col("rung_probability"))).alias(f"q_{i}") for i, rung in enumerate(rungs, start=1)],
    )
    units = samples.join(by_unit, "unit_id", "left")
    rows = units.select("*", F.explode(F.array(*[F.lit(k) for k in policies])).alias("policy"))
    score = F.col("scores")[F.col("policy")]
    columns: dict[str, Column] = {}
    is_drawn, probability = F.lit(True), F.col("inclusion_probability")
    below, components = F.coalesce(score, F.lit(0.0)), F.array().cast(_NOTHING)
    for position in range(1, len(RUNGS) + 1):
        if position > len(rungs):
            columns |= _unused(position)
            continue
        has_label = F.col(f"q_{position}").isNotNull()
        if position > 1:
            is_drawn = is_drawn & has_label
            probability = probability * F.col(f"q_{position}")
        found = F.col("verdicts")[F.concat_ws("/", F.lit(rungs[position - 1]), F.col("policy"))]
        is_verdict = F.coalesce(found["verdict"] != "cannot_tell", F.lit(False))
        climbs_on = has_label if position < len(rungs) else F.lit(False)
        state = F.when(is_verdict, found["verdict"]).when(climbs_on, IMPUTED).otherwise(MISSING)
        is_on_rung = is_drawn & (is_verdict | climbs_on)
        below = F.when(is_verdict, F.when(found["verdict"] == "violating", 1.0).otherwise(0.0)).otherwise(below)
        components = F.when(is_verdict, _components(found)).otherwise(components)
        columns[f"state_{position}"] = F.when(is_drawn, state).otherwise(NOT_DRAWN)
        columns[f"label_{position}"] = F.when(is_on_rung, below)
        columns[f"components_{position}"] = components
        columns[f"probability_{position}"] = F.when(is_drawn, probability)
        is_drawn = is_on_rung
    names = ("unit_id", "stratum", "policy", "exposures", "segments")
    return rows.select(*names, score.alias("score"), *[column.alias(name) for name, column in columns.items()])


def _components(found: Column) -> Column:
    """The components that a verdict names; `unspecified` if it is violating and names none that is known."""
    known = F.array_intersect(found["violating_components"], F.array(*[F.lit(name) for name in COMPONENTS]))
    named = F.when(F.size(known) > 0, known).otherwise(F.array(F.lit(UNSPECIFIED)))
    return F.when(found["verdict"] == "violating", named).otherwise(F.array().cast(_NOTHING))


def _unused(position: int) -> dict[str, Column]:
    return {
        f"state_{position}": F.lit(NOT_DRAWN),
        f"label_{position}": F.lit(None).cast("double"),
        f"components_{position}": F.array().cast(_NOTHING),
        f"probability_{position}": F.lit(None).cast("double"),
    }
