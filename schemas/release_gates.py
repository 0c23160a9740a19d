"""What every gate of a release found: figure, limit, verdict, and the numbers it speaks for."""

from typing import get_args

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID
from schemas.contracts.release_settings import GateName
from schemas.relations import Reference
from schemas.table_spec import ColumnSpec, TableSpec, one_of

# A gate that is common to several numbers is stored once: EVERY in a column of the scope means all of its values.
EVERY = "*"
SCOPE = ("period", "policy", "measure", "segment", "segment_value", "component", "estimator")
VERDICTS = {
    "passed": "the figure keeps the limit",
    "held": "it does not, and the numbers of the scope are held",
    "warned": "it does not, and the numbers are shown with this remark",
    "not_applicable": "there is nothing to go by",
}

TABLE = TableSpec(
    name="release_gates",
    grain="one gate x subject of one release x scope: the numbers that it speaks for",
    columns=(
        DS,
        DESIGN_ID,
        ColumnSpec("release_id", "string", "Release that asked"),
        ColumnSpec("gate", "string", "Gate, a name of release settings"),
        *(ColumnSpec(name, "string", f"{name} of the numbers it speaks for; * for every one") for name in SCOPE),
        ColumnSpec("subject", "string", "What it was asked of, for example a labeler, a rung or a log; * for nothing"),
        ColumnSpec("figure", "double", "What was found; null if there is nothing to go by", is_nullable=True),
        ColumnSpec("bound", "double", "The limit it is held against; null if none is set", is_nullable=True),
        ColumnSpec("bound_kind", "string", "at_most or at_least: on which side of the limit the figure must be"),
        ColumnSpec("verdict", "string", "; ".join(f"{name}: {meaning}" for name, meaning in VERDICTS.items())),
        ColumnSpec("reason", "string", "What is wrong and what mends it; null if it passed", is_nullable=True),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "release_id", "gate", *SCOPE, "subject"),
    written_by=("release_metrics",),
    made_from=("prevalence_moments",),
    # A release that was killed before its row in `releases` leaves rows behind that nobody reads.
    references=(Reference(("design_id", "release_id"), "releases", is_strict=False),),
    checks={
        "known_gate": one_of("gate", get_args(GateName)),
        "known_verdict": one_of("verdict", tuple(VERDICTS)),
        "known_bound_kind": one_of("bound_kind", ("at_most", "at_least")),
    },
)
