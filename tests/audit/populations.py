"""Populations and samples of the audit's tests."""

import numpy as np

from lib.audit.population import AuditPopulation, ScoreKind, synthetic_population
from lib.audit.repeated_draws import RepeatedDraws
from lib.audit.virtual_frame import VirtualFrame


def heavy_tailed(size: int, *, n_rungs: int = 2, prevalence: float = 0.05, kind: ScoreKind = "good") -> AuditPopulation:
    """A synthetic population with a fixed seed."""
    return synthetic_population(
        size, prevalence=prevalence, score_kind=kind, n_rungs=n_rungs, random=np.random.default_rng(5)
    )


def virtual_frame(size: int, *, largest_copies: int = 1, strata: tuple[str, ...] = ("all",)) -> VirtualFrame:
    """Units of two policies, one without scores in the last stratum, with a size measure of stratum total about 1."""
    random = np.random.default_rng(8)
    stratum = np.array([strata[i % len(strata)] for i in range(size)], dtype=object)
    copies = random.integers(1, largest_copies + 1, size=size)
    views = np.floor(2.2 * np.exp(1.1 * random.normal(size=size)))
    common, rare = random.beta(0.4, 6, size=size), random.beta(0.2, 12, size=size)
    sizes = np.zeros(size)
    for name in strata:
        own = stratum == name
        raw = (1.0 + views[own]) * (0.05 + np.sqrt(common[own]))
        sizes[own] = raw / (copies[own] @ raw)
    has_rare = stratum != strata[-1] if len(strata) > 1 else np.ones(size, dtype=bool)
    return VirtualFrame(
        stratum=stratum,
        copies=copies,
        exposures={"units": np.ones(size), "views": views},
        size_measures={"main": sizes},
        scores={"common": common, "rare": np.where(has_rare, rare, np.nan)},
        risks={"common": common, "rare": np.where(has_rare, rare, 0.001)},
    )


def z_score(values: np.ndarray, truth: float) -> float:
    """How many of its simulation errors the mean of `values` is away from the truth."""
    return float((values.mean() - truth) / (values.std(ddof=1) / np.sqrt(values.size)))


def totals(draws: RepeatedDraws, values: np.ndarray) -> np.ndarray:
    """The Horvitz-Thompson total of every replicate."""
    terms = values[draws.unit] / draws.inclusion_probability
    return np.bincount(draws.replicate, weights=terms, minlength=draws.n_replicates)
