"""Response probabilities of a day's labelled sample: counted in Spark, estimated by lib.estimation.nonresponse."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.estimation.nonresponse import (
    MISSING,
    NO_SCORE_CLASS,
    SCORE_CLASS_LIMITS,
    VERDICT_BELOW,
    AnswerPattern,
    response_probabilities,
)
from lib.row_order import in_one_order
from schemas.contracts.moment_names import RUNG_VARIABLES

_STATES = [f"state_{rung}" for rung in RUNG_VARIABLES]


def with_response(rows: DataFrame, *, cells: Sequence[str], minimum_respondents: int) -> DataFrame:
    """Add response_a to `ladder_rows`: the probability of verdicts up to rung a, given that the unit was drawn.

    `cells` are the cell variables, most important first: verdict_below, score_class, stratum, or a segment. One small
    row per cell and outcome is collected; how many there are does not depend on the size of the sample.
    """
    variables = {f"cell_{name}": _variable(name) for name in cells if name != VERDICT_BELOW}
    names = list(variables)
    keys = ["policy", *names, *_STATES]
    celled = rows.select("*", *[variable.alias(name) for name, variable in variables.items()])
    weights = [F.sum(1 / F.col(f"probability_{rung}")).alias(f"weight_{rung}") for rung in RUNG_VARIABLES]
    in_order = in_one_order(celled, *keys, "unit_id")
    found = [row.asDict() for row in in_order.groupBy(*keys).agg(F.count("*").alias("n"), *weights).collect()]
    if not any(MISSING in (row[state] for state in _STATES) for row in found):
        return rows.withColumns({f"response_{rung}": F.lit(1.0) for rung in RUNG_VARIABLES})
    estimated = []
    for policy in sorted({row["policy"] for row in found}):
        of_policy = [row for row in found if row["policy"] == policy]
        patterns = [
            AnswerPattern(
                values=tuple(row[name] for name in names),
                states=tuple(row[state] for state in _STATES),
                n=row["n"],
                weights=tuple(row[f"weight_{rung}"] or 0.0 for rung in RUNG_VARIABLES),
            )
            for row in of_policy
        ]
        responses = response_probabilities(patterns, cells=cells, minimum_respondents=minimum_respondents)
        estimated += [
            (*[row[key] for key in keys], *response) for row, response in zip(of_policy, responses, strict=True)
        ]
    types = celled.select(*keys).schema.simpleString()[len("struct<") : -1]
    schema = ", ".join([types, *[f"response_{rung}:double" for rung in RUNG_VARIABLES]])
    table = rows.sparkSession.createDataFrame(estimated, schema)
    return celled.join(F.broadcast(table), keys).drop(*names)


def _variable(name: str) -> Column:
    if name == "stratum":
        return F.col("stratum")
    if name == "score_class":
        reached = sum((F.when(F.col("score") >= limit, 1).otherwise(0) for limit in SCORE_CLASS_LIMITS), F.lit(0))
        return F.when(F.col("score").isNull(), NO_SCORE_CLASS).otherwise(reached)
    return F.coalesce(F.col("segments")[name], F.lit(""))
