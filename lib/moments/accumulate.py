"""Reduces labelled units to additive moments, one row per stratum x policy x measure x segment and component."""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.estimation.nonresponse import IMPUTED, MISSING, NOT_VIOLATING, VIOLATING
from lib.moments.component_cells import CELL, component_labels, spread_over_components, with_components
from lib.moments.ladder_rows import Ladder
from lib.row_order import in_one_order
from schemas.contracts.moment_names import (
    COUNT_COLUMNS,
    RUNG_VARIABLES,
    SUM_COLUMNS,
    product_column,
    product_pairs,
    rung_column,
    sum_column,
)

_KNOWN_TOTALS = ("population_size", "exposure_total", "score_total")


def known_totals(
    frame: DataFrame, *, policies: Sequence[str], measures: Sequence[str], rung_bounds: Mapping[str, float]
) -> DataFrame:
    """The population's totals of every cell, from one design's rows of `sampling_frame`.

    `rung_bounds` is measure to the largest exposure / P that the draws of the higher rungs can make of a unit. Returns
    design_id, stratum, policy, measure, segment, segment_value, component, population_size, exposure_total,
    score_total, has_score, weight_bound (largest exposure / P of the stratum, by design).
    """
    totals = frame.select("design_id", "stratum", "weight_bounds", F.inline("segment_totals"))
    measured = totals.where(F.col("measure").isin(*measures))
    by_policy = measured.select("*", F.explode(F.array(*[F.lit(k) for k in policies])).alias("policy"))
    score_total = F.col("score_totals")[F.col("policy")]
    bound_of_rungs = F.lit(0.0)
    for measure, bound in rung_bounds.items():
        bound_of_rungs = F.when(F.col("measure") == measure, bound).otherwise(bound_of_rungs)
    return with_components(by_policy).select(
        "design_id",
        *CELL,
        F.col("population_size").cast("double").alias("population_size"),
        "exposure_total",
        F.coalesce(score_total, F.lit(0.0)).alias("score_total"),
        score_total.isNotNull().alias("has_score"),
        F.greatest(F.col("weight_bounds")[F.col("measure")], bound_of_rungs).alias("weight_bound"),
    )


def accumulate_moments(rows: DataFrame, totals: DataFrame, *, ladder: Ladder, measures: Sequence[str]) -> DataFrame:
    """Sum a day's `ladder_rows` with `with_response` to moments and put the known `totals` beside them.

    A segment is its indicator times z: units outside count as zeros, so a cell without sampled units has moments of
    zero and its known totals. Returns the columns of `prevalence_moments` except ds and job_run_id.
    The sample is small: it is summed in one partition in the order of unit_id, so that sums are the same in every run.
    """
    summed = [name for name in (*SUM_COLUMNS, *COUNT_COLUMNS) if name not in _KNOWN_TOTALS]
    terms = _terms()
    answered = _with_probabilities(rows)
    units = component_labels(answered, measures=measures)
    in_order = in_one_order(_with_factors(units), *CELL, "unit_id")
    moments = spread_over_components(
        in_order.groupBy(*CELL).agg(*[F.sum(terms[name]).alias(name) for name in summed]), summed
    )
    weights = _largest_weights(answered, measures)
    joined = totals.join(moments, list(CELL), "left").join(weights, ["stratum", "policy", "measure"], "left")
    bound = F.col("weight_bound") * F.coalesce("response_weight", F.lit(1.0))
    return joined.select(
        "design_id",
        *CELL,
        F.array(*[F.lit(rung) for rung in ladder.rungs]).alias("rungs"),
        "has_score",
        *[_zero_if_absent(name) for name in SUM_COLUMNS],
        *[_zero_if_absent(name).cast("bigint").alias(name) for name in COUNT_COLUMNS],
        F.greatest(_or_zero(F.col("observed_weight")), _or_zero(bound)).alias("largest_weight"),
        F.array(*[F.lit(source) for source in ladder.label_sources]).alias("label_sources"),
    )


def _with_probabilities(rows: DataFrame) -> DataFrame:
    """P_a with the response of rung a, null off the rung, and drawn_probability_a without it."""
    columns = {}
    for rung in RUNG_VARIABLES:
        drawn = F.col(f"probability_{rung}")
        columns[f"drawn_probability_{rung}"] = drawn if rung == 1 else drawn * F.col(f"response_{rung - 1}")
        columns[f"probability_{rung}"] = F.when(_on_rung(rung), drawn * F.col(f"response_{rung}"))
    return rows.withColumns(columns)


