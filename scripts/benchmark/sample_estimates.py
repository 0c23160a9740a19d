"""Step `moments and estimates` for engines without Spark: labels to moments, moments of all days to prevalence.

Statistics are the project's own (lib/estimation needs no Spark); reading, summing and writing are not.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from lib.estimation.prevalence_rows import prevalence_rows
from schemas.contracts.moment_names import COMPONENTS, COUNT_COLUMNS, MAX_COLUMNS, SUM_COLUMNS, UNIT, UNSPECIFIED
from schemas.contracts.settings import Settings
from scripts.benchmark.measured_work import MeasuredWork
from scripts.benchmark.sample_moments import RungVerdicts, moment_record, sample_moments
from scripts.benchmark.sampling_plan import MEASURES

_RUNGS = ("llm", "human", "gold")
# As in lib/sampling/rungs.py: the share of a rung's draw that ignores what was said below.
_RUNG_UNIFORM_SHARE = 0.2
_BY_DESIGN = ["ds", "design_id"]
_NUMBER = ["design_id", "policy", "measure", "segment", "segment_value", "component"]


def write_estimates(
    work: MeasuredWork, settings: Settings, ds: date, design_id: str, policies: Sequence[str], run_id: str
) -> None:
    """Write prevalence_moments of the day, and prevalence of every period that contains it."""
    sample, frame = (_day(work.warehouse / name, ds) for name in ("samples", "sampling_frame"))
    labels, rung_samples = (_day(work.labels / name, ds) for name in ("labels", "rung_samples"))
    made_of = _fingerprint([sample, frame, labels, rung_samples])
    moments = pd.DataFrame(_moments(sample, frame, labels, rung_samples, settings, policies))
    moments = moments.assign(ds=ds, design_id=design_id, made_of=made_of, job_run_id=run_id)
    _replace(work.warehouse / "prevalence_moments", moments, f"ds = '{ds}' AND design_id = '{design_id}'")
    stored = DeltaTable(str(work.warehouse / "prevalence_moments")).to_pandas()
    estimation = settings.estimation
    numbers = prevalence_rows(
        _rolled_up(stored[stored["design_id"] == design_id], ds),
        estimators=estimation.estimators,
        interval=estimation.interval,
        confidence_level=estimation.confidence_level,
        maximum_missing_label_rate=estimation.maximum_missing_label_rate,
    )
    owned = " OR ".join(
        f"(period = '{name}' AND ds >= '{first}' AND ds <= '{last}')" for name, first, last in _periods(ds)
    )
    _replace(work.warehouse / "prevalence", pd.DataFrame(numbers).assign(job_run_id=run_id), owned)


def _day(path: Path, ds: date) -> pd.DataFrame:
    table = DeltaTable(str(path)).to_pyarrow_table([("ds", "=", f"{ds}")])
    rows: pd.DataFrame = table.to_pandas(maps_as_pydicts="strict")
    return rows


def _replace(path: Path, rows: pd.DataFrame, where: str) -> None:
    table = pa.Table.from_pandas(rows, preserve_index=False)
    # A column of nothing but nulls or empty lists has no type of its own.
    types = {pa.null(): pa.string(), pa.list_(pa.null()): pa.list_(pa.string())}
    typed = pa.schema([field.with_type(types.get(field.type, field.type)) for field in table.schema])
    is_there = DeltaTable.is_deltatable(str(path))
    write_deltalake(
        str(path),
        table.cast(typed),
        mode="overwrite",
        predicate=where if is_there else None,
        partition_by=_BY_DESIGN + (["period"] if "period" in rows else []),
    )


def _fingerprint(frames: Sequence[pd.DataFrame]) -> str:
    """Content hash of the rows, whatever their order."""
    hashes = []
    for frame in frames:
        texts = frame.drop(columns="job_run_id").astype(str)
        hashes.append(f"{pd.util.hash_pandas_object(texts, index=False).sum()}")
    return hashlib.sha256("|".join(hashes).encode()).hexdigest()


def _moments(
    sample: pd.DataFrame,
    frame: pd.DataFrame,
    labels: pd.DataFrame,
    rung_samples: pd.DataFrame,
    settings: Settings,
    policies: Sequence[str],
) -> list[dict[str, Any]]:
    rungs = [rung for rung in _RUNGS if rung in set(rung_samples["rung"])]
    bounds = _rung_bounds(frame, settings, rungs)
    known = frame.set_index("stratum")
    sources = sorted(labels["label_source"].unique())
    records = []
    for policy in policies:
        verdicts = _verdicts(sample, labels, rung_samples, rungs, policy)
        score = sample["scores"].map(lambda scores, policy=policy: scores.get(policy, 0.0)).to_numpy(np.float64)
        for measure in MEASURES:
            exposure = sample["exposures"].map(lambda x, measure=measure: x[measure]).to_numpy(np.float64)
            strata = sample["stratum"].to_numpy(object)
            for stratum, component, moments in sample_moments(strata, exposure, score, verdicts):
                row = known.loc[stratum]
                totals = {
                    "population_size": row["population_size"],
                    "exposure_total": row["exposure_totals"][measure],
                    "score_total": row["score_totals"][measure][policy],
                }
                bound = max(moments["observed_weight"], row["weight_bounds"][measure], bounds[measure])
                own = {"rungs": rungs, "has_score": True, "largest_weight": bound, "label_sources": sources}
                cell = {"stratum": stratum, "policy": policy, "measure": measure, "component": component} | own
                segments = [("all", "all"), ("surface", stratum)] if component == UNIT else [("all", "all")]
                for segment, value in segments:
                    records.append(moment_record(cell | {"segment": segment, "segment_value": value}, totals, moments))
    return records


def _verdicts(
    sample: pd.DataFrame, labels: pd.DataFrame, rung_samples: pd.DataFrame, rungs: Sequence[str], policy: str
) -> list[RungVerdicts]:
    """The policy's verdicts rung by rung, in the order of the sample; raises ValueError if one is missing."""
    probability = sample["inclusion_probability"].to_numpy(np.float64)
    found = []
    of_policy = labels[labels["policy"] == policy].set_index("unit_id")
    for rung in rungs:
        drawn = rung_samples[rung_samples["rung"] == rung].set_index("unit_id")["rung_probability"]
        probability = probability * drawn.reindex(sample["unit_id"]).to_numpy(np.float64)
        given = of_policy[of_policy["rung"] == rung].reindex(sample["unit_id"])
        is_on = ~np.isnan(probability)
        if not given["verdict"][is_on].isin(["violating", "not_violating"]).all():
            raise ValueError(f"Units on rung {rung} have no verdict on {policy}: the labels are of another sample.")
        is_violating = is_on & (given["verdict"] == "violating").to_numpy(np.bool_)
        named = [
            (set(names) & set(COMPONENTS)) or {UNSPECIFIED} if violates else set()
            for names, violates in zip(given["violating_components"], is_violating, strict=True)
        ]
        counts = {c: np.fromiter((c in names for names in named), np.bool_, len(named)) for c in COMPONENTS}
        found.append(RungVerdicts(is_violating, probability, counts))
    return found


