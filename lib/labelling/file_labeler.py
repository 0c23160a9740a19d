"""Labels that somebody else made: a table or CSV with unit_id, policy and verdict."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.labeler import every_unit_and_policy
from schemas.errors import ContractError
from schemas.labels import VERDICTS

_REQUIRED = ("unit_id", "policy", "verdict")
_SEPARATOR = r"\s*;\s*"


@dataclass(frozen=True)
class FileLabeler:
    """Gives the verdicts that stand in `file`, read from `path`.

    `file` has unit_id, policy, verdict, and optionally violating_components (an array, or text separated by `;`) and
    confidence in [0, 1]. Raises ContractError for a missing column, an unknown verdict, a confidence outside
    [0, 1] or two verdicts on one unit.
    """

    labeler_id: str
    file: DataFrame
    path: str
    label_source: str = "file"
    reads_content: bool = False

    @property
    def prompt_version(self) -> str:
        """Content hash of the file, whatever the order of its rows: an edited file is a new version."""
        texts = [F.coalesce(F.col(name).cast("string"), F.lit("")) for name in sorted(self.file.columns)]
        # A sum, not an exclusive or: two equal rows must not cancel out.
        hashes = self.file.select(F.xxhash64(*texts).cast("decimal(20,0)").alias("hash"))
        total = hashes.agg(F.coalesce(F.sum("hash"), F.lit(0)).alias("hash"), F.count(F.lit(1)).alias("n"))
        row = total.collect()[0]
        return f"file-{row['n']}-{int(row['hash']) % 2**64:016x}"

    def verdicts(self, units: DataFrame, policies: Sequence[str]) -> DataFrame:
        """The file's verdicts on `units`; see Labeler.verdicts."""
        self._require_columns()
        wanted = every_unit_and_policy(units, policies)
        found = self.file.join(F.broadcast(wanted), ["unit_id", "policy"], "left_semi")
        self._require_sound(found)
        return found.select(
            "unit_id",
            "policy",
            "verdict",
            self._components().alias("violating_components"),
            self._confidence().alias("confidence"),
        )

    def _require_columns(self) -> None:
        missing = [name for name in _REQUIRED if name not in self.file.columns]
        if missing:
            raise ContractError(
                f"Label file {self.path}: column `{missing[0]}` is missing, it has {', '.join(self.file.columns)}; "
                f"a label file needs {', '.join(_REQUIRED)}."
            )

    def _require_sound(self, found: DataFrame) -> None:
        for row in found.where(~F.col("verdict").isin(*VERDICTS) | F.col("verdict").isNull()).limit(1).collect():
            raise ContractError(
                f"Label file {self.path}: field `verdict` is `{row['verdict']}` for unit {row['unit_id']}; "
                f"write one of {', '.join(VERDICTS)}."
            )
        for row in found.where(self._is_unsound_confidence()).limit(1).collect():
            raise ContractError(
                f"Label file {self.path}: field `confidence` is `{row['confidence']}` for unit {row['unit_id']}; "
                "write a number from 0 to 1, or nothing."
            )
        for row in found.groupBy("unit_id", "policy").count().where("count > 1").limit(1).collect():
            raise ContractError(
                f"Label file {self.path}: unit {row['unit_id']} has {row['count']} verdicts for field `policy` = "
                f"`{row['policy']}`; keep one."
            )

    def _components(self) -> Column:
        if "violating_components" not in self.file.columns:
            return F.array().cast("array<string>")
        components = F.col("violating_components")
        if self.file.schema["violating_components"].dataType.typeName() == "string":
            components = F.split(F.trim(components), _SEPARATOR)
        return F.filter(F.coalesce(components, F.array().cast("array<string>")), lambda name: name != "")

    def _confidence(self) -> Column:
        stated = F.col("confidence") if "confidence" in self.file.columns else F.lit(None)
        return stated.try_cast("double")

    def _is_unsound_confidence(self) -> Column:
        if "confidence" not in self.file.columns:
            return F.lit(False)
        is_probability = F.coalesce(self._confidence().between(0, 1), F.lit(False))
        return F.col("confidence").isNotNull() & ~is_probability
