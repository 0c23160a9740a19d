"""A release is recomputed from the versions it recorded, after later days too; refused if they are not what it read."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from jobs import reproduce_release
from lib.run_context import RunContext
from schemas.errors import MissingInputError, ReproductionError
from tests.release.story import MONDAY, Story
from tests.release.warehouses import Warehouse


@pytest.fixture
def copied(story: Story, tmp_path: Path) -> tuple[Warehouse, str]:
    """Monday is released, and Tuesday has come: in a folder of its own, to be damaged."""
    return story.copied("later day", tmp_path), story.ids["released"]


def _reproduce(warehouse: Warehouse, release_id: str, **release: bool) -> None:
    asked = warehouse.settings.release.model_copy(update={"release_id": release_id} | release)
    settings = warehouse.settings.model_copy(update={"release": asked})
    reproduce_release.run(warehouse.spark, settings, RunContext(MONDAY, environment={}))


def _files_read(warehouse: Warehouse, table: str, release_id: str) -> list[Path]:
    """The data files of the version of `table` that the release recorded."""
    (release,) = (row for row in warehouse.rows("releases") if row["release_id"] == release_id)
    path = warehouse.folder / "warehouse" / table
    version = dict(release["table_versions"])[table]
    return [Path(uri.removeprefix("file://")) for uri in DeltaTable(str(path), version=version).file_uris()]


def test_after_a_later_day_it_comes_out_equal_with_exit_code_0(
    copied: tuple[Warehouse, str], capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse, release_id = copied
    conf = warehouse.settings.storage.warehouse
    arguments = ["--release-id", release_id, "--set", f"storage.warehouse={conf}", "--set", "storage.input.path=unused"]
    assert reproduce_release.main(arguments) == 0
    assert f"{release_id}: equal, all 576 numbers" in capsys.readouterr().err


def test_an_edited_label_is_refused_and_the_recorded_version_still_gives_the_numbers(story: Story) -> None:
    # The label that came late is no edit; unit 5 was changed on two rungs.
    expected = r"refused, 2 labels of 2026-03-02 that it read were edited or erased since"
    with pytest.raises(ReproductionError, match=expected) as refusal:
        _reproduce(story.warehouse, story.ids["released"])
    assert refusal.value.exit_code == 1
    _reproduce(story.warehouse, story.ids["released"], accept_edited_labels=True)


@pytest.mark.parametrize("table", ["labels", "samples"])
def test_a_version_whose_files_were_changed_is_refused_with_both_fingerprints(
    copied: tuple[Warehouse, str], table: str
) -> None:
    warehouse, release_id = copied
    changed = {"labels": ("labeler_id", "somebody"), "samples": ("stratum", "s9")}[table]
    for path in _files_read(warehouse, table, release_id):
        rows = pq.ParquetFile(path).read()
        position = rows.schema.get_field_index(changed[0])
        column = [changed[1], *rows.column(position).to_pylist()[1:]]
        edited = rows.set_column(position, rows.schema.field(position), [column])
        # Spark's own kind of timestamp.
        pq.write_table(edited, path, use_deprecated_int96_timestamps=True)
        _record_size(warehouse.folder / "warehouse" / table, path)
    expected = rf"version \d+ of table `{table}` does not hold what it read: fingerprint \d+:[0-9a-f]+ recorded, \d+:"
    with pytest.raises(ReproductionError, match=expected):
        _reproduce(warehouse, release_id)


def _record_size(table: Path, path: Path) -> None:
    """Write the new size of a file into the log, as somebody who rewrites history would; drop the log's checksums."""
    for commit in sorted((table / "_delta_log").glob("*.json")):
        lines = commit.read_text(encoding="utf-8").splitlines()
        name = path.relative_to(table).as_posix()
        for position, line in enumerate(lines):
            if name in line or name.replace("=", "%3D") in line:
                before, _, rest = line.partition('"size":')
                digits = rest[: next(i for i, c in enumerate(rest) if not c.isdigit())]
                lines[position] = f'{before}"size":{path.stat().st_size}{rest[len(digits) :]}'
        commit.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for checksum in [
        *(table / "_delta_log").glob("*.crc"),
        *(table / "_delta_log").glob(".*.crc"),
        *path.parent.glob(".*.crc"),
    ]:
        checksum.unlink(missing_ok=True)


def test_a_version_that_was_vacuumed_is_refused_by_name(copied: tuple[Warehouse, str]) -> None:
    warehouse, release_id = copied
    for path in _files_read(warehouse, "rung_samples", release_id):
        path.unlink()
    with pytest.raises(
        ReproductionError, match=r"refused, version \d+ of table `rung_samples` cannot be read .*vacuumed"
    ):
        _reproduce(warehouse, release_id)


def test_a_release_that_is_not_there_and_an_id_that_is_none(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MissingInputError, match=r"Table `releases`: field `release_id` has no `2026-03-02-0+`"):
        _reproduce(story.warehouse, "2026-03-02-" + "0" * 16)
    with pytest.raises(SystemExit):
        reproduce_release.main(["--release-id", "last week's"])
    assert "`last week's` does not start with a day; copy the id from `releases`" in capsys.readouterr().err
