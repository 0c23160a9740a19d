"""Settings of a review queue: few are needed, and a contradiction is refused in one sentence."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lib.settings import load_settings
from schemas.contracts.review_settings import ReviewQueueLabelerSettings
from schemas.errors import ConfigurationError


def _labeler(tmp_path: Path, **changes: Any) -> ReviewQueueLabelerSettings:
    labeler = {"kind": "review_queue", "folder": "/shared/review", **changes}
    rung = {"rung": "human", "labeler_id": "reviewers", "labeler": labeler}
    (tmp_path / "conf.yaml").write_text(yaml.safe_dump({"labelling": {"rungs": [rung]}}))
    (loaded,) = load_settings("local", [tmp_path / "conf.yaml"]).labelling.rungs
    assert loaded.is_labelled_by_import
    assert isinstance(loaded.labeler, ReviewQueueLabelerSettings)
    return loaded.labeler


def test_a_folder_is_enough(tmp_path: Path) -> None:
    labeler = _labeler(tmp_path)
    assert (labeler.double_review_probability, labeler.canary_probability, labeler.lifetime_days) == (0.1, 0.05, 7.0)
    assert all(field.description for name, field in type(labeler).model_fields.items() if name != "kind")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"queues": {"romance": ["es", "FR"], "french": ["fr"]}}, "language `fr` twice"),
        ({"queues": {"experts": ["es"]}, "adjudication_queue": "experts"}, "a queue of reviewers"),
        ({"adjudication_queue": "general"}, "a queue of reviewers"),
        ({"fallback_queue": "../../etc"}, "fallback_queue"),
        ({"double_review_probability": 1.5}, "double_review_probability"),
        ({"minimum_positive_share": 0.9}, "minimum_positive_share"),
        ({"lifetime_days": 0}, "lifetime_days"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        _labeler(tmp_path, **changes)
