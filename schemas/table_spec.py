"""What a table promises: columns, types, key, grain, partitioning, checks; how it is created and validated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StructField, StructType

from schemas.column_types import accepts, parsed_type
from schemas.errors import ContractError
from schemas.relations import Reference, Total

Range = tuple[float | None, float | None]
SHARE: Range = (0.0, 1.0)
NOT_NEGATIVE: Range = (0.0, None)
AT_MOST_ONE: Range = (None, 1.0)
Watch = Literal["shares", "counts", "probabilities"]

# What Delta calls the property that holds a CHECK constraint.
CONSTRAINT_PREFIX = "delta.constraints."


@dataclass(frozen=True)
class ColumnSpec:
    """One column and what its values are.

    Args:
        name: the column
        data_type: Spark DDL type
        comment: meaning, with unit
        is_nullable: whether it may be null
        is_optional: whether it may be absent, and is read as nulls then; input logs only
        holds_content: whether it quotes what people typed, read or saw, so that it expires (lib/privacy)
        within: least and greatest value, None for no limit; of a map or an array those of its values
        is_expected: whether a row without it cannot be used; input logs, whose columns are all nullable
        is_as_logged: whether it is what somebody else wrote, kept as it came: a value out of range is only recorded

    """

    name: str
    data_type: str
    comment: str
    is_nullable: bool = False
    is_optional: bool = False
    holds_content: bool = False
    within: Range | None = None
    is_expected: bool = False
    is_as_logged: bool = False

    def spark_type(self) -> DataType:
        """The Spark type of the column."""
        return parsed_type(self.data_type)

    @property
    def value_range(self) -> Range:
        """Least and greatest value. By their names, counts `n_…` are >= 0 and `…_probability` is in [0, 1]."""
        if self.within is not None or self.data_type not in ("int", "bigint", "double"):
            return self.within or (None, None)
        if self.name.endswith("_probability"):
            return SHARE
        return NOT_NEGATIVE if self.name.startswith("n_") else (None, None)

    def fault_in(self, schema: StructType) -> str | None:
        """What is wrong with the column in `schema`; None if it is as promised."""
        found = {f.name: f.dataType for f in schema.fields}
        if self.name not in found:
            return None if self.is_optional else f"column `{self.name}` ({self.data_type}) is missing"
        if accepts(self.spark_type(), found[self.name]):
            return None
        return f"column `{self.name}` is {found[self.name].simpleString()}, expected {self.data_type}"


@dataclass(frozen=True)
class TableSpec:
    """The contract of one table.

    Args:
        name: the table
        grain: what one row is
        columns: its columns; the first is ds
        key: columns whose values are unique within a day; of an input log, those that tell events apart
        partition_by: columns it is partitioned by
        checks: constraint name to a SQL condition that Delta enforces on every write
        written_by: the steps that write it; none writes an input log
        made_from: tables of the same day that its rows are made from
        is_daily: whether every day has rows
        is_traffic: whether its number of rows follows the traffic, and is held against the weeks before
        event_time: column with the time of what happened, by which a delivery that ends early is seen
        watched: column to how its distribution is held against the weeks before: by the `shares` of its values, or by
            how far its `counts` or `probabilities` move
        references: values that another table has, too
        totals: figures that another table's figures must equal

    """

    name: str
    grain: str
    columns: tuple[ColumnSpec, ...]
    key: tuple[str, ...]
    partition_by: tuple[str, ...] = ("ds",)
    checks: Mapping[str, str] = field(default_factory=dict)
    written_by: tuple[str, ...] = ()
    made_from: tuple[str, ...] = ()
    is_daily: bool = False
    is_traffic: bool = False
    event_time: str | None = None
    watched: Mapping[str, Watch] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    totals: tuple[Total, ...] = ()

    @property
    def is_input(self) -> bool:
        """Whether it is an input log, delivered from outside."""
        return not self.written_by

    @property
    def column_names(self) -> list[str]:
        """The column names in contract order."""
        return [column.name for column in self.columns]

    @property
    def holds_content(self) -> bool:
        """Whether some column quotes content."""
        return any(column.holds_content for column in self.columns)

    def schema(self) -> StructType:
        """The contract as a Spark schema."""
        return StructType([StructField(c.name, c.spark_type(), c.is_nullable) for c in self.columns])

    def conform(self, frame: DataFrame) -> DataFrame:
        """`frame` with the contract's columns only, in its order and with its types; raises ContractError.

        Columns that are not in the contract are dropped, optional columns that are absent become nulls. Types
        must match already, except that narrower numbers widen.
        """
        schema = frame.schema
        self.validate(schema)
        found = {f.name: f.dataType for f in schema.fields}
        return frame.select(*[_as_promised(column, found.get(column.name)) for column in self.columns])

    def validate(self, schema: StructType) -> None:
        """Raise ContractError with every missing column and wrong type; extra columns are tolerated."""
        faults = self.faults(schema)
        if faults:
            raise ContractError(self.complaint(faults))

    def faults(self, schema: StructType) -> list[str]:
        """Every missing column and wrong type."""
        return [fault for column in self.columns if (fault := column.fault_in(schema)) is not None]

    def complaint(self, faults: Sequence[str], *, found_in: str | None = None) -> str:
        """The sentence about `faults`, of the whole table or of what `found_in` names."""
        place = f" in {found_in}" if found_in else ""
        return (
            f"Table `{self.name}` breaks its contract{place}: {'; '.join(faults)}. "
            f"Mend whatever writes it, or change schemas/{self.name}.py."
        )

    def create_statement(self, location: str, *, replaces: bool = False) -> str:
        """SQL that creates the empty Delta table at `location` in one commit, with all that the contract says.

        One that is there stays as it is, or, if it `replaces`, has to be there.
        """
        create = "REPLACE TABLE" if replaces else "CREATE TABLE IF NOT EXISTS"
        columns = ",\n  ".join(
            f"`{c.name}` {c.data_type}{'' if c.is_nullable else ' NOT NULL'} COMMENT {sql_text(c.comment)}"
            for c in self.columns
        )
        constraints = {f"{CONSTRAINT_PREFIX}{name}": condition for name, condition in self.checks.items()}
        partitioning = f"\nPARTITIONED BY ({', '.join(self.partition_by)})" if self.partition_by else ""
        return (
            f"{create} {delta_path(location)} (\n  {columns}\n) USING delta{partitioning}\n"
            f"COMMENT {sql_text(f'One row: {self.grain}')}\n"
            f"TBLPROPERTIES ({_pairs(self.properties | constraints)})"
        )

    @property
    def properties(self) -> dict[str, str]:
        """Delta's properties of the table, CHECK constraints aside."""
        # Content has to go when it expires, old versions too. What numbers rest on has to be there for as long as
        # anybody may ask how they came about, whoever tidies up.
        kept = "0 hours" if self.holds_content else "3650 days"
        return {
            # Readers prune by partition and look up by unit: statistics of every column would cost more than they save.
            "delta.dataSkippingNumIndexedCols": str(min(2, self._n_columns_before_content())),
            "delta.deletedFileRetentionDuration": f"interval {kept}",
            "delta.logRetentionDuration": "interval 3650 days",
        }

    def _n_columns_before_content(self) -> int:
        """Columns before the first with content, partitions aside: the log, never vacuumed, has their extremes."""
        stored = [column for column in self.columns if column.name not in self.partition_by]
        return next((n for n, column in enumerate(stored) if column.holds_content), len(stored))

    def property_statements(self, location: str, *, properties: Mapping[str, str]) -> list[str]:
        """SQL that gives the Delta table at `location`, with these properties, the contract's; none if it has them."""
        if properties.items() >= self.properties.items():
            return []
        return [f"ALTER TABLE {delta_path(location)} SET TBLPROPERTIES ({_pairs(self.properties)})"]

    def constraint_statements(self, location: str, *, properties: Mapping[str, str]) -> list[str]:
        """SQL that adds each CHECK constraint that the Delta table at `location`, with these properties, lacks."""
        return [
            f"ALTER TABLE {delta_path(location)} ADD CONSTRAINT {name} CHECK ({condition})"
            for name, condition in self.checks.items()
            if f"{CONSTRAINT_PREFIX}{name}" not in properties
        ]


def _as_promised(column: ColumnSpec, found: DataType | None) -> str | Column:
    """The column with its contract's type: by its name where it has it already, which spares a plan a cast."""
    promised = column.spark_type()
    if found is None:
        return F.lit(None).cast(promised).alias(column.name)
    return column.name if found == promised else F.col(column.name).cast(promised).alias(column.name)


def one_of(column: str, values: Sequence[str]) -> str:
    """SQL condition: `column` is one of `values`."""
    return f"{column} IN ({', '.join(sql_text(value) for value in values)})"


def _pairs(properties: Mapping[str, str]) -> str:
    return ", ".join(f"{sql_text(name)} = {sql_text(value)}" for name, value in properties.items())


def sql_text(text: str) -> str:
    """`text` as a literal of SQL, whatever stands in it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def delta_path(location: str) -> str:
    """The Delta table at `location` as SQL names it, whatever stands in the path."""
    return "delta.`" + location.replace("`", "``") + "`"
