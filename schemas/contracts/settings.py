"""The shape of conf/*.yaml: every setting with its meaning, unit and safe default."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from schemas.contracts.calibration_settings import CalibrationSettings
from schemas.contracts.evaluation_settings import EvaluationSettings
from schemas.contracts.labelling_settings import LabellingSettings
from schemas.contracts.maintenance_settings import MaintenanceSettings
from schemas.contracts.monitoring_settings import MonitoringSettings
from schemas.contracts.operations_settings import LineageSettings, OperationsSettings
from schemas.contracts.privacy_settings import PrivacySettings
from schemas.contracts.quality_settings import QualitySettings
from schemas.contracts.release_settings import ReleaseSettings
from schemas.contracts.section import Probability, Section
from schemas.contracts.series_break import SeriesBreakSettings
from schemas.contracts.streaming_settings import StreamingSettings

Measure = Literal["units", "views"]
Estimator = Literal["horvitz_thompson", "hajek", "difference", "regression"]
Interval = Literal["wald", "logit", "wilson", "korn_graubard", "gamma", "gamma_mid_p", "split_gamma"]


class InputSettings(Section):
    """Where the three logs lie: `path`/`<log name>`, partitioned by ds."""

    path: str = Field(description="Folder or object-store prefix of the logs")
    format: Literal["parquet", "delta", "json"] = Field(
        default="parquet", description="json: one object a line, in folders ds=YYYY-MM-DD; times as ISO 8601 strings"
    )


class StorageSettings(Section):
    """Where tables are read and written."""

    warehouse: str = Field(description="Folder or object-store prefix of Plumbline's own Delta tables")
    input: InputSettings


class UnitSettings(Section):
    """How logs become interaction units."""

    id_key_variable: str = Field(
        default="PLUMBLINE_ID_KEY", description="Environment variable with the key that hashes user and session ids"
    )
    previous_id_key_variables: list[str] = Field(
        default_factory=list,
        description="Variables with earlier keys, under which jobs/erase_user.py finds a person's older rows",
    )
    maximum_deliveries_per_key: int = Field(
        default=100_000,
        ge=1,
        description="Records of one query_id in query_log or response_log, or of one response_id in pin_log, that are "
        "joined; the surplus is quarantined, because a group is held in memory",
    )
    maximum_bytes_per_key: int = Field(
        default=32 * 1024**2,
        ge=1024,
        description="Bytes of text in them after which no further record is joined, for the same reason",
    )


class ScoringSettings(Section):
    """Where scores come from, and how the text scorer is trained."""

    source: Literal["text_scorer", "log_column"] = "text_scorer"
    training_window_days: int = Field(default=28, ge=1, description="Days of labels before the scored day")
    minimum_positives: int = Field(default=5, ge=2, description="Positives below which a model is not fitted")
    n_features: int = Field(default=65_536, ge=1_024, description="Length of the hashed feature vector")
    maximum_text_length: int = Field(default=20_000, ge=100, description="Characters of a text that are read")
    image_embedding_length: int = Field(
        default=0,
        ge=0,
        le=4_096,
        description="Numbers in `image_embedding` of the Pin log, from which the text scorer learns about images too; "
        "0: there are none, and the column is never read",
    )

    @property
    def learns_from_images(self) -> bool:
        """Whether the day's scores, and so its scorer and its sample, need the embeddings in the Pin log."""
        return self.source == "text_scorer" and self.image_embedding_length > 0


class SamplingSettings(Section):
    """Which design draws the sample: the name of a file in conf/designs, or the path of another YAML file."""

    design: str = Field(default="daily", pattern=r"^[a-z0-9_]+$|\.yaml$")


class EstimationSettings(Section):
    """What is estimated and how."""

    measures: list[Measure] = Field(default=["units", "views"], min_length=1)
    segments: list[Literal["surface", "country", "language"]] = Field(default=["surface"])
    estimators: list[Estimator] = Field(default=["hajek", "regression"], min_length=1)
    published_estimator: Estimator = "regression"
    interval: Interval = "split_gamma"
    confidence_level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    response_cells: list[Literal["verdict_below", "score_class", "stratum", "surface", "country", "language"]] = Field(
        default=["verdict_below", "score_class", "stratum"],
        min_length=1,
        description="Weighting cells of missing labels, most important variable first; segments must be in `segments`",
    )
    minimum_respondents: int = Field(
        default=5, ge=1, description="Verdicts below which a weighting cell that lacks some is merged with a neighbour"
    )
    maximum_missing_label_rate: Probability = Field(
        default=0.1,
        description="Weighted share of missing labels on any rung above which a number is held: were the missing twice "
        "as often violating as their cell, a rate of 0.1 would bias the number by a tenth, as much as sampling error",
    )

    @field_validator("response_cells")
    @classmethod
    def _segments_are_known(cls, value: list[str], info: ValidationInfo) -> list[str]:
        known = {"verdict_below", "score_class", "stratum", *info.data.get("segments", [])}
        if unknown := [name for name in value if name not in known]:
            raise ValueError(f"`{unknown[0]}` must also be one of `segments`: samples carry no other ones")
        return value

    @field_validator("published_estimator")
    @classmethod
    def _is_computed(cls, value: str, info: ValidationInfo) -> str:
        computed = info.data.get("estimators", [value])
        if value not in computed:
            raise ValueError(f"it must be one of `estimators`, {', '.join(computed)}")
        return value


