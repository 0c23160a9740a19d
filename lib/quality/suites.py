"""The suite of a table, made from its contract: no column, key, range or constraint is listed a second time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lib.quality.check import Check, severity_of
from schemas.contracts.quality_settings import CheckKind, QualitySettings
from schemas.relations import Reference
from schemas.table_spec import ColumnSpec, TableSpec


def suite_of(spec: TableSpec, settings: QualitySettings) -> list[Check]:
    """Every check of the table; those that the weeks before decide have no limits yet."""
    suite = _Suite(spec, settings)
    of_columns = suite.of_log_column if spec.is_input else suite.of_column
    return [
        *suite.of_table(),
        *(check for column in spec.columns for check in of_columns(column)),
        *suite.of_key(),
        *(suite.of_reference(reference) for reference in spec.references),
        *suite.of_weeks_before(),
    ]


def columns_of(check: Check, spec: TableSpec) -> list[str]:
    """The columns of the contract that a check looks at by name; of the schema all."""
    if check.kind == "schema":
        return spec.column_names
    if check.reference is not None:
        return list(check.reference.columns)
    if check.kind in ("unique_key", "duplicate_share"):
        return list(spec.key)
    return [check.subject] if check.subject in spec.column_names else []


def has_numbers(column: ColumnSpec) -> bool:
    """Whether the column holds floating-point numbers, of which one can be none."""
    return "double" in column.data_type and "struct" not in column.data_type


@dataclass(frozen=True)
class _Suite:
    spec: TableSpec
    settings: QualitySettings

    def of_table(self) -> Iterator[Check]:
        yield self._check("schema")
        if self.spec.is_daily:
            yield self._check("row_count", at_least=1.0)
        for name in self.spec.checks:
            yield self._check("constraint", name, at_most=0.0)
        for total in self.spec.totals:
            yield self._check("total", total.name, total=total, at_least=0.0, at_most=0.0)
        if self.spec.event_time is not None:
            yield self._check("freshness", self.spec.event_time, at_most=self.settings.maximum_silence_hours)

    def of_column(self, column: ColumnSpec) -> Iterator[Check]:
        if not column.is_nullable:
            yield self._check("missing_value", column.name, at_most=0.0)
        elif has_numbers(column):
            yield self._check("not_a_number", column.name, is_strict=not column.is_as_logged, at_most=0.0)
        least, greatest = column.value_range
        if least is not None:
            yield self._check("minimum", column.name, is_strict=not column.is_as_logged, at_least=least)
        if greatest is not None:
            yield self._check("maximum", column.name, is_strict=not column.is_as_logged, at_most=greatest)

    def of_log_column(self, column: ColumnSpec) -> Iterator[Check]:
        """Of an input log only shares: a row that cannot be used is sorted out by itself, with its reason."""
        if column.is_expected:
            yield self._check("missing_share", column.name, at_most=self.settings.maximum_missing_share)
        elif column.is_nullable:
            yield self._check("missing_drift", column.name)

    def of_key(self) -> Iterator[Check]:
        key = ", ".join(self.spec.key)
        if self.spec.is_input:
            yield self._check("duplicate_share", key, at_most=self.settings.maximum_duplicate_share)
        # Equal to the rows of a table whose key is unique: nothing is left to count.
        elif key and not any(r.is_row_for_row and r.columns == self.spec.key for r in self.spec.references):
            yield self._check("unique_key", key, at_most=0.0)

    def of_reference(self, reference: Reference) -> Check:
        subject = f"{', '.join(reference.columns)} in {reference.table}"
        if self.spec.is_input:
            limit = self.settings.maximum_orphan_share
            return self._check(
                "orphan_share", subject, is_strict=reference.is_strict, reference=reference, at_most=limit
            )
        kind: CheckKind = "equal_rows" if reference.is_row_for_row else "reference"
        return self._check(kind, subject, is_strict=reference.is_strict, reference=reference, at_most=0.0)

    def of_weeks_before(self) -> Iterator[Check]:
        if self.spec.is_traffic:
            yield self._check("volume")
        if self.spec.is_traffic and self.spec.is_daily:
            yield self._check("volume_collapse")
        for name in self.spec.watched:
            yield self._check("drift", name)

    def _check(self, kind: CheckKind, subject: str | None = None, *, is_strict: bool = True, **about: Any) -> Check:
        severity = severity_of(kind, self.settings, is_strict=is_strict)
        return Check(self.spec.name, kind, subject, severity, **about)
