"""What earlier days were like: figures and distributions as their checks stored them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.quality.check import Check
from lib.quality.distributions import Distribution
from schemas.contracts.quality_settings import CheckKind

HISTORY_KINDS: tuple[CheckKind, ...] = ("volume", "missing_drift", "drift")


@dataclass(frozen=True)
class EarlierResults:
    """By table and check, day to figure and day to distribution."""

    figures: Mapping[tuple[str, str], Mapping[date, float]] = field(default_factory=dict)
    distributions: Mapping[tuple[str, str], Mapping[date, Distribution]] = field(default_factory=dict)

    @classmethod
    def of(cls, results: DataFrame, tables: Collection[str], ds: date, *, window_days: int) -> "EarlierResults":
        """From rows of check_results of the `window_days` before `ds`: a few numbers a day."""
        first, last = ds - timedelta(days=window_days), ds - timedelta(days=1)
        chosen = results.where(
            F.col("ds").between(F.lit(first), F.lit(last))
            & F.col("table_name").isin(*tables)
            & F.col("kind").isin(*HISTORY_KINDS)
        )
        figures: dict[tuple[str, str], dict[date, float]] = defaultdict(dict)
        distributions: dict[tuple[str, str], dict[date, Distribution]] = defaultdict(dict)
        for row in chosen.select("ds", "table_name", "check_name", "figure", "distribution").collect():
            name = (row["table_name"], row["check_name"])
            if row["distribution"] is not None:
                distributions[name][row["ds"]] = row["distribution"]
            elif row["figure"] is not None:
                figures[name][row["ds"]] = row["figure"]
        return cls(figures, distributions)

    def figures_of(self, check: Check) -> Mapping[date, float]:
        """Day to figure of the same check; of a collapse the numbers of rows."""
        name = "volume" if check.kind == "volume_collapse" else check.name
        return self.figures.get((check.table, name), {})

    def distributions_of(self, check: Check) -> Mapping[date, Distribution]:
        """Day to distribution of the same column."""
        return self.distributions.get((check.table, check.name), {})
