"""What a user can mend ends a job with exit code 2 and one sentence on standard error."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs import build_interaction_units, estimate_prevalence, run_chain
from schemas import pin_log, query_log, response_log
from scripts.warehouse_content import content_of
from tests.release.story import TUESDAY, Story
from tests.release.warehouses import Warehouse

KEY_VARIABLE = "PLUMBLINE_ID_KEY"


@pytest.fixture(autouse=True)
def _shared_session(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Jobs find the session of the tests, and must not stop it."""
    monkeypatch.setenv(KEY_VARIABLE, "a key of the tests only")
    yield
    assert spark.range(1).count() == 1


@pytest.fixture
def places(tmp_path: Path) -> list[str]:
    """Arguments that keep the run within the test's folder."""
    return ["--set", f"storage.warehouse={tmp_path}/warehouse", "--set", f"storage.input.path={tmp_path}/input"]


def _sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that is no log line; standard output must be empty."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    (sentence,) = (line for line in captured.err.splitlines() if line.startswith("plumbline: "))
    return sentence.removeprefix("plumbline: ")


def test_a_setting_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_chain.main(["--ds", "2026-03-02", "--set", "sampling.desing=daily"]) == 2
    assert _sentence(capsys) == (
        "--set: field `sampling.desing`: there is no such setting; mend its name or take it out"
    )


def test_an_assignment_without_a_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert build_interaction_units.main(["--ds", "2026-03-02", "--set", "sampling.design"]) == 2
    assert _sentence(capsys) == "--set: `sampling.design` is not of the form section.key=value; write it so."


def test_a_conf_file_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run_chain.main(["--ds", "2026-03-02", "--conf", f"{tmp_path}/mine.yaml"]) == 2
    assert _sentence(capsys) == f"{tmp_path}/mine.yaml: there is no such file; name an existing one or write it."


@pytest.mark.parametrize("job", [run_chain, build_interaction_units])
def test_a_day_without_logs(
    job: ModuleType, capsys: pytest.CaptureFixture[str], places: list[str], tmp_path: Path
) -> None:
    assert job.main(["--ds", "2026-03-02", *places]) == 2
    assert _sentence(capsys) == (
        f"Table `query_log`: field `ds` has no rows for 2026-03-02 at {tmp_path}/input/query_log; "
        "deliver that day or run the step that writes it, or name another day."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_step_before_the_one_it_reads_from(
    capsys: pytest.CaptureFixture[str], places: list[str], tmp_path: Path
) -> None:
    assert run_chain.main(["--ds", "2026-03-02", "--from", "draw_sample", *places]) == 2
    assert _sentence(capsys).startswith(f"Table `unit_scores`: nothing at {tmp_path}/warehouse/unit_scores; run the st")


@pytest.mark.parametrize(("key", "state"), [(None, "is not set"), ("short", "has 5 bytes")])
def test_no_key_for_the_id_hashes(
    key: str | None,
    state: str,
    capsys: pytest.CaptureFixture[str],
    places: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(KEY_VARIABLE)
    if key:
        monkeypatch.setenv(KEY_VARIABLE, key)
    assert build_interaction_units.main(["--ds", "2026-03-02", *places]) == 2
    assert _sentence(capsys) == (
        f"Environment variable {KEY_VARIABLE} {state}; set it to a secret of at least 16 bytes: "
        "user and session ids are hashed with it."
    )


def test_a_log_with_a_damaged_file_writes_nothing(
    capsys: pytest.CaptureFixture[str], places: list[str], tmp_path: Path
) -> None:
    types = {"timestamp": pa.timestamp("us", tz="UTC"), "int": pa.int32(), "boolean": pa.bool_()}
    for spec in (query_log.TABLE, response_log.TABLE, pin_log.TABLE):
        folder = tmp_path / "input" / spec.name / "ds=2026-03-02"
        folder.mkdir(parents=True)
        fields = [pa.field(c.name, types.get(c.data_type, pa.string())) for c in spec.columns if not c.is_optional]
        pq.write_table(pa.schema([f for f in fields if f.name != "ds"]).empty_table(), folder / "part-0.parquet")
    damaged = tmp_path / "input" / "pin_log" / "ds=2026-03-02" / "part-1.parquet"
    damaged.write_bytes((damaged.parent / "part-0.parquet").read_bytes()[:-50])
    assert build_interaction_units.main(["--ds", "2026-03-02", *places]) == 2
    assert _sentence(capsys).startswith(
        f"Table `pin_log`: file file://{damaged} cannot be read: it is cut off or corrupt. A file of a log: have it"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["input"]


@pytest.fixture
def estimated(story: Story, tmp_path: Path) -> Warehouse:
    return story.copied("later day", tmp_path)


def _estimate_again(estimated: Warehouse, story: Story) -> int:
    folder = estimated.settings.storage.warehouse
    conf = ["--conf", f"{story.warehouse.folder / 'conf.yaml'}", "--set", f"storage.warehouse={folder}"]
    return estimate_prevalence.main(["--ds", f"{TUESDAY}", *conf])


def test_a_table_with_a_damaged_file_is_named_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], story: Story, estimated: Warehouse
) -> None:
    before = content_of(estimated.folder, same_clock=True)
    labels = Path(estimated.settings.storage.warehouse, "labels")
    (uri,) = (uri for uri in DeltaTable(str(labels)).file_uris() if f"ds={TUESDAY}" in uri)
    damaged = Path(uri.removeprefix("file://"))
    whole = damaged.read_bytes()
    (damaged.parent / f".{damaged.name}.crc").unlink()
    damaged.write_bytes(whole[:100] + bytes(200) + whole[300:])
    assert _estimate_again(estimated, story) == 2
    assert _sentence(capsys).startswith(
        f"Table `labels`: file file:{damaged} cannot be read: it is cut off or corrupt."
    )
    damaged.write_bytes(whole)
    assert before.differences(content_of(estimated.folder, same_clock=True)) == []


def test_a_table_with_a_gap_in_its_log_is_named_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], story: Story, estimated: Warehouse
) -> None:
    before = content_of(estimated.folder, same_clock=True)
    labels = Path(estimated.settings.storage.warehouse, "labels")
    commit = labels / "_delta_log" / f"{1:020}.json"
    kept = commit.rename(labels / "kept")
    assert _estimate_again(estimated, story) == 2
    assert _sentence(capsys).startswith(
        f"Table `labels`: the Delta log in {labels}/_delta_log is broken, files of it are gone or damaged (DELTA_VERSI"
    )
    kept.rename(commit)
    assert before.differences(content_of(estimated.folder, same_clock=True)) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "the following arguments are required: --ds"),
        (["--ds", "yesterday"], "argument --ds: invalid"),
        (["--ds", "2026-03-02", "--from", "guess"], "argument --from: invalid choice: 'guess'"),
        (["--ds", "2026-03-02", "--until"], "argument --until: expected one argument"),
        (["--ds", "2026-03-02", "--fast"], "unrecognized arguments: --fast"),
        (
            ["--ds", "2026-03-02", "--from", "label_sample", "--to", "draw_sample"],
            "--from label_sample comes after --to draw_sample in the chain",
        ),
        (["--ds", "2026-03-02", "--until", "2026-03-01"], "--until 2026-03-01 is before --ds 2026-03-02"),
    ],
)
def test_a_wrong_command_line(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run_chain.main(arguments)
    assert stopped.value.code == 2
    assert complaint in capsys.readouterr().err.splitlines()[-1]
