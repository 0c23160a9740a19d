"""Trained text scorers: plain numbers, no pickled objects."""

from schemas.columns import DS, JOB_RUN_ID, POLICY
from schemas.table_spec import SHARE, ColumnSpec, TableSpec

TABLE = TableSpec(
    name="scorers",
    grain="one linear model of a scorer: a policy and a component; `unit` holds the calibration of the whole unit",
    columns=(
        DS,
        ColumnSpec("scorer_version", "string", "Content hash of the training rows and settings"),
        POLICY,
        ColumnSpec("component", "string", "query, response, image, combination, or unit"),
        ColumnSpec("n_features", "int", "Length of the hashed feature vector of one component"),
        ColumnSpec("feature_indices", "array<int>", "Features with a weight"),
        ColumnSpec("feature_weights", "array<double>", "Their weights, log-odds"),
        ColumnSpec("intercept", "double", "Log-odds at no features"),
        ColumnSpec("calibration_margins", "array<double>", "Isotonic knots: margin (log-odds), ascending"),
        ColumnSpec(
            "calibration_probabilities", "array<double>", "Isotonic knots: P(violation) in [0, 1]", within=SHARE
        ),
        ColumnSpec("n_training_units", "bigint", "Labelled units trained on"),
        ColumnSpec("n_training_positives", "bigint", "Positives among them"),
        ColumnSpec("trained_from_ds", "date", "First day of labels used"),
        ColumnSpec("trained_to_ds", "date", "Last day of labels used, before ds"),
        JOB_RUN_ID,
    ),
    key=("policy", "component"),
    # Made from labels of earlier days: no table of its own day.
    written_by=("train_scorer",),
    checks={"trained_on_earlier_days": "trained_to_ds < ds"},
)
