"""Every contract in schemas/ is complete, becomes a real Delta table as it says, and reports every breach at once."""

import importlib
import pkgutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

import schemas
from lib.storage import Storage
from schemas.contracts.settings import InputSettings, StorageSettings
from schemas.errors import ContractError
from schemas.table_spec import ColumnSpec, TableSpec

DS = date(2026, 3, 2)
PUBLIC_TABLES = {
    "query_log", "response_log", "pin_log", "interaction_units", "quarantine", "unit_scores", "sampling_frame",
    "samples", "sample_content", "labels", "prevalence_moments", "prevalence",
}  # fmt: skip


def _contracts() -> dict[str, TableSpec]:
    modules = {m.name: importlib.import_module(f"schemas.{m.name}") for m in pkgutil.iter_modules(schemas.__path__)}
    return {name: module.TABLE for name, module in modules.items() if hasattr(module, "TABLE")}


CONTRACTS = _contracts()


def test_the_tables_that_others_build_on_are_there() -> None:
    assert set(CONTRACTS) >= PUBLIC_TABLES


def test_every_contract_is_complete() -> None:
    for name, spec in CONTRACTS.items():
        columns = spec.column_names
        assert spec.name == name
        assert spec.grain, name
        assert len(set(columns)) == len(columns), name
        assert set(spec.key) <= set(columns), name
        assert set(spec.partition_by) <= set(columns), name
        assert spec.partition_by[0] == columns[0] == "ds", name
        for column in spec.columns:
            assert column.comment.strip(), f"{name}.{column.name}"
            assert not column.is_optional or column.is_nullable, f"{name}.{column.name}"


def test_every_contract_becomes_the_table_that_it_describes(spark: SparkSession, tmp_path: Path) -> None:
    settings = StorageSettings(warehouse=str(tmp_path), input=InputSettings(path=str(tmp_path / "input")))
    storage = Storage(spark, settings)
    for name, spec in CONTRACTS.items():
        # DDL types and CHECK constraints are parsed by whoever enforces them.
        storage.create(spec)
        table = DeltaTable(str(tmp_path / name))
        fields = table.schema().fields
        assert [field.name for field in fields] == spec.column_names, name
        assert [field.nullable for field in fields] == [column.is_nullable for column in spec.columns], name
        assert [field.metadata["comment"] for field in fields] == [column.comment for column in spec.columns], name
        assert table.metadata().partition_columns == list(spec.partition_by), name
        assert table.metadata().description == f"One row: {spec.grain}", name
        constraints = {f"delta.constraints.{check}" for check in spec.checks}
        assert {key for key in table.metadata().configuration if "constraints" in key} == constraints, name
        assert table.to_pyarrow_table().num_rows == 0, name
        spec.validate(spark.read.format("delta").load(str(tmp_path / name)).schema)


SPEC = TableSpec(
    name="example",
    grain="one example",
    columns=(
        ColumnSpec("ds", "date", "Day"),
        ColumnSpec("n_views", "bigint", "Views"),
        ColumnSpec("share", "double", "Share in [0, 1]"),
        ColumnSpec("pins", "array<struct<slot:int,pin_id:string>>", "Pins"),
        ColumnSpec("scores", "map<string,double>", "Scores", is_nullable=True, is_optional=True),
    ),
    key=("ds",),
)
Breach = Callable[[str], str]


@pytest.fixture
def breach(spark: SparkSession) -> Breach:
    """What `validate` says of a frame with the given columns; an empty text if it accepts them."""

    def of(columns: str) -> str:
        try:
            SPEC.validate(spark.createDataFrame([], columns).schema)
        except ContractError as error:
            return str(error)
        return ""

    return of


def test_all_breaches_come_in_one_error_with_the_remedy(breach: Breach) -> None:
    assert breach("ds string, share double, pins array<struct<slot:int,pin:string>>, scores map<string,string>") == (
        "Table `example` breaks its contract: column `ds` is string, expected date; "
        "column `n_views` (bigint) is missing; "
        "column `pins` is array<struct<slot:int,pin:string>>, expected array<struct<slot:int,pin_id:string>>; "
        "column `scores` is map<string,string>, expected map<string,double>. "
        "Mend whatever writes it, or change schemas/example.py."
    )


def test_extra_columns_absent_optional_ones_and_narrower_numbers_are_accepted(breach: Breach) -> None:
    pins = "pins array<struct<slot:int,pin_id:string>>"
    assert breach(f"{pins}, ds date, n_views int, share float, remark string") == ""
    assert breach("ds date, n_views int, share int, pins array<struct<slot:smallint,pin_id:string>>") == ""


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ("n_views double, share double", "column `n_views` is double, expected bigint"),
        ("n_views bigint, share bigint", "column `share` is bigint, expected double"),
        ("n_views bigint, share decimal(10,2)", "column `share` is decimal(10,2), expected double"),
    ],
)
def test_what_would_lose_digits_is_refused(breach: Breach, columns: str, complaint: str) -> None:
    assert complaint in breach(f"ds date, {columns}, pins array<struct<slot:int,pin_id:string>>")


def test_conform_selects_widens_and_fills_with_nulls(spark: SparkSession) -> None:
    columns = "remark string, share float, n_views int, ds date, pins array<struct<slot:smallint,pin_id:string>>"
    frame = spark.createDataFrame([("dropped", 0.5, 3, DS, [(0, "p1")])], columns)
    conformed = SPEC.conform(frame)
    assert [(f.name, f.dataType) for f in conformed.schema] == [(f.name, f.dataType) for f in SPEC.schema()]
    (row,) = conformed.collect()
    assert (row["ds"], row["n_views"], row["share"], row["scores"]) == (DS, 3, 0.5, None)
    assert [(pin["slot"], pin["pin_id"]) for pin in row["pins"]] == [(0, "p1")]


def test_text_in_comments_cannot_leave_its_quotes(spark: SparkSession, tmp_path: Path) -> None:
    comment = r"the viewer's \n 'own' `text`; -- not SQL"
    columns = (ColumnSpec("ds", "date", comment), ColumnSpec("n_views", "int", "Views"))
    spec = TableSpec("quoted", "one row's grain", columns, key=("ds",))
    spark.sql(spec.create_statement(str(tmp_path / "quoted")))
    table = DeltaTable(str(tmp_path / "quoted"))
    assert table.schema().fields[0].metadata["comment"] == comment
    assert table.metadata().description == "One row: one row's grain"
