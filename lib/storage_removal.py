"""Takes rows, columns and files out of what lib/storage.py writes: the only place that removes anything for good."""

from collections.abc import Mapping
from functools import reduce
from typing import Any

from delta.tables import DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.storage import Storage
from schemas.table_spec import TableSpec


class StorageRemoval:
    """Removal from the tables and text files of one warehouse; a table that is not there has nothing to remove.

    What is looked for comes as a frame of keys: Delta's log notes conditions, and is to name nobody.
    """

    def __init__(self, spark: SparkSession, storage: Storage) -> None:
        self._spark = spark
        self._storage = storage

    def count(self, spec: TableSpec, *, where: Column) -> int:
        """Rows that a removal would touch."""
        rows = self._storage.read_if_exists(spec)
        return 0 if rows is None else rows.where(where).count()

    def delete(self, spec: TableSpec, *, where: Column) -> int:
        """Delete the rows that match; returns how many there were."""
        n_rows = self.count(spec, where=where)
        if n_rows:
            self._table(spec).delete(where)
            self._storage.look_again(spec)
        return n_rows

    def set(self, spec: TableSpec, values: Mapping[str, Column], *, where: Column) -> int:
        """Set columns of the rows that match; returns how many there were."""
        n_rows = self.count(spec, where=where)
        if n_rows:
            self._table(spec).update(where, dict(values))
            self._storage.look_again(spec)
        return n_rows

    def delete_matching(self, spec: TableSpec, keys: DataFrame) -> int:
        """Delete the rows that agree with some row of `keys` in all its columns; returns how many there were."""
        if not self._storage.exists(spec):
            return 0
        return self._n_affected(spec, self._matched(spec, keys).whenMatchedDelete().execute())

    def set_matching(self, spec: TableSpec, values: Mapping[str, Column], keys: DataFrame, *, where: Column) -> int:
        """Set columns of the rows that match, and agree with some row of `keys` in all its columns."""
        if not self._storage.exists(spec):
            return 0
        return self._n_affected(spec, self._matched(spec, keys).whenMatchedUpdate(where, dict(values)).execute())

    def vacuum(self, spec: TableSpec) -> None:
        """Delete every file that the current version does not need and that is past the table's own retention.

        That is no time for tables with content, ten years for others: Delta keeps to the table's property, whatever
        hours a VACUUM asks for. A step that is writing to a table with content would lose its files.
        """
        if self._storage.exists(spec):
            self._storage.set_properties(spec)
            self._table(spec).vacuum()
            self._storage.look_again(spec)

    def files(self, path: str) -> list[str]:
        """Addresses of all files below a folder, on any file system that Spark reads; none if it is not there."""
        reader = self._spark.read.format("binaryFile").option("recursiveFileLookup", "true")
        try:
            return sorted(row["path"] for row in reader.load(path).select("path").collect())
        except AnalysisException as error:
            if "PATH_NOT_FOUND" not in (error.getCondition() or ""):
                raise
            return []

    def clear_files(self, path: str) -> None:
        """Replace whatever files lie in a folder by an empty one; works on any file system that Spark writes to."""
        self._spark.range(0).select(F.lit("").alias("value")).write.mode("overwrite").text(path)

    def _table(self, spec: TableSpec) -> DeltaTable:
        return DeltaTable.forPath(self._spark, self._storage.location(spec))

    def _matched(self, spec: TableSpec, keys: DataFrame) -> Any:
        # Keys go by names of their own, so that conditions and values name the table's columns alone.
        gone = keys.distinct().select(*[F.col(name).alias(f"gone_{name}") for name in keys.columns])
        agree = [F.col(f"kept.{name}") == F.col(f"gone.gone_{name}") for name in keys.columns]
        condition = reduce(lambda first, second: first & second, agree)
        return self._table(spec).alias("kept").merge(gone.alias("gone"), condition)

    def _n_affected(self, spec: TableSpec, result: DataFrame) -> int:
        self._storage.look_again(spec)
        return int(result.collect()[0]["num_affected_rows"])
