"""The shape of conf/*.yaml: every setting with its meaning, unit and safe default."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

Probability = Annotated[float, Field(ge=0, le=1)]
Measure = Literal["units", "views"]
Estimator = Literal["horvitz_thompson", "hajek", "difference", "regression"]


class Section(BaseModel):
    """A part of the settings; unknown keys are refused, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class InputSettings(Section):
    """Where the three logs lie: `path`/`<log name>`, partitioned by ds."""

    path: str = Field(description="Folder or object-store prefix of the logs")
    format: Literal["parquet", "delta"] = "parquet"


class StorageSettings(Section):
    """Where tables are read and written."""

    warehouse: str = Field(description="Folder or object-store prefix of Plumbline's own Delta tables")
    input: InputSettings


class UnitSettings(Section):
    """How logs become interaction units."""

    id_key_variable: str = Field(
        default="PLUMBLINE_ID_KEY", description="Environment variable with the key that hashes user and session ids"
    )


class ScoringSettings(Section):
    """Where scores come from, and how the text scorer is trained."""

    source: Literal["text_scorer", "log_column"] = "text_scorer"
    training_window_days: int = Field(default=28, ge=1, description="Days of labels before the scored day")
    minimum_positives: int = Field(default=5, ge=2, description="Positives below which a model is not fitted")
    n_features: int = Field(default=65_536, ge=1_024, description="Length of the hashed feature vector")
    maximum_text_length: int = Field(default=20_000, ge=100, description="Characters of a text that are read")


class SamplingSettings(Section):
    """Which design draws the sample: the name of a file in conf/designs, or the path of another YAML file."""

    design: str = Field(default="daily", pattern=r"^[a-z0-9_]+$|\.yaml$")


class SimulatedLabelerSettings(Section):
    """A labeler that disturbs known truth with configured error rates; for demonstrations and audits."""

    kind: Literal["simulated"]
    truth_path: str = Field(description="Folder of unit_truth: query_id, response_id, policy, violating_components")
    sensitivity: dict[str, dict[str, Probability]] = Field(
        default_factory=dict, description="Policy (or `default`) to component to P(violating | violates)"
    )
    specificity: dict[str, Probability] = Field(
        default_factory=dict, description="Policy (or `default`) to P(not violating | does not violate)"
    )
    seed: int = 1


class FileLabelerSettings(Section):
    """Labels somebody else made: a table or CSV with unit_id, policy, verdict."""

    kind: Literal["file"]
    path: str
    format: Literal["csv", "parquet", "delta"] = "csv"


class RungSettings(Section):
    """One rung of the label ladder: who labels, and how many units climb to it."""

    rung: Literal["llm", "human", "gold"]
    labeler_id: str = Field(min_length=1)
    sample_size: int | None = Field(
        default=None, ge=1, description="Expected units per day that climb from the rung below; null: all of them"
    )
    labeler: SimulatedLabelerSettings | FileLabelerSettings = Field(discriminator="kind")


class LabellingSettings(Section):
    """The label ladder, lowest rung first."""

    rungs: list[RungSettings] = Field(min_length=1, max_length=3)
    seed: int = Field(default=20_260_101, description="Seed of the rungs' own random numbers")


class EstimationSettings(Section):
    """What is estimated and how."""

    measures: list[Measure] = Field(default=["units", "views"], min_length=1)
    segments: list[Literal["surface", "country", "language"]] = ["surface"]
    estimators: list[Estimator] = Field(default=["hajek", "regression"], min_length=1)
    published_estimator: Estimator = "regression"
    interval: Literal["wald", "logit", "wilson", "korn_graubard"] = "korn_graubard"
    confidence_level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95

    @field_validator("published_estimator")
    @classmethod
    def _is_computed(cls, value: str, info: ValidationInfo) -> str:
        computed = info.data.get("estimators", [value])
        if value not in computed:
            raise ValueError(f"it must be one of `estimators`, {', '.join(computed)}")
        return value


class ReportingSettings(Section):
    """Where the dashboard goes."""

    dashboard_path: str = Field(default="dashboard.html", description="HTML file, written by the driver")


class SparkSettings(Section):
    """How a session is built when no cluster provides one."""

    master: str | None = Field(default=None, description="For example local[2]; null: spark-submit decides")
    packages: list[str] = Field(default_factory=list, description="Maven coordinates that the session needs")
    excluded_packages: list[str] = Field(
        default_factory=list, description="Dependencies of packages that Spark itself already ships"
    )
    conf: dict[str, str | int | float | bool] = Field(default_factory=dict, description="Spark properties")


class Settings(Section):
    """All settings of a run."""

    storage: StorageSettings
    units: UnitSettings = UnitSettings()
    scoring: ScoringSettings = ScoringSettings()
    sampling: SamplingSettings = SamplingSettings()
    labelling: LabellingSettings
    estimation: EstimationSettings = EstimationSettings()
    reporting: ReportingSettings = ReportingSettings()
    spark: SparkSettings = SparkSettings()
