"""The folder of one labeler's Batch-API files on one day: requests that go out, results that somebody puts in."""

from dataclasses import dataclass
from typing import Self

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.llm.llm_labeler import LlmLabeler
from lib.storage import Storage

_SEPARATOR = "/"


@dataclass(frozen=True)
class BatchFolder:
    """`requests` holds what was exported, by run and file; `results` the output and error files, under any name."""

    storage: Storage
    path: str

    @classmethod
    def of(cls, storage: Storage, labeler: LlmLabeler) -> Self:
        """The folder of `labeler` on the day of its run."""
        root = labeler.settings.batch_folder.rstrip("/")
        return cls(storage, f"{root}/ds={labeler.store.ds:%Y-%m-%d}/{labeler.labeler_id}")

    @property
    def requests_path(self) -> str:
        """Folder of the request files."""
        return f"{self.path}/requests"

    @property
    def results_path(self) -> str:
        """Folder of the result files."""
        return f"{self.path}/results"

    def exported(self) -> DataFrame | None:
        """All exported requests: custom_id, run, file; None if there are none."""
        lines = self.storage.read_lines(self.requests_path)
        if lines is None or "run" not in lines.columns:
            return None
        return lines.select(_custom_id().alias("custom_id"), F.col("run").cast("string").alias("run"), "file")

    def results(self) -> DataFrame | None:
        """All lines of results: line, custom_id (null if the line cannot be read); None if there are none."""
        lines = self.storage.read_lines(self.results_path)
        if lines is None:
            return None
        return lines.where(F.trim("value") != "").select(F.col("value").alias("line"), _custom_id().alias("custom_id"))

    def add_requests(self, lines: DataFrame) -> None:
        """Add the request files of one run: run, file, line."""
        self.storage.append_lines(lines, self.requests_path, partition_by=("run", "file"))


def custom_id(prompt_version: str, content_hash: str) -> str:
    """The name of a request, by which its result is known."""
    return f"{prompt_version}{_SEPARATOR}{content_hash}"


def content_hash_of(name: Column, *, prompt_version: str) -> Column:
    """The content_hash in the custom_id `name`; null if it is of another prompt."""
    start = f"{prompt_version}{_SEPARATOR}"
    return F.when(F.startswith(name, F.lit(start)), F.substring(name, len(start) + 1, len(start) + 1_000))


def _custom_id() -> Column:
    return F.get_json_object("value", "$.custom_id")
