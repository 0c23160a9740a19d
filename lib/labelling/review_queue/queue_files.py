"""The queue's folder: tasks/ and guidelines/ are written here, answers/ is read.

The driver writes and reads: a queue is as long as its reviewers can work in a day, and Label Studio imports one JSON
array, not the parts that Spark would write. `maximum_tasks` and `maximum_answers` say when that stops being true.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from lib.labelling.review_queue.csv_labels import read_csv_labels
from lib.labelling.review_queue.csv_tasks import csv_tasks
from lib.labelling.review_queue.label_studio_annotations import read_label_studio_annotations
from lib.labelling.review_queue.label_studio_tasks import label_studio_tasks
from lib.labelling.review_queue.review_template import ReviewTemplate
from lib.labelling.review_queue.task_content import TaskFile
from lib.whole_files import inside, write_whole
from schemas.contracts.review_task import ReviewAnswer, ReviewTask
from schemas.errors import ConfigurationError, ContractError

_LONGEST_FILE = 500_000_000
_READERS = {".json": read_label_studio_annotations, ".csv": read_csv_labels}


def write_task_files(
    folder: str,
    *,
    ds: date,
    files: Mapping[TaskFile, Sequence[ReviewTask]],
    policies_of: Mapping[str, Sequence[str]],
    has_byte_order_mark: bool,
    allows_private_image_hosts: bool = False,
) -> None:
    """Write each file's tasks as tasks/<ds>/<rung>-<queue>-<panel>-<prompt version>.json and .csv.

    `policies_of` is prompt version to the policies that its tasks ask for. A file appears whole or not at all.
    """
    for file, tasks in files.items():
        of_day = Path(folder) / "tasks" / f"{ds:%Y-%m-%d}"
        as_json = label_studio_tasks(tasks, allows_private_image_hosts=allows_private_image_hosts)
        write_whole(inside(of_day, f"{file.stem}.json"), as_json)
        policies = policies_of[file.prompt_version]
        rows = csv_tasks(tasks, policies=policies, has_byte_order_mark=has_byte_order_mark)
        write_whole(inside(of_day, f"{file.stem}.csv"), rows)


def write_guidelines(folder: str, template: ReviewTemplate) -> None:
    """Write guidelines/<prompt version>.xml, Label Studio's labelling configuration, and .md, the written policies."""
    guidelines, version = Path(folder) / "guidelines", template.prompt_version
    write_whole(inside(guidelines, f"{version}.xml"), template.label_studio_config)
    write_whole(inside(guidelines, f"{version}.md"), template.guidelines)


def read_answers(folder: str, *, maximum_answers: int) -> list[ReviewAnswer]:
    """Every answer in answers/*.json (Label Studio's export) and answers/*.csv, in the order of file names.

    Hidden files are left out. Raises ContractError for a file of another kind or one that cannot be read as what it is,
    and ConfigurationError for more than `maximum_answers`.
    """
    answers: list[ReviewAnswer] = []
    for path in sorted((Path(folder) / "answers").glob("*")):
        if path.name.startswith(".") or path.is_dir():
            continue
        reader = _READERS.get(path.suffix.lower())
        if reader is None:
            raise ContractError(
                f"File {path}: only .json (Label Studio's JSON export) and .csv can be read; "
                "save it as one of them or take it out of the folder."
            )
        if path.is_symlink() or not path.is_file():
            raise ContractError(f"File {path}: it is a link or no ordinary file; put a copy of the answers there.")
        # A name that is not UTF-8 must not keep its answers out of a table.
        answers += reader(_text(path), path.name.encode("utf-8", "replace").decode("utf-8"))
        if len(answers) > maximum_answers:
            raise ConfigurationError(
                f"Field `maximum_answers` is {maximum_answers}, and {path.parent} holds more; move files that are "
                "imported to another folder, or raise it."
            )
    return answers


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST_FILE + 1)
        if len(content) > _LONGEST_FILE:
            raise ContractError(f"File {path}: it has more than {_LONGEST_FILE:,} bytes; export it in parts.")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContractError(f"File {path}: it is not UTF-8 text, at byte {error.start}; save it as UTF-8.") from error
