"""Made-up numbers of any length: days, weeks, quarters and all days of policies, measures, segments, components."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

LABELS_PER_DAY = 2000
_RELATIVE_ERROR_OF_A_DAY = 0.35


@dataclass(frozen=True)
class LongSeries:
    """What is made up; rates are of the first day, and drift a little."""

    first_day: date = date(2024, 3, 4)
    n_days: int = 42
    rates: dict[str, float] = field(default_factory=lambda: {"adult_content": 0.008, "self_harm": 0.0025})
    segments: dict[str, Sequence[str]] = field(default_factory=lambda: {"surface": ("search", "home_feed")})
    components: Sequence[str] = ("query", "image")
    measures: Sequence[str] = ("units", "views")
    estimators: Sequence[str] = ("regression", "hajek")
    n_segment_weeks: int = 13
    seed: int = 1

    def frame(self) -> pd.DataFrame:
        """Rows as `DashboardData.prevalence` wants them."""
        rng = np.random.default_rng(self.seed)
        return pd.DataFrame([self._row(rng, **number) for number in self._numbers()])

    @property
    def days(self) -> list[date]:
        return [self.first_day + timedelta(days=offset) for offset in range(self.n_days)]

    def _numbers(self) -> Iterator[dict[str, Any]]:
        last_week = max(days[-1] for days in self._weeks())
        spans = [("day", [day]) for day in self.days] + [("week", days) for days in self._weeks()]
        spans += [("all", self.days)]
        for period, days in spans:
            is_recent = period == "all" or last_week - days[-1] < timedelta(days=7 * self.n_segment_weeks)
            for policy in self.rates:
                for measure in self.measures:
                    for estimator in self.estimators:
                        number = {"period": period, "days": days, "policy": policy, "measure": measure}
                        yield number | {"estimator": estimator}
                        if period != "day" and is_recent and estimator == self.estimators[0]:
                            yield from (number | {"estimator": estimator} | part for part in self._parts())

    def _parts(self) -> Iterator[dict[str, Any]]:
        for segment, values in self.segments.items():
            for place, value in enumerate(values):
                yield {"segment": segment, "segment_value": value, "part": 0.6 * 0.5**place}
        for place, component in enumerate(self.components):
            yield {"component": component, "part": 0.5 / (1 + place)}

    def _weeks(self) -> list[list[date]]:
        weeks: dict[date, list[date]] = {}
        for day in self.days:
            weeks.setdefault(day - timedelta(days=day.weekday()), []).append(day)
        return list(weeks.values())

    def _row(self, rng: np.random.Generator, *, days: list[date], part: float = 1.0, **number: Any) -> dict[str, Any]:
        rate = self.rates[number["policy"]] * (1.15 if number["measure"] == "views" else 1.0)
        n_llm = int(LABELS_PER_DAY * len(days) * part)
        error = rate * _RELATIVE_ERROR_OF_A_DAY / np.sqrt(len(days) * part)
        share = max(0.0, rng.normal(rate, error))
        is_component = "component" in number
        row: dict[str, Any] = {
            "design_id": "daily_v1", "period_start": days[0], "period_end": days[-1], "n_days": len(days),
            "segment": "all", "segment_value": "all", "component": "unit", "prevalence": share, "std_error": error,
            "ci_low": max(0.0, share - 1.7 * error), "ci_high": share + 2.2 * error, "ci_method": "split_gamma",
            "n_llm": n_llm, "n_human": n_llm // 4, "n_gold": 0, "effective_sample_size": share * (1 - share) / error**2,
            "share_of_violating": None, "share_ci_low": None, "share_ci_high": None, "label_sources": ["file"],
            "status": "released", "hold_reasons": [], "warnings": [], "release_id": f"{days[-1]}-0123456789abcdef",
        }  # fmt: skip
        if is_component:
            row |= {"share_of_violating": part, "share_ci_low": part * 0.7, "share_ci_high": min(1.0, part * 1.3)}
        return row | number
