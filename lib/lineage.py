"""What makes OpenLineage's Spark listener report the tables that each query reads and writes; nothing if it is off."""

from collections.abc import Mapping
from typing import Final

from schemas.contracts.operations_settings import LineageSettings

LISTENER: Final = "io.openlineage.spark.agent.OpenLineageSparkListener"
_LISTENERS: Final = "spark.extraListeners"
# These parts of an event quote plans, and plans quote values: of units, or of a person's key.
_LEFT_OUT: Final = ("spark.logicalPlan", "spark_unknown", "debug")


def lineage_properties(settings: LineageSettings, conf: Mapping[str, object]) -> dict[str, str]:
    """Spark properties of the listener beside those of `conf`, whose own listeners stay; none if it is off.

    Source: OpenLineage's documentation of its Spark integration, sections on configuration and transport.
    """
    if settings.transport is None:
        return {}
    own = [str(conf[_LISTENERS])] if _LISTENERS in conf else []
    properties = {
        _LISTENERS: ",".join([*own, LISTENER]),
        "spark.openlineage.transport.type": settings.transport,
        "spark.openlineage.namespace": settings.namespace,
    }
    if settings.transport == "file":
        properties["spark.openlineage.transport.location"] = str(settings.location)
    if settings.transport == "http":
        properties["spark.openlineage.transport.url"] = str(settings.url)
    return properties | {f"spark.openlineage.facets.{part}.disabled": "true" for part in _LEFT_OUT}


def lineage_packages(settings: LineageSettings) -> list[str]:
    """Maven coordinates that the listener needs."""
    return [] if settings.transport is None else [settings.package]
