"""Writes replace exactly what they own in one commit, reads refuse what is not there or not as promised."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from lib import concurrent_runs
from lib.storage import Commit, Storage
from schemas import response_log
from schemas.contracts.settings import InputSettings, StorageSettings
from schemas.errors import ConcurrentRunError, ContractError, DamagedDataError, MissingInputError
from schemas.table_spec import ColumnSpec, TableSpec
from tests.hostile_texts import QUERIES

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
SPEC = TableSpec(
    name="verdicts",
    grain="one verdict",
    columns=(
        ColumnSpec("ds", "date", "Day"),
        ColumnSpec("unit_id", "string", "Unit"),
        ColumnSpec("n_views", "bigint", "Views", is_nullable=True),
        ColumnSpec("job_run_id", "string", "Run"),
    ),
    key=("unit_id",),
    checks={"views_are_counted": "n_views >= 0"},
)
OTHER = TableSpec("others", SPEC.grain, SPEC.columns, SPEC.key)
NAMES = ("ds", "unit_id", "n_views")


@pytest.fixture
def settings(tmp_path: Path) -> StorageSettings:
    return StorageSettings(
        warehouse=str(tmp_path / "warehouse") + "/", input=InputSettings(path=str(tmp_path / "input"))
    )


@pytest.fixture
def storage(spark: SparkSession, settings: StorageSettings) -> Storage:
    return Storage(spark, settings)


def _rows(storage: Storage, *rows: tuple[date, str, int | None], run: str = "run") -> DataFrame:
    return storage.rows(SPEC, [dict(zip(NAMES, row, strict=True)) | {"job_run_id": run} for row in rows])


def _stored(storage: Storage, spec: TableSpec = SPEC) -> list[tuple[Any, ...]]:
    table = DeltaTable(storage.location(spec)).to_pyarrow_table().to_pylist()
    return sorted(tuple(row[name] for name in NAMES) for row in table)


def _another_run(storage: Storage) -> Storage:
    return Storage(storage._spark, storage._settings)


def _operations(storage: Storage, spec: TableSpec = SPEC) -> list[str]:
    """What every commit of the table did, the oldest first."""
    return [commit["operation"] for commit in reversed(DeltaTable(storage.location(spec)).history())]


def test_a_day_is_replaced_in_one_commit_and_other_days_stay(storage: Storage) -> None:
    assert storage.replace_day(SPEC, _rows(storage, (MONDAY, "a", 1), (MONDAY, "b", 2)), MONDAY).n_rows == 2
    storage.replace_day(SPEC, _rows(storage, (TUESDAY, "a", 3)), TUESDAY)
    before = _operations(storage)
    again = _another_run(storage)  # the table and its constraints are there already
    assert again.replace_day(SPEC, _rows(storage, (MONDAY, "c", 4)), MONDAY) == Commit("verdicts", 1)
    assert _operations(storage) == [*before, "WRITE"]
    assert before == ["CREATE TABLE", "WRITE", "WRITE"]
    assert _stored(storage) == [(MONDAY, "c", 4), (TUESDAY, "a", 3)]


def test_a_day_without_rows_is_emptied(storage: Storage) -> None:
    storage.replace_day(SPEC, _rows(storage, (MONDAY, "a", 1), (TUESDAY, "b", 2)).where("ds = '2026-03-02'"), MONDAY)
    assert storage.replace_day(SPEC, _rows(storage), MONDAY) == Commit("verdicts", 0)
    assert _stored(storage) == []


def test_a_row_outside_what_the_step_owns_fails_the_write(storage: Storage) -> None:
    storage.replace_day(SPEC, _rows(storage, (MONDAY, "a", 1)), MONDAY)
    with pytest.raises(PySparkException, match="DELTA_REPLACE_WHERE_MISMATCH"):
        storage.replace_day(SPEC, _rows(storage, (MONDAY, "b", 1), (TUESDAY, "c", 1)), MONDAY)
    assert _stored(storage) == [(MONDAY, "a", 1)]


@pytest.mark.parametrize(
    ("row", "complaint"), [((MONDAY, "b", -1), "views_are_counted"), ((MONDAY, None, 1), "unit_id")]
)
def test_a_row_that_breaks_a_check_or_is_null_is_refused(
    storage: Storage, row: tuple[date, str, int], complaint: str
) -> None:
    frame = _rows(storage, (MONDAY, "a", 1))
    loose = storage._spark.createDataFrame([(*row, "run")], "ds date, unit_id string, n_views long, job_run_id string")
    storage.replace_day(SPEC, frame, MONDAY)
    with pytest.raises(PySparkException, match=complaint):
        storage.replace_day(SPEC, frame.unionByName(loose), MONDAY)
    assert _stored(storage) == [(MONDAY, "a", 1)]


def test_a_table_of_an_older_contract_gets_the_checks_that_it_lacks(storage: Storage) -> None:
    storage._spark.sql(replace(SPEC, checks={}).create_statement(storage.location(SPEC)))
    storage.replace_day(SPEC, _rows(storage, (MONDAY, "a", 1)), MONDAY)
    assert _operations(storage) == ["CREATE TABLE", "ADD CONSTRAINT", "WRITE"]


def _half_made(storage: Storage) -> Path:
    """The folder of a table whose first commit was not made, as a kill leaves it."""
    folder = Path(storage.location(SPEC))
    (folder / "_delta_log" / "_staged_commits").mkdir(parents=True)
    (folder / "_delta_log" / f".{0:020}.json.5f0c.tmp").touch()
    return folder


def test_a_table_of_which_a_killed_run_left_an_empty_log_is_made_as_its_contract_says(
    storage: Storage, spark: SparkSession, tmp_path: Path
) -> None:
    _half_made(storage)
    storage.replace_day(SPEC, _rows(storage, (MONDAY, "a", 1)), MONDAY)
    assert _stored(storage) == [(MONDAY, "a", 1)]
    whole = Storage(spark, StorageSettings(warehouse=str(tmp_path / "other"), input=InputSettings(path="nowhere")))
    whole.create(SPEC)
    made, meant = (DeltaTable(of.location(SPEC)) for of in (storage, whole))
    assert made.schema() == meant.schema()
    assert made.metadata().configuration == meant.metadata().configuration
    assert made.metadata().partition_columns == ["ds"]


def test_data_without_a_log_is_no_new_table(storage: Storage) -> None:
    (_half_made(storage) / f"ds={MONDAY}").mkdir()
    (Path(storage.location(SPEC)) / f"ds={MONDAY}" / "part-0.parquet").write_bytes(b"PAR1")
    with pytest.raises(DamagedDataError, match=r"Table `verdicts`: its Delta log at .* has no commit"):
        storage.replace_day(SPEC, _rows(storage, (MONDAY, "a", 1)), MONDAY)


def test_a_step_reads_one_version_of_a_table_and_what_it_wrote_itself(storage: Storage) -> None:
    _another_run(storage).replace_day(SPEC, _rows(storage, (MONDAY, "a", 1)), MONDAY)
    read = storage.read(SPEC)
    assert read.count() == 1
    _another_run(storage).replace_day(SPEC, _rows(storage, (TUESDAY, "b", 2), (TUESDAY, "c", 3)), TUESDAY)
    assert read.count() == storage.read(SPEC).count() == 1
    assert storage.versions([SPEC]) == {"verdicts": 1}
    storage.append_new(SPEC, _rows(storage, (MONDAY, "d", 4)), ds=MONDAY)
    assert storage.read(SPEC).count() == 4
    assert storage.read_if_exists(OTHER) is None
    _another_run(storage).create(OTHER)
    assert storage.read_if_exists(OTHER) is None


def test_a_version_is_read_however_old_it_is(storage: Storage) -> None:
    storage.replace_day(SPEC, _rows(storage, (MONDAY, "a", 1)), MONDAY)
    storage.replace_day(SPEC, _rows(storage, (MONDAY, "b", 1)), MONDAY)
    for commit in Path(storage.location(SPEC), "_delta_log").iterdir():
        os.utime(commit, (0, 0))
    moved = Path(storage.location(SPEC)).with_name("others")  # an engine may remember times that it has read before
    Path(storage.location(SPEC)).rename(moved)
    assert [row["unit_id"] for row in storage.at_versions({"others": 1}).read(OTHER).collect()] == ["a"]


def test_a_run_that_another_run_came_before_says_so_writes_nothing_and_can_be_repeated(storage: Storage) -> None:
    slow, fast = storage, _another_run(storage)
    slow.create(SPEC)
    fast.replace_day(SPEC, _rows(storage, (MONDAY, "fast", 1), run="fast"), MONDAY)
    rows = _rows(storage, (MONDAY, "slow", 2), run="slow")
    with pytest.raises(ConcurrentRunError) as refused:
        slow.replace_day(SPEC, rows, MONDAY)
    assert str(refused.value) == (
        "Table `verdicts`: another run has written the rows `ds = DATE'2026-03-02'` since this one began; this run "
        "wrote nothing to it. Wait until the other run has ended, then run the step again."
    )
    assert _stored(storage) == [(MONDAY, "fast", 1)]
    # Another day is not in its way, nor is what it has written itself.
    slow.replace_day(SPEC, _rows(storage, (TUESDAY, "slow", 3), run="slow"), TUESDAY)
    _another_run(storage).replace_day(SPEC, rows, MONDAY)
    assert _stored(storage) == [(MONDAY, "slow", 2), (TUESDAY, "slow", 3)]


def test_a_run_that_wrote_over_another_in_the_same_moment_says_so(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, other = storage, _another_run(storage)
    late.create(SPEC)
    check = concurrent_runs.require_unchanged

    def check_and_be_overtaken(*arguments: Any, **named: Any) -> None:
        check(*arguments, **named)
        monkeypatch.setattr("lib.storage.require_unchanged", check)
        other.replace_day(SPEC, _rows(other, (MONDAY, "other", 1), run="other"), MONDAY)

    monkeypatch.setattr("lib.storage.require_unchanged", check_and_be_overtaken)
    with pytest.raises(ConcurrentRunError, match="this run has written over them"):
        late.replace_day(SPEC, _rows(late, (MONDAY, "late", 2), run="late"), MONDAY)
    assert _stored(storage) == [(MONDAY, "late", 2)]


def test_a_table_whose_last_commit_is_gone_is_refused(storage: Storage) -> None:
    storage.replace_day(SPEC, _rows(storage, (MONDAY, "a", 1)), MONDAY)
    last = Path(storage.location(SPEC), "_delta_log", f"{1:020}.json")
    last.unlink()
    with pytest.raises(DamagedDataError) as damaged:
        _another_run(storage).read(SPEC)
    assert str(damaged.value) == (
        f"Table `verdicts`: commit 1 of its Delta log is gone, file {last}, and what it added or removed with it; "
        "restore the file from a backup, then run the step again."
    )


@pytest.mark.parametrize("version", [0, 1])
def test_a_table_with_a_gap_in_its_log_is_refused(storage: Storage, version: int) -> None:
    storage.replace_day(SPEC, _rows(storage, (MONDAY, "a", 1)), MONDAY)
    storage.replace_day(SPEC, _rows(storage, (MONDAY, "b", 1)), MONDAY)
    moved = Path(storage.location(SPEC)).with_name("others")  # an engine may remember a log that it has read before
    Path(storage.location(SPEC)).rename(moved)
    (moved / "_delta_log" / f"{version:020}.json").unlink()
    with pytest.raises(DamagedDataError, match=r"^Table `others`: the Delta log in .*/others/_delta_log is broken"):
        _another_run(storage).read(OTHER)


def test_appending_again_adds_nothing(storage: Storage) -> None:
    first = _rows(storage, (MONDAY, "a", 1), (MONDAY, "b", 2))
    assert storage.append_new(SPEC, first, ds=MONDAY) == Commit("verdicts", 2)
    assert storage.append_new(SPEC, first, ds=MONDAY) == Commit("verdicts", 0)
    changed = _rows(storage, (MONDAY, "b", 9), (MONDAY, "c", 3))
    assert storage.append_new(SPEC, changed, ds=MONDAY) == Commit("verdicts", 1)
    assert storage.append_new(SPEC, _rows(storage, (TUESDAY, "a", 4)), ds=TUESDAY) == Commit("verdicts", 1)
    assert _stored(storage) == [(MONDAY, "a", 1), (MONDAY, "b", 2), (MONDAY, "c", 3), (TUESDAY, "a", 4)]
    assert storage._spark.catalog.listTables() == []  # no view stays behind


def test_any_folder_can_be_a_warehouse(spark: SparkSession, tmp_path: Path) -> None:
    name = 'it\'s a`.`b``; DROP TABLE t -- \\ "q" é\u202e'
    storage = Storage(
        spark, StorageSettings(warehouse=str(tmp_path / name), input=InputSettings(path=str(tmp_path / "input")))
    )
    assert storage.append_new(SPEC, _rows(storage, (MONDAY, "a", 1)), ds=MONDAY).n_rows == 1
    assert storage.replace_day(SPEC, _rows(storage, (MONDAY, "b", 2)), MONDAY).n_rows == 1
    assert storage.versions([SPEC]) == {SPEC.name: 2}
    assert [tuple(row)[:3] for row in storage.read_day(SPEC, MONDAY).collect()] == [(MONDAY, "b", 2)]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_no_design_id_reaches_beyond_its_own_rows(storage: Storage) -> None:
    spec = TableSpec(
        "designs", SPEC.grain, (SPEC.columns[0], ColumnSpec("design_id", "string", "Design")), ("design_id",)
    )

    def rows(*designs: str) -> DataFrame:
        return storage.rows(spec, [{"ds": MONDAY, "design_id": design} for design in designs])

    storage.replace_day(spec, rows("daily_v1"), MONDAY)
    for hostile in (QUERIES["sql_quote"], QUERIES["sql_escape"]):
        assert storage.replace_day(spec, rows(hostile), MONDAY, design_id=hostile).n_rows == 1
        assert [row["design_id"] for row in storage.read_design(spec, hostile).collect()] == [hostile]
        storage.replace_day(spec, rows(), MONDAY, design_id=hostile)
        assert [row["design_id"] for row in storage.read(spec).collect()] == ["daily_v1"]


def test_versions_count_the_commits_of_each_table(storage: Storage) -> None:
    storage.replace_day(SPEC, _rows(storage, (MONDAY, "a", 1)), MONDAY)
    storage.create(OTHER)
    versions = storage.versions([SPEC, OTHER])
    assert versions == {"verdicts": 1, "others": 0}
    assert versions == {spec.name: DeltaTable(storage.location(spec)).version() for spec in (SPEC, OTHER)}


def test_a_table_that_is_not_there_is_named(storage: Storage) -> None:
    assert storage.read_if_exists(SPEC) is None
    with pytest.raises(MissingInputError) as missing:
        storage.read_day(SPEC, MONDAY)
    assert str(missing.value) == (
        f"Table `verdicts`: nothing at {storage.location(SPEC)}; run the step that writes it, "
        "or mend storage.warehouse."
    )


def test_a_day_that_is_not_there_is_named(storage: Storage) -> None:
    storage.replace_day(SPEC, _rows(storage, (MONDAY, "a", 1)), MONDAY)
    storage.require_day(SPEC, MONDAY)
    with pytest.raises(MissingInputError) as missing:
        storage.require_day(SPEC, TUESDAY)
    assert str(missing.value) == (
        f"Table `verdicts`: field `ds` has no rows for 2026-03-03 at {storage.location(SPEC)}; "
        "deliver that day or run the step that writes it, or name another day."
    )


def test_a_table_that_somebody_changed_is_refused(storage: Storage) -> None:
    changed = storage._spark.createDataFrame([(MONDAY, 1)], "ds date, unit_id int")
    changed.write.format("delta").save(storage.location(SPEC))
    with pytest.raises(ContractError, match=r"`unit_id` is int, expected string; column `n_views` \(bigint\) is miss"):
        storage.read(SPEC)


RESPONSE: Mapping[str, str] = {
    "response_id": "string", "query_id": "string", "response_text": "string", "model_version": "string",
    "event_ts": "timestamp",
}  # fmt: skip


def _deliver(storage: Storage, ds: date, types: Mapping[str, str]) -> None:
    """One response of day `ds` as a Parquet partition of the log."""
    values = {"string": "text", "timestamp": datetime(2026, 3, 2, 12), "int": 7}
    columns = ", ".join(f"{name} {data_type}" for name, data_type in types.items())
    frame = storage._spark.createDataFrame([tuple(values[data_type] for data_type in types.values())], columns)
    frame.write.parquet(f"{storage._settings.input.path}/response_log/ds={ds}")


def _complaint(storage: Storage, error: type[Exception], ds: date = MONDAY) -> str:
    with pytest.raises(error) as refused:
        storage.read_log(response_log.TABLE, ds)
    return str(refused.value)


def test_a_log_may_have_more_columns_and_lack_optional_ones(storage: Storage) -> None:
    _deliver(storage, MONDAY, {**RESPONSE, "trace_id": "string"})
    _deliver(storage, TUESDAY, RESPONSE)
    (row,) = storage.read_log(response_log.TABLE, MONDAY).collect()
    assert list(row.asDict()) == response_log.TABLE.column_names
    assert (row["ds"], row["response_id"], row["platform_scores"]) == (MONDAY, "text", None)


def test_a_log_with_a_wrong_type_and_a_missing_column_is_refused_with_both(storage: Storage) -> None:
    types = {**RESPONSE, "query_id": "int"}
    del types["response_text"]
    _deliver(storage, MONDAY, types)
    assert _complaint(storage, ContractError) == (
        "Table `response_log` breaks its contract: column `query_id` is int, expected string; "
        "column `response_text` (string) is missing. Mend whatever writes it, or change schemas/response_log.py."
    )


def test_a_missing_log_and_a_missing_or_empty_partition_are_named(storage: Storage) -> None:
    location = f"{storage._settings.input.path}/response_log"
    sentence = (
        f"Table `response_log`: field `ds` has no rows for 2026-03-03 at {location}; "
        "deliver that day or run the step that writes it, or name another day."
    )
    assert _complaint(storage, MissingInputError, TUESDAY) == sentence
    _deliver(storage, MONDAY, RESPONSE)
    assert _complaint(storage, MissingInputError, TUESDAY) == sentence
    Path(location, "ds=2026-03-03").mkdir()
    assert _complaint(storage, MissingInputError, TUESDAY) == sentence


def test_a_delta_log_is_read_by_day_and_checked_before(spark: SparkSession, tmp_path: Path) -> None:
    storage = Storage(
        spark, StorageSettings(warehouse=str(tmp_path), input=InputSettings(path=str(tmp_path), format="delta"))
    )
    assert "no rows for 2026-03-02" in _complaint(storage, MissingInputError)
    columns = "response_id string, query_id string, response_text string, model_version string, event_ts timestamp"
    log = spark.createDataFrame([("r1", "q1", "tea", "m", datetime(2026, 3, 2, 12))], columns)
    location = f"{tmp_path}/response_log"
    log.write.format("delta").save(location)
    assert "column `ds` (date) is missing" in _complaint(storage, ContractError)
    dated = log.selectExpr("DATE'2026-03-02' AS ds", "*")
    dated.write.format("delta").mode("overwrite").option("overwriteSchema", "true").save(location)
    assert storage.read_log(response_log.TABLE, MONDAY).count() == 1
    assert "no rows for 2026-03-03" in _complaint(storage, MissingInputError, TUESDAY)


def test_records_of_the_driver_get_the_contracts_types(storage: Storage) -> None:
    records: Sequence[Mapping[str, Any]] = [{"n_views": 1, "unit_id": "a"}, {"n_views": None, "unit_id": "b"}]
    frame = storage.rows(SPEC, records)
    assert frame.dtypes == [("unit_id", "string"), ("n_views", "bigint")]
    assert storage.rows(SPEC, []).dtypes == [
        ("ds", "date"), ("unit_id", "string"), ("n_views", "bigint"), ("job_run_id", "string"),
    ]  # fmt: skip


@pytest.mark.parametrize("data_format", ["csv", "parquet", "delta"])
def test_foreign_data_that_is_not_there_is_named(storage: Storage, tmp_path: Path, data_format: str) -> None:
    with pytest.raises(MissingInputError) as missing:
        storage.read_dataset(str(tmp_path / "labels"), data_format)
    assert str(missing.value) == f"There is no {data_format} data at {tmp_path / 'labels'}; mend the path in conf."


def test_csv_is_read_with_its_header_and_line_breaks_within_quotes(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text('unit_id,note\na,"two\nlines, and a "" quote"\n', encoding="utf-8")
    (row,) = storage.read_dataset(str(tmp_path / "labels.csv"), "csv").collect()
    assert row.asDict() == {"unit_id": "a", "note": 'two\nlines, and a " quote'}
