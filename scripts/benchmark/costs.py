"""Costs of all runs as one table, and the chain's costs as ratios to the others'."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from scripts.benchmark.engines import CHAIN, STEPS_OF
from scripts.benchmark.measured_run import StepCost
from scripts.benchmark.measured_work import DAYS
from scripts.benchmark.spark_event_log import TaskTraffic, bytes_between
from scripts.benchmark.step_clock import START

COLD, WARM = "cold", "warm"
TOTAL = "total"
MEASURES = ("cpu_seconds", "wall_seconds", "peak_bytes")
_KEY = ["repetition", "engine", "phase"]


@dataclass(frozen=True)
class EngineRun:
    """One run of one engine: the costs of its steps, and Spark's tasks where an event log was kept."""

    repetition: int
    engine: str
    costs: Sequence[StepCost]
    tasks: Sequence[TaskTraffic] | None = None


def cost_table(runs: Sequence[EngineRun]) -> pd.DataFrame:
    """One row per repetition, engine, phase and step, and the total of each phase.

    Columns: repetition, engine, phase, step, cpu_seconds, wall_seconds, peak_bytes, peak_jvm_bytes, shuffle_bytes,
    spilled_bytes; the last two are empty where no event log was kept. Start-up is a step of the cold phase.
    """
    rows = []
    for run in runs:
        for cost in run.costs:
            phase = COLD if cost.ds == f"{DAYS[0]}" else WARM
            moved = bytes_between(run.tasks, cost.began_at, cost.ended_at) if run.tasks is not None else (None, None)
            row = {"repetition": run.repetition, "engine": run.engine, "phase": phase} | asdict(cost)
            rows.append(row | {"shuffle_bytes": moved[0], "spilled_bytes": moved[1]})
    steps = pd.DataFrame(rows).drop(columns=["ds", "began_at", "ended_at"])
    return pd.concat([steps, _totals(steps)], ignore_index=True)


def _totals(steps: pd.DataFrame) -> pd.DataFrame:
    figures = dict.fromkeys(("cpu_seconds", "wall_seconds"), "sum")
    figures |= dict.fromkeys(("peak_bytes", "peak_jvm_bytes"), "max")
    totals = steps.groupby(_KEY, sort=False, as_index=False).agg(figures)
    for name in ("shuffle_bytes", "spilled_bytes"):
        totals[name] = steps.groupby(_KEY, sort=False)[name].sum(min_count=1).to_numpy()
    return totals.assign(step=TOTAL)


def ratio_table(costs: pd.DataFrame) -> pd.DataFrame:
    """The chain's cost divided by the other engine's, per phase and step: minimum and median over the repetitions.

    Both runs of a ratio are of the same repetition. The total is over the steps that the other engine has. Columns:
    other, phase, step, measure, minimum, median, chain_median, other_median.
    """
    parts = []
    for other in [engine for engine in costs["engine"].unique() if engine != CHAIN]:
        for phase in (COLD, WARM):
            compared = [*([START] if phase == COLD else []), *STEPS_OF[other]]
            of_phase = costs[(costs["phase"] == phase) & costs["step"].isin(compared)]
            for measure in MEASURES:
                own, others = (_by_step(of_phase, engine, measure) for engine in (CHAIN, other))
                ratios = (own / others).quantile([0.0, 0.5])
                of_measure = pd.DataFrame(
                    {
                        "minimum": ratios.loc[0.0],
                        "median": ratios.loc[0.5],
                        "chain_median": own.median(),
                        "other_median": others.median(),
                    }
                )
                parts.append(
                    of_measure.rename_axis("step").reset_index().assign(other=other, phase=phase, measure=measure)
                )
    return pd.concat(parts, ignore_index=True)


def _by_step(costs: pd.DataFrame, engine: str, measure: str) -> pd.DataFrame:
    """Repetitions × steps, and the total as a further column."""
    wide = costs[costs["engine"] == engine].pivot(index="repetition", columns="step", values=measure)
    order = [step for step in costs["step"].unique() if step in wide]
    wide = wide[order]
    return wide.assign(**{TOTAL: wide.max(axis=1) if measure == "peak_bytes" else wide.sum(axis=1)})
