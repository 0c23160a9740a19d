"""Files land in their folder under their own name, whole, whatever a name says and whatever lies there already."""

import contextlib
import stat
from pathlib import Path

import pytest

from lib.labelling.review_queue.queue_files import write_task_files
from lib.labelling.review_queue.task_content import TaskFile
from lib.settings import load_design, load_settings
from lib.whole_files import inside, write_whole
from schemas.contracts.labelling_settings import RungSettings
from schemas.contracts.policy import Policy
from schemas.contracts.review_settings import ReviewQueueLabelerSettings
from schemas.contracts.sampling_design import SamplingDesign
from schemas.errors import ConfigurationError
from tests.hostile_texts import QUERIES
from tests.labelling.review_queue.examples import DS, VERSION, policy, review_task

PATHS = (
    *QUERIES.values(), "..", ".", "", "...", "../x", "a/b", "a/../../b", "/x", "~", "~root", "C:x", "a\\b", ".hidden",
    "a\x00b", "a\nb", "a b", "x" * 300, "\u2025", "\uff0e\uff0e\uff0f", "a/", "con:", "-rf", "%2e%2e", "*", "a;b", "é",
)  # fmt: skip


@pytest.mark.parametrize("name", PATHS)
def test_a_name_that_could_lead_out_of_its_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is no name for a file in it"):
        inside(tmp_path, name)


@pytest.mark.parametrize("place", ["rung", "queue", "panel", "prompt_version"])
@pytest.mark.parametrize("name", PATHS)
def test_task_files_of_any_name_lie_in_the_folder_of_their_day_or_nowhere(
    name: str, place: str, tmp_path: Path
) -> None:
    file = TaskFile("human", "general", "a", VERSION)._replace(**{place: name})
    with contextlib.suppress(ConfigurationError):
        write_task_files(
            str(tmp_path / "queue"),
            ds=DS,
            files={file: [review_task(1)]},
            policies_of={file.prompt_version: ["spam"]},
            has_byte_order_mark=False,
        )
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.parent for path in written} <= {tmp_path / "queue" / "tasks" / f"{DS}"}


@pytest.mark.parametrize("name", ["a", "2026-03-02_0a1b.html", "human-general-a-review-01.json", "_x", "a..b"])
def test_names_as_plumbline_makes_them_are_taken(name: str, tmp_path: Path) -> None:
    assert inside(tmp_path, name) == tmp_path / name


@pytest.mark.parametrize("name", PATHS)
def test_conf_takes_no_such_name_where_a_path_is_made_of_it(name: str) -> None:
    labeler = {"kind": "file", "path": "x"}
    with pytest.raises(ValueError, match="labeler_id"):
        RungSettings.model_validate({"rung": "llm", "labeler_id": name, "labeler": labeler})
    with pytest.raises(ValueError, match="name"):
        SamplingDesign.model_validate({"name": name, "version": 1, "sample_size": 10, "seed": 1})
    with pytest.raises(ValueError, match="id"):
        Policy.model_validate(policy().model_dump() | {"id": name})
    with pytest.raises(ValueError, match="fallback_queue"):
        ReviewQueueLabelerSettings.model_validate({"kind": "review_queue", "folder": "q", "fallback_queue": name})
    with pytest.raises(ValueError, match="queues"):
        ReviewQueueLabelerSettings.model_validate({"kind": "review_queue", "folder": "q", "queues": {name: ["en"]}})
    with pytest.raises(ConfigurationError):
        load_settings(name)
    with pytest.raises(ConfigurationError):
        load_design(name)


def test_a_file_is_replaced_and_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("theirs")
    page = tmp_path / "new" / "page.html"
    page.parent.mkdir()
    page.symlink_to(elsewhere)
    write_whole(page, "ours é\n")
    assert (page.read_bytes(), page.is_symlink()) == ("ours é\n".encode(), False)
    assert elsewhere.read_text() == "theirs"
    write_whole(page, "ours again")
    assert page.read_text() == "ours again"
    assert [path.name for path in page.parent.iterdir()] == ["page.html"]
    ordinary = tmp_path / "ordinary"
    ordinary.write_text("")
    assert stat.S_IMODE(page.stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode)


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_whole(page, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(page, "half a character \ud800")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("page.html", "old")]
