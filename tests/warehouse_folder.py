"""A folder with a warehouse that tests fill by hand, and what stands in it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from pyspark.sql import SparkSession

from lib.storage import Storage
from schemas.contracts.settings import Settings


@dataclass(frozen=True)
class WarehouseFolder:
    """Where the tables are, and the settings of the runs on them."""

    folder: Path
    settings: Settings
    spark: SparkSession

    @property
    def storage(self) -> Storage:
        return Storage(self.spark, self.settings.storage)

    def rows(self, table: str, *, ds: date | None = None) -> list[dict[str, Any]]:
        """The rows of a table, of one day or of all, read without Spark; none if it is not there."""
        path = self.folder / "warehouse" / table
        rows = DeltaTable(str(path)).to_pyarrow_table().to_pylist() if path.exists() else []
        return [row for row in rows if ds is None or row["ds"] == ds]
