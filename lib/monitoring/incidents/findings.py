"""What was found in the watched streams, by their names and days."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from lib.monitoring.detection.change_figures import ChangeFigures, change_figures
from lib.monitoring.detection.readings import StreamKey
from lib.monitoring.detection.stream_block import StreamBlock
from lib.monitoring.detection.watch import Watched
from lib.monitoring.incidents.incident import Incident, StreamChange

SHOWN_STREAMS = 20


@dataclass(frozen=True, eq=False)
class Findings:
    """The streams, their values and what watching them has shown.

    Attributes:
        keys: the streams, in the order of the rows
        block: their values
        watched: what was seen
        confidence: of all intervals, in (0, 1)

    """

    keys: list[StreamKey]
    block: StreamBlock
    watched: Watched
    confidence: float

    @property
    def last_ds(self) -> date:
        """The last day that was seen."""
        return self.block.day(self.block.n_days - 1)

    def changes(self) -> list[StreamChange]:
        """Every change of a stream."""
        return [
            StreamChange(
                self.keys[episode.stream],
                episode,
                self.block.day(episode.opened),
                None if episode.closed is None else self.block.day(episode.closed),
            )
            for episode in self.watched.episodes
        ]

    def figures(self, change: StreamChange) -> ChangeFigures:
        """Level before and after, ratio and onset of a change, as of the last day."""
        last = self.block.n_days - 1
        return change_figures(self.block, self.watched, change.episode, last=last, confidence=self.confidence)

    def mean_between(self, key: StreamKey, first: date, last: date) -> float | None:
        """Plain mean of a stream's values on the days first..last; None without a value."""
        if key not in self.keys:
            return None
        span = slice(max(0, self.block.column(first)), max(0, self.block.column(last) + 1))
        values = self.block.values[self.keys.index(key), span]
        return float(np.nanmean(values)) if np.isfinite(values).any() else None

    def described(self, incident: Incident) -> dict[str, Any]:
        """The columns of `alerts` that say what has changed, and the figures of `evidence`."""
        lead = incident.lead
        found = self.figures(lead)
        row = lead.episode.stream
        still = sorted({str(change.key) for change in incident.changes if change.closed is None})
        concerned = still or sorted({str(change.key) for change in incident.changes})
        return {
            "measure": lead.key.measure,
            "segment": lead.key.segment,
            "segment_value": lead.key.segment_value,
            "kind": "drift" if found.is_gradual else "level_shift",
            "began_date": self.block.day(found.onset),
            "began_earliest_date": self.block.day(found.onset_earliest),
            "began_latest_date": self.block.day(found.onset_latest),
            "evidence": {
                "before": found.before.prevalence,
                "before_low": found.before.ci_low,
                "before_high": found.before.ci_high,
                "after": found.after.prevalence,
                "after_low": found.after.ci_low,
                "after_high": found.after.ci_high,
                "ratio": found.ratio,
                "ratio_low": found.ratio_low,
                "ratio_high": found.ratio_high,
                "confidence_level": self.confidence,
                "n_days_before": found.n_days_before,
                "n_days_after": found.n_days_after,
                "log_evidence": lead.episode.log_evidence,
                "log_threshold": float(self.watched.log_threshold[row]),
                "streams": concerned[:SHOWN_STREAMS],
                "drivers": [],
                "unexplained": None,
                "unit_ids": [],
                "changed_versions": [],
            },
        }
