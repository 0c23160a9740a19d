"""Rows of `design_audits`: the figures of an audit, and whether they are within the limits."""

from collections.abc import Iterable
from math import isfinite, sqrt
from typing import Any

from lib.audit.coverage import AuditFigures
from lib.audit.design_audit import AuditedDesign, AuditedNumber
from lib.audit.virtual_frame import VirtualFrame

# Below this an interval of any kind says little; from ten on its width is bounded too, which this does not judge.
LEAST_POSITIVES = 3.0
# Coverage may lie this far below the nominal one, and as many simulation errors further as chance may take it.
COVERAGE_TOLERANCE = 0.01
COVERAGE_SIMULATION_ERRORS = 2.0
BIAS_SIMULATION_ERRORS = 3.0
BIAS_STD_ERRORS = 0.1


def certificate_rows(
    numbers: Iterable[AuditedNumber], frame: VirtualFrame, design: AuditedDesign, *, n_replicates: int
) -> list[dict[str, Any]]:
    """One record a number, the columns of `design_audits` but ds, design_id, scorer_version and job_run_id.

    A number passes if its coverage is at least the nominal one less 0.01 and two simulation errors, and its bias no
    more than three simulation errors or a tenth of the standard error. With fewer than three expected positives on the
    last rung coverage is not judged: a bias fails all the same.
    """
    return [_row(number, frame, design, n_replicates) for number in numbers]


def faults(figures: AuditFigures, *, level: float) -> list[str]:
    """What is out of the limits, as sentences with the figure and the limit."""
    found = []
    (interval,) = figures.intervals
    n_replicates = interval.n_replicates
    limit = level - COVERAGE_TOLERANCE - COVERAGE_SIMULATION_ERRORS * interval.simulation_error
    if figures.n_positives >= LEAST_POSITIVES and interval.coverage < limit:
        found.append(f"coverage: {interval.coverage:.3f} is less than {limit:.3f}")
    bias = abs(figures.bias_in_errors)
    if bias > BIAS_SIMULATION_ERRORS and bias / sqrt(n_replicates) > BIAS_STD_ERRORS:
        found.append(
            f"bias: {bias / sqrt(n_replicates):.2f} standard errors, {bias:.1f} simulation errors, are more than "
            f"{BIAS_STD_ERRORS:g} and {BIAS_SIMULATION_ERRORS:g}"
        )
    return found


def _row(number: AuditedNumber, frame: VirtualFrame, design: AuditedDesign, n_replicates: int) -> dict[str, Any]:
    names = design.rungs[:-1]
    rates = dict(zip(names, design.error_rates[number.policy], strict=True))
    status, reasons = _verdict(number, level=design.confidence_level)
    return {
        "policy": number.policy,
        "measure": number.measure,
        "scenario": number.scenario,
        "status": status,
        "reasons": reasons,
        "estimator": design.estimator,
        "ci_method": design.interval,
        "confidence_level": design.confidence_level,
        "has_score": frame.has_score(number.policy),
        "rungs": list(design.rungs),
        "sensitivities": {name: rate.sensitivity for name, rate in rates.items()},
        "specificities": {name: rate.specificity for name, rate in rates.items()},
        "population_size": frame.population_size,
        "n_frame_units": len(frame.copies),
        "n_replicates": n_replicates,
        "prevalence": number.prevalence,
    } | _figures(number.figures, frame.population_size)


def _verdict(number: AuditedNumber, *, level: float) -> tuple[str, list[str]]:
    if number.figures is None:
        return "not_judged", [f"{number.reason}: there is nothing to estimate"]
    if found := faults(number.figures, level=level):
        return "failed", found
    n_positives = number.figures.n_positives
    if n_positives < LEAST_POSITIVES:
        return "not_judged", [f"few_positives: {n_positives:.1f} are expected, coverage needs {LEAST_POSITIVES:g}"]
    return "passed", []


def _figures(figures: AuditFigures | None, population_size: int) -> dict[str, float | None]:
    names = (
        "expected_labels", "expected_positives", "relative_bias", "bias_in_simulation_errors", "bias_in_std_errors",
        "relative_std_error", "variance_ratio", "coverage", "coverage_simulation_error", "miss_low", "miss_high",
        "width_to_wald", "gain",
    )  # fmt: skip
    if figures is None:
        return dict.fromkeys(names)
    (interval,) = figures.intervals
    values = (
        figures.n_labels,
        figures.n_positives,
        figures.relative_bias,
        figures.bias_in_errors,
        figures.bias_in_errors / sqrt(interval.n_replicates),
        figures.relative_std_error,
        figures.variance_ratio,
        interval.coverage,
        interval.simulation_error,
        interval.miss_low,
        interval.miss_high,
        interval.width_to_wald,
        # A simple random sample is drawn without replacement as well.
        figures.gain * (1.0 - figures.n_labels / population_size),
    )
    return {name: value if isfinite(value) else None for name, value in zip(names, values, strict=True)}