def _rung_bounds(frame: pd.DataFrame, settings: Settings, rungs: Sequence[str]) -> dict[str, float]:
    totals = {m: sum(row[m] for row in frame["exposure_totals"]) for m in MEASURES}
    n_measures = sum(total > 0 for total in totals.values())
    sizes: dict[str, int | None] = {rung.rung: rung.sample_size for rung in settings.labelling.rungs}
    drawn = [size for rung in rungs[1:] if (size := sizes[rung]) is not None]
    return {
        m: max((total * n_measures / (_RUNG_UNIFORM_SHARE * size) for size in drawn), default=0.0)
        for m, total in totals.items()
    }


def _periods(ds: date) -> list[tuple[str, date, date]]:
    """The day, its week, its quarter, all days."""
    monday = ds - timedelta(days=ds.weekday())
    quarter = date(ds.year, 3 * ((ds.month - 1) // 3) + 1, 1)
    later = (quarter + timedelta(days=93)).replace(day=1)
    return [
        ("day", ds, ds),
        ("week", monday, monday + timedelta(days=6)),
        ("quarter", quarter, later - timedelta(days=1)),
        ("all", date.min, date.max),
    ]


def _rolled_up(stored: pd.DataFrame, ds: date) -> list[dict[str, Any]]:
    """Moments of all days summed to the periods that contain `ds`."""
    rows = []
    for name, first, last in _periods(ds):
        within = stored[(stored["ds"] >= first) & (stored["ds"] <= last)]
        ladders = within["rungs"].map(tuple)
        for key, of_number in within.groupby([*(within[n] for n in _NUMBER), ladders]):
            *number, _ = key
            rows.append(
                dict(zip(_NUMBER, number, strict=True))
                | {"period": name, "rungs": [*of_number["rungs"].iloc[0]], "first_ds": of_number["ds"].min()}
                | {"last_ds": of_number["ds"].max(), "n_days": of_number["ds"].nunique()}
                | {"has_score": bool(of_number["has_score"].any())}
                | {"label_sources": sorted({source for sources in of_number["label_sources"] for source in sources})}
                | of_number[[*SUM_COLUMNS, *COUNT_COLUMNS]].sum().to_dict()
                | of_number[[*MAX_COLUMNS]].max().to_dict()
            )
    return rows
