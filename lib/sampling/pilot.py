"""A small pilot sample of the population, with known probabilities, for searches over size measures."""

from collections.abc import Sequence

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.sampling.exposure import exposure
from lib.sampling.minimax_importance import Pilot
from lib.sampling.selection import permanent_random_number
from lib.sampling.size_measure import SizeMeasure, score_variance
from lib.sampling.strata import by_stratum

_PILOT_SIZE = 4000


def draw_pilot(scored: DataFrame, size_measure: SizeMeasure, policies: Sequence[str]) -> Pilot:
    """About 4,000 units with known probabilities, by a filter: the same few whatever the size of the population."""
    measures = list(size_measure.measure_shares)
    share = by_stratum(size_measure.stratum_sizes())
    totals = {m: sum(p.exposure_totals[m] for p in size_measure.populations) or 1.0 for m in measures}
    chance = F.least(F.lit(1.0), F.lit(float(_PILOT_SIZE)) * share * size_measure.column())
    # The pilot is no part of the sample: it has a stream of its own, the same for all designs.
    drawn = scored.withColumn("chance", chance).where(permanent_random_number(0, "/pilot") < F.col("chance"))
    rows = drawn.select(
        "unit_id",
        (1 / F.col("chance")).alias("weight"),
        *[(exposure(m) / F.lit(totals[m])).alias(f"exposure|{m}") for m in measures],
        *[score_variance(k).alias(f"variance|{k}") for k in policies],
    ).collect()
    in_order = sorted(rows, key=lambda row: str(row["unit_id"]))
    return Pilot(
        weights=np.array([row["weight"] for row in in_order]),
        exposures=np.array([[row[f"exposure|{m}"] for m in measures] for row in in_order]),
        variances=np.array([[row[f"variance|{k}"] for k in policies] for row in in_order]),
    )
