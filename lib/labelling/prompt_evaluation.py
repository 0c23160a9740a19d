"""Two labelers' verdicts on golden items beside the experts', one row per item and policy."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.golden_labels import by_policy
from lib.labelling.label_rows import with_optional_columns
from lib.labelling.redaction.redaction import Redaction
from lib.labelling.redaction.shown_content import shown_content

_SIDES = ("baseline", "candidate")
_SAID = ("verdict", "no_verdict_reason", "violating_components", "confidence", "rationale", "cost")


def expert_verdicts(items: DataFrame, *, policy_versions: Mapping[str, str]) -> DataFrame:
    """The experts' verdict on each golden item and policy: by the version that is to be switched to, else the newest.

    Args:
        items: rows of golden_set, of the policies compared.
        policy_versions: policy to the candidate's version.

    Returns:
        item_id, policy, expert_verdict, expert_policy_version, is_other_version, gold_kind (sampled if the item has a
        weight, else curated), weight.
    """
    is_same = F.col("policy_version") == by_policy(policy_versions)
    row = F.struct("policy_version", "verdict", "weight")
    chosen = F.max_by(row, F.struct(is_same.alias("is_same"), "ds", "policy_version")).alias("chosen")
    return (
        items.groupBy("item_id", "policy")
        .agg(chosen)
        .select(
            "item_id",
            "policy",
            F.col("chosen.verdict").alias("expert_verdict"),
            F.col("chosen.policy_version").alias("expert_policy_version"),
            (F.col("chosen.policy_version") != by_policy(policy_versions)).alias("is_other_version"),
            F.when(F.col("chosen.weight").isNotNull(), "sampled").otherwise("curated").alias("gold_kind"),
            F.col("chosen.weight").alias("weight"),
        )
    )


def paired_verdicts(experts: DataFrame, *, baseline: DataFrame, candidate: DataFrame) -> DataFrame:
    """The verdicts of both sides on the items of `experts`; null where a labeler has not answered yet.

    The result is bounded by the experts' budget, so a job may collect it.

    Args:
        experts: as `expert_verdicts` returns them.
        baseline: what the baseline said: unit_id, policy, verdict, violating_components and optional verdict columns.
        candidate: the same of the candidate.

    Returns:
        The columns of `experts`, and per side baseline_… and candidate_…: verdict, no_verdict_reason,
        violating_components, confidence, rationale, cost.
    """
    paired = experts
    for side, verdicts in zip(_SIDES, (baseline, candidate), strict=True):
        said = with_optional_columns(verdicts).select(
            F.col("unit_id").alias("item_id"), "policy", *[F.col(name).alias(f"{side}_{name}") for name in _SAID]
        )
        paired = paired.join(said, ["item_id", "policy"], "left")
    return paired


def disagreements(pairs: Sequence[Mapping[str, Any]], *, maximum_listed: int) -> list[Mapping[str, Any]]:
    """The pairs on which the two sides differ, at most `maximum_listed` a policy.

    Those come first on which the experts side with the baseline: what would be lost is what has to be read.

    Args:
        pairs: rows of `paired_verdicts`.
        maximum_listed: rows per policy.
    """
    listed: dict[str, list[Mapping[str, Any]]] = {}
    for pair in sorted(pairs, key=lambda p: (p["policy"], p["baseline_verdict"] != p["expert_verdict"], p["item_id"])):
        answered = pair["baseline_verdict"] is not None and pair["candidate_verdict"] is not None
        if answered and pair["baseline_verdict"] != pair["candidate_verdict"]:
            listed.setdefault(pair["policy"], []).append(pair)
    return [pair for of_policy in listed.values() for pair in of_policy[:maximum_listed]]


def with_content(listed: Sequence[Mapping[str, Any]], units: DataFrame, redaction: Redaction) -> list[dict[str, Any]]:
    """The listed pairs with the redacted query_text, response_text and pins of their items, for people to read.

    Collects as many rows of `units` (unit_id and content) as there are items in `listed`.
    """
    wanted = sorted({pair["item_id"] for pair in listed})
    content = units.where(F.col("unit_id").isin(wanted)).select("unit_id", "query_text", "response_text", "pins")
    rows = content.collect() if wanted else []
    by_item = {row["unit_id"]: shown_content(row.asDict(recursive=True), redaction).model_dump() for row in rows}
    return [{**pair, **by_item[pair["item_id"]]} for pair in listed]
