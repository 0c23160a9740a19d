"""Draws the rungs of one day's label ladder and keeps the draws: a rung is drawn again only if its sample changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.early_labels import early_labels
from lib.labelling.ladder import draw_version, drawn_labels, labelled_so_far, on_first_rung, rung_sample_rows
from lib.run_context import RunContext
from lib.sampling.content import with_content
from lib.sampling.draw import FrameTotals
from lib.sampling.rungs import climb_to_rung
from lib.storage import Commit, Storage
from schemas import labels, rung_samples, sample_content, samples, sampling_frame
from schemas.contracts.labelling_settings import LabellingSettings, RungSettings
from schemas.contracts.policy import Policy
from schemas.table_spec import TableSpec

_AS_GIVEN = ("unit_id", "policy", "review_role", "labeler_id", "labelled_at")


@dataclass(frozen=True)
class LadderDraw:
    """The ladder of one design on one day, its tables read and written through `storage`."""

    storage: Storage
    settings: LabellingSettings
    policies: Sequence[str]
    design_id: str
    sample: DataFrame
    run_context: RunContext

    @classmethod
    def of(
        cls,
        storage: Storage,
        settings: LabellingSettings,
        *,
        policies: Sequence[Policy],
        design_id: str,
        run_context: RunContext,
    ) -> "LadderDraw":
        """The ladder of the run's day."""
        sample = storage.read_design(samples.TABLE, design_id, run_context.ds)
        return cls(storage, settings, [policy.id for policy in policies], design_id, sample, run_context)

    def draw_rung(self, rung: RungSettings) -> list[Commit]:
        """Write who is drawn to `rung`; nothing if the draw that is there still holds."""
        seed = self.settings.seed
        version = draw_version(self.sample, rung=rung.rung, sample_size=rung.sample_size, seed=seed)
        if not self._drawn(rung).where(F.col("draw_version") == version).isEmpty():
            return []
        rows = rung_sample_rows(self._climbing(rung), rung=rung.rung, draw_version=version)
        ds, table = self.run_context.ds, rung_samples.TABLE
        where = f"ds = DATE'{ds:%Y-%m-%d}' AND design_id = '{self.design_id}' AND rung = '{rung.rung}'"
        return [self.storage.replace(table, self.run_context.stamp(rows), where=where)]

    def waits_for_frame(self, rung: RungSettings) -> bool:
        """Whether the rung is drawn by the day's totals, and its frame is not there yet: so with a streamed sample."""
        return rung != self.settings.rungs[0] and self._of_day(sampling_frame.TABLE).isEmpty()

    def units_on(self, rung: RungSettings) -> DataFrame:
        """The sampled units that are drawn to `rung`: the columns of `samples`, and rung_probability."""
        return self.sample.join(self._drawn(rung).select("unit_id", "rung_probability"), "unit_id")

    def contents_on(self, rung: RungSettings) -> DataFrame:
        """Those of `units_on` that still have content, with query_text, response_text and pins."""
        return with_content(self.units_on(rung), self._of_day(sample_content.TABLE))

    def early_labels(
        self, rung: RungSettings, *, early_id: str, policy_versions: Mapping[str, str]
    ) -> DataFrame | None:
        """What people said on `rung` of the streamed sample `early_id`, where it holds here; None if they said nothing.

        Nothing, too, if `rung` is labelled by others, who are asked again, or if this is the streamed sample itself.
        """
        early = replace(self, design_id=early_id)
        if early_id == self.design_id or not rung.is_labelled_by_people or not early.has_labels(rung):
            return None
        return early_labels(
            early._labels_on(rung),
            self._labels_on(rung),
            self.units_on(rung),
            early_content=early._of_day(sample_content.TABLE),
            content=self._of_day(sample_content.TABLE),
            policy_versions=policy_versions,
            is_whole=rung.is_labelled_by_import,
        )

    def rests_on_early(self, rung: RungSettings, *, early_id: str) -> bool:
        """Whether all verdicts of `rung` are of the streamed sample `early_id`, and units are still without one.

        Who climbs should not be decided by them alone: they are few.
        """
        early = replace(self, design_id=early_id)._labels_on(rung)
        given = self._labels_on(rung)
        is_unjudged = not self.units_on(rung).join(given, "unit_id", "left_anti").isEmpty()
        return is_unjudged and given.join(early, list(_AS_GIVEN), "left_anti").isEmpty()

    def has_labels(self, rung: RungSettings) -> bool:
        """Whether any verdict of `rung` is there."""
        return not self._labels_on(rung).isEmpty()

    def last_labelled_at(self, rung: RungSettings) -> datetime | None:
        """When the newest verdict of `rung` on the day was given, UTC; None if there is none."""
        last = self._labels_on(rung).agg(F.max("labelled_at").alias("last")).collect()[0]
        # Spark hands a timestamp over in the driver's own time zone, without naming it.
        return None if last["last"] is None else last["last"].astimezone(UTC)

    def _climbing(self, rung: RungSettings) -> DataFrame:
        lower = [known.rung for known in self.settings.rungs[: self.settings.rungs.index(rung)]]
        if not lower:
            return on_first_rung(self.sample)
        totals = FrameTotals.of(self._of_day(sampling_frame.TABLE))
        known = drawn_labels(self._labels(), self._of_day(rung_samples.TABLE), policies=self.policies)
        return climb_to_rung(
            labelled_so_far(self.sample, known, rungs=lower),
            rung=rung.rung,
            sample_size=rung.sample_size,
            exposure_totals=totals.exposure_totals,
            policy_importance=totals.policy_importance,
            seed=self.settings.seed,
        )

    def _drawn(self, rung: RungSettings) -> DataFrame:
        return self._of_day(rung_samples.TABLE).where(F.col("rung") == rung.rung)

    def _labels_on(self, rung: RungSettings) -> DataFrame:
        return self._labels().where(F.col("rung") == rung.rung)

    def _labels(self) -> DataFrame:
        return self._of_day(labels.TABLE)

    def _of_day(self, table: TableSpec) -> DataFrame:
        self.storage.create(table)
        return self.storage.read_design(table, self.design_id, self.run_context.ds)


def drawn_labels_of(storage: Storage, design_id: str, *, policies: Sequence[str]) -> DataFrame | None:
    """`drawn_labels` of one design on all days; None if nothing is labelled yet."""
    given, drawn = storage.read_if_exists(labels.TABLE), storage.read_if_exists(rung_samples.TABLE)
    if given is None or drawn is None:
        return None
    is_of_design = F.col("design_id") == design_id
    return drawn_labels(given.where(is_of_design), drawn.where(is_of_design), policies=policies)
