"""The frame that a day's streamed sample is drawn by: noted before its first unit, and never changed."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID
from schemas.table_spec import ColumnSpec, TableSpec

TABLE = TableSpec(
    name="stream_frames",
    grain="one streamed design on one day",
    columns=(
        DS,
        DESIGN_ID,
        ColumnSpec("frame_ds", "date", "Day of the frame whose size measures and thresholds it uses"),
        ColumnSpec("frame_design_id", "string", "Design of that frame"),
        ColumnSpec("table_versions", "map<string,bigint>", "Delta versions of sampling_frame and scorers that it uses"),
        JOB_RUN_ID,
    ),
    key=("design_id",),
    written_by=("stream_sample",),
    checks={"frame_is_earlier": "frame_ds < ds"},
)
