"""Strata and segments of a unit."""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

EVERYTHING = "all"


def stratum(columns: Sequence[str]) -> Column:
    """The unit's stratum: its values of `columns`, joined by |; `all` if there are none."""
    return F.concat_ws("|", *columns) if columns else F.lit(EVERYTHING)


def by_stratum(values: Mapping[str, float | None]) -> Column:
    """The number that `values` gives for the row's `stratum`; null where it gives none."""
    pairs = [literal for name, value in values.items() for literal in (F.lit(name), F.lit(value).cast("double"))]
    return F.create_map(*pairs)[F.col("stratum")]
