"""One day of a warehouse as a release reads it: tables held at fixed versions, so that nothing moves underneath."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.counted_labels import counted_labels
from lib.moments.day_moments import day_moments, period_numbers
from lib.moments.periods import periods_of
from lib.release.content_fingerprint import content_fingerprints
from lib.release.evidence import gather_evidence, spans_of
from lib.release.gate_verdicts import Decision, Evidence, decide
from lib.release.moment_inputs import MOMENTS_MADE_OF, made_of_fingerprints
from lib.storage import Storage
from schemas import (
    check_results,
    labeler_quality,
    labels,
    plan_checks,
    prevalence_moments,
    row_account,
    rung_samples,
    samples,
    sampling_frame,
)
from schemas.contracts.settings import Settings
from schemas.errors import StaleMomentsError
from schemas.table_spec import TableSpec

# What the numbers are made of; the rest is what gates go by.
_MADE_OF = (*MOMENTS_MADE_OF, prevalence_moments.TABLE)
TABLES_READ = (*_MADE_OF, row_account.TABLE, labeler_quality.TABLE, plan_checks.TABLE, check_results.TABLE)


@dataclass(frozen=True)
class DayState:
    """One design's day, read through `storage`, which stands at fixed versions.

    Args:
        storage: the warehouse at fixed versions
        settings: the settings to estimate and decide by
        policies: every policy
        design_id: the sampling design
        ds: the day
    """

    storage: Storage
    settings: Settings
    policies: Sequence[str]
    design_id: str
    ds: date

    def numbers(self) -> list[dict[str, Any]]:
        """The records of `prevalence`, from moments, of every period that contains the day."""
        return period_numbers(self._moments(), ds=self.ds, estimation=self.settings.estimation)

    def evidence(self, numbers: Sequence[Mapping[str, Any]]) -> Evidence:
        """What the common gates go by."""
        tables = {spec.name: self._of_design(self.storage.read_if_exists(spec)) for spec in TABLES_READ}
        spans = spans_of(numbers)
        return gather_evidence(tables, spans, periods_of(self.ds), ds=self.ds, settings=self.settings)

    def decision(self, numbers: Sequence[Mapping[str, Any]], evidence: Evidence, *, released_at: datetime) -> Decision:
        """Released or held, per number."""
        return decide(numbers, evidence, self.settings, policies=self.policies, ds=self.ds, released_at=released_at)

    def content(self, table: str) -> DataFrame:
        """The rows of `table` that the numbers are made of: those of the day, of the moments those of all days."""
        (spec,) = (known for known in _MADE_OF if known.name == table)
        return self._moments() if spec is prevalence_moments.TABLE else self._read(spec)

    def fingerprints(self) -> dict[str, str]:
        """Table to number of rows and content hash, of the tables that the numbers are made of."""
        return content_fingerprints({spec.name: self.content(spec.name) for spec in _MADE_OF})

    def prompt_versions(self) -> list[str]:
        """Prompt versions of the day's labels, sorted."""
        versions = self._read(labels.TABLE).select("prompt_version").distinct().collect()
        return sorted(row["prompt_version"] for row in versions)

    def recomputed_moments(self) -> DataFrame:
        """The day's moments, from the sample and its labels."""
        verdicts = counted_labels(
            self._read(labels.TABLE),
            self._read(rung_samples.TABLE),
            policies=self.policies,
            series_breaks=self.settings.series_breaks,
        )
        return day_moments(
            self._read(samples.TABLE),
            self._read(sampling_frame.TABLE),
            verdicts,
            policies=self.policies,
            rungs=self.settings.labelling.rungs,
            estimation=self.settings.estimation,
            made_of="",
        )

    def require_fresh_moments(self, fingerprints: Mapping[str, str]) -> None:
        """Raise StaleMomentsError unless the day's moments are made of what has these `fingerprints`."""
        rows = self.recorded_moments().select("made_of").distinct().collect()
        if {row["made_of"] for row in rows} != {made_of_fingerprints(fingerprints, self.settings)}:
            raise StaleMomentsError(
                f"Table `prevalence_moments`: the rows of {self.ds} were made before its sample, its labels or the "
                "settings changed; run estimate_prevalence for the day (run_chain --from calibrate_labelers), then "
                "release it."
            )

    def recorded_moments(self) -> DataFrame:
        """The day's rows of `prevalence_moments`."""
        return self._moments().where(F.col("ds") == F.lit(self.ds))

    def _moments(self) -> DataFrame:
        return self.storage.read_design(prevalence_moments.TABLE, self.design_id)

    def _read(self, spec: TableSpec) -> DataFrame:
        return self.storage.read_design(spec, self.design_id, self.ds)

    def _of_design(self, rows: DataFrame | None) -> DataFrame | None:
        if rows is None or "design_id" not in rows.columns:
            return rows
        return rows.where(F.col("design_id") == self.design_id)
