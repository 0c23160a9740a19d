"""Sums of fractions that do not depend on the order of the rows.

Floating-point sums differ in their last digits with the partitioning and the order of files; a sample drawn from them
could differ too. Terms rounded to nine decimals and summed as integers do not.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

SCALE = 1_000_000_000


def exact_sum(value: Column, *, times: Column) -> Column:
    """Σ `times` x round(`value`, 9 decimals) as double; `times` is an integer column, `value` at most a few units."""
    return F.coalesce(F.sum(times * whole_units(value)), F.lit(0)) / F.lit(float(SCALE))


def whole_units(value: Column) -> Column:
    """`value` in units of 1/SCALE as bigint."""
    # rint is an instruction; round writes a double as decimal digits and reads them again.
    return F.rint(value * SCALE).cast("bigint")
