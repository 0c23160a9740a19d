"""One day from plan to files: chunk by chunk, so that memory does not grow with the day."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from scripts.log_generation.faults import FaultRates, inject_faults
from scripts.log_generation.interactions import Interactions, draw_interactions
from scripts.log_generation.log_writer import DayWriter, LogFormat
from scripts.log_generation.records import SOURCES, query_ids, response_ids, to_logs
from scripts.log_generation.synthetic_content import Content
from scripts.log_generation.traffic import DayPlan
from scripts.log_generation.treatment import treat
from scripts.log_generation.truth import DayCensus, chunk_truth, unit_truth_table


class ContentSource(Protocol):
    """Where texts and harm come from: invented, or a labelled data set."""

    @property
    def policies(self) -> tuple[str, ...]:
        """Policy names in the order of the columns of the harm matrices."""

    @property
    def marked_components(self) -> tuple[frozenset[str], ...]:
        """Per policy the components whose markers violate together."""

    def fill(self, plan: DayPlan, chunk: int, interactions: Interactions) -> Content:
        """Return the content of one chunk of the day."""


def plan_days(start: dt.date, n_days: int, seed: int, units_per_day: int) -> list[DayPlan]:
    """Plans of `n_days` days in a row."""
    return [DayPlan(start + dt.timedelta(days=offset), seed, units_per_day) for offset in range(n_days)]


def generate_day(
    plan: DayPlan,
    source: ContentSource,
    rates: FaultRates,
    *,
    output: Path,
    log_format: LogFormat,
    on_chunk: Callable[[int], object] = lambda _n_units: None,
) -> int:
    """Write the logs and the truth of one day under `output`, replacing the day; returns its number of units.

    Nothing appears under `output` before the whole day is ready. `on_chunk` is told the planned units of each chunk
    when it is done.
    """
    census = DayCensus(source.policies)
    with DayWriter(output, plan.ds, log_format) as writer:
        for chunk, n_units in enumerate(plan.chunk_sizes):
            _generate_chunk(plan, chunk, source, rates=rates, writer=writer, census=census)
            on_chunk(n_units)
        for folder, table in census.tables().items():
            writer.write_census(folder, table)
        writer.publish()
    return census.n_units


def _generate_chunk(
    plan: DayPlan, chunk: int, source: ContentSource, *, rates: FaultRates, writer: DayWriter, census: DayCensus
) -> None:
    content = source.fill(plan, chunk, draw_interactions(plan, chunk))
    interactions = content.interactions
    logs = to_logs(plan, interactions, content.texts, content.platform_scores)
    logs, harm = inject_faults(plan, chunk, logs, content.harm, rates)
    treatment = treat(plan, logs, len(interactions.query_us), len(interactions.response_us), len(interactions.pin_us))
    truth = chunk_truth(interactions, harm, treatment, source.marked_components)
    census.add(truth, treatment)
    for name, rows in zip(SOURCES, (logs.queries, logs.responses, logs.pins), strict=True):
        writer.write_log(name, chunk, rows.table)
    unit_truth = unit_truth_table(
        truth, query_ids(plan, interactions), response_ids(plan, interactions), source.policies
    )
    for folder, table in {"unit_truth": unit_truth, **content.extra_truth}.items():
        writer.write_truth(folder, chunk, table)
