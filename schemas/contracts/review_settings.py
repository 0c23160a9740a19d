"""How human review is handed out and taken in: queues, double review, hidden golden items, time."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.contracts.section import Probability, Section

# A queue's name becomes part of a file's name.
QueueName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class ReviewQueueLabelerSettings(Section):
    """People who answer tasks in Label Studio or in a CSV file: their labels are imported, not computed."""

    kind: Literal["review_queue"]
    folder: str = Field(
        min_length=1,
        description="Folder on the driver's (or a mounted) file system: tasks/ is written there, answers/ is read",
    )
    queues: dict[QueueName, list[str]] = Field(
        default_factory=dict, description="Queue to the ISO 639 codes of the languages that its reviewers read"
    )
    fallback_queue: QueueName = Field(default="general", description="Queue of units in any other or unknown language")
    adjudication_queue: QueueName = Field(
        default="adjudication", description="Queue of those who decide where two reviewers differ"
    )
    double_review_probability: Probability = Field(
        default=0.1, description="Probability with which a sampled unit gets a blind second review"
    )
    canary_probability: Probability = Field(
        default=0.05, description="Golden items hidden among the tasks, expected number per sampled unit"
    )
    minimum_positive_share: float = Field(
        default=0.05,
        ge=0,
        le=0.5,
        description="Share of likely violations in a queue below which golden ones are added, against fatigue",
    )
    likely_positive_score: Probability = Field(
        default=0.5, description="Highest score from which a unit without a label counts as a likely violation"
    )
    lifetime_days: float = Field(default=7.0, gt=0, description="Days from export after which an answer is too late")
    maximum_tasks: int = Field(
        default=20_000,
        ge=1,
        description="Tasks of a day and rung, all queues together, that the driver writes to files",
    )
    maximum_answers: int = Field(
        default=100_000, ge=1, description="Answers in the folder answers/ that the driver reads at once"
    )
    allows_private_image_hosts: bool = Field(
        default=False,
        description="Show reviewers images whose URL names a private address or host; only if all it can fetch is "
        "harmless",
    )
    has_byte_order_mark: bool = Field(
        default=False, description="Whether CSV files begin with a UTF-8 mark, for spreadsheets that guess encodings"
    )

    @model_validator(mode="after")
    def _routes_each_language_once(self) -> Self:
        languages = [language.lower() for spoken in self.queues.values() for language in spoken]
        repeated = sorted({language for language in languages if languages.count(language) > 1})
        if repeated:
            raise ValueError(f"`queues` has language `{repeated[0]}` twice; keep it in one queue")
        if self.adjudication_queue in {*self.queues, self.fallback_queue}:
            raise ValueError(f"`adjudication_queue` is `{self.adjudication_queue}`, a queue of reviewers; name another")
        return self
