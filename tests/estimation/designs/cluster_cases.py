"""The cluster samples of the reference cases: their designs, and the statistic that a record of each is about."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.analysis_design import AnalysisDesign
from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.sampling_stages import SamplingStage
from lib.estimation.functionals import BoolArray, FloatArray, Functional, Ratio, Total, mean

LOCAL_NAMES = {
    "sample_components.csv": "cluster_components_sample.csv",
    "sample_lonely.csv": "cluster_lonely_sample.csv",
    "sample_2psu.csv": "replicate_two_psus_sample.csv",
    "sample_multi.csv": "replicate_several_psus_sample.csv",
}
_INPUTS = {
    **dict.fromkeys(("c1", "c1_nofpc"), "sample_onestage.csv"),
    **dict.fromkeys(("c2", "c2_ultimate"), "sample_twostage.csv"),
    **dict.fromkeys(("cp", "cp_ult"), "sample_components.csv"),
    **dict.fromkeys(("m", "m_fpc", "u"), "sample_multi.csv"),
    "b": "sample_2psu.csv",
}
Reader = Callable[[str], pd.DataFrame]


def shared_records(case: str, *prefixes: str) -> list[Any]:
    """Records of a case of the shared collection as test parameters; none where the collection is not there."""
    root = Path(os.environ.get("PLUMBLINE_SHARED_ORACLES", Path(__file__).parents[4] / "shared" / "oracles"))
    if not (root / case / "expected.json").is_file():
        return []
    records = json.loads((root / case / "expected.json").read_text())["results"]
    wanted = tuple(f"{case}.{prefix}" for prefix in prefixes)
    return [pytest.param(record, id=record["id"]) for record in records if record["id"].startswith(wanted)]


def cluster_design(name: str, read: Reader) -> tuple[pd.DataFrame, ClusterDesign]:
    """One of the designs of c03_cluster and c06_replicates, by its name there."""
    data = read(_INPUTS[name])
    weight = data.get("w")
    if name in {"c1", "c1_nofpc"}:
        first = SamplingStage(data["user_id"], data["country"], data["N_psu"])
        stages = [first]
        weight = data["N_psu"] / data.groupby("country")["user_id"].transform("nunique")
    elif name in {"c2", "c2_ultimate"}:
        first = SamplingStage(data["user_id"], data["country"], data["N_psu"])
        stages = [first, SamplingStage(data["unit_id"], None, data["M_ssu"])]
    elif name in {"cp", "cp_ult"}:
        first = SamplingStage(data["unit_id"], data["surface"], data["N_h"])
        stages = [first, SamplingStage(data["component_id"], None, data["M_i"])]
        n_units = data.groupby("surface")["unit_id"].transform("nunique")
        weight = data["N_h"] / n_units * data["M_i"] / data.groupby("unit_id")["component_id"].transform("nunique")
    else:
        first = SamplingStage(data["psu"], None if name == "u" else data["stratum"], data.get("N_psu"))
        stages = [first]
    if name in {"c1", "c2", "cp"}:
        return data, ClusterDesign(stages)
    without_correction = SamplingStage(first.units, first.strata)
    return data, ClusterDesign([first] if name == "m_fpc" else [without_correction], weight)


def statistic(data: pd.DataFrame, what: str) -> tuple[Functional, BoolArray | None]:
    """The functional of a record, named by the end of its id, and its domain."""

    def column(name: str) -> FloatArray:
        return data[name].to_numpy(dtype=np.float64)

    domain = None
    if level := re.search(r"\[(.*)\]", what):
        domain = (data["component_type" if "by_type" in what else "surface"] == level[1]).to_numpy()
    if "label" in data:
        ones = np.ones(len(data))
        named = {
            "total.label": Total(column("label")),
            "total.components": Total(ones),
            "exposure_weighted": Ratio(column("label_exposure"), column("exposure")),
        }
        return named.get(what, mean(column("label"), domain)), domain
    if "ratio" in what:
        return Ratio(column("flag_views"), column("views"), domain), domain
    name = what.split(".")[1] if what.startswith(("total.", "mean.")) else "flag"
    return (Total(column(name)) if what.startswith("total.") else mean(column(name), domain)), domain


def assert_matches(design: AnalysisDesign, functional: Functional, record: dict[str, Any]) -> None:
    estimates = estimate(design, [functional])
    assert estimates.values[0] == pytest.approx(record["estimate"], rel=1e-9)
    assert estimates.std_errors[0] == pytest.approx(record["se"], rel=record["rel_tol"])
    assert design.degrees_of_freedom() == record["df"]
