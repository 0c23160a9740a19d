"""How a run tells those who operate it what it did: metrics, log lines, lineage."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from schemas.contracts.section import Section

LogFormat = Literal["text", "json"]
LineageTransport = Literal["console", "file", "http"]


class OperationsSettings(Section):
    """What a run leaves behind for schedulers, dashboards of operations, and log collectors."""

    metrics_folder: str | None = Field(
        default=None,
        min_length=1,
        description="Folder on the driver's machine for Prometheus' textfile collector, one file per step; null: none",
    )
    log_format: LogFormat | None = Field(
        default=None,
        description="text: lines for people; json: one object a line. The environment variable PLUMBLINE_LOG_FORMAT "
        "goes before it; null and no variable: text",
    )


class LineageSettings(Section):
    """Whether OpenLineage's Spark listener reports which tables each query read and wrote."""

    transport: LineageTransport | None = Field(default=None, description="Where events go; null: no listener is there")
    namespace: str = Field(
        default="plumbline",
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9._:/-]*$",
        max_length=200,
        description="Namespace of the jobs",
    )
    package: str = Field(
        default="io.openlineage:openlineage-spark_2.13:1.53.0",
        pattern=r"^[\w.-]+:[\w.-]+:[\w.-]+$",
        description="Maven coordinate of the listener; the Scala version must be Spark's",
    )
    location: str | None = Field(
        default=None,
        min_length=1,
        validate_default=True,
        description="transport file: file on the driver's machine that events are added to",
    )
    url: str | None = Field(
        default=None,
        validate_default=True,
        description="transport http: address of the service, without user or key. Authentication stands in the file "
        "that the driver's environment variable OPENLINEAGE_CONFIG names",
    )

    @field_validator("url")
    @classmethod
    def _names_nobody(cls, value: str | None) -> str | None:
        if value is None:
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it must be an http or https address")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("it must hold no user, password or query: put authentication into OPENLINEAGE_CONFIG")
        return value

    @field_validator("url", "location")
    @classmethod
    def _is_of_the_transport(cls, value: str | None, info: ValidationInfo) -> str | None:
        wanted = {"file": "location", "http": "url"}.get(info.data.get("transport") or "")
        if value is None and info.field_name == wanted:
            raise ValueError(f"transport `{info.data['transport']}` needs it")
        return value
