"""Streams watched one by one: what each would have raised if the others were not there."""

import math

import numpy as np

from lib.monitoring.detection.error_budget import log_threshold
from lib.monitoring.detection.stream_block import BoolArray, StreamBlock
from lib.monitoring.detection.watch import Watched, watch
from schemas.contracts.monitoring_settings import MonitoringSettings

# So patient that nothing is ever raised.
_NEVER = math.inf


def watched_in_silence(block: StreamBlock, settings: MonitoringSettings) -> Watched:
    """Watch all streams at once without raising an alarm, so that they cannot share one.

    The procedure asks for less evidence where many streams change together; of streams that are simulated side by side
    for speed alone it would be too fast. Until the first alarm a stream is watched as it would be alone.
    """
    return watch(block, settings.model_copy(update={"patience_days": _NEVER}))


def rise_alarms(watched: Watched, *, budget_share: float, settings: MonitoringSettings) -> BoolArray:
    """Days, streams x days, whose evidence of a rise suffices a stream with this share of the error budget alone.

    The first one of a stream is its alarm; later ones would not come about.
    """
    needed = log_threshold(
        np.array([budget_share]),
        false_discovery_rate=settings.false_discovery_rate,
        patience_days=settings.patience_days,
    )
    total = np.logaddexp(watched.log_rise, watched.log_fall)
    return np.asarray((total >= needed[0]) & (watched.log_rise >= watched.log_fall))
