"""Prometheus' rules ask only for metrics, labels and values that steps write, and point at chapters that exist."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs import run_chain
from lib.progress import EXIT_STATES
from lib.step_metrics import METRICS
from scripts.write_deployments import SOURCE
from tests.test_architecture import ON_DEMAND

ROOT = Path(__file__).resolve().parents[3]
RULES = yaml.safe_load((SOURCE / "prometheus" / "alert_rules.yml").read_text(encoding="utf-8"))
PROMTOOL = os.environ.get("PLUMBLINE_PROMTOOL") or shutil.which("promtool")
ALERTS: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
_METRIC = re.compile(r"plumbline_[a-z_]+")
_MATCHER = re.compile(r'([a-z_]+)\s*=~?\s*"([^"]*)"')
VALUES = {
    "step": {*run_chain.STEPS, *ON_DEMAND},
    "state": set(EXIT_STATES),
    "status": {"released", "held"},
    "outcome": {"failed", "held", "warned"},
}


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_file_has_the_shape_of_rules() -> None:
    assert set(RULES) == {"groups"}
    for group in RULES["groups"]:
        assert set(group) == {"name", "rules"}
    names = [rule["alert"] for rule in ALERTS]
    assert len(names) == len(set(names)) >= 6


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_there_is(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    asked = set(_METRIC.findall(rule["expr"]))
    assert asked
    assert asked <= set(METRICS)
    for label, values in _MATCHER.findall(rule["expr"]):
        assert set(values.split("|")) <= VALUES[label], (label, values)
    assert rule["expr"].count("(") == rule["expr"].count(")")


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_leads_to_a_chapter_of_the_runbook(rule: dict[str, Any]) -> None:
    file, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor in _anchors((ROOT / file).read_text(encoding="utf-8"))


@pytest.mark.skipif(PROMTOOL is None, reason="promtool, part of Prometheus, is not installed")
def test_prometheus_itself_fires_each_alert_when_it_should_and_none_on_a_healthy_day(tmp_path: Path) -> None:
    shutil.copy(SOURCE / "prometheus" / "alert_rules.yml", tmp_path)
    shutil.copy(Path(__file__).with_name("alert_rules_test.yml"), tmp_path)
    command = [str(PROMTOOL), "test", "rules", "alert_rules_test.yml"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_prometheus_is_asked_about_every_alert_both_ways() -> None:
    asked = yaml.safe_load(Path(__file__).with_name("alert_rules_test.yml").read_text(encoding="utf-8"))
    healthy, broken = (
        {t["alertname"]: bool(t["exp_alerts"]) for t in test["alert_rule_test"]} for test in asked["tests"]
    )
    assert healthy == {rule["alert"]: False for rule in ALERTS}
    assert broken == {rule["alert"]: True for rule in ALERTS}
