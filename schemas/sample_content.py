"""What sampled units say and show, apart from all that estimates need: content expires, samples stay."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, PINS, QUERY_TEXT, RESPONSE_TEXT, UNIT_ID
from schemas.relations import Reference
from schemas.table_spec import TableSpec

TABLE = TableSpec(
    name="sample_content",
    grain="the content of one sampled unit of one design; there is no row once it has expired or was erased",
    columns=(DS, DESIGN_ID, UNIT_ID, QUERY_TEXT, RESPONSE_TEXT, PINS, JOB_RUN_ID),
    partition_by=("ds", "design_id"),
    key=("design_id", "unit_id"),
    written_by=("draw_sample",),
    made_from=("unit_scores", "interaction_units"),
    references=(Reference(("design_id", "unit_id"), "samples"),),
)
