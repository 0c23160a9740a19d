"""What an image model made of sampled units' images: the scorer learns from it, and it expires with the content."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, UNIT_ID
from schemas.relations import Reference
from schemas.table_spec import ColumnSpec, TableSpec

TABLE = TableSpec(
    name="sample_embeddings",
    grain="the images of one sampled unit of one design; only where scoring.image_embedding_length is set",
    columns=(
        DS,
        DESIGN_ID,
        UNIT_ID,
        ColumnSpec("image_embedding", "array<double>", "Mean over the unit's Pins", holds_content=True),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "unit_id"),
    written_by=("draw_sample",),
    # And from the Pin log, which is checked where all its columns are read.
    made_from=("unit_scores", "interaction_units"),
    references=(Reference(("design_id", "unit_id"), "samples"),),
)
