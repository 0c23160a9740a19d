"""Breaks that are known, and versions that changed without anybody declaring it."""

from datetime import date

from lib.monitoring.detection.readings import StreamKey
from lib.monitoring.known_breaks import changed_versions, known_breaks
from lib.settings import load_settings

KEY = StreamKey("prevalence", "harassment", "units", "all", "all")
CONF = """monitoring={"breaks": [{"ds": "2026-03-09", "families": ["score", "index_gap"], "reason": "new scorer"}]}"""
BREAK = (
    'series_breaks=[{"ds": "2026-03-05", "policy": "harassment", "rung": "llm", "version_kind": "prompt_version", '
    '"old_version": "a", "new_version": "b", "reason": "shorter prompt"}]'
)


def test_breaks_come_from_conf_and_from_the_table() -> None:
    settings = load_settings(assignments=[CONF, BREAK])
    documented = [{"ds": date(2026, 2, 1), "policy": "self_harm", "reason": "policy text"}]
    found = known_breaks(settings, documented)
    assert [(known.ds, known.policy, known.reason) for known in found] == [
        (date(2026, 2, 1), "self_harm", "policy text"),
        (date(2026, 3, 5), "harassment", "shorter prompt"),
        (date(2026, 3, 9), None, "new scorer"),
    ]
    concerned = [[known.concerns(key) for known in found] for key in (
        KEY, KEY._replace(family="labeler"), KEY._replace(family="score"), KEY._replace(family="volume"),
    )]  # fmt: skip
    assert concerned == [[False, True, False], [False, True, False], [False, False, True], [False, False, False]]


def test_versions_that_changed_about_a_beginning_are_named() -> None:
    def released(day: int, prompts: list[str], text: str) -> dict[str, object]:
        return {
            "ds": date(2026, 3, day),
            "prompt_versions": prompts,
            "policies": [("harassment", text), ("other", "z")],
        }

    rows = [released(4, ["q"], "1"), released(1, ["p"], "1"), released(2, ["p"], "1"), released(5, ["q"], "2")]
    found = changed_versions(rows, policy="harassment", first=date(2026, 3, 2), last=date(2026, 3, 5))
    assert found == ["prompt version on 2026-03-04", "text of the policy on 2026-03-05"]
    assert changed_versions(rows, policy="other", first=date(2026, 3, 5), last=date(2026, 3, 9)) == []
