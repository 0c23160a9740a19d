"""Settings of monitoring: what is refused, and how."""

from datetime import date

import pytest
from pydantic import ValidationError

from schemas.contracts.monitoring_settings import MonitoringSettings


def test_one_familys_minimum_effect_leaves_the_others_as_they_are() -> None:
    settings = MonitoringSettings(minimum_effect={"prevalence": 0.3})
    assert settings.minimum_effect["prevalence"] == 0.3
    assert settings.minimum_effect["volume"] == MonitoringSettings().minimum_effect["volume"]
    assert settings.typical_variation == MonitoringSettings().typical_variation


TWICE = [{"name": "a", "url_variable": "A"}, {"name": "a", "url_variable": "B"}]


@pytest.mark.parametrize(("wrong", "message"), [
    ({"budget_shares": {"headline": 0.5, "segment": 0.1}}, "the shares sum to 0.6, they must sum to 1"),
    ({"excluded_days": [{"first_ds": date(2026, 3, 2), "last_ds": date(2026, 3, 1), "reason": "x"}]}, "is before"),
    ({"minimum_effect": {"prevalence": 0.0}}, "greater than 0"),
    ({"notifications": {"channels": TWICE}}, "differ"),
    ({"notifications": {"channels": [{"name": "a", "url_variable": "slack://token"}]}}, "url_variable"),
    ({"action": {"alert_id": "../x", "action": "acknowledge", "by": "ada"}}, "alert_id"),
])  # fmt: skip
def test_what_cannot_be_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        MonitoringSettings.model_validate(wrong)
