"""Step `sample` in Polars: totals of the strata, size measure, allocation, and the n smallest ranks of each stratum."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable

from schemas.contracts.sampling_design import SamplingDesign
from scripts.benchmark.frame_schema import FRAME
from scripts.benchmark.polars_version.delta_tables import NUMBERS, read_day, replace_day
from scripts.benchmark.sampling_plan import MEASURES, PRIOR_PREVALENCE, Stratum, allot, frame_records, importance
from scripts.benchmark.unit_random_numbers import random_numbers

_EXPOSURES = {"units": pl.lit(1, pl.Int64), "views": pl.col("viewed_pin_count").cast(pl.Int64)}
_SCALE = 1_000_000_000
_BY_DESIGN = ("ds", "design_id")


def write_sample(warehouse: Path, ds: date, design: SamplingDesign, policies: Sequence[str], run_id: str) -> None:
    """Write sampling_frame, sample_content and samples of the day."""
    population = _population(warehouse, ds, policies)
    strata = _strata(population, policies)
    weights = importance(strata, policies)
    spread = _with_spread(population, strata, policies, weights)
    allot(strata, design)
    ranked = _ranked(spread, strata, design)
    drawn = _drawn(ranked, strata)
    reads = {t: DeltaTable(str(warehouse / t)).version() for t in ("unit_scores", "interaction_units")}
    records = frame_records(strata, design, weights, reads)
    frame = pa.Table.from_pylist([r | {"ds": ds, "job_run_id": run_id} for r in records], schema=FRAME)
    replace_day(warehouse / "sampling_frame", frame, ds, partition_by=_BY_DESIGN)
    stamp = [pl.lit(ds).alias("ds"), pl.lit(design.design_id).alias("design_id"), pl.lit(run_id).alias("job_run_id")]
    units = read_day(
        warehouse / "interaction_units", ds, ("unit_id", "query_text", "response_text", "pins", "has_content")
    )
    content = units.filter("has_content").drop("has_content").join(drawn.select("unit_id"), on="unit_id", how="semi")
    replace_day(warehouse / "sample_content", content.with_columns(stamp), ds, partition_by=_BY_DESIGN)
    samples = _sample_columns(drawn, warehouse, ds, policies).with_columns(stamp)
    replace_day(warehouse / "samples", samples, ds, partition_by=_BY_DESIGN)


def _population(warehouse: Path, ds: date, policies: Sequence[str]) -> pl.DataFrame:
    """Unit, stratum, views, scorer and one column a policy with its score, null if there is none."""
    rows = read_day(
        warehouse / "unit_scores", ds, ("unit_id", "surface", "viewed_pin_count", "scorer_version", "scores")
    )
    scores = [pl.col("scores").map.get(policy).alias(f"s{k}") for k, policy in enumerate(policies)]
    return rows.select("unit_id", pl.col("surface").alias("stratum"), "viewed_pin_count", "scorer_version", *scores)


def _strata(population: pl.DataFrame, policies: Sequence[str]) -> list[Stratum]:
    """Known totals in one pass; sums are sums of integers, the same in any order."""
    totals = [pl.len().alias("n"), pl.col("scorer_version").max()]
    totals += [x.sum().alias(m) if m == "views" else pl.len().alias(m) for m, x in _EXPOSURES.items()]
    for k in range(len(policies)):
        score = pl.col(f"s{k}")
        totals += [score.max().alias(f"highest{k}"), score.null_count().alias(f"missing{k}")]
        for measure, x in _EXPOSURES.items():
            totals.append((x * (score * _SCALE).round().cast(pl.Int64)).sum().alias(f"score{k}{measure}"))
            totals.append((x * score.is_null().cast(pl.Int64)).sum().alias(f"unscored{k}{measure}"))
    rows = population.group_by("stratum").agg(totals).sort("stratum").to_dicts()
    return [_stratum(row, policies) for row in rows]


def _stratum(row: Mapping[str, Any], policies: Sequence[str]) -> Stratum:
    highest = {p: float(row[f"highest{k}"]) for k, p in enumerate(policies) if row[f"highest{k}"] is not None}
    return Stratum(
        name=str(row["stratum"]),
        population_size=int(row["n"]),
        exposure_totals={measure: float(row[measure]) for measure in MEASURES},
        score_totals={
            measure: {
                policy: row[f"score{k}{measure}"] / _SCALE + highest[policy] * float(row[f"unscored{k}{measure}"])
                for k, policy in enumerate(policies)
                if policy in highest
            }
            for measure in MEASURES
        },
        n_missing_scores={policy: int(row[f"missing{k}"]) for k, policy in enumerate(policies)},
        highest_scores=highest,
        scorer_version=str(row["scorer_version"]),
    )


def _with_spread(
    population: pl.DataFrame, strata: Sequence[Stratum], policies: Sequence[str], weights: Mapping[str, float]
) -> pl.DataFrame:
    """The population with imputed scores i0, i1, … and g; the strata get Σ x g."""
    highest = pl.DataFrame(
        [{"stratum": s.name} | {f"h{k}": s.highest_scores.get(p) for k, p in enumerate(policies)} for s in strata],
        schema={"stratum": pl.String} | {f"h{k}": pl.Float64 for k in range(len(policies))},
    )
    imputed = [pl.coalesce(f"s{k}", f"h{k}").alias(f"i{k}") for k in range(len(policies))]
    prior = PRIOR_PREVALENCE * (1 - PRIOR_PREVALENCE)
    variance = pl.lit(0.0)
    for k, policy in enumerate(policies):
        variance = variance + weights[policy] * (pl.col(f"i{k}") * (1 - pl.col(f"i{k}"))).fill_null(prior)
    joined = population.join(highest, on="stratum").with_columns(imputed).with_columns(variance.sqrt().alias("g"))
    whole = (pl.col("g") * _SCALE).round().cast(pl.Int64)
    sums = [(x * whole).sum().alias(m) for m, x in _EXPOSURES.items()]
    found = {row["stratum"]: row for row in joined.group_by("stratum").agg(sums).to_dicts()}
    for stratum in strata:
        stratum.spread_totals = {m: found[stratum.name][m] / _SCALE for m in MEASURES}
    return joined.select("unit_id", "stratum", "viewed_pin_count", *[f"i{k}" for k in range(len(policies))], "g")


def _ranked(spread: pl.DataFrame, strata: Sequence[Stratum], design: SamplingDesign) -> pl.DataFrame:
    """`spread` with size_measure w, prn u and rank u/w; the strata get max x and max x/w."""
    shares, delta = design.measure_shares, design.uniform_share
    factors = pl.DataFrame(
        [
            {"stratum": s.name, "norm": s.normaliser(shares)} | {f"f_{m}": s.factor(m, shares) for m in MEASURES}
            for s in strata
        ]
    )
    mixture = pl.col("f_units") + pl.col("f_views") * pl.col("viewed_pin_count")
    score_part = pl.when(pl.col("norm") > 0).then(mixture * pl.col("g") / pl.col("norm")).otherwise(mixture)
    numbers = random_numbers(spread["unit_id"].to_arrow(compat_level=pl.CompatLevel.oldest()), seed=design.seed)
    sized = spread.join(factors, on="stratum", maintain_order="left").with_columns(
        pl.Series("prn", numbers), ((1 - delta) * score_part + delta * mixture).alias("size_measure")
    )
    ranked = sized.with_columns((pl.col("prn") / pl.col("size_measure")).alias("rank"))
    extremes = [x.max().cast(pl.Float64).alias(f"x_{m}") for m, x in _EXPOSURES.items()]
    extremes += [(x / pl.col("size_measure")).max().alias(f"ratio_{m}") for m, x in _EXPOSURES.items()]
    found = {row["stratum"]: row for row in ranked.group_by("stratum").agg(extremes).to_dicts()}
    for stratum in strata:
        stratum.largest_exposures = {m: found[stratum.name][f"x_{m}"] for m in MEASURES}
        stratum.largest_ratios = {m: found[stratum.name][f"ratio_{m}"] for m in MEASURES}
    return ranked


def _drawn(ranked: pl.DataFrame, strata: Sequence[Stratum]) -> pl.DataFrame:
    """The n units of the smallest ranks of every stratum with their probability; the strata get their thresholds."""
    parts = []
    for stratum in strata:
        n, own = stratum.sample_size, ranked.filter(pl.col("stratum") == stratum.name)
        chosen = own.bottom_k(n + 1, by=["rank", "unit_id"]).sort("rank", "unit_id")
        if n < stratum.population_size:
            stratum.outside, stratum.inside = chosen["rank"][n - 1], chosen["rank"][n]
        probability = pl.lit(1.0) if stratum.inside is None else pl.col("size_measure") * stratum.inside
        parts.append(chosen.head(n).with_columns(probability.clip(upper_bound=1.0).alias("inclusion_probability")))
    return pl.concat(parts)


def _sample_columns(drawn: pl.DataFrame, warehouse: Path, ds: date, policies: Sequence[str]) -> pl.DataFrame:
    """The columns of `samples` without ds, design_id and job_run_id; maps are lists of pairs."""
    names = ("unit_id", "user_key", "surface", "component_scores", "scorer_version")
    scored = read_day(warehouse / "unit_scores", ds, names)
    joined = drawn.join(scored, on="unit_id")

    def pairs(values: Mapping[str, pl.Expr]) -> pl.Expr:
        entries = [pl.struct(pl.lit(key).alias("key"), value.alias("value")) for key, value in values.items()]
        return pl.concat_list(entries)

    imputed = pairs({policy: pl.col(f"i{k}") for k, policy in enumerate(policies)})
    given = imputed.list.eval(pl.element().filter(pl.element().struct.field("value").is_not_null()))
    exposures = {m: x.cast(pl.Float64) for m, x in _EXPOSURES.items()}
    return joined.select(
        *("unit_id", "user_key", "stratum", "prn", "size_measure", "inclusion_probability"),
        pairs({"main": pl.col("size_measure")}).cast(NUMBERS).alias("size_measures"),
        pl.lit(["main"], pl.List(pl.String)).alias("draws"),
        pairs(exposures).cast(NUMBERS).alias("exposures"),
        given.cast(NUMBERS).alias("scores"),
        "component_scores",
        pairs({"surface": pl.col("surface")}).cast(pl.Map(pl.String, pl.String)).alias("segments"),
        "scorer_version",
    )
