"""Which sampled units climb to which rung of the label ladder: who is to be asked, whether or not an answer comes."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, RUNG, RUNG_PROBABILITY, UNIT_ID
from schemas.labels import RUNGS
from schemas.relations import Reference
from schemas.table_spec import ColumnSpec, TableSpec, one_of

TABLE = TableSpec(
    name="rung_samples",
    grain="one unit of a design's sample on one rung; a unit without a label there is non-response",
    columns=(
        DS,
        DESIGN_ID,
        RUNG,
        UNIT_ID,
        RUNG_PROBABILITY,
        ColumnSpec(
            "draw_version",
            "string",
            "Content hash of sample, rung size and seed: as long as it stays, the rung is not drawn again",
        ),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "rung", "unit_id"),
    written_by=("label_sample",),
    made_from=("samples", "sampling_frame"),
    is_daily=True,
    references=(Reference(("design_id", "unit_id"), "samples"),),
    checks={
        "known_rung": one_of("rung", RUNGS),
        "rung_probability_in_range": "rung_probability > 0 AND rung_probability <= 1",
    },
)
