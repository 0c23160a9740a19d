"""One order of rows, so that sums of fractions are the same to the last digit in every run."""

from pyspark.sql import DataFrame


def in_one_order(rows: DataFrame, *columns: str) -> DataFrame:
    """`rows`, which are few, in one partition and in the order of `columns`.

    Floating-point sums differ in their last digits with the order of the rows, which is otherwise that of shuffles and
    files. What is as large as the population is summed by `lib/sampling/exact_sum.py`.
    """
    return rows.coalesce(1).sortWithinPartitions(*columns)
