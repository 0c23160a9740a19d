"""The Arrow schema of `sampling_frame`, for engines that write it without Spark."""

import pyarrow as pa

_NUMBERS = pa.map_(pa.string(), pa.float64())
_COUNTS = pa.map_(pa.string(), pa.int64())
_DRAW = pa.struct(
    {
        "draw": pa.string(),
        "policy_importance": _NUMBERS,
        "target_sample_size": pa.int64(),
        "sample_size": pa.int64(),
        "threshold": pa.float64(),
        "threshold_outside": pa.float64(),
        "score_spread_totals": _NUMBERS,
    }
)
_SEGMENT_TOTAL = pa.struct(
    {
        "segment": pa.string(),
        "segment_value": pa.string(),
        "measure": pa.string(),
        "population_size": pa.int64(),
        "exposure_total": pa.float64(),
        "score_totals": _NUMBERS,
    }
)
FRAME = pa.schema(
    {
        "design_id": pa.string(),
        "stratum": pa.string(),
        "method": pa.string(),
        "size_measure_rule": pa.string(),
        "population_size": pa.int64(),
        "exposure_totals": _NUMBERS,
        "score_totals": pa.map_(pa.string(), _NUMBERS),
        "n_missing_scores": _COUNTS,
        "highest_scores": _NUMBERS,
        "policy_importance": _NUMBERS,
        "size_measure_total": pa.float64(),
        "uniform_share": pa.float64(),
        "measure_shares": _NUMBERS,
        "threshold": pa.float64(),
        "draws": pa.list_(_DRAW),
        "weight_bounds": _NUMBERS,
        "target_sample_size": pa.int64(),
        "sample_size": pa.int64(),
        "seed": pa.int64(),
        "random_number_key": pa.string(),
        "segment_totals": pa.list_(_SEGMENT_TOTAL),
        "scorer_version": pa.string(),
        "job_run_reads": _COUNTS,
        "ds": pa.date32(),
        "job_run_id": pa.string(),
    }
)
