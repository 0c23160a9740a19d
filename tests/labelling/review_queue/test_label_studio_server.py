"""Our page, tasks and reader against a real Label Studio process; `make test-labelstudio` says where it is."""

import os
from pathlib import Path

import pytest

from tests.labelling.review_queue.label_studio_server import LabelStudio, annotation, running_server
from tests.labelling.review_queue.review_scenario import FIFTH, play, require_expected, set_up

EXECUTABLE = os.environ.get("PLUMBLINE_LABEL_STUDIO")


@pytest.mark.skipif(EXECUTABLE is None, reason="PLUMBLINE_LABEL_STUDIO names no label-studio; make test-labelstudio")
def test_two_reviewers_in_a_real_label_studio(tmp_path: Path) -> None:
    with running_server(str(EXECUTABLE), tmp_path) as address:
        first, second = LabelStudio(address, "first@example.org"), LabelStudio(address, "second@example.org")
        project, numbers = set_up(first)

        def answer_fifth() -> None:
            first.call(f"/api/tasks/{numbers[5]}/annotations/", annotation(FIFTH))

        require_expected(*play(first, second, project, numbers, answer_fifth))
