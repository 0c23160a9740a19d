"""A rung labelled by a language model: where it is, what it may cost, how it is asked."""

from typing import Any, Literal

from pydantic import Field, field_validator

from schemas.contracts.section import Section

OURS = {"model", "messages", "response_format", "max_tokens", "max_completion_tokens", "temperature", "seed", "n"}


class LlmLabelerSettings(Section):
    """A language model behind any OpenAI-compatible endpoint; its URL and key come from the environment."""

    kind: Literal["llm"]
    model: str = Field(min_length=1, description="Model, by the name its server knows")
    mode: Literal["online", "batch_files"] = Field(
        default="online", description="Ask while labelling, or only read what jobs/import_llm_batch.py brought in"
    )
    url_variable: str = Field(
        default="PLUMBLINE_LLM_URL", min_length=1, description="Environment variable with the base URL, up to /v1"
    )
    key_variable: str | None = Field(
        default="PLUMBLINE_LLM_KEY",
        description="Environment variable of the executors with the key; null for a server that asks for none",
    )
    price_per_million_input_tokens: float = Field(ge=0, description="In planning.currency; 0 for a server of your own")
    price_per_million_output_tokens: float = Field(ge=0, description="In planning.currency; 0 for a server of your own")
    maximum_cost: float = Field(
        default=20.0, gt=0, description="In planning.currency, for all answers on one day's sample, whenever it is run"
    )
    image_limit: int = Field(default=4, ge=0, le=50, description="Pictures of a unit that are shown to the model")
    allows_private_image_hosts: bool = Field(
        default=False,
        description="Show pictures whose URL names a private address or host; only if all it can fetch is harmless",
    )
    maximum_output_tokens: int = Field(default=2_000, ge=1, description="Tokens of one answer; a longer one is invalid")
    output_limit_parameter: Literal["max_tokens", "max_completion_tokens"] = Field(
        default="max_tokens",
        description="Name of that limit in the request: hosted reasoning models want max_completion_tokens, and say so",
    )
    answer_format: Literal["json_schema", "json_object_schema", "json_object", "text"] = Field(
        default="json_schema",
        description="What the server understands as response_format; json_object_schema is llama-cpp-python's form",
    )
    temperature: float | None = Field(default=0.0, ge=0, le=2, description="null: the model's own, never sent")
    seed: int | None = Field(default=1, description="Sampling seed; null: never sent")
    n_reasks: int = Field(default=1, ge=0, le=3, description="Times that an invalid answer is asked for again, online")
    reask_temperature: float = Field(default=0.7, ge=0, le=2, description="Instead of `temperature`, if that is set")
    extra_body: dict[str, Any] = Field(
        default_factory=dict, repr=False, description="Further fields of the request that only some servers know"
    )
    request_timeout: float = Field(
        default=60.0, gt=0, description="Seconds without a sign of life; an answer may trickle in for twice as long"
    )
    n_retries: int = Field(default=4, ge=0, le=20, description="Retries after 429, 5xx, time-outs, lost connections")
    n_concurrent: int = Field(default=8, ge=1, le=1_000, description="Requests in flight per partition")
    n_partitions: int = Field(default=2, ge=1, description="Partitions that ask at the same time, if cores are free")
    batch_size: int = Field(
        default=500, ge=1, le=10_000, description="Contents asked between two commits: what a kill may lose"
    )
    stop_after_failures: int = Field(
        default=20, ge=1, description="Failures in a row, in a partition, after which it asks no more in this run"
    )
    batch_folder: str = Field(
        default="warehouse/llm_batches", description="Folder or object-store prefix of Batch-API files"
    )
    batch_price_factor: float = Field(default=0.5, gt=0, le=1, description="Price of a batched over an online token")
    maximum_requests_per_file: int = Field(default=50_000, ge=1, le=50_000, description="Of a Batch-API file")
    maximum_bytes_per_file: int = Field(
        default=190_000_000, ge=100_000, le=200_000_000, description="Of a Batch-API file"
    )

    @field_validator("extra_body")
    @classmethod
    def _leaves_ours_alone(cls, value: dict[str, Any]) -> dict[str, Any]:
        if taken := sorted(OURS & set(value)):
            raise ValueError(f"`{taken[0]}` is set by the labeler itself; use its own setting or leave it out")
        return value
