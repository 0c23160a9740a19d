"""Great Expectations judges the figures of a table: in memory, without files, network, telemetry or progress bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.core.expect_column_max_to_be_between import ExpectColumnMaxToBeBetween
from great_expectations.expectations.core.expect_column_min_to_be_between import ExpectColumnMinToBeBetween
from great_expectations.expectations.core.expect_table_columns_to_match_set import ExpectTableColumnsToMatchSet
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity

from lib.quality.check import Check

_SEVERITIES = {"fail": FailureSeverity.CRITICAL, "hold": FailureSeverity.CRITICAL, "warn": FailureSeverity.WARNING}
# Its table of contexts and metrics is one a process; days that are built ahead are checked in a thread of their own.
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True)
class Verdict:
    """What an expectation said of a check.

    Args:
        is_passed: whether it is met
        figure: the value that it observed; None if that was no number, which never passes
        expectation: its type

    """

    is_passed: bool
    figure: float | None
    expectation: str


def judged(checks: Sequence[Check], figures: Mapping[str, float]) -> dict[str, Verdict]:
    """The verdict on every check that has a limit, by its name.

    `figures`: name of a check to what was found. They are one row of a small table with a column for each check, and
    a suite of expectations is validated against it: the rows they speak of stay where they are.
    """
    expected = [_on_figure(check) for check in checks]
    found = pd.DataFrame([{check.name: float(figures[check.name]) for check in checks}])
    return {check.name: _verdict(result) for check, result in zip(checks, _validated(expected, found), strict=True)}


def judged_schema(check: Check, promised: Sequence[str], found: Sequence[str]) -> Verdict:
    """The verdict on a table's columns, each written as its name and type: every promised one must be among `found`.

    The figure is the number of columns that are missing or of another type.
    """
    expected = ExpectTableColumnsToMatchSet(
        column_set=list(promised), exact_match=False, severity=_SEVERITIES[check.severity]
    )
    (result,) = _validated([expected], pd.DataFrame(columns=list(found)))
    mismatched = result.result.get("details", {}).get("mismatched", {})
    return Verdict(bool(result.success), float(len(mismatched.get("missing", []))), _type_of(result))


def _on_figure(check: Check) -> Expectation:
    severity = _SEVERITIES[check.severity]
    if check.at_most is None:
        return ExpectColumnMinToBeBetween(column=check.name, min_value=check.at_least, severity=severity)
    return ExpectColumnMaxToBeBetween(
        column=check.name, min_value=check.at_least, max_value=check.at_most, severity=severity
    )


def _validated(expected: Sequence[Expectation], found: pd.DataFrame) -> list[ExpectationValidationResult]:
    """The results in the order of the expectations; one that could not be evaluated is a defect, never a pass."""
    if not expected:
        return []
    with _ONE_AT_A_TIME:
        batch = _batch_definition().get_batch(batch_parameters={"dataframe": found})
        suite = gx.ExpectationSuite(name="figures", expectations=list(expected))
        # BASIC keeps values out of the results but for the figure itself.
        results = batch.validate(suite, result_format="BASIC").results
    by_column = {_identity(_configuration(result)): result for result in results}
    ordered = [by_column[_identity(expectation.configuration)] for expectation in expected]
    for expectation, result in zip(expected, ordered, strict=True):
        if result.exception_info.get("raised_exception", True):
            raise RuntimeError(f"{type(expectation).__name__} could not be evaluated: {result.exception_info}")
    return ordered


def _verdict(result: ExpectationValidationResult) -> Verdict:
    observed = result.result["observed_value"]
    return Verdict(bool(result.success), None if observed is None else float(observed), _type_of(result))


def _type_of(result: ExpectationValidationResult) -> str:
    return str(_configuration(result).type)


def _configuration(result: ExpectationValidationResult) -> ExpectationConfiguration:
    assert result.expectation_config is not None  # noqa: S101 - it is what was evaluated
    return result.expectation_config


def _identity(configuration: ExpectationConfiguration) -> str:
    return str(configuration.kwargs.get("column", "table"))


@cache
def _batch_definition() -> BatchDefinition[Any]:
    """A place for data frames in a context that lives in memory only."""
    config = DataContextConfig(
        analytics_enabled=False,
        data_docs_sites={},
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    asset = context.data_sources.add_pandas("figures").add_dataframe_asset("figures")
    return asset.add_batch_definition_whole_dataframe("figures")