def _with_factors(cells: DataFrame) -> DataFrame:
    """What the terms are products of, 0 where it does not apply: the terms are many, and built of these they are short.

    z_exposure, z_score and z_label_a; weight_a = 1/P_a; spread_a_b = (1/P_a - 1)/P_b; drawn_weight_a. 0 or 1:
    verdict_a; missing_a; found_a, a violating verdict of the rung's own; unflagged_a, on the rung, and the first rung
    did not call the unit violating. missed_share_a and found_share_a: x/P_a of the unflagged and of the found.
    """
    exposure = F.col("exposure")
    factors = {"z_exposure": exposure, "z_score": exposure * F.coalesce("score", F.lit(0.0))}
    for rung in RUNG_VARIABLES:
        label, state = F.col(f"label_{rung}"), F.col(f"state_{rung}")
        weight = 1 / F.col(f"probability_{rung}")
        is_found = (state == VIOLATING) & (label > 0)
        is_unflagged = _on_rung(rung) if rung == 1 else _on_rung(rung) & (F.col("label_1") < 1)
        factors |= {
            f"z_label_{rung}": exposure * _or_zero(label),
            f"weight_{rung}": _or_zero(weight),
            f"drawn_weight_{rung}": _or_zero(1 / F.col(f"drawn_probability_{rung}")),
            f"verdict_{rung}": state.isin(VIOLATING, NOT_VIOLATING).cast("int"),
            f"missing_{rung}": state.isin(MISSING, IMPUTED).cast("int"),
            f"found_{rung}": _or_zero(is_found.cast("int")),
            f"unflagged_{rung}": _or_zero(is_unflagged.cast("int")),
            f"missed_share_{rung}": _or_zero(F.when(is_unflagged, exposure * weight)),
            f"found_share_{rung}": _or_zero(F.when(is_found, exposure * weight)),
        }
        for below in range(1, rung + 1):
            factors[f"spread_{below}_{rung}"] = _or_zero((1 / F.col(f"probability_{below}") - 1) * weight)
    return cells.withColumns(factors)


def _terms() -> dict[str, Column]:
    """What is summed, by the moment's name; P_a is the cumulative probability of rung a."""
    terms: dict[str, Column] = {}
    for rung, variables in RUNG_VARIABLES.items():
        weight, drawn_weight = F.col(f"weight_{rung}"), F.col(f"drawn_weight_{rung}")
        terms |= {sum_column(rung, variable): F.col(f"z_{variable}") * weight for variable in variables}
        of_rung = {
            "sum_weight": weight,
            "sum_squared_weight": weight * weight,
            "sum_drawn_weight": drawn_weight,
            "sum_missing_weight": drawn_weight * F.col(f"missing_{rung}"),
            "n": F.col(f"verdict_{rung}"),
            "n_positive": F.col(f"found_{rung}"),
            "n_missing": F.col(f"missing_{rung}"),
        }
        terms |= {rung_column(name, rung): term for name, term in (of_rung | _tail_terms(rung)).items()}
    for rung_a, variable_a, rung_b, variable_b in product_pairs():
        product = F.col(f"z_{variable_a}") * F.col(f"z_{variable_b}") * F.col(f"spread_{rung_a}_{rung_b}")
        terms[product_column(rung_a, variable_a, rung_b, variable_b)] = product
    return terms


def _tail_terms(rung: int) -> dict[str, Column]:
    """The terms of `TailMoments`, by the moment's name."""
    missed, found = F.col(f"missed_share_{rung}"), F.col(f"found_share_{rung}")
    unflagged, score = F.col(f"unflagged_{rung}"), _or_zero(F.col("score"))
    return {
        "n_unflagged": unflagged,
        "unflagged_weight": missed,
        "unflagged_score": unflagged * score,
        "unflagged_weight_by_score": missed * score,
        "missed_total": F.least(missed, found),
        "missed_square": missed * found,
        "n_missed": F.col(f"found_{rung}") * unflagged,
        "positive_total": found,
        "positive_square": found * found,
    }


def _on_rung(rung: int) -> Column:
    return F.col(f"state_{rung}").isin(VIOLATING, NOT_VIOLATING, IMPUTED)


def _or_zero(number: Column) -> Column:
    return F.coalesce(number, F.lit(0))


def _largest_weights(rows: DataFrame, measures: Sequence[str]) -> DataFrame:
    """Over the whole stratum, on the highest rung that has units: the largest exposure / P and 1 / response.

    The first is what one unseen violation may weigh at least; the second is what response adds to the design's bound.
    """
    rungs = sorted(RUNG_VARIABLES, reverse=True)
    last = F.coalesce(*[F.col(f"probability_{rung}") for rung in rungs])
    response = F.coalesce(*[F.when(_on_rung(rung), F.col(f"response_{rung}")) for rung in rungs])
    top = F.greatest(*[F.when(_on_rung(rung), rung).otherwise(0) for rung in rungs])
    with_measure = rows.select("*", F.explode(F.array(*[F.lit(m) for m in measures])).alias("measure"))
    cell = ["stratum", "policy", "measure"]
    by_rung = with_measure.groupBy(*cell, top.alias("top_rung")).agg(
        F.max(F.col("exposures")[F.col("measure")] / last).alias("observed_weight"),
        F.max(1 / response).alias("response_weight"),
    )
    names = ("observed_weight", "response_weight")
    return by_rung.groupBy(*cell).agg(*[F.max_by(name, "top_rung").alias(name) for name in names])


def _zero_if_absent(name: str) -> Column:
    return F.coalesce(F.col(name), F.lit(0)).cast("double").alias(name)
