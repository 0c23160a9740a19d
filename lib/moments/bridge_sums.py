"""Reduces units labelled under two versions to the sums of a bridge study, one row a measure."""

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.row_order import in_one_order
from schemas.contracts.bridge_names import bridge_pairs, bridge_process_product, bridge_product, bridge_sum


def bridge_sums(
    samples: DataFrame, pairs: DataFrame, *, overlap: tuple[date, date], measures: Sequence[str]
) -> DataFrame:
    """Sum the units of `pairs` over the days of `overlap`, both included; see schemas/contracts/bridge_names.py.

    `samples` has ds, unit_id, inclusion_probability, exposures; `pairs` has ds, unit_id, old_verdict, new_verdict (1, 0
    or null) and rung_probability, so that P = inclusion_probability x rung_probability. A unit without both verdicts is
    counted as missing and not summed. Returns one row per measure, also if no unit has both.
    The overlap is small: it is summed in one partition in the order of unit_id, so that sums are the same in every run.
    """
    probability = F.col("inclusion_probability") * F.col("rung_probability")
    of_days = samples.where(F.col("ds").between(*[F.lit(ds) for ds in overlap]))
    units = of_days.join(pairs, ["ds", "unit_id"]).withColumn("probability", probability)
    in_order = in_one_order(units, "ds", "unit_id")
    by_measure = [_summed(measure) for measure in measures]
    rows = in_order.agg(F.array(*by_measure).alias("rows"))
    return rows.select(F.inline("rows"))


def _summed(measure: str) -> Column:
    """One struct of sums over all units."""
    old, new, p = F.col("old_verdict") > 0, F.col("new_verdict") > 0, F.col("probability")
    is_usable = F.col("old_verdict").isNotNull() & F.col("new_verdict").isNotNull()
    exposure = F.col("exposures")[measure]
    indicators = {"gained": new & ~old, "lost": old & ~new, "kept": old & new, "exposure": F.lit(True)}
    z = {variable: F.when(indicator, exposure).otherwise(0.0) for variable, indicator in indicators.items()}

    def total(term: Column) -> Column:
        return F.coalesce(F.sum(F.when(is_usable, term)), F.lit(0.0))

    def number(condition: Column) -> Column:
        return F.count(F.when(condition, 1))

    sums = {bridge_sum(variable): total(value / p) for variable, value in z.items()}
    for first, second in bridge_pairs():
        product = z[first] * z[second]
        sums[bridge_product(first, second)] = total(product * (1 / p - 1) / p)
        sums[bridge_process_product(first, second)] = total(product / p)
    sums |= {
        "n_units": number(is_usable),
        "n_gained": number(is_usable & indicators["gained"]),
        "n_lost": number(is_usable & indicators["lost"]),
        "n_kept": number(is_usable & indicators["kept"]),
        "n_missing": number(~is_usable),
        "sum_weight": total(1 / p),
        "sum_squared_weight": total(1 / (p * p)),
        "largest_weight": F.coalesce(F.max(F.when(is_usable, exposure / p)), F.lit(0.0)),
    }
    return F.struct(F.lit(measure).alias("measure"), *[column.alias(name) for name, column in sums.items()])
