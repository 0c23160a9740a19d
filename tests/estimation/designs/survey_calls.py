"""The R calls of the reference records, as designs and functionals of ours."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.estimation.design_effect import design_effect
from lib.estimation.design_estimates import estimate
from lib.estimation.designs.analysis_design import AnalysisDesign
from lib.estimation.functionals import BoolArray, FloatArray, Functional, Ratio, Total, mean

N_FRAME = 12_184


def column(data: pd.DataFrame, name: str) -> FloatArray:
    """A variable of a call; `fl` is the records' name for a high score, `flv` for its views."""
    if name.startswith("I("):
        return data["viol_any"].to_numpy(dtype=np.float64) / N_FRAME
    if name == "one":
        return np.ones(len(data))
    if name in {"fl", "flv"}:
        is_high = (data["score"] >= 0.101964).to_numpy(dtype=np.float64)
        return is_high if name == "fl" else is_high * data["views"].to_numpy(dtype=np.float64)
    return data[name].to_numpy(dtype=np.float64)


def called(data: pd.DataFrame, record: dict[str, Any]) -> tuple[Functional, BoolArray | None]:
    """The functional of a record's call, and its domain."""
    call = record["call"]
    names = [name.strip() for name in re.findall(r"~\s*(I\([^)]*\)|[\w+ ]+)", call)]
    domain = None
    if level := re.search(r"\[(.*)\]$", record["id"]):
        groups = names[1].split("+")
        levels = level[1].split(".") if len(groups) > 1 else [level[1]]
        domain = np.logical_and.reduce([data[g].to_numpy() == v for g, v in zip(groups, levels, strict=True)])
    elif "subset(" in call:
        domain = (data["views"] > 100).to_numpy()
    if "svyratio" in call:
        return Ratio(column(data, names[0]), column(data, names[-1]), domain), domain
    if "svytotal" in call:
        return Total(column(data, names[0]), domain), domain
    return mean(column(data, names[0]), domain), domain


def assert_matches(design: AnalysisDesign, data: pd.DataFrame, record: dict[str, Any]) -> None:
    """Estimate, standard error, variance, degrees of freedom and design effect are those of the record."""
    functional, domain = called(data, record)
    estimates = estimate(design, [functional])
    rel_tol = record["rel_tol"]
    assert estimates.values[0] == pytest.approx(record["estimate"], rel=rel_tol)
    assert estimates.std_errors[0] == pytest.approx(record["se"], rel=rel_tol)
    assert estimates.covariance[0, 0] == pytest.approx(record["var"], rel=rel_tol)
    assert design.degrees_of_freedom() == record["df"]
    if "deff" in record:
        assert design_effect(design, functional, is_in_domain=domain) == pytest.approx(record["deff"], rel=rel_tol)