class PlanningSettings(Section):
    """How samples are planned, and their plans checked against what came of them."""

    wanted_relative_error: float = Field(default=0.1, gt=0, description="Standard error / prevalence to be reached")
    budget_multiples: list[Annotated[float, Field(gt=0)]] = Field(
        default=[0.25, 0.5, 2, 4], description="Multiples of the configured budget to plan beside it"
    )
    currency: str = Field(default="EUR", min_length=1, description="Unit of cost_per_label and of money")
    money: float | None = Field(
        default=None, gt=0, description="Amount per day to split between the rungs; null: what the configured ones cost"
    )
    split_objective: Literal["sum_of_squares", "worst"] = Field(
        default="sum_of_squares", description="What the split makes smallest, of the relative errors of all policies"
    )
    change_level: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        default=0.95, description="Confidence level at which a change between periods counts as seen"
    )
    change_power: Annotated[float, Field(ge=0.5, lt=1)] = Field(
        default=0.8, description="Probability with which it is to be seen"
    )
    window_days: int = Field(default=28, ge=1, description="Days before the planned one whose results correct the plan")
    assumed_sensitivity: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.8, description="P(violating | the rung above says so), until labels of both rungs are there"
    )
    assumed_specificity: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.995, description="P(not violating | the rung above says so), until labels of both rungs are there"
    )
    alarm_significance: Annotated[float, Field(gt=0, le=0.5)] = Field(
        default=0.05, description="Chance that any policy's plan is called broken in a period although all are well"
    )


class AuditSettings(Section):
    """How the configured design is audited on a day's frame."""

    maximum_units: int = Field(
        default=200_000, ge=10_000, description="Units of the frame that the audit rests on; they stand for all"
    )
    n_replicates: int = Field(
        default=1_000, ge=100, description="Samples per scenario; a coverage of 0.95 is then known to 0.007"
    )
    seed: int = Field(default=1, ge=0, description="Seed of the audit's own random numbers")


class ReportingSettings(Section):
    """Where the dashboard and the pages beside it go, and how much it holds."""

    dashboard_path: str = Field(default="dashboard.html", description="HTML file, written by the driver")
    browser: str | None = Field(
        default=None,
        min_length=1,
        description="Chromium that prints the weekly summary to PDF, a name on the PATH or a path; null: the first of "
        "chromium, chromium-browser, google-chrome, chrome. Without one the summary is HTML alone",
    )
    minimum_segment_labels: int = Field(
        default=100,
        ge=1,
        description="Units with a verdict on the lowest rung in use below which the figure of a surface, country or "
        "language is not shown: the page names it under `too few labels`",
    )
    maximum_days: int = Field(default=92, ge=7, description="Last days that have a figure of their own on the page")
    maximum_weeks: int = Field(default=53, ge=2, description="Last weeks on the page, of the whole population")
    maximum_segment_weeks: int = Field(
        default=13, ge=2, description="Last weeks on the page by surface, country, language and component"
    )
    maximum_segment_values: int = Field(
        default=30, ge=1, description="Largest values of a segment on the page; it says how many there are besides"
    )


class SparkSettings(Section):
    """How a session is built when no cluster provides one."""

    master: str | None = Field(default=None, description="For example local[2]; null: spark-submit decides")
    packages: list[str] = Field(default_factory=list, description="Maven coordinates that the session needs")
    excluded_packages: list[str] = Field(
        default_factory=list, description="Dependencies of packages that Spark itself already ships"
    )
    conf: dict[str, str | int | float | bool] = Field(default_factory=dict, repr=False, description="Spark properties")
    lineage: LineageSettings = LineageSettings()


class Settings(Section):
    """All settings of a run."""

    storage: StorageSettings
    units: UnitSettings = UnitSettings()
    scoring: ScoringSettings = ScoringSettings()
    sampling: SamplingSettings = SamplingSettings()
    labelling: LabellingSettings
    estimation: EstimationSettings = EstimationSettings()
    planning: PlanningSettings = PlanningSettings()
    calibration: CalibrationSettings = CalibrationSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    quality: QualitySettings = QualitySettings()
    release: ReleaseSettings = ReleaseSettings()
    monitoring: MonitoringSettings = MonitoringSettings()
    privacy: PrivacySettings = PrivacySettings()
    audit: AuditSettings = AuditSettings()
    reporting: ReportingSettings = ReportingSettings()
    streaming: StreamingSettings = StreamingSettings()
    series_breaks: list[SeriesBreakSettings] = Field(
        default_factory=list, description="Changes of policy or prompt that jobs/estimate_break.py measures"
    )
    operations: OperationsSettings = OperationsSettings()
    maintenance: MaintenanceSettings = MaintenanceSettings()
    spark: SparkSettings = SparkSettings()

    @field_validator("privacy")
    @classmethod
    def _keeps_content_while_it_is_read(cls, value: PrivacySettings, info: ValidationInfo) -> PrivacySettings:
        for section, window in (("scoring", "training_window_days"), ("calibration", "window_days")):
            days = getattr(info.data.get(section), window, 0)
            if value.content_days < days:
                raise ValueError(
                    f"`content_days` is {value.content_days}, and {section}.{window} has texts of {days} days read; "
                    "shorten that window, or keep content for as long"
                )
        return value
