"""An engine's words for a damaged file or a full disk become one sentence that names the table and the remedy."""

import errno

import pytest

from lib.storage_faults import damage_named, named_fault
from schemas.contracts.settings import InputSettings, StorageSettings
from schemas.errors import DamagedDataError, StorageFullError

SETTINGS = StorageSettings(warehouse="/data/plumbline/", input=InputSettings(path="s3a://bucket/logs"))
READING = "[FAILED_READ_FILE.NO_HINT] Encountered error while reading file"
REMEDY = (
    "A file of a log: have it delivered again. A file of the warehouse: restore it from a backup, or run the step that "
    "writes the table for that day again. Then go on with this step."
)


@pytest.mark.parametrize(
    ("address", "table"),
    [
        ("file:/data/plumbline/samples/ds=2026-03-02/part-0.parquet", "Table `samples`"),
        ("s3a://bucket/logs/pin_log/ds=2026-03-02/part-1.snappy.parquet", "Table `pin_log`"),
        ("file:///elsewhere/truth/a.parquet", "Data that conf names"),
    ],
)
def test_a_file_that_cannot_be_read(address: str, table: str) -> None:
    said = (
        f"An error occurred while calling o1.save.\n: org.apache.spark.SparkException: {READING} {address}.  SQLSTATE"
    )
    found = named_fault(RuntimeError(f"{said}: KD001\n\tat org.apache.spark"), SETTINGS)
    assert isinstance(found, DamagedDataError)
    assert str(found) == f"{table}: file {address} cannot be read: it is cut off or corrupt. {REMEDY}"


def test_a_file_that_is_gone() -> None:
    said = "[FAILED_READ_FILE.FILE_NOT_EXIST] Encountered error while reading file file:///data/plumbline/labels/a.parquet."
    found = named_fault(RuntimeError(f"{said} File does not exist. It is possible"), SETTINGS)
    assert str(found) == f"Table `labels`: file file:///data/plumbline/labels/a.parquet is gone. {REMEDY}"


def test_paths_in_conf_may_be_relative_and_the_logs_within_the_warehouse() -> None:
    settings = StorageSettings(warehouse="warehouse", input=InputSettings(path="warehouse/input"))
    for below, table in (("input/pin_log/a.parquet", "pin_log"), ("labels/a.parquet", "labels")):
        said = f"{READING} file:/srv/warehouse/here/warehouse/{below}. SQLSTATE: KD001"
        assert str(named_fault(RuntimeError(said), settings)).startswith(
            f"Table `{table}`: file file:/srv/warehouse/here"
        )


FREE = (
    "Free space there and where Spark keeps its own files (spark.local.dir), then run the step again; no table was "
    "left half-written."
)
WRITING = "[TASK_WRITE_FAILED] Task failed while writing rows to file:/data/plumbline/labels. SQLSTATE: 58030\n\tat x\n"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RuntimeError(f"{WRITING}Caused by: java.io.IOException: No space left on device\n"),
         "Table `labels` at file:/data/plumbline/labels cannot be written: no space left on device."),
        (RuntimeError("java.io.IOException: File too large"), "A file cannot be written: file too large."),
        (OSError(errno.ENOSPC, "No space left on device", "page.html"),
         "A file cannot be written: no space left on device."),
        (OSError(errno.EDQUOT, "voll"), "A file cannot be written: the disk is full."),
    ],
)  # fmt: skip
def test_a_disk_that_takes_no_more(error: Exception, sentence: str) -> None:
    found = named_fault(error, SETTINGS)
    assert isinstance(found, StorageFullError)
    assert str(found) == f"{sentence} {FREE}"


def test_other_errors_are_left_alone() -> None:
    for error in (RuntimeError("a defect"), OSError(errno.EACCES, "No space left on device for you"), KeyError("ds")):
        assert named_fault(error, SETTINGS) is None
    with pytest.raises(KeyError), damage_named("samples", "/data/plumbline/samples"):
        raise KeyError("ds")
