"""The frame and the scorer that a day's units are sampled by: chosen once, before the first unit, and noted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from lib.run_context import RunContext
from lib.sampling.earlier_frame import EarlierFrame
from lib.scoring.day_scores import day_scores
from lib.storage import Storage
from schemas import sampling_frame, scorers, stream_frames
from schemas.contracts.sampling_design import SamplingDesign
from schemas.contracts.settings import ScoringSettings
from schemas.errors import ConfigurationError, MissingInputError

_SHARED = ("strata", "seed", "random_number_key")


@dataclass(frozen=True)
class PinnedFrame:
    """An earlier frame, the scorers as they were when it was pinned, and the day that it was drawn on."""

    frame: EarlierFrame
    frame_ds: date
    scorers: DataFrame | None

    def scored(self, units: DataFrame, *, settings: ScoringSettings, policies: Sequence[str]) -> DataFrame:
        """`units` with the scores of the scorer that the frame's own day had."""
        return day_scores(units, settings=settings, scorers=self.scorers, ds=self.frame_ds, policies=policies)


def pinned_frame(
    storage: Storage, ds: date, *, design: SamplingDesign, drawn_by: SamplingDesign, run_context: RunContext
) -> PinnedFrame:
    """The frame of day `ds`: the one that is noted; if none is, the last one of `drawn_by` before that day, noted now.

    Later frames of the day before change nothing: all units of a day have one probability, whenever they come. Raises
    MissingInputError if there is no frame yet.
    """
    if _noted(storage, ds, design) is None:
        _note(storage, ds, design, drawn_by, run_context)
    noted = _noted(storage, ds, design)
    assert noted is not None  # noqa: S101 - it was just written, or was there
    then = storage.at_versions(noted["table_versions"])
    rows = then.read_design(sampling_frame.TABLE, noted["frame_design_id"], noted["frame_ds"])
    return PinnedFrame(EarlierFrame.of(rows), noted["frame_ds"], then.read_if_exists(scorers.TABLE))


def require_frame(storage: Storage, ds: date, *, drawn_by: SamplingDesign) -> date:
    """The day of the last frame of `drawn_by` before `ds`; raises MissingInputError."""
    frames = storage.read_if_exists(sampling_frame.TABLE)
    last = None
    if frames is not None:
        earlier = frames.where((F.col("design_id") == drawn_by.design_id) & (F.col("ds") < F.lit(ds)))
        last = earlier.agg(F.max("ds").alias("ds")).collect()[0]["ds"]
    if last is None:
        raise MissingInputError(
            f"Table `sampling_frame`: no row of design `{drawn_by.design_id}` before {ds}; a stream samples by the "
            "threshold of an earlier day: run the chain for one up to draw_sample first."
        )
    return date.fromisoformat(f"{last}")


def require_same_numbers(design: SamplingDesign, drawn_by: SamplingDesign) -> None:
    """Raise ConfigurationError unless the streamed design gives a unit the stratum and random number of the other."""
    if design.method != "poisson":
        raise ConfigurationError(
            f"Design `{design.name}`: field `method` is `{design.method}`; units that come one by one are drawn by a "
            "fixed threshold, which is `poisson`. Mend it, or name another design in streaming.design."
        )
    if design.design_id == drawn_by.design_id:
        raise ConfigurationError(
            f"streaming.design: `{design.design_id}` is the nightly design, too, which replaces its own rows of a day; "
            "give the stream a design of its own."
        )
    for field in _SHARED:
        own, others = getattr(design, field), getattr(drawn_by, field)
        if own != others:
            raise ConfigurationError(
                f"Design `{design.name}`: field `{field}` is `{own}`, and `{others}` in design `{drawn_by.name}`, "
                "whose frame it uses; make them the same."
            )


def _noted(storage: Storage, ds: date, design: SamplingDesign) -> Row | None:
    storage.create(stream_frames.TABLE)
    rows = storage.read_design(stream_frames.TABLE, design.design_id, ds).collect()
    return rows[0] if rows else None


def _note(storage: Storage, ds: date, design: SamplingDesign, drawn_by: SamplingDesign, run: RunContext) -> None:
    record = {
        "ds": ds,
        "design_id": design.design_id,
        "frame_ds": require_frame(storage, ds, drawn_by=drawn_by),
        "frame_design_id": drawn_by.design_id,
        "table_versions": storage.versions_of_existing([sampling_frame.TABLE, scorers.TABLE]),
    }
    rows = storage.rows(stream_frames.TABLE, [record])
    storage.append_new(stream_frames.TABLE, run.stamp(rows), ds=ds, design_id=design.design_id)
