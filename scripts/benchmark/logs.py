"""The logs that all engines read: the project's own generator, with scores and with the faults of real logs."""

import json
from collections.abc import Callable
from pathlib import Path

from scripts.benchmark.measured_work import DAYS
from scripts.log_generation.days import generate_day, plan_days
from scripts.log_generation.faults import FaultRates
from scripts.log_generation.log_writer import LogFormat
from scripts.log_generation.synthetic_content import SyntheticContent
from scripts.log_generation.traffic import LOWEST_WEEKDAY_FACTOR

# Late rows, orphans, nulls and malformed rows as the generator has them by default, 1 % duplicates.
FAULT_RATES = FaultRates()
_VIOLATION_RATE_SCALE = 1.0


def generate_logs(folder: Path, *, size: int, seed: int, on_chunk: Callable[[int], object]) -> None:
    """Write both days of `size` units a day, to about 1 %; logs of the same size and seed that are there stay."""
    mark = folder / "generated.json"
    wanted = {"size": size, "seed": seed}
    if mark.exists() and json.loads(mark.read_text(encoding="utf-8")) == wanted:
        return
    source = SyntheticContent(seed, _VIOLATION_RATE_SCALE, True)
    # The generator is asked for the week's mean, of which a Tuesday has least.
    for plan in plan_days(DAYS[0], len(DAYS), seed, round(size / LOWEST_WEEKDAY_FACTOR)):
        generate_day(plan, source, FAULT_RATES, output=folder, log_format=LogFormat.PARQUET, on_chunk=on_chunk)
    mark.write_text(json.dumps(wanted), encoding="utf-8")
