"""The frame a sample was drawn from: known totals, threshold and budget of every stratum."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, SCORER_VERSION, STRATUM
from schemas.relations import Total
from schemas.table_spec import NOT_NEGATIVE, SHARE, ColumnSpec, TableSpec

SEGMENT_TOTAL_TYPE = (
    "struct<segment:string,segment_value:string,measure:string,population_size:bigint,exposure_total:double,"
    "score_totals:map<string,double>>"
)
DRAW_TYPE = (
    "struct<draw:string,policy_importance:map<string,double>,target_sample_size:bigint,sample_size:bigint,"
    "threshold:double,threshold_outside:double,score_spread_totals:map<string,double>>"
)

TABLE = TableSpec(
    name="sampling_frame",
    grain="one stratum of one design",
    columns=(
        DS,
        DESIGN_ID,
        STRATUM,
        ColumnSpec("method", "string", "bottom_k or poisson"),
        ColumnSpec("size_measure_rule", "string", "score_and_exposure, or exposure_only while there is no score"),
        ColumnSpec("population_size", "bigint", "Units in the stratum", within=NOT_NEGATIVE),
        ColumnSpec(
            "exposure_totals", "map<string,double>", "Measure to its total over the stratum", within=NOT_NEGATIVE
        ),
        ColumnSpec(
            "score_totals",
            "map<string,map<string,double>>",
            "Measure to policy to the total of exposure x score",
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "n_missing_scores",
            "map<string,bigint>",
            "Policy to units without a score (imputed: the highest)",
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "highest_scores",
            "map<string,double>",
            "Policy to the stratum's highest score, which a missing one counts as",
            within=SHARE,
        ),
        ColumnSpec(
            "policy_importance",
            "map<string,double>",
            "Policy to its weight a_k in the main draw's size measure, sum 1",
            within=SHARE,
        ),
        ColumnSpec(
            "size_measure_total",
            "double",
            "Total of size_measure over the stratum: 1 by its definition, to 1e-6",
            within=(1.0 - 1e-6, 1.0 + 1e-6),
        ),
        ColumnSpec(
            "uniform_share", "double", "Share of the size measure that ignores the score, in (0, 1]", within=SHARE
        ),
        ColumnSpec(
            "measure_shares",
            "map<string,double>",
            "Measure to its share beta_j of the size measure, sum 1",
            within=SHARE,
        ),
        ColumnSpec(
            "threshold",
            "double",
            "t of the main draw, p = min(1, size_measure x t) without boosts: the (n+1)-th smallest rank, or the "
            "Poisson constant; null: p = 1",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "draws",
            f"array<{DRAW_TYPE}>",
            "The draws that the sample unites: p = min(1, max of size_measures[draw] x its threshold, or x its "
            "threshold_outside (the n-th smallest rank) for units not in it); null thresholds: p = 1, 0: draws "
            "nothing; score_spread_totals: measure to the total of exposure x spread of score, empty without scores",
        ),
        ColumnSpec(
            "weight_bounds",
            "map<string,double>",
            "Measure to the largest exposure / inclusion_probability that a unit of the stratum can have by design",
            within=NOT_NEGATIVE,
        ),
        ColumnSpec("target_sample_size", "bigint", "Units the budget allots to the stratum", within=NOT_NEGATIVE),
        ColumnSpec("sample_size", "bigint", "Units drawn", within=NOT_NEGATIVE),
        ColumnSpec("seed", "bigint", "Seed of the permanent random numbers"),
        ColumnSpec("random_number_key", "string", "Column that the permanent random numbers hash: unit_id or user_key"),
        ColumnSpec(
            "segment_totals", f"array<{SEGMENT_TOTAL_TYPE}>", "Known totals of every segment within the stratum"
        ),
        SCORER_VERSION,
        ColumnSpec(
            "job_run_reads", "map<string,bigint>", "Delta version of every table the run read; differs between re-runs"
        ),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "stratum"),
    written_by=("draw_sample",),
    made_from=("unit_scores", "interaction_units"),
    is_daily=True,
    totals=(
        Total("units", "sum(population_size)", "unit_scores", "count(1)"),
        Total("sampled units", "sum(sample_size)", "samples", "count(1)"),
    ),
)
