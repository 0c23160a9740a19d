"""Lineage is off by default; switched on, session and submit line carry the same listener and nothing confidential."""

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from lib import session
from lib.lineage import LISTENER, lineage_packages, lineage_properties
from lib.session import build_session
from lib.settings import load_settings
from schemas.contracts.operations_settings import LineageSettings
from schemas.errors import ConfigurationError
from scripts.print_submit_line import submission

COORDINATE = "io.openlineage:openlineage-spark_2.13:1.53.0"
FILE = "spark.lineage={transport: file, location: /var/lineage.jsonl, namespace: safety}"
PROPERTIES = {
    "spark.extraListeners": LISTENER,
    "spark.openlineage.transport.type": "file",
    "spark.openlineage.transport.location": "/var/lineage.jsonl",
    "spark.openlineage.namespace": "safety",
    "spark.openlineage.facets.spark.logicalPlan.disabled": "true",
    "spark.openlineage.facets.spark_unknown.disabled": "true",
    "spark.openlineage.facets.debug.disabled": "true",
}


class _Builder:
    """Notes what a session's builder is told."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}

    def appName(self, _: str) -> "_Builder":  # noqa: N802 - Spark's name
        return self

    def master(self, _: str) -> "_Builder":
        return self

    def config(self, name: str, value: str) -> "_Builder":
        self.said[name] = value
        return self

    def getOrCreate(self) -> "_Builder":  # noqa: N802 - Spark's name
        return self


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the next session is told."""
    builder = _Builder()
    monkeypatch.setattr(session, "SparkSession", type("Session", (), {"builder": builder}))
    for name in ("PYSPARK_GATEWAY_PORT", "SPARK_REMOTE"):
        monkeypatch.delenv(name, raising=False)
    return builder.said


def _settings(*assignments: str) -> Any:
    return load_settings(assignments=assignments).spark


def test_it_is_off_by_default(said: dict[str, str]) -> None:
    build_session(_settings(), app_name="x")
    assert not [name for name in said if "openlineage" in name or "Listeners" in name]
    assert COORDINATE not in said.get("spark.jars.packages", "")
    assert lineage_packages(LineageSettings()) == []
    assert lineage_properties(LineageSettings(), {}) == {}


def test_a_session_of_our_own_gets_listener_and_package(said: dict[str, str]) -> None:
    build_session(_settings(FILE), app_name="x")
    assert {name: said[name] for name in PROPERTIES} == PROPERTIES
    assert said["spark.jars.packages"].split(",")[-1] == COORDINATE


def test_the_submit_line_carries_the_same(tmp_path: Path) -> None:
    conf = tmp_path / "mine.yaml"
    conf.write_text("spark: {lineage: {transport: file, location: /var/lineage.jsonl, namespace: safety}}")
    submitted = submission(
        job="draw_sample", ds="2026-03-02", environment="cluster", archive=Path("x.zip"), conf_files=[conf]
    )
    assert submitted.packages[-1] == COORDINATE
    assert submitted.conf.items() >= PROPERTIES.items()
    assert all(f"{name}={value}" in submitted.words() for name, value in PROPERTIES.items())


def test_listeners_of_conf_stay() -> None:
    found = lineage_properties(LineageSettings(transport="console"), {"spark.extraListeners": "org.example.Mine"})
    assert found["spark.extraListeners"] == f"org.example.Mine,{LISTENER}"
    assert found["spark.openlineage.transport.type"] == "console"


def test_a_client_of_spark_connect_says_that_it_cannot(said: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_REMOTE", "sc://127.0.0.1:1")
    with capture_logs() as lines:
        build_session(_settings(FILE), app_name="x")
    assert not [name for name in said if "openlineage" in name]
    assert lines[0]["event"].startswith("Lineage is not reported: spark.lineage is set, and under Spark Connect")


@pytest.mark.parametrize(
    ("lineage", "reason"),
    [
        ("{transport: file}", "field `spark.lineage.location` is `None`: transport `file` needs it"),
        ("{transport: http}", "field `spark.lineage.url` is `None`: transport `http` needs it"),
        ("{transport: http, url: 'ftp://x/y'}", "it must be an http or https address"),
        ("{transport: http, url: 'https://me:pw@x'}", "put authentication into OPENLINEAGE_CONFIG"),
        ("{transport: http, url: 'https://x?api_key=1'}", "put authentication into OPENLINEAGE_CONFIG"),
        ("{transport: kafka}", "Input should be 'console', 'file' or 'http'"),
        ("{package: 'x'}", "String should match pattern"),
    ],
)
def test_what_cannot_work_is_refused(lineage: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=r"spark\.lineage") as refused:
        load_settings(assignments=[f"spark.lineage={lineage}"])
    assert reason in str(refused.value)
    assert ":pw@" not in str(refused.value)
