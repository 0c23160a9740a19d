"""What reviewers get: pages, tasks and spreadsheets, with hostile content in them, and nothing that tells on a task."""

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.csv_cells import unshielded
from lib.labelling.redaction.redaction import Redaction
from lib.labelling.review_queue.csv_labels import read_csv_labels
from lib.labelling.review_queue.csv_tasks import csv_tasks
from lib.labelling.review_queue.label_studio_config import label_studio_config
from lib.labelling.review_queue.label_studio_tasks import label_studio_tasks, pins_html, task_data
from lib.labelling.review_queue.queue_files import read_answers, write_guidelines, write_task_files
from lib.labelling.review_queue.review_template import ReviewTemplate
from lib.labelling.review_queue.task_content import TaskFile, require_writable, tasks_by_file
from lib.settings import load_policies
from schemas.contracts.review_task import ReviewTask
from schemas.contracts.unit_content import PinContent
from schemas.errors import ConfigurationError, ContractError
from tests.labelling.review_queue.examples import DS, HOSTILE, VERSION, policy, review_task, task_id

POLICIES = ("adult_content", "harassment")


class _Page(HTMLParser):
    """The elements of an HTML text with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _elements(page: str) -> ET.Element:
    return ET.fromstring(page)  # noqa: S314 - our own text


@given(st.text(), st.text())
@pytest.mark.slow
def test_hostile_titles_and_addresses_stay_text(title: str, address: str) -> None:
    page = _Page(pins_html([PinContent(title=title, image_url="https://pins.example/" + address)]))
    assert {tag for tag, _ in page.elements} <= {"style", "figure", "img", "figcaption", "p"}
    assert all(not name.startswith("on") for _, attributes in page.elements for name in attributes)


@pytest.mark.parametrize(
    ("address", "is_shown"),
    [
        ("https://pins.example/1.png", True),
        ('http://pins.example/1.png?a="><script>', True),
        ("javascript:alert(1)", False),
        ("javascript://pins.example/%0aalert(1)", False),
        ("ftp://pins.example/1.png", False),
        ("data:image/svg+xml,<svg onload=alert(1)>", False),
        ("//pins.example/1.png", False),
        ("file:///etc/passwd", False),
        ("https://[broken", False),
        ("http://192.168.1.1/reboot", False),
        ("http://router.lan/1.png", False),
        ("https://user@pins.example/1.png", False),
        ("https://pins.example\\@127.0.0.1/1.png", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_images_and_they_are_blurred(address: str | None, is_shown: bool) -> None:
    text = pins_html([PinContent(title=HOSTILE, image_url=address)])
    page = _Page(text)
    images = [attributes for tag, attributes in page.elements if tag == "img"]
    assert [image["src"] for image in images] == ([address] if is_shown else [])
    assert all(image["tabindex"] == "0" for image in images)
    assert "img {max-width: 320px; filter: blur(24px)" in text
    assert HOSTILE in page.text


def test_images_of_ones_own_network_are_shown_only_where_the_settings_allow_it() -> None:
    shown = json.loads(label_studio_tasks([review_task(1)], allows_private_image_hosts=True))
    assert 'src="http://127.0.0.1/1.png"' in shown[0]["data"]["pins"]
    assert "<img" not in json.loads(label_studio_tasks([review_task(1)]))[0]["data"]["pins"]


def test_a_task_shows_content_and_nothing_else() -> None:
    (task,) = json.loads(label_studio_tasks([review_task(1, query=HOSTILE)]))
    assert set(task) == {"data"}
    assert set(task["data"]) == {"task_id", "prompt_version", "query", "response", "pins"}
    assert task["data"]["query"] == HOSTILE  # a variable of the page, shown as text
    assert task_data(review_task(1, query=None))["query"] == "(none)"
    # What can be in a task is what can be in its model: no purpose, scores, user, unit or verdict.
    assert set(ReviewTask.model_fields) == {"task_id", "prompt_version", "content"}


def test_the_page_asks_for_every_policy_and_shows_what_it_says() -> None:
    policies = [policy("adult_content"), policy("harassment")]
    page = _elements(label_studio_config(policies))
    choices = {element.get("name"): [c.get("value") for c in element] for element in page.iter("Choices")}
    assert choices["verdict-adult_content"] == ["violating", "not_violating", "cannot_tell"]
    assert choices["components-harassment"] == ["query", "response", "image", "combination"]
    assert choices["severity-harassment"] == ["rude", "threat"]
    assert len(choices) == 6
    assert all(element.get("required") == "true" for element in page.iter("Choices"))
    values = [element.get("value") or "" for element in page.iter()]
    # Only the task's own variables begin with a dollar.
    assert {value for value in values if "$" in value} == {"$query", "$response", "$pins"}
    assert any("<sentence> that costs \uff04price" in value for value in values)
    assert [panel.get("value") for panel in page.iter("Panel")] == [f"Policy: {p.title} 1.0" for p in policies]


@pytest.mark.slow
def test_every_part_of_the_written_policies_is_on_the_page_and_in_the_guidelines() -> None:
    template = ReviewTemplate.of(load_policies(), redaction_version="r1")
    shown = " ".join(e.get("value") or "" for e in _elements(template.label_studio_config).iter())
    for written in template.policies:
        lines = [written.definition, *written.violates, *written.does_not_violate, *written.combination_rules]
        lines += [case.why for case in written.edge_cases] + [level.meaning for level in written.severity_levels]
        for line in lines:
            assert " ".join(line.split()) in " ".join(shown.split())
            assert line in template.guidelines


def test_the_version_changes_with_what_reviewers_are_shown_and_not_with_the_order() -> None:
    one, two = policy("adult_content"), policy("harassment")
    version = ReviewTemplate.of([one, two], redaction_version="r1").prompt_version
    assert version.startswith("review-")
    assert ReviewTemplate.of([two, one], redaction_version="r1").prompt_version == version
    assert ReviewTemplate.of([one], redaction_version="r1").prompt_version != version
    assert (
        ReviewTemplate.of([policy("adult_content", definition="Else."), two], redaction_version="r1").prompt_version
        != version
    )


HOSTILE_CELLS = ["=1+1", '"', "a,b;c", "line\r\nbreak", "'=x", "\ufeffmark", "ok"]


@pytest.mark.parametrize("has_byte_order_mark", [True, False])
def test_a_csv_of_hostile_content_has_one_row_per_task_and_no_formula(has_byte_order_mark: bool) -> None:
    tasks = [review_task(n, query=cell, title=cell) for n, cell in enumerate(HOSTILE_CELLS, start=1)]
    text = csv_tasks(tasks, policies=POLICIES, has_byte_order_mark=has_byte_order_mark)
    assert text.startswith("\ufeff") == has_byte_order_mark
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert [row["task_id"] for row in rows] == [task_id(n) for n in range(1, len(tasks) + 1)]
    assert [unshielded(row["query"]) for row in rows] == HOSTILE_CELLS
    assert not [c for row in rows for c in row.values() if c.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {"verdict.harassment", "components.harassment", "severity.harassment", "reviewer"} <= set(rows[0])
    # Nobody has answered yet.
    assert read_csv_labels(text.removeprefix("\ufeff"), "tasks.csv") == []


def test_files_are_written_whole_by_queue_panel_and_wording(tmp_path: Path) -> None:
    rows = [
        {
            "task_id": task_id(n),
            "rung": "human",
            "queue": queue,
            "panel": panel,
            "prompt_version": VERSION,
            "query_text": HOSTILE,
            "response_text": None,
            "pins": [],
            "language": "en",
        }
        for n, queue, panel in ((3, "general", "a"), (1, "general", "a"), (2, "general", "b"), (4, "romance", "a"))
    ]
    files = tasks_by_file(rows, Redaction())
    assert files == tasks_by_file(rows[::-1], Redaction())  # the order says nothing
    assert [task.task_id for task in files[TaskFile("human", "general", "a", VERSION)]] == [task_id(1), task_id(3)]
    folder = str(tmp_path)
    for _ in range(2):
        write_task_files(folder, ds=DS, files=files, policies_of={VERSION: POLICIES}, has_byte_order_mark=False)
        write_guidelines(folder, ReviewTemplate.of([policy("adult_content")], redaction_version="r1"))
    names = sorted(path.name for path in (tmp_path / "tasks" / "2026-03-02").iterdir())
    stems = [f"human-{queue}-{VERSION}" for queue in ("general-a", "general-b", "romance-a")]
    assert names == sorted(f"{stem}.{kind}" for stem in stems for kind in ("json", "csv"))
    assert len(list((tmp_path / "guidelines").iterdir())) == 2
    assert len(json.loads((tmp_path / "tasks" / "2026-03-02" / names[1]).read_text())) == 2


def test_too_many_tasks_and_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    require_writable(3, maximum_tasks=3)
    with pytest.raises(ConfigurationError, match="`maximum_tasks` is 3"):
        require_writable(4, maximum_tasks=3)
    assert read_answers(str(tmp_path), maximum_answers=1) == []
    answers = tmp_path / "answers"
    answers.mkdir()
    (answers / ".hidden").write_text("x")
    faulty = {
        "a.xlsx": (b"PK", "only .json"),
        "b.json": (b"[{", "broken JSON"),
        "c.json": (b'[{"task_id": "1"}]', "not JSON-MIN"),
        "d.json": (b'{"annotations": []}', "not a list of tasks"),
        "e.csv": (b"task_id,reviewer\r\n", "column `prompt_version` is missing"),
        "f.csv": (b"task_id,prompt_version,reviewer\r\n", r"column `verdict\.<policy>` is missing"),
        "g.csv": ("vérdict".encode("latin-1"), "not UTF-8"),
        "h.json": (b"[" * 100_000, "nested too deep|broken JSON"),
    }
    for name, (content, complaint) in faulty.items():
        (answers / name).write_bytes(content)
        with pytest.raises(ContractError, match=complaint):
            read_answers(str(tmp_path), maximum_answers=1)
        (answers / name).unlink()
    (tmp_path / "secret.json").write_text("[]")
    (answers / "i.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(ContractError, match="a link or no ordinary file"):
        read_answers(str(tmp_path), maximum_answers=1)
    (answers / "i.json").unlink()
    annotation = {"id": 1, "completed_by": 1, "result": []}
    (answers / "ok.json").write_text(json.dumps([{"data": {}, "annotations": [annotation, annotation]}]))
    assert len(read_answers(str(tmp_path), maximum_answers=2)) == 2
    with pytest.raises(ConfigurationError, match="`maximum_answers` is 1"):
        read_answers(str(tmp_path), maximum_answers=1)
